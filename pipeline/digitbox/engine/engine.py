"""Configuration, model, ledger and pool, put together: what turns files into published batches.

Everything that reads with a memory works with an :class:`Engine`: the service, `digitbox batch` of
the inbox and with `--resume`, `digitbox retry`, and the decisions of the review page.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from digitbox.config import OriginalsConfig
from digitbox.engine.archive import Archive
from digitbox.engine.batches import Batches
from digitbox.engine.judge import Judge
from digitbox.engine.observer import Observer, Published
from digitbox.engine.renames import Renames
from digitbox.engine.setup import Setup
from digitbox.engine.stream import Arrivals, Stream
from digitbox.ledger.known import Known
from digitbox.ledger.ledger import Ledger
from digitbox.output.outbox import Outbox
from digitbox.pool.pool import Pool

KEPT_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Engine:
    """What a new configuration or a promoted model replaces as a whole."""

    setup: Setup
    ledger: Ledger
    outbox: Outbox
    archive: Archive
    pool: Pool
    batches: Batches

    def stream(self, arrivals: Arrivals) -> Stream:
        """What reads ``arrivals``."""
        return Stream(self.setup.config.batch, self.ledger, arrivals, self.pool, self.batches)

    def recover(self, inbox: Path | None = None) -> Sequence[Published]:
        """Complete what a crash or a transient error has interrupted, and return the batches that
        were recorded and are published only now. What stood in an inbox stands in ``inbox`` from
        here on; what was kept there is moved, where originals are moved now."""
        published = self.batches.publish_recorded()  # first: its bytes name the inbox that it had
        if inbox is not None:
            self.ledger.rebase(str(inbox))
        self.batches.archive()
        if inbox is not None and self.setup.config.originals.action == "move":
            while self.ledger.unkeep(KEPT_AT_ONCE):
                self.batches.archive()
        self.ledger.forget(
            source
            for source in self.ledger.claims()
            if not os.path.lexists(os.path.join(source.root, source.name))
        )
        return published

    def stop(self) -> None:
        """End the processes of the pool at once."""
        self.pool.stop()


def assemble(setup: Setup, ledger: Ledger, observer: Observer, in_place: bool = False) -> Engine:
    """Make an engine that writes to ``ledger``; its processes start when there is something to
    read. ``in_place``: files are read where they lie and stay there, and batches go to the outbox
    itself and not to a folder for each day. Raises :class:`DigitboxError` where a folder does not
    serve."""
    config, provenance = setup.config, setup.provenance
    outbox = Outbox(config.outbox, config.formats)
    known = Known(ledger.folder, provenance.fingerprint)
    judge = Judge(setup.forms, config.accept)
    if in_place:
        archive = Archive(OriginalsConfig(action="keep"))
        batches = Batches(ledger, outbox, archive, provenance, judge, observer, folder=lambda: "")
        return Engine(setup, ledger, outbox, archive, setup.pool(known), batches)
    archive = Archive(config.originals)
    has_hook = bool(config.on_batch)
    renames = Renames(ledger, config.follow_symlinks and config.originals.action == "keep")
    batches = Batches(
        ledger, outbox, archive, provenance, judge, observer, reporting=has_hook, renames=renames
    )
    pool = setup.pool(known, exclusive=True, keep_frames=config.review.keep_frames)
    return Engine(setup, ledger, outbox, archive, pool, batches)
