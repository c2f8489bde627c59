"""A request → who asks: from where, and by TLS or not."""

import ipaddress
from dataclasses import dataclass

from starlette.requests import Request

COOKIE = "digitbox"
SECURE_COOKIE = "__Host-digitbox"
"""By TLS: browsers take one of that name from this host alone, for all of it, and by TLS alone."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """``address`` is where the request comes from."""

    address: str
    is_secure: bool

    @property
    def cookie(self) -> str:
        """The name of the cookie that holds the session."""
        return SECURE_COOKIE if self.is_secure else COOKIE

    @property
    def network(self) -> str:
        """What those have in common whom one person can be: one address of IPv4, and the 64 bits of
        IPv6 that a line is given."""
        try:
            address = ipaddress.ip_address(self.address)
        except ValueError:
            return self.address
        if isinstance(address, ipaddress.IPv6Address):
            if address.ipv4_mapped:
                return str(address.ipv4_mapped)
            return str(ipaddress.ip_network((address, 64), strict=False))
        return str(address)


def visitor(request: Request, is_proxied: bool) -> Visitor:
    """Who asks. Where a proxy stands before the pages, it says so; else nobody is believed."""
    host = request.client.host if request.client else "unknown"
    if not is_proxied:
        return Visitor(host, request.scope["scheme"] == "https")
    # The last one of several is what the proxy itself has said.
    said = _last(request, "X-Forwarded-For")
    return Visitor(
        said if is_address(said) else host, _last(request, "X-Forwarded-Proto") == "https"
    )


def _last(request: Request, header: str) -> str:
    lines = request.headers.getlist(header)
    return lines[-1].rpartition(",")[2].strip().lower() if lines else ""


def is_address(text: str) -> bool:
    """Whether that is an address of IPv4 or IPv6, and no name."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
