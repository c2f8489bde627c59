from collections import Counter
from itertools import groupby, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from digitbox.recognition.card import CHARACTERS
from digitbox.recognition.strip import STEP, STRIP_HEIGHT
from digitbox_train.drawing.strips import WIDTHS, Strip
from tests.train.drawing.factory import writers

pytest.importorskip("tensorflow")
pytestmark = pytest.mark.filterwarnings("ignore")  # TensorFlow's own

BLANK, IGNORED = len(CHARACTERS), -1


def strip(text: str, *centres: float, width: int = 48, shade: int = 0) -> Strip:
    return Strip(np.full((STRIP_HEIGHT, width), shade, np.uint8), text, centres)


def says(*texts: tuple[int, ...], steps: int) -> NDArray[np.int32]:
    """What such strips say, nothing being said of places."""
    found = np.full((len(texts), 2, steps), IGNORED, np.int32)
    found[:, 1] = BLANK
    for one, text in zip(found, texts, strict=True):
        one[0, : len(text)] = text
    return found


def logits(count: int, steps: int, seed: int = 1) -> NDArray[np.float32]:
    random = np.random.default_rng(seed)
    return random.normal(0, 2, (count, steps, BLANK + 1)).astype(np.float32)


def likely(text: tuple[int, ...], one: NDArray[np.float32]) -> float:
    """The probability of ``text``: that of all ways to say it, one after the other."""
    shares = np.exp(one.astype(np.float64))
    shares /= shares.sum(axis=1, keepdims=True)
    total = 0.0
    for way in product({*text, BLANK}, repeat=len(one)):
        if tuple(c for c, _ in groupby(way) if c != BLANK) == text:
            total += float(np.prod([step[c] for step, c in zip(shares, way, strict=True)]))
    return total


def test_a_strip_says_its_characters_and_where_each_is() -> None:
    from digitbox_train.transcribing import said

    found = said(strip("12.", 6.0, 22.0, 41.9))
    assert found.shape == (2, 48 // STEP)
    assert found.dtype == np.int32
    point = CHARACTERS.index(".")
    assert found[0].tolist() == [1, 2, point] + 21 * [IGNORED]
    beside = [IGNORED, IGNORED]
    expected = [BLANK, *beside, 1, *beside, BLANK, BLANK, BLANK, *beside, 2, *beside]
    expected += 4 * [BLANK] + [*beside, point, *beside, BLANK]
    assert found[1].tolist() == expected


def test_neighbours_keep_their_places() -> None:
    from digitbox_train.transcribing import said

    close, apart = said(strip("12", 20.0, 22.0))[1], said(strip("12", 20.0, 24.0))[1]
    assert close[7:15].tolist() == [BLANK, IGNORED, IGNORED, 1, 2, IGNORED, IGNORED, BLANK]
    assert apart[8:15].tolist() == [IGNORED, IGNORED, 1, IGNORED, 2, IGNORED, IGNORED]


def test_a_character_that_is_cut_off_is_said_to_be_at_the_edge() -> None:
    from digitbox_train.transcribing import said

    found = said(strip("17", -5.0, 50.0))
    assert (found[1, 0], found[1, -1]) == (1, 7)


def test_a_strip_without_characters_says_nothing() -> None:
    from digitbox_train.transcribing import said

    found = said(strip(""))
    assert set(found[0].tolist()) == {IGNORED}
    assert set(found[1].tolist()) == {BLANK}


def test_the_same_piece_is_drawn_again_and_each_is_another() -> None:
    from digitbox_train.transcribing import StripDataset

    one, same, other, seeded = (
        StripDataset(writers(), 3, seed)(number)
        for seed, number in ((1, 0), (1, 0), (1, 1), (2, 0))
    )
    assert len(one) == 3
    for a, b in zip(one, same, strict=True):
        assert a.text == b.text
        assert np.array_equal(a.pixels, b.pixels)
    for different in (other, seeded):
        assert any(a.pixels.shape != b.pixels.shape or (a.pixels != b.pixels).any()
                   for a, b in zip(one, different, strict=True))  # fmt: skip


def test_a_line_is_shown_more_than_once() -> None:
    from digitbox_train.transcribing import SHOWN, StripDataset

    texts = Counter(one.text for one in StripDataset(writers(), 60, 1)(0) if len(one.text) > 3)
    assert max(texts.values()) == SHOWN


def test_batches_have_strips_of_one_width_with_what_they_say() -> None:
    from digitbox_train.transcribing import FEWEST, PIXELS, batches

    # Each strip has a shade of its own, and says its last figure.
    widths = [WIDTHS[number % 2 * 7] for number in range(240)]
    strips = [
        strip(str(number % 10), 20.0, width=width, shade=number)
        for number, width in enumerate(widths)
    ]
    found = list(batches([strips[:100], strips[100:]]))
    seen: list[int] = []
    for pixels, what in found:
        count, _, width = pixels.shape
        assert count == max(FEWEST, PIXELS // width)
        assert pixels.dtype == np.uint8
        assert what.dtype == np.int32
        assert what.shape == (count, 2, width // STEP)
        shades = pixels[:, 0, 0].tolist()
        assert what[:, 0, 0].tolist() == [shade % 10 for shade in shades]
        assert shades == sorted(shades)
        seen += shades
    assert len(set(seen)) == len(seen) > 200
    assert {pixels.shape[2] for pixels, _ in found} == {WIDTHS[0], WIDTHS[7]}


@pytest.mark.parametrize(
    "text", [(), (3,), (3, 3), (3, 4), (0, 1, 2), (5, 5, 5), (13, 10, 13), (1, 2, 3, 4, 5)]
)
def test_the_loss_is_how_unlikely_the_text_is_in_all_ways_to_say_it(text: tuple[int, ...]) -> None:
    from digitbox_train.transcribing import transcription_loss

    given = logits(1, 5)
    expected = -np.log(likely(text, given[0])) / (len(text) + 1)
    found = transcription_loss(says(text, steps=5), given).numpy()
    assert found == pytest.approx([expected], abs=1e-4)


def test_strips_of_a_batch_do_not_change_each_others_loss() -> None:
    from digitbox_train.transcribing import transcription_loss

    texts = [(), (1, 1), (7,), (0, 2, 4)]
    given = logits(4, 6)
    together = transcription_loss(says(*texts, steps=6), given).numpy()
    alone = [
        float(transcription_loss(says(text, steps=6), given[place : place + 1]).numpy()[0])
        for place, text in enumerate(texts)
    ]
    assert together == pytest.approx(alone, abs=1e-4)


@pytest.mark.parametrize("text", [(1, 1, 1), (1, 1, 2, 2), (9, 9, 9, 9)])
def test_more_than_there_are_steps_for_teaches_nothing(text: tuple[int, ...]) -> None:
    import tensorflow as tf

    from digitbox_train.transcribing import transcription_loss

    given = tf.constant(logits(2, 4))
    with tf.GradientTape() as tape:
        tape.watch(given)
        loss = transcription_loss(says(text, (2,), steps=4), given)
    gradient = tape.gradient(loss, given).numpy()
    assert loss.numpy()[0] == 0
    assert loss.numpy()[1] > 0
    assert not gradient[0].any()
    assert np.isfinite(gradient).all()
    assert gradient[1].any()


def test_what_is_at_its_place_costs_nothing_and_what_is_not_does() -> None:
    from digitbox_train.transcribing import place_loss, said

    there = said(strip("17", 10.0, 38.0))[None]
    exact = np.full((1, 24, BLANK + 1), -20, np.float32)
    for step, character in enumerate(there[0, 1].tolist()):
        exact[0, step, character if character != IGNORED else 5] = 20
    assert float(place_loss(there, exact)[0]) == pytest.approx(0, abs=1e-3)
    moved = np.roll(exact, 3, axis=1)
    silent = np.full_like(exact, -20)
    silent[..., BLANK] = 20
    assert float(place_loss(there, moved)[0]) > float(place_loss(there, silent)[0]) > 1


def test_a_character_that_is_missed_costs_twice_one_that_is_not_there() -> None:
    from digitbox_train.transcribing import place_loss, said

    silent = np.full((1, 24, BLANK + 1), -20, np.float32)
    silent[..., BLANK] = 20
    spoken = silent.copy()
    spoken[0, 5] = silent[0, 5, ::-1]
    spoken[0, 5, 0], spoken[0, 5, 4] = -20, 20
    missed = place_loss(said(strip("4", 22.0))[None], silent) * (2 + 19)
    too_many = place_loss(said(strip(""))[None], spoken) * 24
    assert float(missed[0]) == pytest.approx(2 * float(too_many[0]), rel=0.01)


def test_what_tells_places_fades(monkeypatch: pytest.MonkeyPatch) -> None:
    from digitbox_train import transcribing

    monkeypatch.setattr(transcribing, "EPOCHS", 8)
    loss = transcribing._Loss()
    there, given = transcribing.said(strip("1", 22.0))[None], logits(1, 24)
    plain = float(transcribing.transcription_loss(there, given)[0])
    placed = float(transcribing.place_loss(there, given)[0])
    callback = loss.fading()
    weights = []
    for epoch in (0, 1, 2, 7):
        callback.on_epoch_begin(epoch)
        weights.append((float(loss.call(there, given)[0]) - plain) / placed)
    share = transcribing.PLACED
    assert weights == pytest.approx([share, share / 2, share / 20, share / 20], rel=1e-3)


def test_the_network_learns_from_one_batch() -> None:
    import keras
    import tensorflow as tf

    from digitbox_train import networks, transcribing
    from digitbox_train.reading import scaled

    keras.utils.set_random_seed(1)
    tf.config.optimizer.set_experimental_options({"constant_folding": False})
    drawn = transcribing.StripDataset(writers(), 400, 1)(0)
    pixels, what = next(iter(transcribing.batches([drawn])))
    model = networks.numbers(len(CHARACTERS))
    model.compile(optimizer=keras.optimizers.AdamW(2e-3), loss=transcribing._Loss())
    losses = [float(model.train_on_batch(scaled(pixels[:12]), what[:12])) for _ in range(12)]
    assert np.isfinite(losses).all()
    assert losses[-1] < 0.7 * losses[0]


def small(monkeypatch: pytest.MonkeyPatch, **values: Any) -> None:
    """A training of a few steps."""
    from digitbox_train import transcribing

    usual = {"EPOCHS": 2, "STEPS": 2, "PIECE": 60, "FEWEST": 4, "PIXELS": 4 * 48}
    for name, value in (usual | {"WARMUP_STEPS": 1} | values).items():
        monkeypatch.setattr(transcribing, name, value)


def test_a_training_gives_logits_and_says_how_it_went(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from digitbox_train import transcribing

    small(monkeypatch)
    model = transcribing.fit(writers(), 1, 1, tmp_path)
    found = model.predict(np.zeros((1, STRIP_HEIGHT, 48), np.float32), verbose=0)
    assert found.shape == (1, 48 // STEP, BLANK + 1)
    log = (tmp_path / "log.csv").read_text().splitlines()
    assert log[0].startswith("epoch,")
    assert len(log) == 3


def test_digits_are_right_whatever_stands_between_them() -> None:
    from digitbox_train.transcribing import digits_right, said

    class Seer:
        """Says of each strip what its top row says."""

        def predict(self, pixels: NDArray[np.float32], **_: object) -> NDArray[np.float32]:
            found = np.full((*pixels.shape[::2], BLANK + 1), -20, np.float32)[:, ::STEP]
            for place, row in enumerate(np.rint(pixels[:, 0, ::STEP] * 255).astype(int)):
                found[place, np.arange(len(row)), row] = 20
            return found

    def shown(read: str, text: str, width: int) -> Strip:
        centres = [20.0 + 8 * number for number in range(len(read))]
        steps = said(Strip(np.zeros((STRIP_HEIGHT, width), np.uint8), read, tuple(centres)))[1]
        row = np.where(steps == IGNORED, BLANK, steps).astype(np.uint8)
        pixels = np.repeat(np.repeat(row, STEP)[None], STRIP_HEIGHT, axis=0)
        return Strip(pixels, text, tuple(10.0 * number for number in range(len(text))))

    strips = [
        shown("12", "12", 48), shown("12", "1.2", 80), shown("1,2", "12", 48),
        shown("12", "13", 80), shown("", "", 48), shown("xx", "-", 48), shown("", "5", 80),
        shown("x12", "xx12", 80),
    ]  # fmt: skip
    expected = [True, True, True, False, True, True, False, True]
    assert digits_right(Seer(), strips).tolist() == expected
