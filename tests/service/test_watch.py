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

from pipeline.config import load
from pipeline.errors import Weather
from pipeline.service.batches import Batches, Published
from pipeline.service.retry import retry
from pipeline.service.watch import Service
from pipeline.signals import Flags
from tests.endurance.house import House, digest, image, until


def configure(house: House, **settings: object) -> None:
    (house.folder / "config.yaml").write_text(json.dumps({**house.settings, **settings}))


def models(house: House) -> list[str]:
    return [row["model"].split("-")[0] for row in house.published()]


def test_a_reload_takes_the_new_model(tmp_path: Path) -> None:
    house = House(tmp_path / "house")
    with house.service() as service:
        house.drop("a.png", image(1))
        until(lambda: len(house.published()) == 1)
        configure(house, model="cnn")
        service.send_signal(signal.SIGHUP)
        until(lambda: "reloaded" in house.said())
        house.drop("b.png", image(1))  # another model: no duplicate
        until(lambda: len(house.published()) == 2)
    assert models(house) == ["mlp", "cnn"]
    assert [row["reason"] == "duplicate" for row in house.published()] == [False, False]


def test_a_reload_changes_how_often_the_inbox_is_looked_at(tmp_path: Path) -> None:
    watch = {"settle": 0.1, "events": "polling"}
    house = House(tmp_path / "house", watch={**watch, "poll": 3600})
    with house.service() as service:
        configure(house, watch={**watch, "poll": 0.2})
        service.send_signal(signal.SIGHUP)
        until(lambda: "reloaded" in house.said() and house.pulse()["state"] == "idle")
        house.drop("a.png", image(1))  # after the look that a reload brings
        until(lambda: len(house.published()) == 1)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"accept": 7}, "accept"),
        ({"model": "none/at/all"}, "no such model"),
        ({"outbox": "elsewhere"}, "restart"),
    ],
)
def test_a_reload_that_will_not_do_changes_nothing(
    tmp_path: Path, settings: dict[str, object], message: str
) -> None:
    house = House(tmp_path / "house")
    with house.service() as service:
        configure(house, **settings)
        service.send_signal(signal.SIGHUP)
        until(lambda: "not reloaded" in house.said())
        assert message in house.said()
        house.drop("a.png", image(1))
        until(lambda: len(house.published()) == 1)
        configure(house)
    assert models(house) == ["mlp"]


def test_the_running_service_does_a_retry(tmp_path: Path) -> None:
    house = House(tmp_path / "house")
    with house.service():
        house.drop("sub/a.png", b"no image")
        house.drop("b.png", image(1))
        until(lambda: len(house.published()) == 2)
        until(lambda: all(row["place"] for row in house.recorded()))
        done = house.run("retry", "sub/a.png")
        assert done.returncode == 0, done.stderr
        until(lambda: len(house.published()) == 3)
        until(lambda: all(row["place"] for row in house.recorded()))
    first, again = (row for row in house.published() if row["file"] == "sub/a.png")
    assert again["replaces"] == first["id"]
    (original,) = (path for path in house.failed.rglob("a.png"))
    assert original.with_name("a.png.reason.txt").exists()


def test_a_retry_without_a_service_is_done_at_once_and_finds_a_new_place(tmp_path: Path) -> None:
    house = House(tmp_path / "house", limits={"pixels": 100})
    house.drop("a.png", image(1))
    house.drop("b.png", image(2))
    assert house.run("batch").returncode == 0
    assert {row["reason"] for row in house.published()} == {"too_many_pixels"}
    configure(house, limits={"pixels": 10_000})
    done = house.run("retry", "--failed")
    assert "2 files read again" in done.stdout, done.stderr
    assert [path.name for path in house.failed.rglob("*") if path.is_file()] == []
    assert sorted(path.name for path in house.done.rglob("*.png")) == ["a.png", "b.png"]
    out = house.folder / "out.json"
    assert house.run("export", "--format", "json", "--output", str(out)).returncode == 0
    assert "failed" not in {row["status"] for row in json.loads(out.read_text())}
    assert "Nothing to read again" in house.run("retry", "--failed").stdout


def test_files_of_one_name_are_all_read_again(tmp_path: Path) -> None:
    house = House(tmp_path / "house", limits={"pixels": 100})
    for number in range(3):
        house.drop("a.png", image(number))
        assert house.run("batch").returncode == 0
    configure(house, limits={"pixels": 10_000})
    done = house.run("retry", "--failed")
    assert "3 files read again" in done.stdout, done.stderr
    rows = house.published()
    again = Counter(row["replaces"] for row in rows if row["replaces"])
    assert again == Counter(row["id"] for row in rows if row["reason"] == "too_many_pixels")
    assert len(list(house.done.rglob("*.png"))) == 3


def test_a_retry_that_is_stopped_says_that_it_is_not_done(tmp_path: Path) -> None:
    house = House(tmp_path / "house", limits={"pixels": 100})
    house.drop("a.png", image(1))
    assert house.run("batch").returncode == 0
    flags = Flags()
    flags.stop = signal.SIGTERM
    with chdir(house.folder):
        assert "Stopped before the end" in retry(load, flags, ["a.png"], False, False)
    assert len(house.published()) == 1
    assert house.run("batch").returncode == 0
    assert len(house.published()) == 2


def test_what_was_asked_for_in_bad_weather_is_done_once_it_has_passed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide, asked = Batches.decide, []

    def stormy(batches: Batches) -> list[Published]:
        asked.append(1)
        if len(asked) == 1:
            raise Weather("the disk is full")
        return decide(batches)

    monkeypatch.setattr(Batches, "decide", stormy)
    house, flags = House(tmp_path / "house"), Flags()
    with chdir(house.folder):
        service = Service(load, flags, lambda *_: None)
        thread = Thread(target=service.run)
        thread.start()
        try:
            until(lambda: len(asked) > 1)
        finally:
            flags.stop = signal.SIGTERM
            thread.join()


def test_a_command_is_told_of_each_batch(tmp_path: Path) -> None:
    told = tmp_path / "told"
    script = f"import sys; open({str(told)!r}, 'a').write(repr(sys.argv[1:]) + chr(10))"
    house = House(tmp_path / "house", on_batch=[sys.executable, "-c", script])
    with house.service():
        house.drop("a.png", image(1))
        until(lambda: told.exists() and told.read_text().count("\n") == 1)
        house.drop("b.png", image(2))
        until(lambda: told.read_text().count("\n") == 2)
    files = [str(file) for file in sorted(house.outbox.rglob("*.*"))]
    lines = [eval(line) for line in told.read_text().splitlines()]
    assert sorted(file for line in lines for file in line) == files
    assert all(line[0].endswith(".json") and line[1].endswith(".csv") for line in lines)


def test_a_command_is_told_again_of_what_a_crash_cut_off(tmp_path: Path) -> None:
    told = tmp_path / "told"
    script = (
        f"import sys, time; open({str(told)!r}, 'a').write(chr(10)); "
        f"time.sleep(0 if sys.argv[1:] and open({str(told)!r}).read().count(chr(10)) > 1 else 60)"
    )
    house = House(tmp_path / "house", on_batch=[sys.executable, "-c", script])
    with house.service(clean=False):
        house.drop("a.png", image(1))
        until(lambda: told.exists() and told.read_text())
    with house.service():
        until(lambda: told.read_text().count("\n") == 2)


def test_a_service_that_hangs_or_died_is_called_so(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    house = House(tmp_path / "house", health={"seconds": 2.0}, metrics={"port": port})

    def get(page: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/{page}", timeout=10) as answer:
            return str(answer.read().decode())

    assert house.run("status").returncode == 0
    with house.service(clean=False) as service:
        house.drop("a.png", image(1))
        until(lambda: len(house.published()) == 1)
        assert get("healthz") == "ok\n"
        until(lambda: "digitbox_batches_total 1.0" in get("metrics"))
        assert house.run("status").returncode == 0
        service.send_signal(signal.SIGSTOP)
        until(lambda: house.run("status").returncode == 1)
        assert json.loads(house.run("status", "--json").stdout)["state"] == "hanging"
        service.send_signal(signal.SIGCONT)
        until(lambda: house.run("status").returncode == 0)
    died = json.loads(house.run("status", "--json").stdout)
    assert (died["state"], died["healthy"], died["running"]) == ("died", False, False)
    assert house.run("batch").returncode == 0
    assert house.run("status").returncode == 0
    with pytest.raises(urllib.error.URLError):
        get("healthz")


def test_what_is_kept_is_read_again_only_when_its_content_changes(tmp_path: Path) -> None:
    house = House(tmp_path / "house", originals={"action": "keep"})
    house.drop("a.png", image(1))
    with house.service():
        until(lambda: len(house.published()) == 1)
        os.utime(house.inbox / "a.png", (1, 1))
        house.drop("b.png", image(2))
        until(lambda: len(house.published()) == 2)
        house.drop("a.png", image(3))
        until(lambda: len(house.published()) == 3)
    assert house.run("batch").returncode == 0
    found = Counter((row["file"], row["sha256"]) for row in house.published())
    wanted = [("a.png", image(1)), ("b.png", image(2)), ("a.png", image(3))]
    assert found == Counter((name, digest(content)) for name, content in wanted)
    assert sorted(path.name for path in house.in_inbox()) == ["a.png", "b.png"]


def test_what_is_to_be_deleted_is_deleted_but_not_what_failed(tmp_path: Path) -> None:
    house = House(tmp_path / "house", originals={"action": "delete"})
    house.drop("a.png", image(1))
    house.drop("b.png", b"no image")
    assert house.run("batch").returncode == 0
    assert len(house.published()) == 2
    assert not house.in_inbox()
    assert not house.done.exists()
    assert [path.name for path in house.failed.rglob("*.png")] == ["b.png"]


@pytest.mark.skipif(sys.platform != "linux", reason="leases are Linux's")
def test_a_file_that_is_open_for_writing_is_waited_for(tmp_path: Path) -> None:
    house = House(tmp_path / "house", watch={"settle": 0.1, "patience": 0.1, "rescan": 0.5})
    with house.service(), (house.inbox / "slow.png").open("wb") as file:
        file.write(image(1))
        file.flush()
        for number in range(20):  # long after it has settled
            house.drop(f"{number}.png", image(2))
            until(lambda: len(house.published()) > number)  # noqa: B023  # waited for right here
        assert (house.inbox / "slow.png").exists()
        file.close()
        until(lambda: len(house.published()) == 21)
    house.check(
        Counter([("slow.png", digest(image(1)))])
        + Counter((f"{number}.png", digest(image(2))) for number in range(20))
    )
