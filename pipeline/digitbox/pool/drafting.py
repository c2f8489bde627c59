"""What runs in a process that looks at files for people, of forms: files in, what is made of them
out. What is wrong with them is a :class:`digitbox.errors.DigitboxError`."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from digitbox.pool import worker
from digitbox.records import Reading

if TYPE_CHECKING:
    from digitbox.forms.authoring import Draft
    from digitbox.forms.library import FormFiles

LONGEST = 2400
"""A picture of a page has so many pixels along its longer side, at most."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG of a page that has ``width`` × ``height`` pixels: reduced, where that is many."""

    width: int
    height: int
    png: bytes


@dataclass(frozen=True, slots=True)
class Sample:
    """What a form says of the first page of a file, and a picture of that; None where it could not
    be decoded."""

    readings: tuple[Reading, ...]
    picture: Picture | None


def begun(name: str, sheet: str, content: bytes) -> "Draft":
    """The form ``name`` whose reference is the ``content`` of the file ``sheet``, with the fields
    that its pages seem to have."""
    from digitbox.forms import authoring

    return authoring.draft(name, Path(sheet), content)


def checked(files: "FormFiles") -> bool:
    """True where a form can be read as it is meant; else that is raised."""
    from digitbox.forms.library import form_of

    form_of(files)
    return True


def reference(content: bytes, number: int) -> Picture:
    """A picture of the page with that ``number``, from 1, of a reference."""
    from digitbox.forms.library import decoded

    gray, _ = decoded(content, number, "The reference")
    return _picture(gray, gray.shape[1], gray.shape[0])


def sample(files: "FormFiles", content: bytes) -> Sample:
    """What the form of ``files`` says of the first page of a file's ``content``."""
    readings, page = worker.page_reader((files,)).first_page(content, files.name)
    return Sample(readings, _picture(page.gray, page.width, page.height) if page else None)


def _picture(gray: NDArray[np.uint8], width: int, height: int) -> Picture:
    from digitbox.forms.perspective import reduced

    small, _ = reduced(gray, LONGEST)
    return Picture(width, height, bytes(cv2.imencode(".png", small)[1]))
