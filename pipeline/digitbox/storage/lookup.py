"""A name as a table has it → the file below a folder that is called so."""

import os
from pathlib import Path

from digitbox.storage.names import spells


def look_up(folder: Path, name: str) -> str | None:
    """The path below ``folder`` of the file ``name``: of that very name, or else of one that it
    :func:`~digitbox.storage.names.spells`, also with backslashes as on Windows. None where there is
    no such file."""
    if os.path.isfile(folder / name):  # noqa: PTH113  # pathlib's raises where it may not look
        return name
    return _spelled(folder, name) or _spelled(folder, name.replace("\\", "/"))


def _spelled(folder: Path, name: str) -> str | None:
    path = ""
    for part in name.split("/"):
        try:
            beside = os.listdir(folder / path)  # noqa: PTH208  # names are wanted
        except (OSError, ValueError):
            return None
        chosen = (
            part if part in beside else next((one for one in beside if spells(part, one)), None)
        )
        if chosen is None:
            return None
        path = os.path.join(path, chosen)
    return path if (folder / path).is_file() else None
