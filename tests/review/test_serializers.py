from dataclasses import replace
from datetime import UTC, datetime

import pytest

from digitbox.box import Box
from digitbox.records import Alternative, Row, Source
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


def test_the_odds_of_a_digit_are_of_the_same_probability_as_its_confidence() -> None:
    one = reading_of("4", confidence=0.455)  # its digit is a 4 with 0.91, if it is one
    both = replace(one, alternatives=(*one.alternatives, Alternative("41", 0.2)))
    found = serialized_reading(both)
    assert found["probabilities"][4] == 0.455
    assert found["probabilities"][5] == 0.005
    assert found["no_digit"] == 0.3
    assert sum(found["probabilities"]) + 0.2 + found["no_digit"] == pytest.approx(1)


def test_what_was_taken_for_no_digit_has_the_odds_of_the_network_that_reads() -> None:
    none = replace(reading_of("4", confidence=0.455), value=None, confidence=None, alternatives=())
    found = serialized_reading(none)
    assert found["probabilities"][4] == 0.455
    assert found["no_digit"] == 0.5


@pytest.mark.parametrize("confidence", [0.0, 1.0])
def test_odds_are_never_beyond_their_ends(confidence: float) -> None:
    found = serialized_reading(reading_of("4", confidence=confidence))
    assert all(0 <= one <= 1 for one in found["probabilities"])
    assert 0 <= found["no_digit"] <= 1
    assert serialized_reading(accepted())["no_digit"] is None


def test_what_else_a_number_may_be_is_of_the_same_probability_as_its_confidence() -> None:
    seen = (Alternative("38", 0.95), Alternative("8", 0.1), Alternative("3.8", 0.01))
    beside = replace(reading_of("38", confidence=0.76), alternatives=seen)  # by what is beside it
    found = serialized_reading(beside)["alternatives"]
    assert [(one.value, one.probability) for one in found] == [
        ("38", 0.76),
        ("8", 0.08),
        ("3.8", 0.008),
    ]
    same = replace(beside, confidence=0.95)
    assert serialized_reading(same)["alternatives"] == seen
    none = replace(beside, value=None, confidence=None)
    assert serialized_reading(none)["alternatives"] == seen
