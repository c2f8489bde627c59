"""A wish to weigh what was read of forms anew → a request in the ledger, done by whoever holds the
lock."""

from collections.abc import Sequence

from digitbox.config import Config
from digitbox.engine.requests import REMATCH
from digitbox.engine.setup import forms_of
from digitbox.errors import InputError
from digitbox.service.reports import counted
from digitbox.service.requests import ask
from digitbox.signals import Flags


def rematch(config: Config, signals: Flags, names: Sequence[str]) -> str:
    """Have what was read of the forms with these ``names``, or of all, weighed anew, and say what
    came of it. Raises :class:`InputError` where there is no such form."""
    there = [form.name for form in forms_of(config)]
    for name in names:
        if name not in there:
            raise InputError(f"{name}: no such form in {config.forms}.")
    wanted = list(dict.fromkeys(names)) or there
    if not wanted:
        raise InputError(f"{config.forms}: there are no forms.")
    outcome = ask(config.absolute(), signals, REMATCH, wanted)
    if outcome.is_asked:
        return (
            "To be done by the service that is running, by the forms that it has loaded: SIGHUP "
            "has it load them anew."
        )
    if outcome.is_stopped:
        return "Stopped before the end: the rest is done by the next `digitbox watch` or `batch`."
    return f"{counted(len(outcome.rows), 'field')} changed."
