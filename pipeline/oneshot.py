"""The three ways of ``digitbox batch``: paths once, paths with a memory, the inbox once."""

import functools
import logging
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import click

from pipeline import console
from pipeline.config import Config
from pipeline.outbox import Outbox
from pipeline.recognition.card import read_card
from pipeline.registry import pinned, used
from pipeline.run import Run, Summary
from pipeline.service.batches import Published
from pipeline.service.reports import counted
from pipeline.signals import Signals
from pipeline.sources import Sources, count
from pipeline.workers import Workers

NOTHING = "No image was found."


def read(config: Config, paths: Sequence[Path], signals: Signals, quiet: bool) -> None:
    """Read ``paths``, and keep no memory of it."""
    config = pinned(config)
    card = read_card(used(config))
    walk = functools.partial(Sources, paths, config.follow_symlinks, (config.outbox, config.state))
    sources = walk()
    run = Run(Outbox(config.outbox, config.formats), card.label, config.batch.rows)
    try:
        with Workers(config) as workers, console.Progress(lambda: count(walk()), quiet) as tell:
            run.read(sources, workers, tell, lambda: signals.stop > 0)
    finally:
        _show(run.summary, sources.skipped, quiet, sources.unreadable)


def resume(config: Config, paths: Sequence[Path], signals: Signals, quiet: bool) -> None:
    """Read of ``paths`` what was not read in an earlier run."""
    from pipeline.service import resume as resumption

    config = config.absolute()
    walk = functools.partial(
        Sources,
        resumption.roots(paths),
        config.follow_symlinks,
        (config.outbox, config.state),
    )
    sources, summary, known = walk(), Summary(), 0
    try:
        with console.Progress(lambda: count(walk()), quiet) as tell:
            known = resumption.resume(
                config, paths, sources, tell, _adder(summary), lambda: signals.stop > 0
            )
    finally:
        nothing = "Nothing new." if known else NOTHING
        _show(summary, sources.skipped, quiet, sources.unreadable, nothing)
    if known and not quiet:
        click.echo(f"Known from an earlier run: {counted(known, 'file')}.")


def sweep(config: Config, signals: Signals, quiet: bool) -> None:
    """Read what lies in the inbox, as the service does, then end."""
    from pipeline.service.watch import Service

    if quiet:
        logging.getLogger().setLevel(logging.WARNING)
    summary = Summary()
    with console.Progress(lambda: count(Sources([config.inbox])), quiet) as tell:

        def add(published: Published, _: float) -> None:
            tell.advance(len({row.source for row in published.batch.rows}))
            summary.add(published.batch.rows, published.files)

        service = Service(lambda: config, signals, add, "sweep")
        try:
            service.run()
        finally:
            nothing = f"No image was found in {config.absolute().inbox}."
            _show(summary, service.skipped, quiet, nothing=nothing)
    if service.left and not quiet:
        left = counted(service.left, "file")
        click.echo(f"Left in the inbox: {left}, not complete or not to be had yet.")


def _adder(summary: Summary) -> Callable[[Published, float], None]:
    def add(published: Published, _: float) -> None:
        summary.add(published.batch.rows, published.files)

    return add


def _show(
    summary: Summary,
    skipped: Mapping[str, int],
    quiet: bool,
    unreadable: Sequence[str] = (),
    nothing: str = NOTHING,
) -> None:
    # Where it failed before anything was read, the error says all there is to say.
    if quiet or (sys.exception() and not summary.statuses):
        return
    totals = console.totals(summary, skipped, unreadable, nothing)
    parts = (console.answers(summary.first), totals)
    click.echo("\n\n".join(part for part in parts if part))
