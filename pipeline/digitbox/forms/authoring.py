"""An empty sheet, and what is known of its fields → the folder of a form; and what may be wrong
with one."""

import contextlib
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from digitbox.errors import InputError
from digitbox.extras import how_to_install
from digitbox.forms import imports, inspection, library, printing, template
from digitbox.forms.finding import likeliest
from digitbox.forms.form import Form
from digitbox.forms.overlay import overlaid
from digitbox.forms.pages import SIDE
from digitbox.forms.proposal import proposed
from digitbox.forms.questions import parse
from digitbox.recognition.decode import BrokenPage, decode
from digitbox.recognition.view import Gray
from digitbox.records import AUTO, Reason

NAME = r"[^\W_][\w-]{0,63}"

MOST_PAGES = 100

HINTS = {Reason.FORMATS_EXTRA_MISSING: f" Install it: {how_to_install('formats')}"}


@dataclass(frozen=True, slots=True)
class Checked:
    """A ``page`` of a scan, counted from 1: ``found`` is which page of the form it is, counted from
    1, or None; ``score``, 0 to 1, how well that lies; ``picture`` shows where the fields are. There
    is none, but a ``reason``, where the page could not be decoded."""

    scan: Path
    page: int
    found: int | None
    score: float
    picture: Path | None
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A form that is not written yet: the ``files`` beside its ``form.yaml``, by their names, and
    the ``text`` of that; and ``warnings``, sentences about what a person should look at."""

    files: Mapping[str, bytes]
    text: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Made:
    """The ``folder`` of a form that was made, ``pictures`` of its pages with their fields, and
    ``warnings``, sentences about what a person should look at."""

    folder: Path
    pictures: tuple[Path, ...]
    warnings: tuple[str, ...]


def new(forms: Path, name: str, sheet: Path) -> Made:
    """Make the form ``name`` in the folder ``forms`` from an empty ``sheet``, an image or a PDF:
    a copy of that, ``form.yaml`` with the fields that each page seems to have, and a picture of
    each page with them, ``form-1.png``, ... Raises :class:`InputError` where there is such a form
    already, where that is no name for one, or where the sheet cannot be read."""
    _free(forms, name)
    made = draft(name, sheet, _content(sheet))
    return _made(write(forms, name, made), made)


def draft(name: str, sheet: Path, content: bytes) -> Draft:
    """What :func:`new` writes, of the ``content`` of a ``sheet``. Raises :class:`InputError` where
    that cannot be read."""
    pages = list(proposed(_pages(sheet, content)))
    made = _draft(name, sheet, content, [[one.field for one in page] for page in pages])
    doubts = [
        f"Page {number}: {one.field.name}: {one.doubt}"
        for number, page in enumerate(pages, 1)
        for one in page
        if one.doubt
    ]
    return replace(made, warnings=(*doubts, *made.warnings))


def write(forms: Path, name: str, made: Draft) -> Path:
    """Make the folder of the form ``name`` in the folder ``forms``, and return it. Raises
    :class:`InputError` where it is there already, or cannot be written."""
    return _written(_free(forms, name), made)


def import_(forms: Path, name: str, annotations: Path, sheet: Path) -> Made:
    """The same with fields that were drawn with another program, see
    :func:`digitbox.forms.imports.drawn`: on pictures of the pages of ``sheet``, in their order.
    Raises :class:`InputError` also where the ``annotations`` cannot be used."""
    folder, content = _free(forms, name), _content(sheet)
    drawn = imports.drawn(_content(annotations), str(annotations))
    shapes = [page.shape for page in _pages(sheet, content)]
    if len(drawn) > len(shapes):
        raise InputError(
            f"{annotations}: fields were drawn on {len(drawn)} pictures, and {sheet} has "
            f"{len(shapes)}: one picture for each page, in their order, was expected."
        )
    fields: list[tuple[template.Field, ...]] = [() for _ in shapes]
    for number, one in enumerate(drawn):
        fields[number] = imports.fitted(one, shapes[number], str(annotations))
    made = _draft(name, sheet, content, fields)
    return _made(_written(folder, made), made)


def print_(forms: Path, questions: Path, font: Path | None = None) -> Path:
    """Make a form of a list of ``questions``, a file that :mod:`digitbox.forms.questions`
    describes, under the name of that file: ``NAME.pdf``, to be printed, and the ``form.yaml`` that
    fits it. Returns the form's folder. Raises :class:`InputError` and :class:`ConfigError` as
    :func:`new`, and :class:`DigitboxError` where a package is missing."""
    folder = _free(forms, questions.stem)
    try:
        text = _content(questions).decode("utf-8")
    except UnicodeDecodeError:
        raise InputError(f"{questions}: is no text in UTF-8.") from None
    made = printing.printed(parse(text, str(questions)), folder.name, font)
    files = {f"{folder.name}.pdf": made.pdf}
    return _written(folder, Draft(files, template.rendered(made.template)))


def check(forms: Path, name: str, scans: Sequence[Path], pictures: Path) -> Iterator[Checked]:
    """Where the pages of the form ``name`` lie on those of ``scans``, one after another: a picture
    of each goes into the folder ``pictures``. Raises :class:`InputError` where there is no such
    form or a file cannot be read, and :class:`ConfigError` where a form is wrong."""
    made = form(forms, name)
    pictures.mkdir(parents=True, exist_ok=True)
    taken: set[str] = set()
    for scan in scans:
        for page in decode(_content(scan), library.MOST_PIXELS, SIDE):
            if isinstance(page, BrokenPage):
                yield Checked(scan, page.number, None, 0.0, None, page.reason)
                continue
            found = likeliest(page.gray, [made], name)
            assert found is not None  # a form has a page
            shown = found.page if found.lies else replace(found.page, fields=(), tables=())
            picture = pictures / _untaken(f"{scan.stem}-{page.number}", taken)
            picture.write_bytes(overlaid(page.gray, shown, found.alignment))
            which = found.number + 1 if found.lies else None
            yield Checked(scan, page.number, which, round(found.alignment.score, 4), picture)


def form(forms: Path, name: str) -> Form:
    """The form ``name`` in the folder ``forms``. Raises :class:`InputError` where there is none,
    and :class:`ConfigError` where a form is wrong."""
    found = {files.name: files for files in library.load(forms)}
    if name not in found:
        there = ", ".join(found) or "none"
        raise InputError(f"{forms / name}: there is no such form. There are: {there}.")
    return library.form_of(found[name], forms / name / library.FILE)


def _untaken(stem: str, taken: set[str]) -> str:
    number, name = 1, stem
    while name.casefold() in taken:
        number += 1
        name = f"{stem}_{number}"
    taken.add(name.casefold())
    return f"{name}.png"


def is_name(name: str) -> bool:
    """Whether a form can have that ``name``: as that of a folder, it leads nowhere else."""
    return re.fullmatch(NAME, name) is not None and name.casefold() != AUTO


def _free(forms: Path, name: str) -> Path:
    """The folder of a form that is not there yet."""
    if not is_name(name):
        raise InputError(
            f"{name!r} is no name for a form: give letters, digits, - and _, 64 at most, beginning "
            f"with a letter or a digit; and not {AUTO}."
        )
    folder = forms / name
    if folder.exists() or folder.is_symlink():
        raise InputError(f"{folder}: is there already. Give another name, or remove it.")
    return folder


def _content(file: Path) -> bytes:
    try:
        if file.stat().st_size > library.MOST_BYTES:
            raise InputError(f"{file}: is larger than {library.MOST_BYTES:,} bytes.")
        return file.read_bytes()
    except OSError as error:
        raise InputError(f"{file}: cannot be read: {error.strerror}.") from error


def _pages(sheet: Path, content: bytes) -> Iterator[Gray]:
    for page in decode(content, library.MOST_PIXELS, side=None):
        if isinstance(page, BrokenPage):
            what = f"{sheet}: page {page.number} cannot be read as an image"
            raise InputError(f"{what}: {page.reason.value}.{HINTS.get(page.reason, '')}")
        if page.number > MOST_PAGES:
            raise InputError(f"{sheet}: has more than {MOST_PAGES} pages.")
        yield page.gray


def _draft(
    form: str, sheet: Path, content: bytes, fields: Sequence[Sequence[template.Field]]
) -> Draft:
    """A form whose pages have these ``fields``."""
    is_plain = re.fullmatch(r"\.[a-z0-9]{1,5}", sheet.suffix.lower())
    name = f"sheet{sheet.suffix.lower() if is_plain else ''}"
    pages = tuple(
        template.Page(reference=name if number == 1 else f"{name}#{number}", fields=tuple(each))
        for number, each in enumerate(fields, 1)
    )
    made = template.Template(pages=pages)
    numbered = tuple((content, number) for number in range(1, len(pages) + 1))
    whole = library.form_of(library.FormFiles(form, made, numbered, ()))
    pictures = {
        f"form-{number}.png": overlaid(page.reference.gray, page)
        for number, page in enumerate(whole.pages, 1)
    }
    warnings = tuple(inspection.filled(whole))
    return Draft({name: content, **pictures}, template.rendered(made), warnings)


def _made(folder: Path, made: Draft) -> Made:
    pictures = (folder / name for name in made.files if name.startswith("form-"))
    return Made(folder, tuple(pictures), made.warnings)


def _written(folder: Path, made: Draft) -> Path:
    """Write the ``folder`` of a form, ``form.yaml`` at last: without it, it is no form. Nothing is
    left of one that could not be written."""
    try:
        folder.mkdir(parents=True)
        try:
            for name, content in made.files.items():
                (folder / name).write_bytes(content)
            (folder / library.FILE).write_text(made.text, "utf-8")
        except BaseException:  # an interrupt, too
            with contextlib.suppress(OSError):  # what went wrong first is what is told
                shutil.rmtree(folder)
            raise
    except OSError as error:
        raise InputError(f"{folder}: cannot be written: {error.strerror}.") from error
    return folder
