"""Where a request comes from: by which name this server was asked, and by a page of whose.

A browser says both, and no page can make it lie. A page from elsewhere is known by its Origin, and one whose name was
made to point to this machine (DNS rebinding) by the Host.
"""

from __future__ import annotations

import ipaddress
import socket
from typing import Final, NamedTuple

from starlette.requests import HTTPConnection

LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]")
_HTTP: Final = 80
READS: Final = ("GET", "HEAD")
"""The methods that change nothing."""
_CLOSE: Final = "/_solara/api/close/"
"""Where a page that goes away says so: the one address to which anything is sent, except the websocket."""


def is_loopback(host: str) -> bool:
    """Return whether a host can be reached from this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Hosts(NamedTuple):
    """The names by which a server may be asked for."""

    names: frozenset[str]
    """Each with its port, as browsers write it."""
    port: int
    any_address: bool
    """Whether it listens at every address of this machine: then each may be named by its number."""

    @classmethod
    def of(cls, host: str, port: int) -> Hosts:
        """Return the names of a server that listens at a host."""
        everywhere = is_unspecified(host)
        own = (socket.gethostname().lower(),) if everywhere else (_bracketed(host.lower()),)
        names = frozenset(written for name in (*LOOPBACK, *own) for written in _written(name, port))
        return cls(names, port, everywhere)

    def know(self, host: str) -> bool:
        """Return whether a Host header names this server."""
        return host in self.names or (self.any_address and self._is_number(host))

    def _is_number(self, host: str) -> bool:
        name, _, port = host.rpartition(":")
        if port != str(self.port):
            return False
        try:
            ipaddress.ip_address(name.removeprefix("[").removesuffix("]"))
        except ValueError:
            return False
        return True


def is_unspecified(host: str) -> bool:
    """Return whether a host stands for all addresses of this machine, as 0.0.0.0 does."""
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _written(name: str, port: int) -> tuple[str, ...]:
    """Return how browsers write a name with a port: the usual one is left out."""
    return (f"{name}:{port}", name) if port == _HTTP else (f"{name}:{port}",)


def address(host: str, port: int) -> str:
    """Return the address of a server that listens at a host, as people open it."""
    return f"http://{_bracketed(host)}:{port}/"


def fault(asked: HTTPConnection, hosts: Hosts) -> str | None:
    """Return why a request cannot come from our own page or from its user; None where it can."""
    named = asked.headers.getlist("host")
    if len(named) != 1 or not hosts.know(named[0].lower()):
        return "the Host is not this server"
    origins = asked.headers.getlist("origin")
    if any(origin.lower() != f"http://{named[0].lower()}" for origin in origins):
        return "the Origin is not this server"
    if asked.scope["type"] == "websocket":
        return None if origins else "a websocket without an Origin"
    closes = asked.scope["method"] == "POST" and asked.scope["path"].startswith(_CLOSE) and origins
    return _fault_of_fetch(asked) if closes or asked.scope["method"] in READS else "nothing of this kind is taken here"


def _fault_of_fetch(asked: HTTPConnection) -> str | None:
    """Return why a browser would not load this for our page; a link from elsewhere may open the page, as in a mail."""
    site = asked.headers.get("sec-fetch-site", "none")
    opens = asked.headers.get("sec-fetch-mode") == "navigate" and asked.headers.get("sec-fetch-dest") == "document"
    if site in ("same-origin", "none") or (opens and asked.scope["method"] in READS):
        return None
    return "it was asked for by another page"
