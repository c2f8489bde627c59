"""The figures of numbers → their part of ``docs/accuracy.md``."""

from digitbox_train.accuracy import tables
from digitbox_train.accuracy.numbers import ALL, UNSEPARATED, NumberFigures
from digitbox_train.accuracy.tables import MISSING, share, table
from digitbox_train.accuracy.testsets import DRAWN_PAIRS, FIELDS

RISK = "accuracy-numbers-risk.png"
CALIBRATION = "accuracy-numbers-calibration.png"

HIGHEST = 10.0
"""Per cent wrong up to which the plot of risk and coverage goes: beyond, nobody would accept."""

NAMES = {
    "logbook": "cells of log books",
    "cheque": "amounts on cheques",
    "ten": "ten digits",
    "register": "margins of registers",
    FIELDS: "fields of forms and other images",
}

PART = """## Numbers

How `{default}` reads numbers of several digits, at the default settings: cells of clinic log
books (60×34 pixels), amounts on cheques over a security pattern, ten digits in a row by 17
writers, numbers in the margins of parish registers, and fields of forms with other images. No
network was trained on them. But how they are read was used to decide what to draw for the
training, and to choose a few constants.

A number is *right* if all of its digits are, leading zeros among them. Points, commas and minus
signs are left out of this, since who labelled the cheques left them out. *As written* compares
them, too, where the labels have them. *Digits* is the share of digits that are right: their number
less the edit distance (Levenshtein), but not below 0 for any image. The digits of one number are
not independent of each other, so its interval is rather too narrow. *Among five* has the numbers
that are among the alternatives.{left_out}

{sources}

What `{default}` accepts at the default `accept` of {accept:g}, and how much of that is wrong:

{accepted}

What other values of `accept` would give on all of them:

{thresholds}

![Wrong among what is accepted, against how much is accepted, by source]({folder}/{risk})

By the number of digits in the label:

{lengths}

The expected calibration error, as above. The confidence is that of the whole value, with its
separators:

{calibration}

![Share right against confidence]({folder}/{reliability})

### No number taken for a digit

How often a number of two digits or more was accepted as a single digit. Besides the images above,
{drawn} pages were drawn with two of MNIST's test digits side by side on plain paper, alike in
slant and stroke as by one hand:

{pairs}

Pages with several lines, of which none may be accepted: {several_lines}.

"""


def render(figures: NumberFigures, default: str, accept: float, folder: str) -> str:
    """The part, about the model ``default``; its plots are in ``folder``."""
    return PART.format(
        default=default,
        accept=accept,
        folder=folder,
        risk=RISK,
        reliability=CALIBRATION,
        drawn=DRAWN_PAIRS,
        left_out=_left_out(figures.left_out),
        sources=_sources(figures),
        accepted=_accepted(figures),
        thresholds=_thresholds(figures, accept),
        lengths=_lengths(figures),
        calibration=tables.calibration(
            {_name(name): found for name, found in figures.calibration.items()}, "numbers"
        ),
        pairs=_pairs(figures),
        several_lines=_several_lines(figures),
    )


def _left_out(count: int) -> str:
    if not count:
        return ""
    return f" Left out are {count:,} images whose labels are wrong, see `mislabelled.csv`."


def _sources(figures: NumberFigures) -> str:
    rows = [
        [
            _name(name),
            f"{one.right.total:,}",
            share(one.right),
            MISSING if name in UNSEPARATED else share(one.as_written),
            share(one.digits),
            share(one.alternatives),
        ]
        for name, one in figures.sources.items()
    ]
    return table(["", "images", "right", "as written", "digits", "among five"], rows)


def _accepted(figures: NumberFigures) -> str:
    rows = [
        [
            _name(name),
            share(one.accepted),
            share(one.wrong, 2),
            MISSING if name in UNSEPARATED else share(one.wrong_as_written, 2),
        ]
        for name, one in figures.sources.items()
    ]
    return table(["", "accepted", "wrong", "wrong as written"], rows)


def _thresholds(figures: NumberFigures, accept: float) -> str:
    rows = []
    for point in figures.thresholds:
        name = f"{point.threshold:g}"
        shown = f"**{name}**" if point.threshold == accept else name
        rows.append([shown, share(point.accepted), share(point.wrong, 2)])
    return table(["`accept`", "accepted", "wrong"], rows)


def _lengths(figures: NumberFigures) -> str:
    rows = [
        [
            str(length),
            f"{one.right.total:,}",
            share(one.right),
            share(one.digits),
            share(one.accepted),
            share(one.wrong, 2),
        ]
        for length, one in figures.lengths.items()
    ]
    return table(["digits", "images", "right", "digits right", "accepted", "wrong"], rows)


def _pairs(figures: NumberFigures) -> str:
    groups = {"two digits, drawn": figures.pairs, **figures.sources}
    rows = [
        [
            _name(name),
            f"{one.as_digit.total:,}",
            share(one.as_digit),
            share(one.accepted),
            share(one.wrong, 2),
        ]
        for name, one in groups.items()
    ]
    head = ["", "of two digits and more", "accepted as one digit", "all accepted", "wrong of these"]
    return table(head, rows)


def _several_lines(figures: NumberFigures) -> str:
    counts = figures.several_lines
    found = ", ".join(f"{count:,} `{verdict}`" for verdict, count in counts.items())
    return f"{sum(counts.values()):,}, namely {found}" if counts else "none were read"


def _name(name: str) -> str:
    return f"**{name}**" if name == ALL else NAMES.get(name, name)
