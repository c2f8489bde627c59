"""Questions → a form to print, as PDF, and the template that its pages are read with."""

import importlib
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from digitbox.errors import ConfigError, DigitboxError
from digitbox.extras import how_to_install
from digitbox.forms import layout, template
from digitbox.forms.codes import Code, is_name
from digitbox.forms.layout import CELL_HEIGHT, Answer, Rectangle
from digitbox.forms.questions import Checkbox, Choice, Digits, Question, Questions
from digitbox.forms.template import Field, Page, Template

WIDTH, HEIGHT = 210.0, 297.0
"""A4. This and all that follows is in millimetres."""

PIXELS = 1654 / (595.28 / 72 * 25.4)
"""Pixels of the reference a millimetre: of its 595.28 points, a page is rendered 1654 pixels wide,
see :data:`digitbox.recognition.pdf.DPI`."""

MARK, MARK_EDGE = 5.0, 10.0
"""The side of the marks in the corners, and how far from the edges they are: printers reach it."""

LEFT, RIGHT, TOP, BOTTOM = 20.0, 190.0, 20.0, 278.0
"""Text stands within these."""

CODE, CODE_LEFT, CODE_TOP = 22.0, 168.0, 19.0
"""The side of the code, and its place."""

FIRST = 48.0
"""Here the first question stands, or below."""

ANSWERS = 92.0
"""Answers begin here that fit between this and RIGHT; others stand below their label."""

INSET = 0.5
"""A box without cells is read from so far within its line on: the line is no stroke of a digit."""

LINE, LINE_COLOUR = 0.3, (165, 185, 215)
"""Of cells and boxes: light, so that it is told from ink."""

DOT = 0.8
"""The radius of a printed decimal point, which stands on the lower line between two cells: digits
seldom reach there."""

GAP, LINE_HEIGHT = 5.5, 5.0
"""Between questions, and from one line of text to the next."""

TITLE, LABEL, SMALL = ("B", 16), ("", 11), ("", 10)
"""How bold letters are, and their size in points."""

CREATED = datetime(2000, 1, 1, tzinfo=UTC)
"""The same questions make the same file, whenever they are printed."""


@dataclass(frozen=True, slots=True)
class Printed:
    """``pdf`` is saved as ``NAME.pdf`` in the folder ``NAME``, beside ``template`` as its
    ``form.yaml``."""

    pdf: bytes
    template: Template


def printed(questions: Questions, name: str, font: Path | None = None) -> Printed:
    """The form ``name`` that asks these ``questions``. ``font`` is a TrueType or OpenType file, for
    characters that Latin-1 does not have.

    Raises :class:`ConfigError` where the name or a character cannot be printed, and
    :class:`DigitboxError` where a package is missing.
    """
    if not is_name(name):
        raise ConfigError(
            f"{name!r}: name a form to print with 1 to 32 ASCII letters, digits, - and _, the "
            "first a letter or a digit."
        )
    pdf = _package("fpdf").FPDF(unit="mm", format="A4")
    pdf.set_creation_date(CREATED)
    pdf.set_producer("digitbox")
    pdf.set_title(questions.title)
    pdf.set_auto_page_break(False)
    pdf.c_margin = 0
    paper = _Paper(questions.title, name, pdf, _family(pdf, questions, font))
    paper.begin(questions.text)
    for question in questions.questions:
        paper.ask(question)
    pages = tuple(
        Page(reference=f"{name}.pdf" + (f"#{number}" if number > 1 else ""), fields=tuple(fields))
        for number, fields in enumerate(paper.pages, 1)
    )
    made = Template(pages=pages, checks=questions.checks, wrong_sums=questions.wrong_sums)
    return Printed(bytes(pdf.output()), made)


@dataclass
class _Paper:
    """The pages so far, with the fields of each; the next question stands at ``y``."""

    title: str
    name: str
    pdf: Any
    family: str
    y: float = TOP
    pages: list[list[Field]] = field(default_factory=list)

    def begin(self, text: str = "") -> None:
        """A new page, with ``text`` below its title."""
        self.pdf.add_page()
        self.pages.append([])
        self.pdf.set_fill_color(0)
        far = MARK_EDGE + MARK
        for x in (MARK_EDGE, WIDTH - far):
            for y in (MARK_EDGE, HEIGHT - far):
                self.pdf.rect(x, y, MARK, MARK, "F")
        self._code(str(Code(self.name, len(self.pages))))
        room = CODE_LEFT - 8 - LEFT
        self.y = TOP
        self.y += self._text(self.title, LEFT, self.y, room, TITLE) + 2
        if text:
            self.y += self._text(text, LEFT, self.y, room, SMALL)
        if self.y > BOTTOM:
            raise ConfigError("The text above the questions does not fit on the page: shorten it.")
        self.y = max(FIRST, self.y + GAP)
        self._text(f"{self.name} {len(self.pages)}", LEFT, BOTTOM + 4, room, SMALL)

    def ask(self, question: Question) -> None:
        """Print ``question`` below the one before; on a new page where there is no room for it."""
        answer = layout.answer(question, RIGHT - ANSWERS, self._width)
        beside = ANSWERS + answer.size[0] <= RIGHT and answer.size[1] <= CELL_HEIGHT
        if not beside:
            answer = layout.answer(question, RIGHT - LEFT, self._width)
        room = (ANSWERS - 6 if beside else RIGHT) - LEFT
        high, label = answer.size[1], self._height(question.label, room)
        height = max(label, high) if beside else label + 1 + high
        if self.y + height > BOTTOM:
            self.begin()
        above, below = ((height - label) / 2, (height - high) / 2) if beside else (0, label + 1)
        self._text(question.label, LEFT, self.y + above, room)
        boxes = self._drawn(answer, ANSWERS if beside else LEFT, self.y + below)
        self.pages[-1].append(_field(question, boxes))
        self.y += height + GAP

    def _drawn(self, answer: Answer, x: float, y: float) -> list[Rectangle]:
        """Draw ``answer`` from ``x``, ``y`` on, and return its boxes on the page."""
        self.pdf.set_draw_color(*LINE_COLOUR)
        self.pdf.set_line_width(LINE)
        boxes = [(x + left, y + top, wide, high) for left, top, wide, high in answer.boxes]
        for left, top, wide, high in boxes:
            self.pdf.rect(left, top, wide, high)
            for cell in range(1, answer.cells):
                between = left + cell * wide / answer.cells
                self.pdf.line(between, top, between, top + high)
                if cell == answer.cells - answer.decimals:
                    self.pdf.circle(between, top + high, DOT, "F")
        for left, top, text in answer.texts:
            self._text(text, x + left, y + top, RIGHT - x - left)
        return boxes

    def _text(
        self, text: str, x: float, y: float, room: float, style: tuple[str, int] = LABEL
    ) -> float:
        """Print ``text`` on so many lines as it needs within ``room``, and return their height."""
        high = self._height(text, room, style)
        self.pdf.set_xy(x, y)
        self.pdf.multi_cell(room, LINE_HEIGHT * style[1] / LABEL[1], text, align="L")
        return high

    def _width(self, text: str) -> float:
        self.pdf.set_font(self.family, *LABEL)
        return float(self.pdf.get_string_width(text))

    def _height(self, text: str, room: float, style: tuple[str, int] = LABEL) -> float:
        self.pdf.set_font(self.family, *style)
        lines = self.pdf.multi_cell(room, 1, text, align="L", dry_run=True, output="LINES")
        return len(lines) * LINE_HEIGHT * style[1] / LABEL[1]

    def _code(self, text: str) -> None:
        """Print the code that says ``text``."""
        rows = _package("segno").make(text, error="m", micro=False).matrix
        side = CODE / len(rows)
        for number, row in enumerate(rows):
            for run in re.finditer(b"\x01+", bytes(row)):
                # A little higher: else there are light lines between the rows.
                place = CODE_LEFT + run.start() * side, CODE_TOP + number * side
                self.pdf.rect(*place, len(run[0]) * side, 1.02 * side, "F")


def _field(question: Question, boxes: list[Rectangle]) -> Field:
    """The field of ``question``, whose ``boxes`` are on the page."""
    name, required = question.name, question.required
    if isinstance(question, Choice):
        places = dict(zip(question.options, map(_in_pixels, boxes), strict=True))
        return template.Choice(name=name, boxes=places, required=required)
    if isinstance(question, Checkbox):
        return template.Checkbox(name=name, box=_in_pixels(boxes[0]), required=required)
    has_cells = question.cells > 0
    box = _in_pixels(boxes[0], 0 if has_cells else INSET)
    if isinstance(question, Digits):
        return template.Digits(
            name=name,
            box=box,
            length=question.length,
            cells=has_cells,
            values=question.values,
            unique=question.unique,
            required=required,
        )
    length = None if question.whole is None else question.whole + question.decimals
    return template.Number(
        name=name,
        box=box,
        length=length,
        cells=has_cells,
        decimals=question.decimals,
        sign=question.has_sign,
        least=question.least,
        most=question.most,
        required=required,
    )


def _in_pixels(box: Rectangle, inset: float = 0.0) -> Rectangle:
    x, y, wide, high = box
    inner = x + inset, y + inset, wide - 2 * inset, high - 2 * inset
    x, y, wide, high = (round(side * PIXELS, 1) for side in inner)
    return x, y, wide, high


def _family(pdf: Any, questions: Questions, font: Path | None) -> str:
    """The family of fonts in which all of ``questions`` can be printed."""
    has = set(range(32, 127)) | set(range(160, 256))
    if font is not None:
        try:
            for style in ("", "B"):
                pdf.add_font("own", style, str(font))
        except Exception as error:  # whatever fpdf2 and fontTools make of a file
            raise ConfigError(f"{font}: cannot be used as a font: {error}") from error
        has = set(pdf.fonts["own"].cmap)
    texts = [questions.title, *questions.text.split("\n")]
    for question in questions.questions:
        texts += [question.label, *(question.options if isinstance(question, Choice) else ())]
    for text in texts:
        if missing := [one for one in text if ord(one) not in has]:
            raise ConfigError(
                f"{text!r}: {font or 'Helvetica'} has no {missing[0]!r}: give a font that has it."
            )
    return "helvetica" if font is None else "own"


def _package(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        raise DigitboxError(
            f"Printing a form needs fpdf2 and segno: {how_to_install('forms')}"
        ) from None
