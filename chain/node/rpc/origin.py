"""Who may call from where: pages of browsers by their origin, dangerous methods by the caller's address."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

ANY_ORIGIN: Final = "*"
_WEB_SCHEMES: Final = frozenset({"http", "https"})


@dataclass(frozen=True, slots=True)
class OriginPolicy:
    """Which web pages may speak to the node.

    Pages served by this machine always may. A page elsewhere only if its origin is in ``allowed``: otherwise any
    site could, through its visitor's browser, reach a node that listens on loopback alone (DNS rebinding).
    """

    allowed: frozenset[str] = frozenset()

    def permits(self, origin: str | None) -> bool:
        """Whether a request with this ``Origin`` header is answered; programs other than browsers send none."""
        if origin is None or ANY_ORIGIN in self.allowed:
            return True
        return origin.lower() in self.allowed or _is_local_page(origin)

    def permits_host(self, host: str) -> bool:
        """Whether the node shows its own pages under this ``Host`` header.

        A page of the same origin sends no ``Origin``, so its name must be one that nobody else can point here: an
        address, ``localhost``, or one of the origins in ``allowed``.
        """
        if ANY_ORIGIN in self.allowed or any(urlsplit(origin).netloc == host.lower() for origin in self.allowed):
            return True
        try:
            name = urlsplit(f"//{host}").hostname or ""
            return name == "localhost" or bool(ipaddress.ip_address(name))
        except ValueError:
            return False


def parse_origins(texts: tuple[str, ...]) -> frozenset[str]:
    """Origins as browsers write them: scheme, host, and port where it is not the scheme's own.

    Raises:
        ValueError: one is neither an origin nor ``*``.
    """
    for text in texts:
        parts = urlsplit(text)
        plain = parts.scheme and parts.netloc and not (parts.path or parts.query or parts.fragment)
        if text != ANY_ORIGIN and not plain:
            raise ValueError(f"{text} is not an origin such as https://example.org, nor *")
    return frozenset(text.lower() for text in texts)


def is_loopback(address: str | None) -> bool:
    """Whether ``address``, numeric or ``localhost``, is this machine's own."""
    if address == "localhost":
        return True
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return False
    mapped = getattr(parsed, "ipv4_mapped", None)
    return (mapped or parsed).is_loopback


def _is_local_page(origin: str) -> bool:
    try:
        parts = urlsplit(origin)
        return parts.scheme in _WEB_SCHEMES and is_loopback(parts.hostname)
    except ValueError:  # an address in brackets that is none
        return False
