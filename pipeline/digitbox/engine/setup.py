"""A configuration → the model that it reads with, and what follows from the two."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from digitbox.config import FINDER, NUMBERS, Config, model_folder
from digitbox.errors import ConfigError
from digitbox.ledger.values import Provenance
from digitbox.models.registry import used
from digitbox.pool.pool import Pool, cores
from digitbox.pool.worker import Task
from digitbox.recognition.card import CHARACTERS, Card, read_card
from digitbox.records import AUTO, FormFields

if TYPE_CHECKING:
    from digitbox.forms.library import FormFiles


@dataclass(frozen=True, slots=True)
class Setup:
    """``config`` with its ``model`` and its ``forms`` pinned: a promotion changes nothing from here
    on, nor does another template. ``card`` is that of the model."""

    config: Config
    model: Path
    card: Card
    forms: tuple["FormFiles", ...] = ()

    @classmethod
    def of(cls, config: Config) -> "Setup":
        """Raises :class:`ModelError` where the model does not serve, and :class:`ConfigError` where
        a form does not."""
        model = used(config).absolute()
        pinned = msgspec.structs.replace(config, model=str(model))
        return cls(pinned, model, read_card(model), forms_of(config))

    @classmethod
    def without_state(cls, config: Config) -> "Setup":
        """The same for a machine that has no state folder: nothing can be promoted there."""
        folder = str(model_folder(config).absolute())
        return cls.of(msgspec.structs.replace(config, model=folder))

    @property
    def provenance(self) -> Provenance:
        """What readings of this setup have in common."""
        depends: dict[str, Any] = {
            "model": self.card.model_sha256,
            "preprocessing": self.card.preprocessing,
            "accept": self.config.accept,
            "expected": self.config.expected,
            "numbers": [read_card(one, CHARACTERS).model_sha256 for one in NUMBERS],
            "pixels": self.config.limits.pixels,
            "pages": self.config.limits.pages,
            "bytes": self.config.limits.bytes,
        }
        if self.forms:
            depends["forms"] = [self.config.form, *(form.sha256 for form in self.forms)]
        digest = hashlib.sha256(msgspec.json.encode(depends, order="sorted")).hexdigest()
        return Provenance(self.card.label, digest[:32], self.fields)

    @property
    def fields(self) -> tuple[FormFields, ...]:
        """The names of the fields of all forms."""
        return tuple(
            FormFields(form.name, tuple(form.template.names()), tuple(form.template.unique_names()))
            for form in self.forms
        )

    def task(
        self,
        known: Callable[[str, str | None], bool] | None = None,
        exclusive: bool = False,
        keep_frames: bool = False,
    ) -> Task:
        """What a worker process has to know, see :class:`Task`."""
        config = self.config
        return Task(
            FINDER,
            self.model,
            () if config.expected.most == 1 else NUMBERS,
            config.accept,
            config.expected,
            config.limits,
            known,
            exclusive,
            keep_frames,
            self.forms,
            config.form,
        )

    def pool(
        self,
        known: Callable[[str, str | None], bool] | None = None,
        exclusive: bool = False,
        keep_frames: bool = False,
    ) -> Pool:
        """A pool of as many processes as are configured; they start with the first file. The
        arguments are those of :class:`Task`."""
        workers = cores() if self.config.workers == "auto" else self.config.workers
        return Pool(self.task(known, exclusive, keep_frames), workers, self.config.batch.chunk)


def forms_of(config: Config) -> tuple["FormFiles", ...]:
    """The forms that ``config`` names, checked. Raises :class:`ConfigError`."""
    found: tuple[FormFiles, ...] = ()
    if config.forms.is_dir():
        from digitbox.forms.library import load

        found = load(config.forms)
    names = [form.name for form in found]
    if config.form not in (None, *names) and (config.form != AUTO or not names):
        known = f"The forms there are {', '.join(names)}." if names else "There are no forms there."
        raise ConfigError(f"`form`: {config.form}: no such form in {config.forms}. {known}")
    return found
