from collections.abc import Callable

import cv2
import numpy as np
import pytest

from digitbox_train.drawing import cameras
from digitbox_train.drawing.cameras import DAMAGES, Damage, Gray

Take = Callable[[Gray, np.random.Generator], Gray]

CAMERAS: dict[str, Take] = {
    "photographed": cameras.photographed,
    "scanned": cameras.scanned,
    "compressed": cameras.compressed,
    "damaged": cameras.damaged,
}
ALL = {**CAMERAS, **DAMAGES}


def page(height: int = 40, width: int = 30) -> Gray:
    """A light page with a dark cross."""
    gray = np.full((height, width), 210, np.float32)
    cv2.line(gray, (width // 4, height // 4), (3 * width // 4, 3 * height // 4), 30.0, 3)
    cv2.line(gray, (3 * width // 4, height // 4), (width // 4, 3 * height // 4), 30.0, 3)
    return gray


@pytest.mark.parametrize("shape", [(28, 28), (16, 16), (40, 100), (100, 40)])
@pytest.mark.parametrize("name", ALL)
def test_a_page_keeps_its_shape(name: str, shape: tuple[int, int]) -> None:
    for seed in range(20):
        made = ALL[name](page(*shape), np.random.default_rng(seed))
        assert made.shape == shape
        assert np.isfinite(made).all()
        if name in CAMERAS:
            assert made.dtype == np.float32


@pytest.mark.parametrize("name", ALL)
def test_the_same_seed_does_the_same(name: str) -> None:
    made = [ALL[name](page(), np.random.default_rng(seed)) for seed in (*range(5), 0)]
    assert np.array_equal(made[0], made[-1])
    if name != "edges":  # which leaves nothing to chance
        assert not all(np.array_equal(made[0], other) for other in made[1:-1])


@pytest.mark.parametrize("name", ALL)
def test_the_page_that_is_given_stays_as_it_is(name: str) -> None:
    given = page()
    for seed in range(10):
        ALL[name](given, np.random.default_rng(seed))
    assert np.array_equal(given, page())


@pytest.mark.parametrize("name", DAMAGES)
def test_damage_is_seen(name: str) -> None:
    changed = [
        np.abs(DAMAGES[name](page(), np.random.default_rng(seed)) - page()).max() > 20
        for seed in range(20)
    ]
    assert np.mean(changed) > 0.8


def filled(level: int) -> Damage:
    return lambda gray, _: np.full_like(gray, level)


def test_every_damage_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    for number, name in enumerate(DAMAGES):
        monkeypatch.setitem(DAMAGES, name, filled(number))
    random = np.random.default_rng(1)
    found = {float(cameras.damaged(page(), random)[0, 0]) for _ in range(200)}
    assert found == set(range(len(DAMAGES)))


@pytest.mark.parametrize("name", ["photographed", "scanned"])
def test_a_photo_or_a_scan_still_shows_the_page(name: str) -> None:
    for seed in range(40):
        made = CAMERAS[name](page(80, 60), np.random.default_rng(seed))
        assert np.corrcoef(made.ravel(), page(80, 60).ravel())[0, 1] > 0.5, seed


def test_some_scans_are_black_and_white() -> None:
    made = [cameras.scanned(page(), np.random.default_rng(seed)) for seed in range(60)]
    both = [set(np.unique(scan).tolist()) == {0.0, 255.0} for scan in made]
    assert 0.02 < np.mean(both) < 0.25
