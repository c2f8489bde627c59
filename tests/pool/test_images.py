import io

import numpy as np
from PIL import Image

from digitbox.box import Box
from digitbox.config import FINDER
from digitbox.pool.images import GAP, LONGEST_SIDE, Pictures, pictures, written
from digitbox.recognition.finder import Finder
from digitbox.recognition.preprocess import Candidate, Preprocessed, preprocess_page
from digitbox.records import Digit, Line, Reading, Status
from tests.pages import encoded, sheet

BLANK = Reading(1, Status.BLANK)

PLACES = {1: (10, 20), 2: (80, 12), 3: (200, 25), 4: (5, 100), 5: (150, 90)}
"""Left and top of what stands on two lines that are not quite straight, as people read them."""


def read(width: int, height: int, *boxes: Box, lines: tuple[Line, ...] = ()) -> Reading:
    """What was read in ``boxes`` on a page of that size."""
    digits = tuple(Digit(1, 0.5, (0.1,) * 10, box) for box in boxes)
    return Reading(1, Status.REVIEW, None, "1", 0.5, width, height, digits, lines=lines)


def seen(content: bytes, finder: Finder, page: int = 1, reading: Reading = BLANK) -> Pictures:
    seen = preprocess_page(content, page, finder, 10**8)
    assert seen is not None
    return pictures(seen, reading)


def pixels(image: bytes) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    opened = Image.open(io.BytesIO(image))
    assert (opened.format, opened.mode) == ("PNG", "L")
    return np.asarray(opened)


def test_a_scan_is_shown_as_it_is() -> None:
    page = sheet(3)
    found = seen(encoded(page), Finder(FINDER))
    assert (pixels(found.scan) == page).all()


def test_the_frames_that_the_network_saw_stand_side_by_side(finder: Finder) -> None:
    clean = pixels(seen(encoded(sheet(3)), finder).frames)
    assert clean.shape == (28, 28)
    assert clean.max() > 200
    noisy = sheet(3)
    noisy[:3] = 0  # a dark edge: to be looked at by the finder, outline and tone
    assert pixels(seen(encoded(noisy), finder).frames).shape == (28, 58)


def test_frames_stand_in_reading_order() -> None:
    frames = {
        place: np.full((1, 28, 28), 10 * number, np.uint8) for number, place in PLACES.items()
    }
    candidates = tuple(  # the most prominent first, which is no order on the page
        Candidate(frames[place], Box(*place, 20, 30)) for place in sorted(PLACES.values())
    )
    page = Preprocessed(np.full((200, 300), 255, np.uint8), candidates, ())
    row = pixels(pictures(page, BLANK).frames)
    assert list(row[0, :: 28 + GAP]) == [10 * number for number in sorted(PLACES)]


def test_a_large_page_is_shown_reduced_and_a_blank_one_has_an_empty_frame(finder: Finder) -> None:
    blank = np.full((500, 4000), 255, np.uint8)
    found = seen(encoded(blank), finder)
    assert pixels(found.scan).shape == (125, LONGEST_SIDE)
    assert not pixels(found.frames).any()


def test_a_later_page_is_found_and_what_is_no_page_is_not(finder: Finder) -> None:
    second = Image.fromarray(sheet(5))
    book = encoded(Image.fromarray(sheet(3)), "TIFF", save_all=True, append_images=[second])
    assert (pixels(seen(book, finder, 2).scan) == sheet(5)).all()
    assert preprocess_page(book, 3, finder, 10**8) is None
    assert preprocess_page(b"no image", 1, finder, 10**8) is None
    assert preprocess_page(encoded(sheet(3)), 1, finder, 100) is None


def test_what_is_written_is_all_digits_and_lines_with_a_margin_on_the_page() -> None:
    two = read(300, 200, Box(100, 50, 10, 20), Box(150, 55, 12, 10))
    assert written(two) == Box(92, 42, 78, 36)  # 0.4 of the taller one around
    assert written(read(105, 60, *(one.box for one in two.digits[:1]))) == Box(92, 42, 13, 18)
    line = Line("1", 0.5, Box(20, 50, 200, 30))
    assert written(read(300, 200, two.digits[0].box, lines=(line,))) == Box(12, 42, 216, 46)
    assert written(BLANK) is None


def test_what_is_written_is_shown_as_large_as_it_is(finder: Finder) -> None:
    page = np.full((400, 3000), 255, np.uint8)
    page[200:240, 2000:2030] = 0
    found = seen(encoded(page), finder, reading=read(3000, 400, Box(2000, 200, 30, 40)))
    shown = pixels(found.written)
    assert shown.shape == (72, 62)
    assert not shown[16:56, 16:46].any()
    assert shown[:16].min() == 255
    assert pixels(found.scan).shape == (133, LONGEST_SIDE)
    # Boxes are in pixels of the file, which may have more of them than what is read.
    found = seen(encoded(page), finder, reading=read(6000, 800, Box(4000, 400, 60, 80)))
    assert pixels(found.written).shape == (72, 62)


def test_a_page_without_digits_is_shown_as_a_whole(finder: Finder) -> None:
    found = seen(encoded(sheet(3)), finder)
    assert pixels(found.written).shape == pixels(found.scan).shape


def test_what_is_said_of_a_whole_page_shows_all_of_it() -> None:
    page = sheet(3)
    missing = Reading(1, Status.REVIEW, None, "", 0.0, 60, 60, form="exam", field="page.2")
    assert written(missing) is None
    found = pictures(Preprocessed(page, ()), missing)
    assert (pixels(found.written) == page).all()
    assert (pixels(found.scan) == page).all()
