"""Images that were once misread. A bug report is one image and one line in tests/data/make.py."""

from pathlib import Path

import pytest

from digitbox.recognition.reader import Reader
from tests.pages import DATA

REGRESSIONS = sorted((DATA / "regressions").glob("*.png"))

BROKEN = {
    "0 in thin pencil": "preprocessing 4: the finder takes the shadow in the loop for ink",
}
"""Those that are misread again, and why: once they are read, they have to go from here."""


def test_there_are_images_that_were_mended() -> None:
    assert len(REGRESSIONS) >= 10


def expected(image: Path) -> object:
    broken = BROKEN.get(image.stem)
    marks = [pytest.mark.xfail(reason=broken, strict=True)] if broken else []
    return pytest.param(image, id=image.stem, marks=marks)


@pytest.mark.parametrize("image", list(map(expected, REGRESSIONS)))
def test_what_was_misread_is_read_now(reader: Reader, image: Path) -> None:
    ((reading,),) = reader.read([image.read_bytes()])
    assert reading.value == image.stem[0]
