"""A configuration → the model that it reads with, and what follows from the two."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from digitbox.config import FINDER, NUMBERS, Config, model_folder
from digitbox.ledger.values import Provenance
from digitbox.models.registry import used
from digitbox.pool.pool import Pool, cores
from digitbox.pool.worker import Task
from digitbox.recognition.card import CHARACTERS, Card, read_card


@dataclass(frozen=True, slots=True)
class Setup:
    """``config`` with its ``model`` pinned: a promotion changes nothing from here on. ``card`` is
    that of the model."""

    config: Config
    model: Path
    card: Card

    @classmethod
    def of(cls, config: Config) -> "Setup":
        """Raises :class:`ModelError` where the model does not serve."""
        model = used(config).absolute()
        return cls(msgspec.structs.replace(config, model=str(model)), model, read_card(model))

    @classmethod
    def without_state(cls, config: Config) -> "Setup":
        """The same for a machine that has no state folder: nothing can be promoted there."""
        folder = str(model_folder(config).absolute())
        return cls.of(msgspec.structs.replace(config, model=folder))

    @property
    def provenance(self) -> Provenance:
        """What readings of this setup have in common."""
        depends = {
            "model": self.card.model_sha256,
            "preprocessing": self.card.preprocessing,
            "accept": self.config.accept,
            "expected": self.config.expected,
            "numbers": read_card(NUMBERS, CHARACTERS).model_sha256,
            "pixels": self.config.limits.pixels,
            "pages": self.config.limits.pages,
            "bytes": self.config.limits.bytes,
        }
        digest = hashlib.sha256(msgspec.json.encode(depends, order="sorted")).hexdigest()
        return Provenance(self.card.label, digest[:32])

    def task(
        self,
        known: Callable[[str], bool] | None = None,
        exclusive: bool = False,
        keep_frames: bool = False,
    ) -> Task:
        """What a worker process has to know, see :class:`Task`."""
        config = self.config
        return Task(
            FINDER,
            self.model,
            None if config.expected.most == 1 else NUMBERS,
            config.accept,
            config.expected,
            config.limits,
            known,
            exclusive,
            keep_frames,
        )

    def pool(
        self,
        known: Callable[[str], bool] | None = None,
        exclusive: bool = False,
        keep_frames: bool = False,
    ) -> Pool:
        """A pool of as many processes as are configured; they start with the first file. The
        arguments are those of :class:`Task`."""
        workers = cores() if self.config.workers == "auto" else self.config.workers
        return Pool(self.task(known, exclusive, keep_frames), workers, self.config.batch.chunk)
