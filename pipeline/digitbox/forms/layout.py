"""A question to print → the boxes that it is answered in."""

from collections.abc import Callable
from dataclasses import dataclass

from digitbox.forms.questions import Checkbox, Choice, Digits, Number, Question

CELL_WIDTH, CELL_HEIGHT, BOX = 8.0, 10.0, 5.0
"""Of a cell for one digit; the side of a checkbox. This and all that follows is in
millimetres."""

POINT, UNKNOWN = 6.0, 7
"""What a decimal point or a sign adds to a box without cells; and how many digits it has room for
where nobody knows."""

Rectangle = tuple[float, float, float, float]
"""x, y, width and height."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Where a question is answered, counting from the top left: ``boxes``, each of so many
    ``cells``, the last ``decimals`` after a point, and ``texts`` beside them with the place where
    they begin."""

    boxes: tuple[Rectangle, ...]
    cells: int = 1
    decimals: int = 0
    texts: tuple[tuple[float, float, str], ...] = ()

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of all boxes together."""
        ends = [(x + wide, y + high) for x, y, wide, high in self.boxes]
        return max(x for x, _ in ends), max(y for _, y in ends)


def answer(question: Question, room: float, width_of: Callable[[str], float]) -> Answer:
    """Where ``question`` is answered; options take several rows where there is no ``room``.
    ``width_of`` a text is how wide it is printed."""
    if isinstance(question, Checkbox):
        return Answer(((0, 0, BOX, BOX),))
    if not isinstance(question, Choice):
        box = (0, 0, _wide(question), CELL_HEIGHT)
        decimals = question.decimals if isinstance(question, Number) else 0
        return Answer((box,), max(1, question.cells), decimals if question.cells else 0)
    boxes, texts = list[Rectangle](), list[tuple[float, float, str]]()
    x = y = 0.0
    for option in question.options:
        wide = BOX + 2 + width_of(option)
        if x > 0 and x + wide > room:
            x, y = 0.0, y + BOX + 3
        boxes.append((x, y, BOX, BOX))
        texts.append((x + BOX + 2, y, option))
        x += wide + 8
    return Answer(tuple(boxes), texts=tuple(texts))


def _wide(question: Digits | Number) -> float:
    if isinstance(question, Digits):
        return CELL_WIDTH * question.digits[1]
    if question.cells:
        return CELL_WIDTH * question.cells
    digits = (question.whole or UNKNOWN) + question.decimals
    return CELL_WIDTH * digits + POINT * (bool(question.decimals) + question.has_sign)
