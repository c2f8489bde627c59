"""Figures → tables in Markdown, every share with its 95 % interval."""

from collections.abc import Iterable, Mapping, Sequence

from digitbox.evaluation.metrics import Reliability, RiskPoint, Share
from digitbox.records import Status
from digitbox_train.accuracy.summary import ALL, HELD_OUT, POOLS, SEEN, Figures
from digitbox_train.accuracy.testsets import ARDIS, DIDA, MNIST, MNIST_C, OPTDIGITS, USPS

KINDS = ("scan", "photo", "drawing", "crop")

HARMLESS = (Status.NOT_DIGIT, Status.BLANK, Status.REVIEW)
"""What may become of an image without a digit: nobody takes it for one unseen."""

MISSING = "–"


def share(value: Share, places: int = 1) -> str:
    """``95.8% [94.2, 97.0]``; a dash of none."""
    if not value.total:
        return MISSING
    low, high = (f"{100 * end:.{places}f}" for end in value.interval)
    return f"{value.value:.{places}%} [{low}, {high}]"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |".replace("|  |", "| |") for line in lines)


def kinds(figures: Figures) -> str:
    """The share right of the real digits, by part, model and kind."""
    head = ["", *(f"{kind}s" for kind in KINDS), ALL]
    rows = []
    for part in (ALL, HELD_OUT, SEEN):
        of_part = {name: model.kinds[part] for name, model in figures.models.items()}
        counts = [_of(of_part[figures.default], kind).total for kind in (*KINDS, ALL)]
        rows.append([f"**{part}**: images", *(f"{count:,}" for count in counts)])
        for name, shares in of_part.items():
            rows.append([f"`{name}`", *(share(_of(shares, kind)) for kind in (*KINDS, ALL))])
    return table(head, rows)


def accepted(figures: Figures) -> str:
    """What ``accept`` accepts, and how much of that is wrong, by pool and kind."""
    head = ["", *(f"{text}, {part}" for part in (HELD_OUT, ALL) for text in ("accepted", "wrong"))]
    names = [*POOLS, *(kind for kind in KINDS if (kind,) not in POOLS.values())]
    rows = []
    for name in names:
        points = [figures.accepted[part].get(name) for part in (HELD_OUT, ALL)]
        rows.append([_plural(name), *(cell for point in points for cell in _risk(point))])
    return table(head, rows)


def one_digit(figures: Figures) -> str:
    """What is read and accepted of the real digits by default, and where the setting ``digits``
    says that there is one."""
    parts = (HELD_OUT, ALL)
    head = ["", *(f"{text}, {part}" for part in parts for text in ("right", "accepted", "wrong"))]
    rows = []
    for name in (figures.default, figures.one_digit):
        model = figures.models[name or figures.default]
        cells = [f"`{'digits: 1' if name == figures.one_digit else 'digits: any'}`"]
        for part in parts:
            cells += [share(_of(model.kinds[part], ALL)), *_risk(model.accepted[part])]
        rows.append(cells)
    return table(head, rows)


def thresholds(figures: Figures, part: str) -> str:
    """What other thresholds would give on a part of the real digits."""
    head = ["`accept`", *(f"{pool}: {text}" for pool in POOLS for text in ("accepted", "wrong"))]
    rows = []
    for points in zip(*figures.thresholds[part].values(), strict=True):
        threshold = f"{points[0].threshold:g}"
        is_default = points[0].threshold == figures.accept
        name = f"**{threshold}**" if is_default else threshold
        rows.append([name, *(cell for point in points for cell in _risk(point))])
    return table(head, rows)


def _risk(point: RiskPoint | None) -> tuple[str, str]:
    return (share(point.accepted), share(point.wrong)) if point else (MISSING, MISSING)


def calibration(calibrations: Mapping[str, Reliability], of: str = "digits") -> str:
    """The expected calibration errors, by name, and of how many readings."""
    rows = []
    for name, found in calibrations.items():
        total = sum(one.right.total for one in found.bins)
        error = f"{found.error:.1%}" if total else MISSING
        rows.append([name, error, f"{total:,}", f"{found.without_value:,}"])
    return table([of, "ECE", "readings", "left out"], rows)


def not_digits(figures: Figures) -> str:
    """What became of the images without a digit, by kind."""
    head = ["", "images", *(f"`{status}`" for status in Status), "not taken for a digit"]
    rows = []
    for kind, counts in figures.not_digits.items():
        total = sum(counts.values())
        harmless = Share(sum(counts[status] for status in HARMLESS), total)
        numbers = [f"{count:,}" for count in (total, *(counts[status] for status in Status))]
        rows.append([kind.replace("_", " "), *numbers, share(harmless)])
    return table(head, rows)


def mnist(figures: Figures) -> str:
    """The share right of MNIST's test set, by model."""
    head = ["", "arrays", "PNG files"]
    rows = [
        [f"`{name}`", share(model.arrays, 2), share(model.sets[MNIST], 2)]
        for name, model in figures.models.items()
    ]
    if any(model.seeds for model in figures.models.values()):
        head.append("arrays, by the seed of the training")
        for row, model in zip(rows, figures.models.values(), strict=True):
            found = [f"{seed}: {share(one, 2)}" for seed, one in sorted(model.seeds.items())]
            row.append("; ".join(found) or MISSING)
    return table(head, rows)


def sets(figures: Figures) -> str:
    """The share right of the other collections, by model."""
    default = figures.models[figures.default]
    names = [name for name in (USPS, ARDIS, OPTDIGITS, DIDA) if name in default.sets]
    return table(
        ["", *(f"{name} ({default.sets[name].total:,})" for name in names), f"{MNIST_C}, mean"],
        [
            [
                f"`{name}`",
                *(share(model.sets[each]) for each in names),
                share(model.corrupted),
            ]
            for name, model in figures.models.items()
        ],
    )


def corruptions(figures: Figures) -> str:
    """The share right of each corruption of MNIST-C."""
    names = figures.models[figures.default].corruptions
    rows = [
        [name.replace("_", " "), *(share(model.corruptions[name]) for model in models)]
        for models in [figures.models.values()]
        for name in names
    ]
    rows.append(["**mean**", *(share(model.corrupted) for model in figures.models.values())])
    return table(["", *(f"`{name}`" for name in figures.models)], rows)


def sources(figures: Figures) -> str:
    """The share right of each source of the real digits."""
    rows = []
    for origin in sorted(figures.origins, key=lambda origin: (origin.kinds, origin.name.lower())):
        shares = [_of(model.sources, origin.name) for model in figures.models.values()]
        rows.append(
            [
                origin.name,
                ", ".join(map(_plural, origin.kinds)),
                origin.held_out,
                f"{shares[0].total:,}",
                *(share(one) for one in shares),
            ]
        )
    return table(
        ["source", "kind", HELD_OUT, "images", *(f"`{name}`" for name in figures.models)], rows
    )


def _of(shares: Mapping[str, Share], name: str) -> Share:
    return shares.get(name, Share(0, 0))


def _plural(name: str) -> str:
    return f"{name}s" if name in KINDS else name
