import csv
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from digitbox.forms.codes import Code, code
from digitbox.forms.library import form_of, load
from digitbox.recognition.decode import Page, decode
from digitbox_train.form_samples import LARGEST, SAMPLES, draw
from tests.conftest import ROOT
from tests.train.drawing.factory import writers

Labels = dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("samples")
    draw(folder, writers())
    return folder


def labels(folder: Path) -> Labels:
    found: Labels = {}
    for row in csv.DictReader(io.StringIO((folder / "labels.csv").read_text("utf-8"))):
        found.setdefault(row["file"], {})[row["field"]] = row["value"]
    return found


def files(folder: Path) -> dict[str, bytes]:
    found = (file for file in folder.rglob("*") if file.is_file())
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in found}


def test_they_are_drawn_the_same_each_time(drawn: Path, tmp_path: Path) -> None:
    draw(tmp_path, writers())
    assert files(tmp_path) == files(drawn)


@pytest.mark.parametrize("folder", ["drawn", "shipped"])
def test_each_page_has_a_label_for_each_field(folder: str, drawn: Path) -> None:
    where = drawn if folder == "drawn" else ROOT / "samples" / "forms"
    (form,) = load(where)
    assert form.name == "exam"
    fields = tuple(field.name for field in form_of(form).pages[0].fields)
    found = labels(where)
    assert list(found) == [sample.file for sample in SAMPLES]
    assert sorted(found) == sorted(file.name for file in where.glob("*.jpg"))
    for values in found.values():
        assert tuple(values) == fields


@pytest.mark.parametrize("folder", ["drawn", "shipped"])
def test_pages_are_small_and_gray(folder: str, drawn: Path) -> None:
    where = drawn if folder == "drawn" else ROOT / "samples" / "forms"
    for file in where.glob("*.jpg"):
        assert file.stat().st_size < LARGEST
        with Image.open(file) as image:
            assert (image.mode, image.size) == ("L", (1240, 1754))


def test_one_writer_has_a_wrong_sum_and_one_was_absent(drawn: Path) -> None:
    right = {}
    for file, values in labels(drawn).items():
        marks = [float(values[f"q{number}"] or 0) for number in range(1, 6)]
        right[file] = sum(marks) == float(values["total"] or 0)
    assert [file for file, is_right in right.items() if not is_right] == ["wrong-sum.jpg"]
    marked = [file for file, values in labels(drawn).items() if values["absent"] == "marked"]
    assert marked == ["absent.jpg"]


def test_the_code_of_each_page_is_read_however_it_lies(drawn: Path) -> None:
    places = {}
    for sample in SAMPLES:
        (page,) = decode((drawn / sample.file).read_bytes(), 10**8, side=None)
        assert isinstance(page, Page)
        assert code(page.gray) == Code("exam", 1)
        # The dark code stands in the upper right, or in the lower left.
        right, left = page.gray[110:250, 980:1120], page.gray[-250:-110, 120:260]
        places[sample.file] = float(np.median(right)) < float(np.median(left))
    assert not places["upside-down.jpg"]
    assert places["scan.jpg"]


def test_the_shipped_ones_are_of_the_form_that_is_drawn(drawn: Path) -> None:
    """Those in ``samples/forms`` are drawn anew where the form changes."""
    shipped = ROOT / "samples" / "forms"
    assert (shipped / "exam" / "form.yaml").read_text("utf-8") == (
        drawn / "exam" / "form.yaml"
    ).read_text("utf-8")
    assert labels(shipped) == labels(drawn)
