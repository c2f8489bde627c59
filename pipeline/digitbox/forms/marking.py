"""Pictures of checkboxes → which are marked, and how surely."""

from collections.abc import Sequence

import numpy as np

from digitbox.forms.alignment import evenly_lit
from digitbox.forms.cutting import DARK, inner
from digitbox.recognition.view import Gray

INSIDE = 0.15
"""Of a box, such a share of its sides is left out on each side: its printed edge."""

FAINT, STEEP = 0.03, 3.0
"""Where so much of a box is ink, it is as likely marked as not; twice as much makes the odds
2 ** STEEP times as large."""

BLACK = 0.3
"""What has less than such a share of the light of the reference's paper is ink, also where no paper
is seen beside it: a box may be filled from edge to edge."""

GRAY = 0.8
"""What has less than such a share of the light of the paper beside a box is ink: pencil may fill a
box evenly."""

FILLED, CROSSED = 0.75, 0.7
"""From the first share of ink on, a box is filled; below the second, it has a cross or a tick."""

MARKED, EMPTY = "marked", "empty"


def ink(box: Gray, reference: Gray, papers: tuple[float, float] = (0.0, 0.0)) -> float:
    """The share of ``box`` (uint8 ``[h, w]``) that is ink, 0 to 1, less what the ``reference`` has
    there: a letter in a bubble. ``papers`` are the light of the paper beside both, 0 to 255; 0:
    unknown."""
    black = BLACK * float(np.percentile(reference, 95))
    ours, theirs = (max(black, GRAY * paper) for paper in papers)
    return max(0.0, _dark(box, ours) - _dark(reference, theirs))


def paper(around: Gray) -> float:
    """The light of the paper in a picture of a box and of what is ``around`` it, 0 to 255."""
    return float(np.percentile(around, 90))


def likely_marked(share: float) -> float:
    """How likely a box is marked of which such a ``share`` is ink."""
    return float(1 / (1 + (FAINT / max(share, 1e-4)) ** STEEP))


def has_crosses(shares: Sequence[float]) -> bool:
    """Whether boxes of a page, of which such ``shares`` are ink, are marked by crosses or ticks:
    one that is filled was struck out then, and is the mark else."""
    crossed = sum(FAINT < share < CROSSED for share in shares)
    return crossed > sum(share >= FILLED for share in shares)


def chosen(shares: dict[str, float]) -> dict[str, float]:
    """Which of several boxes is the one that is marked, by the ``shares`` that are ink: each label
    with its probability, and ``""`` for none. What is left is for more than one."""
    each = {label: likely_marked(share) for label, share in shares.items()}
    none = float(np.prod([1 - likely for likely in each.values()]))
    found = {"": none}
    for label, likely in each.items():
        others = [1 - other for name, other in each.items() if name != label]
        found[label] = likely * float(np.prod(others))
    return found


def _dark(box: Gray, black: float) -> float:
    dark = (evenly_lit(box) < DARK) | (box < black)
    return float(inner(dark, INSIDE).mean())
