"""The unit, the image and the compose file fit the program and what runs them."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from digitbox.cli import main
from digitbox.config import ENVIRONMENT_PREFIX, FOLDERS, Config, load, settings
from digitbox.errors import ConfigError, ConflictError, LedgerError, LockError, ModelError
from tests.conftest import ROOT

DEPLOY = ROOT / "deploy"
UNIT = (DEPLOY / "digitbox.service").read_text("utf-8")
DOCKERFILE = (DEPLOY / "Dockerfile").read_text("utf-8").replace("\\\n", "")
SERVICE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))["services"][
    "digitbox"
]

VARIABLES = {setting.variable: setting.key for setting in settings()}


def of_unit(key: str) -> str:
    """The last value of ``key`` in the unit."""
    return re.findall(rf"^{key}=(.*)$", UNIT, re.MULTILINE)[-1]  # type: ignore[no-any-return]


def of_image(instruction: str) -> list[str]:
    """What follows that instruction, each time that it stands in the Dockerfile."""
    return re.findall(rf"^{instruction} +(.*)$", DOCKERFILE, re.MULTILINE)


def image_variables() -> dict[str, str]:
    pairs = (pair.partition("=") for line in of_image("ENV") for pair in line.split())
    return {name: value for name, _, value in pairs}


def seconds(text: str) -> float:
    return float(text.removesuffix("s"))


@pytest.fixture
def verify(tmp_path: Path) -> Callable[[str], str]:
    """What systemd has to say of a unit, with a program that there is in the place of ours."""
    if not shutil.which("systemd-analyze"):
        message = "systemd-analyze is not there; it comes with systemd"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)

    def verify(unit: str) -> str:
        file = tmp_path / "digitbox.service"
        program = of_unit("ExecStart").split()[0]
        file.write_text(unit.replace(program, sys.executable), "utf-8")
        done = subprocess.run(
            ["systemd-analyze", "verify", "--man=no", file], capture_output=True, text=True
        )
        return done.stdout + done.stderr

    return verify


def test_systemd_has_nothing_to_say_against_the_unit(verify: Callable[[str], str]) -> None:
    assert verify(UNIT) == ""


def test_systemd_would_have_something_to_say(verify: Callable[[str], str]) -> None:
    assert "WatchdogSecs" in verify(UNIT.replace("WatchdogSec=", "WatchdogSecs="))


def test_the_unit_runs_a_command_that_there_is() -> None:
    _, command, *options = of_unit("ExecStart").split()
    known = {name for parameter in main.commands[command].params for name in parameter.opts}
    assert {option for option in options if option.startswith("-")} <= known


def test_a_stop_has_the_time_that_the_service_may_take() -> None:
    longest = 2 * Config().shutdown.seconds  # for the batch in flight, and for on_batch
    assert seconds(of_unit("TimeoutStopSec")) > longest
    assert seconds(SERVICE["stop_grace_period"]) > longest


def test_the_watchdog_outlasts_what_the_loop_waits_for() -> None:
    assert seconds(of_unit("WatchdogSec")) > Config().shutdown.seconds + Config().hook.seconds
    assert seconds(of_unit("WatchdogSec")) > Config().health.seconds


def test_what_a_person_has_to_mend_is_not_started_again() -> None:
    prevented = {int(code) for code in of_unit("RestartPreventExitStatus").split()}
    wanted = {error.exit_code for error in (ConfigError, ModelError, ConflictError, LedgerError)}
    assert prevented == wanted
    assert LockError.exit_code not in prevented


def test_what_the_image_copies_is_there() -> None:
    sources = [
        source
        for line in of_image("COPY")
        if not line.startswith("--from")
        for source in line.split()[:-1]
    ]
    assert "locks/run.txt" in sources
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text("utf-8")
    for source in sources:
        assert (ROOT / source).exists()
        assert f"!{source.rstrip('/')}\n" in ignored


def test_the_image_installs_what_is_locked_and_nothing_else() -> None:
    installed = [line for line in of_image("RUN") if "pip install" in line]
    for line in installed:
        assert "--require-hashes -r locks/run.txt" in line or "--no-deps ." in line
    assert len(installed) == 2


def test_the_image_has_the_python_that_is_tested() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    oldest = project["requires-python"].removeprefix(">=").split(",")[0]
    assert f"PYTHON={oldest}" in of_image("ARG")
    assert f"It is tested on Linux with Python {oldest}." in (ROOT / "README.md").read_text("utf-8")


def test_the_image_runs_commands_that_there_are() -> None:
    assert of_image("ENTRYPOINT") == ['["digitbox"]']
    commands = [*of_image("CMD"), *(line.split("CMD ")[1] for line in of_image("HEALTHCHECK"))]
    for command in commands:
        assert yaml.safe_load(command)[-1] in main.commands


def test_the_image_does_not_run_as_root() -> None:
    assert of_image("USER") == ["digitbox"]


def test_the_image_is_configured_by_settings_that_there_are() -> None:
    given = {
        name: value
        for name, value in image_variables().items()
        if name.startswith(ENVIRONMENT_PREFIX)
    }
    load(environment=given)
    assert {VARIABLES[name] for name in given} == set(FOLDERS)


def test_the_compose_file_names_settings_that_there_are() -> None:
    text = (DEPLOY / "compose.yaml").read_text("utf-8")
    settings = re.findall(r"(DIGITBOX_\w+): ([^ \n]+)", text)
    assert settings
    for name, value in settings:
        assert load(environment={name: value.strip('"')}) != load(environment={}), name


def test_what_the_container_writes_to_is_mounted() -> None:
    mounted = [Path(volume["target"]) for volume in SERVICE["volumes"]]
    folders = {VARIABLES.get(name): Path(value) for name, value in image_variables().items()}
    for key in FOLDERS:
        assert any(folders[key].is_relative_to(target) for target in mounted)


def test_the_container_moves_originals_by_a_rename() -> None:
    mounted = [Path(volume["target"]) for volume in SERVICE["volumes"]]
    folders = {VARIABLES.get(name): Path(value) for name, value in image_variables().items()}
    (home,) = (target for target in mounted if folders["inbox"].is_relative_to(target))
    assert folders["originals.done"].is_relative_to(home)
    assert folders["originals.failed"].is_relative_to(home)


def test_the_compose_file_builds_from_files_that_there_are() -> None:
    context = DEPLOY / SERVICE["build"]["context"]
    assert (context / SERVICE["build"]["dockerfile"]).resolve() == DEPLOY / "Dockerfile"
    arguments = {line.split("=")[0] for line in of_image("ARG")}
    assert set(SERVICE["build"]["args"]) <= arguments


def test_nothing_that_runs_it_lets_onnxruntime_call_home() -> None:
    assert "Environment=ORT_DISABLE_TELEMETRY=1\n" in UNIT
    assert image_variables()["ORT_DISABLE_TELEMETRY"] == "1"


@pytest.fixture
def supervised(tmp_path: Path) -> Iterator[tuple["subprocess.Popen[bytes]", Iterator[str]]]:
    """The service with one image in its inbox, and what it tells systemd, as it comes."""
    if sys.platform == "win32":
        pytest.skip("there is no systemd")
    (tmp_path / "inbox").mkdir()
    shutil.copy(ROOT / "samples" / "chalkboard.png", tmp_path / "inbox")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind("notify")  # in the current folder: a socket's path has to be short
        listener.settimeout(30)
        variables = {"PYTHONPATH": str(ROOT), "NOTIFY_SOCKET": "notify", "DIGITBOX_WORKERS": "1"}
        process = subprocess.Popen(
            [sys.executable, "-m", "digitbox", "watch"],
            env={**os.environ, **variables},
            stderr=subprocess.DEVNULL,
        )
        try:
            yield process, iter(lambda: listener.recv(100).decode(), "")
        finally:
            process.kill()
            process.wait()


def test_systemd_hears_first_that_it_is_ready_and_then_that_it_is_alive(
    supervised: tuple["subprocess.Popen[bytes]", Iterator[str]],
) -> None:
    _, said = supervised
    assert next(said) == "READY=1"
    assert [next(said) for _ in range(3)] == ["WATCHDOG=1"] * 3


def test_systemd_hears_that_it_is_stopping(
    supervised: tuple["subprocess.Popen[bytes]", Iterator[str]],
) -> None:
    process, said = supervised
    assert "READY=1" in said
    process.send_signal(signal.SIGTERM)
    assert "STOPPING=1" in said
    assert process.wait(60) == 0
