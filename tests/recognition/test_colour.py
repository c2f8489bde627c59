"""Looked for besides: inks and papers of all pairs of colours of the same lightness, at JPEG
qualities of 30 to 95; yellow on white, blue on black and magenta on cyan, which gray shows; noise
of 1 to 8 levels on plain papers; blank photos."""

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from digitbox.recognition.colour import Colours, shown
from digitbox.recognition.decode import Page, decode
from digitbox.recognition.preprocess import preprocess_page
from digitbox.recognition.reader import Reader
from digitbox.records import Reading, Reason, Status
from tests.pages import encoded, sheet
from tests.recognition.tiffs import Kind, tiff

Colour = tuple[int, int, int]


def drawn(ink: Colour, paper: Colour, noise: float = 0.0) -> Image.Image:
    """A 5."""
    share = (225 - sheet(5, 400, 300, 220).astype(float)[..., None]) / 185
    rgb = np.array(paper) * (1 - share) + np.array(ink) * share
    rgb += np.random.default_rng(1).normal(0, noise or 1e-9, rgb.shape)
    return Image.fromarray(np.clip(np.rint(rgb), 0, 255).astype(np.uint8))


def plain(paper: Colour, noise: float = 0.0) -> Image.Image:
    return drawn(paper, paper, noise)


def only(reader: Reader, data: bytes) -> Reading:
    ((reading,),) = reader.read([data])
    return reading


SAME: dict[str, tuple[Colour, Colour]] = {
    "red on green": ((200, 0, 0), (0, 102, 0)),
    "red on gray": ((200, 0, 0), (60, 60, 60)),
    "orange on gray": ((255, 140, 0), (158, 158, 158)),
    "blue on dark red": ((0, 0, 255), (97, 0, 0)),
    "green on magenta": ((0, 140, 0), (150, 20, 220)),
    "pink on mint": ((255, 180, 200), (180, 221, 190)),
}


@pytest.mark.parametrize("name", SAME)
@pytest.mark.parametrize("form", ["PNG", "TIFF", "BMP", "JPEG", "PDF"])
def test_ink_of_the_same_lightness_as_its_paper_is_read(
    reader: Reader, name: str, form: str
) -> None:
    if form == "PDF":
        pytest.importorskip("pypdfium2")
    options = {"resolution": 150} if form == "PDF" else {}
    reading = only(reader, encoded(drawn(*SAME[name]), form, **options))
    assert (reading.status, reading.value) == (Status.ACCEPTED, "5")
    (digit,) = reading.digits
    assert reading.width is not None
    assert 0.4 < digit.box.middle[0] / reading.width < 0.6


@pytest.mark.parametrize("name", SAME)
@pytest.mark.parametrize(("dtype", "is_planar"), [("u1", True), ("u2", False), ("f4", True)])
def test_it_is_read_from_deep_colours(
    reader: Reader, name: str, dtype: str, is_planar: bool
) -> None:
    planes = np.moveaxis(np.asarray(drawn(*SAME[name])) / 255, -1, 0)
    kind = Kind(dtype, photometric=2, is_planar=is_planar)
    reading = only(reader, tiff([*planes], kind))
    assert (reading.status, reading.value) == (Status.ACCEPTED, "5")


@pytest.mark.parametrize("quality", [90, 60, 30])
def test_it_is_read_from_noisy_photos(reader: Reader, quality: int) -> None:
    data = encoded(drawn(*SAME["red on green"], 4), "JPEG", quality=quality)
    assert only(reader, data).value == "5"


def test_what_gray_shows_is_not_looked_at_by_colour(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr("digitbox.recognition.decode.colours_of", never)
    for ink, paper in (
        ((255, 255, 0), (255, 255, 255)),
        ((0, 0, 255), (0, 0, 0)),
        ((255, 120, 255), (0, 255, 255)),
        ((30, 40, 120), (250, 250, 250)),
    ):
        assert only(reader, encoded(drawn(ink, paper))).value == "5"


def test_what_differs_by_little_is_seen_by_a_person(reader: Reader) -> None:
    for ink in ((160, 145, 147), (154, 148, 148), (150, 150, 155)):
        reading = only(reader, encoded(drawn(ink, (150, 150, 150))))
        assert (reading.status, reading.reason) == (Status.REVIEW, Reason.COLOUR_ONLY)
        assert reading.value == "5"


def test_a_trace_that_is_no_digit_is_not_blank(reader: Reader) -> None:
    rgb = np.full((300, 400, 3), 150, np.uint8)
    rgb[:, 300:] = (178, 140, 128)
    reading = only(reader, encoded(Image.fromarray(rgb)))
    assert reading.status is not Status.BLANK
    assert reading.status is not Status.ACCEPTED


@pytest.mark.parametrize("paper", [(255, 255, 255), (240, 230, 205), (150, 150, 150)])
@pytest.mark.parametrize("noise", [0, 1, 3, 8])
@pytest.mark.parametrize("quality", [95, 75, 50])
def test_noise_on_plain_paper_is_blank(
    reader: Reader, paper: Colour, noise: float, quality: int
) -> None:
    reading = only(reader, encoded(plain(paper, noise), "JPEG", quality=quality))
    assert (reading.status, reading.reason) == (Status.BLANK, None)


def test_light_that_changes_its_colour_is_none() -> None:
    rows, columns = np.mgrid[0:300, 0:400]
    rgb = np.stack([200 + rows / 12, 210 - columns / 20, 180 + columns / 12], axis=-1)
    assert shown(Colours(rgb.astype(np.uint8), is_exact=False)) is None


def test_the_rules_of_blank_paper_are_none() -> None:
    rgb = np.full((600, 400, 3), (252, 252, 250), np.uint8)
    rgb[30::40] = rgb[31::40] = (190, 210, 240)
    assert shown(Colours(rgb, is_exact=True)) is None


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (2, 3)])
def test_a_page_of_hardly_any_size_gets_an_answer(size: tuple[int, int]) -> None:
    rgb = np.random.default_rng(2).integers(0, 256, (*size, 3), np.uint8)
    shown(Colours(np.ascontiguousarray(rgb), is_exact=True))


@pytest.mark.parametrize("mode", ["P", "RGBA", "CMYK"])
def test_colours_are_those_of_any_mode(mode: str, reader: Reader) -> None:
    image = drawn(*SAME["red on green"]).convert(mode)
    form = "TIFF" if mode == "CMYK" else "PNG"
    assert only(reader, encoded(image, form)).value == "5"


def test_colours_lie_as_the_page_does() -> None:
    image = drawn(*SAME["red on green"])
    exif = Image.Exif()
    exif[0x0112] = 6
    for form in ("PNG", "JPEG"):
        (page,) = decode(encoded(image, form, exif=exif), 10**8)
        assert isinstance(page, Page)
        colours = page.colours()
        assert colours is not None
        found = shown(colours)
        assert found is not None
        assert found.gray.shape == page.gray.shape == (300, 400)
        expected = np.rot90(np.asarray(sheet(5, 400, 300, 220)), -1)
        assert np.mean((found.gray < 140) != (expected < 130)) < 0.02


def test_a_large_photo_is_looked_at_reduced(reader: Reader) -> None:
    image = drawn(*SAME["red on green"]).resize((2400, 3200))
    reading = only(reader, encoded(image, "JPEG"))
    assert (reading.value, reading.width) == ("5", 2400)
    assert 900 < reading.digits[0].box.middle[0] < 1500


def test_the_pictures_of_a_page_show_what_was_read(reader: Reader) -> None:
    data = encoded(drawn(*SAME["red on green"]))
    seen = preprocess_page(data, 1, reader.finder, 10**8)
    assert seen is not None
    assert seen.candidates
    assert int(np.ptp(seen.gray)) > 100


def test_gray_pages_have_no_colours() -> None:
    buffer = io.BytesIO()
    Image.fromarray(sheet(5)).save(buffer, "JPEG")
    (page,) = decode(buffer.getvalue(), 10**8)
    assert isinstance(page, Page)
    assert page.colours() is None


def gray(image: Image.Image) -> NDArray[np.uint8]:
    return np.asarray(image.convert("L"))


def test_the_pairs_are_of_the_same_lightness() -> None:
    assert all(int(np.ptp(gray(drawn(*pair)))) <= 4 for pair in SAME.values())
