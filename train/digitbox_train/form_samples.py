"""A form and five pages that were filled in → ``samples/forms/``:
``python -m digitbox_train.form_samples FOLDER [MNIST]``.

They are drawn, not scanned, so that anyone may have them; one has a sum that its writer got wrong,
one is upside down, one is a photo.
"""

import csv
import sys
from dataclasses import dataclass
from io import BytesIO, StringIO
from pathlib import Path

import msgspec
import numpy as np
from PIL import Image

from digitbox.forms.printing import Printed, printed
from digitbox.forms.questions import parse
from digitbox.forms.template import rendered
from digitbox.recognition.decode import Page, decode
from digitbox.recognition.view import Gray
from digitbox_train import data
from digitbox_train.drawing import fonts
from digitbox_train.drawing.hands import Hand
from digitbox_train.drawing.sheets import sheet
from digitbox_train.drawing.writers import Writers

NAME = "exam"

QUESTIONS = """\
title: Written examination
text: |-
  Write one digit in each cell. Marks may have one decimal.
  The total is the sum of the five marks.
questions:
  - {name: student, label: Student number, type: digits, length: 8, required: true}
  - {name: absent, label: Absent, type: checkbox}
  - {name: q1, label: Question 1, type: number, min: 0, max: 10, decimals: 1}
  - {name: q2, label: Question 2, type: number, min: 0, max: 10, decimals: 1}
  - {name: q3, label: Question 3, type: number, min: 0, max: 10, decimals: 1}
  - {name: q4, label: Question 4, type: number, min: 0, max: 10, decimals: 1}
  - {name: q5, label: Question 5, type: number, min: 0, max: 10, decimals: 1}
  - {name: total, label: Total, type: number, min: 0, max: 50, decimals: 1}
checks:
  - total == q1 + q2 + q3 + q4 + q5
"""

SEED = 11

LONGEST, QUALITY, LARGEST = 1754, 80, 150_000
"""Pixels along the longer side: 150 dots an inch. JPEGs are of this quality, or of a lower one
where they had more bytes than LARGEST."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A page that is drawn: the ``marks`` of its questions, and what its writer has for the
    ``total``; none where the student was absent."""

    file: str
    student: str
    marks: tuple[str, ...] = ()
    total: str = ""
    is_photo: bool = False
    is_upside_down: bool = False

    @property
    def values(self) -> dict[str, str]:
        """What is written in each field that is not blank."""
        marks = {f"q{number}": mark for number, mark in enumerate(self.marks, 1)}
        if not marks:
            return {"student": self.student, "absent": "marked"}
        return {"student": self.student, **marks, "total": self.total}


SAMPLES = (
    Sample("scan.jpg", "20417385", ("7.5", "4", "9.5", "6", "8.5"), "35.5"),
    Sample("wrong-sum.jpg", "20463901", ("6", "8.5", "3", "7.5", "5"), "31"),
    Sample(
        "upside-down.jpg", "19857240", ("10", "7", "5.5", "9", "8"), "39.5", is_upside_down=True
    ),
    Sample("photo.jpg", "20390168", ("3.5", "6", "8", "2.5", "7"), "27", is_photo=True),
    Sample("absent.jpg", "20558127"),
)


def main(folder: Path, mnist: Path | None = None) -> None:
    """Draw all samples to ``folder``, with the writers that nothing is trained on; for ``mnist``
    see :func:`digitbox_train.data.load`."""
    draw(folder, Writers.of(data.load(mnist), fonts.load(), held_back=True))


def draw(folder: Path, writers: Writers) -> None:
    """Draw to ``folder``: the form ``exam/``, the pages in the hands of ``writers``, and
    ``labels.csv`` with what stands on them."""
    form = printed(parse(QUESTIONS, "the questions"), NAME)
    (folder / NAME).mkdir(parents=True, exist_ok=True)
    (folder / NAME / f"{NAME}.pdf").write_bytes(form.pdf)
    reference = _reference(form)
    # An image, so that the samples are read where no PDF can be.
    Image.fromarray(reference).save(folder / NAME / f"{NAME}.png", optimize=True)
    page = msgspec.structs.replace(form.template.pages[0], reference=f"{NAME}.png")
    template = msgspec.structs.replace(form.template, pages=(page,))
    (folder / NAME / "form.yaml").write_text(rendered(template), "utf-8")
    fields = form.template.pages[0].fields
    table = StringIO(newline="")
    rows = csv.writer(table, lineterminator="\n")
    rows.writerow(["file", "field", "value"])
    for number, sample in enumerate(SAMPLES):
        random = np.random.default_rng([SEED, number])
        hand = Hand.of(writers, random)
        drawn = sheet(reference, fields, sample.values, hand, random, LONGEST, sample.is_photo)
        lying = drawn.gray[::-1, ::-1] if sample.is_upside_down else drawn.gray
        (folder / sample.file).write_bytes(_jpeg(lying))
        rows.writerows([sample.file, field, value] for field, value in drawn.truth.items())
    (folder / "labels.csv").write_bytes(table.getvalue().encode())


def _reference(form: Printed) -> Gray:
    (page,) = decode(form.pdf, 10**8, side=None)
    assert isinstance(page, Page), page
    return page.gray


def _jpeg(page: Gray) -> bytes:
    for quality in range(QUALITY, 0, -10):
        file = BytesIO()
        Image.fromarray(np.ascontiguousarray(page)).save(
            file, "JPEG", quality=quality, optimize=True, dpi=(150, 150)
        )
        if file.tell() < LARGEST:
            break
    return file.getvalue()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
