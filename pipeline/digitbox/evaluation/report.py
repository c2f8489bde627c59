"""An evaluation → text for the terminal, and figures, plots and a contact sheet for a folder."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageOps

from digitbox.config import FINDER
from digitbox.evaluation import plots
from digitbox.evaluation.evaluate import Evaluation, Outcome
from digitbox.evaluation.metrics import Share
from digitbox.evaluation.serializers import serialized
from digitbox.recognition.finder import Finder
from digitbox.recognition.preprocess import Preprocessed, preprocess_page
from digitbox.records import Status

WORST = 20
"""So many of the worst images are named, most confident first."""

_TILE, _COLUMNS = 200, 5


def text(evaluation: Evaluation) -> str:
    """The figures as people read them."""
    total = evaluation.share()
    lines = [f"{evaluation.model}: {_percent(total)}", ""]
    for group in ("kind", "source"):
        shares = evaluation.by(group)
        width = max(map(len, shares))
        lines.append(f"By {group}:")
        lines.extend(f"  {name:{width}}  {_percent(share)}" for name, share in shares.items())
        lines.append("")
    if not evaluation.single:
        lines += _numbers(evaluation)
    accepted = evaluation.accepted()
    lines.append(
        f"Accepted without a look: {accepted.total} of {total.total} "
        f"({accepted.total / total.total:.1%}), {accepted.total - accepted.right} of them wrong."
    )
    lines += ["", "Read as (columns) where it was (rows):"]
    lines.append("     " + "".join(f"{name:>5}" for name in [*range(10), "none"]))
    for label, row in zip([*range(10), "none"], evaluation.confusion(), strict=False):
        lines.append(f"{label:>5}" + "".join(f"{number or '.':>5}" for number in row))
    worst = evaluation.worst(WORST)
    if worst:
        lines += ["", "Worst, the most confident first:"]
        lines.extend(f"  {outcome.path}: {_verdict(outcome)}" for outcome in worst)
    return "\n".join(lines)


def write(evaluation: Evaluation, images: Path, folder: Path) -> Iterator[Path]:
    """Write ``evaluation.json``, ``worst.png`` and, with matplotlib, ``confusion.png``; yield each
    file when it is there. ``images`` is the folder that was evaluated."""
    folder.mkdir(parents=True, exist_ok=True)
    figures = folder / "evaluation.json"
    figures.write_text(json.dumps(_figures(evaluation), indent=2) + "\n", encoding="utf-8")
    yield figures
    if worst := evaluation.worst(WORST):
        sheet = folder / "worst.png"
        contact_sheet(worst, images).save(sheet)
        yield sheet
    plot = folder / "confusion.png"
    try:
        plots.confusion(evaluation, plot)
    except ImportError:
        return
    yield plot


def _figures(evaluation: Evaluation) -> dict[str, Any]:
    return {
        "model": evaluation.model,
        "all": serialized(evaluation.share()),
        "accepted": serialized(evaluation.accepted()),
        "statuses": {
            status: sum(outcome.reading.status is status for outcome in evaluation.outcomes)
            for status in Status
        },
        "kind": serialized(evaluation.by("kind")),
        "source": serialized(evaluation.by("source")),
        **({} if evaluation.single else _figures_of_numbers(evaluation)),
        "confusion": evaluation.confusion(),
        "wrong": [
            {
                "path": outcome.path,
                "label": outcome.label,
                "value": outcome.reading.value,
                "confidence": outcome.reading.confidence,
                "status": outcome.reading.status,
            }
            for outcome in evaluation.worst(len(evaluation.outcomes))
        ],
    }


def _numbers(evaluation: Evaluation) -> list[str]:
    """The whole numbers and their digits, by length. An image of no digit has the length 0."""
    numbers, digits = evaluation.by("length"), evaluation.digits_by("length")
    width = max(map(len, numbers))
    lines = ["By length, and of the digits those that are right by the edit distance:"]
    for length, share in numbers.items():
        lines.append(f"  {length:>{width}}  {_percent(share)}{_digits(digits[length])}")
    return [*lines, f"All digits{_digits(evaluation.digits()) or ': none'}", ""]


def _digits(share: Share) -> str:
    # Without an interval: the digits of one number are not independent of each other.
    return f": {share.value:6.1%} of {share.total} digits" if share.total else ""


def _figures_of_numbers(evaluation: Evaluation) -> dict[str, Any]:
    digits = evaluation.digits_by("length")
    return {
        "digits": serialized(evaluation.digits()),
        "length": {
            length: {"all": serialized(share), "digits": serialized(digits[length])}
            for length, share in evaluation.by("length").items()
        },
    }


def _percent(share: Share) -> str:
    low, high = share.interval
    return f"{share.value:6.1%} right [{low:.1%}, {high:.1%}], {share.right} of {share.total}"


def _verdict(outcome: Outcome) -> str:
    reading = outcome.reading
    if reading.value is None:
        return f"{outcome.label} read as {reading.status}"
    return f"{outcome.label} read as {reading.value} at {reading.confidence:.1%}"


def contact_sheet(outcomes: list[Outcome], images: Path) -> Image.Image:
    """Each image of the folder ``images``, in its corner the frames that the model saw, and
    beneath what was read."""
    finder = Finder(FINDER)
    rows = -(-len(outcomes) // _COLUMNS)
    sheet = Image.new("L", (_COLUMNS * _TILE, rows * (_TILE + 30)), 255)
    draw = ImageDraw.Draw(sheet)
    for index, outcome in enumerate(outcomes):
        left, top = index % _COLUMNS * _TILE, index // _COLUMNS * (_TILE + 30)
        seen = _seen(outcome, images, finder)
        if seen is not None:
            picture = Image.fromarray(seen.gray)
            picture = ImageOps.contain(picture, (_TILE - 4, _TILE - 4))
            sheet.paste(picture, (left + 2, top + 2))
            if (
                seen.candidates and len(outcome.reading.digits) < 2
            ):  # of a number, no frames are read
                frames = Image.fromarray(np.hstack([*seen.candidates[0].frames]))
                shown = frames.resize((2 * frames.width, 2 * frames.height))
                sheet.paste(shown, (left + _TILE - shown.width - 4, top + _TILE - 60))
        draw.text((left + 4, top + _TILE), f"{_verdict(outcome)}\n{outcome.path}", fill=0)
    return sheet


def _seen(outcome: Outcome, images: Path, finder: Finder) -> Preprocessed | None:
    """The page that was read. One that failed in its worker is not decoded here."""
    if outcome.reading.status is Status.FAILED:
        return None
    content = (images / outcome.path).read_bytes()
    return preprocess_page(content, 1, finder, max_pixels=10**9)
