from datetime import UTC, datetime

from digitbox.records import Row, Source
from digitbox.review.serializers import ODDS, serialized_row
from tests.ledger.arrivals import accepted, doubted


def test_an_item_has_what_is_shown_of_a_reading() -> None:
    when = datetime(2026, 1, 31, tzinfo=UTC)
    row = Row("tag-000000012", Source("in", "a.png"), doubted(2, "4"), "s", "cnn-1", when)
    found = serialized_row(12, row)
    assert (found["id"], found["file"], found["page"], found["value"]) == (12, "a.png", 2, "4")
    assert (found["confidence"], found["reason"], found["candidates"]) == (0.6, "low_confidence", 1)
    assert found["probabilities"][4] == 0.6
    bare = Row("tag-000000013", Source("in", "a.png"), accepted(), "s", "cnn-1", when)
    assert serialized_row(13, bare)["probabilities"] == ODDS
