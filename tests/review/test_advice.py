"""What can be done about a file that could not be read."""

import importlib.util

import pytest

from digitbox.reasons import INACCESSIBLE
from digitbox.records import Reason
from digitbox.review.advice import advice


@pytest.mark.parametrize(
    "reason", [Reason.LOW_CONFIDENCE, Reason.SEVERAL_MARKS, Reason.DAMAGED, Reason.DUPLICATE]
)
def test_what_could_be_read_needs_none(reason: Reason) -> None:
    assert advice(reason) is None


def test_whatever_a_sent_file_fails_for_has_one() -> None:
    of_files = set(Reason) & {
        *(Reason.EMPTY, Reason.NOT_AN_IMAGE, Reason.FORMATS_EXTRA_MISSING, Reason.PASSWORD),
        *(Reason.TRUNCATED, Reason.CORRUPT, Reason.INCOMPLETE, Reason.TIMEOUT, Reason.MEMORY),
        *(Reason.UNSUPPORTED_PIXELS, Reason.UNSUPPORTED_COMPRESSION, Reason.DECODER_CRASHED),
        *(Reason.TOO_MANY_PIXELS, Reason.TOO_MANY_PAGES),
    }
    for reason in of_files - INACCESSIBLE:
        assert (advice(reason) or "").endswith((".", "now.")), reason


def test_only_what_is_installed_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "and PDF and HEIC" in (advice(Reason.NOT_AN_IMAGE) or "")
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    told = advice(Reason.NOT_AN_IMAGE) or ""
    assert "PNG, JPEG, TIFF, BMP, GIF and WebP" in told
    assert "PDF" not in told
    assert "pypdfium2" in (advice(Reason.FORMATS_EXTRA_MISSING) or "")
