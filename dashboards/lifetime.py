"""The life of the server: the port that it claims, and how it ends.

It has no process above or below it: whoever ends `ism dashboard`, in whatever way, ends the server itself.
"""

from __future__ import annotations

import errno
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import uvicorn

from sim.errors import InputError, as_typed, shown

TRIES: Final = 50
"""Ports that are tried, the wanted one first."""
GRACE: Final = 2
"""Seconds that open connections have to end by themselves."""
AT_LATEST: Final = 5.0
"""Seconds after which the process ends, whatever still runs in it."""
BACKLOG: Final = 128


# ---------------------------------------------------------------- the port


def claimed(wanted: int, host: str) -> socket.socket:
    """Return a socket that listens at the port wanted, or at the next one that nobody has; 0 asks for any.

    Raises InputError where the host is not this machine, or no port can be used.
    """
    for port in range(wanted, min(wanted + TRIES, 2**16) if wanted else 1):
        try:
            return _listening(port, host)
        except PermissionError:
            continue
        except OSError as problem:
            if problem.errno == errno.EADDRINUSE:
                continue
            raise InputError(f"nothing can be served at {shown(host)}: {shown(problem.strerror)}") from None
        except (TypeError, ValueError):  # a NUL, or a label that is too long
            raise InputError(f"{as_typed(host)} is no name of a machine") from None
    raise InputError(f"no port from {wanted} on can be used; name another with --port")


def _listening(port: int, host: str) -> socket.socket:
    """Return a socket that listens: between two who bind the same port, it is listening that decides."""
    found = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        _allow_restart(found)
        found.bind((host, port))
        found.listen(BACKLOG)
    except BaseException:
        found.close()
        raise
    return found


def _allow_restart(listening: socket.socket) -> None:
    """Let a port be taken again at once after its last server, but never beside one that still listens."""
    if sys.platform == "win32":  # there, SO_REUSEADDR would let two listen at once
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
    else:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)


# ---------------------------------------------------------------- running, and the end


class Server(uvicorn.Server):
    """A server that ends soon after it is asked to, whatever its visitors' threads are doing."""

    def __init__(self, config: uvicorn.Config, answers: Callable[[], object]) -> None:
        super().__init__(config)
        self._answers = answers

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer, and say so."""
        await super().startup(sockets)
        if self.started:
            self._answers()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close the port at once, and all else within seconds."""
        end = threading.Timer(AT_LATEST, os._exit, (self.exit_code,))
        end.daemon = True
        end.start()
        await super().shutdown(sockets)

    @property
    def exit_code(self) -> int:
        """What a shell sees when the end could not be awaited: 0 after Ctrl+C, as it is how a dashboard ends."""
        caught = [number for number in self._captured_signals if number != signal.SIGINT]
        return 128 + caught[0] if caught else 0


def run(
    app: Callable[..., Any], listening: socket.socket, answers: Callable[[], object] = lambda: None, **settings: Any
) -> None:
    """Serve until somebody presses Ctrl+C, or a signal ends the process; call `answers` once the port does."""
    with interruptible():
        config = uvicorn.Config(app, timeout_graceful_shutdown=GRACE, backlog=BACKLOG, **settings)
        Server(config, answers).run([listening])


@contextmanager
def interruptible() -> Iterator[None]:
    """Let Ctrl+C end what is done inside, as the ordinary way to end a dashboard."""
    try:
        yield
    except KeyboardInterrupt:
        return


def free_port(wanted: int, host: str) -> int:
    """Return the port that `claimed` would take, without taking it."""
    with claimed(wanted, host) as found:
        return int(found.getsockname()[1])
