import sys
import time

import msgspec
import pytest

from digitbox.config import Config
from digitbox.ledger.ledger import Ledger
from digitbox.service.events import Events
from digitbox.service.inbox import Inbox
from digitbox.service.scanner import Scanner

OFTEN, SELDOM = 0.001, 3_600.0


def scans(scanner: Scanner, inbox: Inbox) -> bool:
    """Whether the whole inbox is looked at again, a while after it was."""
    for _ in range(2):
        time.sleep(2 * OFTEN)
        scanner.update(inbox)
        began = inbox.is_scanning
        inbox.ready(10)
    return began


@pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux's")
@pytest.mark.parametrize(("is_whole", "polls"), [(True, False), (False, True)])
def test_what_is_not_watched_in_full_is_looked_at_often(
    config: Config,
    ledger: Ledger,
    monkeypatch: pytest.MonkeyPatch,
    is_whole: bool,
    polls: bool,
) -> None:
    """No inotify instance, no watch for the inbox, or none for a subfolder."""
    monkeypatch.setattr(Events, "is_whole", property(lambda _: is_whole))
    watch = msgspec.structs.replace(config.watch, poll=OFTEN, rescan=SELDOM)
    config.inbox.mkdir(exist_ok=True)
    config = msgspec.structs.replace(config, watch=watch)
    inbox, scanner = Inbox(config, ledger), Scanner(config, lambda: None)
    try:
        assert scans(scanner, inbox) is polls
    finally:
        scanner.stop()
