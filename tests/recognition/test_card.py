"""Thresholds that belong to a network stand in its card."""

import shutil
from pathlib import Path

import msgspec
import numpy as np
import pytest

from digitbox.config import FINDER, NUMBERS, SHIPPED_MODELS, Config
from digitbox.errors import ModelError
from digitbox.recognition.card import (
    CHARACTERS,
    INK,
    DigitThresholds,
    InkThresholds,
    NumberThresholds,
    read_card,
)
from digitbox.recognition.classification import classify
from digitbox.recognition.finder import Finder
from digitbox.recognition.locate import locate
from digitbox.recognition.model import Model
from digitbox_train import thresholds
from tests.pages import digits, sheet


def changed(folder: Path, copy: Path, **values: float) -> Path:
    """A copy of a model folder with other thresholds in its card."""
    shutil.copytree(folder, copy)
    card = msgspec.json.decode((copy / "card.json").read_bytes())
    for name, value in values.items():
        card["thresholds"][name] = {"value": value, "chosen": "for a test"}
    (copy / "card.json").write_bytes(msgspec.json.encode(card))
    return copy


@pytest.mark.parametrize("name", ["cnn", "mlp"])
def test_a_shipped_network_that_reads_says_how_its_thresholds_were_chosen(name: str) -> None:
    card = read_card(SHIPPED_MODELS / name)
    assert card.thresholds == thresholds.DIGIT
    assert card.digit_thresholds() == DigitThresholds()


def test_the_shipped_finder_says_how_its_thresholds_were_chosen() -> None:
    card = read_card(FINDER, INK)
    assert card.thresholds == thresholds.INK
    assert card.ink_thresholds() == InkThresholds()


@pytest.mark.parametrize("folder", NUMBERS, ids=lambda folder: folder.name)
def test_the_shipped_networks_of_numbers_say_how_their_thresholds_were_chosen(
    folder: Path,
) -> None:
    card = read_card(folder, CHARACTERS)
    assert card.thresholds == thresholds.NUMBERS
    values = {name: one.value for name, one in card.thresholds.items()}
    assert card.number_thresholds() == NumberThresholds(**values)


def test_what_is_accepted_by_default_is_what_the_card_of_the_default_model_says() -> None:
    config = Config()
    assert read_card(SHIPPED_MODELS / config.model).digit_thresholds().accept == config.accept


def test_a_card_without_thresholds_has_those_that_held_before_there_were_any(
    tmp_path: Path,
) -> None:
    shutil.copytree(SHIPPED_MODELS / "mlp", tmp_path / "mlp")
    file = tmp_path / "mlp" / "card.json"
    card = msgspec.json.decode(file.read_bytes())
    del card["thresholds"]
    file.write_bytes(msgspec.json.encode(card))
    assert read_card(tmp_path / "mlp").digit_thresholds() == DigitThresholds()


def test_a_threshold_needs_its_reason(tmp_path: Path) -> None:
    folder = changed(SHIPPED_MODELS / "mlp", tmp_path / "mlp")
    card = msgspec.json.decode((folder / "card.json").read_bytes())
    card["thresholds"]["none"] = {"value": 0.5}
    (folder / "card.json").write_bytes(msgspec.json.encode(card))
    with pytest.raises(ModelError, match="chosen"):
        read_card(folder)


def test_what_surely_is_no_digit_is_up_to_the_card(tmp_path: Path) -> None:
    frames = [digits()[0][:1]]
    for none, expected in ((0.8, False), (0.0, True)):
        folder = changed(SHIPPED_MODELS / "cnn", tmp_path / f"{none}", none=none)
        (found,) = classify(Model(folder), frames)
        assert found.is_none is expected


def test_what_an_outline_counts_is_up_to_the_card(tmp_path: Path) -> None:
    images, labels = digits()
    one, other = np.flatnonzero(labels == 1)[0], np.flatnonzero(labels == 8)[0]
    pair = np.stack([images[one], images[other]])  # an outline and a tone that contradict
    found = []
    for outline in (0.05, 0.95):
        folder = changed(SHIPPED_MODELS / "cnn", tmp_path / f"{outline}", outline=outline)
        found += [one.value for one in classify(Model(folder), [pair])]
    assert found == [8, 1]


def test_how_faint_ink_may_be_is_up_to_the_card(tmp_path: Path) -> None:
    page = sheet(3, 900, 1200, side=200, top=500, left=800)
    assert locate(page, Finder(FINDER))
    deaf = Finder(changed(FINDER, tmp_path / "finder", seed=1.0, edge=1.0, fine_edge=1.0))
    # What is plain needs no finder, and this has a rule beside the digit.
    page[100:104] = 0
    assert locate(page, Finder(FINDER))
    assert not locate(page, deaf)
