import io

import numpy as np
from PIL import Image

from digitbox.config import FINDER
from digitbox.pool.images import LONGEST_SIDE, Pictures, pictures
from digitbox.recognition.finder import Finder
from digitbox.recognition.preprocess import preprocess_page
from tests.pages import encoded, sheet


def seen(content: bytes, finder: Finder, page: int = 1) -> Pictures:
    seen = preprocess_page(content, page, finder, 10**8)
    assert seen is not None
    return pictures(seen)


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
