from pathlib import Path

import pytest

from digitbox.storage.lookup import look_up


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("a.png", "a.png"),
        ("below/=1.png", "below/'=1.png"),
        ("=1/2.png", "'=1/2.png"),
        ("e\u0301/u\u0308.png", "\u00e9/\u00fc.png"),
        ("\u00e9.png", "e\u0301.png"),
        ("below/a.png", "below\\a.png"),
    ],
)
def test_a_file_is_found_by_its_name_as_a_table_has_it(
    tmp_path: Path, name: str, given: str
) -> None:
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(b"")
    found = look_up(tmp_path, given)
    assert found is not None
    assert (tmp_path / found).samefile(file)


def test_one_of_the_very_name_comes_first(tmp_path: Path) -> None:
    for name in ("=1", "'=1"):
        (tmp_path / name).write_bytes(b"")
    assert look_up(tmp_path, "'=1") == "'=1"


def test_a_name_that_is_not_utf_8_is_found(tmp_path: Path) -> None:
    try:
        (tmp_path / "caf\udce9").write_bytes(b"")
    except OSError:
        pytest.skip("the file system has no such names")
    assert look_up(tmp_path, "caf\\xe9") == "caf\udce9"


@pytest.mark.parametrize("given", ["none.png", "folder", "none/a", "a\0b", "x" * 5000, "", "a/b"])
def test_what_is_no_file_is_not_found(tmp_path: Path, given: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "a").write_bytes(b"")
    assert look_up(tmp_path, given) is None
