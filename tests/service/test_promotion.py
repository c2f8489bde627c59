"""A running service, and models that are promoted meanwhile."""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path

import pytest

from digitbox.config import SHIPPED_MODELS, load
from digitbox.ledger.decision import Decision
from digitbox.models.registry import folder
from digitbox.recognition.card import read_card
from digitbox.service.decisions import Decisions
from digitbox.signals import Flags
from tests.endurance.harness import Harness, digest, doubtful, image, unsure, until
from tests.variants import corrupt, variant

AHEAD = 50
"""Files in the inbox: some in flight, some not."""

SHIPPED = read_card(SHIPPED_MODELS / "mlp").label


def keep(harness: Harness, maker: str) -> str:
    """A model in the state folder of ``harness``, by its label."""
    draft = harness.state / "models" / ".draft"
    label = variant(draft, maker).label
    draft.rename(draft.with_name(label))
    return label


def use(harness: Harness, *arguments: str) -> None:
    done = harness.run("models", *arguments)
    assert done.returncode == 0, done.stderr


@contextmanager
def dropping(harness: Harness) -> Iterator[Counter[tuple[str, str]]]:
    """Files arrive all the while, as fast as they are read; what was dropped, by name and
    SHA-256."""
    dropped: Counter[tuple[str, str]] = Counter()
    over = threading.Event()

    def drop() -> None:
        number = 0
        while not over.wait(0.01):
            if len(harness.in_inbox()) > AHEAD:
                continue
            name, content = f"{number % 7}/{number:05}.png", image(number)
            dropped[name, digest(content)] += 1
            harness.drop(name, content)
            number += 1

    thread = threading.Thread(target=drop)
    thread.start()
    try:
        yield dropped
    finally:
        over.set()
        thread.join()


def models(harness: Harness) -> Counter[str]:
    return Counter(row["model"] for row in harness.published())


def test_the_service_goes_over_to_what_is_promoted_and_loses_no_file(tmp_path: Path) -> None:
    harness = Harness(tmp_path / "harness", batch={"size": 20, "chunk": 4})
    first, second = keep(harness, "Ada"), keep(harness, "Bo")
    with harness.service():
        with dropping(harness) as dropped:
            until(lambda: models(harness)[SHIPPED] > 30)
            use(harness, "use", first)
            until(lambda: models(harness)[first] > 30)
            assert harness.heartbeat()["model"] == first
            use(harness, "use", second)
            until(lambda: models(harness)[second] > 30)
            use(harness, "back")
            before = models(harness)[first]
            until(lambda: models(harness)[first] > before + 30)
        until(lambda: len(harness.published()) == dropped.total() and not harness.in_inbox())
        until(lambda: all(row["place"] for row in harness.recorded()))
    harness.check(dropped)
    batches: dict[str, set[str]] = {}
    for file in harness.outbox.rglob("*.json"):
        batch = json.loads(file.read_bytes())
        batches.setdefault(batch["batch"], set()).update(
            {batch["model"], *(reading["model"] for reading in batch["readings"])}
        )
    assert all(len(names) == 1 for names in batches.values())  # a batch is one model's
    in_order = [next(iter(batches[name])) for name in sorted(batches)]
    changes = [name for name, one in zip(in_order, ["", *in_order], strict=False) if name != one]
    assert changes == [SHIPPED, first, second, first]
    assert harness.said().count("the model is") == 3


@pytest.mark.parametrize("trouble", ["cannot be loaded", "no such model", "promoted.json"])
def test_a_model_that_cannot_be_loaded_changes_nothing(tmp_path: Path, trouble: str) -> None:
    harness = Harness(tmp_path / "harness")
    kept = harness.state / "models"
    with harness.service():
        harness.drop("a.png", image(1))
        until(lambda: len(harness.published()) == 1)
        kept.mkdir()
        if trouble == "cannot be loaded":
            corrupt(kept / "promoted")
        listing = kept / "promoted.json"
        listing.write_text("none" if trouble == "promoted.json" else '{"mlp": ["promoted"]}')
        until(lambda: "the promoted model is not taken" in harness.said())
        assert f"going on with {SHIPPED}" in harness.said()
        assert trouble in harness.said()
        harness.drop("b.png", image(2))
        until(lambda: len(harness.published()) == 2)
        listing.unlink()
    assert set(models(harness)) == {SHIPPED}


def test_the_same_content_is_read_anew_by_another_model_and_decisions_stand(
    tmp_path: Path,
) -> None:
    harness = doubtful(tmp_path / "harness", 2)
    with chdir(harness.folder):
        open_ = Decisions(load, Flags())
        open_.ask(Decision(1, "5", "Ada"))
        open_.carry_out()
        open_.close()
        label = variant(folder(load()) / "draft", "Ada").label
    use(harness, "use", label)
    for again in ("again", "once more"):
        for number in range(2):
            harness.drop(f"{again}/{number}.png", unsure(number))
    assert harness.run("batch").returncode == 0
    found = {
        row["file"]: (row["model"] == label, row["status"], row["reason"], row["value"])
        for row in harness.published()
        if "/" in row["file"]
    }
    assert found["again/0.png"] == (True, "accepted", "reviewed", "5")
    assert found["once more/0.png"] == (True, "accepted", "duplicate", "5")
    assert found["again/1.png"][:3] == (True, "review", "low_confidence")
    assert found["once more/1.png"][:3] == (True, "review", "duplicate")
