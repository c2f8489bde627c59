"""The view /try, asked as its page asks."""

import base64
import io
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

import pytest
from PIL import Image
from starlette.testclient import TestClient

from digitbox.config import load
from digitbox.review import uploads
from digitbox.review.guard import PROTECTED
from digitbox.review.site import make
from digitbox.signals import Flags
from tests.endurance.harness import FORM_FOLDER, Harness
from tests.pages import encoded, sheet
from tests.pool.test_words import damaged_fax
from tests.review.conftest import client


@pytest.fixture
def empty(tmp_path: Path) -> Harness:
    return Harness(tmp_path / "empty")


@pytest.fixture
def pages(empty: Harness) -> Iterator[TestClient]:
    with chdir(empty.folder), client(make(load, None, Flags())) as opened:
        yield opened


def test_an_image_is_read_as_the_service_would_and_not_kept(
    pages: TestClient, empty: Harness
) -> None:
    found = pages.post("/try/read", content=encoded(sheet(7))).json()
    assert (found["value"], found["status"], found["candidates"]) == ("7", "accepted", 1)
    assert found["probabilities"][7] > 0.9
    for part in ("scan", "frames", "picture"):
        assert base64.b64decode(found[part]).startswith(b"\x89PNG")
    there = {path.name for path in empty.folder.rglob("*")}
    assert there == {"inbox", "config.yaml", "forms", FORM_FOLDER, "form.yaml", "sheet.png"}


@pytest.mark.parametrize(
    ("content", "reason"), [(b"", "empty"), (b"<svg onload=alert(1)>", "not_an_image")]
)
def test_what_is_no_image_is_named(pages: TestClient, content: bytes, reason: str) -> None:
    found = pages.post("/try/read", content=content).json()
    assert (found["status"], found["reason"], found["frames"]) == ("failed", reason, None)


def test_a_page_is_asked_for_by_its_number(pages: TestClient) -> None:
    images = [Image.fromarray(sheet(digit)) for digit in (1, 2, 3)]
    out = io.BytesIO()
    images[0].save(out, "TIFF", save_all=True, append_images=images[1:])
    for query, page in (("", 1), ("?page=2", 2), ("?page=3", 3), ("?page=99", 3)):
        found = pages.post(f"/try/read{query}", content=out.getvalue()).json()
        assert (found["page"], found["pages"], found["value"]) == (page, 3, str(page))
    for number in ("0", "-1", "x", "", "9" * 5000, "%00"):
        assert pages.post(f"/try/read?page={number}", content=b"x").status_code == 400


def test_what_a_decoder_calls_damaged_is_for_a_person(pages: TestClient) -> None:
    found = pages.post("/try/read", content=damaged_fax()).json()
    assert (found["status"], found["reason"], found["value"]) == ("review", "damaged", "5")
    assert found["advice"] is None


def test_what_is_too_large_is_not_held(pages: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MOST_BYTES", 1000)
    asked = pages.post("/try/read", content=b"a" * 1001)
    assert asked.status_code == 413
    assert "1,000 bytes" in asked.json()["error"]


def test_another_site_has_nothing_read(pages: TestClient) -> None:
    asked = pages.post("/try/read", content=encoded(sheet(7)), headers={PROTECTED: "guessed"})
    assert asked.status_code == 403
