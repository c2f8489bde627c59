"""The token of the pages: as it is configured, or made once and kept in the state folder."""

import os
import secrets
from pathlib import Path

from digitbox.errors import ConfigError
from digitbox.storage.files import make_folder

FILE = "review.token"

SHORTEST = 16
"""Characters of one that is no guess."""


def kept_token(state: Path) -> tuple[str, Path]:
    """The token in the folder ``state``, made where there is none, and the file that it is in: its
    owner alone can read that. Raises :class:`ConfigError` where it cannot be had."""
    file = state / FILE
    try:
        make_folder(state)
        try:
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            pass
        else:
            with os.fdopen(descriptor, "w", encoding="ascii") as stream:
                stream.write(secrets.token_urlsafe(24) + "\n")
        token = file.read_text("utf-8").strip()
    except (OSError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or "it is no text"
        raise ConfigError(
            f"{file}: the token of the pages cannot be kept there: {why}. Set `review.token`."
        ) from error
    if len(token) < SHORTEST:
        raise ConfigError(
            f"{file}: a token has {SHORTEST} characters or more. Delete the file, and one is made."
        )
    return token, file
