import json
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType, ModuleType, SimpleNamespace

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from digitbox.config import Config
from digitbox.evaluation.evaluate import Labelled, Outcome, read_labels
from digitbox.evaluation.metrics import Share
from digitbox.evaluation.serializers import serialized
from digitbox.records import Reading, Reason, Status
from digitbox_train.accuracy import command, number_page, page, testsets
from digitbox_train.accuracy.heldout import HALVED, SOURCES, extent, held_out
from digitbox_train.accuracy.mislabelled import Mislabelled
from digitbox_train.accuracy.summary import ONE_DIGIT, Figures, Measurement, summarize
from digitbox_train.accuracy.testsets import (
    ARDIS,
    DIDA,
    FIELDS,
    MNIST,
    MNIST_C,
    NOT_DIGITS,
    NUMBERS,
    OF_NUMBERS,
    OPTDIGITS,
    PAIRS,
    REAL,
    SEVERAL_LINES,
    USPS,
    TestSet,
)
from digitbox_train.data import Mnist
from tests.conftest import data
from tests.pages import digits, encoded, sheet

HALF = "anzemur/Digit-recognition"
WHOLE = "hoangnqh/CS114.N21"


def outcome(
    right: bool,
    confidence: float | None,
    reason: Reason | None = Reason.LOW_CONFIDENCE,
    kind: str = "scan",
    path: str = "a.png",
    source: str = "s",
) -> Outcome:
    if confidence is None:
        return Outcome(path, "3", kind, source, Reading(1, Status.BLANK))
    status = Status.ACCEPTED if reason is None else Status.REVIEW
    value = "3" if right else "5"
    return Outcome(path, "3", kind, source, Reading(1, status, reason, value, confidence))


def lines() -> tuple[Labelled, ...]:
    sources = [HALF, WHOLE, "seen", HALF, HALF, HALF]
    kinds = ["scan", "photo", "drawing", "scan", "scan", "scan"]
    return tuple(
        Labelled(f"{number}.png", "3", kind, source)
        for number, (source, kind) in enumerate(zip(sources, kinds, strict=True))
    )


def figures(missing: tuple[str, ...] = (), one_digit: bool = False) -> Figures:
    """Of two models: ``cnn`` reads all of six digits right, ``mlp`` none; with ``one_digit``, of
    ``cnn`` that was told that there is one digit besides."""
    found = {}
    for model, right in (("cnn", True), ("mlp", False)):
        read = [outcome(right, 0.995, None, line.kind, line.path, line.source) for line in lines()]
        sets = {
            REAL: read,
            NOT_DIGITS: [outcome(False, None), outcome(False, 0.999, None, "letters")],
            MNIST_C: [outcome(right, 0.9, kind="fog"), outcome(False, None, kind="glass_blur")],
            **dict.fromkeys((MNIST, USPS, ARDIS, DIDA), read[:2]),
        }
        seeds = {1: Share(9966, 10_000)} if right else {}
        found[model] = Measurement(f"{model}-0", sets, Share(9966, 10_000), seeds)
    if one_digit:
        found["cnn" + ONE_DIGIT] = found["cnn"]
    return summarize(found, lines(), 0.99, missing)


@pytest.fixture
def few_digits(monkeypatch: pytest.MonkeyPatch) -> Mnist:
    """Twenty digits that pass for MNIST."""
    pixels, labels = digits()
    mnist = Mnist(pixels[:20], labels[:20], pixels[::15], labels[::15])
    monkeypatch.setattr("digitbox_train.data.load", lambda _: mnist)
    return mnist


@pytest.fixture
def folder(tmp_path: Path, few_digits: Mnist) -> Path:
    """A data folder with a few of everything."""
    scans, bench = tmp_path / "data" / "scans" / "dev", tmp_path / "data" / "bench"
    scans.mkdir(parents=True)
    bench.mkdir()
    for value in range(3):
        (scans / f"{value}.png").write_bytes(encoded(sheet(value)))
    (scans / "digits.csv").write_text(
        "path,label,kind,source\n"
        f"0.png,0,photo,{WHOLE}\n1.png,1,scan,{HALF}\n2.png,7,drawing,other\n"
    )
    (scans / "not_digits.csv").write_text("path,label,kind\n2.png,none,letters\n")
    (bench / "dida.csv").write_text("path,label\n../scans/dev/0.png,0\n")
    x, y = few_digits.x_test, few_digits.y_test
    np.savez(bench / "usps_train.npz", x=x, y=y)
    np.savez(bench / "ardis_train.npz", x=x, y=y)
    np.savez(bench / "mnist_c.npz", y=y, index=y, fog=x, zigzag=x, identity=x)
    return tmp_path / "data"


def test_every_other_line_of_two_sources_is_held_out() -> None:
    held = held_out(lines())
    assert held == {"1.png", "3.png", "5.png"}
    assert extent(lines()[:1] + lines()[3:], held) == "half"
    assert extent(lines()[1:2], held) == "all"
    assert extent(lines()[2:3], held) == "none"


def test_what_is_held_out_is_what_was_not_tuned_on() -> None:
    folder = data("scans/dev")
    images = read_labels(folder / "digits.csv", folder)
    assert {image.source for image in images} >= SOURCES | HALVED
    held = held_out(images)
    kinds = [image.kind for image in images if image.path in held]
    # As docs/design.md counts them.
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {
        "scan": 405,
        "photo": 119,
        "drawing": 166,
        "crop": 20,
    }


def test_the_command_writes_page_plots_and_figures(folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    docs, worst, file = tmp_path / "docs", tmp_path / "worst", tmp_path / "figures.json"
    docs.mkdir()
    (docs / "seeds.json").write_text('{"cnn": [{"seed": 3, "accuracy": 0.95}]}')
    done = CliRunner().invoke(
        command.main,
        [str(folder), "--out", str(docs), "--json", str(file), "--worst", str(worst)],
        catch_exceptions=False,
    )
    assert done.exit_code == 0, done.output
    found = json.loads(file.read_text("utf-8"))
    cnn = found["models"]["cnn"]
    assert cnn["arrays"] == serialized(Share(20, 20))
    assert cnn["sets"]["MNIST"]["total"] == cnn["sets"]["USPS"]["total"] == 20
    assert cnn["corruptions"].keys() == {"fog", "zigzag"}
    assert cnn["seeds"]["3"]["right"] == 19
    assert cnn["kinds"]["held out"]["all"] == serialized(Share(2, 2))
    assert cnn["kinds"]["seen"]["all"] == serialized(Share(0, 1))
    # The reader accepts at the default as the curve does, whatever it decides by.
    assert found["not_digits"]["all"]["accepted"] == 1
    assert found["accepted"]["all"]["drawing"]["accepted"]["right"] == 1
    assert "# How well it reads" in (docs / "accuracy.md").read_text("utf-8")
    assert "Numbers were left out, as the data folder has none." in (
        docs / "accuracy.md"
    ).read_text("utf-8")
    assert found["numbers"] is None
    assert len(list((docs / "images").glob("accuracy-*.png"))) == 3
    assert (worst / "worst.png").is_file()


def test_wrong_data_is_named(folder: Path) -> None:
    (folder / "scans" / "dev" / "not_digits.csv").write_text("path,label\n2.png,2\n")
    done = CliRunner().invoke(command.main, [str(folder)])
    assert done.exit_code == 1
    assert "line 2: '2' is not none" in done.output


def test_arrays_become_files_and_optdigits_is_optional(
    folder: Path, few_digits: Mnist, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    without = testsets.collect(folder, few_digits, tmp_path / "1")
    brought = SimpleNamespace(images=np.full((2, 8, 8), 16.0), target=np.array([4, 5]))
    module = SimpleNamespace(load_digits=lambda: brought)
    monkeypatch.setitem(sys.modules, "sklearn", ModuleType("sklearn"))
    monkeypatch.setitem(sys.modules, "sklearn.datasets", module)
    sets = {each.name: each for each in testsets.collect(folder, few_digits, tmp_path / "2")}
    assert sets.keys() - {each.name for each in without} == {OPTDIGITS}
    assert [image.label for image in sets[OPTDIGITS].images] == ["4", "5"]
    with Image.open(sets[OPTDIGITS].folder / sets[OPTDIGITS].images[0].path) as picture:
        assert np.array_equal(np.asarray(picture), np.full((8, 8), 255))
    fog = sets[MNIST_C].images[1]
    assert (fog.kind, fog.label, len(sets[MNIST_C].images)) == ("fog", "0", 40)
    with Image.open(sets[MNIST_C].folder / fog.path) as picture:
        assert np.array_equal(np.asarray(picture), few_digits.x_test[1])
    few = testsets.sampled(sets[MNIST_C], 7)
    assert len(set(few.images)) == 7
    assert sorted(few.images, key=sets[MNIST_C].images.index) == list(few.images)
    assert testsets.sampled(few, 8) is few


def with_numbers(folder: Path) -> None:
    """Adds numbers to the data: two of one line, and one of two lines."""
    (folder / "numbers" / "ten").mkdir(parents=True)
    (folder / "numbers" / "ten" / "0.png").write_bytes(encoded(sheet(7)))
    line = '{},"{}",number,{},\n'
    (folder / "numbers" / "numbers.csv").write_text(
        "path,label,kind,source,notes\n"
        + line.format("ten/0.png", "7,300", "logbook")
        + line.format("../numbers/ten/0.png", "17", "register")
    )
    (folder / "scans" / "dev" / "fields.csv").write_text(
        "path,label,kind,source,notes\n"
        + line.format("0.png", "0123", "somebody/something")
        + line.format("1.png", "11/2", "somebody/something")
    )


def test_numbers_are_sets_of_their_own(folder: Path, few_digits: Mnist, tmp_path: Path) -> None:
    without = {each.name for each in testsets.collect(folder, few_digits, tmp_path / "1")}
    assert not without & {*OF_NUMBERS}
    with_numbers(folder)
    sets = {each.name: each for each in testsets.collect(folder, few_digits, tmp_path / "2")}
    assert sets.keys() - without == {*OF_NUMBERS}
    found = {image.label: image for image in sets[NUMBERS].images}
    assert found["7,300"] == Labelled("numbers/ten/0.png", "7,300", "number", "logbook")
    assert found["0123"] == Labelled("scans/dev/0.png", "0123", "number", FIELDS)
    assert found.keys() == {"7,300", "17", "0123"}
    assert [image.label for image in sets[SEVERAL_LINES].images] == ["11 2"]
    assert sets[NUMBERS].digits_only
    assert not sets[REAL].digits_only
    wrong = [Mislabelled("scans/dev/0.png", "0123", "012", "the last is a stroke")]
    lines, blocks = testsets.numbers(folder, wrong)
    assert {image.label for image in lines.images} == {"7,300", "17"}
    pairs = sets[PAIRS]
    assert len(pairs.images) == testsets.DRAWN_PAIRS
    assert {len(image.label) for image in pairs.images} == {2}
    assert (pairs.folder / pairs.images[-1].path).is_file()
    assert blocks.images == sets[SEVERAL_LINES].images


def test_the_command_measures_numbers_where_there_are_some(folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    with_numbers(folder)
    docs, worst, file = tmp_path / "docs", tmp_path / "worst", tmp_path / "figures.json"
    done = CliRunner().invoke(
        command.main,
        [str(folder), "--out", str(docs), "--json", str(file), "--worst", str(worst), "--limit=3"],
        catch_exceptions=False,
    )
    assert done.exit_code == 0, done.output
    found = json.loads(file.read_text("utf-8"))
    assert found["numbers"]["sources"].keys() == {"logbook", "register", FIELDS, "all"}
    assert found["numbers"]["pairs"]["right"]["total"] == 3
    assert NUMBERS not in found["models"]["cnn"]["sets"]
    assert ("cnn, digits: 1" in found["models"]) == ("digits" in Config.__struct_fields__)
    text = (docs / "accuracy.md").read_text("utf-8")
    assert "\n\n## Numbers\n\n" in text
    assert "Numbers were left out" not in text
    for plot in (number_page.RISK, number_page.CALIBRATION):
        assert (docs / "images" / plot).is_file()
    assert (worst / "worst-logbook.png").is_file()


def test_one_digit_is_measured_once_the_configuration_may_say_so(
    few_digits: Mnist, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked = []

    def measure(
        model: str,
        sets: list[TestSet],
        mnist: Mnist,
        seeds: Path,
        settings: Mapping[str, str] = MappingProxyType({}),
    ) -> Measurement:
        assert mnist is few_digits
        assert seeds == tmp_path
        asked.append((model, [each.name for each in sets], dict(settings)))
        return Measurement(model, {}, Share(0, 0), {})

    sets = [TestSet(name, tmp_path, ()) for name in (REAL, NOT_DIGITS, *OF_NUMBERS)]
    monkeypatch.setattr(command, "measure", measure)
    monkeypatch.setattr(command, "Config", SimpleNamespace(__struct_fields__=("model", "digits")))
    found = command.measured(sets, few_digits, tmp_path)
    assert list(found) == ["cnn", "mlp", "cnn, digits: 1"]
    assert asked[0] == ("cnn", [REAL, NOT_DIGITS, *OF_NUMBERS], {})
    assert asked[1:] == [
        ("mlp", [REAL, NOT_DIGITS], {}),
        ("cnn", [REAL, NOT_DIGITS], {"digits": "1"}),
    ]
    monkeypatch.setattr(command, "Config", SimpleNamespace(__struct_fields__=("model",)))
    assert list(command.measured(sets, few_digits, tmp_path)) == ["cnn", "mlp"]


def test_the_page_says_what_one_digit_is_compared_with() -> None:
    without = page.render(figures())
    assert "digits: 1" not in without
    assert "## Numbers" not in without
    text = page.render(figures(one_digit=True))
    assert "measured the shipped models `cnn-0` and `mlp-0`, at" in text
    assert "`cnn, digits: 1` is `cnn` once more" in text
    shares = "100.0% [43.9, 100.0] | 100.0% [43.9, 100.0] | 0.0% [0.0, 56.1]"
    assert f"| `digits: any` | {shares} |" in text
    assert f"| `digits: 1` | {shares} |" in text
    assert "| `cnn, digits: 1` | 100.0% [51.0, 100.0] |" in text


def test_the_page_has_every_figure_with_its_interval() -> None:
    text = page.render(figures(("**Only a few.**",)))
    assert "**Only a few.**\n\nThe real" in text
    assert (
        "| `cnn` | 100.0% [51.0, 100.0] | 100.0% [20.7, 100.0] | 100.0% [20.7, 100.0] | – |" in text
    )
    assert "| **held out**: images | 2 | 1 | 0 | 0 | 3 |" in text
    assert "| `mlp` | 0.0% [0.0, 65.8] | 0.0% [0.0, 79.3] | – | – | 0.0% [0.0, 56.1] |" in text
    assert "| **0.99** | 100.0% [34.2, 100.0] | 0.0% [0.0, 65.8] |" in text
    assert "| 0.999 | 0.0% [0.0, 65.8] | – |" in text
    # So say the words above the tables.
    words = " ".join(text.split("\n## ")[0].split())
    assert "held out photos `cnn` then accepts 100.0% [20.7, 100.0], and 0.0% [0.0, 79.3]" in words
    assert "at 0.98 it would be 100.0%, and 0.0%; at 0.995 it would be 100.0%, and 0.0%" in words
    assert "| letters | 1 | 1 | 0 | 0 | 0 | 0 | 0.0% [0.0, 79.3] |" in text
    assert "| held out and MNIST-C | 2.9% | 4 | 1 |" in text
    assert "| `cnn` | 99.66% [99.53, 99.76] | 100.00% [34.24, 100.00] | 1: 99.66%" in text
    assert "| glass blur | 0.0% [0.0, 79.3] | 0.0% [0.0, 79.3] |" in text
    assert f"| {HALF} | scans | half | 4 | 100.0% [51.0, 100.0] | 0.0%" in text
    assert "optdigits (" not in text.split("## Other collections")[1].split("|")[1]


def test_figures_are_json() -> None:
    found = json.loads(json.dumps(serialized(figures()), allow_nan=False))
    kinds = found["models"]["cnn"]["kinds"]["held out"]
    assert (kinds["scan"]["right"], kinds["scan"]["share"]) == (2, 1.0)
    assert found["models"]["mlp"]["corrupted"] == serialized(Share(0, 2))
    assert found["accepted"]["all"]["photos"]["wrong"]["total"] == 1
    assert found["not_digits"]["letters"]["accepted"] == 1


def test_the_plots_are_small(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    found = figures()
    measurement = Measurement(
        "cnn-0",
        {REAL: [outcome(True, 0.995, None, line.kind, line.path) for line in lines()]},
        Share(0, 0),
        {},
    )
    command.write(found, measurement, lines(), tmp_path)
    text = (tmp_path / "accuracy.md").read_text("utf-8")
    for name in (page.CONFUSION, page.CALIBRATION, page.RISK):
        plot = tmp_path / "images" / name
        assert f"(images/{name})" in text
        assert plot.stat().st_size < 100_000
        with Image.open(plot) as picture:
            assert picture.size[0] >= 500
