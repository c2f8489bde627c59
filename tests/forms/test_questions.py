import pytest

from digitbox.errors import ConfigError
from digitbox.forms.questions import MOST_DIGITS, MOST_OPTIONS, Digits, Number, Questions, parse


def asked(*questions: str, **besides: str) -> Questions:
    """The ``questions``, each as one line of YAML, with other keys ``besides`` them."""
    lines = ["title: Test", *(f"{key}: {value}" for key, value in besides.items()), "questions:"]
    return parse("\n".join([*lines, *(f"  - {one}" for one in questions)]), "questions.yaml")


def number(**known: object) -> Number:
    return Number(name="q", label="Q", **known)  # type: ignore[arg-type]


def test_questions_of_all_kinds_are_read() -> None:
    found = asked(
        "{name: id, label: Number, type: digits, length: 8, required: true, unique: true}",
        "{name: code, label: Code, type: digits, length: [4, 6], list: codes.csv}",
        "{name: q1, label: Mark, type: number, min: -5, max: 10, decimals: 1}",
        "{name: absent, label: Absent, type: checkbox}",
        "{name: grade, label: Grade, type: choice, options: [A, B]}",
        checks="[q1 <= 9]",
        wrong_sums="0.1",
    )
    assert [type(one).__name__ for one in found.questions] == [
        "Digits", "Digits", "Number", "Checkbox", "Choice",
    ]  # fmt: skip
    assert found.checks == ("q1 <= 9",)
    assert found.wrong_sums == 0.1


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("{name: q, label: Q}", "questions[0].type: is missing"),
        (
            "{name: q, label: Q, type: text}",
            "questions[0].type: Expected digits, number, checkbox or choice",
        ),
        (
            "{name: q, label: Q, type: checkbox, box: 1}",
            "questions[0].box: there is no such key",
        ),
        ("{name: 1q, label: Q, type: checkbox}", "questions[0].name: Expected a name: letters"),
        ("{name: q, label: '', type: checkbox}", "questions[0].label: Expected text"),
        ("{name: q, label: Q, type: digits}", "questions[0].length: is missing"),
        ("{name: q, label: Q, type: digits, length: 0}", "questions[0]: Expected `length`"),
        ("{name: q, label: Q, type: digits, length: [5, 4]}", "questions[0]: Expected `length`"),
        (
            f"{{name: q, label: Q, type: digits, length: {MOST_DIGITS + 1}}}",
            "questions[0]: Expected `length`",
        ),
        ("{name: q, label: Q, type: number, min: 2, max: 1}", "questions[0]: Expected `min`"),
        ("{name: q, label: Q, type: number, max: .inf}", "questions[0]: Expected `min`"),
        ("{name: q, label: Q, type: number, max: .nan}", "questions[0]: Expected `min`"),
        ("{name: q, label: Q, type: number, length: 0}", "questions[0]: Expected `length`"),
        ("{name: q, label: Q, type: number, decimals: -1}", "questions[0]: Expected 20 digits"),
        ("{name: q, label: Q, type: number, max: 1.0e+30}", "questions[0]: Expected 20 digits"),
        ("{name: q, label: Q, type: choice, options: [A]}", "questions[0]: Expected 2 to"),
        ("{name: q, label: Q, type: choice, options: [A, A]}", "questions[0]: Expected 2 to"),
        ("{name: q, label: Q, type: choice, options: [1, 2]}", "questions[0].options[0]: Expected"),
        (
            f"{{name: q, label: Q, type: choice, options: {list('abcdefghijklmnopqrstuvwxyz')}}}",
            f"questions[0]: Expected 2 to {MOST_OPTIONS} `options`",
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_place(question: str, said: str) -> None:
    with pytest.raises(ConfigError) as error:
        asked(question)
    assert str(error.value).startswith(f"questions.yaml: {said}")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title: [", "not valid YAML"),
        ("- a", "the file: Expected a section of keys, got a list in brackets"),
        ("", "the file: Expected a section of keys, got nothing"),
        (
            "{title: T, questions: []}",
            "questions: Expected a list in brackets of 1 entries or more",
        ),
        ("{title: T, colour: red, questions: []}", "colour: there is no such key here"),
    ],
)
def test_a_text_that_is_no_list_of_questions_is_refused(text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=r"^questions\.yaml: ") as error:
        parse(text, "questions.yaml")
    assert said in str(error.value)


def test_two_questions_of_one_name_are_refused() -> None:
    box = "{name: q, label: Q, type: checkbox}"
    with pytest.raises(ConfigError, match="two questions have the name q"):
        asked(box, box)


def test_a_check_of_what_is_not_asked_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"checks\[0\]: .*no field total"):
        asked("{name: q, label: Q, type: number}", checks="[total == q]")


@pytest.mark.parametrize(
    ("known", "whole", "cells"),
    [
        ({"most": 9}, 1, 1),
        ({"most": 10}, 2, 2),
        ({"most": 100, "least": 0}, 3, 3),
        ({"length": 4}, 4, 4),
        ({"length": 4, "most": 10}, 4, 4),
        ({"most": 10, "decimals": 1}, 2, 3),
        ({"length": 1, "decimals": 2}, 1, 3),
        ({"most": 10, "decimals": 1, "sign": True}, 2, 0),
        ({"decimals": 1}, None, 0),
        ({"most": 10, "least": -100}, 3, 0),
        ({"most": 10, "sign": True}, 2, 0),
        ({"most": -1}, 1, 0),
        ({}, None, 0),
        ({"least": 10}, None, 0),
    ],
)
def test_numbers_of_known_length_have_cells(
    known: dict[str, object], whole: int | None, cells: int
) -> None:
    assert (number(**known).whole, number(**known).cells) == (whole, cells)


def test_digits_of_one_length_have_cells() -> None:
    assert Digits(name="q", label="Q", length=8).cells == 8
    assert Digits(name="q", label="Q", length=(6, 8)).cells == 0
