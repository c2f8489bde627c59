from collections import defaultdict
from functools import cache
from itertools import groupby, pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from digitbox.recognition.card import CHARACTERS
from digitbox.recognition.ctc import (
    Said,
    Steps,
    condensed,
    likeliest,
    log_likelihoods,
    places,
    text,
    without_separators,
)

SMALLEST = 1e-300
"""No likelihood is below that of this."""

Path = tuple[int, ...]

SMALL = st.tuples(st.integers(1, 5), st.integers(1, 3))
"""So many steps and characters: few enough to go through all ways."""

patient = settings(deadline=None, max_examples=60)


def said_by(path: Path, blank: int) -> Said:
    return tuple(character for character, _ in groupby(path) if character != blank)


@cache
def all_paths(count: int, width: int) -> tuple[NDArray[np.intp], list[Said]]:
    """Every way through so many steps, and what it says."""
    paths = list(product(range(width), repeat=count))
    return np.array(paths), [said_by(path, width - 1) for path in paths]


def by_paths(steps: Steps) -> dict[Said, list[float]]:
    """All that ``steps`` may say, and the probability of each way to say it."""
    paths, sayings = all_paths(*steps.shape)
    found: dict[Said, list[float]] = defaultdict(list)
    likely = steps[np.arange(len(steps)), paths].prod(axis=1)
    for said, one in zip(sayings, likely.tolist(), strict=True):
        found[said].append(one)
    return found


def by_sums(steps: Steps) -> dict[Said, float]:
    return {said: sum(paths) for said, paths in by_paths(steps).items()}


@st.composite
def all_steps(
    draw: st.DrawFn,
    sizes: st.SearchStrategy[tuple[int, int]] = SMALL,
    least: float = 0,
) -> Steps:
    """Steps for so many characters; each is likelier than ``least``, or likely by 0."""
    count, characters = draw(sizes)
    weights = st.sampled_from([0.0]) | st.floats(0.01, 1) | st.floats(0.9, 1).map(lambda p: 30 * p)
    row = st.lists(weights, min_size=characters + 1, max_size=characters + 1).filter(any)
    rows = np.array(draw(st.lists(row, min_size=count, max_size=count)))
    rows /= rows.sum(axis=1, keepdims=True)
    rows[rows <= least] = 0
    return np.asarray(rows / rows.sum(axis=1, keepdims=True))


def saying(*path: int, characters: int = 3, likely: float = 0.9) -> Steps:
    """Steps that name the characters on ``path`` with that probability, and all else alike."""
    steps = np.full((len(path), characters + 1), (1 - likely) / characters)
    steps[np.arange(len(path)), path] = likely
    return steps


@patient
@given(all_steps())
def test_what_is_said_is_as_likely_as_all_ways_to_say_it_together(steps: Steps) -> None:
    expected = by_sums(steps)
    found = np.exp(log_likelihoods(steps, list(expected)))
    assert found == pytest.approx(np.array(list(expected.values())), rel=1e-9, abs=1e-250)
    assert found.sum() == pytest.approx(1)


@patient
@given(all_steps(), st.data())
def test_a_saying_is_as_likely_by_itself_as_among_others(steps: Steps, data: st.DataObject) -> None:
    characters = st.integers(0, steps.shape[1] - 2)
    sayings = data.draw(st.lists(st.lists(characters, max_size=7).map(tuple), max_size=6))
    together = log_likelihoods(steps, sayings)
    assert together.shape == (len(sayings),)
    alone = [log_likelihoods(steps, [said])[0] for said in sayings]
    possible = together > np.log(SMALLEST) / 2
    assert together[possible] == pytest.approx(np.array(alone)[possible], rel=1e-9)
    assert (np.array(alone)[~possible] < np.log(SMALLEST) / 2).all()


@patient
@given(all_steps(), st.integers(0, 2))
def test_what_needs_more_steps_than_there_are_is_not_said(steps: Steps, more: int) -> None:
    count, characters = len(steps), steps.shape[1] - 1
    longer = tuple(np.arange(count + 1 + more) % characters)
    # Between two that are alike there is BLANK.
    alike = (0,) * (count // 2 + 1 + (count % 2) + more)
    for found in log_likelihoods(steps, [longer, alike]):
        assert np.isfinite(found)
        assert found < -300


def test_two_alike_need_a_blank_between_them() -> None:
    once, twice = (1,), (1, 1)
    for path, expected in (((1, 1, 1), once), ((1, 3, 1), twice), ((3, 1, 1), once)):
        steps = saying(*path)
        other = twice if expected == once else once
        first, second = log_likelihoods(steps, [expected, other])
        assert first > second
        assert likeliest(steps, 1) == [expected]


def test_nothing_is_said_where_all_is_blank() -> None:
    steps = saying(3, 3, 3, likely=0.9)
    assert likeliest(steps, 1) == [()]
    assert np.exp(log_likelihoods(steps, [()])) == pytest.approx([0.9**3])
    assert places(steps, ()) == []
    assert text(()) == ""


@pytest.mark.parametrize("count", [50, 256])
def test_the_longest_strip_says_what_is_hardly_likely_with_a_finite_likelihood(count: int) -> None:
    steps = saying(*[14] * count, characters=14, likely=1 - 14e-8)
    for said in ((), (1, 2, 3), (5,) * 12, tuple(range(14)) * 2):
        for sayings in ([said], [(), said]):
            found = log_likelihoods(steps, sayings)
            assert np.isfinite(found).all()
            assert found[-1] <= 0
    # Of a character there are `count` ways to name it at one step, and more at several.
    (once,) = log_likelihoods(steps, [(7,)])
    assert once == pytest.approx(np.log(count * 1e-8), abs=1e-3)


@pytest.mark.parametrize("count", [60, 256])
def test_short_sayings_lose_nothing_beside_long_ones(count: int) -> None:
    steps = np.random.default_rng(count).dirichlet(np.full(15, 0.3), count)
    for said in ((), (4,), (1, 1)):
        (alone,) = log_likelihoods(steps, [said])
        assert log_likelihoods(steps, [said, (3, 8) * 20])[0] == pytest.approx(alone)


@patient
@given(all_steps(st.sampled_from([(7, 1), (3, 2), (2, 3)]), least=0.002))
def test_where_few_things_may_be_said_they_come_in_their_order(steps: Steps) -> None:
    expected = by_sums(steps)
    found = likeliest(steps, 5)
    assert len(found) == len(set(found))
    likely = [expected.get(said, 0) for said in found]
    best = sorted(expected.values(), reverse=True)[: len(found)]
    assert likely == pytest.approx(best, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_the_likeliest_is_found_among_many(seed: int) -> None:
    """Steps as a network says them: each names one thing or is in doubt between two."""
    random = np.random.default_rng(seed)
    for _ in range(15):
        steps = random.dirichlet([0.15, 0.15, 0.15, 0.4], 7)
        expected = by_sums(steps)
        found = likeliest(steps, 6)
        assert max(expected, key=lambda said: expected[said]) in found[:2]
        assert expected[found[0]] > 0.8 * max(expected.values())


def test_as_many_are_said_as_are_asked_for() -> None:
    steps = saying(0, 3, 1, 3, 2, likely=0.7)
    assert [len(likeliest(steps, count)) for count in (1, 3, 6)] == [1, 3, 6]
    assert likeliest(steps, 6)[:3] == likeliest(steps, 3)


@pytest.mark.parametrize(("likely", "is_found"), [(0.0003, False), (0.003, True)])
def test_a_character_that_is_hardly_likely_is_not_looked_at(likely: float, is_found: bool) -> None:
    steps = np.array([[likely, 0, 1 - likely], [0, 1, 0]])
    assert ((0, 1) in likeliest(steps, 10)) == is_found


def test_about_a_dozen_beginnings_are_followed() -> None:
    first = np.arange(40, 0, -1.0)
    steps = np.array([first / first.sum(), [0] * 39 + [1]])
    found = likeliest(steps, 30)
    assert 8 <= len(found) <= 16
    assert found == [(character,) for character in range(len(found))]


@patient
@given(all_steps(), st.data())
def test_a_character_is_named_where_the_likeliest_way_to_say_it_has_it(
    steps: Steps, data: st.DataObject
) -> None:
    possible = {said: paths for said, paths in by_paths(steps).items() if any(paths)}
    said = data.draw(st.sampled_from(sorted(possible)))
    spans = places(steps, said)
    assert len(spans) == len(said)
    assert all(first <= last for first, last in spans)
    assert all(one[1] < other[0] for one, other in pairwise(spans))
    # What lies between is BLANK.
    path = np.full(len(steps), steps.shape[1] - 1)
    for character, (first, last) in zip(said, spans, strict=True):
        path[first : last + 1] = character
    assert said_by(tuple(path), steps.shape[1] - 1) == said
    likely = steps[np.arange(len(steps)), path].prod()
    assert likely == pytest.approx(max(possible[said]), rel=1e-6, abs=1e-12)


def test_places_are_the_first_and_the_last_step_of_each_character() -> None:
    assert places(saying(0, 0, 3, 0, 1, 1, 1), (0, 0, 1)) == [(0, 1), (3, 3), (4, 6)]
    assert places(saying(3, 3, 2, 3), (2,)) == [(2, 2)]
    assert places(saying(2), (2,)) == [(0, 0)]


@pytest.mark.parametrize("said", [(1, 1), (0, 1, 2), (0,) * 9])
def test_what_cannot_be_said_has_places_on_the_line_too(said: Said) -> None:
    spans = places(saying(1, 1), said)
    assert len(spans) == len(said)
    assert all(0 <= first <= last < 2 for first, last in spans)


@pytest.mark.parametrize(("silence", "left"), [(0.9997, 1), (0.999, 10)])
def test_steps_that_are_silent_count_as_one(silence: float, left: int) -> None:
    steps = saying(*[3] * 10, likely=silence)
    assert len(condensed(steps)) == left


def test_all_steps_that_say_something_are_kept() -> None:
    quiet, loud = saying(3, 3, 3, likely=0.9999), saying(0, 0, 1, likely=0.8)
    found = condensed(np.concatenate([quiet, loud, quiet[:1], loud[::-1], quiet]))
    assert found.shape == (9, 4)
    assert found[1:8] == pytest.approx(np.concatenate([loud, quiet[:1], loud[::-1]]))
    assert condensed(loud) == pytest.approx(loud)


@patient
@given(st.data())
def test_silent_steps_hardly_change_what_is_said(data: st.DataObject) -> None:
    likely = st.floats(0.9995, 1) | st.sampled_from([0.9995, 0.99951])
    parts = []
    for loud in data.draw(st.lists(all_steps(st.just((1, 2))), min_size=1, max_size=2)):
        silence = data.draw(st.lists(likely, min_size=1, max_size=3))
        quiet = np.array([[(1 - one) * 0.7, (1 - one) * 0.3, one] for one in silence])
        parts += [loud, quiet]
    steps = np.concatenate(parts)
    shorter = condensed(steps)
    assert len(shorter) < len(steps) or all(len(part) == 1 for part in parts)
    assert shorter.sum(axis=1) == pytest.approx(np.ones(len(shorter)))
    sayings = list(by_paths(shorter))
    before, after = (np.exp(log_likelihoods(one, sayings)) for one in (steps, shorter))
    assert before == pytest.approx(after, abs=0.002)


def test_a_long_line_keeps_its_probability_without_silent_steps() -> None:
    """Though its 240 silent steps say something else with a probability of a tenth together."""
    quiet = saying(*[14] * 80, characters=14, likely=0.9996)
    one, other = (saying(place, characters=14, likely=0.99) for place in (3, 7))
    steps = np.concatenate([quiet, one, quiet, other, quiet])
    sayings: list[Said] = [(3, 7), (3,), (7,), (3, 3, 7), (3, 5, 7)]
    before, after = (np.exp(log_likelihoods(some, sayings)) for some in (steps, condensed(steps)))
    assert before[0] == pytest.approx(0.99**2 * 0.9996**240, abs=0.005)
    assert after == pytest.approx(before, abs=0.01)


@patient
@given(all_steps(st.tuples(st.integers(1, 3), st.just(14))))
def test_without_separators_all_else_is_blank(steps: Steps) -> None:
    bare = without_separators(steps)
    assert bare.shape == (len(steps), 11)
    assert np.array_equal(bare[:, :10], steps[:, :10])
    assert bare.sum(axis=1) == pytest.approx(np.ones(len(steps)))
    assert bare[:, 10] == pytest.approx(steps[:, 10:].sum(axis=1))


def test_without_separators_the_digits_are_said_alone() -> None:
    comma = CHARACTERS.index(",")
    steps = saying(1, comma, 1, 14, 2, characters=14, likely=0.99)
    assert text(likeliest(steps, 1)[0]) == "1,12"
    assert text(likeliest(without_separators(steps), 1)[0]) == "112"


def test_characters_are_text() -> None:
    assert text(range(14)) == "0123456789.,-x"
