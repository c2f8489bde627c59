from dataclasses import replace

import numpy as np
import pytest

from digitbox_train.drawing import scans
from digitbox_train.drawing.scans import KINDS, SHARES, SUBJECTS, Kind, Scan, draw
from digitbox_train.drawing.writers import NOT_DIGIT
from tests.train.drawing.factory import writers


def drawn(count: int, subject: str | None = None, seed: int = 1) -> list[Scan]:
    random = np.random.default_rng(seed)
    return [draw(writers(), random, subject) for _ in range(count)]


def only(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scans, "KINDS", {kind: 1.0})


@pytest.fixture(scope="module")
def many() -> list[Scan]:
    return drawn(110)


def test_the_same_seed_draws_the_same() -> None:
    for one, same in zip(drawn(8), drawn(8), strict=True):
        assert np.array_equal(one.page, same.page)
        assert np.array_equal(one.ink, same.ink)
        assert (one.label, one.kind, one.size, one.contrast) == (
            same.label,
            same.kind,
            same.size,
            same.contrast,
        )
    first, second = drawn(1)[0], drawn(1, seed=2)[0]
    assert not np.array_equal(first.page, second.page)


def test_page_and_ink_have_one_form(many: list[Scan]) -> None:
    for scan in many:
        assert scan.page.dtype == scan.ink.dtype == np.uint8
        assert scan.page.shape == scan.ink.shape
        assert 8 <= min(scan.page.shape) <= max(scan.page.shape) <= 300
        assert 0 < scan.contrast <= 1
        assert scan.size > 0


def test_every_kind_and_every_label_appears(many: list[Scan]) -> None:
    kinds = [scan.kind for scan in many]
    for kind, share in KINDS.items():
        assert kinds.count(kind) / len(many) == pytest.approx(share, abs=0.13)
    assert {scan.label for scan in many} == {*range(10), NOT_DIGIT, None}
    assert any(scan.label is None and scan.ink.any() for scan in many)
    assert any(scan.label is None and not scan.ink.any() for scan in many)


def test_shares_are_of_the_whole() -> None:
    assert sum(KINDS.values()) == pytest.approx(1)
    assert sum(SUBJECTS.values()) == pytest.approx(1)
    assert KINDS.keys() == set(Kind) == scans.PAGES.keys()


@pytest.mark.parametrize("kind", Kind)
def test_a_blank_page_has_neither_ink_nor_label(
    kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    only(kind, monkeypatch)
    for scan in drawn(3, "blank"):
        assert scan.label is None
        assert not scan.ink.any()


@pytest.mark.parametrize("kind", Kind)
def test_several_digits_have_no_label(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    only(kind, monkeypatch)
    for scan in drawn(3, "several"):
        assert scan.label is None
        assert scan.ink.max() > 100


def test_a_digit_has_its_label_and_others_that_of_none() -> None:
    labels = [scan.label for scan in drawn(90, "digit")]
    assert set(labels) == set(range(10))
    assert {scan.label for scan in drawn(20, "other")} == {NOT_DIGIT}


def test_the_label_is_that_of_what_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    only(Kind.SCAN, monkeypatch)
    monkeypatch.setattr("digitbox_train.drawing.writers.MNIST_SHARE", 1.0)
    shapes = np.zeros((2, 28, 28), np.uint8)
    shapes[0, 4:24, 13:16] = shapes[1, 13:16, 4:24] = 255  # one is tall, one is wide
    writer = replace(writers(), images=shapes, labels=np.array([1, 7], np.uint8))
    random = np.random.default_rng(1)
    scans_ = [draw(writer, random, "digit") for _ in range(20)]
    assert {scan.label for scan in scans_} == {1, 7}
    for scan in scans_:
        ys, xs = np.nonzero(scan.ink > scan.ink.max() / 2)
        assert (np.ptp(ys) > np.ptp(xs)) == (scan.label == 1)


@pytest.mark.parametrize("kind", [Kind.DRAWING, Kind.SCAN])
def test_ink_is_where_the_page_differs(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    only(kind, monkeypatch)
    alike = []
    for scan in drawn(180, "digit"):
        ys, xs = np.nonzero(scan.ink)
        part = np.s_[max(0, ys.min() - 3) : ys.max() + 4, max(0, xs.min() - 3) : xs.max() + 4]
        page, ink = scan.page[part].ravel().astype(float), scan.ink[part].ravel()
        # Nothing may be left of the faintest ink where a scan is black and white.
        alike.append(abs(np.corrcoef(page, ink)[0, 1]) if np.ptp(page) else 0.0)
    assert np.mean(np.array(alike) > 0.5) > 0.85


@pytest.mark.parametrize("kind", SHARES)
def test_a_shape_is_as_large_as_said(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    only(kind, monkeypatch)
    whole = 0
    for scan in drawn(10, "digit"):
        ys, xs = np.nonzero(scan.ink > 40)
        height, width = scan.ink.shape
        if min(ys.min(), xs.min()) > 0 and ys.max() < height - 1 and xs.max() < width - 1:
            whole += 1
            assert max(np.ptp(ys), np.ptp(xs)) + 1 == pytest.approx(scan.size, abs=2)
    assert whole >= 6


def test_ink_has_soft_edges_but_on_screens(monkeypatch: pytest.MonkeyPatch) -> None:
    hard = {}
    for kind in (Kind.DRAWING, Kind.PHOTO):
        only(kind, monkeypatch)
        pages = drawn(15, "digit")
        hard[kind] = np.mean([set(np.unique(scan.ink)) <= {0, 255} for scan in pages])
    assert hard[Kind.PHOTO] == 0
    assert 0.2 < hard[Kind.DRAWING] < 0.7


def test_some_pages_are_cut_down_to_their_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scans, "CUT", 1.0)
    only(Kind.PHOTO, monkeypatch)
    for scan in drawn(12, "digit"):
        ys, xs = np.nonzero(scan.ink > 60)
        assert min(scan.page.shape) >= scans.NARROWEST
        assert max(np.ptp(ys), np.ptp(xs)) > 0.6 * max(scan.page.shape)


def test_a_page_can_be_asked_for_by_kind_form_and_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scans, "CUT", 1.0)
    scan = draw(writers(), np.random.default_rng(1), "digit", Kind.SCAN, (240, 200), 60.0)
    assert (scan.kind, scan.page.shape, scan.size) == (Kind.SCAN, (240, 200), 60.0)
