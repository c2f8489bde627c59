import dataclasses
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from digitbox.errors import ConflictError, DigitboxError, OutboxError
from digitbox.extras import how_to_install
from digitbox.output.outbox import Outbox
from tests.conftest import ROOT
from tests.output.test_tables import NUMBERS, READINGS, batch, number, parsed
from tests.spreadsheets import read

FORMATS = ["csv", "json", "xlsx"]


def test_csv_is_there_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    original = Path.replace

    def replace(self: Path, target: Path) -> Path:
        order.append(target.suffix)
        return original(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    files = Outbox(tmp_path, FORMATS).publish(batch(*READINGS))
    assert order == [".json", ".xlsx", ".csv"]
    assert [file.name for file in files] == ["b-0001.json", "b-0001.xlsx", "b-0001.csv"]
    assert sorted(tmp_path.iterdir()) == sorted(files)


@pytest.mark.parametrize("name", FORMATS)
def test_only_what_was_asked_for_is_written(tmp_path: Path, name: str) -> None:
    (file,) = Outbox(tmp_path / "new" / "folder", [name]).publish(batch(*READINGS))
    assert list(file.parent.iterdir()) == [tmp_path / "new" / "folder" / f"b-0001.{name}"]


def test_the_same_batch_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = (Outbox(tmp_path / name, FORMATS) for name in ("a", "b"))
    one, other = (
        [file.read_bytes() for file in outbox.publish(batch(*READINGS))]
        for outbox in (first, second)
    )
    assert one == other
    assert len(one) == 3
    assert all(one)


def test_to_publish_again_changes_nothing(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path, FORMATS)
    files = outbox.publish(batch(*READINGS))
    before = [(file.read_bytes(), file.stat().st_mtime_ns) for file in files]
    assert outbox.publish(batch(*READINGS)) == files
    assert [(file.read_bytes(), file.stat().st_mtime_ns) for file in files] == before


def test_numbers_are_published_as_they_were_written(tmp_path: Path) -> None:
    files = Outbox(tmp_path, FORMATS).publish(batch(*map(number, NUMBERS)))
    as_json, as_xlsx, as_csv = (file.read_bytes() for file in files)
    for rows in (json.loads(as_json)["readings"], read(as_xlsx), parsed(as_csv)):
        assert [row["value"] for row in rows] == NUMBERS


def test_that_a_package_is_missing_is_said_before_anything_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    Outbox(tmp_path, ["csv", "json"])
    with pytest.raises(DigitboxError, match=re.escape(how_to_install("xlsx"))):
        Outbox(tmp_path, ["csv", "xlsx"])


def test_a_file_with_other_bytes_is_never_overwritten(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path, ["csv", "json"])
    (tmp_path / "b-0001.csv").write_bytes(b"half")
    with pytest.raises(ConflictError, match=r"b-0001\.csv"):
        outbox.publish(batch(*READINGS))
    assert [file.name for file in tmp_path.iterdir()] == ["b-0001.csv"]
    assert (tmp_path / "b-0001.csv").read_bytes() == b"half"


def test_a_batch_may_have_its_folder(tmp_path: Path) -> None:
    made = dataclasses.replace(batch(*READINGS), folder="2026-01-31")
    (file,) = Outbox(tmp_path, ["csv"]).publish(made)
    assert file == tmp_path / "2026-01-31" / "b-0001.csv"


def test_files_and_folder_are_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[bool] = []
    original = os.fsync

    def fsync(descriptor: int) -> None:
        synced.append(os.path.isdir(f"/proc/self/fd/{descriptor}"))  # noqa: PTH112
        original(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    Outbox(tmp_path, ["csv"]).publish(batch(*READINGS))
    assert synced == [False, True]


def test_an_outbox_that_is_a_file_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutboxError, match="cannot be written"):
        Outbox(tmp_path / "file", ["csv"])


FULL_DISK = """
import sys
from pathlib import Path
from digitbox.errors import ConflictError, OutboxError
from digitbox.output.outbox import Outbox
from tests.output.test_tables import READINGS, batch

folder = Path(sys.argv[1])
outbox = Outbox(folder, ["csv"])
try:
    outbox.publish(batch(*READINGS * 2000))
except OutboxError as error:
    print(error)
print(list(folder.iterdir()))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's namespaces")
def test_a_full_disk_is_named_and_leaves_nothing_behind(tmp_path: Path) -> None:
    if not shutil.which("unshare"):
        pytest.skip("there is no unshare")
    mount = f'mount -t tmpfs -o size=256k tmpfs {tmp_path} && exec "$@"'
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", mount, "sh", sys.executable, "-c", FULL_DISK, tmp_path],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    if "unshare" in done.stderr or "mount" in done.stderr:
        pytest.skip(f"no namespaces here: {done.stderr}")
    message, left = done.stdout.splitlines()
    assert "No space left on device" in message
    assert left == "[]"
