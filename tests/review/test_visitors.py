"""Who asks, and whose word is taken for it."""

import pytest
from starlette.requests import Request

from digitbox.review.visitors import Visitor, visitor


def request(*headers: tuple[str, str], host: str = "192.0.2.1") -> Request:
    encoded = [(name.lower().encode(), value.encode()) for name, value in headers]
    return Request(
        {
            "type": "http",
            "method": "GET",
            "scheme": "http",
            "server": ("127.0.0.1", 80),
            "path": "/",
            "headers": encoded,
            "client": (host, 1),
        }
    )


SAYS = ("X-Forwarded-For", "10.0.0.7"), ("X-Forwarded-Proto", "https")


def test_where_no_proxy_stands_before_the_pages_nobody_is_believed() -> None:
    assert visitor(request(*SAYS), False) == Visitor("192.0.2.1", False)


def test_a_proxy_says_who_asks_and_how() -> None:
    assert visitor(request(*SAYS), True) == Visitor("10.0.0.7", True)
    assert visitor(request(), True) == Visitor("192.0.2.1", False)


@pytest.mark.parametrize(
    "headers",
    [
        [("X-Forwarded-For", "203.0.113.9, 10.0.0.7")],
        [("X-Forwarded-For", "203.0.113.9"), ("X-Forwarded-For", "10.0.0.7")],
    ],
)
def test_what_the_visitor_says_before_the_proxy_is_not_believed(
    headers: list[tuple[str, str]],
) -> None:
    assert visitor(request(*headers), True).address == "10.0.0.7"


@pytest.mark.parametrize("said", ["", "unknown", "10.0.0.7:80", "a\nb", "x" * 1000])
def test_what_is_no_address_is_none(said: str) -> None:
    assert visitor(request(("X-Forwarded-For", said)), True).address == "192.0.2.1"


@pytest.mark.parametrize("said", ["http", "", "https, http", "wss"])
def test_only_tls_is_tls(said: str) -> None:
    assert not visitor(request(("X-Forwarded-Proto", said)), True).is_secure


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("10.0.0.7", "10.0.0.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:10.0.0.7", "10.0.0.7"),
        ("unknown", "unknown"),
    ],
)
def test_one_line_is_one_place(address: str, network: str) -> None:
    assert Visitor(address, False).network == network
