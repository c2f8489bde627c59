import cv2
import numpy as np
import pytest

from digitbox.forms.marking import FAINT, chosen, has_crosses, ink, likely_marked, paper
from tests.forms.sheets import Gray, grainy


def box(side: int = 40, level: int = 235) -> Gray:
    """An empty printed box."""
    page = np.full((side, side), level, np.uint8)
    cv2.rectangle(page, (0, 0), (side - 1, side - 1), 40, 2)
    return page


def marked(how: str, level: int = 60, wide: int = 2, side: int = 40) -> Gray:
    page = box(side)
    low, high = side // 8, side - 1 - side // 8
    if how == "cross":
        cv2.line(page, (low, low), (high, high), level, wide)
        cv2.line(page, (low, high), (high, low), level, wide)
    elif how == "tick":
        corners = np.array([[low, side // 2], [side * 2 // 5, high], [high, low]])
        cv2.polylines(page, [corners], False, level, wide)
    elif how == "disc":
        cv2.circle(page, (side // 2, side // 2), side * 2 // 5, level, -1)
    elif how == "full":
        page[:] = level
    return page


def likely(page: Gray, reference: Gray | None = None) -> float:
    return likely_marked(ink(page, box(len(page)) if reference is None else reference))


@pytest.mark.parametrize("how", ["cross", "tick", "disc"])
@pytest.mark.parametrize("side", [16, 40, 90])
def test_a_mark_is_seen_in_any_size_and_light(how: str, side: int) -> None:
    page = marked(how, wide=max(1, side // 16), side=side)
    assert likely(page) > 0.95
    assert likely((page * 0.45).astype(np.uint8)) > 0.95
    assert likely(grainy(page, 6, 1)) > 0.95


def test_a_box_that_is_filled_from_edge_to_edge_is_marked() -> None:
    assert likely(marked("full", 50)) > 0.95
    assert likely(marked("full", 0)) > 0.95


@pytest.mark.parametrize("side", [16, 40, 90])
@pytest.mark.parametrize("light", [1.0, 0.45])
def test_an_empty_box_is_empty_in_any_size_and_light(side: int, light: float) -> None:
    assert likely((box(side) * light).astype(np.uint8)) < 0.05
    assert likely(grainy((box(side) * light).astype(np.uint8), 6, 1)) < 0.05


def test_what_is_printed_in_a_box_is_no_ink() -> None:
    bubble = box()
    cv2.putText(bubble, "A", (11, 30), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 60, 2, cv2.LINE_AA)
    assert ink(bubble, box()) > 0.05
    assert likely(bubble, bubble) < 0.05
    filled = bubble.copy()
    cv2.circle(filled, (20, 20), 16, 60, -1)
    assert likely(filled, bubble) > 0.95


def test_a_dot_is_doubtful() -> None:
    page = box()
    cv2.circle(page, (20, 20), 3, 50, -1)
    assert 0.2 < likely(page) < 0.9


def test_ink_is_a_share() -> None:
    assert ink(box(), box()) == 0
    assert ink(box(), marked("disc")) == 0  # less than the reference has
    assert ink(marked("full", 0), np.full((40, 40), 235, np.uint8)) == 1
    assert ink(np.zeros((1, 1), np.uint8), np.zeros((30, 2), np.uint8)) >= 0


def test_a_box_is_the_likelier_marked_the_more_ink_it_has() -> None:
    shares = [0, 1e-6, 0.01, FAINT, 0.06, 0.3, 1.0]
    found = [likely_marked(share) for share in shares]
    assert found == sorted(found)
    assert found[3] == pytest.approx(0.5)
    assert found[4] == pytest.approx(8 / 9)
    assert found[0] < 1e-6
    assert found[-1] > 0.999


def test_of_several_boxes_the_marked_one_is_chosen() -> None:
    found = chosen({"A": 0.0, "B": 0.3, "C": 0.001})
    assert max(found, key=lambda label: found[label]) == "B"
    assert found["B"] > 0.99
    assert set(found) == {"", "A", "B", "C"}


def test_where_no_box_is_marked_none_is_chosen() -> None:
    assert chosen({"A": 0.0, "B": 0.001})[""] > 0.99


def test_where_two_boxes_are_marked_nothing_is_likely() -> None:
    found = chosen({"A": 0.3, "B": 0.3, "C": 0.0})
    assert max(found.values()) < 0.01


def test_probabilities_sum_to_one_with_those_of_several_marks() -> None:
    random = np.random.default_rng(2)
    for count in (2, 5, 200):
        shares = {str(number): float(random.random() ** 6) for number in range(count)}
        assert sum(chosen(shares).values()) <= 1 + 1e-9
    one = likely_marked(0.03)
    assert sum(chosen({"A": 0.03, "B": 0.03}).values()) == pytest.approx(1 - one**2)


@pytest.mark.parametrize("side", [16, 40, 90])
@pytest.mark.parametrize("level", [60, 120, 170])
def test_a_box_that_pencil_fills_evenly_is_marked(side: int, level: int) -> None:
    assert likely_marked(ink(marked("full", level, side=side), box(side), (235, 235))) > 0.95
    assert likely_marked(ink(box(side), box(side), (235, 235))) < 0.05


def test_the_light_of_the_paper_is_that_beside_the_box() -> None:
    around = np.full((80, 80), 230, np.uint8)
    around[20:60, 20:60] = marked("full", 120)
    assert paper(around) == 230


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        ([], False),
        ([0.0, 0.01], False),
        ([0.2], True),
        ([0.2, 0.9], False),
        ([0.2, 0.15, 0.9], True),
        ([0.9, 0.8], False),
        ([0.2, 0.2, 0.9, 0.9], False),
    ],
)
def test_what_most_marks_of_a_page_are_says_what_filled_ones_mean(
    shares: list[float], expected: bool
) -> None:
    assert has_crosses(shares) == expected


@pytest.mark.parametrize("side", [16, 40, 90])
def test_crosses_and_ticks_are_told_from_what_is_filled(side: int) -> None:
    wide = max(1, side // 16)
    crosses = [ink(marked(how, 60, wide, side), box(side)) for how in ("cross", "tick")]
    filled = ink(marked("full", 50, side=side), box(side), (235, 235))
    assert has_crosses(crosses)
    assert has_crosses([*crosses, filled])
    assert not has_crosses([filled, filled, *crosses])
