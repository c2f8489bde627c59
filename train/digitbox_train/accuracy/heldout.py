"""The lines of ``scans/dev/digits.csv`` → those that nothing was tuned on."""

from collections.abc import Collection, Iterable, Sequence

from digitbox.evaluation.evaluate import Labelled

SOURCES = frozenset(
    (
        # photos
        "AriLer/Digit-Recognition",
        "Abhighule24/Digit-Recogniser-using-Neural-Network",
        "desyrani/project-DNN-image-classification-building-handwritten-digit-recognition",
        "hoangnqh/CS114.N21",
        # drawings
        "Brian-w-m/digit-classification",
        "TraySimpson/ml-handwritten-digits",
        "danbennett239/Handwritten-Digit-Recognition",
        "guiem/my_notebooks",
        "lucka07/MNIST",
        # crops
        "hangyin2020/cs5330_p5",
        "zhangshi0512/cs5330_project05_mnist_digit_recognition",
    )
)
"""Held out as a whole: nothing was decided by how they are read."""

HALVED = frozenset(
    ("anzemur/Digit-recognition", "prashantdarshanwar/Digit-Recognisation-System-Using-CNN")
)
"""The one source of scans, and the largest one of drawings: every other line of the file is held
out. The other halves served to tune, so that these images are new, but not their people."""


def held_out(images: Sequence[Labelled]) -> frozenset[str]:
    """The paths of those that are held out, of the lines of ``digits.csv`` in the file's order. In
    :data:`HALVED` those are held out whose line, counted from 0 over the whole file, is odd."""
    return frozenset(
        image.path
        for number, image in enumerate(images)
        if image.source in SOURCES or (image.source in HALVED and number % 2 == 1)
    )


def extent(images: Iterable[Labelled], held: Collection[str]) -> str:
    """How many of ``images`` are among the paths ``held``, in a word: all, none or half."""
    found = {image.path in held for image in images}
    return "half" if len(found) == 2 else "all" if found == {True} else "none"
