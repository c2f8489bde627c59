"""What was found on a page → what it says: the one place that decides between a digit and a number.

A page is looked at in two ways. Candidates are what may be a digit each, of which the network of
digits (``cnn`` or ``mlp``) says which. Lines are read as a whole by the network of numbers, which
also knows how many digits there are. A single digit is a number of one digit: it is the network of
digits that says which, since it reads them better (98.7 % of the real ones where the other reads
95.6 %), and the network of numbers that says that there is one.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from digitbox.box import Box
from digitbox.recognition.card import OTHER, NumberThresholds
from digitbox.recognition.classification import PLACES, Classification
from digitbox.recognition.gaps import are_apart
from digitbox.recognition.transcript import LEAST, Transcript, digits_of, log_odds
from digitbox.recognition.value import Guess, Value, merged, value_of
from digitbox.records import Alternative, Digit, Expected, Line, Reason, Status

MOST_ALTERNATIVES = 5

SURE = 0.6
"""A further line of digits counts as one where it is read with such a probability, or more;
otherwise it is other writing."""

SUREST = 1 - 10.0**-PLACES
"""Two networks that agree are no surer than that: with an ``accept`` of 1, people see all."""

MAJORITY = 0.5
"""Where a line is less likely to have one digit, whichever, the digit is no surer than that."""

MOST_PARTS = 2
"""A digit may fall into so many lines: the loop of a 9, and its stem. What has more of them is a
number that lies on its side."""


@dataclass(frozen=True, slots=True)
class Standards:
    """What a page has to come up to: what is ``expected`` of its value, the confidence from which
    no person has to ``accept`` it, and the thresholds of the network that reads lines."""

    expected: Expected
    accept: float
    limits: NumberThresholds


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
    caveat: Reason | None,
    standards: Standards,
) -> Verdict:
    """What a page says on which these ``candidates`` and lines were found. Without lines it is what
    the first candidate is. ``caveat`` is why a person has to see that, however sure it is."""
    numbers = [one for one in transcripts if _has_digits(one)]
    if not numbers:
        return _of_candidates(candidates, transcripts, standards, caveat)
    main = max(numbers, key=lambda one: one.written[0].probability * len(one.digits) ** 0.5)
    further = [one for one in numbers if one is main or one.written[0].probability >= SURE]
    are_marks = len(candidates.digits) > 1 and all(len(one.digits) == 1 for one in further)
    if len(further) > 1 and not are_marks and not _are_parts(further, candidates):
        return _of_lines(further, standards.expected)
    others = [one for one in transcripts if one is not main]
    if _is_one(candidates, main, standards.limits):
        rest = [one for one in others if not _are_parts([one], candidates)]
        parts = len(transcripts) - len(rest)
        beside = parts > MOST_PARTS or any(map(_is_writing, rest))
        return _of_candidates(candidates, [main], standards, caveat, beside)
    return _of_number(main, any(map(_is_writing, others)), caveat, standards)


def _is_one(candidates: Candidates, line: Transcript, limits: NumberThresholds) -> bool:
    """Whether it is the candidates that say what the page says, and not the ``line``."""
    if candidates.first_is_none:  # hidden behind it may be a number, which a person has to see
        return _one_digit(line) >= MAJORITY
    is_single = len(candidates.digits) == 1 and _share(line, _is_several) < limits.several
    return bool(candidates.digits) and (len(line.digits) == 1 or is_single)


def _of_candidates(
    candidates: Candidates,
    transcripts: Sequence[Transcript],
    standards: Standards,
    caveat: Reason | None,
    beside: bool = False,
) -> Verdict:
    digits = candidates.digits
    if not digits:
        is_writing = any(one.written and one.says for one in transcripts)
        return Verdict(Status.NOT_DIGIT if is_writing else Status.BLANK)
    if candidates.first_is_none:
        return Verdict(Status.NOT_DIGIT, digits=digits)
    first = digits[0]
    value = value_of(_written(first.value, transcripts), standards.expected)
    confidence, is_same = first.confidence, True
    if transcripts:
        line = transcripts[0]
        confidence = _agreed(first, value, line, standards)
        is_same = line.box.holds(*first.box.middle) or first.box.holds(*line.box.middle)
    others = _others(first, confidence, transcripts, standards.expected)
    status, reason = _judged(
        caveat,
        confidence >= standards.accept,
        Reason.SEVERAL_MARKS if len(digits) > 1 or not is_same else None,
        Reason.OTHER_WRITING if beside else None,
        value.reason,
    )
    return Verdict(
        status,
        reason,
        value.text,
        confidence,
        digits,
        _alternatives(value, confidence, others),
        is_candidate=True,
    )


def _judged(
    caveat: Reason | None, sure: bool, *doubts: Reason | None
) -> tuple[Status, Reason | None]:
    """The status of what has these doubts, and the most telling of them. The border may also cut
    through one of several marks, or through a word."""
    first, last = (None, caveat) if caveat is Reason.CUT_OFF else (caveat, None)
    unsure = None if sure else Reason.LOW_CONFIDENCE
    reason = next(filter(None, (first, *doubts, last, unsure)), None)
    return Status.ACCEPTED if reason is None else Status.REVIEW, reason


def _written(digit: int, transcripts: Sequence[Transcript]) -> str:
    """``digit`` with the marks that the line has beside it, if that has one digit: ``-4``."""
    says = transcripts[0].says.replace(OTHER, "") if transcripts else ""
    number = digits_of(says)
    return says.replace(number, str(digit)) if len(number) == 1 else str(digit)


def _agreed(digit: Digit, value: Value, line: Transcript, standards: Standards) -> float:
    """How likely a page has that ``value`` whose candidate was taken for ``digit``, by both
    networks."""
    limits = standards.limits

    def says_it(text: str) -> bool:
        return OTHER not in text and value_of(text, standards.expected) == value

    likely = _share(line, says_it)
    odds = log_odds(digit.confidence) + limits.weight * log_odds(likely) + limits.agreed
    is_one = _one_digit(line)
    most = SUREST if is_one >= MAJORITY else is_one
    return round(min(most, 1 / (1 + math.exp(-odds))), PLACES)


def _of_number(
    main: Transcript, beside: bool, caveat: Reason | None, standards: Standards
) -> Verdict:
    best, *others = _values(main, standards.expected)
    other = sum(one.probability for one in main.written if OTHER in one.value)
    confidence = round(max(0.0, best.probability - other), PLACES)
    status, reason = _judged(
        caveat,
        confidence >= standards.accept,
        Reason.OTHER_WRITING if beside or OTHER in main.says else None,
        Reason.SIGN if main.may_hold_sign else None,
        Reason.SEVERAL_MARKS if are_apart([one.box for one in main.digits]) else None,
        best.value.reason,
    )
    alternatives = _alternatives(best.value, round(best.probability, PLACES), others)
    return Verdict(status, reason, best.value.text, confidence, main.digits, alternatives)


def _of_lines(numbers: Sequence[Transcript], expected: Expected) -> Verdict:
    """Each line by itself, from above; a person looks at them."""
    ordered = sorted(numbers, key=lambda one: one.box.y)
    lines = []
    for one in ordered:
        best = next(_values(one, expected))
        lines.append(Line(best.value.text or "", round(best.probability, PLACES), one.box))
    value = " ".join(line.value for line in lines)
    confidence = round(math.prod(line.confidence for line in lines), PLACES)
    return Verdict(
        Status.REVIEW,
        Reason.SEVERAL_LINES,
        value,
        confidence,
        tuple(digit for one in ordered for digit in one.digits),
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
    return bool(digits_of(transcript.says))


def _is_writing(transcript: Transcript) -> bool:
    """Whether it is likelier more than a stroke or a speck."""
    return _share(transcript, lambda text: bool(digits_of(text)) or OTHER in text) >= MAJORITY


def _one_digit(transcript: Transcript) -> float:
    """How likely a line says one digit, whichever, and nothing else but marks."""
    return _share(transcript, lambda text: len(digits_of(text)) == 1 and OTHER not in text)


def _is_several(text: str) -> bool:
    return len(digits_of(text)) > 1


def _share(transcript: Transcript, holds: Callable[[str], bool]) -> float:
    """How likely a line says something of which ``holds`` is true, beside all that it may say."""
    total = sum(one.probability for one in transcript.written)
    held = sum(one.probability for one in transcript.written if holds(one.value))
    return held / max(total, LEAST)


def _values(transcript: Transcript, expected: Expected) -> Iterator[Guess]:
    """What the line may stand for, other writing left out, the likeliest first."""
    found = merged(map(_bared, transcript.written), expected)
    return (guess for guess in found if guess.value.text is not None)


def _bared(written: Alternative) -> Alternative:
    """What is written, other writing left out."""
    return Alternative(written.value.replace(OTHER, ""), written.probability)
