"""Opening the hall of a process to telephones: at which address of this machine, with which code to read it by."""

from __future__ import annotations

import asyncio
import socket
import threading
from functools import lru_cache
from typing import Any, Final, NamedTuple

import segno
import uvicorn

from dashboards import lifetime
from dashboards.door import origin
from dashboards.seats.hall import Hall
from dashboards.seats.limits import CONNECTIONS
from dashboards.seats.web import application

ELSEWHERE: Final = ("192.0.2.1", 9)
"""An address that is nobody's (RFC 5737). Nothing is sent to it: the system only says by which way it would go."""
PORT: Final = 8790
"""Where telephones come in, or at the next port that is free."""
_SETTINGS: Final[dict[str, Any]] = {
    "log_level": "error",
    "access_log": False,
    "proxy_headers": False,  # there is no proxy: whoever says so is a telephone
    "server_header": False,
    "limit_concurrency": CONNECTIONS,
    "timeout_keep_alive": 20,
    "ws": "none",
}


class Opened(NamedTuple):
    """A hall that telephones can reach."""

    hall: Hall
    host: str
    port: int

    @property
    def address(self) -> str:
        """What people type."""
        return origin.address(self.host, self.port)

    @property
    def link(self) -> str:
        """What telephones read: the address, and the code where no server sees it."""
        return f"{self.address}#{self.hall.code}"

    @property
    def reachable(self) -> bool:
        """Whether telephones can reach it at all."""
        return not origin.is_loopback(self.host)

    def picture(self) -> str:
        """Return the link as a code that telephones read: an SVG picture, as an address that holds it."""
        return _drawn(self.link)


@lru_cache(maxsize=4)
def _drawn(link: str) -> str:
    return str(segno.make(link, error="m").svg_data_uri(border=3, light="#fff", dark="#000", omitsize=True))


_opened: list[Opened] = []


def opened() -> Opened | None:
    """Return the hall of this process; None where it is not open."""
    return _opened[0] if _opened else None


def local_address() -> str:
    """Return the address of this machine in its network; that of the machine itself where it is in none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(ELSEWHERE)
        except OSError:
            return origin.LOOPBACK[0]
        found = str(probe.getsockname()[0])
        return origin.LOOPBACK[0] if origin.is_unspecified(found) else found


def open_hall(host: str | None, port: int) -> Opened:
    """Open the hall of this process in a thread of its own, beside the trainer's page; return where it is.

    Raises InputError where there is no such host, or no port can be used.
    """
    host = host or local_address()
    listening = lifetime.claimed(port, host)
    found = Opened(Hall(), host, int(listening.getsockname()[1]))
    serve(found, listening)
    _opened[:] = [found]
    return found


def serve(found: Opened, listening: socket.socket) -> uvicorn.Server:
    """Serve a hall to telephones in a thread of its own; it ends with the process, or when it is told to."""
    app = application(found.hall, found.host, found.port)
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", **_SETTINGS))

    def run() -> None:
        asyncio.run(server.serve([listening]))

    threading.Thread(target=run, daemon=True, name="ism-telephones").start()
    return server


def words(found: Opened) -> str:
    """Say where telephones come in."""
    said = f"Telephones come in at {found.address} with the code {found.hall.code}; the tab Room draws it."
    if not found.reachable:
        return f"{said}\nOnly browsers of this machine get there; --room-host names an address of its network."
    return f"{said}\nWhoever is in this network and has the code can take a seat; it travels unencrypted."
