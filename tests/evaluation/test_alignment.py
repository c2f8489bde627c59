import random

import pytest

from digitbox.evaluation.alignment import aligned, distance


@pytest.mark.parametrize(
    ("label", "value", "edits"),
    [
        ("", "", 0),
        ("417", "417", 0),
        ("417", "477", 1),
        ("417", "47", 1),
        ("417", "4117", 1),
        ("417", "", 3),
        ("", "41", 2),
        ("kitten", "sitting", 3),  # the textbooks' example
        ("1234567890", "0123456789", 2),
    ],
)
def test_the_fewest_edits_are_counted(label: str, value: str, edits: int) -> None:
    assert distance(label, value) == distance(value, label) == edits


def test_characters_stand_for_each_other() -> None:
    assert aligned("417", "477") == [("4", "4"), ("1", "7"), ("7", "7")]
    assert aligned("417", "47") == [("4", "4"), ("1", ""), ("7", "7")]
    assert aligned("47", "417") == [("4", "4"), ("", "1"), ("7", "7")]
    assert aligned("3", "85") in ([("3", "8"), ("", "5")], [("", "8"), ("3", "5")])
    assert aligned("", "") == []


def test_an_alignment_has_both_texts_and_as_many_edits_as_their_distance() -> None:
    draw = random.Random(1)
    for _ in range(300):
        label, value = ("".join(draw.choices("0127", k=draw.randrange(7))) for _ in range(2))
        pairs = aligned(label, value)
        assert "".join(one for one, _ in pairs) == label
        assert "".join(one for _, one in pairs) == value
        assert sum(one != other for one, other in pairs) == distance(label, value)
