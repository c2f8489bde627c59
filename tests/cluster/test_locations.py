"""In the process of the tests, with a session of its own."""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from digitbox.cluster import locations
from digitbox.cluster.locations import Location, Terms
from digitbox.cluster.session import open_session
from digitbox.errors import ConflictError, InputError
from tests.cluster.harness import SMALL

pytestmark = pytest.mark.xdist_group("cluster")


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as surroundings:
        for name in ("PYSPARK_PYTHON", "PYSPARK_SUBMIT_ARGS"):
            surroundings.setenv(name, "")
            surroundings.delenv(name)  # what it is set to meanwhile goes with this
        # As spark-submit and spark-defaults.conf would have it.
        surroundings.setenv("SPARK_CONF_DIR", str(tmp_path_factory.mktemp("conf")))
        defaults = Path(os.environ["SPARK_CONF_DIR"]) / "spark-defaults.conf"
        defaults.write_text("spark.sql.files.maxPartitionBytes 32m\nspark.master local[7]\n")
        session = open_session("local[1]", SMALL)
        assert session.sparkContext.master == "local[1]"
        yield session
        session.stop()


@pytest.fixture
def place(spark: Any, tmp_path: Path) -> Any:
    return lambda name: Location(spark, str(tmp_path / name))


def test_what_is_given_goes_before_what_makes_small_files_bearable(spark: Any) -> None:
    conf = spark.sparkContext.getConf()
    assert conf.get("spark.sql.files.openCostInBytes") == "64k"
    assert conf.get("spark.sql.files.maxPartitionBytes") == "32m"
    assert conf.get("spark.sql.session.timeZone") == "UTC"


def test_an_input_that_is_not_there_is_named(place: Any) -> None:
    with pytest.raises(InputError, match=r"nowhere: no such file or folder\."):
        locations.check(place("nowhere"), place("out"), place("check"), None)


@pytest.mark.parametrize("name", ["inbox", "inbox/out", "inbox/a/b"])
def test_nothing_is_written_into_the_input(place: Any, tmp_path: Path, name: str) -> None:
    (tmp_path / "inbox").mkdir()
    for output, check, archive in (
        (name, "check", None),
        ("out", name, None),
        ("out", "check", name),
    ):
        with pytest.raises(InputError, match="inside of the input"):
            locations.check(
                place("inbox"), place(output), place(check), place(archive) if archive else None
            )
    locations.check(place("inbox"), place("inbox-2"), place("check"), place("done"))


def test_wildcards_match_folder_by_folder(place: Any) -> None:
    assert place("2026-*").holds(place("2026-11/out"))
    assert not place("2026-*").holds(place("out"))
    assert place("a/2026-*/x").root == place("a").uri


def test_a_file_system_that_nobody_knows_is_named(spark: Any) -> None:
    with pytest.raises(InputError, match=r"s9a://bucket/x: no file system .*connector"):
        Location(spark, "s9a://bucket/x")


def test_a_checkpoint_stands_for_one_input_and_output(place: Any) -> None:
    terms = Terms("in", "out", "csv")
    locations.agree(terms, place("out"), place("check"))
    locations.agree(terms, place("out"), place("check"))
    with pytest.raises(ConflictError, match="this checkpoint reads in into out as csv"):
        locations.agree(Terms("in", "out", "json"), place("out"), place("check"))


def test_an_output_goes_on_with_its_own_checkpoint_only(place: Any, tmp_path: Path) -> None:
    manifest = tmp_path / "out" / "_spark_metadata"
    manifest.mkdir(parents=True)
    (manifest / "0").write_text("v1")
    with pytest.raises(ConflictError, match="this output belongs to another checkpoint"):
        locations.agree(Terms("in", "out", "csv"), place("out"), place("check"))


def test_a_checkpoint_whose_output_is_gone_is_refused(place: Any, tmp_path: Path) -> None:
    terms = Terms("in", "out", "csv")
    locations.agree(terms, place("out"), place("check"))
    (tmp_path / "check" / "commits").mkdir()
    (tmp_path / "check" / "commits" / "0").write_text("v1")
    with pytest.raises(ConflictError, match="what was written there is gone"):
        locations.agree(terms, place("out"), place("check"))


def test_a_folder_with_something_else_is_no_checkpoint(place: Any, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.jpg").touch()
    with pytest.raises(ConflictError, match="no checkpoint of digitbox"):
        locations.agree(Terms("in", "out", "csv"), place("out"), place("photos"))


def test_names_that_spark_does_not_see_are_counted(spark: Any, place: Any, tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    (inbox / ".cache").mkdir(parents=True)
    for name in ("a.png", "_b.png", ".c.png", ".cache/d.png", "e.part", "Thumbs.db"):
        (inbox / name).touch()
    Path(os.fsdecode(os.fsencode(inbox) + b"/\xff.png")).touch()
    counted = locations.left_alone(spark, place("inbox"))
    assert counted == Counter(unfinished=3, system=1, not_utf8=1)


def test_hidden_names_are_counted_by_spark_where_there_is_no_folder_to_walk(
    spark: Any, place: Any, tmp_path: Path
) -> None:
    inbox = tmp_path / ".inbox"  # its own name does not count
    (inbox / ".cache").mkdir(parents=True)
    for name in ("a.png", ".c.png", ".cache/d.png", "e.TMP", "~$f.png", "Thumbs.db"):
        (inbox / name).write_bytes(b"x")
    assert locations._hidden(spark, place(".inbox")) == Counter(unfinished=4, system=1)
