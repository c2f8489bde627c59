"""How many pages a file has: as many as are decoded."""

import io

import numpy as np
import pytest
from PIL import Image

from digitbox.recognition.decode import decode
from digitbox.recognition.extent import pages_of
from tests.pages import encoded, sheet
from tests.pdfs import document

MANY = 10**4


def booklet(pages: int, kind: str = "TIFF") -> bytes:
    first, *others = [Image.fromarray(sheet(number % 10)) for number in range(pages)]
    out = io.BytesIO()
    first.save(out, kind, save_all=True, append_images=others)
    return out.getvalue()


def pdf(pages: int) -> bytes:
    kids = b" ".join(b"%d 0 R" % (number + 3) for number in range(pages))
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 144 144]>>"
    return document(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[%b]/Count %d>>" % (kids, pages),
        *[page] * pages,
    )


FILES = {
    "png": encoded(sheet(3)),
    "jpeg": encoded(sheet(3), "JPEG"),
    "tiff of 1": booklet(1),
    "tiff of 12": booklet(12),
    "animation": booklet(3, "GIF"),
    "pdf of 12": pdf(12),
    "cut tiff": booklet(3)[:-2000],
    "nothing": b"",
    "no image": b"no image",
    "broken pdf": b"%PDF-1.4 broken",
}


@pytest.mark.parametrize("content", FILES.values(), ids=FILES)
def test_there_are_as_many_as_are_decoded(content: bytes) -> None:
    assert pages_of(content, MANY) == len(list(decode(content, 10**8)))


def test_more_than_are_read_are_not_counted() -> None:
    assert pages_of(pdf(12), 5) == 5
    assert pages_of(booklet(12), 5) == 5


def test_whatever_is_damaged_there_is_a_number() -> None:
    random = np.random.default_rng(1)
    for content in (pdf(3), booklet(3)):
        data = np.frombuffer(content, np.uint8)
        for _ in range(100):
            damaged = data.copy()
            damaged[random.integers(0, len(data), 30)] = random.integers(0, 256, 30)
            assert 1 <= pages_of(damaged.tobytes(), MANY) <= MANY
