import os
import time
from pathlib import Path

import pytest

from digitbox.records import Version
from digitbox.service.clock import STEP_SECONDS, FileClock


class Times:
    """The monotonic clock and the file system's, set by hand."""

    def __init__(self, folder: Path) -> None:
        self.monotonic = 1_000.0
        self.now = 1_700_000_000.0
        self.clock = FileClock(folder, lambda: self.monotonic, lambda: self.now)

    def go_by(self, seconds: float) -> None:
        self.monotonic += seconds
        self.now += seconds

    def stood(self, changed: float) -> float:
        return self.clock.read()(Version(1, 1, 1, 0, round(changed * 1e9)))


@pytest.fixture
def times(tmp_path: Path) -> Times:
    return Times(tmp_path)


def test_a_file_has_stood_still_since_its_last_change(times: Times) -> None:
    assert times.stood(times.now - 3600) == pytest.approx(3600)
    times.go_by(5)
    assert times.stood(times.now - 5) == pytest.approx(5)


def test_a_change_in_the_future_is_no_age(times: Times) -> None:
    assert times.stood(times.now + 3600) < 0


def test_one_reading_holds_for_many_files(times: Times) -> None:
    stood, now = times.clock.read(), times.now
    times.go_by(100)
    assert stood(Version(1, 1, 1, 0, round((now - 7) * 1e9))) == pytest.approx(7)


@pytest.mark.parametrize("step", [3600.0, -3600.0, 1.1 * STEP_SECONDS])
def test_after_a_step_no_file_is_older_than_the_step(times: Times, step: float) -> None:
    changed = times.now
    assert times.stood(changed) == pytest.approx(0)
    times.now += step
    assert times.stood(changed) <= 0
    times.go_by(5)
    assert times.stood(times.now - 3600) == pytest.approx(5)
    times.go_by(5)
    assert times.stood(times.now - 3600) == pytest.approx(10)
    assert times.stood(times.now - 2) == pytest.approx(2)


def test_a_second_step_counts_from_anew(times: Times) -> None:
    for _ in range(2):
        times.stood(times.now)
        times.go_by(5)
        times.now += 3600
        assert times.stood(times.now - 3600) <= 0


def test_a_clock_that_is_slewed_was_not_set(times: Times) -> None:
    times.stood(times.now)
    for _ in range(100):
        times.go_by(1)
        times.now += STEP_SECONDS / 10
    assert times.stood(times.now - 3600) <= 0  # not looked at for so long: taken for a step
    for _ in range(100):
        times.go_by(1)
        times.now += STEP_SECONDS / 10
        times.stood(times.now)
    assert times.stood(times.now - 3600) == pytest.approx(100, abs=11)


def test_the_time_is_the_file_system_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 0.0)
    (tmp_path / "a").write_bytes(b"a")
    changed = Version.of((tmp_path / "a").stat())
    assert 0 <= FileClock(tmp_path).read()(changed) < 60
    assert os.listdir(tmp_path) == ["a"]  # noqa: PTH208


def test_a_folder_that_cannot_be_written_to_goes_by_our_time(tmp_path: Path) -> None:
    clock = FileClock(tmp_path / "none")
    assert clock.read()(Version(1, 1, 1, 0, time.time_ns() - 10**10)) == pytest.approx(10, abs=5)


def test_a_file_that_changed_right_now_has_stood_still_for_no_time_and_not_less(
    times: Times,
) -> None:
    for moment in range(1_795_377_063_049_734_100, 1_795_377_063_049_744_100, 97):
        times.now = moment / 1e9 - 1e-7  # as near as floating-point numbers come
        assert times.clock.read()(Version(1, 1, 0, 0, moment)) >= 0
