import unicodedata

import pytest

from digitbox.output.tables import to_csv
from digitbox.storage.names import displayed, searchable, spells
from tests.output.test_tables import batch, number, parsed


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("form/cell 07.png", "form/cell 07.png"),
        ('<img src=x onerror="alert(1)">.png', '<img src=x onerror="alert(1)">.png'),
        ("a\nb\x1b[2J.png", "a\\nb\\x1b[2J.png"),
        ("a\u202egnp.exe", "a\\u202egnp.exe"),
        ("\udcff.png", "\\xff.png"),
    ],
)
def test_a_name_is_one_line_of_text(name: str, text: str) -> None:
    assert displayed(name) == text


NAMES = [
    "a.png",
    "=1+1.png",
    "-x",
    "@a",
    "+1",
    "\ttab",
    "\rreturn",
    "caf\udce9",
    "=\udcff",
    "\u00e9",
    "e\u0301",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_spelled_as_the_csv_has_it(name: str) -> None:
    (row,) = parsed(to_csv(batch(number("7"), name=name)))
    assert spells(row["file"], name)
    assert spells(name, name)
    for form in ("NFC", "NFD"):
        assert spells(unicodedata.normalize(form, displayed(name)), name)


@pytest.mark.parametrize(
    ("given", "name"),
    [("'a.png", "a.png"), ("a", "b"), ("\\xE9", "\udce9"), ("", "a"), ("''=", "=")],
)
def test_another_name_is_not_taken_for_it(given: str, name: str) -> None:
    assert not spells(given, name)


@pytest.mark.parametrize(
    ("part", "name"),
    [
        ("SCAN 1", "a/scan 17.png"),
        ("r\u00e9", "RE\u0301SUME\u0301.png"),
        ("\\xE9", "caf\udce9.png"),
        ("\udce9", "caf\udce9.png"),
        ("two\\nlines", "two\nlines"),
        ("STRASSE", "stra\u00dfe.png"),
    ],
)
def test_a_part_of_a_name_is_found_in_it_as_it_is_shown(part: str, name: str) -> None:
    assert searchable(part) in searchable(name)
    assert searchable(part) not in searchable("another.png")
