"""On a real cluster: the rows of one machine, whatever is killed meanwhile."""

import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.cluster.harness import Driver, Standalone, command, ids, lines, manifest, until
from tests.conftest import Command
from tests.pages import encoded, sheet

pytestmark = pytest.mark.xdist_group("cluster")

LIMITS = {"DIGITBOX_LIMITS_BYTES": "200000"}
SHEETS = [encoded(sheet(value)) for value in range(10)]


def drop(folder: Path, name: str | bytes, content: bytes) -> None:
    """Write a file beside the folder, and move it in whole."""
    partial = folder.parent / f"{folder.name}-partial"
    partial.write_bytes(content)
    os.rename(partial, os.path.join(os.fsencode(folder), os.fsencode(name)))  # noqa: PTH104


def scan(number: int) -> bytes:
    """A page that no other number has."""
    return SHEETS[number % 10] + number.to_bytes(4, "big")


def fill_badly(folder: Path) -> None:
    """Everything that is no good image, and names that are hard to carry."""
    first, *others = (Image.fromarray(sheet(value)) for value in (4, 5, 6))
    tiff = encoded(first, "TIFF", save_all=True, append_images=others)
    drop(folder, "empty.png", b"")
    drop(folder, "nested/empty too.png", b"")
    drop(folder, "text.png", b"this is no picture\n" * 50)
    drop(folder, "half.png", SHEETS[3][: len(SHEETS[3]) // 2])
    drop(folder, "large.bin", bytes(200_001))
    drop(folder, "pages.tif", tiff)
    drop(folder, "half-pages.tif", tiff[: len(tiff) * 2 // 3])
    drop(folder, "blank.png", encoded(Image.new("L", (40, 40), 200)))
    drop(folder, "moving.gif", encoded(first, "GIF", save_all=True, append_images=others))
    names = ["a:b.png", "_under.png", "=1+1.png", "%41 %zz.png", 'q"uote, [x]{y}*.png', "é漢.png"]
    names += ["line\nbreak.png", " lead and trail .png", "back\\slash.png", "#?&.png"]
    for number, name in enumerate(names):
        drop(folder, name, scan(10_000 + number))


def fill_unseen(folder: Path) -> None:
    """What gets no row, here and there."""
    drop(folder, ".hidden.png", SHEETS[1])
    drop(folder, "download.part", SHEETS[1])
    drop(folder, b"\xff\xfe.png", SHEETS[1])  # only there


@pytest.fixture
def inbox(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "inbox"
    (folder / "nested").mkdir(parents=True)
    yield folder
    shutil.rmtree(folder)


def locations(inbox: Path) -> list[object]:
    beside = inbox.parent
    return ["--input", inbox, "--output", beside / "out", "--checkpoint", beside / "check"]


def test_the_rows_are_those_of_one_machine(
    inbox: Path, standalone: Standalone, digitbox: Command
) -> None:
    for number in range(5_000 - 19):
        folder = inbox / "nested" if number % 7 == 0 else inbox
        (folder / f"{number:05}.png").write_bytes(scan(number))
    fill_badly(inbox)
    done = digitbox("batch", inbox, "--quiet", env={**LIMITS, "DIGITBOX_OUTBOX": "alone"})
    assert done.returncode == 0, done.stderr
    fill_unseen(inbox)

    options = ("--once", "--format", "csv", "--master", standalone.url)
    done = subprocess.run(
        command(*locations(inbox), *options),
        env={**os.environ, **LIMITS},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    tables = manifest(inbox.parent / "out")
    alone, together = lines([*Path("alone").glob("*.csv")]), lines(tables)
    # Hadoop cannot open a local file with a colon in its name.
    (missing,), (instead,) = map(dict, alone - together), map(dict, together - alone)
    assert (missing["file"], missing["status"]) == ("a:b.png", "accepted")
    assert (instead["file"], instead["reason"]) == ("a:b.png", "unreadable")
    assert alone.total() == together.total()
    assert len(set(ids(tables))) == together.total() >= 5_000
    assert "Left alone for their names: 1 not utf8, 2 unfinished" in done.stderr
    assert f"{together.total():,} images: " in done.stdout
    folders = {table.parent.name for table in tables}
    assert folders == {f"day={row['read_at'][:10]}" for row in first_rows(tables)}


def first_rows(tables: list[Path]) -> list[dict[str, str]]:
    import csv

    found = []
    for table in tables:
        with table.open(encoding="utf-8", newline="") as file:
            found.append(next(csv.DictReader(file)))
    return found


def test_no_row_is_missing_or_there_twice_whatever_is_killed(
    inbox: Path, standalone: Standalone, digitbox: Command
) -> None:
    for number in range(600):
        drop(inbox, f"{number:05}.png", scan(number))
    goes_on = threading.Event()
    arriving = threading.Thread(target=arrive, args=(inbox, range(600, 2_000), goes_on))
    check, out = inbox.parent / "check", inbox.parent / "out"
    source = ("--source-option", "maxFilesPerTrigger=200")
    together = (*locations(inbox), "--format", "csv", "--master", standalone.url, *source)
    lasting = command(*together, "--every", "500ms", "--originals", "keep")
    driver = Driver(lasting, inbox.parent / "log", LIMITS)

    def committed() -> int:
        folder = check / "commits"
        return len([*folder.glob("[0-9]*")]) if folder.exists() else 0

    def in_hand() -> bool:
        """Whether both executors read files of a batch that is not written yet."""
        offsets = len([*(check / "offsets").glob("[0-9]*")])
        return offsets > committed() and len([*standalone.scratch.glob("**/digitbox-*/*")]) > 1

    try:
        until(lambda: committed() > 0, "a batch was written", driver.process)
        arriving.start()
        until(in_hand, "a batch was in flight", driver.process)
        standalone.workers[0].kill()
        standalone.add_worker()
        before = committed()
        until(lambda: committed() > before, "a batch was written without it", driver.process)
        until(in_hand, "another batch was in flight", driver.process)
        driver.kill()
    finally:
        if driver.process.poll() is None:
            driver.kill()
        goes_on.set()
    arriving.join()
    again = subprocess.run(
        command(*together, "--once"), env={**os.environ, **LIMITS}, capture_output=True, text=True
    )
    assert again.returncode == 0, again.stderr
    done = digitbox("batch", inbox, "--quiet", env={**LIMITS, "DIGITBOX_OUTBOX": "alone"})
    assert done.returncode == 0, done.stderr
    tables = manifest(out)
    alone, found = lines([*Path("alone").glob("*.csv")]), lines(tables)
    assert alone.total() == 2_000
    assert alone - found == found - alone == {}
    assert len(set(ids(tables))) == 2_000


def arrive(inbox: Path, numbers: range, goes_on: threading.Event) -> None:
    """Drop files while the query runs, and the rest once it does not."""
    for number in numbers:
        if number < numbers[-1] - 200:
            goes_on.wait(0.01)  # so that they spread over several batches
        else:
            goes_on.wait()
        drop(inbox, f"{number:05}.png", scan(number))
