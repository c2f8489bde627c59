"""What a network says of each step of a line → what the line says, and how likely that is.

The network names a character, or BLANK, at each step; a line says what is left when repetitions are
taken as one and BLANK is left out (Graves, Fernández, Gomez, Schmidhuber: Connectionist Temporal
Classification, 2006). Characters are their indexes; BLANK is the last.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from digitbox.recognition.card import CHARACTERS

Steps = NDArray[np.float64]
"""``[T, K + 1]``: the probabilities of K characters, and of none, at each of T steps."""

Said = tuple[int, ...]
"""What a line says: characters."""

SILENT = 0.9995
"""Steps that are BLANK so likely, or more, one after the other, are taken together: nothing is said
there."""

UNLIKELY = 1e-3
"""A character that is less likely at a step is not looked at there."""

BEAM = 12
"""So many beginnings of a line are followed at a time (Graves, Jaitly 2014)."""

DIGITS_ONLY = 10


def condensed(steps: Steps) -> Steps:
    """``steps``, those that say nothing being taken together: what is said takes a third of the
    time, and keeps its probability; on what networks say, within a thousandth."""
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


def likeliest(steps: Steps, count: int) -> list[Said]:
    """The ``count`` likeliest things that a line says, the likeliest first, found by a beam search:
    it may miss some, and their order is about right."""
    blank = steps.shape[1] - 1
    beams: dict[Said, tuple[float, float]] = {(): (1.0, 0.0)}
    for step in steps.tolist():
        candidates = [k for k in range(blank) if step[k] > UNLIKELY]
        silence = step[blank]
        # What ends in BLANK, and what ends in its last character.
        grown: dict[Said, list[float]] = {}
        for said, (after_blank, after_character) in beams.items():
            both = after_blank + after_character
            same = grown.setdefault(said, [0.0, 0.0])
            same[0] += both * silence
            if said:
                same[1] += after_character * step[said[-1]]
            for k in candidates:
                longer = grown.setdefault((*said, k), [0.0, 0.0])
                longer[1] += step[k] * (after_blank if said and said[-1] == k else both)
        best = sorted(grown.items(), key=lambda one: -sum(one[1]))[:BEAM]
        total = sum(sum(pair) for _, pair in best)
        beams = {said: (pair[0] / total, pair[1] / total) for said, pair in best}
    return list(beams)[:count]


def log_likelihoods(steps: Steps, sayings: Sequence[Said]) -> NDArray[np.float64]:
    """The logarithm of the probability of each of ``sayings``: that of all ways to say it summed up
    (the forward algorithm)."""
    blank = steps.shape[1] - 1
    longest = max((len(said) for said in sayings), default=0)
    states = np.full((len(sayings), 2 * longest + 1), blank)
    for row, said in enumerate(sayings):
        states[row, 1 : 2 * len(said) : 2] = said
    ends = 2 * np.array([len(said) for said in sayings], np.intp)
    # From a character to the next, without BLANK between, unless they are the same.
    leaps = np.zeros(states.shape, bool)
    leaps[:, 3::2] = states[:, 3::2] != states[:, 1:-2:2]
    forward = np.zeros(states.shape)
    forward[:, 0] = 1
    found = np.zeros(len(sayings))
    emitted = steps[:, states]  # [T, N, S]
    first = True
    for likely in emitted:
        moved = forward.copy()
        if first:
            moved[:, 1:2] = 1
            first = False
        else:
            moved[:, 1:] += forward[:, :-1]
            moved[:, 2:] += np.where(leaps[:, 2:], forward[:, :-2], 0)
        forward = moved * likely
        total = np.maximum(forward.sum(axis=1), 1e-300)
        forward /= total[:, None]
        found += np.log(total)
    rows = np.arange(len(sayings))
    end = forward[rows, ends] + np.where(ends > 0, forward[rows, np.maximum(ends - 1, 0)], 0)
    return np.asarray(found + np.log(np.maximum(end, 1e-300)))


def places(steps: Steps, said: Said) -> list[tuple[int, int]]:
    """For each character of ``said`` the first and the last step where it is named, on the
    likeliest of all ways to say it (Viterbi's algorithm)."""
    blank = steps.shape[1] - 1
    states = np.full(2 * len(said) + 1, blank)
    states[1::2] = said
    leaps = np.zeros(len(states), bool)
    leaps[3::2] = states[3::2] != states[1:-2:2]
    logs = np.log(np.maximum(steps[:, states], 1e-12))
    score = np.full(len(states), -np.inf)
    score[:2] = logs[0, :2]
    origins = np.zeros(logs.shape, np.intp)
    here = np.arange(len(states))
    for step in range(1, len(logs)):
        ways = np.stack([score, np.roll(score, 1), np.where(leaps, np.roll(score, 2), -np.inf)])
        ways[1, 0] = ways[2, :2] = -np.inf
        back = ways.argmax(axis=0)
        origins[step] = here - back
        score = ways[back, here] + logs[step]
    state = len(states) - 1
    if len(states) > 1 and score[-2] > score[-1]:
        state -= 1
    spans: list[list[int]] = [[] for _ in said]
    for step in range(len(logs) - 1, -1, -1):
        if state % 2:
            spans[state // 2].append(step)
        state = int(origins[step, state])
    return [(min(span), max(span)) if span else (0, 0) for span in spans]


def text(said: Iterable[int]) -> str:
    """The characters of ``said``."""
    return "".join(CHARACTERS[k] for k in said)
