from typing import Any

import cv2
import numpy as np
import pytest
import segno

from digitbox.forms.codes import Code, code, is_name, parsed
from digitbox.recognition.view import Gray

SIDE = 118
"""Of a code on a page, in pixels: 20 mm with 150 dots an inch."""


def sheet(content: Any, place: tuple[int, int] = (112, 992), side: int = SIDE, **made: Any) -> Gray:
    """A page of A4 with 150 dots an inch that has the code of ``content`` at ``place``: row,
    column."""
    page = np.full((1754, 1240), 245, np.uint8)
    modules = np.array(list(map(list, segno.make(content, micro=False, **made).matrix)), np.uint8)
    picture = cv2.resize(modules, (side, side), interpolation=cv2.INTER_NEAREST)
    page[place[0] : place[0] + side, place[1] : place[1] + side] = np.where(picture, 20, 245)
    cv2.putText(page, "Written examination", (120, 160), 0, 1.4, 30, 2, cv2.LINE_AA)
    return page


def test_a_code_names_the_form_and_the_page() -> None:
    assert code(sheet("digitbox:exam_2-b:12")) == Code("exam_2-b", 12)


@pytest.mark.parametrize("quarter", [1, 2, 3])
def test_a_page_may_lie_in_any_direction(quarter: int) -> None:
    page = np.ascontiguousarray(np.rot90(sheet("digitbox:exam:1"), quarter))
    assert code(page) == Code("exam", 1)


@pytest.mark.parametrize("degrees", [-20, 8, 45])
def test_a_page_may_be_turned_by_any_angle(degrees: float) -> None:
    turn = cv2.getRotationMatrix2D((620, 877), degrees, 0.8)
    page = cv2.warpAffine(sheet("digitbox:exam:1"), turn, (1240, 1754), borderValue=90)
    assert code(np.asarray(page, np.uint8)) == Code("exam", 1)


def test_a_page_may_be_photographed() -> None:
    corners = np.array([[0, 0], [1240, 0], [1240, 1754], [0, 1754]], np.float32)
    there = np.array([[90, 60], [1180, 130], [1130, 1700], [40, 1660]], np.float32)
    matrix = cv2.getPerspectiveTransform(corners, there)
    page = cv2.warpPerspective(sheet("digitbox:exam:3"), matrix, (1240, 1754), borderValue=70)
    lit = page * np.linspace(0.9, 0.35, 1240)[None] + np.random.default_rng(1).normal(
        0, 3, page.shape
    )
    assert code(np.clip(lit, 0, 255).astype(np.uint8)) == Code("exam", 3)


@pytest.mark.parametrize("scale", [0.5, 2.0])
def test_a_page_may_be_small_or_large(scale: float) -> None:
    page = cv2.resize(sheet("digitbox:exam:1"), None, fx=scale, fy=scale)
    assert code(np.asarray(page, np.uint8)) == Code("exam", 1)


@pytest.mark.parametrize("place", [(300, 100), (1500, 992), (800, 560)])
def test_a_code_may_stand_anywhere(place: tuple[int, int]) -> None:
    assert code(sheet("digitbox:exam:1", place)) == Code("exam", 1)


def test_a_code_of_another_kind_beside_it_does_not_count() -> None:
    page = np.minimum(sheet("digitbox:exam:1"), sheet("https://example.org/", (1500, 112)))
    assert code(page) == Code("exam", 1)


@pytest.mark.parametrize(
    "content",
    [
        "https://example.org/digitbox:exam:1",
        "digitbox:exam",
        "DIGITBOX:EXAM:1",
        "digitbox:../exam:1",
        "12345678",
        "",
        "ж" * 40,
        bytes(range(128, 255)),
        b"\xff\xfe\x00digitbox:exam:1",
    ],
)
def test_what_other_codes_say_does_not_count(content: str | bytes) -> None:
    made = sheet(content) if content else np.full((1754, 1240), 245, np.uint8)
    assert code(made) is None


@pytest.mark.parametrize("content", ["digitbox:" + "a" * 2000 + ":1", b"\x80" * 2900, "9" * 7000])
def test_the_longest_codes_do_no_harm(content: str | bytes) -> None:
    assert code(sheet(content, (100, 100), side=2 * 177, error="l")) is None


@pytest.mark.parametrize("shape", [(1, 1), (1, 3000), (3000, 1), (20, 20), (150, 110)])
def test_noise_of_any_shape_has_no_code(shape: tuple[int, int]) -> None:
    noise = np.random.default_rng(2).integers(0, 256, shape).astype(np.uint8)
    assert code(noise) is None
    assert code(np.full(shape, 200, np.uint8)) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("digitbox:exam:1", Code("exam", 1)),
        ("digitbox:exam:999", Code("exam", 999)),
        ("digitbox:2026-1_a:1", Code("2026-1_a", 1)),
        ("digitbox:exam:0", None),
        ("digitbox:exam:01", None),
        ("digitbox:exam:1000", None),
        ("digitbox:exam:1\n", None),
        ("digitbox:exam:\N{ARABIC-INDIC DIGIT ONE}", None),
        ("digitbox:" + "a" * 32 + ":1", Code("a" * 32, 1)),
        ("digitbox:" + "a" * 33 + ":1", None),
        ("digitbox:a.b:1", None),
        ("digitbox:a/b:1", None),
        ("digitbox:-a:1", None),
        ("digitbox::1", None),
    ],
)
def test_only_names_and_pages_are_taken(text: str, found: Code | None) -> None:
    assert parsed(text) == found
    assert found is None or str(found) == text


def test_a_name_is_one_that_stands_in_a_code() -> None:
    assert is_name("exam-1")
    assert not any(map(is_name, ("", "prüfung", "a b", "a:b", "..", "exam\n")))
