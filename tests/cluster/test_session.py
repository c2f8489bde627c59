import stat
from pathlib import Path

import pytest

from digitbox.cluster import session
from digitbox.errors import ConfigError, DigitboxError
from digitbox.extras import how_to_install


def java(folder: Path, version: str) -> Path:
    """A JAVA_HOME whose java says that it is ``version``."""
    program = folder / "bin" / "java"
    program.parent.mkdir()
    program.write_text(
        "#!/bin/sh\n"
        f"echo 'openjdk version \"{version}\" 2020-01-01' >&2\n"
        f'echo "$*" >> {folder / "asked"}\n'
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return folder


@pytest.mark.parametrize("version", ["1.8.0_402", "11.0.22"])
def test_a_java_that_is_too_old_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(java(tmp_path, version)))
    with pytest.raises(ConfigError, match=r"this is Java (8|11), too old for Spark\. Install Java"):
        session.open_session(None, {})


@pytest.mark.parametrize("version", ["17", "17.0.15", "21.0.2"])
def test_a_java_that_is_new_enough_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(java(tmp_path, version)))
    session._check_java()
    assert (tmp_path / "asked").read_text() == "-version\n"


def test_no_java_is_named_in_one_line_with_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError) as raised:
        session.open_session(None, {})
    assert "there is none on this machine. Install Java 17 or newer" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_packages_that_are_missing_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "NEEDED", ("pandas", "no_such_package", "nor_this"))
    with pytest.raises(DigitboxError) as raised:
        session.open_session(None, {})
    wanted = f"A cluster needs no_such_package and nor_this: {how_to_install('cluster')}"
    assert str(raised.value) == wanted
