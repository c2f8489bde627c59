import pytest

from digitbox.storage.names import displayed


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("form/cell 07.png", "form/cell 07.png"),
        ('<img src=x onerror="alert(1)">.png', '<img src=x onerror="alert(1)">.png'),
        ("a\nb\x1b[2J.png", "a\\nb\\x1b[2J.png"),
        ("a\u202egnp.exe", "a\\u202egnp.exe"),
        ("\udcff.png", "\\xff.png"),
    ],
)
def test_a_name_is_one_line_of_text(name: str, text: str) -> None:
    assert displayed(name) == text
