import csv

import pytest

from digitbox.delimited import decoded, rows

TABLE = [["path", "label"], ["a b.png", "7,300"], ["c.png", ""]]


@pytest.mark.parametrize(
    "text",
    [
        'path,label\na b.png,"7,300"\nc.png,\n',
        "path;label\r\na b.png;7,300\r\nc.png;\r\n",
        "path\tlabel\ra b.png\t7,300\rc.png\t\r",
        'path, label\na b.png, "7,300"\n c.png ,\n',
        'sep=;\npath;label\na b.png;"7,300"\nc.png;\n',
        '"sep=|"\r\npath|label\r\na b.png|7,300\r\nc.png|\r\n',
        '\n ,, \n"path","label"\n,\n"a b.png","7,300"\n\n"c.png",""\n,\n,\n',
    ],
)
def test_a_table_is_the_same_however_it_was_written(text: str) -> None:
    assert [cells[:2] for _, cells in rows(text)] == TABLE


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_text_is_decoded(encoding: str) -> None:
    assert decoded("path;größe\n".encode(encoding)) == "path;größe\n"


def test_other_bytes_are_no_text() -> None:
    with pytest.raises(UnicodeDecodeError):
        decoded("größe".encode("latin-1"))


def test_lines_are_counted_as_an_editor_does() -> None:
    assert [number for number, _ in rows("a\n\n,\nb\n")] == [1, 4]
    assert [number for number, _ in rows("sep=;\na\n\nb\n")] == [2, 4]
    assert [number for number, _ in rows('a,b\n"x\ny",z\nc\n')] == [1, 3, 4]


def test_a_delimiter_in_quotes_is_none() -> None:
    assert rows('"a;b",c\n')[0][1] == ["a;b", "c"]


@pytest.mark.parametrize("text", ["", "\n\n", ",,\n,\n", "sep=;\n"])
def test_what_is_empty_has_no_rows(text: str) -> None:
    assert rows(text) == []


@pytest.mark.parametrize("text", ['"a\nb\n', '"a"b,c\n'])
def test_quotes_that_are_not_in_order_are_an_error(text: str) -> None:
    with pytest.raises(csv.Error):
        rows(text)
