from itertools import chain

import cv2
import numpy as np
import pytest

from digitbox.config import SHIPPED_MODELS
from digitbox.recognition.model import Model
from digitbox.recognition.normalize import normalize
from digitbox_train.drawing.scrawls import GREEK, LETTERS, SIGNS
from digitbox_train.drawing.strokes import (
    ASPECT,
    MAX_SLANT,
    MAX_TURN,
    PENS,
    Manner,
    Pen,
    digit,
    render,
    scrawl,
    variant,
)
from digitbox_train.drawing.templates import DIGIT_TEMPLATES, Template, forms

TEMPLATES = [*chain.from_iterable(DIGIT_TEMPLATES), *LETTERS, *GREEK, *SIGNS]
READ = 0.96
"""Share of the drawn digits but the 1 and the 7 that the shipped network is to read: it read 99.3 %
of 9,800 when this was written. It takes many a European 1 for a 7."""


@pytest.mark.parametrize("value", range(10))
def test_the_same_seed_gives_the_same_digit(value: int) -> None:
    first, second, other = (digit(value, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert len(first) == len(second)
    assert all(map(np.array_equal, first, second))
    assert not np.array_equal(np.concatenate(first), np.concatenate(other))


def test_the_same_seed_gives_the_same_scrawl() -> None:
    for seed in range(50):
        first, second = (scrawl(np.random.default_rng(seed)) for _ in range(2))
        assert len(first) == len(second)
        assert all(map(np.array_equal, first, second))


def test_strokes_fill_the_unit_square_and_are_dense() -> None:
    random = np.random.default_rng(1)
    drawn = [digit(index % 10, random) for index in range(200)]
    drawn += [scrawl(random) for _ in range(200)]
    for strokes in drawn:
        points = np.concatenate(strokes)
        assert points.dtype == np.float32
        assert points.min() > 0.03
        assert points.max() < 0.97
        assert (points.max(0) - points.min(0)).max() > 0.9
        for stroke in strokes:
            assert len(stroke) >= 2
            assert np.linalg.norm(np.diff(stroke, axis=0), axis=1).max() <= 0.02


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.name)
def test_every_template_can_be_drawn(template: Template) -> None:
    strokes = variant(template, np.random.default_rng(1))
    assert len(strokes) == template.keys[0].count(";") + 1
    assert np.isfinite(np.concatenate(strokes)).all()


def test_a_curve_goes_through_its_points_and_straight_between_corners() -> None:
    (template,) = forms("hook 1 0\n  0,0 0,100! 50,100 80,60")
    (stroke,) = template.drawn(np.random.default_rng(1))
    for point in ([0, 1], [0.5, 1]):
        assert np.linalg.norm(stroke - point, axis=1).min() < 1e-9
    corner = int(np.linalg.norm(stroke - [0, 1], axis=1).argmin())
    assert np.abs(stroke[: corner + 1, 0]).max() < 1e-9
    assert np.allclose(stroke[-1], [0.8, 0.6], atol=0.1)


def test_keys_that_cannot_be_blended_are_refused() -> None:
    (template,) = forms("crooked 1\n  0,0 50,50! 0,100\n  0,0 50,50 0,100")
    with pytest.raises(ValueError, match="crooked"):
        template.drawn(np.random.default_rng(1))


@pytest.mark.parametrize("pen", [pen for pen, _ in PENS])
@pytest.mark.parametrize("side", [28, 100, 400])
def test_ink_lies_on_an_empty_background(pen: Pen, side: int) -> None:
    random = np.random.default_rng(1)
    for value in range(10):
        for width in (0.01, 0.05, 0.15):
            image = render(digit(value, random), side, width, random, pen)
            assert image.dtype == np.uint8
            assert image.shape == (side, side)
            assert image.max() > 100
            edge = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])
            assert edge.max() < 128


@pytest.mark.parametrize("pen", [pen for pen, _ in PENS])
def test_strokes_are_as_wide_as_asked(pen: Pen) -> None:
    (stem,) = (template for template in DIGIT_TEMPLATES[1] if template.name == "stem")
    random = np.random.default_rng(1)
    for side in (48, 300):
        areas = [
            float(render(variant(stem, random), side, 0.1, random, pen).sum()) / 255
            for _ in range(60)
        ]
        scale = side / (1 + 0.1 * 0.92)
        assert np.mean(areas) == pytest.approx((0.1 * 0.92 * scale) * (0.92 * scale), rel=0.25)


def test_the_network_reads_what_is_drawn() -> None:
    model = Model(SHIPPED_MODELS / "cnn")
    random = np.random.default_rng(1)
    values = np.repeat([0, 2, 3, 4, 5, 6, 8, 9], 40)
    frames = []
    for value in values:
        image = render(digit(int(value), random), 96, random.uniform(0.03, 0.14), random)
        x, y, width, height = cv2.boundingRect(image)
        ink = (image[y : y + height, x : x + width] / 255).astype(np.float32)
        frames.append(normalize(ink, ink)[0])
    read = model.probabilities(frames).digits.argmax(axis=1)
    assert (read == values).mean() >= READ


def stem(manner: Manner, seed: int = 1) -> tuple[float, float]:
    """How far a stem leans to the right over its height, and how high it is over its width and
    height."""
    (template,) = (one for one in DIGIT_TEMPLATES[1] if one.name == "stem")
    points = np.concatenate(variant(template, np.random.default_rng(seed), manner))
    lean = -float(np.polyfit(points[:, 1], points[:, 0], 1)[0])
    return lean, float(np.ptp(points[:, 1]))


def breadth(manner: Manner) -> float:
    """Median width over height of zeros."""
    shapes = []
    for seed in range(30):
        random = np.random.default_rng(seed)
        points = np.concatenate(variant(DIGIT_TEMPLATES[0][0], random, manner))
        shapes.append(float(np.ptp(points[:, 0]) / np.ptp(points[:, 1])))
    return float(np.median(shapes))


@pytest.mark.parametrize("slant", [-0.3, 0.0, 0.5])
def test_a_stem_leans_as_its_writer_does(slant: float) -> None:
    leans = [stem(Manner(1.0, slant, 0.0), seed)[0] for seed in range(20)]
    assert np.median(leans) == pytest.approx(slant, abs=0.06)


def test_a_stem_is_turned_as_its_writer_turns_it() -> None:
    leans = [stem(Manner(1.0, 0.0, 0.2), seed)[0] for seed in range(20)]
    assert np.median(leans) == pytest.approx(np.tan(0.2), abs=0.06)


def test_some_write_more_broadly_than_others_within_bounds() -> None:
    narrow, usual, broad, broadest = (breadth(Manner(b, 0.0, 0.0)) for b in (0.8, 1.0, 1.2, 9.0))
    assert broad / usual == pytest.approx(1.2, abs=0.08)
    assert usual / narrow == pytest.approx(1 / 0.8, abs=0.1)
    assert broad < broadest < 1.2 * ASPECT[1]


def test_manners_are_within_bounds_and_one_gives_one_hand() -> None:
    random = np.random.default_rng(1)
    manners = [Manner.of(random) for _ in range(500)]
    least, largest = np.tan(np.deg2rad(MAX_SLANT))
    assert all(least <= one.slant <= largest for one in manners)
    assert max(abs(one.turn) for one in manners) <= np.deg2rad(MAX_TURN)
    assert np.median([one.breadth for one in manners]) == pytest.approx(1, abs=0.05)
    given = [stem(manners[0], seed)[0] for seed in range(20)]
    someones = [stem(manner)[0] for manner in manners[:20]]
    assert np.std(given) < np.std(someones) / 2
