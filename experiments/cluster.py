"""The workers of a Dask scheduler: one sentence says so where nobody, or something else, answers at its address."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import socket
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from experiments.extras import require
from sim import input_files
from sim.errors import InputError, shown

ANSWER_SECONDS: Final = 4.0
"""How long a scheduler has to accept a connection, and then as long to say what it is."""
JOIN_SECONDS: Final = 30.0
"""How long a scheduler that has answered may take to let a client in."""
DEFAULT_PORT: Final = 8786
SCHEDULER_BYTES: Final = 10_000_000
LOGGERS: Final = ("asyncio", "distributed", "distributed.client", "tornado", "tornado.application")
GONE: Final = "the workers are gone; what is finished is kept, and the same command goes on from there"


@contextmanager
def executor_at(address: str | None) -> Iterator[Executor | None]:
    """Give the workers of a Dask scheduler; None, for those of this machine, where no address is named.

    `address` is that of a scheduler, or the file that it wrote. Raises InputError where none answers there.
    """
    if address is None:
        yield None
        return
    require("cluster", "--dask")
    import distributed

    place = _listening(address)
    for name in LOGGERS:  # they would show with tracebacks what is said below
        logging.getLogger(name).setLevel(logging.CRITICAL)
    _check_scheduler(place, address)
    open_client: Any = distributed.Client  # its own types say nothing
    try:
        client: Any = open_client(place, timeout=JOIN_SECONDS, set_as_default=False)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise InputError(f"--dask: no scheduler answers at {_where(place, address)} ({type(error).__name__})") from None
    with client:
        yield client.get_executor(pure=False, retries=2)


def _where(place: str, address: str) -> str:
    return shown(address) if place == address else f"{shown(place)}, which is in {shown(address)}"


def _listening(address: str) -> str:
    """Return the address of a scheduler that was named by it or by its file; InputError where nobody listens there."""
    from distributed.comm.addressing import parse_address, parse_host_port

    found = _in_file(address) if _is_a_file(address) else address
    if not re.fullmatch(r"((tcp|tls|ucx|ws|wss)://)?[^/\s]+", found):
        raise InputError(f"--dask '{shown(found)}' is neither an address such as tcp://host:8786 nor a scheduler file")
    try:
        place = parse_host_port(parse_address(found)[1], DEFAULT_PORT)
        socket.create_connection(place, ANSWER_SECONDS).close()
    except (OSError, ValueError, OverflowError) as error:
        why = (getattr(error, "strerror", None) or str(error) or type(error).__name__).lower()
        raise InputError(f"--dask: no scheduler answers at {_where(found, address)}: {shown(why, 80)}") from None
    return found


def _check_scheduler(place: str, address: str) -> None:
    """Refuse an address at which something listens that does not answer as a scheduler does.

    A client would wait there for most of a minute.
    """
    try:
        kind = asyncio.run(asyncio.wait_for(_kind_of(place), ANSWER_SECONDS))
    except TimeoutError:
        after = f"within {ANSWER_SECONDS:g} seconds"
        rule = f"something listens at {_where(place, address)} and says nothing {after}: a scheduler would"
        raise InputError(f"--dask: {rule}") from None
    except Exception as error:  # whatever else may speak there
        rule = f"what listens at {_where(place, address)} is no Dask scheduler ({type(error).__name__})"
        raise InputError(f"--dask: {rule}") from None
    if kind != "Scheduler":
        raise InputError(f"--dask: at {_where(place, address)} is a {shown(kind, 40)} of Dask, and no scheduler")


async def _kind_of(place: str) -> str:
    """Return what a server of Dask says that it is."""
    import distributed
    from distributed.core import rpc

    ask: Any = rpc  # their own types say nothing
    settings: Any = distributed.Security
    async with ask(place, connection_args=settings().get_connection_args("client")) as server:
        found = await server.identity()
    return str(found["type"])


def _is_a_file(address: str) -> bool:
    return "://" not in address and (address.endswith(".json") or "/" in address or Path(address).is_file())


def _in_file(name: str) -> str:
    """Return the address that a scheduler file says; InputError where it says none."""
    text = input_files.read_text(Path(name), SCHEDULER_BYTES, name)
    try:
        return str(json.loads(text)["address"])
    except (ValueError, TypeError, KeyError, RecursionError):
        raise InputError("this is no scheduler file of Dask: it says no address", file=name) from None
