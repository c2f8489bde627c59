from pathlib import Path

import numpy as np
import pytest

from digitbox.config import FINDER, SHIPPED_MODELS
from digitbox.errors import ModelError
from digitbox.recognition.card import INK, read_card
from digitbox.recognition.finder import Finder
from digitbox.recognition.view import VIEW_SIDE, view, whole
from tests.pages import lit, ruled, sheet


def ink_of(finder: Finder, page: np.ndarray) -> np.ndarray:
    return finder.ink(view(page, whole(page)))


def test_ink_is_a_likelihood_of_every_pixel(finder: Finder) -> None:
    ink = ink_of(finder, sheet(3))
    assert ink.shape == (VIEW_SIDE, VIEW_SIDE)
    assert ink.dtype == np.float32
    assert 0 <= ink.min() < 0.05
    assert 0.95 < ink.max() <= 1


@pytest.mark.parametrize("value", range(10))
def test_the_ink_is_where_it_was_written(finder: Finder, value: int) -> None:
    page = sheet(value)
    there, found = view(page, whole(page)) < 130, ink_of(finder, page) > 0.5
    assert (there & found).sum() > 0.75 * (there | found).sum()


@pytest.mark.parametrize("change", [ruled, lit, lambda page: 255 - page])
def test_rules_light_and_polarity_do_not_change_the_ink(finder: Finder, change: object) -> None:
    page = sheet(2, 450, 450, side=260)
    plain, changed = (ink_of(finder, p) > 0.5 for p in (page, change(page)))  # type: ignore[operator]
    assert (plain & changed).sum() > 0.7 * (plain | changed).sum()


def test_a_view_gives_the_same_ink_every_time(finder: Finder) -> None:
    page = sheet(5)
    assert np.array_equal(ink_of(finder, page), ink_of(finder, page))


def test_a_network_that_reads_is_not_taken_for_a_finder() -> None:
    with pytest.raises(ModelError, match="tells apart ink"):
        Finder(SHIPPED_MODELS / "mlp")


def test_a_folder_without_a_finder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="is no model folder"):
        Finder(tmp_path)


@pytest.mark.parametrize("name", ["cnn", "mlp"])
def test_the_shipped_networks_were_trained_on_what_the_shipped_finder_finds(name: str) -> None:
    assert read_card(SHIPPED_MODELS / name).recipe["finder"] == read_card(FINDER, INK).label
