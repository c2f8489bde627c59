"""The token that is made."""

import os
import stat
from pathlib import Path

import pytest

from digitbox.errors import ConfigError
from digitbox.review.tokens import FILE, kept_token


def test_it_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        token, file = kept_token(tmp_path / "state")
    finally:
        os.umask(before)
    assert len(token) >= 32
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert kept_token(tmp_path / "state") == (token, file)
    file.unlink()
    assert kept_token(tmp_path / "state")[0] != token


def test_one_may_be_put_there(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(" correct horse battery\n\n")
    assert kept_token(tmp_path)[0] == "correct horse battery"


@pytest.mark.parametrize("content", [b"", b"\n", b"too short", b"\xff" * 40])
def test_what_is_no_token_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(ConfigError, match=FILE):
        kept_token(tmp_path)


def test_where_it_cannot_be_kept_it_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("no folder")
    with pytest.raises(ConfigError, match=r"cannot be kept there: .* Set `review\.token`"):
        kept_token(tmp_path / "state")
