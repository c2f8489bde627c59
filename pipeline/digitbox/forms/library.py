"""The folder of forms → the forms in it, checked as a whole, and as they are read."""

import hashlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from digitbox.errors import ConfigError
from digitbox.forms import grid
from digitbox.forms.alignment import Reference
from digitbox.forms.checks import Check, CheckError, check
from digitbox.forms.chroma import Chroma
from digitbox.forms.cutting import cut, to_page
from digitbox.forms.form import Field, Form, FormPage, Kind, Known, Table, corners
from digitbox.forms.lists import listed
from digitbox.forms.perspective import projected
from digitbox.forms.template import Choice as ChoiceTemplate
from digitbox.forms.template import Column, Digits, Number, Template, boxes, parse
from digitbox.forms.template import Field as FieldTemplate
from digitbox.forms.template import Image as ImageTemplate
from digitbox.forms.template import Table as TableTemplate
from digitbox.forms.values import number as number_of
from digitbox.recognition.decode import BrokenPage, decode
from digitbox.recognition.view import Gray

FILE = "form.yaml"

MOST_PIXELS = 100_000_000
"""No reference has more."""

MOST_BYTES = 256_000_000

KINDS = {"Digits": Kind.DIGITS, "Number": Kind.NUMBER, "Checkbox": Kind.CHECKBOX}


@dataclass(frozen=True, slots=True)
class FormFiles:
    """All that a form is made of, as bytes: what stays as it is while a service runs, and goes to
    its workers. ``references`` are the contents of the files that the pages name, with the number
    of the page in each; ``lists`` are the values of each CSV, by its name."""

    name: str
    template: Template
    references: tuple[tuple[bytes, int], ...]
    lists: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def sha256(self) -> str:
        """Tells what is read with it from what is read with another one."""
        digest = hashlib.sha256(msgspec.json.encode([self.name, self.template, self.lists]))
        for content, number in self.references:
            digest.update(hashlib.sha256(content).digest() + f"{number}\n".encode())
        return digest.hexdigest()


def load(folder: Path) -> tuple[FormFiles, ...]:
    """The forms in ``folder``, each in a folder of its own, in the order of their names; none where
    there is no such folder. Raises :class:`ConfigError` with the file, the key and what is wrong:
    a form that cannot be read as it is meant is not read at all."""
    if not folder.is_dir():
        return ()
    found = tuple(files_of(one, content_of(one / FILE)) for one in folders(folder))
    for files in found:
        form_of(files, folder / files.name / FILE)
    return found


def form_of(files: FormFiles, origin: Path | None = None) -> Form:
    """The form that these ``files`` describe. Raises :class:`ConfigError`; ``origin`` is the file
    that is named in it."""
    where = str(origin or f"{files.name}/{FILE}")
    pages = []
    for number, (page, reference) in enumerate(
        zip(files.template.pages, files.references, strict=True)
    ):
        key = f"{where}: pages[{number}]"
        gray, chroma = decoded(*reference, f"{key}.reference: {page.reference}")
        for place, field in enumerate(page.fields):
            for which, box in boxes(field).items():
                x, y, wide, high = box
                if x + wide > gray.shape[1] + 1 or y + high > gray.shape[0] + 1:
                    raise ConfigError(
                        f"{key}.fields[{place}].{which}: {x:g}, {y:g} with {wide:g}×{high:g} "
                        "pixels is not on the reference, "
                        f"which has {gray.shape[1]}×{gray.shape[0]} pixels."
                    )
        lists = dict(files.lists)
        fields: list[Field] = []
        tables: list[Table] = []
        for one in page.fields:
            if isinstance(one, TableTemplate):
                place_ = corners(one.box)
                table = Table(place_, one.rows, len(one.columns), one.header, len(fields))
                tables.append(table)
                fields += _of_table(one, table, gray, lists)
            else:
                fields.append(_field(one, lists))
        pages.append(FormPage(Reference(gray), chroma, page.align, tuple(fields), tuple(tables)))
    checks = _checks(files.template.checks, pages, where)
    return Form(files.name, tuple(pages), checks, files.template.wrong_sums)


def _checks(texts: Sequence[str], pages: Sequence[FormPage], where: str) -> tuple[Check, ...]:
    fields = {field.name: (field, page) for page in pages for field in page.fields}
    found = []
    for number, text in enumerate(texts):
        try:
            one = check(text, fields)
        except CheckError as error:
            raise ConfigError(f"{where}: checks[{number}]: {error}") from None
        for name in one.fields:
            if not _has_numbers(fields[name][0]):
                raise ConfigError(
                    f"{where}: checks[{number}]: checks are of numbers, and {name} has none."
                )
        if len({id(fields[name][1]) for name in one.fields}) > 1:
            raise ConfigError(
                f"{where}: checks[{number}]: its fields are on several pages: each page is read by "
                "itself."
            )
        found.append(one)
    return tuple(found)


def _has_numbers(field: Field) -> bool:
    if field.kind is Kind.CHOICE:
        return not any(math.isnan(number_of(label)) for label in field.labels)
    return field.kind in (Kind.DIGITS, Kind.NUMBER)


def _field(one: FieldTemplate, lists: dict[str, tuple[str, ...]]) -> Field:
    """The field that ``one``, which is no table, describes."""
    if isinstance(one, ChoiceTemplate):
        places = tuple(corners(box) for box in one.boxes.values())
        return Field(one.name, Kind.CHOICE, places, tuple(one.boxes), required=one.required)
    assert not isinstance(one, TableTemplate)
    place = (corners(one.box),)
    if isinstance(one, ImageTemplate):
        return Field(one.name, Kind.IMAGE, place)
    kind = KINDS[type(one).__name__]
    known = known_of(one, lists) if isinstance(one, Digits | Number) else Known()
    return Field(one.name, kind, place, known=known, required=one.required)


def _of_table(
    one: TableTemplate, table: Table, gray: Gray, lists: dict[str, tuple[str, ...]]
) -> Iterator[Field]:
    """The cells of a table, row by row, between the lines of the reference, or evenly spaced."""
    picture = cut(gray, table.place)
    rows = table.header + table.rows
    crossings = grid.grid(picture, rows, table.columns)
    if crossings is None:
        crossings = grid.even(picture.shape, rows, table.columns)
    there = projected(to_page(table.place), crossings.reshape(-1, 2)).reshape(crossings.shape)
    places = iter(grid.cells(there[table.header :]))
    for row in range(1, one.rows + 1):
        for column in one.described:
            kind = Kind.NUMBER if column.type == "number" else Kind.DIGITS
            name = f"{one.name}.{row}.{column.name}"
            known = known_of(column, lists)
            yield Field(name, kind, (next(places),), known=known, required=column.required)


def known_of(one: Digits | Number | Column, lists: dict[str, tuple[str, ...]]) -> Known:
    """What is known of the value of a field or of the cells of a column; ``lists`` are the values
    of each CSV, by its name."""
    least, most = one.digits
    values = lists[one.values] if one.values is not None else None
    cells = most if one.cells else 0
    if isinstance(one, Digits) or (isinstance(one, Column) and one.type == "digits"):
        return Known(least, most, cells, one.filler, 0, False, None, None, values)
    decimals = None if one.decimals == "written" else one.decimals
    # A number has as many digits as its cells at most; fillers stand for the others.
    return Known(1, most, cells, one.filler, decimals, one.sign, one.least, one.most, values)


def folders(forms: Path) -> list[Path]:
    """Those of the forms in the folder ``forms``, in the order of their names."""
    return [file.parent for file in sorted(forms.glob(f"*/{FILE}"))]


def template_of(file: Path, content: bytes) -> Template:
    """The template that the ``content`` of a ``form.yaml`` describes. Raises :class:`ConfigError`
    with the name of the ``file``, the key and what is wrong."""
    import yaml

    try:
        says = yaml.safe_load(content)
        twice = _twice(yaml.compose(content, yaml.SafeLoader))
    except (yaml.YAMLError, ValueError) as error:
        raise ConfigError(f"{file}: not valid YAML: {error}") from error
    except RecursionError:
        raise ConfigError(f"{file}: not valid YAML: too many lists within each other.") from None
    if twice:
        raise ConfigError(f"{file}: {twice}")
    return parse(says, str(file))


def files_of(folder: Path, content: bytes) -> FormFiles:
    """The form in ``folder`` whose ``form.yaml`` has that ``content``, and the files it names.
    Raises :class:`ConfigError`, see :func:`template_of`."""
    file = folder / FILE
    template = template_of(file, content)
    references = []
    for number, page in enumerate(template.pages):
        name, _, which = page.reference.partition("#")
        key = f"{file}: pages[{number}].reference"
        if which and not (which.isascii() and which.isdigit() and len(which) < 7):
            raise ConfigError(f"{key}: {page.reference}: a page is named like exam.pdf#2.")
        references.append((content_of(_beside(folder, name, key), key), int(which or 1)))
    lists: dict[str, tuple[str, ...]] = {}
    for page in template.pages:
        for field in page.fields:
            parts = field.described if isinstance(field, TableTemplate) else (field,)
            for one in parts:
                values = getattr(one, "values", None)
                if values is None:
                    continue
                key = f"{file}: the list of {field.name}"
                if values not in lists:
                    content = content_of(_beside(folder, values, key), key)
                    lists[values] = listed(content, f"{key}: {values}")
                if not any(_may_be(one, value) for value in lists[values]):
                    raise ConfigError(
                        f"{key}: {values}: nothing in its first column can be a value of the field."
                    )
    return FormFiles(folder.name, template, tuple(references), tuple(lists.items()))


def _twice(root: Any) -> str | None:
    """What to say of a key that stands twice in a section of this YAML: only one would count."""
    import yaml

    seen: set[int] = set()  # what has a name in YAML may stand in many places, and in itself
    nodes = [root]
    while nodes:
        node = nodes.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            keys: set[str] = set()
            for key, value in node.value:
                name = str(key.value)
                if name in keys:
                    line = key.start_mark.line + 1
                    return f"line {line}: the key {name} stands twice in a section."
                keys.add(name)
                nodes.append(value)
        elif isinstance(node, yaml.SequenceNode):
            nodes += node.value
    return None


def _may_be(one: Any, value: str) -> bool:
    """Whether ``value`` can stand in the field or column ``one``."""
    if isinstance(one, Digits) or (isinstance(one, Column) and one.type == "digits"):
        return value.isascii() and value.isdigit() and len(value) <= one.digits[1]
    return not math.isnan(number_of(value))


def _beside(folder: Path, name: str, key: str) -> Path:
    """The file ``name`` in the form's folder, and nowhere else."""
    if not name or Path(name).name != name or name in (".", "..") or "\0" in name:
        raise ConfigError(f"{key}: {name!r}: give the name of a file beside {FILE}.")
    return folder / name


def content_of(file: Path, key: str = "") -> bytes:
    """What is in a ``file`` of a form. Raises :class:`ConfigError`, which begins with ``key``."""
    before = f"{key}: " if key else ""
    try:
        if file.stat().st_size > MOST_BYTES:
            raise ConfigError(f"{before}{file} is larger than {MOST_BYTES:,} bytes.")
        return file.read_bytes()
    except OSError as error:
        raise ConfigError(f"{before}{file} cannot be read: {error.strerror}.") from error


def decoded(content: bytes, number: int, key: str) -> tuple[Gray, Chroma]:
    """The page with that ``number``, from 1, of a reference's ``content``, uint8 ``[H, W]``, and
    its colours. Raises :class:`ConfigError`, which begins with ``key``."""
    for page in decode(content, MOST_PIXELS, side=None):
        if isinstance(page, BrokenPage) and (page.number == number or page.number == 1):
            raise ConfigError(f"{key}: cannot be read as an image: {page.reason.value}.")
        if page.number == number and not isinstance(page, BrokenPage):
            return page.gray, Chroma.of(page) or Chroma.without_colours(page.gray)
    raise ConfigError(f"{key}: has no page {number}.")
