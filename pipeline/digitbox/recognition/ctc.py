"""What a network says of each step of a line → what the line says, and how likely that is.

The network names a character, or BLANK, at each step; a line says what is left when repetitions are
taken as one and BLANK is left out (Graves, Fernández, Gomez, Schmidhuber: Connectionist Temporal
Classification, 2006). Characters are their indexes; BLANK is the last.
"""

from collections.abc import Iterable, Sequence
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from digitbox.recognition.card import CHARACTERS

Steps = NDArray[np.float64]
"""``[T, K + 1]``: the probabilities of K characters, and of none, at each of T steps."""

Said = tuple[int, ...]
"""What a line says: characters."""

Beginning = tuple[Said, float, float, float]
"""What a line may have said so far; how likely that is; and the shares of that which end in BLANK
and in the last character."""

SILENT = 0.9995
"""Steps that are BLANK so likely, or more, one after the other, are taken together: nothing is said
there."""

UNLIKELY = 1e-3
"""A character that is less likely at a step is not looked at there."""

LEAST = 1e-300
"""What is less likely, beside the likeliest at each step, counts as so likely."""

BEAM = 12
"""So many beginnings of a line are followed at a time (Graves, Jaitly 2014)."""

DIGITS_ONLY = 10

_LIKELY = itemgetter(1)


def condensed(steps: Steps) -> Steps:
    """``steps``, those that say nothing being taken together: what is said takes a third of the
    time, and keeps its probability; on what networks say, to about a thousandth."""
    silent = steps[:, -1] >= SILENT
    begins = np.flatnonzero(~np.concatenate([[False], silent[1:] & silent[:-1]]))
    silence = np.multiply.reduceat(steps[:, -1], begins)
    named = np.add.reduceat(steps[:, :-1], begins)
    # A step says something hardly ever, but one of a hundred may.
    named *= ((1 - silence) / np.maximum(named.sum(axis=1), 1e-12))[:, None]
    return np.concatenate([named, silence[:, None]], axis=1)


def without_separators(steps: Steps) -> Steps:
    """``steps``, ``[T, len(CHARACTERS) + 1]`` → ``[T, 11]``: those of digits alone, all else being
    BLANK."""
    rest = steps[:, DIGITS_ONLY:].sum(axis=1, keepdims=True)
    return np.concatenate([steps[:, :DIGITS_ONLY], rest], axis=1)


def together(lines: Sequence[Steps]) -> Steps:
    """The steps of N lines as ``[T, K + 1, N]``. After a shorter one comes BLANK, which changes
    nothing."""
    steps = np.zeros((max(map(len, lines)), lines[0].shape[1], len(lines)))
    steps[:, -1] = 1
    for index, line in enumerate(lines):
        steps[: len(line), :, index] = line
    return steps


def likeliest(steps: Steps, count: int) -> list[Said]:
    """The ``count`` likeliest things that a line says, the likeliest first, found by a beam search:
    it may miss some, and their order is about right."""
    heard: list[list[int]] = [[] for _ in steps]
    for step, k in np.argwhere(steps[:, :-1] > UNLIKELY).tolist():
        heard[step].append(k)
    beams: list[Beginning] = [((), 1.0, 1.0, 0.0)]
    for likely, characters in zip(_scaled(steps).tolist(), heard, strict=True):
        beams = _grown(beams, likely, characters)
    return [said for said, *_ in beams[:count]]


def _grown(
    beams: Sequence[Beginning], step: Sequence[float], heard: Sequence[int]
) -> list[Beginning]:
    """``beams``, the likeliest first, after one more ``step``, at which one of ``heard`` may be
    named."""
    known = {beam[0]: beam for beam in beams}
    silence = step[-1]
    grown: list[Beginning] = []
    for said, whole, _, named in beams:
        if said:
            last = said[-1]
            named *= step[last]
            if last in heard and (shorter := known.get(said[:-1])):
                doubled = said[-2:-1] == said[-1:]  # a BLANK has to be between them
                named += step[last] * (shorter[2] if doubled else shorter[1])
        silent = whole * silence
        grown.append((said, silent + named, silent, named))
    grown.sort(key=_LIKELY, reverse=True)
    for k in heard:
        likely = step[k]
        # A new beginning comes from one other only: what is too unlikely here is not among them.
        least = grown[BEAM - 1][1] if len(grown) >= BEAM else 0.0
        for said, whole, silent, _ in beams:
            if whole * likely < least:
                break
            named = likely * (silent if said and said[-1] == k else whole)
            if named >= least and (longer := (*said, k)) not in known:
                grown.append((longer, named, 0.0, named))
        grown.sort(key=_LIKELY, reverse=True)
        del grown[BEAM:]
    return grown


def log_likelihoods(steps: Steps, sayings: Sequence[Said]) -> NDArray[np.float64]:
    """The logarithm of the probability of each of ``sayings``: that of all ways to say it summed up
    (the forward algorithm). With the steps of N lines :func:`together`, ``[sayings, N]``."""
    states, leaps = _states(sayings, steps.shape[1] - 1)
    lines = steps.reshape(*steps.shape[:2], -1)
    emitted = np.take(_scaled(lines), states, axis=1)  # [T, S, sayings, N]
    may_leap = np.broadcast_to(leaps[..., None], emitted.shape[1:]).astype(np.float64)
    # Before the first state there are two that are none: each then has two to come from.
    forward = np.zeros((len(states) + 2, *emitted.shape[2:]))
    here, before, skipped = forward[2:], forward[1:-1], forward[:-2]
    here[:2] = emitted[0, :2]
    for likely in emitted[1:]:
        moved = skipped * may_leap
        moved += before
        moved += here
        np.multiply(moved, likely, out=here)
    each = np.arange(len(sayings))
    ends = np.array([2 * len(said) for said in sayings], np.intp)
    found = np.log(np.maximum(here[ends, each] + before[ends, each], LEAST))
    found += np.log(lines.max(axis=1)).sum(axis=0)
    return np.asarray(found.reshape(len(sayings), *steps.shape[2:]))


def _states(sayings: Sequence[Said], blank: int) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Each of ``sayings`` with BLANK before, between and after its characters, ``[S, sayings]``;
    and where the BLANK before may be left out: between two characters that differ."""
    states = np.full((2 * max(map(len, sayings), default=0) + 1, len(sayings)), blank)
    for index, said in enumerate(sayings):
        states[1 : 2 * len(said) : 2, index] = said
    leaps = np.zeros(states.shape, bool)
    leaps[3::2] = states[3::2] != states[1:-2:2]
    return states, leaps


def _scaled(steps: Steps) -> Steps:
    """``steps`` by what is likeliest at each: products of many of them do not vanish."""
    return np.asarray(steps / steps.max(axis=1, keepdims=True))


def places(steps: Steps, said: Said) -> list[tuple[int, int]]:
    """For each character of ``said`` the first and the last step where it is named, on the
    likeliest of all ways to say it (Viterbi's algorithm)."""
    states, leaps = (of_one[:, 0] for of_one in _states([said], steps.shape[1] - 1))
    logs = np.log(np.maximum(steps.T[states], 1e-12))  # [S, T]
    until = logs.cumsum(axis=1)
    # A state that lasts from one step to another adds the difference of two of `until`: the best
    # step to enter it at is the same, however long it lasts.
    entered = np.full(logs.shape, -np.inf)
    score = np.full(logs.shape, -np.inf)
    entered[:2, 0] = 0
    for state, leap in enumerate(leaps):
        if state:
            origin = np.maximum(score[state - 1], score[state - 2]) if leap else score[state - 1]
            entered[state, 1:] = origin[:-1] - until[state, :-1]
        score[state] = np.maximum.accumulate(entered[state]) + until[state]
    spans = [(0, 0)] * len(said)
    state, last = len(states) - 1, len(steps) - 1
    if state and score[state - 1, last] > score[state, last]:
        state -= 1
    while last >= 0:
        first = int(entered[state, : last + 1].argmax())
        if state % 2:
            spans[state // 2] = first, last
        last = first - 1
        leap = leaps[state] and score[state - 2, last] > score[state - 1, last]
        state -= 2 if leap else 1
    return spans


def text(said: Iterable[int]) -> str:
    """The characters of ``said``."""
    return "".join(CHARACTERS[k] for k in said)
