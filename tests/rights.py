"""Commands as a user runs them who may not read everything."""

import os
import shutil
from collections.abc import Sequence

import pytest


def bound(command: Sequence[str]) -> list[str]:
    """``command``, held to the permissions of files also where root runs it."""
    if os.name == "nt" or os.geteuid() != 0:
        return [*command]
    if not (setpriv := shutil.which("setpriv")):
        pytest.skip("running as root, and there is no setpriv to stop being it")
    rights = "-dac_override,-dac_read_search"
    return [setpriv, f"--inh-caps={rights}", f"--bounding-set={rights}", *command]
