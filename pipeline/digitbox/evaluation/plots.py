"""Figures → PNG files. Needs matplotlib, which comes with the ``train`` extra."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from digitbox.evaluation.evaluate import Evaluation
from digitbox.evaluation.metrics import Reliability, RiskCoverage


def confusion(evaluation: Evaluation, file: Path) -> None:
    """How often each digit (rows) was read as which (columns). The redder, the more often wrong."""
    matrix = evaluation.confusion()
    names = [*map(str, range(10)), "none"]
    figure, axes = _figure(6, 5.5)
    wrong = [
        [0 if label == value else number for value, number in enumerate(row)]
        for label, row in enumerate(matrix)
    ]
    most = max(map(max, wrong))
    axes.imshow(wrong, cmap="Reds")
    for label, row in enumerate(matrix):
        for value, number in enumerate(row):
            if number:
                colour = "white" if wrong[label][value] > most / 2 else "black"
                axes.text(value, label, str(number), ha="center", va="center", color=colour)
    axes.set(
        xlabel="read as",
        ylabel="is",
        xticks=range(11),
        xticklabels=names,
        yticks=range(len(matrix)),
        yticklabels=names[: len(matrix)],
        title=f"{evaluation.model}: {evaluation.share().value:.1%} of {evaluation.share().total}",
    )
    _save(figure, file)


def reliability(calibrations: Mapping[str, Reliability], file: Path) -> None:
    """The share that is right against the mean confidence, a point a bin; the larger, the more
    readings in it."""
    figure, axes = _figure(5, 4.5)
    axes.plot([0, 1], [0, 1], color="gray", linestyle=":", label="calibrated")
    for number, (name, calibration) in enumerate(calibrations.items()):
        bins = [one for one in calibration.bins if one.right.total]
        shares = [one.right.value for one in bins]
        low, high = zip(*(one.right.interval for one in bins), strict=True) if bins else ((), ())
        confidences = [one.confidence for one in bins]
        colour = f"C{number}"
        axes.vlines(confidences, low, high, color=colour, alpha=0.4, linewidth=1)
        axes.plot(
            confidences,
            shares,
            marker="o",
            markersize=4,
            color=colour,
            label=f"{name}: ECE {calibration.error:.1%}",
        )
    axes.set(xlabel="mean confidence", ylabel="share right", xlim=(0, 1.01), ylim=(0, 1.01))
    axes.legend(loc="upper left")
    _save(figure, file)


def risk_coverage(
    curves: Mapping[str, Mapping[str, RiskCoverage]],
    accept: float,
    file: Path,
    highest: float | None = None,
) -> None:
    """The share wrong among what is accepted against the share that is accepted, for every
    threshold; the dots are at ``accept``. ``curves`` is by part (solid, then dashed: one or two),
    then by pool (one colour each). The plot ends at ``highest`` % wrong."""
    figure, axes = _figure(6, 4)
    for (part, of_part), style in zip(curves.items(), ("-", "--"), strict=False):
        for number, (pool, curve) in enumerate(of_part.items()):
            name = f"{pool}, {part}" if len(curves) > 1 else pool
            coverage = [100 * point.accepted.value for point in curve.points]
            wrong = [100 * point.wrong.value for point in curve.points]
            axes.plot(coverage, wrong, style, color=f"C{number}", label=name)
            default = curve.at(accept)
            fill = "none" if style == "--" else "full"
            dot = 100 * default.accepted.value, 100 * default.wrong.value
            shown = highest is None or dot[1] <= highest
            if shown:
                axes.plot(*dot, "o", color=f"C{number}", fillstyle=fill, clip_on=False)
    axes.plot([], [], "o", color="gray", label=f"accept = {accept:g}")
    axes.set(xlabel="accepted, %", ylabel="wrong among them, %")
    axes.set_xlim(right=100)
    axes.set_ylim(bottom=0, top=highest)
    axes.grid(alpha=0.3)
    axes.legend(loc="upper left")
    _save(figure, file)


def _figure(width: float, height: float) -> tuple[Any, Any]:
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(width, height), layout="constrained")
    return figure, axes


def _save(figure: Any, file: Path) -> None:
    from matplotlib import pyplot

    # Without matplotlib's version in it: the same figures give the same file for longer.
    figure.savefig(file, dpi=100, metadata={"Software": None})
    pyplot.close(figure)
