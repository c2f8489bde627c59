from collections.abc import Iterable

import pytest

from digitbox.evaluation.evaluate import Outcome
from digitbox.evaluation.metrics import RiskPoint, Share
from digitbox.records import Alternative, Reading, Reason, Status
from digitbox_train.accuracy import number_page
from digitbox_train.accuracy.numbers import (
    ALL,
    NumberFigures,
    by_source,
    risk_curves,
    shares,
    summarize_numbers,
)
from digitbox_train.accuracy.testsets import FIELDS, NUMBERS, PAIRS, SEVERAL_LINES

ACCEPT = 0.95


def number(
    label: str,
    value: str | None,
    confidence: float | None = 0.99,
    source: str = "logbook",
    reason: Reason | None = None,
    alternatives: Iterable[str] = (),
) -> Outcome:
    others = tuple(Alternative(one, 0.1) for one in alternatives)
    status = Status.REVIEW if reason else Status.ACCEPTED
    reading = Reading(1, Status.BLANK)
    if value is not None:
        reading = Reading(1, status, reason, value, confidence, alternatives=others)
    return Outcome(f"{label}.png", label, "number", source, reading, digits_only=True)


def outcomes() -> dict[str, list[Outcome]]:
    low = Reason.LOW_CONFIDENCE
    return {
        NUMBERS: [
            number("06", "06"),
            number("6,700", "6.700"),
            number("12.5", "175", 0.97),
            number("210", "21", 0.5, reason=low, alternatives=("21", "2.10")),
            number("96", None),
            number("150000", "150,000", source="cheque"),
            number("0123456789", "123456789", 0.8, "ten", low),
            number("38", "8", 0.96, FIELDS),
        ],
        SEVERAL_LINES: [
            number("11 22", "11 22", 0.9, FIELDS, Reason.SEVERAL_LINES),
            number("11 22", None, None, FIELDS),
        ],
        PAIRS: [number("12", "12", source="all"), number("12", "2", source="all")],
    }


@pytest.fixture
def figures() -> NumberFigures:
    found = summarize_numbers(outcomes(), ACCEPT, left_out=3)
    assert found is not None
    return found


def test_sources_come_in_their_order_and_all_of_them_last() -> None:
    groups = by_source(outcomes()[NUMBERS])
    assert list(groups) == ["logbook", "cheque", "ten", FIELDS, ALL]
    assert [len(group) for group in groups.values()] == [5, 1, 1, 1, 8]


def test_separators_count_only_as_written(figures: NumberFigures) -> None:
    logbook = figures.sources["logbook"]
    assert logbook.right == Share(2, 5)
    assert logbook.as_written == Share(1, 5)
    assert logbook.wrong == Share(1, 3)
    assert logbook.wrong_as_written == Share(2, 3)
    # Its labels have none.
    assert figures.sources["cheque"].right == figures.sources["cheque"].as_written == Share(1, 1)
    assert figures.sources[ALL].right == Share(3, 8)
    assert figures.sources[ALL].as_written == Share(2, 8)


def test_digits_and_alternatives_are_counted(figures: NumberFigures) -> None:
    assert figures.sources["logbook"].digits == Share(2 + 4 + 2 + 2 + 0, 2 + 4 + 3 + 3 + 2)
    assert figures.sources["ten"].digits == Share(9, 10)
    assert figures.sources["logbook"].alternatives == Share(3, 5)
    assert figures.sources["ten"].alternatives == Share(0, 1)


def test_what_was_accepted_is_what_the_reader_accepted(figures: NumberFigures) -> None:
    together = figures.sources[ALL]
    assert together.accepted == Share(5, 8)
    assert together.wrong == Share(2, 5)
    at_default = next(point for point in figures.thresholds if point.threshold == ACCEPT)
    assert at_default == RiskPoint(ACCEPT, together.accepted, together.wrong)
    assert risk_curves(outcomes()[NUMBERS])["ten"].at(0.5).wrong == Share(1, 1)


def test_a_number_that_was_accepted_as_one_digit_is_counted(figures: NumberFigures) -> None:
    assert figures.pairs.as_digit == Share(1, 2)
    assert figures.sources[FIELDS].as_digit == Share(1, 1)
    assert figures.sources[ALL].as_digit == Share(1, 8)
    # One digit that is read as another is no number taken for a digit.
    assert shares([number("3", "5")]).as_digit == Share(0, 0)
    in_review = number("12", "2", 0.5, reason=Reason.LOW_CONFIDENCE)
    assert shares([in_review]).as_digit == Share(0, 1)


def test_lengths_are_those_of_the_labels(figures: NumberFigures) -> None:
    totals = {length: one.right for length, one in figures.lengths.items()}
    assert list(totals) == [2, 3, 4, 6, 10]
    assert totals[2] == Share(1, 3)
    assert totals[3] == Share(0, 2)


def test_pages_of_several_lines_are_listed_apart(figures: NumberFigures) -> None:
    assert figures.several_lines == {"blank": 1, "several_lines": 1}
    assert figures.sources[FIELDS].right.total == 1


def test_without_numbers_there_are_no_figures() -> None:
    assert summarize_numbers({}, ACCEPT, 0) is None


def test_the_part_of_the_page(figures: NumberFigures) -> None:
    text = number_page.render(figures, "cnn", ACCEPT, "images")
    assert "Left out are 3 images whose labels are wrong" in text
    assert "| cells of log books | 5 | 40.0% [11.8, 76.9] | 20.0% [3.6, 62.4] |" in text
    assert "| amounts on cheques | 1 | 100.0% [20.7, 100.0] | – | 100.0% [61.0, 100.0] |" in text
    assert "| **all** | 62.5% [30.6, 86.3] | 40.00% [11.76, 76.93] |" in text
    assert "| **0.95** | 62.5% [30.6, 86.3] | 40.00% [11.76, 76.93] |" in text
    assert "| 10 | 1 | 0.0% [0.0, 79.3] | 90.0% [59.6, 98.2] |" in text
    assert "| two digits, drawn | 2 | 50.0% [9.5, 90.5] |" in text
    assert "none may be accepted: 2, namely 1 `blank`, 1 `several_lines`." in text
    assert "| numbers | ECE | readings | left out |" in text
    assert f"](images/{number_page.RISK})" in text
    assert "Left out" not in number_page.render(
        summarize_numbers(outcomes(), ACCEPT, 0) or figures, "cnn", ACCEPT, "images"
    )
