"""Forms of the data folder are read no worse than before."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from digitbox.config import FINDER, NUMBERS, SHIPPED_MODELS
from digitbox.evaluation.metrics import Share
from digitbox.forms.alignment import align
from digitbox.forms.cells import Networks
from digitbox.forms.form import Form
from digitbox.forms.perspective import projected
from digitbox.forms.reading import FormReader
from digitbox.recognition.finder import Finder
from digitbox.recognition.model import Model
from digitbox.recognition.reader import Reader
from digitbox.recognition.transcriber import Transcriber
from digitbox.records import Reading, Reason, Status
from digitbox_train.accuracy import forms
from digitbox_train.accuracy.forms import Values
from tests.conftest import data


@pytest.fixture(scope="module")
def networks() -> Networks:
    return Networks(Finder(FINDER), Model(SHIPPED_MODELS / "cnn"), Transcriber(NUMBERS))


def values(networks: Networks, sheets: dict[str, Form]) -> Values:
    folder = data("forms")
    labels = forms.labelled(folder / "labels.csv")
    numbers = Reader(
        networks.finder, networks.model, 0.95, 10**8, 100, transcriber=networks.transcriber
    )
    found = []
    for sheet, form in sheets.items():
        reader = FormReader([form], networks, numbers, 0.95)
        found += list(forms.read(reader, form.name, folder / sheet, labels[sheet]))
    return Values.of(found)


def sheets(kind: str) -> list[str]:
    labels = forms.labelled(data("forms") / "labels.csv")
    return [sheet for sheet in labels if sheet.startswith(kind)]


@pytest.mark.parametrize(("checks", "right", "accepted"), [(False, 0.95, 0.84), (True, 0.97, 0.94)])
def test_tally_sheets(networks: Networks, checks: bool, right: float, accepted: float) -> None:
    form = forms.tally_form(data("forms"), checks)
    others = [one for one in sheets("c1/") if one != forms.TALLY_REFERENCE]
    found = values(networks, dict.fromkeys(others, form))
    assert found.right.total == 57
    assert found.right.value >= right
    assert found.accepted.value >= accepted
    assert found.wrong.right == 0


def test_mark_sheets(networks: Networks) -> None:
    folder = data("forms")
    labels = forms.labelled(folder / "labels.csv")
    made = {sheet: forms.marks_form(folder, sheet, labels[sheet]) for sheet in sheets("marks/")}
    found = values(networks, made)
    assert found.right.total == 563
    assert found.right.value >= 0.92
    assert found.accepted.value >= 0.755
    assert found.wrong.right <= 5


def test_no_mark_sheet_is_taken_for_a_tally_sheet() -> None:
    folder = data("forms")
    files = [folder / sheet for sheet in sheets("marks/")]
    assert forms.lying(forms.tally_form(folder), files) == Share(0, 5)


def test_a_drawn_page_is_found_where_it_was_laid() -> None:
    folder = data("forms")
    sheet = cv2.imread(str(folder / forms.TALLY_REFERENCE), cv2.IMREAD_GRAYSCALE)
    assert sheet is not None
    page, matrix = forms.warped(np.asarray(sheet, np.uint8), np.random.default_rng(3))
    form = forms.tally_form(folder)
    seen = align(page, form.pages[0].reference, "auto")
    place = form.pages[0].fields[0].places[0]
    away = np.linalg.norm(seen.on_page(place) - projected(matrix, place), axis=1)
    assert away.max() < 1


def reading(value: str | None, status: Status) -> Reading:
    return Reading(1, status, Reason.LOW_CONFIDENCE if status is Status.REVIEW else None, value)


def test_what_is_accepted_and_wrong_is_counted() -> None:
    found = Values.of(
        [
            ("7", reading("7", Status.ACCEPTED)),
            ("7", reading("1", Status.ACCEPTED)),
            ("7", reading("1", Status.REVIEW)),
            ("", reading(None, Status.BLANK)),
        ]
    )
    assert found == Values(Share(2, 4), Share(3, 4), Share(1, 3))


def test_labels_are_numbers_without_leading_zeros(tmp_path: Path) -> None:
    file = tmp_path / "labels.csv"
    file.write_text("path,page,field,value\na.png,1,x,007\na.png,1,y,0\na.png,1,z,\n")
    assert forms.labelled(file) == {"a.png": {"x": "7", "y": "0", "z": ""}}
