"""As many sessions as there is room for; whoever comes later gets a plain page that says so, and tries again."""

from __future__ import annotations

from collections import Counter
from http import HTTPStatus
from importlib.resources import files
from typing import Final

import anyio
from solara.server import kernel_context
from solara.server.kernel_context import PageStatus, VirtualKernelContext
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from sim.limits import SESSIONS

AGAIN: Final = 10
"""Seconds after which the page for those who found no room is loaded again."""
_TRY_LATER: Final = 1013


class Sessions:
    """Lets in as many sessions as there is room for. One whose page is gone makes room for one that has a page."""

    def __init__(self, app: ASGIApp, most: int = SESSIONS) -> None:
        self.app, self.most = app, most
        self._sockets: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on, or say that there is no room."""
        if scope["type"] == "websocket":
            await self._connect(scope, receive, send)
        elif scope["type"] == "http" and scope["path"] == "/" and not await self._has_room():
            await _full(self.most)(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _connect(self, scope: Scope, receive: Receive, send: Send) -> None:
        session = scope["path"].removesuffix("/channels").rpartition("/")[2]
        if session not in self._known() and not await self._has_room():
            await receive()  # its "connect"
            await send({"type": "websocket.close", "code": _TRY_LATER})
            return
        self._sockets[session] += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self._sockets[session] -= 1
            self._sockets += Counter()  # whoever has no socket any more is forgotten

    def _known(self) -> set[str]:
        return {*self._sockets, *kernel_context.contexts} - {"dummy"}

    async def _has_room(self) -> bool:
        if len(self._known()) < self.most:
            return True
        left = next(filter(_is_left, list(kernel_context.contexts.values())), None)
        if left is None:
            return False
        await anyio.to_thread.run_sync(left.close)
        return len(self._known()) < self.most


def _is_left(session: VirtualKernelContext) -> bool:
    """Return whether a session had pages, and has none any more."""
    pages = list(session.page_status.values())
    return bool(pages) and PageStatus.CONNECTED not in pages


def _full(most: int) -> HTMLResponse:
    page = files("dashboards").joinpath("full.html").read_text("utf-8")
    written = page.replace("MOST", str(most)).replace("AGAIN", str(AGAIN))
    return HTMLResponse(written, HTTPStatus.SERVICE_UNAVAILABLE, headers={"Retry-After": str(AGAIN)})
