"""What was found on a page → what it says: the one place that decides between a digit and a number.

A page is looked at in two ways. Candidates are what may be a digit each, of which the network of
digits (``cnn`` or ``mlp``) says which. Lines are read as a whole by the network of numbers, which
also knows how many digits there are. A single digit is a number of one digit: it is the network of
digits that says which, since it reads them better (98.7 % of the real ones where the other reads
92 %), and the network of numbers that says that there is one.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from digitbox.recognition.card import OTHER, NumberThresholds
from digitbox.recognition.classification import PLACES, Classification
from digitbox.recognition.transcript import LEAST, Transcript, log_odds
from digitbox.recognition.value import Guess, Value, merged, value_of
from digitbox.records import Alternative, Box, Digit, Expected, Line, Reason, Status

MOST_ALTERNATIVES = 5

SURE = 0.6
"""A further line of digits counts as one where it is read with such a probability, or more;
otherwise it is other writing."""

SUREST = 1 - 10.0**-PLACES
"""Two networks that agree are no surer than that: with an ``accept`` of 1, people see all."""

LIMITS = NumberThresholds()
"""Those of a network whose card says nothing else."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """See :class:`digitbox.records.Reading`. ``is_candidate``: the value is that of the first
    candidate."""

    status: Status
    reason: Reason | None = None
    value: str | None = None
    confidence: float | None = None
    digits: tuple[Digit, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    lines: tuple[Line, ...] = ()
    is_candidate: bool = False


@dataclass(frozen=True, slots=True)
class Candidates:
    """What may be a digit each, first what is likely to be one, then by prominence."""

    digits: tuple[Digit, ...]
    first_is_none: bool

    @classmethod
    def of(cls, found: Sequence[tuple[Classification, Box]]) -> "Candidates":
        digits = (
            Digit(what.value, what.confidence, what.probabilities, box) for what, box in found
        )
        return cls(tuple(digits), bool(found) and found[0][0].is_none)


def verdict(
    candidates: Candidates,
    transcripts: Sequence[Transcript],
    turned: bool,
    expected: Expected,
    accept: float,
    limits: NumberThresholds = LIMITS,
) -> Verdict:
    """What a page says on which these ``candidates`` and lines were found. Without lines it is what
    the first candidate is. ``turned``: the lines were found on the page as it reads when it is
    turned. ``limits`` are those of the network that read the lines."""
    numbers = [one for one in transcripts if _has_digits(one)]
    if not numbers:
        return _of_candidates(candidates, transcripts, expected, accept, limits)
    main = max(numbers, key=lambda one: one.written[0].probability * len(one.digits) ** 0.5)
    further = [one for one in numbers if one is main or one.written[0].probability >= SURE]
    is_one = bool(candidates.digits) and (
        len(main.digits) == 1
        or (len(candidates.digits) == 1 and _share(main, _is_several) < limits.several)
    )
    are_marks = len(candidates.digits) > 1 and all(len(one.digits) == 1 for one in further)
    if len(further) > 1 and not are_marks and not _are_parts(further, candidates):
        return _of_lines(further, expected)
    others = [one for one in transcripts if one is not main]
    if is_one:
        beside = any(OTHER in one.says and not _are_parts([one], candidates) for one in others)
        return _of_candidates(candidates, [main], expected, accept, limits, beside)
    return _of_number(main, any(map(_is_writing, others)), turned, expected, accept)


def _of_candidates(
    candidates: Candidates,
    transcripts: Sequence[Transcript],
    expected: Expected,
    accept: float,
    limits: NumberThresholds,
    beside: bool = False,
) -> Verdict:
    digits = candidates.digits
    if not digits:
        is_writing = any(one.written and one.says for one in transcripts)
        return Verdict(Status.NOT_DIGIT if is_writing else Status.BLANK)
    if candidates.first_is_none:
        return Verdict(Status.NOT_DIGIT, digits=digits)
    first = digits[0]
    value = value_of(_written(first.value, transcripts), expected)
    confidence = first.confidence
    if transcripts:
        confidence = _agreed(first, value, transcripts[0], expected, limits)
    reason = (
        Reason.SEVERAL_MARKS
        if len(digits) > 1
        else Reason.OTHER_WRITING
        if beside
        else value.reason
        if value.reason
        else Reason.LOW_CONFIDENCE
        if confidence < accept
        else None
    )
    return Verdict(
        Status.ACCEPTED if reason is None else Status.REVIEW,
        reason,
        value.text,
        confidence,
        digits,
        _alternatives(value, confidence, _others(first, confidence, transcripts, expected)),
        is_candidate=True,
    )


def _written(digit: int, transcripts: Sequence[Transcript]) -> str:
    """``digit`` with the marks that the line has beside it, if that has one digit: ``-4``."""
    says = transcripts[0].says.replace(OTHER, "") if transcripts else ""
    number = _number(says)
    return says.replace(number, str(digit)) if len(number) == 1 else str(digit)


def _agreed(
    digit: Digit, value: Value, line: Transcript, expected: Expected, limits: NumberThresholds
) -> float:
    """How likely a page has that ``value`` whose candidate was taken for ``digit``, by both
    networks."""
    likely = _share(line, lambda text: OTHER not in text and value_of(text, expected) == value)
    odds = log_odds(digit.confidence) + limits.weight * log_odds(likely) + limits.agreed
    return min(SUREST, round(1 / (1 + math.exp(-odds)), PLACES))


def _of_number(
    main: Transcript,
    beside: bool,
    turned: bool,
    expected: Expected,
    accept: float,
) -> Verdict:
    best, *others = _values(main, expected)
    other = sum(one.probability for one in main.written if OTHER in one.value)
    confidence = round(max(0.0, best.probability - other), PLACES)
    reason = (
        Reason.TURNED
        if turned
        else Reason.OTHER_WRITING
        if beside or OTHER in main.says
        else best.value.reason
        if best.value.reason
        else Reason.LOW_CONFIDENCE
        if confidence < accept
        else None
    )
    status = Status.ACCEPTED if reason is None else Status.REVIEW
    alternatives = _alternatives(best.value, round(best.probability, PLACES), others)
    return Verdict(status, reason, best.value.text, confidence, main.digits, alternatives)


def _of_lines(numbers: Sequence[Transcript], expected: Expected) -> Verdict:
    """Each line by itself, from above; a person looks at them."""
    lines = []
    for one in sorted(numbers, key=lambda one: one.box.y):
        best = next(_values(one, expected))
        lines.append(Line(best.value.text or "", round(best.probability, PLACES), one.box))
    value = " ".join(line.value for line in lines)
    confidence = round(math.prod(line.confidence for line in lines), PLACES)
    digits = tuple(
        digit for one in sorted(numbers, key=lambda one: one.box.y) for digit in one.digits
    )
    return Verdict(
        Status.REVIEW,
        Reason.SEVERAL_LINES,
        value,
        confidence,
        digits,
        (Alternative(value, confidence),),
        tuple(lines),
    )


def _others(
    digit: Digit, confidence: float, transcripts: Sequence[Transcript], expected: Expected
) -> Iterator[Guess]:
    """What a page may say besides that is likely to show ``digit``: another one, or the numbers of
    its line. They share what is left of ``confidence``."""
    line = transcripts[0].written if transcripts else ()
    several = [one for one in map(_bared, line) if _is_several(one.value)]
    total = max(1.0, sum(one.probability for one in line))
    left = (1 - confidence) * (1 - sum(one.probability for one in several) / total)
    for guess in merged(several, expected):
        yield Guess(guess.value, (1 - confidence) * guess.probability / total)
    others = max(1 - digit.probabilities[digit.value], LEAST)
    for value, likely in enumerate(digit.probabilities):
        if value != digit.value:
            text = _written(value, transcripts)
            yield Guess(value_of(text, expected), left * min(1.0, likely / others))


def _alternatives(
    value: Value, probability: float, others: Iterable[Guess]
) -> tuple[Alternative, ...]:
    """The ``value`` that is said of a page is the first, even where another is as likely."""
    found = [
        Alternative(guess.value.text, round(guess.probability, PLACES))
        for guess in sorted(others, key=lambda guess: -guess.probability)
        if guess.value.text is not None and guess.probability >= 10.0**-PLACES / 2
    ]
    return (Alternative(value.text or "", probability), *found[: MOST_ALTERNATIVES - 1])


def _are_parts(lines: Sequence[Transcript], candidates: Candidates) -> bool:
    """Whether lines are pieces of the only candidate: the loop of a 9, and its stem."""
    if len(candidates.digits) != 1 or any(len(one.digits) > 1 for one in lines):
        return False
    whole = candidates.digits[0].box
    return all(whole.holds(*one.box.middle) for one in lines)


def _has_digits(transcript: Transcript) -> bool:
    return any(map(str.isdigit, transcript.says))


def _is_writing(transcript: Transcript) -> bool:
    """Whether it is more than a stroke or a speck."""
    return _has_digits(transcript) or OTHER in transcript.says


def _share(transcript: Transcript, holds: Callable[[str], bool]) -> float:
    """How likely a line says something of which ``holds`` is true, beside all that it may say."""
    total = sum(one.probability for one in transcript.written)
    return sum(one.probability for one in transcript.written if holds(one.value)) / max(
        total, LEAST
    )


def _number(text: str) -> str:
    return "".join(filter(str.isdigit, text))


def _is_several(text: str) -> bool:
    return len(_number(text)) > 1


def _values(transcript: Transcript, expected: Expected) -> Iterator[Guess]:
    """What the line may stand for, other writing left out, the likeliest first."""
    found = merged(map(_bared, transcript.written), expected)
    return (guess for guess in found if guess.value.text is not None)


def _bared(written: Alternative) -> Alternative:
    """What is written, other writing left out."""
    return Alternative(written.value.replace(OTHER, ""), written.probability)
