"""What C libraries say of damaged files is seen by the readings, and by nobody else. Also tried:
a fax with bad code words at a few places."""

import io
import os
from pathlib import Path

import pytest
from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

from digitbox.config import Config
from digitbox.pool.words import Words
from digitbox.records import Reason, Status
from tests.conftest import read_files
from tests.pages import encoded, sheet


def damaged_fax() -> bytes:
    """The damage is in the empty paper at the foot: the digit is read all the same."""
    image = Image.fromarray(sheet(5, height=600, width=480, side=300)).convert("1")
    data = bytearray(encoded(image, "TIFF", compression="group3"))
    with Image.open(io.BytesIO(bytes(data))) as opened:
        assert isinstance(opened, TiffImageFile)
        (start,), (length,) = opened.tag_v2[273], opened.tag_v2[279]
    middle = start + length * 4 // 5
    data[middle : middle + 16] = b"\x01\x02\x04\x02" * 4
    return bytes(data)


def test_what_a_decoder_complains_of_is_damaged_and_said_by_nobody(
    tmp_path: Path, config: Config, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.tif").write_bytes(damaged_fax())
    (tmp_path / "good.png").write_bytes(encoded(sheet(5)))
    bad, good = read_files(tmp_path, ["bad.tif", "good.png"], config)
    assert [(one.status, one.reason, one.value) for one in bad.readings] == [
        (Status.REVIEW, Reason.DAMAGED, "5")
    ]
    assert Reason.DAMAGED not in good.reasons
    assert capfd.readouterr().err == ""


def test_the_process_that_starts_workers_keeps_its_standard_error() -> None:
    before = os.fstat(2)
    words = Words()
    words.catch()
    assert not words.were_said()
    assert os.fstat(2) == before
