"""The data folder → how well forms are read: ``docs/accuracy-forms.md``.

    python -m digitbox_train.accuracy.forms DATA_FOLDER

with the ``train`` and the ``forms`` extra; ``make accuracy`` does it, too. Takes two minutes.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click
import cv2
import numpy as np
import yaml
from numpy.typing import NDArray
from tqdm import tqdm

from digitbox.config import FINDER, NUMBERS, SHIPPED_MODELS, Config
from digitbox.evaluation.metrics import Share
from digitbox.forms.alignment import Reference, align
from digitbox.forms.cells import Networks
from digitbox.forms.cutting import part
from digitbox.forms.finding import LIES
from digitbox.forms.form import Form, corners
from digitbox.forms.library import FormFiles, form_of
from digitbox.forms.pages import SIDE
from digitbox.forms.perspective import projected
from digitbox.forms.reading import FormReader
from digitbox.forms.template import parse
from digitbox.recognition.decode import Page, decode
from digitbox.recognition.finder import Finder
from digitbox.recognition.model import Model
from digitbox.recognition.reader import Reader
from digitbox.recognition.transcriber import Transcriber
from digitbox.recognition.view import Gray
from digitbox.records import Reading, Status
from digitbox_train.accuracy.tables import share, table

PAGE = "accuracy-forms.md"

TALLY, TALLY_REFERENCE = "tally", "c1/03.jpg"
TALLY_TEMPLATE = """
pages:
  - reference: 03.jpg
    fields:
      - {name: first, type: number, box: [758, 187, 108, 64], length: 3, cells: true, filler: x}
      - {name: second, type: number, box: [758, 295, 108, 63], length: 3, cells: true, filler: x}
      - {name: valid, type: number, box: [758, 469, 108, 32], length: 3, cells: true, filler: x}
      - {name: invalid, type: number, box: [758, 552, 108, 32], length: 3, cells: true, filler: x}
      - {name: all, type: number, box: [758, 636, 108, 32], length: 3, cells: true, filler: x}
checks:
  - valid == first + second
  - all == valid + invalid
"""
"""One of the filled sheets is the reference: an empty one there is not."""

MARKS_COLUMNS = 9
"""The last one has letters, and no labels."""

WARPED, CLOSE = 200, 0.015
"""So many pages are drawn to see how exactly they are found: within such a share of a cell's
width."""

SEED = 1

TEXT = """# How well forms are read

Made by `python -m digitbox_train.accuracy.forms DATA_FOLDER`, which `make accuracy` runs, with
`{model}`, {numbers}. In brackets are 95 % intervals by Wilson's score. Nothing was trained
on these pages, but how they are read was used to choose constants, so the figures are rather
too good.

*Tally sheets* are {sheets} real ones, as scanned, each with five numbers of three cells; empty
cells have an x. Another one, which is filled in, too, is the reference. *Mark
sheets* are five photos of a ruled table filled in by one hand; the cells are found between the
printed lines. A value is right if all of it is, its decimal point among it.

{values}

Accepted are values from a confidence of {accept:g} on, and blank fields. The checks are those
of the two sums.

## Are pages found?

{warped:,} pages were drawn from the sheets: turned by any angle, skewed, scaled by 50 to 200 %,
in perspective, in uneven light and noise. A page counts as found where every corner of every
cell lies within {close:.1%} of a cell's width of its place. Of what is no form, the five mark
sheets and {others:,} images of letters, other scripts, text and blank paper were looked at as
tally sheets.

{pages}
"""


@dataclass(frozen=True, slots=True)
class Values:
    """Of fields: how many are right, how many are accepted, and how many of these are wrong."""

    right: Share
    accepted: Share
    wrong: Share

    @classmethod
    def of(cls, read: Sequence[tuple[str, Reading]]) -> "Values":
        """What was read, beside the label of each."""
        right = [label == (reading.value or "") for label, reading in read]
        sure = [one.status in (Status.ACCEPTED, Status.BLANK) for _, one in read]
        wrong = sum(is_sure and not is_right for is_sure, is_right in zip(sure, right, strict=True))
        return cls(
            Share(sum(right), len(read)), Share(sum(sure), len(read)), Share(wrong, sum(sure))
        )


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), default=Path("docs"), help="Folder."
)
def main(folder: Path, out: Path) -> None:
    """Measure how forms in FOLDER are read, and write the page about it."""
    cv2.setNumThreads(1)
    finder, transcriber = Finder(FINDER), Transcriber(NUMBERS)
    model, accept = Model(SHIPPED_MODELS / "cnn"), Config().accept
    networks = Networks(finder, model, transcriber)
    numbers = Reader(finder, model, accept, 10**8, 100, transcriber=transcriber)
    labels = labelled(folder / "forms" / "labels.csv")
    tally, unchecked = tally_form(folder / "forms"), tally_form(folder / "forms", checks=False)

    def of(form: Form, sheet: str) -> Iterator[tuple[str, Reading]]:
        reader = FormReader([form], networks, numbers, accept)
        yield from read(reader, form.name, folder / "forms" / sheet, labels[sheet])

    # Whatever stands on the reference might be printed: what that sheet says goes to review.
    tallies = [one for one in labels if one.startswith("c1/") and one != TALLY_REFERENCE]
    marks = [sheet for sheet in labels if sheet.startswith("marks/")]
    values = {
        "tally sheets, without checks": [
            one for sheet in tqdm(tallies, "tally") for one in of(unchecked, sheet)
        ],
        "tally sheets": [
            one for sheet in tqdm(tallies, "tally, checked") for one in of(tally, sheet)
        ],
        "mark sheets": [
            one
            for sheet in tqdm(marks, "marks")
            for one in of(marks_form(folder / "forms", sheet, labels[sheet]), sheet)
        ],
    }
    others = [folder / "forms" / sheet for sheet in marks] + sorted(
        path for path in (folder / "scans" / "dev" / "not_digits").rglob("*") if path.is_file()
    )
    found = {
        "drawn pages, found": found_exactly(tally, [folder / "forms" / sheet for sheet in tallies]),
        "real tally sheets, found": lying(tally, [folder / "forms" / sheet for sheet in tallies]),
        "what is no form, taken for one": lying(tally, others),
    }
    text = TEXT.format(
        model=model.card.label,
        numbers=" and ".join(f"`{card.label}`" for card in transcriber.cards),
        sheets=len(tallies),
        accept=accept,
        warped=WARPED,
        close=CLOSE,
        others=len(others) - len(marks),
        values=values_table({name: Values.of(each) for name, each in values.items()}),
        pages=table(["", "of", "share"], [[n, f"{s.total:,}", share(s)] for n, s in found.items()]),
    )
    (out / PAGE).write_text(text, "utf-8")


def values_table(found: Mapping[str, Values]) -> str:
    """The table of what is right and accepted."""
    rows = [
        [name, f"{one.right.total:,}", share(one.right), share(one.accepted), share(one.wrong, 2)]
        for name, one in found.items()
    ]
    return table(["", "values", "right", "accepted", "wrong of these"], rows)


def labelled(file: Path) -> dict[str, dict[str, str]]:
    """The values of each page's fields; numbers as they are written without leading zeros."""
    found: dict[str, dict[str, str]] = {}
    with file.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            value = row["value"].lstrip("0") or ("0" if row["value"] else "")
            found.setdefault(row["path"], {})[row["field"]] = value
    return found


def tally_form(folder: Path, checks: bool = True) -> Form:
    """The form of the tally sheets in ``folder``."""
    template = parse(yaml.safe_load(TALLY_TEMPLATE), TALLY)
    content = (folder / TALLY_REFERENCE).read_bytes()
    form = form_of(FormFiles(TALLY, template, ((content, 1),), ()))
    return form if checks else replace(form, checks=())


def marks_form(folder: Path, sheet: str, labels: Mapping[str, str]) -> Form:
    """The form of a mark sheet: its table fills the picture. There is no empty sheet, and a filled
    one cannot be its own reference: that is of empty paper."""
    (page,) = _pages((folder / sheet).read_bytes())
    high, wide = page.gray.shape
    content = bytes(cv2.imencode(".png", np.full((high, wide), 255, np.uint8))[1])
    rows = max(int(field[1:].partition("c")[0]) for field in labels)
    field = {
        "name": "marks",
        "type": "table",
        "box": [0, 0, wide, high],
        "rows": rows,
        "columns": [{"name": f"c{n}", "decimals": 1} for n in range(1, MARKS_COLUMNS + 1)],
    }
    says = {"pages": [{"reference": "sheet.png", "align": "none", "fields": [field]}]}
    return form_of(FormFiles("marks", parse(says, sheet), ((content, 1),), ()))


def read(
    reader: FormReader, form: str, file: Path, labels: Mapping[str, str]
) -> Iterator[tuple[str, Reading]]:
    """Each label of a page of ``form`` beside what was read."""
    (page,) = _pages(file.read_bytes())
    found = reader.find(page.gray, form)
    readings = {one.field: one for one in reader.read(page, found)} if found else {}
    for field, label in labels.items():
        row, dash, column = field.removeprefix("r").partition("c")
        name = f"marks.{row}.c{column}" if dash and row.isdigit() else field
        yield label, readings.get(name, Reading(1, Status.NOT_DIGIT))


def lying(form: Form, files: Sequence[Path]) -> Share:
    """On how many of ``files`` a page of ``form`` is found."""
    found = 0
    for file in tqdm(files, "found"):
        page = next(decode(file.read_bytes(), 10**8, SIDE))
        if isinstance(page, Page):
            reference = form.pages[0].reference
            found += align(page.gray, reference, "auto").score >= LIES
    return Share(found, len(files))


def found_exactly(form: Form, files: Sequence[Path]) -> Share:
    """Of WARPED pages drawn from ``files``, how many are found to within CLOSE: each is laid on its
    own scan, so that where it lies is known."""
    random = np.random.default_rng(SEED)
    sheets = [page.gray for file in files for page in _pages(file.read_bytes())]
    references = [Reference(sheet) for sheet in sheets]
    first = form.pages[0]
    right = 0
    for number in tqdm(range(WARPED), "drawn"):
        which = number % len(sheets)
        lies = align(sheets[which], first.reference, "auto")
        places = [
            part(place, cell / 3, 0, (cell + 1) / 3, 1)
            for field in first.fields
            for place in field.places
            for cell in range(3)
        ]
        on_sheet = [lies.on_page(place) for place in places]
        page, matrix = warped(sheets[which], random)
        seen = align(page, references[which], "auto")
        wide = min(float(np.linalg.norm(place[1] - place[0])) for place in on_sheet)
        scale = float(abs(np.linalg.det(matrix[:2, :2])) ** 0.5)
        off = max(
            float(np.linalg.norm(seen.on_page(place) - projected(matrix, place), axis=1).max())
            for place in on_sheet
        )
        right += seen.score >= LIES and off <= CLOSE * wide * scale
    return Share(right, WARPED)


def warped(sheet: Gray, random: np.random.Generator) -> tuple[Gray, NDArray[np.float64]]:
    """``sheet`` as a camera or a scanner may show it, and the perspective from one to the other."""
    high, wide = sheet.shape
    around = corners((0, 0, wide, high))
    scale = float(np.exp(random.uniform(np.log(0.5), np.log(2))))
    angle = random.uniform(-180, 180) if random.random() < 0.3 else random.normal(0, 3)
    angle += 90 * int(random.integers(4))
    cos, sin = np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))
    there = (around - around.mean(axis=0)) * scale @ np.array([[cos, sin], [-sin, cos]])
    there += random.normal(0, 0.02 * wide * scale, (4, 2))
    there -= there.min(axis=0) - 20
    matrix = cv2.getPerspectiveTransform(around.astype(np.float32), there.astype(np.float32))
    size = tuple(int(side) for side in there.max(axis=0) + 20)
    source = cv2.GaussianBlur(sheet, (0, 0), 0.5 / scale) if scale < 1 else sheet
    page = cv2.warpPerspective(source, matrix, size, flags=cv2.INTER_LINEAR, borderValue=120)
    light = np.linspace(random.uniform(0.5, 1), random.uniform(0.5, 1), page.shape[1])
    noisy = page * light + random.normal(0, 4, page.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8), np.asarray(matrix, np.float64)


def _pages(content: bytes) -> Iterator[Page]:
    for page in decode(content, 10**8, side=None):
        assert isinstance(page, Page), page
        yield page


if __name__ == "__main__":
    main()
