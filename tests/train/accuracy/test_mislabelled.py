import csv
from pathlib import Path

import pytest

from digitbox.errors import InputError
from digitbox.evaluation.evaluate import Labelled
from digitbox_train.accuracy.mislabelled import Mislabelled, listed, without
from tests.conftest import data

FIRST = Mislabelled("numbers/ten/7.png", "0123456789", "0123456780", "the last digit is a closed 0")


def test_what_is_listed_is_left_out_until_its_label_is_corrected() -> None:
    images = [
        Labelled(FIRST.path, FIRST.label, "number", "ten"),
        Labelled("numbers/ten/8.png", FIRST.label, "number", "ten"),
    ]
    assert without(images, [FIRST]) == (images[1],)
    corrected = Labelled(FIRST.path, FIRST.shows, "number", "ten")
    assert without([corrected], [FIRST]) == (corrected,)
    assert without(images, []) == tuple(images)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("path,label,why\n", "the columns have to be path, label, shows, why"),
        ("path,label,shows,why\na,1,7,\n", "line 2: a field is empty"),
        ("path,label,shows,why\na,1,1,clear\n", "line 2: nothing is wrong"),
        ("path,label,shows,why\na,1,7,clear\na,1,4,clear\n", "line 3: nothing is wrong, or it is"),
    ],
)
def test_a_list_that_is_not_in_order_is_refused(lines: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text(lines)
    with pytest.raises(InputError, match=message):
        listed(tmp_path / "list.csv")


def test_a_line_of_the_list_has_its_fields(tmp_path: Path) -> None:
    line = ",".join((FIRST.path, FIRST.label, FIRST.shows, FIRST.why))
    (tmp_path / "list.csv").write_text(f"path,label,shows,why\n{line}\n")
    assert listed(tmp_path / "list.csv") == (FIRST,)


def test_what_is_listed_is_in_the_data_with_that_label() -> None:
    labels = {}
    for file in ("numbers/numbers.csv", "scans/dev/fields.csv"):
        table = data(str(Path(file).parent)) / Path(file).name
        with table.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                path = f"{Path(file).parent.as_posix()}/{row['path']}"
                labels[path] = row["label"].replace("/", " ")
    assert [one for one in listed() if labels.get(one.path) != one.label] == []
