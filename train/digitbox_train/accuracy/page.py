"""The figures → the text of ``docs/accuracy.md``."""

import textwrap

from digitbox.evaluation.metrics import BINS, RiskPoint
from digitbox_train.accuracy import tables
from digitbox_train.accuracy.heldout import SOURCES
from digitbox_train.accuracy.summary import ALL, HELD_OUT, POOLS, SEEN, Figures
from digitbox_train.accuracy.testsets import DRAWN

CONFUSION = "accuracy-confusion.png"
CALIBRATION = "accuracy-calibration.png"
RISK = "accuracy-risk.png"

PAGE = """# How well it reads

Made by `make accuracy`; that is `python -m digitbox_train.accuracy DATA_FOLDER`, which writes
this page and its plots. It measured the shipped models {labels}, at the default settings.

{missing}The real digits are scans, photos, drawings on a screen and crops of larger pictures,
by many people from {origins} sources, as they made them. None of them was trained on. What is
drawn to train on, and a few constants, was decided by how some are read, though: *{seen}* below.
The others are *{held_out}*: {whole} sources as a whole, and every other image of the one source
of scans and of the largest one of drawings, so that of these two the images are new but not the
people. Which ones stands in `train/accuracy/heldout.py`.

A share is of all images: one that was not read as any digit counts as wrong. In brackets is its
95 % interval by Wilson's score. It takes images to be independent of each other; those of one
source are by few people, so that for new people it is rather too narrow. Small differences
between two lines say nothing.

{accept_text}

## Real digits

{kinds}

![What was read as what]({folder}/{confusion})

## Accepted without a look

What `{default}` accepts at the default `accept` of {accept:g}, and how much of that is wrong:

{accepted}

What other values of `accept` would give on what is {held_out}:

{thresholds_held_out}

and on all real digits:

{thresholds_all}

What has several marks, or none that is a digit, is never accepted, whatever the threshold.

![Wrong among what is accepted, against how much is accepted]({folder}/{risk})

## Is the confidence right?

The expected calibration error (Guo et al. 2017), in {bins} bins of equal width, of `{default}`:
the mean distance between how sure it is and how often it is right. An image that was not read
as any digit has no confidence and is left out here.

{calibration}

![Share right against confidence]({folder}/{reliability})

## Images that are no digits

What becomes of letters, other scripts, blank paper and text. The last column is the share that
nobody takes for a digit unseen:

{not_digits}

## MNIST

The 10,000 test digits, straight into the network as arrays, and as PNG files through all of
digitbox:

{mnist}

## Other collections

As PNG files, except for DIDA, which has JPEGs: {drawn:,} each of USPS (envelopes, 16×16) and
ARDIS (Swedish church records), drawn at random; optdigits (8×8); DIDA (church records in
colour, with neighbours in the frame; 1 to 2 % of its labels are wrong).

{sets}

MNIST-C: 500 of MNIST's test digits, damaged in 15 ways. As it is always the same 500, the
interval of the mean is rather too narrow.

{corruptions}

## By source

How much of each source is held out stands beside it.

{sources}
"""


def render(figures: Figures) -> str:
    """The page."""
    return PAGE.format(
        labels=" and ".join(f"`{model.label}`" for model in figures.models.values()),
        missing="".join(f"{sentence}\n\n" for sentence in figures.missing),
        origins=len(figures.origins),
        whole=len(SOURCES),
        seen=SEEN,
        held_out=HELD_OUT,
        accept_text=_accept_text(figures),
        default=figures.default,
        accept=figures.accept,
        bins=BINS,
        drawn=DRAWN,
        folder="images",
        confusion=CONFUSION,
        reliability=CALIBRATION,
        risk=RISK,
        kinds=tables.kinds(figures),
        accepted=tables.accepted(figures),
        thresholds_held_out=tables.thresholds(figures, HELD_OUT),
        thresholds_all=tables.thresholds(figures, ALL),
        calibration=tables.calibration(figures),
        not_digits=tables.not_digits(figures),
        mnist=tables.mnist(figures),
        sets=tables.sets(figures),
        corruptions=tables.corruptions(figures),
        sources=tables.sources(figures),
    )


def _accept_text(figures: Figures) -> str:
    """How ``accept`` was chosen: what it gives, and what the thresholds beside it would."""
    sentences = [
        f"`accept` is {figures.accept:g}: chosen so that only a few in a thousand of what is "
        "accepted are wrong, and no more has to be looked at than that takes."
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
