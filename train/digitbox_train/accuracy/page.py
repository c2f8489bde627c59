"""The figures → the text of ``docs/accuracy.md``."""

import textwrap
from collections.abc import Iterator

from digitbox.evaluation.metrics import BINS, RiskPoint
from digitbox_train.accuracy import number_page, tables
from digitbox_train.accuracy.heldout import SOURCES
from digitbox_train.accuracy.summary import ALL, HELD_OUT, POOLS, SEEN, Figures
from digitbox_train.accuracy.testsets import DRAWN

CONFUSION = "accuracy-confusion.png"
CALIBRATION = "accuracy-calibration.png"
RISK = "accuracy-risk.png"
FOLDER = "images"

PAGE = """# How well it reads

Made by `make accuracy`, that is `python -m digitbox_train.accuracy DATA_FOLDER`, which writes
this page and its plots. It measured the shipped models {labels}, at the default settings.

{missing}The real digits are scans, photos, drawings on a screen and crops of larger pictures,
by many people from {origins} sources, as they made them. No network was trained on them. But
how some of them are read was used to decide what to draw for the training, and to choose a few
constants: these images are called *{seen}* below. The others are *{held_out}*: {whole} sources
as a whole, and every other image of the one source of scans and of the largest one of drawings.
In these two sources the images are new, but the people are not.
`train/digitbox_train/accuracy/heldout.py` lists the sources.

A share is of all images: one that was not read as any digit counts as wrong. In brackets is its
95 % interval by Wilson's score. The interval assumes that images are independent of each other.
Those of one source are by few people, so for new people it is rather too narrow. Small
differences between two lines mean nothing. Forms have [a page of their own](accuracy-forms.md).

{accept_text}

## Real digits

{kinds}

![What was read as what]({folder}/{confusion})

## Accepted without review

What `{default}` accepts at the default `accept` of {accept:g}, and how much of that is wrong:

{accepted}

What other values of `accept` would give on what is {held_out}:

{thresholds_held_out}

and on all real digits:

{thresholds_all}

An image that goes to review for another reason than its confidence, or that shows no digit, is
never accepted, whatever the threshold.

{one_digit}![Wrong among what is accepted, against how much is accepted]({folder}/{risk})

## Is the confidence right?

The table has the expected calibration error (ECE, Guo et al. 2017) of `{default}`, in {bins} bins
of equal width: the mean distance between how confident it is and how often it is right. An image
that was not read as any digit has no confidence and is left out here.

{calibration}

![Share right against confidence]({folder}/{reliability})

## Images that are no digits

What becomes of letters, other scripts, blank paper and text. The last column is the share that is
not accepted as a digit:

{not_digits}

{numbers}## MNIST

The 10,000 test digits, given to the network as arrays, and to digitbox as PNG files:

{mnist}

## Other collections

All are PNG files, but DIDA has JPEGs. {drawn:,} each were chosen at random of USPS (envelopes,
16×16) and ARDIS (Swedish church records). The others are optdigits (8×8) and DIDA (church records
in colour, with neighbours in the picture; 1 to 2 % of its labels are wrong).

{sets}

MNIST-C has 500 of MNIST's test digits, damaged in 15 ways. They are always the same 500, so the
interval of the mean is rather too narrow.

{corruptions}

## By source

How much of each source is held out stands beside it.

{sources}
"""

ONE_DIGIT = """Where the setting `digits` says that every image shows one digit, and by default:

{table}

"""


def render(figures: Figures) -> str:
    """The page."""
    labels = dict.fromkeys(model.label for model in figures.models.values())
    return PAGE.format(
        labels=" and ".join(f"`{label}`" for label in labels),
        missing="".join(f"{sentence}\n\n" for sentence in (*_told(figures), *figures.missing)),
        one_digit=_one_digit(figures),
        numbers=_numbers(figures),
        origins=len(figures.origins),
        whole=len(SOURCES),
        seen=SEEN,
        held_out=HELD_OUT,
        accept_text=_accept_text(figures),
        default=figures.default,
        accept=figures.accept,
        bins=BINS,
        drawn=DRAWN,
        folder=FOLDER,
        confusion=CONFUSION,
        reliability=CALIBRATION,
        risk=RISK,
        kinds=tables.kinds(figures),
        accepted=tables.accepted(figures),
        thresholds_held_out=tables.thresholds(figures, HELD_OUT),
        thresholds_all=tables.thresholds(figures, ALL),
        calibration=tables.calibration(figures.calibration),
        not_digits=tables.not_digits(figures),
        mnist=tables.mnist(figures),
        sets=tables.sets(figures),
        corruptions=tables.corruptions(figures),
        sources=tables.sources(figures),
    )


def _told(figures: Figures) -> Iterator[str]:
    if figures.one_digit is not None:
        yield (
            f"`{figures.one_digit}` is `{figures.default}` once more, where the setting `digits` "
            "says that every\nimage shows one digit."
        )


def _one_digit(figures: Figures) -> str:
    return "" if figures.one_digit is None else ONE_DIGIT.format(table=tables.one_digit(figures))


def _numbers(figures: Figures) -> str:
    if figures.numbers is None:
        return ""
    return number_page.render(figures.numbers, figures.default, figures.accept, FOLDER)


def _accept_text(figures: Figures) -> str:
    """How ``accept`` was chosen: what it gives, and what the thresholds beside it would."""
    sentences = [
        f"`accept` is {figures.accept:g}: chosen so that only a few in a thousand of what is "
        "accepted are wrong, and people have to look at no more images than this needs."
    ]
    for pool in POOLS:
        points = figures.thresholds[HELD_OUT][pool]
        at = [point.threshold for point in points].index(figures.accept)
        beside = (*points[max(0, at - 1) : at], *points[at + 1 : at + 2])
        sentences.append(
            f"Of the {HELD_OUT} {pool} `{figures.default}` then accepts "
            f"{tables.share(points[at].accepted)}, and {tables.share(points[at].wrong)} of these "
            f"are wrong; {'; '.join(map(_beside, beside))}."
        )
    return textwrap.fill(" ".join(sentences), 96, break_long_words=False, break_on_hyphens=False)


def _beside(point: RiskPoint) -> str:
    wrong = f"{point.wrong.value:.1%}" if point.wrong.total else "none"
    return f"at {point.threshold:g} it would be {point.accepted.value:.1%}, and {wrong}"
