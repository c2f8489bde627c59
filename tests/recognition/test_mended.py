"""Images that were once misread. A bug report is one image and one line in tests/data/make.py."""

from pathlib import Path

import pytest

from pipeline.recognition.reader import Reader
from tests.pages import DATA

MENDED = sorted((DATA / "mended").glob("*.png"))


def test_there_are_images_that_were_mended() -> None:
    assert len(MENDED) >= 10


@pytest.mark.parametrize("image", MENDED, ids=lambda image: image.stem)
def test_what_was_misread_is_read_now(reader: Reader, image: Path) -> None:
    ((reading,),) = reader.read([image.read_bytes()])
    assert reading.value == image.stem[0]
