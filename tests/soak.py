"""Clients for a while, then none, and what the server's memory does: `uv run python -m tests.soak --seconds 300`.

Each client is a page without a browser. It plays, seeks, moves levers, asks other seeds, opens twins and brings things
that are too large; every now and then it goes and comes again. Then all go, and the memory is measured.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener, urlopen

import click
import psutil
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from sim.limits import MESSAGE_BYTES
from tests.browser import ADMITTED, TOKEN
from tests.door_attack import Client, _read, custom

HERE: Final = "127.0.0.1"
WORLD: Final = "/?organization.members=300&days=60&seed="
ORDERS: Final[tuple[dict[str, Any], ...]] = (
    {"do": "play", "on": True},
    {"do": "speed", "value": 40},
    {"do": "seek", "tick": 470},
    {"do": "seek", "tick": 5},
    {"do": "levers", "changes": {"visibility.scope": "team"}},
    {"do": "levers", "changes": {"organization.members": 10_000_000}},
    {"do": "levers", "changes": {"organization.members": 400}},
    {"do": "event", "change": {"announce": {"title": "x", "issue": 0}}},
    {"do": "others", "on": True},
    {"do": "reset", "seed": 5, "day": 30},
    {"do": "go", "query": "organization.members=20000&days=500&day=500", "number": 1},
)
SETTLE: Final = 60.0
"""Seconds after the last client has gone in which memory has to come back."""
REST: Final = 10.0
"""Seconds after the first clients in which it comes to rest."""


class Soaked(NamedTuple):
    """What the memory of the server was, in bytes: at rest after the first visits, at its most, and after the last."""

    rest: int
    peak: int
    after: int
    frames: int


@contextmanager
def served(folder: Path) -> Iterator[tuple[psutil.Process, int]]:
    """Give a running dashboard and its port."""
    environment = {**os.environ, **ADMITTED, "XDG_STATE_HOME": str(folder)}
    typed = [sys.executable, "-m", "dashboards", "--port", "0"]
    with subprocess.Popen(typed, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            assert process.stdout is not None
            said = process.stdout.readline().decode()
            yield psutil.Process(process.pid), int(said.partition(f"{HERE}:")[2].partition("/")[0])
        finally:
            process.kill()


class _Here(HTTPRedirectHandler):
    """Follows nothing: the cookie is in the first answer."""

    def redirect_request(self, *_: Any) -> None:
        return None


def cookie_of(port: int) -> str:
    """Return the cookie that the token is exchanged for."""
    try:
        build_opener(_Here).open(f"http://{HERE}:{port}/?token={TOKEN}", timeout=120)
    except HTTPError as answer:
        return str(answer.headers["Set-Cookie"]).partition(";")[0]
    raise AssertionError("the token was not exchanged")


def visit(port: int, cookie: str, seconds: float, luck: random.Random) -> int:
    """Be a page for some seconds that wants something all the time; return how many frames came."""
    frames, until = 0, time.monotonic() + seconds
    session, tab = (f"{luck.getrandbits(128):032x}" for _ in range(2))
    address = f"ws://{HERE}:{port}/jupyter/api/kernels/{session}/channels?session_id={tab}"
    headers = {"Cookie": cookie}
    with connect(address, origin=f"http://{HERE}:{port}", additional_headers=headers, max_size=None) as socket:  # type: ignore[arg-type]
        client = Client(socket, session)
        client.start(f"{WORLD}{luck.randrange(9)}")
        stage = next(name for name, state in client.opened.items() if _is_stage(state))
        client.send(custom(stage, {"event": "ready", "data": {}}))
        while time.monotonic() < until:
            with suppress(TimeoutError):
                frames += _answered(client, stage, _read(socket.recv(timeout=0.5)))
            if luck.random() < 0.1:
                client.send(custom(stage, {"event": "act", "data": luck.choice(ORDERS)}))
        if luck.random() < 0.2:  # what is too large ends this session, and no other
            with suppress(ConnectionClosed):
                socket.send("x" * (MESSAGE_BYTES + 1))
                socket.recv(timeout=30)
    _leave(port, cookie, session, tab)
    return frames


def _leave(port: int, cookie: str, session: str, tab: str) -> None:
    """Say that the page goes, as a page does: its session ends at once, and not after the minutes that others have."""
    address = f"http://{HERE}:{port}/_solara/api/close/{session}?session_id={tab}"
    headers = {"Cookie": cookie, "Origin": f"http://{HERE}:{port}"}
    with suppress(HTTPError), urlopen(Request(address, b"", headers), timeout=120):  # no page reads the answer
        pass


def _is_stage(state: dict[str, Any] | None) -> bool:
    return bool(state) and "drawn" in (state or {}).get("events", ())


def _answered(client: Client, stage: str, got: dict[str, Any]) -> int:
    """Acknowledge a frame, as a page that has drawn it; return 1 for one."""
    content = got["content"].get("data", {}).get("content", {})
    if not isinstance(content, dict) or content.get("method") != "frame":
        return 0
    client.send(custom(stage, {"event": "drawn", "data": content["args"][0]["number"]}))
    return 1


def soak(clients: int, seconds: float, each: float = 20.0) -> Soaked:
    """Let clients come and go for some time; return what the memory was."""
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as (process, port):
        cookie = cookie_of(port)
        while not _crowd(port, cookie, clients, each, each)[1]:  # what is loaded once is loaded now
            pass  # machine code is still being made
        rest = _settled(process, REST)
        peak, frames = _crowd(port, cookie, clients, seconds, each, process)
        return Soaked(rest, peak, _settled(process, SETTLE, rest), frames)


def _crowd(
    port: int, cookie: str, clients: int, seconds: float, each: float, process: psutil.Process | None = None
) -> tuple[int, int]:
    """Let clients come and go; return the most memory meanwhile, and how many frames came."""
    until, counts = time.monotonic() + seconds, [0] * clients

    def come_and_go(number: int) -> None:
        luck = random.Random(number)
        while (left := until - time.monotonic()) > 0:
            with suppress(ConnectionClosed, TimeoutError):
                counts[number] += visit(port, cookie, min(left, each), luck)

    peak = 0
    with ThreadPoolExecutor(clients) as all_of_them:
        left = [all_of_them.submit(come_and_go, number) for number in range(clients)]
        while not all(client.done() for client in left):
            peak = max(peak, process.memory_info().rss if process else 0)
            time.sleep(0.5)
    for client in left:
        client.result()  # raises what went wrong for a client
    return peak, sum(counts)


def _settled(process: psutil.Process, seconds: float, goal: int = 0) -> int:
    """Return the least memory within some seconds, or as soon as it is no more than a goal."""
    least, until = process.memory_info().rss, time.monotonic() + seconds
    while time.monotonic() < until and least > goal:
        time.sleep(1)
        least = min(least, process.memory_info().rss)
    return least


def main() -> None:
    """Read the command line, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=300.0)
    asked = parser.parse_args()
    found = soak(asked.clients, asked.seconds)
    sizes = {name: f"{value / 1e6:,.0f} MB" for name, value in found._asdict().items() if name != "frames"}
    click.echo(f"{sizes}, {found.frames:,} frames")


if __name__ == "__main__":
    main()
