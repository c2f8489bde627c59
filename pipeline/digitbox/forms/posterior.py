"""What each field may say, and what must hold between them → what they say together."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from digitbox.forms.checks import Check
from digitbox.forms.values import Belief, kept, number

MOST = 100_000
"""So many values are compared at a time, at most: each combination has one of each field."""

UNLIKELY = 1e-10
"""A combination that is so much less likely than the likeliest is not compared."""

PLAIN = 100.0
"""A number that somebody writes where another belongs is one of about so many."""


def joint(
    beliefs: Mapping[str, Belief], checks: Sequence[Check], wrong_sums: float
) -> dict[str, Belief]:
    """The probabilities of the values of all fields, given all, the likeliest first: their
    marginals under the product of what was read of each (``beliefs``) and of what ``checks`` say.
    On a share ``wrong_sums`` of the pages a check does not hold, since whoever filled it in was
    wrong. A check with a field of which nothing is believed says nothing."""
    found = dict(beliefs)
    for together, theirs in _components(beliefs, checks):
        found |= _marginals({name: beliefs[name] for name in together}, theirs, wrong_sums)
    return found


def _components(
    beliefs: Mapping[str, Belief], checks: Sequence[Check]
) -> list[tuple[list[str], list[Check]]]:
    """The fields that checks tie together, with these checks."""
    groups: list[tuple[set[str], list[Check]]] = []
    for check in checks:
        fields = set(check.fields)
        if not fields <= beliefs.keys():
            continue
        tied = [group for group in groups if group[0] & fields]
        groups = [group for group in groups if not group[0] & fields]
        groups.append(
            (
                fields.union(*(group[0] for group in tied)),
                [*(one for group in tied for one in group[1]), check],
            )
        )
    return [([name for name in beliefs if name in fields], theirs) for fields, theirs in groups]


def _marginals(
    beliefs: Mapping[str, Belief], checks: Sequence[Check], wrong_sums: float
) -> dict[str, Belief]:
    # The last of each field's values is any that is not followed.
    each = [_whole(belief) for belief in beliefs.values()]
    chosen, likely = _likeliest(each)
    values = {
        name: np.array([*map(number, belief), np.nan])[chosen[:, place]]
        for place, (name, belief) in enumerate(beliefs.items())
    }
    weights = np.ones(len(likely))
    for check in checks:
        unknown = np.any([np.isnan(values[name]) for name in check.fields], axis=0)
        weight = (1 - wrong_sums) * (PLAIN if check.is_equation else 1.0)
        weights *= np.where(unknown, 1.0, np.where(check.holds(values), weight, wrong_sums))
    found: dict[str, Belief] = {}
    for place, (name, belief) in enumerate(beliefs.items()):
        before = np.bincount(chosen[:, place], likely, len(each[place]))
        after = np.bincount(chosen[:, place], likely * weights, len(each[place]))
        # Of what was not compared, checks hold as often as they hold by chance: PLAIN makes that
        # as if nothing was known of them.
        whole = np.maximum(0.0, each[place] - before) + after
        found[name] = kept(dict(zip(belief, (whole / whole.sum()).tolist(), strict=False)))
    return found


def _whole(belief: Belief) -> NDArray[np.float64]:
    """The probabilities of a field's values, and of any other one; their sum is 1."""
    likely = [*belief.values()]
    found = np.array([*likely, max(1e-9, 1 - sum(likely))])
    return np.asarray(found / found.sum())


def _likeliest(
    each: Sequence[NDArray[np.float64]],
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """The likeliest combinations of one value of each field, ``[N, fields]``, and how likely each
    is, ``[N]``: begun with the first field, only the likeliest are gone on with."""
    most = max(1, MOST // len(each))
    relative, scale = np.ones(1), 0.0
    chosen = np.zeros((1, len(each)), np.intp)
    for place, likely in enumerate(each):
        grown = (relative[:, None] * (likely / likely.max())).ravel()
        best = np.flatnonzero(grown >= UNLIKELY)
        if len(best) > most:
            best = best[np.argpartition(grown[best], -most)[-most:]]
        chosen = chosen[best // len(likely)]
        chosen[:, place] = best % len(likely)
        relative = grown[best]
        scale += float(np.log(likely.max()))
    return chosen, relative * np.exp(scale)
