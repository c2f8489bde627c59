"""The data folder → the sets of labelled image files to measure with; arrays become PNG files."""

import importlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from digitbox.evaluation.evaluate import Labelled, read_labels
from digitbox_train.data import Mnist

REAL, NOT_DIGITS, MNIST, MNIST_C = "digits", "not digits", "MNIST", "MNIST-C"
USPS, ARDIS, OPTDIGITS, DIDA = "USPS", "ARDIS", "optdigits", "DIDA"

DRAWN = 2_000
"""So many of USPS and of ARDIS are read, drawn with :data:`SEED`."""

SEED = 1


@dataclass(frozen=True, slots=True)
class TestSet:
    """Images below ``folder``."""

    __test__ = False  # nor does pytest take it for one of its own

    name: str
    folder: Path
    images: tuple[Labelled, ...]


def collect(data: Path, mnist: Mnist, scratch: Path) -> list[TestSet]:
    """All sets that there are in ``data``; those that are no files yet are written to ``scratch``.
    optdigits comes from scikit-learn, and is left out where that is not installed.

    Raises :class:`digitbox.errors.InputError` where a file of labels is not in order.
    """
    scans, bench = data / "scans" / "dev", data / "bench"
    sets = [
        TestSet(REAL, scans, read_labels(scans / "digits.csv", scans)),
        TestSet(NOT_DIGITS, scans, read_labels(scans / "not_digits.csv", scans, ("none",))),
        written(MNIST, scratch, mnist.x_test, mnist.y_test),
    ]
    for name in (USPS, ARDIS):
        with np.load(bench / f"{name.lower()}_train.npz") as arrays:
            drawn = _draw(len(arrays["y"]), DRAWN)
            sets.append(written(name, scratch, arrays["x"][drawn], arrays["y"][drawn]))
    if (optdigits := _optdigits()) is not None:
        sets.append(written(OPTDIGITS, scratch, *optdigits))
    sets.append(TestSet(DIDA, bench, read_labels(bench / "dida.csv", bench)))
    with np.load(bench / "mnist_c.npz") as arrays:
        corruptions = sorted(set(arrays) - {"identity", "y", "index"})
        pixels = np.concatenate([arrays[name] for name in corruptions])
        labels = np.tile(arrays["y"], len(corruptions))
        kinds = np.repeat(corruptions, len(arrays["y"]))
        sets.append(written(MNIST_C, scratch, pixels, labels, kinds.tolist()))
    return sets


def sampled(images: TestSet, limit: int | None) -> TestSet:
    """The same, or ``limit`` of it, drawn with :data:`SEED`, in the same order."""
    if limit is None or limit >= len(images.images):
        return images
    drawn = _draw(len(images.images), limit)
    return replace(images, images=tuple(images.images[index] for index in drawn))


def written(
    name: str,
    scratch: Path,
    pixels: NDArray[np.uint8],
    labels: Iterable[int],
    kinds: Sequence[str] | None = None,
) -> TestSet:
    """``pixels``, uint8 ``[N, H, W]``, as PNG files in a folder of their own below ``scratch``."""
    folder = scratch / name
    folder.mkdir(parents=True)
    images = []
    for number, (picture, label) in enumerate(zip(pixels, labels, strict=True)):
        path = f"{number:05}.png"
        Image.fromarray(picture).save(folder / path, compress_level=1)
        images.append(Labelled(path, str(int(label)), kinds[number] if kinds else "all"))
    return TestSet(name, folder, tuple(images))


def _draw(total: int, count: int) -> list[int]:
    random = np.random.default_rng(SEED)
    chosen = random.choice(total, min(count, total), replace=False)
    return [int(index) for index in np.sort(chosen)]


def _optdigits() -> tuple[NDArray[np.uint8], NDArray[np.uint8]] | None:
    """The 1,797 test digits of optdigits, 8×8, their 17 levels of ink spread over a byte's."""
    try:
        load: Callable[[], Any] = importlib.import_module("sklearn.datasets").load_digits
    except ImportError:
        return None
    digits = load()
    pixels = np.rint(digits.images * (255 / 16)).astype(np.uint8)
    return pixels, np.asarray(digits.target, np.uint8)
