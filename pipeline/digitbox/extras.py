"""An extra → the command that installs it into the environment that there is."""

import importlib.metadata
import importlib.util
import re
import shlex
import sys


def how_to_install(extra: str) -> str:
    """The command that installs what ``extra`` needs for the Python that runs this: by the names of
    the packages, since a registry may have another package by the name of this one."""
    wanted = shlex.join(_requirements(extra))
    python = shlex.quote(sys.executable)
    if importlib.util.find_spec("pip") is None:  # made by uv
        return f"uv pip install --python {python} {wanted}"
    return f"{python} -m pip install {wanted}"


def _requirements(extra: str) -> list[str]:
    try:
        declared = importlib.metadata.requires("digitbox") or []
    except importlib.metadata.PackageNotFoundError:  # run from its source
        declared = []
    marked = re.compile(rf"extra == [\"']{re.escape(extra)}[\"']")
    found = [one.partition(";")[0].strip() for one in declared if marked.search(one)]
    return found or [f".[{extra}]"]
