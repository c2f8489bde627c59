import shutil
from pathlib import Path

import msgspec
import numpy as np
import pytest

from digitbox.config import FINDER, NUMBERS, SHIPPED_MODELS
from digitbox.errors import ModelError
from digitbox.recognition.card import CHARACTERS, NumberThresholds, read_card
from digitbox.recognition.ctc import condensed, likeliest, log_likelihoods, text
from digitbox.recognition.strip import STEP, STRIP_HEIGHT, WIDTHS, Framing, strip
from digitbox.recognition.transcriber import Transcriber
from digitbox.recognition.writing import Writing
from tests.pages import Gray, number


@pytest.fixture(scope="module", params=NUMBERS, ids=lambda folder: folder.name)
def transcriber(request: pytest.FixtureRequest) -> Transcriber:
    return Transcriber([request.param])


def shown(digits: str) -> Gray:
    """The strip of a number."""
    page = number(digits, height=64)
    width = page.shape[1]
    return strip(page, Writing(width / 2, 96, width - 128, 64, 0, 1), Framing()).pixels


def changed(copy: Path, **values: object) -> Path:
    """A copy of the shipped network with other words in its card."""
    shutil.copytree(NUMBERS[0], copy)
    card = msgspec.json.decode((copy / "card.json").read_bytes()) | values
    (copy / "card.json").write_bytes(msgspec.json.encode(card))
    return copy


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("level", [0, 130, 255])
def test_each_step_says_one_of_the_characters_or_none(
    transcriber: Transcriber, width: int, level: int
) -> None:
    steps = transcriber.steps(np.full((STRIP_HEIGHT, width), level, np.uint8))
    assert steps.shape == (width // STEP, len(CHARACTERS) + 1)
    assert steps.dtype == np.float64
    assert (steps >= 0).all()
    assert steps.sum(axis=1) == pytest.approx(np.ones(len(steps)), abs=1e-5)


def test_nothing_is_said_of_an_even_strip(transcriber: Transcriber) -> None:
    for level in (20, 225):
        steps = transcriber.steps(np.full((STRIP_HEIGHT, 112), level, np.uint8))
        assert likeliest(steps, 1) == [()]


@pytest.mark.parametrize("digits", ["25", "0417", "900128", "40172963"])
def test_what_a_strip_says_is_read_dark_on_light_and_light_on_dark(
    transcriber: Transcriber, digits: str
) -> None:
    for pixels in (shown(digits), 255 - shown(digits)):
        assert text(likeliest(transcriber.steps(pixels), 1)[0]) == digits


def test_what_a_strip_says_does_not_depend_on_those_before(transcriber: Transcriber) -> None:
    first = transcriber.steps(shown("0417"))
    transcriber.steps(shown("40172963"))
    assert np.array_equal(transcriber.steps(shown("0417")), first)


def test_silent_steps_do_not_count(transcriber: Transcriber) -> None:
    """On a strip where nothing is said at most of its steps."""
    page = number("190508", height=32, gap=2)
    line = Writing(page.shape[1] / 2, 48, page.shape[1] - 64, 32, 0, 1)
    steps = transcriber.steps(strip(page, line).pixels)
    sayings = likeliest(steps, 6)
    before, after = (np.exp(log_likelihoods(one, sayings)) for one in (steps, condensed(steps)))
    assert len(condensed(steps)) < 0.7 * len(steps)
    assert after == pytest.approx(before, abs=0.002)


def test_steps_stand_where_the_digits_do(transcriber: Transcriber) -> None:
    pixels = shown("71")
    named = transcriber.steps(pixels)[:, :10].argmax(axis=1)
    likely = transcriber.steps(pixels)[:, :10].max(axis=1) > 0.5
    middle = pixels.shape[1] / STEP / 2
    places = np.flatnonzero(likely)
    assert {int(named[place]) for place in places if place < middle} == {7}
    assert {int(named[place]) for place in places if place >= middle} == {1}


def test_networks_are_counted_over_and_over(transcriber: Transcriber) -> None:
    both = Transcriber(NUMBERS)
    pixels = shown("0417")
    first, second = (both.steps(pixels, which) for which in range(2))
    assert len(both) == 2
    assert not np.array_equal(first, second)
    assert np.array_equal(both.steps(pixels, 2), first)
    assert np.array_equal(transcriber.steps(pixels, 1), transcriber.steps(pixels))


def test_both_networks_are_shipped_with_the_same_thresholds() -> None:
    first, second = (read_card(folder, CHARACTERS) for folder in NUMBERS)
    assert first.thresholds == second.thresholds
    assert first.model_sha256 != second.model_sha256
    assert first.recipe["seed"] != second.recipe["seed"]


def test_thresholds_are_those_of_the_first_card(tmp_path: Path) -> None:
    shipped = read_card(NUMBERS[0], CHARACTERS)
    assert Transcriber(NUMBERS).thresholds == shipped.number_thresholds()
    other = changed(tmp_path / "other", thresholds={"doubt": {"value": 0.5, "chosen": "so"}})
    assert Transcriber([other]).thresholds == NumberThresholds(doubt=0.5)
    none = changed(tmp_path / "none", thresholds={})
    assert Transcriber([none]).thresholds == NumberThresholds()


@pytest.mark.parametrize("folder", [SHIPPED_MODELS / "cnn", FINDER])
def test_another_kind_of_network_is_refused(folder: Path) -> None:
    with pytest.raises(ModelError, match=r"tells apart 0 1 2 3 4 5 6 7 8 9 \. , - x"):
        Transcriber([folder])


def test_a_network_made_for_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no such model"):
        Transcriber([tmp_path / "none"])
    with pytest.raises(ModelError, match="preprocessing 1"):
        Transcriber([changed(tmp_path / "older", preprocessing=1)])
    with pytest.raises(ModelError, match="tells apart"):
        Transcriber([changed(tmp_path / "fewer", classes=CHARACTERS[:-1])])
    with pytest.raises(ModelError, match="SHA-256"):
        Transcriber([changed(tmp_path / "mixed", model_sha256="0" * 64)])
