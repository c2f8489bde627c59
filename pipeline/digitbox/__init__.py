"""digitbox: scans of handwritten numbers in, values you can trust out.

What is exported here is for programs that embed it (``docs/api.md``); all else is internal, and may
change without a word::

    import digitbox

    for reading in digitbox.read("scan.png"):
        print(reading.value, reading.confidence, reading.status)
"""

import os
from typing import TYPE_CHECKING, Any

from digitbox.box import Box
from digitbox.errors import (
    ConfigError,
    ConflictError,
    DigitboxError,
    InputError,
    LedgerError,
    LockError,
    ModelError,
    OutboxError,
    TrainingError,
    TransientError,
)
from digitbox.records import Digit, Reading, Reason, Status

if TYPE_CHECKING:
    from digitbox.api import Reader, read

__all__ = [
    "Box",
    "ConfigError",
    "ConflictError",
    "Digit",
    "DigitboxError",
    "InputError",
    "LedgerError",
    "LockError",
    "ModelError",
    "OutboxError",
    "Reader",
    "Reading",
    "Reason",
    "Status",
    "TrainingError",
    "TransientError",
    "__version__",
    "read",
]

__version__ = "0.1.0"

# onnxruntime reports its use to its maker unless told not to, before it is loaded. Nothing that is
# done here is anybody else's business.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

_HEAVY = ("Reader", "read")
"""What loads numpy, OpenCV and onnxruntime, and does so when it is first asked for."""


def __getattr__(name: str) -> Any:
    if name in _HEAVY:
        from digitbox import api

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
