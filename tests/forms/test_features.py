import numpy as np
import pytest

from digitbox.forms import features
from digitbox.forms.alignment import Reference, align
from digitbox.forms.features import CLOSER, QUICK, Features, Look, Sight
from tests.forms import sheets


def test_features_are_matched_where_they_lie() -> None:
    page = sheets.form(1)
    matrix = sheets.turned(30, 0.8)
    moved = sheets.warped(page, matrix, sheets.extent(matrix))
    ours, theirs = Sight(page).features(CLOSER).matched(Sight(moved).features(CLOSER))
    away = np.linalg.norm(sheets.projected_by(matrix, ours) - theirs, axis=1)
    assert len(ours) > 100
    assert np.median(away) < 1


@pytest.mark.parametrize("shape", [(1, 1), (300, 200)])
def test_an_empty_page_has_none(shape: tuple[int, int]) -> None:
    empty, page = Sight(np.full(shape, 235, np.uint8)), Sight(sheets.form(1))
    for one, other in ((empty, page), (page, empty), (empty, empty)):
        ours, theirs = one.features(QUICK).matched(other.features(QUICK))
        assert ours.shape == theirs.shape == (0, 2)


def test_a_look_is_taken_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[Look] = []
    plain = Features.of

    def of(page: sheets.Gray, look: Look) -> Features:
        looks.append(look)
        return plain(page, look)

    monkeypatch.setattr(features.Features, "of", of)
    sight = Sight(sheets.form(1))
    for _ in range(2):
        sight.features(QUICK)
        sight.features(CLOSER)
    assert looks == [QUICK, CLOSER]


def test_what_lies_well_is_found_by_a_quick_look_and_else_by_a_closer_one() -> None:
    reference = Reference(sheets.form(1))
    sight = Sight(sheets.filled(reference.gray, 3))
    assert align(sight.gray, reference, "auto", sight).score > 0.42
    assert CLOSER not in sight._seen
    other = Sight(sheets.form(2))
    align(other.gray, reference, "auto", other)
    assert CLOSER in other._seen
