import tarfile
from collections.abc import Sequence
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from PIL import ImageFont

from digitbox.errors import TrainingError
from digitbox.records import DIGITS
from digitbox_train.drawing import fonts
from digitbox_train.drawing.fonts import BOX, LOOKALIKES, SIZE, draw, load

DEJAVU = Path(matplotlib.get_data_path()) / "fonts/ttf/DejaVuSans.ttf"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder of the user's."""
    monkeypatch.setattr(fonts, "user_cache_path", lambda _: tmp_path / "cache")
    return tmp_path / "cache"


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was fetched. Two packages are to be had, each with DejaVu as its Latin, Greek and
    Bengali; Bengali it does not have."""
    packages: list[str] = []

    def fetch(wanted: Sequence[str], folder: Path) -> None:
        packages.extend(wanted)
        for package in wanted:
            name, version = package.split("@")
            with tarfile.open(folder / f"fontsource-{name}-{version}.tgz", "w") as archive:
                for subset in ("latin", "greek", "bengali"):
                    archive.add(DEJAVU, f"package/files/{name}-{subset}-400-normal.woff")

    monkeypatch.setattr(fonts, "HANDWRITING", ("hand@1.0.0",))
    monkeypatch.setattr(fonts, "OTHERS", ("print@2.0.0",))
    monkeypatch.setattr(fonts, "WITHOUT", {"hand": "7"})
    monkeypatch.setattr(
        fonts, "SUBSETS", {"latin": ("AC", "+?"), "greek": ("αβ",), "bengali": ("০৯",)}
    )
    monkeypatch.setattr(fonts, "_fetch", fetch)
    return packages


@pytest.fixture(scope="module")
def dejavu() -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(DEJAVU, fonts.FONT_SIZE, layout_engine=ImageFont.Layout.BASIC)


@pytest.mark.parametrize("character", "08W-|.")
def test_a_glyph_fills_the_box_and_is_centred(
    dejavu: ImageFont.FreeTypeFont, character: str
) -> None:
    mask = draw(dejavu, character)
    assert mask is not None
    assert mask.shape == (SIZE, SIZE)
    assert mask.dtype == np.uint8
    rows, columns = np.nonzero(mask.any(axis=1))[0], np.nonzero(mask.any(axis=0))[0]
    assert max(np.ptp(rows), np.ptp(columns)) + 1 == BOX
    for ends in (rows, columns):
        assert abs(int(ends[0]) - (SIZE - 1 - int(ends[-1]))) <= 1


def test_a_glyph_keeps_its_aspect_and_is_ink_on_background(dejavu: ImageFont.FreeTypeFont) -> None:
    stem, ring = draw(dejavu, "|"), draw(dejavu, "O")
    assert stem is not None
    assert ring is not None
    assert np.count_nonzero(stem.any(axis=0)) < SIZE / 8
    assert np.count_nonzero(ring.any(axis=0)) > SIZE / 2
    assert stem[SIZE // 2].max() == 255
    assert ring[SIZE // 2, SIZE // 2] == 0
    assert len(np.unique(ring)) > 50  # antialiased


@pytest.mark.parametrize("character", ["খ", " ", "\uffff"])
def test_what_a_font_does_not_have_or_leaves_blank_is_no_glyph(
    dejavu: ImageFont.FreeTypeFont, character: str
) -> None:
    assert draw(dejavu, character) is None


@pytest.mark.usefixtures("cache", "fetched")
def test_glyphs_are_those_asked_of_each_font() -> None:
    glyphs = load()
    assert glyphs.images.shape == (len(glyphs.characters), SIZE, SIZE)
    assert glyphs.images.dtype == np.uint8
    found = list(zip(glyphs.fonts, glyphs.characters, strict=True))
    assert found == [
        *(("hand", character) for character in "012345689ABC?αβ"),
        *(("print", character) for character in "αβ"),
    ]


def test_the_cache_is_filled_once(cache: Path, fetched: list[str]) -> None:
    first = load()
    second = load()
    assert fetched == ["hand@1.0.0", "print@2.0.0"]
    assert np.array_equal(first.images, second.images)
    assert (first.characters, first.fonts) == (second.characters, second.fonts)
    assert [file.suffix for file in cache.iterdir()] == [".npz"]


@pytest.mark.usefixtures("cache")
def test_another_set_is_not_read_from_the_cache_of_this_one(
    fetched: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    load()
    monkeypatch.setattr(fonts, "HANDWRITING", ("hand@1.0.1",))
    assert "hand" in load().fonts
    assert fetched == ["hand@1.0.0", "print@2.0.0", "hand@1.0.1", "print@2.0.0"]


@pytest.mark.usefixtures("fetched")
def test_a_damaged_cache_is_named(cache: Path) -> None:
    load()
    (file,) = cache.iterdir()
    file.write_bytes(b"PK\x03\x04nothing")
    with pytest.raises(TrainingError, match=file.name):
        load()


def test_a_package_that_cannot_be_fetched_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    npm = tmp_path / "npm"
    npm.write_text(
        '#!/bin/sh\ncase "$*" in *bad*) echo "404 Not Found" >&2; exit 1;; esac\n'
        'echo "$*" >> "$PWD/packed"\n'
    )
    npm.chmod(0o755)
    monkeypatch.setattr("digitbox_train.drawing.fonts.shutil.which", lambda _: str(npm))
    with pytest.raises(TrainingError, match=r"(?s)@fontsource/bad@1\.0\.0 .*404 Not Found"):
        fonts._fetch(["good@1.0.0", "bad@1.0.0"], tmp_path)
    assert "@fontsource/good@1.0.0" in (tmp_path / "packed").read_text()


def test_a_missing_npm_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digitbox_train.drawing.fonts.shutil.which", lambda _: None)
    with pytest.raises(TrainingError, match="no npm client"):
        fonts._fetch(["good@1.0.0"], tmp_path)


def test_packages_are_pinned_and_named_once() -> None:
    packages = [*fonts.HANDWRITING, *fonts.OTHERS]
    assert all(version.count(".") == 2 for _, version in (p.split("@") for p in packages))
    assert len({package.split("@")[0] for package in packages}) == len(packages)
    assert fonts.WITHOUT.keys() <= {package.split("@")[0] for package in fonts.HANDWRITING}


def test_lookalikes_are_characters_of_the_set_that_are_no_digits() -> None:
    drawn = {character for subset in fonts.SUBSETS for character in fonts._characters(subset)}
    assert drawn.issuperset(DIGITS)
    assert LOOKALIKES.keys() <= drawn - set(DIGITS)
    assert all(digits and set(digits) <= set(DIGITS) for digits in LOOKALIKES.values())
    assert [LOOKALIKES[character] for character in "OIBZ०٩"] == ["0", "1", "8", "23", "0", "9"]
