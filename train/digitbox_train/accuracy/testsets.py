"""The data folder → the sets of labelled image files to measure with; arrays become PNG files."""

import importlib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from digitbox.evaluation.evaluate import Labelled, read_labels
from digitbox.records import DIGITS
from digitbox_train.accuracy import pairs
from digitbox_train.accuracy.mislabelled import Mislabelled, listed, without
from digitbox_train.data import Mnist

REAL, NOT_DIGITS, MNIST, MNIST_C = "digits", "not digits", "MNIST", "MNIST-C"
USPS, ARDIS, OPTDIGITS, DIDA = "USPS", "ARDIS", "optdigits", "DIDA"
NUMBERS, SEVERAL_LINES, PAIRS = "numbers", "several lines", "two digits"

OF_NUMBERS = (NUMBERS, SEVERAL_LINES, PAIRS)
"""The sets that are about numbers of several digits, there all together or not at all."""

FIELDS = "fields"
"""The source that the lines of ``fields.csv`` count as."""

DRAWN_PAIRS = 300
"""So many pages with two digits are drawn."""

DRAWN = 2_000
"""So many of USPS and of ARDIS are read, drawn with :data:`SEED`."""

SEED = 1


@dataclass(frozen=True, slots=True)
class TestSet:
    """Images below ``folder``. ``digits_only``: separators are left out of the comparison."""

    __test__ = False  # nor does pytest take it for one of its own

    name: str
    folder: Path
    images: tuple[Labelled, ...]
    digits_only: bool = False


def collect(data: Path, mnist: Mnist, scratch: Path) -> list[TestSet]:
    """All sets that there are in ``data``; those that are no files yet are written to ``scratch``.
    optdigits comes from scikit-learn, and is left out where that is not installed; numbers are left
    out where there are none in ``data``.

    Raises :class:`digitbox.errors.InputError` where a file of labels is not in order.
    """
    scans, bench = data / "scans" / "dev", data / "bench"
    sets = [
        TestSet(REAL, scans, read_labels(scans / "digits.csv", scans, DIGITS)),
        TestSet(NOT_DIGITS, scans, read_labels(scans / "not_digits.csv", scans, ("none",))),
        written(MNIST, scratch, mnist.x_test, mnist.y_test),
    ]
    for name in (USPS, ARDIS):
        with np.load(bench / f"{name.lower()}_train.npz") as arrays:
            drawn = _draw(len(arrays["y"]), DRAWN)
            sets.append(written(name, scratch, arrays["x"][drawn], arrays["y"][drawn]))
    if (optdigits := _optdigits()) is not None:
        sets.append(written(OPTDIGITS, scratch, *optdigits))
    sets.append(TestSet(DIDA, bench, read_labels(bench / "dida.csv", bench, DIGITS)))
    with np.load(bench / "mnist_c.npz") as arrays:
        corruptions = sorted(set(arrays) - {"identity", "y", "index"})
        pixels = np.concatenate([arrays[name] for name in corruptions])
        labels = np.tile(arrays["y"], len(corruptions))
        kinds = np.repeat(corruptions, len(arrays["y"]))
        sets.append(written(MNIST_C, scratch, pixels, labels, kinds.tolist()))
    if (data / "numbers" / "numbers.csv").is_file():
        sets += [*numbers(data, listed()), drawn_pairs(mnist, scratch)]
    return sets


def numbers(data: Path, wrong: Collection[Mislabelled]) -> list[TestSet]:
    """The real numbers of one line and of several, without those that are labelled ``wrong``.
    Points, commas and minus signs are not compared: who labelled some of them left them out."""
    images = list(_below(data, "numbers/numbers.csv"))
    fields = _below(data, "scans/dev/fields.csv", "/")
    images += [replace(field, source=FIELDS) for field in fields]
    right = without(images, wrong)
    lines = [image for image in right if " " not in image.label]
    blocks = [image for image in right if " " in image.label]
    return [
        TestSet(NUMBERS, data, tuple(lines), digits_only=True),
        TestSet(SEVERAL_LINES, data, tuple(blocks), digits_only=True),
    ]


def drawn_pairs(mnist: Mnist, scratch: Path) -> TestSet:
    """Two of MNIST's test digits each, drawn as one hand writes them on plain paper."""
    drawn = pairs.pages(mnist.x_test, mnist.y_test, DRAWN_PAIRS, SEED)
    pictures, labels = zip(*drawn, strict=True)
    return written(PAIRS, scratch, pictures, labels)


def sampled(images: TestSet, limit: int | None) -> TestSet:
    """The same, or ``limit`` of it, drawn with :data:`SEED`, in the same order."""
    if limit is None or limit >= len(images.images):
        return images
    drawn = _draw(len(images.images), limit)
    return replace(images, images=tuple(images.images[index] for index in drawn))


def written(
    name: str,
    scratch: Path,
    pixels: Iterable[NDArray[np.uint8]],
    labels: Iterable[int | str],
    kinds: Sequence[str] | None = None,
) -> TestSet:
    """``pixels``, uint8 ``[H, W]`` each, as PNG files in a folder of their own below
    ``scratch``."""
    folder = scratch / name
    folder.mkdir(parents=True)
    images = []
    for number, (picture, label) in enumerate(zip(pixels, labels, strict=True)):
        path = f"{number:05}.png"
        text = label if isinstance(label, str) else str(int(label))
        Image.fromarray(picture).save(folder / path, compress_level=1)
        images.append(Labelled(path, text, kinds[number] if kinds else "all"))
    return TestSet(name, folder, tuple(images))


def _below(data: Path, file: str, lines: str = " ") -> Iterator[Labelled]:
    """What :func:`read_labels` makes of ``file``, its paths from ``data`` on."""
    folder = (data / file).parent
    for image in read_labels(data / file, folder, lines=lines):
        yield replace(image, path=(folder / image.path).relative_to(data).as_posix())


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
