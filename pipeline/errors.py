"""What can go wrong with a command, and the exit code each ends with.

A bad *file* is no exception here: it becomes a row with status ``failed`` and a reason
(:class:`pipeline.records.Reason`).

    DigitboxError       1   anything below, or a failure of another kind
    ├── ConfigError     2   a configuration file, variable or option is wrong
    ├── InputError      2   a path given on the command line cannot be used
    ├── ModelError      2   a model folder is incomplete, altered or does not fit
    ├── OutboxError     3   the results could not be written
    └── TrainingError   4   the training data, a package or an export check stands in the way

Every message says what is wrong, where, and what to do about it.
"""


class DigitboxError(Exception):
    exit_code = 1


class ConfigError(DigitboxError):
    exit_code = 2


class InputError(DigitboxError):
    exit_code = 2


class ModelError(DigitboxError):
    exit_code = 2


class OutboxError(DigitboxError):
    exit_code = 3


class TrainingError(DigitboxError):
    exit_code = 4
