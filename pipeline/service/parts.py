"""A configuration → the parts of the service that follow from it, ready to work."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from pipeline.config import Config
from pipeline.ledger.known import Known
from pipeline.ledger.ledger import Ledger, Stamp
from pipeline.outbox import Outbox
from pipeline.recognition.card import Card, read_card
from pipeline.registry import pinned, used
from pipeline.service.batches import Batches, Published
from pipeline.service.inbox import Inbox
from pipeline.service.originals import Originals
from pipeline.service.sweep import Sweep
from pipeline.workers import Workers


@dataclass(frozen=True, slots=True)
class Parts:
    """What a reload replaces as a whole."""

    config: Config
    card: Card
    """Of the model that is read with."""
    outbox: Outbox
    originals: Originals
    workers: Workers
    batches: Batches
    inbox: Inbox
    sweep: Sweep


def assemble(
    config: Config,
    ledger: Ledger,
    published: Callable[[Published, float], None],
    spent: Callable[[str, float], None],
    turn: Callable[[], None],
    at_once: bool = True,
) -> Parts:
    """Make the parts, with the workers running; unless ``at_once``, they start when there is
    something to read. Raises :class:`DigitboxError` where the model or a folder does not serve."""
    config = pinned(config)  # a promotion in between changes nothing
    card = read_card(used(config))
    stamp = stamp_of(config, card)
    outbox = Outbox(config.outbox, config.formats)
    originals = Originals(config.originals)
    batches = Batches(ledger, outbox, originals, stamp, bool(config.on_batch), spent, turn)
    inbox = Inbox(config, ledger)
    known = Known(config.state, stamp.fingerprint)
    workers = Workers(config, known, exclusive=True, keep_frames=config.review.keep_frames)
    try:
        if at_once:
            workers.start()
        sweep = Sweep(config, ledger, inbox, workers, batches, published)
    except BaseException:
        workers.stop()
        raise
    return Parts(config, card, outbox, originals, workers, batches, inbox, sweep)


def stamp_of(config: Config, card: Card) -> Stamp:
    """What readings under ``config`` with that model have in common."""
    depends = {
        "model": card.model_sha256,
        "preprocessing": card.preprocessing,
        "accept": config.accept,
        "pixels": config.limits.pixels,
        "pages": config.limits.pages,
        "bytes": config.limits.bytes,
    }
    digest = hashlib.sha256(msgspec.json.encode(depends, order="sorted")).hexdigest()
    return Stamp(card.label, digest[:32])
