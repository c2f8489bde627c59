"""What can go wrong with a command, and the exit code each ends with.

A bad *file* is no exception here: it becomes a row with status ``failed`` and a reason
(:class:`digitbox.records.Reason`).

    DigitboxError       1   an error of another kind than those below
    ├── ConfigError     2   a configuration file, variable or option is wrong
    ├── InputError      2   a path given on the command line cannot be used
    ├── ModelError      2   a model folder is incomplete, altered or does not fit
    ├── ConflictError   3   a file in the outbox is not what digitbox wrote there
    ├── TrainingError   4   the training data or a package is missing, or an export check fails
    ├── LockError       5   another process works on the same state folder
    ├── LedgerError     6   the ledger is damaged, missing or from a newer version
    └── TransientError  7   a full disk, a share that is away, a locked database: try again later
        └── OutboxError 3   the results could not be written

Every message says what is wrong, where, and what to do about it.
"""

from pathlib import Path


class DigitboxError(Exception):
    """What went wrong, where, and what to do about it."""

    exit_code = 1


class ConfigError(DigitboxError):
    """A configuration file, a variable or an option is wrong."""

    exit_code = 2


class InputError(DigitboxError):
    """A path or a value that was given cannot be used."""

    exit_code = 2


class ModelError(DigitboxError):
    """A model folder is incomplete, was altered, or does not fit this version."""

    exit_code = 2


class ConflictError(DigitboxError):
    """A file in the outbox is not what digitbox wrote there."""

    exit_code = 3


class TrainingError(DigitboxError):
    """Training data or a package is missing or wrong, or a check of the export fails."""

    exit_code = 4


class LockError(DigitboxError):
    """Another process works on the same state folder."""

    exit_code = 5


class LedgerError(DigitboxError):
    """The ledger is damaged, missing, or from a newer version."""

    exit_code = 6


class TransientError(DigitboxError):  # it is none
    """Nothing is wrong with any file: the service waits, and goes on by itself."""

    exit_code = 7


class OutboxError(TransientError):
    """The results could not be written."""

    exit_code = 3


def denied(path: Path) -> ConfigError:
    """What to say where this user may not look at what is in the state folder."""
    return ConfigError(
        f"{path}: this user may not look at it. Run this as the user that the service runs as, or "
        "with the --config of another service."
    )
