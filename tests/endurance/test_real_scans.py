"""The service reads real scans as the one-shot command does, however slowly they arrive."""

import csv
import time
from pathlib import Path

from tests.conftest import data
from tests.endurance.harness import Harness, until

Values = dict[str, tuple[str, str, str]]


def values(rows: list[dict[str, str]]) -> Values:
    return {row["file"]: (row["value"], row["confidence"], row["status"]) for row in rows}


def copy_slowly(source: Path, target: Path) -> None:
    """As a scanner or a bad network does: piece by piece."""
    content = source.read_bytes()
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as file:
        for start in range(0, len(content), len(content) // 3 + 1):
            file.write(content[start : start + len(content) // 3 + 1])
            file.flush()
            time.sleep(0.002)


def test_slowly_copied_scans_give_the_values_of_the_one_shot_command(tmp_path: Path) -> None:
    scans = data("scans") / "dev" / "digits"
    files = [path for path in sorted(scans.rglob("*")) if path.is_file()]
    harness = Harness(tmp_path / "harness", model="cnn", workers="auto", on_batch=[])
    once = harness.folder / "once"
    assert harness.run("batch", str(scans), "--outbox", str(once), "--quiet").returncode == 0
    (table,) = once.glob("*.csv")
    with table.open(encoding="utf-8", newline="") as stream:
        expected = values(list(csv.DictReader(stream)))
    with harness.service():
        for file in files:
            copy_slowly(file, harness.inbox / file.relative_to(scans))
        until(lambda: not harness.in_inbox(), 300)
        until(lambda: all(row["published_at"] for row in harness.recorded()))
    assert len(expected) == len(files)
    assert values(harness.published()) == expected
