"""``form.yaml`` → a checked, frozen template. ``docs/form.schema.json`` is made from it."""

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import Meta

from digitbox.errors import ConfigError
from digitbox.faults import fault
from digitbox.forms.written import Numeric, Part, Values

NAME = r"^[^\W\d]\w*(?!\n)$"
"""Names are letters, digits and underscores, the first one no digit: they stand in checks. In
Python, ``$`` alone would let a line end after them."""

MOST_ROWS, MOST_COLUMNS, MOST_CELLS = 500, 100, 20_000
LONGEST = 100_000
"""No reference has a longer side, in pixels."""

Name: TypeAlias = Annotated[str, Meta(pattern=NAME, max_length=64)]
Label: TypeAlias = Annotated[str, Meta(min_length=1, max_length=200)]
Place: TypeAlias = Annotated[
    tuple[float, float, float, float],
    Meta(description="x, y, width and height, in pixels of the reference"),
]


class Digits(Values, frozen=True, kw_only=True, tag="digits", tag_field="type"):
    """An identifier: text, its leading zeros kept."""

    name: Name
    box: Place


class Number(Numeric, frozen=True, kw_only=True, tag="number", tag_field="type"):
    """A value, without leading zeros."""

    name: Name
    box: Place


class Checkbox(Part, frozen=True, kw_only=True, tag="checkbox", tag_field="type"):
    """A box that is empty or marked."""

    name: Name
    box: Place
    required: bool = False


class Choice(Part, frozen=True, kw_only=True, tag="choice", tag_field="type"):
    """Boxes of which one is marked."""

    name: Name
    boxes: Annotated[dict[Label, Place], Meta(min_length=2, max_length=200)]
    required: bool = False


class Column(Numeric, frozen=True, kw_only=True):
    """A column of a table, of numbers unless ``type`` says otherwise."""

    name: Name
    type: Literal["number", "digits"] = "number"

    def __post_init__(self) -> None:
        super().__post_init__()
        numeric = self.sign, self.least, self.most, self.decimals
        if self.type == "digits" and numeric != (False, None, None, 0):
            raise ValueError(
                "Expected no `sign`, `decimals`, `min` or `max` where `type` is digits"
            )


class Table(Part, frozen=True, kw_only=True, tag="table", tag_field="type"):
    """Rows and columns of fields, whose names are TABLE.ROW.COLUMN, rows counting from 1."""

    name: Name
    box: Place
    rows: Annotated[int, Meta(ge=1, le=MOST_ROWS)]
    columns: Annotated[tuple[Name | Column, ...], Meta(min_length=1, max_length=MOST_COLUMNS)]
    header: Annotated[
        int, Meta(ge=0, le=20, description="so many rows at its top hold no values")
    ] = 0

    @property
    def described(self) -> tuple[Column, ...]:
        """Its columns, with what is known of each."""
        return tuple(one if isinstance(one, Column) else Column(name=one) for one in self.columns)


class Image(Part, frozen=True, kw_only=True, tag="image", tag_field="type"):
    """What is cut out for people, and not read."""

    name: Name
    box: Place


Field: TypeAlias = Digits | Number | Checkbox | Choice | Table | Image


class Page(Part, frozen=True, kw_only=True):
    """A page of a form: ``reference`` is an image beside ``form.yaml``, or a page of a PDF:
    ``exam.pdf#2``."""

    reference: Annotated[str, Meta(min_length=1)]
    align: Annotated[
        Literal["auto", "markers", "none"],
        Meta(description="by what is printed and by marks, by corner marks alone, or not at all"),
    ] = "auto"
    fields: tuple[Field, ...] = ()


class Template(Part, frozen=True, kw_only=True):
    """What ``form.yaml`` says. ``wrong_sums`` is the share of pages on which a check fails because
    of who filled them in."""

    pages: Annotated[tuple[Page, ...], Meta(min_length=1, max_length=100)]
    checks: tuple[str, ...] = ()
    wrong_sums: Annotated[
        float,
        Meta(gt=0, lt=1, description="share of pages on which the writer's own sum is wrong"),
    ] = 0.02

    def unique_names(self) -> Iterator[str]:
        """Those of the fields of which no two pages of a batch have the same value."""
        for page in self.pages:
            for field in page.fields:
                if isinstance(field, Digits | Number) and field.unique:
                    yield field.name
                elif isinstance(field, Table):
                    columns = {column.name for column in field.described if column.unique}
                    yield from (one for one in names_of(field) if one.split(".")[-1] in columns)

    def names(self) -> Iterator[str]:
        """Those of the fields that are read, all but images, in their order; cells of tables by
        row."""
        for page in self.pages:
            for field in page.fields:
                if not isinstance(field, Image):
                    yield from names_of(field)


def names_of(field: Field) -> Iterator[str]:
    """The names that ``field`` stands for: its own, or those of a table's cells, row by row."""
    if not isinstance(field, Table):
        yield field.name
        return
    for row in range(1, field.rows + 1):
        for column in field.described:
            yield f"{field.name}.{row}.{column.name}"


def parse(content: Any, origin: str) -> Template:
    """The template that ``content`` (what YAML makes of ``form.yaml``) describes. Raises
    :class:`ConfigError` with ``origin``, the key's path and what is wrong."""
    try:
        template = msgspec.convert(content, Template)
    except msgspec.ValidationError as error:
        key, reason = fault(error, KEYS, VALUES)
        raise ConfigError(f"{origin}: {_exactly(key, content)}: {reason}.") from None
    names: set[str] = set()
    for number, page in enumerate(template.pages):
        for index, field in enumerate(page.fields):
            key = f"{origin}: pages[{number}].fields[{index}]"
            if field.name in names:
                raise ConfigError(f"{key}.name: another field has the name {field.name}, too.")
            names.add(field.name)
            for which, box in boxes(field).items():
                if not all(
                    low <= value <= LONGEST for low, value in zip((0, 0, 1, 1), box, strict=True)
                ):
                    raise ConfigError(
                        f"{key}.{which}: {_plain(list(box))} is no box: x and y are 0 or more, "
                        "width and height 1 or more."
                    )
            if isinstance(field, Table):
                columns = Counter(column.name for column in field.described)
                if twice := [name for name, times in columns.items() if times > 1]:
                    raise ConfigError(f"{key}.columns: two columns have the name {twice[0]}.")
                if field.rows * len(columns) > MOST_CELLS:
                    raise ConfigError(f"{key}: a table has {MOST_CELLS:,} cells at most.")
    return template


KEYS = {
    field.encode_name
    for part in (Template, Page, Digits, Number, Checkbox, Choice, Table, Column, Image)
    for field in msgspec.structs.fields(part)
} | {"type"}

VALUES = {
    r"columns\[\d+\].type": "number or digits",
    "type": "digits, number, checkbox, choice, table or image",
    "align": "auto, markers or none",
    "decimals": "a whole number from 0 to 10, or written",
}
"""What may stand at these keys."""


def _exactly(key: str, content: Any) -> str:
    """``key``, in which msgspec calls whatever box of a choice is wrong ``[...]``."""
    if not key:
        return "the file"
    before, dots, after = key.partition("[...]")
    if dots:
        found = content
        for part in re.findall(r"\w+", before):
            found = found[int(part) if part.isdigit() else part]
        for label, box in found.items():
            try:
                msgspec.convert(box, Place)
            except msgspec.ValidationError:
                return f"{before}.{label}{after}"
    return key


def boxes(field: Field) -> Mapping[str, tuple[float, float, float, float]]:
    """The boxes of ``field``, by the key that each stands under."""
    if isinstance(field, Choice):
        return {f"boxes.{label}": box for label, box in field.boxes.items()}
    return {"box": field.box}


def builtins(template: Template) -> dict[str, Any]:
    """``template`` as YAML and JSON have it, without what is the default."""
    plain: dict[str, Any] = _plain(msgspec.to_builtins(template))
    return plain


def rendered(template: Template) -> str:
    """``template`` as the text of a ``form.yaml``: one line a field."""
    import yaml

    plain = builtins(template)
    lines = ["pages:"]
    for page in plain["pages"]:
        lines.append(f"  - reference: {_inline(page['reference'], yaml)}")
        if "align" in page:
            lines.append(f"    align: {page['align']}")
        lines.append("    fields:" if page.get("fields") else "    fields: []")
        for field in page.get("fields", ()):
            first = {key: field.pop(key) for key in ("name", "type", "box") if key in field}
            lines.append(f"      - {_inline(first | field, yaml)}")
    if "wrong_sums" in plain:
        lines.append(f"wrong_sums: {_inline(plain['wrong_sums'], yaml)}")
    if plain.get("checks"):
        lines.append("checks:")
        lines += [f"  - {_inline(check, yaml)}" for check in plain["checks"]]
    return "\n".join(lines) + "\n"


def _inline(value: Any, yaml: Any) -> str:
    text: str = yaml.safe_dump(
        value, default_flow_style=True, sort_keys=False, width=math.inf, allow_unicode=True
    )
    return text.removesuffix("\n").removesuffix("\n...")


def _plain(value: Any) -> Any:
    """``value`` with whole numbers that have no decimals."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    is_whole = isinstance(value, float) and value.is_integer() and abs(value) < 1e15
    return int(value) if is_whole else value


def schema() -> dict[str, Any]:
    """The JSON Schema of ``form.yaml``."""
    found = msgspec.json.schema(Template)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **found}
