"""What `digitbox train --reviewed` gains: labelled images go through the inbox of a service of
their own, "people" say the truth about what goes to review and about some of the rest, and the
model learns from it.

    python benchmarks/learning.py WORK FOLDER LABELS.csv [--not-digits LABELS.csv] [--mnist FOLDER]

WORK is a folder to work in, which is kept; LABELS.csv has the columns path (below FOLDER) and
label.
"""

import argparse
import csv
import os
import random
import shutil
import subprocess
import sys
from collections import Counter
from contextlib import chdir
from pathlib import Path

from digitbox.config import load
from digitbox.engine.setup import Setup
from digitbox.ledger.decision import NOT_DIGIT, Decision
from digitbox.ledger.history import History
from digitbox.models.registry import used
from digitbox.records import Reading, Status
from digitbox.service.decisions import Decisions
from digitbox.signals import Flags
from digitbox.storage.walk import Sources

SETTINGS = "watch: {settle: 0.1, patience: 0.1}\n"

Labels = dict[str, str | None]
"""By path; None is no digit."""


def labels_of(file: Path, is_digit: bool) -> Labels:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    return {row["path"]: row["label"] if is_digit else None for row in rows}


def drop(folder: Path, labels: Labels, inbox: Path) -> None:
    for path in labels:
        target = inbox / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder / path, target)


def decide(labels: Labels, seed: int, share: float) -> set[str]:
    """Say the truth about all that goes to review, and about that share of the rest. Returns the
    paths of what was decided about."""
    chance = random.Random(seed)
    with History(load().state) as history:
        rows = [(int(row.id.rpartition("-")[2]), row) for row in history.rows()]
    said = set()
    decisions = Decisions(load, Flags())
    for number, row in rows:
        is_asked = row.reading.status is Status.REVIEW or chance.random() < share
        if row.reading.digits and is_asked:
            truth = labels[row.source.name]
            decisions.ask(Decision(number, NOT_DIGIT if truth is None else truth, "benchmark"))
            said.add(row.source.name)
    decisions.carry_out()
    decisions.close()
    return said


def read(folder: Path, paths: Labels) -> dict[str, Reading]:
    """What the model in use says of images."""
    with Setup.of(load()).pool() as pool:
        sources = (one for one in Sources([folder]) if one.name in paths)
        return {file.source.name: file.readings[0] for file in pool.read(sources)}


def counts(labels: Labels, readings: dict[str, Reading], paths: set[str]) -> str:
    found: Counter[str] = Counter()
    for path in paths:
        reading = readings[path]
        is_right = reading.value == labels[path]
        found["right"] += is_right
        found[reading.status.value] += 1
        found["accepted, wrong"] += reading.status is Status.ACCEPTED and not is_right
    rest = ", ".join(f"{found[name]} {name}" for name in ("review", "accepted", "accepted, wrong"))
    return f"{len(paths)} images, {found['right']} right; {rest}"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("work", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("labels", type=Path)
    parser.add_argument("--not-digits", type=Path)
    parser.add_argument("--mnist", type=Path)
    parser.add_argument("--share", type=float, default=1 / 3, help="of the rest that is decided on")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    folder = given.folder.absolute()
    labels = labels_of(given.labels, True)
    if given.not_digits:
        labels |= labels_of(given.not_digits, False)
    mnist = ["--data", str(given.mnist.absolute())] if given.mnist else []
    given.work.mkdir(parents=True, exist_ok=True)
    with chdir(given.work):
        Path("config.yaml").write_text(SETTINGS, encoding="utf-8")
        if not load().state.exists():
            drop(folder, labels, load().inbox)
            subprocess.run([sys.executable, "-m", "digitbox", "batch", "--quiet"], check=True)
            said = decide(labels, given.seed, given.share)
            Path("decided.txt").write_text("\n".join(sorted(said)), encoding="utf-8")
        said = set(Path("decided.txt").read_text(encoding="utf-8").splitlines())
        rest = set(labels) - said
        print(f"{len(said)} of {len(labels)} images were decided about")
        before = read(folder, labels)
        model = used(load())
        learn = ["train", "--reviewed", "--seed", str(given.seed), *mnist]
        subprocess.run([sys.executable, "-m", "digitbox", *learn], check=True, env=os.environ)
        print(f"nobody decided about, before: {counts(labels, before, rest)}")
        if used(load()) != model:
            after = read(folder, labels)
            print(f"                      after:  {counts(labels, after, rest)}")


if __name__ == "__main__":
    main()
