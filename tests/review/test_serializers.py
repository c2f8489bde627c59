import pytest

from digitbox.records import Row, Source
from digitbox.review.serializers import ODDS, serialized_row, shown
from tests.ledger.arrivals import accepted, doubted


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
    assert shown(name) == text


def test_an_item_has_what_is_shown_of_a_reading() -> None:
    from datetime import UTC, datetime

    when = datetime(2026, 1, 31, tzinfo=UTC)
    row = Row("tag-000000012", Source("in", "a.png"), doubted(2, "4"), "s", "cnn-1", when)
    found = serialized_row(12, row)
    assert (found["id"], found["file"], found["page"], found["value"]) == (12, "a.png", 2, "4")
    assert (found["confidence"], found["reason"], found["candidates"]) == (0.6, "low_confidence", 1)
    assert found["probabilities"][4] == 0.6
    bare = Row("tag-000000013", Source("in", "a.png"), accepted(), "s", "cnn-1", when)
    assert serialized_row(13, bare)["probabilities"] == ODDS
