"""The three ways of ``digitbox batch``: paths once, paths with a memory, the inbox once."""

import functools
import logging
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from digitbox.batch import terminal
from digitbox.batch.run import Run, Summary
from digitbox.config import Config
from digitbox.engine.observer import Published
from digitbox.engine.setup import Setup
from digitbox.output.outbox import Outbox
from digitbox.service.reports import counted
from digitbox.signals import Signals
from digitbox.storage.names import displayed
from digitbox.storage.walk import Sources, count

NOTHING = "No image was found."


def read(config: Config, paths: Sequence[Path], signals: Signals, quiet: bool) -> None:
    """Read ``paths``, and keep no memory of it."""
    setup = Setup.of(config)
    walk = functools.partial(Sources, paths, config.follow_symlinks, (config.outbox, config.state))
    sources = walk()
    outbox = Outbox(config.outbox, config.formats)
    run = Run(outbox, setup.card.label, config.batch.rows, setup.fields)
    try:
        with setup.pool() as pool, terminal.Progress(lambda: count(walk()), quiet) as tell:
            run.read(sources, pool, tell, lambda: signals.stop > 0)
    finally:
        _show(run.summary, sources.skipped, quiet, sources.unreadable)


def resume(config: Config, paths: Sequence[Path], signals: Signals, quiet: bool) -> None:
    """Read of ``paths`` what was not read in an earlier run."""
    from digitbox.batch import resume as resumption

    config = config.absolute()
    walk = functools.partial(
        Sources,
        resumption.roots(paths),
        config.follow_symlinks,
        (config.outbox, config.state),
    )
    sources, summary, known = walk(), Summary(), 0

    def add(published: Published) -> None:
        summary.add(published.batch.rows, published.files)

    try:
        with terminal.Progress(lambda: count(walk()), quiet) as tell:
            known = resumption.resume(config, paths, sources, tell, add, lambda: signals.stop > 0)
    finally:
        nothing = "Nothing new." if known else NOTHING
        _show(summary, sources.skipped, quiet, sources.unreadable, nothing)
    if known and not quiet:
        click.echo(f"Known from an earlier run: {counted(known, 'file')}.")


def sweep(config: Config, signals: Signals, quiet: bool) -> None:
    """Read what lies in the inbox, as the service does, then end."""
    from digitbox.service.sweep import Sweep

    if quiet:
        logging.getLogger().setLevel(logging.WARNING)
    summary = Summary()
    with terminal.Progress(lambda: count(Sources([config.inbox])), quiet) as tell:

        def add(published: Published, _: float) -> None:
            tell.advance(len({row.source for row in published.batch.rows}))
            summary.add(published.batch.rows, published.files)

        sweeping = Sweep(config, signals, add)
        try:
            sweeping.run()
        finally:
            nothing = f"No image was found in {config.absolute().inbox}."
            _show(summary, sweeping.skipped, quiet, nothing=nothing, remembers=True)
    if sweeping.left and not quiet:
        left = counted(sweeping.left, "file")
        click.echo(f"Left in the inbox: {left}, not complete or not to be had yet.")
        for name, why in sweeping.blocked.items():
            click.echo(f"  {displayed(name)}: {why}")


def _show(
    summary: Summary,
    skipped: Mapping[str, int],
    quiet: bool,
    unreadable: Sequence[str] = (),
    nothing: str = NOTHING,
    remembers: bool = False,
) -> None:
    # Where it failed before anything was read, the error says all there is to say.
    if quiet or (sys.exception() and not summary.statuses):
        return
    totals = terminal.totals(summary, skipped, unreadable, nothing, remembers)
    parts = (terminal.answers(summary.first), totals)
    click.echo("\n\n".join(part for part in parts if part))
