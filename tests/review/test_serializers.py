from datetime import UTC, datetime

from digitbox.box import Box
from digitbox.records import Row, Source
from digitbox.review.serializers import ODDS, serialized_reading, serialized_row
from tests.ledger.arrivals import accepted, doubted
from tests.review.numbers import reading_of


def test_an_item_has_what_is_shown_of_a_reading() -> None:
    when = datetime(2026, 1, 31, tzinfo=UTC)
    row = Row("tag-000000012", Source("in", "a.png"), doubted(2, "4"), "s", "cnn-1", when)
    found = serialized_row(12, row)
    assert (found["id"], found["file"], found["page"], found["value"]) == (12, "a.png", 2, "4")
    assert (found["confidence"], found["reason"], found["candidates"]) == (0.6, "low_confidence", 1)
    assert found["probabilities"][4] == 0.6
    bare = Row("tag-000000013", Source("in", "a.png"), accepted(), "s", "cnn-1", when)
    assert serialized_row(13, bare)["probabilities"] == ODDS


def test_a_number_has_its_digits_at_their_places_and_what_else_it_may_be() -> None:
    reading = reading_of("12.5", "-7", others=("125 -7",))
    found = serialized_reading(reading)
    assert found["digits"] == reading.digits
    assert [one.value for one in found["digits"]] == [1, 2, 5, 7]
    assert [one.value for one in found["alternatives"]] == ["12.5 -7", "125 -7"]
    assert [one.value for one in found["lines"]] == ["12.5", "-7"]
    assert found["written"] == Box(49, 29, 134, 98)
    assert serialized_reading(accepted())["written"] is None
