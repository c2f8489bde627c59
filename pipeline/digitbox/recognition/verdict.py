"""What was found on a page → what it says: the one place that decides between a digit and a number.

A page is looked at in two ways. Candidates are what may be a digit each, of which the network of
digits (``cnn`` or ``mlp``) says which. Lines are read as a whole by the network of numbers, which
also knows how many digits there are. A single digit is a number of one digit: it is the network of
digits that says which, since it reads them better (98.7 % of the real ones where the other reads
92 %), and the network of numbers that says that there is one.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from digitbox.recognition.card import OTHER, NumberThresholds
from digitbox.recognition.classification import PLACES, Classification
from digitbox.recognition.transcript import LEAST, Transcript, log_odds
from digitbox.recognition.value import Guess, merged, value_of
from digitbox.records import Alternative, Box, Digit, Expected, Line, Reason, Status

MOST_ALTERNATIVES = 5

SURE = 0.6
"""A further line of digits counts as one where it is read with such a probability, or more;
otherwise it is other writing."""

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
    if is_one:
        return _of_candidates(candidates, [main], expected, accept, limits)
    beside = any(_is_writing(one) for one in transcripts if one is not main)
    return _of_number(main, candidates, beside, turned, expected, accept)


def _of_candidates(
    candidates: Candidates,
    transcripts: Sequence[Transcript],
    expected: Expected,
    accept: float,
    limits: NumberThresholds,
) -> Verdict:
    digits = candidates.digits
    if not digits:
        is_writing = any(one.written and one.says for one in transcripts)
        return Verdict(Status.NOT_DIGIT if is_writing else Status.BLANK)
    if candidates.first_is_none:
        return Verdict(Status.NOT_DIGIT, digits=digits)
    first = digits[0]
    confidence = _agreed(first, transcripts[0], limits) if transcripts else first.confidence
    value = value_of(str(first.value), expected)
    reason = (
        Reason.SEVERAL_MARKS
        if len(digits) > 1
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
        _alternatives(_guesses(first, confidence, transcripts, expected)),
        is_candidate=True,
    )


def _agreed(digit: Digit, line: Transcript, limits: NumberThresholds) -> float:
    """How likely a candidate is the ``digit`` that it was taken for, by both networks."""
    likely = _share(line, lambda text: _number(text) == str(digit.value) and OTHER not in text)
    odds = log_odds(digit.confidence) + limits.weight * log_odds(likely) + limits.agreed
    return round(1 / (1 + math.exp(-odds)), PLACES)


def _of_number(
    main: Transcript,
    candidates: Candidates,
    beside: bool,
    turned: bool,
    expected: Expected,
    accept: float,
) -> Verdict:
    guesses = [guess for guess in merged(_bare(main), expected) if guess.value.text is not None]
    if not guesses:
        return Verdict(Status.NOT_DIGIT, digits=candidates.digits)
    best = guesses[0]
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
    return Verdict(status, reason, best.value.text, confidence, main.digits, _alternatives(guesses))


def _of_lines(numbers: Sequence[Transcript], expected: Expected) -> Verdict:
    """Each line by itself, from above; a person looks at them."""
    lines = []
    for one in sorted(numbers, key=lambda one: one.box.y):
        best = merged(_bare(one), expected)[0]
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


def _guesses(
    digit: Digit, confidence: float, transcripts: Sequence[Transcript], expected: Expected
) -> list[Guess]:
    """Of a page that is likely to show one digit: the ten, and the numbers that it may be."""
    first = Guess(value_of(str(digit.value), expected), confidence)
    others = 1 - digit.probabilities[digit.value]
    found = [
        Guess(value_of(str(value), expected), (1 - confidence) * likely / max(others, LEAST))
        for value, likely in enumerate(digit.probabilities)
        if value != digit.value
    ]
    for one in transcripts[:1]:
        several = [
            Alternative(written.value, written.probability * (1 - confidence))
            for written in _bare(one)
            if _is_several(written.value)
        ]
        found += [guess for guess in merged(several, expected) if guess.value.text is not None]
    # What is said of the page is the first, even where a number is as likely.
    return [first, *sorted(found, key=lambda guess: -guess.probability)]


def _alternatives(guesses: Sequence[Guess]) -> tuple[Alternative, ...]:
    return tuple(
        Alternative(guess.value.text, round(guess.probability, PLACES))
        for guess in guesses[:MOST_ALTERNATIVES]
        if guess.value.text is not None and guess.probability >= 10.0**-PLACES / 2
    )


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


def _bare(transcript: Transcript) -> list[Alternative]:
    """What is written, other writing left out."""
    found: dict[str, float] = {}
    for one in transcript.written:
        text = one.value.replace(OTHER, "")
        found[text] = found.get(text, 0.0) + one.probability
    return [Alternative(text, probability) for text, probability in found.items()]
