"""What is damaged at random is damaged the same way again, and what is read wrong is found."""

import random
from pathlib import Path

import pytest

from benchmarks import mutants
from benchmarks.mutation import damaged, with_checksums
from tests.pages import encoded, sheet


def test_a_seed_stands_for_the_same_damage() -> None:
    whole = encoded(sheet(4))
    first, second = ([damaged(whole, random.Random(seed)) for seed in range(50)] for _ in range(2))
    assert first == second
    assert len(set(first)) > 40


def test_right_checksums_leave_a_whole_png_as_it_is() -> None:
    whole = encoded(sheet(4))
    assert with_checksums(whole) == whole
    assert with_checksums(whole[:-1] + b"\0") == whole


def test_damaged_files_are_read_and_none_is_lost(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mutants.run(tmp_path / "kept", 1, 40, 1)
    said = capsys.readouterr().out
    for found in ("exit 0", "no row: none", "two rows: none", "originals not read: none"):
        assert found in said
    assert "standard error: nothing" in said


def test_a_file_that_was_read_wrong_is_kept_beside_its_original(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    images = tmp_path / "images"
    images.mkdir()
    row = {"page": 1, "status": "accepted", "reason": None, "confidence": 1.0}
    for name in ("a.png", "1-a.png", "2-a.png"):
        (images / name).write_bytes(b"")
    rows = [
        row | {"file": name, "value": value} for name, value in (("a.png", "4"), ("1-a.png", "7"))
    ]
    assert not mutants.judge(images, {"a.png": "4"}, rows, tmp_path / "kept")
    assert sorted(path.name for path in (tmp_path / "kept").iterdir()) == ["1-a.png", "a.png"]
    assert "no row: 2-a.png" in capsys.readouterr().out
