"""What is no number, and what is no JSON, is answered in one line."""

from starlette.testclient import TestClient

NUMBERS = ("0", "-1", "1.5", "1e3", "x", "%00", "%FF", "%D9%A3", " 1", "9" * 5000)
TOO_LARGE = ("9223372036854775807", "9223372036854775808", "18446744073709551616", "9" * 30)
"""The first one is the largest that the ledger could hold: it is of nothing."""

BODIES = (
    b"",
    b"[]",
    b"\xff\xfe",
    b'{"reading": 1, "says": "1", "who": "\xff"}',
    b'{"reading": 1, "says": "\xed\xa0\x80"}',
    b'{"reading": 1, "says": "\\ud800"}',
    b'{"reading": 9223372036854775808, "says": "1"}',
    b'{"reading": ' + b"9" * 1900 + b"}",
    b'{"reading": 1, "x": ' + b"[" * 1900,
)


ADDRESSES = (
    "/review/fields?reading={}",
    "/review/answers?request={}",
    "/review/queue?id={}",
    "/review/queue?confidence={}",
    "/review/queue?confidence=0.5&id={}",
    "/forms/{}",
    "/forms/{}/template",
    "/forms/form/pages/{}",
)


def test_an_address_with_another_number_is_answered(pages: TestClient) -> None:
    for number in NUMBERS + TOO_LARGE:
        for part in ("scan", "frames", "written"):
            assert pages.get(f"/image/{number}/{part}.png").status_code == 404
        for address in ADDRESSES:
            asked = pages.get(address.format(number))
            assert asked.status_code in (200, 400, 404), (address, number)
            if "error" in asked.text:
                assert "\n" not in asked.json()["error"]
    for value in ("nan", "inf", "-inf", "1e400"):
        assert pages.get(f"/review/queue?confidence={value}").status_code == 400


def test_what_is_no_json_is_refused(pages: TestClient) -> None:
    for body in BODIES:
        assert pages.post("/review/decide", content=body).status_code == 400, body
        for address in ("/live/retry", "/forms/form/save"):  # what else is said is not looked at
            assert pages.post(address, content=body).status_code < 500, (address, body)
