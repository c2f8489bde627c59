"""``POST /read``, asked as programs ask: the real server, over the network of this machine."""

import io
import json
import os
import re
import shutil
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from digitbox.models.registry import PROMOTED
from tests.conftest import ROOT
from tests.endurance.harness import Harness, digest, doubtful, until
from tests.pages import encoded, sheet
from tests.pool.test_words import damaged_fax
from tests.review.site import Site, serving
from tests.schema import check
from tests.variants import variant

TOKEN = "correct horse battery"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Any
    said: Any


def send(
    site: Site, content: bytes, query: str = "", method: str = "POST", **headers: str
) -> Answer:
    headers = {"Authorization": f"Bearer {TOKEN}"} | headers
    asked = urllib.request.Request(f"{site.url}read{query}", content, headers, method=method)
    try:
        with urllib.request.urlopen(asked, timeout=60) as answer:
            return Answer(answer.status, answer.headers, json.loads(answer.read()))
    except urllib.error.HTTPError as error:
        return Answer(error.code, error.headers, json.loads(error.read()))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    harness = Harness(tmp_path_factory.mktemp("programs"), model="cnn", review={"token": TOKEN})
    with serving(harness) as served:
        yield served


def booklet(*pages: "np.ndarray[Any, Any]") -> bytes:
    first, *others = map(Image.fromarray, pages)
    out = io.BytesIO()
    first.save(out, "TIFF", save_all=True, append_images=others)
    return out.getvalue()


def test_an_image_is_answered_as_the_json_of_a_batch_has_it(site: Site) -> None:
    content = encoded(sheet(7))
    answer = send(site, content, "?file=a.png")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/json"
    check(answer.said)
    (row,) = answer.said["readings"]
    assert (row["value"], row["status"], row["file"]) == ("7", "accepted", "a.png")
    assert (row["sha256"], row["model"]) == (digest(content), answer.said["model"])
    again = send(site, content).said
    assert again["batch"] != answer.said["batch"]
    assert again["readings"][0]["file"] == "-"
    assert not site.harness.published()
    assert not (site.harness.state / "ledger.sqlite").exists()


def test_all_pages_of_a_file_are_answered_also_those_that_failed(site: Site) -> None:
    blank = np.full((200, 200), 255, np.uint8)
    pages = [sheet(1), blank, sheet(2)]
    answer = send(site, booklet(*pages))
    check(answer.said)
    found = [(row["page"], row["value"], row["status"]) for row in answer.said["readings"]]
    assert found == [(1, "1", "accepted"), (2, None, "blank"), (3, "2", "accepted")]
    cut = send(site, booklet(*pages)[:-1000])
    assert cut.status == 200
    check(cut.said)
    assert {row["status"] for row in cut.said["readings"]} >= {"accepted"}
    assert len(cut.said["readings"]) >= 2


def test_it_says_of_a_file_what_a_batch_says(site: Site) -> None:
    """The one that says it is damaged, too, and the next one is not taken for damaged."""
    files = {"bad.tif": damaged_fax(), "seven.png": encoded(sheet(7)), "two.tif": booklet(sheet(2))}
    harness = site.harness
    for name, content in files.items():
        (harness.folder / name).write_bytes(content)
    done = harness.run("batch", *files, "--outbox", "elsewhere")
    assert done.returncode == 0, done.stderr
    (table,) = (harness.folder / "elsewhere").glob("*.json")
    expected = {row["file"]: row for row in json.loads(table.read_text())["readings"]}
    assert expected["bad.tif"]["reason"] == "damaged"
    for name, content in files.items():
        (row,) = send(site, content, f"?file={name}").said["readings"]
        for key in ("id", "read_at", "root"):
            row.pop(key)
            expected[name].pop(key)
        assert row == expected[name]


@pytest.mark.parametrize(
    ("content", "status", "reason"),
    [
        (b"", 400, "empty"),
        (b"<svg onload=alert(1)>", 415, "not_an_image"),
        (encoded(sheet(7))[:60], 422, "truncated"),
        (b"%PDF-1.7 broken", 422, "corrupt"),
    ],
)
def test_what_cannot_be_read_has_its_reason(
    site: Site, content: bytes, status: int, reason: str
) -> None:
    answer = send(site, content)
    assert (answer.status, answer.said["reason"]) == (status, reason)
    assert answer.said["error"].endswith(".")
    if reason == "not_an_image":
        assert "PNG, JPEG, TIFF" in answer.said["error"]


def test_a_form_of_a_browser_is_told_how_to_send_an_image(site: Site) -> None:
    answer = send(site, b"--x\r\n", **{"Content-Type": "multipart/form-data; boundary=x"})
    assert (answer.status, answer.said["reason"]) == (415, "multipart")
    assert "--data-binary" in answer.said["error"]


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_there_is_no_other_way_to_ask(site: Site, method: str) -> None:
    answer = send(site, b"x", method=method)
    assert (answer.status, answer.headers["Allow"]) == (405, "POST")
    assert "POST" in answer.said["error"]


def test_without_the_token_nothing_is_read(site: Site) -> None:
    for headers in ({"Authorization": ""}, {"Authorization": "Bearer wrong"}):
        answer = send(site, encoded(sheet(7)), **headers)
        assert (answer.status, answer.said["reason"]) == (401, "token")


def test_what_is_too_large_is_refused(tmp_path: Path) -> None:
    settings: dict[str, Any] = {"review": {"token": TOKEN}, "limits": {"bytes": 1000}}
    with serving(Harness(tmp_path / "harness", **settings)) as small:
        answer = send(small, b"a" * 1001)
        assert (answer.status, answer.said["reason"]) == (413, "too_many_bytes")
        assert "1,000 bytes" in answer.said["error"]


def test_a_name_is_one_line(site: Site) -> None:
    (row,) = send(site, encoded(sheet(7)), "?file=a%0Ab%00%E2%80%AE.png" + "x" * 999).said[
        "readings"
    ]
    assert row["file"].startswith("ab.png")
    assert len(row["file"]) == 255


def vast() -> bytes:
    """Takes seconds to decode."""
    return encoded(Image.new("L", (15_000, 15_000), 255), compress_level=1)


def test_what_takes_too_long_is_told_so_and_the_next_one_is_read(tmp_path: Path) -> None:
    limits = {"seconds": 0.5, "pixels": 10**9}
    harness = Harness(tmp_path / "harness", review={"token": TOKEN}, limits=limits)
    with serving(harness) as hurried:
        answer = send(hurried, vast())
        assert (answer.status, answer.said["reason"]) == (422, "timeout")
        for _ in range(20):  # the process that was ended is replaced, which takes longer than that
            if (again := send(hurried, encoded(sheet(7)))).status == 200:
                break
        assert again.said["readings"][0]["value"]


def test_who_decides_does_not_wait_for_what_is_sent(tmp_path: Path) -> None:
    limits = {"seconds": 60.0, "pixels": 10**9}
    harness = doubtful(tmp_path / "harness", 2, review={"token": TOKEN}, limits=limits)
    content = vast()
    answers = []
    with serving(harness) as served:
        send(served, encoded(sheet(7)))
        thread = threading.Thread(target=lambda: answers.append(send(served, content).status))
        thread.start()
        port = int(served.url.rsplit(":", 1)[1].strip("/"))
        until(lambda: sent_to(port, 1))
        cookies = urllib.request.HTTPCookieProcessor()
        opener = urllib.request.build_opener(cookies)
        entering = urllib.request.Request(f"{served.url}enter", f"token={TOKEN}".encode())
        entering.add_header("Origin", served.url.strip("/"))
        opener.open(entering, timeout=60).close()
        for number in (1, 2):
            with opener.open(f"{served.url}image/{number}/scan.png", timeout=60) as answer:
                assert answer.read().startswith(b"\x89PNG")
        assert not answers  # it is still being read
        thread.join()
    assert answers == [200]


def sent_to(port: int, number: int) -> bool:
    """Whether there are so many connections to ``port``, all bytes of which were taken."""
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    parts = [line.split() for line in lines]
    there = [one for one in parts if one[2].endswith(f":{port:04X}") and one[3] == "01"]
    taken = [one for one in parts if one[1].endswith(f":{port:04X}") and one[3] == "01"]
    silent = sum(one[4] == "00000000:00000000" for one in taken)
    return len(there) >= number and silent >= number


def test_a_server_that_stops_says_so_and_has_nobody_wait(tmp_path: Path) -> None:
    limits = {"seconds": 60.0, "pixels": 10**9}
    harness = Harness(tmp_path / "harness", review={"token": TOKEN}, limits=limits)
    answers: list[Answer | Exception] = []
    content = vast()

    def ask(site: Site) -> None:
        try:
            answers.append(send(site, content))
        except (OSError, urllib.error.URLError) as error:
            answers.append(error)

    with serving(harness) as served:
        send(served, encoded(sheet(7)))
        threads = [threading.Thread(target=ask, args=(served,)) for _ in range(4)]
        for one in threads:
            one.start()
        port = int(served.url.rsplit(":", 1)[1].strip("/"))
        until(lambda: sent_to(port, 4))
    for one in threads:
        one.join(20)
        assert not one.is_alive()
    told = [one.said["error"] for one in answers if isinstance(one, Answer)]
    assert set(told) == {"The server stops."}  # whose image had arrived; others are hung up on
    assert (harness.folder / "review.log").read_text().count("\n") == 1  # where the pages are


def test_all_pages_are_read_with_what_is_promoted_by_now(tmp_path: Path) -> None:
    harness = Harness(tmp_path / "harness", review={"token": TOKEN})
    with serving(harness) as served:
        before = send(served, encoded(sheet(3))).said["model"]
        variant(harness.state / "models" / "mine", "Ada")
        (harness.state / "models" / PROMOTED).write_text('{"mlp": ["mine"]}')
        after = send(served, booklet(sheet(3), sheet(4))).said
        assert before != after["model"]
        assert {row["model"] for row in after["readings"]} == {after["model"]}


def test_the_example_of_the_documents_runs(site: Site) -> None:
    if not shutil.which("curl"):
        assert not os.environ.get("CI"), "CI has to install curl"
        pytest.skip("curl is not installed")
    page = (ROOT / "docs" / "api.md").read_text("utf-8")
    (example,) = re.findall(r"```sh\n(curl .*?)```", page, re.DOTALL)
    command = example.replace("http://127.0.0.1:8765/", site.url)
    done = subprocess.run(
        ["sh", "-ec", command],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "TOKEN": TOKEN},
        capture_output=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    answered = json.loads(done.stdout)
    check(answered)
    assert answered["readings"][0]["value"] == "7"
