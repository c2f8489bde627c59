import errno
import multiprocessing.synchronize
import os

import pytest

from digitbox.errors import DigitboxError, TransientError
from digitbox.pool.processes import spawned


def start(_: None) -> None:
    pass


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (errno.ENOENT, DigitboxError),  # no /dev/shm
        (errno.EROFS, DigitboxError),
        (errno.EACCES, DigitboxError),
        (errno.ENOSYS, DigitboxError),
        (errno.ENOSPC, TransientError),
        (errno.EMFILE, TransientError),
    ],
)
def test_without_semaphores_it_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, error: int, kind: type[DigitboxError]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(error, os.strerror(error))

    monkeypatch.setattr(multiprocessing.synchronize.SemLock, "__init__", fail)
    with pytest.raises(DigitboxError, match="/dev/shm: it has to be") as raised:
        spawned(1, start, None)
    assert type(raised.value) is kind
    assert os.strerror(error) in str(raised.value)
    assert "\n" not in str(raised.value)
