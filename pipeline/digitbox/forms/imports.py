"""Rectangles that were drawn with another program → the fields of a form's pages."""

import math
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from xml.parsers import expat

import msgspec

from digitbox.errors import InputError
from digitbox.forms.template import Checkbox, Choice, Digits, Field, Image, Number, Place, Table
from digitbox.forms.written import MOST_DIGITS

EXPECTED = (
    "give a file of LabelMe (JSON), an export of Label Studio (JSON), or one of CVAT (XML, CVAT "
    "for images 1.1)"
)

LONGEST_NAME = 56
"""With what tells two of the same apart, names have at most 64 characters."""

CHOICE = "the label of the box was expected, another one for each, as in choice:grade:A"

STRETCHED = 0.02
"""The picture has the shape of the page but for such a share."""

TYPES = ("number", "digits", "checkbox", "choice", "table", "image")


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture on which fields were drawn: its name, its size in pixels, and the fields, whose
    boxes are in pixels of it."""

    image: str
    width: int
    height: int
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class _Rectangle:
    label: str
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class _Picture:
    name: str
    width: int
    height: int
    rectangles: tuple[_Rectangle, ...]


def drawn(content: bytes, origin: str) -> tuple[Drawn, ...]:
    """The pictures that ``content`` describes, a file of LabelMe, Label Studio or CVAT, with their
    fields. Labels name them: ``total`` is a number, and ``digits:student:8`` has 8 cells. What may
    stand before a name is ``number``, ``digits``, ``checkbox``, ``image``, ``table`` or ``choice``;
    a table says its rows and columns (``table:marks:30x4``), a choice the label of the box
    (``choice:grade:A``). Of labels that are no names, names are made; names that there are already
    get ``_2``, ``_3``. Raises :class:`InputError`, which names ``origin`` and says what was
    expected."""
    if re.match(rb"(\xef\xbb\xbf|\xff\xfe|\xfe\xff\x00)?\s*<", content):
        pictures = list(_of_cvat(content, origin))
    else:
        try:
            found = msgspec.json.decode(content.removeprefix(b"\xef\xbb\xbf"))
        except (ValueError, RecursionError) as error:
            raise InputError(f"{origin}: is no valid JSON or XML ({error}): {EXPECTED}.") from None
        if isinstance(found, dict) and "shapes" in found:
            pictures = [_of_labelme(found, origin)]
        else:
            tasks = [found] if isinstance(found, dict) else found
            pictures = [_of_label_studio(task, origin) for task in _list(tasks, origin)]
    if not any(picture.rectangles for picture in pictures):
        raise InputError(f"{origin}: no rectangles were drawn in it: draw one around each field.")
    taken: set[str] = set()
    return tuple(
        Drawn(one.name, one.width, one.height, tuple(_fields(one, taken, origin)))
        for one in pictures
    )


def fitted(drawn: Drawn, shape: tuple[int, ...], origin: str) -> tuple[Field, ...]:
    """The fields that were ``drawn``, in pixels of a page of that ``shape``, height and width.
    Raises :class:`InputError` where that is no picture of the same page."""
    across, down = shape[1] / drawn.width, shape[0] / drawn.height
    if drawn.fields and abs(across / down - 1) > STRETCHED:
        raise InputError(
            f"{origin}: {drawn.image or 'a picture'} has {drawn.width}×{drawn.height} pixels, and "
            f"the page of the sheet {shape[1]}×{shape[0]}: a picture of the same page was expected."
        )

    def moved(box: Place) -> Place:
        x, y, wide, high = (side * by for side, by in zip(box, 2 * (across, down), strict=True))
        return round(x, 2), round(y, 2), round(wide, 2), round(high, 2)

    return tuple(
        msgspec.structs.replace(one, boxes={key: moved(box) for key, box in one.boxes.items()})
        if isinstance(one, Choice)
        else msgspec.structs.replace(one, box=moved(one.box))
        for one in drawn.fields
    )


def _of_labelme(found: dict[str, Any], origin: str) -> _Picture:
    rectangles = []
    for number, shape in enumerate(_list(found["shapes"], origin)):
        where = f"{origin}: shapes[{number}]"
        kind = _of(shape, "shape_type", str, where)
        if kind != "rectangle":
            raise InputError(f"{where}: is of the type {kind}: draw rectangles.")
        points = _of(shape, "points", list, where)
        if len(points) not in (2, 4) or not all(
            isinstance(point, list) and len(point) == 2 for point in points
        ):
            raise InputError(f"{where}.points: 2 or 4 points, x and y each, were expected.")
        xs, ys = ([_number(point[axis], where) for point in points] for axis in (0, 1))
        label = _of(shape, "label", str, where)
        rectangles.append(_Rectangle(label, min(xs), min(ys), max(xs), max(ys)))
    width, height = (_side(found.get(key), origin) for key in ("imageWidth", "imageHeight"))
    return _Picture(str(found.get("imagePath") or ""), width, height, tuple(rectangles))


def _of_label_studio(task: Any, origin: str) -> _Picture:
    results = _of(task, "annotations", list, origin)
    done = [one for one in results if isinstance(one, dict) and not one.get("was_cancelled")]
    sizes, rectangles = set(), []
    for number, one in enumerate(_of(done[0], "result", list, origin) if done else ()):
        where = f"{origin}: result[{number}]"
        value = _of(one, "value", dict, where)
        if "rectanglelabels" not in value:
            if str(one.get("type")) in ("polygonlabels", "ellipselabels", "brushlabels"):
                raise InputError(f"{where}: is of the type {one['type']}: draw rectangles.")
            continue
        if abs(_number(value.get("rotation", 0), where)) > 0.5:
            raise InputError(f"{where}: the rectangle is turned: draw it upright.")
        size = [_side(one.get(key), where) for key in ("original_width", "original_height")]
        sizes.add(tuple(size))
        x, y, wide, high = (_number(value.get(key), where) for key in ("x", "y", "width", "height"))
        labels = [str(label) for label in _list(value["rectanglelabels"], where)] or [""]
        left, top = x / 100 * size[0], y / 100 * size[1]
        right, bottom = left + wide / 100 * size[0], top + high / 100 * size[1]
        rectangles.append(_Rectangle(labels[0], left, top, right, bottom))
    if len(sizes) > 1:
        raise InputError(f"{origin}: a task has several pictures: one was expected.")
    width, height = next(iter(sizes), (1, 1))
    data = task.get("data")
    name = next(iter(data.values()), "") if isinstance(data, dict) else ""
    return _Picture(str(name), width, height, tuple(rectangles))


def _of_cvat(content: bytes, origin: str) -> Iterator[_Picture]:
    images: list[tuple[dict[str, str], list[_Rectangle]]] = []
    names: list[str] = []

    def refuse(*_: object) -> None:
        # What a document type declares can name other files, or grow without end.
        raise InputError(f"{origin}: has a DOCTYPE, which CVAT does not write: {EXPECTED}.")

    def begin(name: str, attributes: dict[str, str]) -> None:
        names.append(name)
        if names[0] != "annotations":
            raise InputError(f"{origin}: begins with <{names[0]}>: {EXPECTED}.")
        if name == "image":
            images.append((attributes, []))
        elif images and "image" in names:
            where = f"{origin}: line {parser.CurrentLineNumber}"
            if name == "box":
                if abs(_number(attributes.get("rotation", "0"), where)) > 0.5:
                    raise InputError(f"{where}: the box is turned: draw it upright.")
                sides = (
                    _number(attributes.get(key), where) for key in ("xtl", "ytl", "xbr", "ybr")
                )
                images[-1][1].append(_Rectangle(attributes.get("label", ""), *sides))
            elif name in ("polygon", "polyline", "points", "ellipse", "mask", "cuboid", "skeleton"):
                raise InputError(f"{where}: is a <{name}>: draw boxes.")

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = begin
    parser.EndElementHandler = lambda _: names.pop()
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise InputError(f"{origin}: is no valid XML ({error}): {EXPECTED}.") from None
    if not images:
        raise InputError(f"{origin}: has no <image>: {EXPECTED}.")
    for attributes, boxes in images:
        width, height = (_side(attributes.get(key), origin) for key in ("width", "height"))
        yield _Picture(attributes.get("name", ""), width, height, tuple(boxes))


def _fields(picture: _Picture, taken: set[str], origin: str) -> Iterator[Field]:
    """The fields that were drawn on ``picture``; names that are ``taken`` are not given again."""
    choices: dict[str, dict[str, Place]] = {}
    for one in picture.rectangles:
        where = f"{origin}: {one.label or 'a rectangle without a label'}"
        box = _box(one, picture, where)
        first, *more = (part.strip() for part in one.label.split(":"))
        kind = first.lower() if more and first.lower() in TYPES else "number"
        # A colon may be part of what is no type.
        parts = more if more and first.lower() in TYPES else [one.label]
        name, detail = parts[0], ":".join(parts[1:])
        if kind == "choice":
            boxes = choices.setdefault(_name(name), {})
            if not detail or detail in boxes:
                raise InputError(f"{where}: {CHOICE}.")
            boxes[detail] = box
        else:
            yield _field(kind, _free(_name(name), taken), detail, box, where)
    for name, boxes in choices.items():
        if len(boxes) < 2:
            raise InputError(f"{origin}: choice:{name}: at least two boxes were expected.")
        yield Choice(name=_free(name, taken), boxes=boxes)


def _field(kind: str, name: str, detail: str, box: Place, where: str) -> Field:
    if kind == "checkbox":
        return Checkbox(name=name, box=box)
    if kind == "image":
        return Image(name=name, box=box)
    if kind == "table":
        size = re.fullmatch(r"([1-9][0-9]{0,2}) *[x×*] *([1-9][0-9]?)", detail)
        if size is None or int(size[1]) > 500:
            raise InputError(f"{where}: rows and columns were expected, as in table:marks:30x4.")
        names = tuple(f"column_{number + 1}" for number in range(int(size[2])))
        return Table(name=name, box=box, rows=int(size[1]), columns=names)
    made = Number if kind == "number" else Digits
    if not detail:
        return made(name=name, box=box)
    if not re.fullmatch("[1-9][0-9]?", detail) or int(detail) > MOST_DIGITS:
        raise InputError(f"{where}: 1 to 40 cells were expected, as in digits:student:8.")
    return made(name=name, box=box, length=int(detail), cells=True)


def _name(label: str) -> str:
    """A name that is made of ``label``."""
    found = re.sub(r"\W+", "_", unicodedata.normalize("NFKC", label)).strip("_")
    if not re.match(r"[^\W\d]", found):
        found = f"field_{found}" if found else "field"
    return found[:LONGEST_NAME]


def _free(name: str, taken: set[str]) -> str:
    number, found = 1, name
    while found in taken:
        number += 1
        found = f"{name}_{number}"
    taken.add(found)
    return found


def _box(one: _Rectangle, picture: _Picture, where: str) -> Place:
    """What of the rectangle is on the picture, to a hundredth of a pixel."""
    left, right = (min(max(0.0, x), picture.width) for x in sorted((one.left, one.right)))
    top, bottom = (min(max(0.0, y), picture.height) for y in sorted((one.top, one.bottom)))
    if right - left < 1 or bottom - top < 1:
        raise InputError(
            f"{where}: a rectangle of at least one pixel on the picture was expected, which has "
            f"{picture.width}×{picture.height}."
        )
    return round(left, 2), round(top, 2), round(right - left, 2), round(bottom - top, 2)


def _of(found: Any, key: str, kind: type, where: str) -> Any:
    """What stands at ``key``, where it is of that ``kind``."""
    value = found.get(key) if isinstance(found, dict) else None
    if not isinstance(value, kind):
        raise InputError(f"{where}: {key} is missing or of another kind: {EXPECTED}.")
    return value


def _list(found: Any, where: str) -> Sequence[Any]:
    if not isinstance(found, list):
        raise InputError(f"{where}: a list was expected: {EXPECTED}.")
    return found


def _number(value: Any, where: str) -> float:
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise InputError(f"{where}: a number was expected, not {value!r}.")
    return number


def _side(value: Any, where: str) -> int:
    number = _number(value, f"{where}: the size of the picture")
    if not 1 <= number <= 1_000_000 or number != int(number):
        raise InputError(f"{where}: the size of the picture was expected, not {value!r}.")
    return int(number)
