"""Looked for besides: five pairs of ink and paper of the same lightness, as PNG and as JPEG of 60,
with noise, turned and enlarged; hints in pink and yellow; references in gray."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from digitbox.forms.cells import Networks
from digitbox.forms.pages import PageReader
from digitbox.records import Reading, Reason, Status
from tests.forms import paper
from tests.forms.conftest import reader_of

Colour = tuple[int, int, int]
Picture = NDArray[np.float64]

SAME: dict[str, tuple[Colour, Colour]] = {
    "red on green": ((215, 110, 110), (110, 160, 110)),
    "orange on gray": ((255, 140, 0), (158, 158, 158)),
    "pink on mint": ((255, 180, 200), (180, 221, 190)),
}

WHITE, PINK = (255, 255, 255), (255, 215, 215)


def laid(below: Picture | Colour, ink: Colour, gray: NDArray[np.uint8]) -> Picture:
    """What is dark in ``gray``, in the colour of ``ink``, on what is ``below``."""
    share = (255 - gray.astype(np.float64)[..., None]) / 255
    return np.asarray(np.array(below) * (1 - share) + np.array(ink) * share)


def encoded(rgb: Picture, quality: int | None = None, noise: float = 0.0) -> bytes:
    rgb = rgb + np.random.default_rng(1).normal(0, noise + 1e-9, rgb.shape)
    bgr = np.clip(np.rint(rgb), 0, 255).astype(np.uint8)[..., ::-1]
    if quality is None:
        return bytes(cv2.imencode(".png", bgr)[1])
    return bytes(cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])[1])


def written() -> NDArray[np.uint8]:
    """What is written into the form, in gray, without the form."""
    empty, full = paper.blank(), paper.filled({"student": "40213", "q1": "7"}, ("absent", "B"))
    return np.where(full < empty, full, 255).astype(np.uint8)


def read(networks: Networks, folder: Path, reference: bytes, page: bytes) -> dict[str, Reading]:
    forms = paper.put(folder / "forms")
    (forms / "sheet.png").write_bytes(reference)
    reader = PageReader(reader_of(forms.parent, networks), networks.finder, 10**8, 100)
    return {one.field or "": one for one in reader.read(page, "exam")}


@pytest.mark.parametrize("name", SAME)
@pytest.mark.parametrize(("quality", "noise"), [(None, 0.0), (90, 2.0), (50, 0.0)])
def test_ink_that_is_as_light_as_its_paper_is_not_blank(
    networks: Networks, tmp_path: Path, name: str, quality: int | None, noise: float
) -> None:
    ink, sheet = SAME[name]
    printed = laid(sheet, (40, 40, 40), paper.blank())
    page = encoded(laid(printed, ink, written()), quality, noise)
    seen = read(networks, tmp_path, encoded(printed), page)
    for field in ("student", "q1", "absent", "grade"):
        assert (seen[field].status, seen[field].reason) == (Status.REVIEW, Reason.COLOUR_ONLY)
    assert seen["total"].reason is not Reason.COLOUR_ONLY


@pytest.mark.parametrize("sheet", [WHITE, (190, 225, 190)])
@pytest.mark.parametrize(("quality", "noise"), [(None, 0.0), (90, 3.0), (50, 3.0), (30, 0.0)])
def test_empty_fields_of_a_page_in_colour_are_blank(
    networks: Networks, tmp_path: Path, sheet: Colour, quality: int | None, noise: float
) -> None:
    printed = laid(sheet, (30, 50, 30), paper.blank())
    seen = read(networks, tmp_path, encoded(printed), encoded(printed, quality, noise))
    assert {seen[name].status for name in (*paper.COMBS, "grade")} == {Status.BLANK}
    assert (seen["absent"].status, seen["absent"].value) == (Status.ACCEPTED, "empty")


def test_writing_that_gray_shows_is_no_colour_alone(networks: Networks, tmp_path: Path) -> None:
    printed = laid(WHITE, (60, 60, 60), paper.blank())
    page = encoded(laid(printed, (30, 40, 130), written()), 80)
    seen = read(networks, tmp_path, encoded(printed), page)
    assert (seen["student"].value, seen["grade"].value) == ("40213", "B")
    assert Reason.COLOUR_ONLY not in {one.reason for one in seen.values()}


@pytest.mark.parametrize("in_colour", [True, False])
def test_what_is_printed_in_colour_is_known_from_the_reference(
    networks: Networks, tmp_path: Path, in_colour: bool
) -> None:
    hints = np.full((900, 700), 255, np.uint8)
    for name in paper.COMBS:
        for left, top, *_ in paper.cells(name):
            cv2.putText(hints, "0", (left + 14, top + 48), cv2.FONT_HERSHEY_SIMPLEX, 1.5, 0, 3)
    printed = laid(laid(WHITE, (90, 90, 90), paper.blank()), PINK, hints)
    gray = np.repeat(printed @ [[0.299], [0.587], [0.114]], 3, axis=2)
    reference = encoded(printed if in_colour else gray)
    seen = read(networks, tmp_path, reference, encoded(printed, 90))
    assert {seen[name].status for name in paper.COMBS} == {Status.BLANK}
