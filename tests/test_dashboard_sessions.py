"""Only so many sessions at a time: whoever finds no room hears so, and whoever has left makes room."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from solara.server import kernel_context
from solara.server.kernel_context import PageStatus

from dashboards.sessions import AGAIN, Sessions

ROOM = 3


class Page:
    """The server behind: it notes what came to it, and holds websockets until they are let go."""

    def __init__(self) -> None:
        self.came: list[str] = []
        self.over = asyncio.Event()

    async def __call__(self, scope: Any, _: Any, __: Any) -> None:
        self.came.append(scope["path"])
        if scope["type"] == "websocket":
            await self.over.wait()


@pytest.fixture(autouse=True)
def contexts(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The sessions that the server knows."""
    found: dict[str, Any] = {"dummy": session()}
    monkeypatch.setattr(kernel_context, "contexts", found)
    return found


def session(*pages: PageStatus) -> Any:
    return SimpleNamespace(page_status=dict(enumerate(pages)), close=lambda: None)


async def asked(sessions: Sessions, path: str, kind: str = "http") -> list[Any]:
    """Return what is sent to whoever asks for something."""
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": kind, "path": path, "method": "GET", "headers": [], "query_string": b"", "server": ("x", 80)}
    await sessions(scope, receive, send)
    return sent


def socket(name: str) -> str:
    return f"/jupyter/api/kernels/{name}/channels"


def test_the_next_visitor_gets_a_plain_page_that_tries_again() -> None:
    async def scene() -> None:
        page = Page()
        sessions = Sessions(page, ROOM)
        inside = [asyncio.create_task(asked(sessions, socket(f"{n}"), "websocket")) for n in range(ROOM)]
        await asyncio.sleep(0)
        start, body = await asked(sessions, "/")
        assert start["status"] == 503
        text = body["body"].decode()
        assert f"open in {ROOM} tabs" in text and f'http-equiv="refresh" content="{AGAIN}"' in text
        assert await asked(sessions, socket("late"), "websocket") == [{"type": "websocket.close", "code": 1013}]
        assert page.came == [socket(f"{n}") for n in range(ROOM)]
        page.over.set()
        await asyncio.gather(*inside)
        await asked(sessions, "/")
        assert page.came[-1] == "/"

    asyncio.run(scene())


def test_a_page_that_connects_again_and_files_of_the_page_need_no_room() -> None:
    async def scene() -> None:
        page = Page()
        sessions = Sessions(page, 1)
        inside = [asyncio.create_task(asked(sessions, socket("a"), "websocket")) for _ in range(3)]
        await asyncio.sleep(0)
        assert page.came == [socket("a")] * 3
        await asked(sessions, "/static/assets/custom.js")
        assert page.came[-1] == "/static/assets/custom.js"
        page.over.set()
        await asyncio.gather(*inside)
        assert not sessions._sockets

    asyncio.run(scene())


def test_a_session_whose_page_is_gone_makes_room_and_others_do_not(contexts: dict[str, Any]) -> None:
    left = session(PageStatus.DISCONNECTED, PageStatus.CLOSED)
    left.close = lambda: contexts.pop("left")
    contexts.update(starting=session(), seen=session(PageStatus.DISCONNECTED, PageStatus.CONNECTED), left=left)

    async def scene() -> None:
        page = Page()
        sessions = Sessions(page, ROOM)
        await asked(sessions, "/")
        assert page.came == ["/"] and contexts.keys() == {"dummy", "starting", "seen"}
        await asked(sessions, "/")
        contexts["third"] = session(PageStatus.CONNECTED)
        assert (await asked(sessions, "/"))[0]["status"] == 503

    asyncio.run(scene())
