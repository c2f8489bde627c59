"""How long the shipped networks take for an image: one core, 64 images at a time.

    python -m benchmarks.speed.network

Prints, as Markdown, the quickest of many runs: what others do on the machine only adds to it. That
of the finder is for one view, as it is used.
"""

import time
from collections.abc import Callable
from functools import partial

import numpy as np

from digitbox.config import FINDER, SHIPPED_MODELS
from digitbox.recognition.card import Card
from digitbox.recognition.finder import Finder
from digitbox.recognition.model import Model
from digitbox.recognition.view import VIEW_SIDE

RUNS = 300


def main() -> None:
    random, count = np.random.default_rng(0), 64
    frames = list(random.integers(0, 256, (count, 28, 28), np.uint8))
    view = random.integers(0, 256, (VIEW_SIDE, VIEW_SIDE), np.uint8)
    print("| network | parameters | an image, one core |\n|---|---|---|")
    for name in ("cnn", "mlp"):
        model = Model(SHIPPED_MODELS / name)
        seconds = _quickest(partial(model.probabilities, frames)) / count
        print(_row(model.card, seconds))
    finder = Finder(FINDER)
    print(_row(finder.card, _quickest(partial(finder.ink, view))))


def _row(card: Card, seconds: float) -> str:
    return f"| `{card.label}` | {card.recipe['parameters']:,} | {1e6 * seconds:.0f} µs |"


def _quickest(run: Callable[[], object]) -> float:
    found = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        run()
        found.append(time.perf_counter() - begun)
    return min(found)


if __name__ == "__main__":
    main()
