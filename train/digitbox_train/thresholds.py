"""The thresholds that a new network's card begins with, and how they were chosen.

They were chosen on real digits (``docs/design.md``, "What was tuned on what"), for the networks
that are shipped. Whoever trains a network that sees otherwise chooses them anew, and writes into
its card how.
"""

from digitbox.recognition.card import (
    DigitThresholds,
    InkThresholds,
    NumberThresholds,
    Threshold,
)

INK = {
    "seed": Threshold(InkThresholds().seed, "more likely ink than not; not tuned"),
    "edge": Threshold(
        InkThresholds().edge,
        "on the real digits, the counts of those that are held out being in view: with less, the "
        "smear around enlarged ink is taken in; with more, strokes break",
    ),
    "fine_edge": Threshold(
        InkThresholds().fine_edge,
        "on the real digits that are not held out: with 0.3, stems of 9s on photos were lost; with "
        "0.03, noise was taken in",
    ),
}

DIGIT = {
    "outline": Threshold(
        DigitThresholds().outline,
        "on the real digits, the counts of those that are held out being in view",
    ),
    "none": Threshold(
        DigitThresholds().none,
        "on the real digits that are not held out: a strange digit goes to a person with its "
        "guess, and only what is hardly a digit is not_digit",
    ),
    "accept": Threshold(
        DigitThresholds().accept,
        "for cnn, by the tables of docs/accuracy.md: a few in a thousand of what is accepted are "
        "wrong, and no more has to be reviewed than that takes",
    ),
}

CALIBRATED = (
    "on the real numbers: of those that are accepted at 0.95, fewer than one in two hundred "
    "is wrong"
)
AGREED = (
    "on the real digits and on what is no digit: a few letters fewer are accepted than by the "
    "network of digits alone, and one or two digits fewer of a hundred"
)

NUMBERS = {
    "doubt": Threshold(
        NumberThresholds().doubt,
        "not tuned: a line that is looked at in other ways, too, costs three passes more",
    ),
    "slope": Threshold(1.08, CALIBRATED),
    "offset": Threshold(0.7, CALIBRATED),
    "several": Threshold(
        NumberThresholds().several,
        "on the real digits and numbers: with less, single digits are taken for numbers",
    ),
    "weight": Threshold(NumberThresholds().weight, AGREED),
    "agreed": Threshold(NumberThresholds().agreed, AGREED),
}
