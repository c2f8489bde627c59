"""The service as a process: what commands, signals and settings do to it."""

import json
import os
import signal
import socket
import sys
import urllib.error
import urllib.request
from collections import Counter
from contextlib import chdir
from pathlib import Path
from threading import Thread

import pytest

from digitbox.config import load
from digitbox.engine.batches import Batches
from digitbox.engine.observer import Published
from digitbox.engine.requests import RETRY
from digitbox.errors import TransientError
from digitbox.ledger.requests import Requests
from digitbox.service.retry import retry
from digitbox.service.watch import Watch
from digitbox.signals import Flags
from tests.endurance.harness import FIELDS, FORM_FOLDER, Harness, digest, image, until
from tests.spreadsheets import read


def configure(harness: Harness, **settings: object) -> None:
    (harness.folder / "config.yaml").write_text(json.dumps({**harness.settings, **settings}))


def models(harness: Harness) -> list[str]:
    return [row["model"].split("-")[0] for row in harness.published()]


def test_a_reload_takes_the_new_model(tmp_path: Path) -> None:
    harness = Harness(tmp_path / "harness")
    with harness.service() as service:
        harness.drop("a.png", image(1))
        until(lambda: len(harness.published()) == 1)
        configure(harness, model="cnn")
        service.send_signal(signal.SIGHUP)
        until(lambda: "reloaded" in harness.said())
        harness.drop("b.png", image(1))  # another model: no duplicate
        until(lambda: len(harness.published()) == 2)
    assert models(harness) == ["mlp", "cnn"]
    assert [row["reason"] == "duplicate" for row in harness.published()] == [False, False]


def test_a_reload_takes_what_values_look_like(tmp_path: Path) -> None:
    harness = Harness(tmp_path / "harness")
    with harness.service() as service:
        harness.drop("a.png", image(1))
        until(lambda: len(harness.published()) == 1)
        configure(harness, digits="1-6")
        service.send_signal(signal.SIGHUP)
        until(lambda: "reloaded" in harness.said())
        harness.drop("b.png", image(1))  # another expectation: no duplicate
        harness.drop("c.png", image(1))
        until(lambda: len(harness.published()) == 3)
    found = {row["file"]: row["reason"] == "duplicate" for row in harness.published()}
    assert not found["a.png"]
    assert sorted((found["b.png"], found["c.png"])) == [False, True]


def test_a_template_that_is_wrong_leaves_the_former_one(tmp_path: Path) -> None:
    harness = Harness(tmp_path / "harness")
    template = harness.folder / "forms" / FORM_FOLDER / "form.yaml"
    with harness.service() as service:
        until(lambda: harness.heartbeat().get("state") == "idle")
        template.write_text(template.read_text().replace("checkbox", "chequebox"))
        service.send_signal(signal.SIGHUP)
        until(lambda: "not reloaded" in harness.said())
        assert "form.yaml" in harness.said()
        harness.drop(f"{FORM_FOLDER}/a.png", image(1))
        until(lambda: len(harness.published()) == len(FIELDS))
        template.write_text(template.read_text().replace("chequebox", "checkbox"))
        template.write_text(template.read_text().replace("which", "other"))
        service.send_signal(signal.SIGHUP)
        until(lambda: "reloaded: model" in harness.said())
        harness.drop(f"{FORM_FOLDER}/b.png", image(2))
        until(lambda: len(harness.published()) == 2 * len(FIELDS))
    assert [row["field"] for row in harness.published()] == ["ticked", "which", "ticked", "other"]


def test_a_reload_changes_how_often_the_inbox_is_looked_at(tmp_path: Path) -> None:
    watch = {"settle": 0.1, "events": "polling"}
    harness = Harness(tmp_path / "harness", watch={**watch, "poll": 3600})
    with harness.service() as service:
        configure(harness, watch={**watch, "poll": 0.2})
        service.send_signal(signal.SIGHUP)
        until(lambda: "reloaded" in harness.said() and harness.heartbeat()["state"] == "idle")
        harness.drop("a.png", image(1))  # after the look that a reload brings
        until(lambda: len(harness.published()) == 1)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"accept": 7}, "accept"),
        ({"digits": "6-1"}, "digits"),
        ({"model": "none/at/all"}, "no such model"),
        ({"outbox": "elsewhere"}, "restart"),
    ],
)
def test_a_reload_that_will_not_do_changes_nothing(
    tmp_path: Path, settings: dict[str, object], message: str
) -> None:
    harness = Harness(tmp_path / "harness")
    with harness.service() as service:
        configure(harness, **settings)
        service.send_signal(signal.SIGHUP)
        until(lambda: "not reloaded" in harness.said())
        assert message in harness.said()
        harness.drop("a.png", image(1))
        until(lambda: len(harness.published()) == 1)
        configure(harness)
    assert models(harness) == ["mlp"]


def test_the_running_service_does_a_retry(tmp_path: Path) -> None:
    harness = Harness(tmp_path / "harness")
    with harness.service():
        harness.drop("sub/a.png", b"no image")
        harness.drop("b.png", image(1))
        until(lambda: len(harness.published()) == 2)
        until(lambda: all(row["place"] for row in harness.recorded()))
        done = harness.run("retry", "sub/a.png")
        assert done.returncode == 0, done.stderr
        until(lambda: len(harness.published()) == 3)
        until(lambda: all(row["place"] for row in harness.recorded()))
    first, again = (row for row in harness.published() if row["file"] == "sub/a.png")
    assert again["replaces"] == first["id"]
    (original,) = (path for path in harness.failed.rglob("a.png"))
    assert original.with_name("a.png.reason.txt").exists()


def test_a_retry_without_a_service_is_done_at_once_and_finds_a_new_place(tmp_path: Path) -> None:
    harness = Harness(tmp_path / "harness", limits={"pixels": 100})
    harness.drop("a.png", image(1))
    harness.drop("b.png", image(2))
    assert harness.run("batch").returncode == 0
    assert {row["reason"] for row in harness.published()} == {"too_many_pixels"}
    configure(harness, limits={"pixels": 10_000})
    done = harness.run("retry", "--failed")
    assert "2 files read again" in done.stdout, done.stderr
    assert [path.name for path in harness.failed.rglob("*") if path.is_file()] == []
    assert sorted(path.name for path in harness.done.rglob("*.png")) == ["a.png", "b.png"]
    out = harness.folder / "out.json"
    assert harness.run("export", "--format", "json", "--output", str(out)).returncode == 0
    assert "failed" not in {row["status"] for row in json.loads(out.read_text())}
    assert "Nothing to read again" in harness.run("retry", "--failed").stdout
    pytest.importorskip("xlsxwriter", reason="XLSX needs XlsxWriter")
    out = harness.folder / "out.xlsx"
    assert harness.run("export", "--output", str(out)).returncode == 0
    assert len(read(out.read_bytes())) == 2


def test_files_of_one_name_are_all_read_again(tmp_path: Path) -> None:
    harness = Harness(tmp_path / "harness", limits={"pixels": 100})
    for number in range(3):
        harness.drop("a.png", image(number))
        assert harness.run("batch").returncode == 0
    configure(harness, limits={"pixels": 10_000})
    done = harness.run("retry", "--failed")
    assert "3 files read again" in done.stdout, done.stderr
    rows = harness.published()
    again = Counter(row["replaces"] for row in rows if row["replaces"])
    assert again == Counter(row["id"] for row in rows if row["reason"] == "too_many_pixels")
    assert len(list(harness.done.rglob("*.png"))) == 3


def test_a_retry_that_is_stopped_says_that_it_is_not_done(tmp_path: Path) -> None:
    harness = Harness(tmp_path / "harness", limits={"pixels": 100})
    harness.drop("a.png", image(1))
    assert harness.run("batch").returncode == 0
    flags = Flags()
    flags.stop = signal.SIGTERM
    with chdir(harness.folder):
        assert "Stopped before the end" in retry(load, flags, ["a.png"], False, False)
    assert len(harness.published()) == 1
    assert harness.run("batch").returncode == 0
    assert len(harness.published()) == 2


def test_what_was_asked_for_in_transient_errors_is_done_once_it_has_passed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide, asked = Batches.decide, []
    harness, flags = Harness(tmp_path / "harness"), Flags()
    harness.state.mkdir()
    ledger = Requests(harness.state)
    ledger.request(RETRY, [])

    def stormy(batches: Batches) -> list[Published]:
        asked.append(1)
        if len(asked) == 1:
            raise TransientError("the disk is full")
        return decide(batches)

    monkeypatch.setattr(Batches, "decide", stormy)
    with chdir(harness.folder):
        thread = Thread(target=Watch(load, flags, lambda *_: None).run)
        thread.start()
        try:
            until(lambda: len(asked) > 1 and not ledger.requests())
        finally:
            flags.stop = signal.SIGTERM
            thread.join()
            ledger.close()


def test_a_command_is_told_of_each_batch(tmp_path: Path) -> None:
    told = tmp_path / "told"
    script = f"import sys; open({str(told)!r}, 'a').write(repr(sys.argv[1:]) + chr(10))"
    harness = Harness(tmp_path / "harness", on_batch=[sys.executable, "-c", script])
    with harness.service():
        harness.drop("a.png", image(1))
        until(lambda: told.exists() and told.read_text().count("\n") == 1)
        harness.drop("b.png", image(2))
        until(lambda: told.read_text().count("\n") == 2)
    files = [str(file) for file in sorted(harness.outbox.rglob("*.*"))]
    lines = [eval(line) for line in told.read_text().splitlines()]
    assert sorted(file for line in lines for file in line) == files
    assert all(line[0].endswith(".json") and line[1].endswith(".csv") for line in lines)


def test_a_command_is_told_again_of_what_a_crash_cut_off(tmp_path: Path) -> None:
    told = tmp_path / "told"
    script = (
        f"import sys, time; open({str(told)!r}, 'a').write(chr(10)); "
        f"time.sleep(0 if sys.argv[1:] and open({str(told)!r}).read().count(chr(10)) > 1 else 60)"
    )
    harness = Harness(tmp_path / "harness", on_batch=[sys.executable, "-c", script])
    with harness.service(clean=False):
        harness.drop("a.png", image(1))
        until(lambda: told.exists() and told.read_text())
    with harness.service():
        until(lambda: told.read_text().count("\n") == 2)


def test_a_service_that_hangs_or_died_is_called_so(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    harness = Harness(tmp_path / "harness", health={"seconds": 2.0}, metrics={"port": port})

    def get(page: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/{page}", timeout=10) as answer:
            return str(answer.read().decode())

    assert harness.run("status").returncode == 0
    with harness.service(clean=False) as service:
        harness.drop("a.png", image(1))
        until(lambda: len(harness.published()) == 1)
        assert get("healthz") == "ok\n"
        until(lambda: "digitbox_batches_total 1.0" in get("metrics"))
        assert harness.run("status").returncode == 0
        service.send_signal(signal.SIGSTOP)
        until(lambda: harness.run("status").returncode == 1)
        assert json.loads(harness.run("status", "--json").stdout)["state"] == "hanging"
        service.send_signal(signal.SIGCONT)
        until(lambda: harness.run("status").returncode == 0)
    died = json.loads(harness.run("status", "--json").stdout)
    assert (died["state"], died["healthy"], died["running"]) == ("died", False, False)
    assert harness.run("batch").returncode == 0
    assert harness.run("status").returncode == 0
    with pytest.raises(urllib.error.URLError):
        get("healthz")


def test_what_is_kept_is_read_again_only_when_its_content_changes(tmp_path: Path) -> None:
    harness = Harness(tmp_path / "harness", originals={"action": "keep"})
    harness.drop("a.png", image(1))
    with harness.service():
        until(lambda: len(harness.published()) == 1)
        os.utime(harness.inbox / "a.png", (1, 1))
        harness.drop("b.png", image(2))
        until(lambda: len(harness.published()) == 2)
        harness.drop("a.png", image(3))
        until(lambda: len(harness.published()) == 3)
    assert harness.run("batch").returncode == 0
    found = Counter((row["file"], row["sha256"]) for row in harness.published())
    wanted = [("a.png", image(1)), ("b.png", image(2)), ("a.png", image(3))]
    assert found == Counter((name, digest(content)) for name, content in wanted)
    assert sorted(path.name for path in harness.in_inbox()) == ["a.png", "b.png"]


def test_a_reload_moves_what_was_kept_once_originals_are_moved(tmp_path: Path) -> None:
    harness = Harness(tmp_path / "harness", originals={"action": "keep"})
    names = Counter((f"{number}.png", digest(image(number))) for number in range(5))
    with harness.service() as service:
        for number in range(5):
            harness.drop(f"{number}.png", image(number))
        until(lambda: len(harness.published()) == 5)
        until(lambda: all(row["place"] == "inbox" for row in harness.recorded()))
        configure(harness, originals={"action": "move"})
        service.send_signal(signal.SIGHUP)
        until(lambda: not harness.in_inbox(), what=harness.said())
        harness.drop("later.png", image(9))
        names["later.png", digest(image(9))] += 1
        until(lambda: len(harness.published()) == 6)
        until(lambda: all(row["place"] == "done" for row in harness.recorded()))
    harness.check(names)


def test_what_is_to_be_deleted_is_deleted_but_not_what_failed(tmp_path: Path) -> None:
    harness = Harness(tmp_path / "harness", originals={"action": "delete"})
    harness.drop("a.png", image(1))
    harness.drop("b.png", b"no image")
    assert harness.run("batch").returncode == 0
    assert len(harness.published()) == 2
    assert not harness.in_inbox()
    assert not harness.done.exists()
    assert [path.name for path in harness.failed.rglob("*.png")] == ["b.png"]


@pytest.mark.skipif(sys.platform != "linux", reason="leases are Linux's")
def test_a_file_that_is_open_for_writing_is_waited_for(tmp_path: Path) -> None:
    harness = Harness(tmp_path / "harness", watch={"settle": 0.1, "patience": 0.1, "rescan": 0.5})
    with harness.service(), (harness.inbox / "slow.png").open("wb") as file:
        file.write(image(1))
        file.flush()
        for number in range(20):  # long after it has settled
            harness.drop(f"{number}.png", image(2))
            until(lambda: len(harness.published()) > number)  # noqa: B023  # waited for right here
        assert (harness.inbox / "slow.png").exists()
        file.close()
        until(lambda: len(harness.published()) == 21)
    harness.check(
        Counter([("slow.png", digest(image(1)))])
        + Counter((f"{number}.png", digest(image(2))) for number in range(20))
    )
