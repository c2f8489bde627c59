"""A form that the tests draw, and pages of it that are filled in."""

import io
from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from digitbox.recognition.view import Gray

DIGITS = np.load(Path(__file__).parent.parent / "data" / "mnist.npz")

TEMPLATE = """
pages:
  - reference: sheet.png
    fields:
      - {name: student, type: digits, box: [100, 200, 320, 60], length: 5, cells: true}
      - {name: q1, type: number, box: [100, 320, 120, 60], length: 2, cells: true}
      - {name: q2, type: number, box: [100, 420, 120, 60], length: 2, cells: true}
      - {name: total, type: number, box: [100, 520, 180, 60], length: 3, cells: true}
      - {name: absent, type: checkbox, box: [500, 330, 30, 30]}
      - {name: grade, type: choice, boxes: {A: [500, 430, 30, 30], B: [580, 430, 30, 30]}}
      - {name: signature, type: image, box: [100, 700, 300, 80]}
checks:
  - total == q1 + q2
"""

COMBS = {"student": (100, 200, 5), "q1": (100, 320, 2), "q2": (100, 420, 2), "total": (100, 520, 3)}
"""Left, top and the number of cells, which are CELL wide and high, but for the student's."""

BOXES = {"absent": (500, 330), "A": (500, 430), "B": (580, 430)}

WORDS = ("Exam of the summer term", "Student number", "Question 1", "Question 2", "Total of all")


def cells(name: str) -> list[tuple[int, int, int, int]]:
    """Left, top, width and height of each cell of a comb."""
    left, top, count = COMBS[name]
    wide = 64 if name == "student" else 60
    return [(left + number * wide, top, wide, 60) for number in range(count)]


def blank() -> Gray:
    """The form as it was printed, uint8 ``[900, 700]``."""
    page = np.full((900, 700), 255, np.uint8)
    for number, words in enumerate(WORDS):
        top = 120 if not number else 90 + 100 * number
        cv2.putText(page, words, (100, top), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 60, 2, cv2.LINE_AA)
    for name in COMBS:
        for left, top, wide, high in cells(name):
            cv2.rectangle(page, (left, top), (left + wide, top + high), 120, 2)
    for left, top in BOXES.values():
        cv2.rectangle(page, (left, top), (left + 30, top + 30), 80, 2)
    cv2.line(page, (100, 780), (400, 780), 60, 2)
    cv2.putText(page, "Signature", (100, 820), cv2.FONT_HERSHEY_SIMPLEX, 0.6, 60, 1, cv2.LINE_AA)
    return page


def filled(values: Mapping[str, str], marked: tuple[str, ...] = (), which: int = 0) -> Gray:
    """The form with ``values`` written into its combs, from the right, by MNIST's writers: the
    digits of each are those that come ``which`` in the data; and boxes that are ``marked``."""
    page = blank()
    for name, value in values.items():
        for cell, digit in zip(reversed(cells(name)), reversed(value), strict=False):
            if digit != " ":
                write(page, cell, mnist(int(digit), which))
    for name in marked:
        left, top = BOXES[name]
        cv2.line(page, (left + 6, top + 6), (left + 25, top + 24), 30, 3, cv2.LINE_AA)
        cv2.line(page, (left + 25, top + 6), (left + 6, top + 24), 30, 3, cv2.LINE_AA)
    return page


def photographed(page: Gray, degrees: float = 0.0, scale: float = 1.0) -> Gray:
    """``page`` on a gray table, turned by ``degrees``."""
    high, wide = page.shape
    side = int(1.5 * max(high, wide) * scale)
    matrix = cv2.getRotationMatrix2D((wide / 2, high / 2), degrees, scale)
    matrix[:, 2] += (side - wide) / 2, (side - high) / 2
    seen = cv2.warpAffine(page, matrix, (side, side), flags=cv2.INTER_AREA, borderValue=110)
    return np.asarray(seen, np.uint8)


def encoded(page: Gray) -> bytes:
    """``page`` as a PNG."""
    return bytes(cv2.imencode(".png", page)[1])


def put(forms: Path, template: str = TEMPLATE, name: str = "exam") -> Path:
    """Write the form into the folder of ``forms``, and return its folder."""
    folder = forms / name
    folder.mkdir(parents=True)
    (folder / "form.yaml").write_text(template, "utf-8")
    (folder / "sheet.png").write_bytes(encoded(blank()))
    return folder


def mnist(value: int, which: int) -> NDArray[np.uint8]:
    """A digit of MNIST, 255 on 0."""
    places = np.flatnonzero(DIGITS["y"] == value)
    return np.asarray(DIGITS["x"][places[which % len(places)]], np.uint8)


def write(page: Gray, cell: tuple[int, int, int, int], digit: NDArray[np.uint8]) -> None:
    """Write it into a cell of ``page``."""
    left, top, wide, high = cell
    ink = cv2.resize(digit, (46, 46), interpolation=cv2.INTER_CUBIC)
    y, x = top + (high - 46) // 2, left + (wide - 46) // 2
    part = page[y : y + 46, x : x + 46]
    np.minimum(part, 255 - ink, out=part)


BACK = """
  - reference: back.png
    fields:
      - {name: q3, type: number, box: [300, 150, 120, 60], length: 2, cells: true}
      - {name: q4, type: number, box: [300, 650, 120, 60], length: 2, cells: true}
"""

TWO_PAGES = TEMPLATE.replace("checks:", BACK.strip("\n") + "\nchecks:")

BACK_WORDS = ("Essay about rivers", "Points of the first reader", "Points of the second one")


def blank_back() -> Gray:
    """The second page of the form, as it was printed."""
    page = np.full((900, 700), 255, np.uint8)
    for top, words in zip((80, 130, 630), BACK_WORDS, strict=True):
        cv2.putText(page, words, (60, top), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 60, 2, cv2.LINE_AA)
    for top in (150, 650):
        for left in (300, 360):
            cv2.rectangle(page, (left, top), (left + 60, top + 60), 120, 2)
    for top in range(280, 600, 40):
        cv2.line(page, (60, top), (640, top), 150, 2)
    cv2.circle(page, (590, 800), 50, 60, 3, cv2.LINE_AA)
    return page


def filled_back(q3: str, q4: str, which: int = 0) -> Gray:
    """The second page with these numbers written into it, as :func:`filled` does."""
    page = blank_back()
    for top, value in ((150, q3), (650, q4)):
        for left, digit in zip((360, 300), reversed(value), strict=False):
            write(page, (left, top, 60, 60), mnist(int(digit), which))
    return page


def put_two_pages(forms: Path, name: str = "exam") -> Path:
    """As :func:`put`, of a form that has two pages."""
    folder = put(forms, TWO_PAGES, name)
    (folder / "back.png").write_bytes(encoded(blank_back()))
    return folder


def document(*sheets: Gray) -> bytes:
    """A TIFF of several pages."""
    first, *others = map(Image.fromarray, sheets)
    file = io.BytesIO()
    first.save(file, "TIFF", save_all=True, append_images=others)
    return file.getvalue()
