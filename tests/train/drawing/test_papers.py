from collections.abc import Callable

import numpy as np
import pytest

from digitbox_train.drawing import papers
from digitbox_train.drawing.papers import Field

SHAPES = [(28, 28), (120, 64), (16, 300)]
PLACE = (30.0, 20.0, 70.0, 80.0)

Make = Callable[[tuple[int, int], np.random.Generator], Field]

THINGS: dict[str, Make] = {
    "texture": papers.texture,
    "clouds": lambda shape, random: papers.clouds(shape, random, 5),
    "rules": lambda shape, random: papers.rules(shape, 20.0, random),
    "box": lambda shape, random: papers.box(shape, PLACE, random),
    "printing": lambda shape, random: papers.printing(shape, 20.0, random),
    "light": papers.light,
    "edge_of_table": papers.edge_of_table,
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", THINGS)
def test_everything_has_the_shape_of_the_page(name: str, shape: tuple[int, int]) -> None:
    for seed in range(30):
        field = THINGS[name](shape, np.random.default_rng(seed))
        assert field.shape == shape
        assert field.dtype == np.float32
        assert np.isfinite(field).all()


@pytest.mark.parametrize("name", THINGS)
def test_the_same_seed_gives_the_same(name: str) -> None:
    made = [THINGS[name]((90, 110), np.random.default_rng(seed)) for seed in (*range(5), 0)]
    assert np.array_equal(made[0], made[-1])
    assert not all(np.array_equal(made[0], other) for other in made[1:-1])


@pytest.mark.parametrize("name", ["rules", "box", "printing", "edge_of_table"])
def test_what_is_printed_is_a_share_and_mostly_there(name: str) -> None:
    fields = [THINGS[name]((100, 110), np.random.default_rng(seed)) for seed in range(30)]
    assert all(0 <= field.min() <= field.max() <= 1 for field in fields)
    assert np.mean([field.max() > 0.5 for field in fields]) > 0.8
    # And it leaves most of the page free.
    assert np.mean([field.mean() for field in fields]) < 0.5


def test_paper_is_about_white() -> None:
    for seed in range(30):
        paper = papers.texture((100, 80), np.random.default_rng(seed))
        assert 0.8 < np.median(paper) < 1.1
        assert paper.min() > 0.5


def test_clouds_are_around_zero() -> None:
    random = np.random.default_rng(1)
    fields = [papers.clouds((60, 60), random, 16) for _ in range(20)]
    assert abs(np.mean(fields)) < 0.1
    assert 0.6 < np.std(fields) < 1.2


def test_light_is_brightest_at_one_and_nowhere_out() -> None:
    for seed in range(50):
        field = papers.light((60, 80), np.random.default_rng(seed))
        assert field.max() == pytest.approx(1)
        assert field.min() > 0


def test_some_sheets_are_lit_almost_evenly() -> None:
    fields = [papers.light((60, 80), np.random.default_rng(seed)) for seed in range(200)]
    even = np.mean([float(np.ptp(field)) < 0.08 for field in fields])
    assert 0.05 < even < 0.25


def test_rules_come_again_and_again() -> None:
    """More of them where what is written is small."""
    small, large = (
        np.mean(
            [papers.rules((200, 200), size, np.random.default_rng(n)).mean() for n in range(40)]
        )
        for size in (30.0, 150.0)
    )
    assert small > 2 * large


def test_a_box_is_around_its_place() -> None:
    left, top, right, bottom = PLACE
    middle = np.s_[int(top) + 8 : int(bottom) - 8, int(left) + 8 : int(right) - 8]
    for seed in range(60):
        field = papers.box((100, 110), PLACE, np.random.default_rng(seed))
        assert not field[middle].any(), seed


def test_a_table_is_at_an_edge_and_not_in_the_middle() -> None:
    for seed in range(30):
        field = papers.edge_of_table((100, 80), np.random.default_rng(seed))
        assert max(field[0].max(), field[-1].max(), field[:, 0].max(), field[:, -1].max()) > 0.9
        assert not (field[30:70, 26:54] > 0.1).any(), seed


def test_sloping_light_is_about_even_and_has_shadows_at_times() -> None:
    random = np.random.default_rng(1)
    fields = [papers.sloping_light((40, 160), random) for _ in range(100)]
    for field in fields:
        assert field.shape == (40, 160)
        assert field.dtype == np.float32
        assert field.min() > 0
    assert np.mean([field.mean() for field in fields]) == pytest.approx(1, abs=0.1)
    assert any(np.abs(np.diff(field, axis=1)).max() > 0.02 for field in fields)
