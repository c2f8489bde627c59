from dataclasses import replace

import numpy as np
import pytest
from numpy.random import default_rng
from numpy.typing import NDArray

from digitbox.records import DIGITS
from digitbox_train.drawing import writers as module
from digitbox_train.drawing.fonts import LOOKALIKES
from digitbox_train.drawing.hands import Hand
from digitbox_train.drawing.writers import NOT_DIGIT, Shape, Writers
from tests.train.drawing.factory import FONTS, LETTERS, glyphs, mnist, writers


@pytest.fixture
def both(monkeypatch: pytest.MonkeyPatch) -> tuple[Writers, Writers]:
    """The writers to train on, and those that are held back."""
    monkeypatch.setattr(module, "HELD_BACK", 50)
    trained, held_back = (Writers.of(mnist(), glyphs(), held) for held in (False, True))
    return trained, held_back


def fonts(one: Writers, places: NDArray[np.int64]) -> set[str]:
    return {one.glyphs.fonts[place] for place in places}


def characters(one: Writers, places: NDArray[np.int64]) -> set[str]:
    return {one.glyphs.characters[place] for place in places}


def images(wanted: str) -> NDArray[np.uint8]:
    """The glyphs of these characters."""
    return glyphs().images[[character in wanted for character in glyphs().characters]]


def known(shape: Shape, among: NDArray[np.uint8]) -> bool:
    return shape.shape == among.shape[1:] and bool((among == shape).all(axis=(1, 2)).any())


def test_writers_that_are_held_back_are_not_trained_on(both: tuple[Writers, Writers]) -> None:
    trained, held_back = both
    assert (len(trained.images), len(held_back.images)) == (250, 50)
    assert not any(known(image, trained.images) for image in held_back.images)
    for places in ("digits", "others"):
        to_train, to_hold = (fonts(one, getattr(one, places)) for one in both)
        assert to_train | to_hold == set(FONTS)
        assert to_hold == {FONTS[0], FONTS[10]}
        assert not to_train & to_hold


def test_labels_stay_with_their_images(both: tuple[Writers, Writers]) -> None:
    everything = mnist()
    labels = np.concatenate([both[0].labels, both[1].labels])
    assert np.array_equal(labels, everything.y_train)
    assert np.array_equal(np.concatenate([one.images for one in both]), everything.x_train)


def test_a_letter_that_looks_like_a_digit_is_neither(both: tuple[Writers, Writers]) -> None:
    alike = set(LETTERS) & LOOKALIKES.keys()
    assert alike == set("AOlSZ")
    for one in both:
        assert characters(one, one.others) == set(LETTERS) - alike
        assert characters(one, one.digits) == set(DIGITS)


def test_a_digit_is_one_of_three_writers(both: tuple[Writers, Writers]) -> None:
    random = default_rng(1)
    drawn = [both[0].digit(random) for _ in range(300)]
    assert {label for _, label in drawn} == set(range(10))
    sides = [shape.shape[0] for shape, _ in drawn]
    shares = [sides.count(side) / len(sides) for side in (28, 64, 96)]
    assert shares == pytest.approx([0.45, 0.15, 0.40], abs=0.08)
    for shape, label in drawn:
        assert shape.dtype == np.uint8
        assert shape.max() > 100
        if len(shape) == 28:
            assert known(shape, both[0].images[both[0].labels == label])
        if len(shape) == 64:
            assert known(shape, images(str(label)))


def test_what_is_no_digit_is_a_letter_or_a_scrawl() -> None:
    random = default_rng(1)
    drawn = [writers().other(random) for _ in range(200)]
    assert {label for _, label in drawn} == {NOT_DIGIT}
    letters = [shape for shape, _ in drawn if len(shape) == 64]
    assert 0.5 < len(letters) / len(drawn) < 0.8
    assert all(known(letter, images("EFK")) for letter in letters)


def test_the_same_seed_writes_the_same() -> None:
    for write in (writers().digit, writers().other):
        one, same = ([write(random) for _ in range(20)] for random in map(default_rng, (1, 1)))
        assert all(
            np.array_equal(a, b) and x == y for (a, x), (b, y) in zip(one, same, strict=True)
        )


def test_each_digits_images_are_known_by_their_places(both: tuple[Writers, Writers]) -> None:
    for one in both:
        assert len(one.places) == len(DIGITS)
        for digit, places in enumerate(one.places):
            assert (one.labels[places] == digit).all()
        everywhere = np.sort(np.concatenate(one.places))
        assert np.array_equal(everywhere, np.arange(len(one.images)))


def test_a_font_has_the_places_of_its_ten_digits(both: tuple[Writers, Writers]) -> None:
    for one in both:
        found = {one.glyphs.fonts[places[0]] for places in one.fonts}
        assert found == fonts(one, one.digits)
        for places in one.fonts:
            assert "".join(one.glyphs.characters[place] for place in places) == "".join(DIGITS)
            assert len({one.glyphs.fonts[place] for place in places}) == 1


def test_a_font_that_lacks_a_digit_is_nobodys_whole_hand() -> None:
    everything = writers()
    seven = [place for place in everything.digits if everything.glyphs.characters[place] == "7"][3]
    without = replace(everything, digits=everything.digits[everything.digits != seven])
    lacking = everything.glyphs.fonts[seven]
    assert len(without.fonts) == len(everything.fonts) - 1
    assert lacking not in {without.glyphs.fonts[places[0]] for places in without.fonts}


def test_hands_of_writers_that_are_held_back_share_nothing_with_others(
    both: tuple[Writers, Writers],
) -> None:
    trained, held_back = both
    shapes = [{image.tobytes() for image in one.images} for one in both]
    assert not shapes[0] & shapes[1]
    hands = [[Hand.of(one, default_rng(seed)) for seed in range(60)] for one in both]
    used = [{one.writers.glyphs.fonts[one.glyphs[0]] for one in group} for group in hands]
    assert used[0] <= fonts(trained, trained.digits)
    assert used[1] == fonts(held_back, held_back.digits)
    assert not used[0] & used[1]
