import pytest

from digitbox.box import Box
from digitbox.records import is_value


@pytest.mark.parametrize(
    "text", ["0", "0417", "12.5", "7,300", "1.234,50", "-3", "12 345", "-1,5 2"]
)
def test_what_a_page_may_say_is_a_value(text: str) -> None:
    assert is_value(text)


@pytest.mark.parametrize(
    "text",
    ["", " ", "a", "1a", ".5", "5.", "1..2", "--1", "1-2", "1  2", " 1", "1\n", "+1", "\u0663"],
)
def test_anything_else_is_none(text: str) -> None:
    assert not is_value(text)


def test_a_box_around_others_just_holds_them() -> None:
    boxes = [Box(30, 5, 10, 20), Box(-4, 7, 3, 3), Box(12, 0, 8, 9)]
    assert Box.around(boxes) == Box(-4, 0, 44, 25)
    assert Box.around(boxes[:1]) == boxes[0]
