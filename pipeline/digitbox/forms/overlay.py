"""A page and the fields of a form → a picture of the page with its fields laid over it."""

import unicodedata
from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from digitbox.forms.alignment import Alignment
from digitbox.forms.cutting import part
from digitbox.forms.form import Field, FormPage, Kind
from digitbox.forms.perspective import Quad, reduced
from digitbox.recognition.view import Gray

Colour = tuple[int, int, int]
"""Blue, green and red, 0 to 255, as OpenCV has them."""

COLOURS: dict[Kind, Colour] = {
    Kind.DIGITS: (150, 110, 0),
    Kind.NUMBER: (170, 80, 40),
    Kind.CHECKBOX: (60, 120, 190),
    Kind.CHOICE: (140, 70, 130),
    Kind.IMAGE: (110, 110, 110),
}

LONGEST = 1800
"""The picture has so many pixels along its longer side, at most."""

TINT = 0.16
"""How much of its colour a field has."""

FONT, TEXT, ROOM = cv2.FONT_HERSHEY_SIMPLEX, 0.45, 2
"""Names are so large on a picture of 1200 pixels, and have so many pixels around them."""

FRACTION = 4
"""Lines are drawn to 1 / 2 ** FRACTION of a pixel."""


def overlaid(page: Gray, form_page: FormPage, alignment: Alignment | None = None) -> bytes:
    """``page`` (uint8 ``[H, W]``) with the fields of ``form_page`` where the ``alignment`` says, or
    where they are on the reference: a colour PNG, reduced to 1800 pixels along its longer side.
    Each field has its name, a table one for all of its cells; combs show their cells."""
    small, scale = reduced(page, LONGEST)
    plain = cv2.cvtColor(small, cv2.COLOR_GRAY2BGR)

    def shown(place: Quad) -> NDArray[np.float64]:
        points = place if alignment is None else alignment.on_page(place)
        return np.asarray((points + 0.5) * scale - 0.5)

    tint = plain.copy()
    for field in form_page.fields:
        for place in field.places:
            cv2.fillPoly(tint, [_fixed(shown(place))], COLOURS[field.kind], shift=FRACTION)
    picture = np.asarray(cv2.addWeighted(tint, TINT, plain, 1 - TINT, 0), np.uint8)
    for field in form_page.fields:
        for place in _cells(field):
            outline = [_fixed(shown(place))]
            cv2.polylines(picture, outline, True, COLOURS[field.kind], 1, cv2.LINE_AA, FRACTION)
    for place, text, colour in _names(form_page):
        _write(picture, shown(place)[0], text, colour)
    return bytes(cv2.imencode(".png", picture)[1])


def _cells(field: Field) -> Iterator[Quad]:
    count = max(1, field.known.cells)
    for place in field.places:
        for number in range(count):
            yield part(place, number / count, 0, (number + 1) / count, 1)


def _names(form_page: FormPage) -> Iterator[tuple[Quad, str, Colour]]:
    """What is written, beside which place, and in which colour."""
    tables = {
        number: table
        for table in form_page.tables
        for number in range(table.first, table.first + table.rows * table.columns)
    }
    for number, field in enumerate(form_page.fields):
        colour = COLOURS[field.kind]
        if (table := tables.get(number)) is not None:
            if number == table.first:
                yield table.place, field.name.partition(".")[0], colour
        elif field.labels:
            for place, label in zip(field.places, field.labels, strict=True):
                yield place, f"{field.name}: {label}", colour
        else:
            yield field.places[0], field.name, colour


def _write(
    picture: NDArray[np.uint8], corner: NDArray[np.float64], text: str, colour: Colour
) -> None:
    """Write ``text`` above the ``corner`` of a field; on the page where it would leave it."""
    # OpenCV's letters are those of ASCII.
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode() or "?"
    large = TEXT * max(1.0, max(picture.shape) / 1200)
    (wide, high), below = cv2.getTextSize(plain, FONT, large, 1)
    size = np.array([wide + 2 * ROOM, high + below + 2 * ROOM])
    most = np.maximum(0, np.array(picture.shape[1::-1]) - size)
    left, top = np.clip(np.rint(corner - [0, size[1] + 1]), 0, most).astype(int).tolist()
    right, bottom = left + int(size[0]), top + int(size[1])
    around = picture[top:bottom, left:right]
    around[:] = 255 - (255 - around) // 6  # nearly white: what is printed there can be guessed
    place = (left + ROOM, bottom - ROOM - below)
    cv2.putText(picture, plain, place, FONT, large, colour, 1, cv2.LINE_AA)


def _fixed(points: NDArray[np.float64]) -> NDArray[np.int32]:
    return np.asarray(np.rint(np.clip(points, -1e5, 1e5) * 2**FRACTION), np.int32)
