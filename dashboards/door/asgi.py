"""The door: an application before the server of the page, which lets in whoever has the token, and nobody else."""

from __future__ import annotations

import logging
import re
from http import HTTPStatus
from importlib.resources import files
from typing import Final
from urllib.parse import quote, unquote_plus

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboards.door import headers, origin, protocol
from dashboards.door.keys import LIFETIME, Keys
from sim.errors import InputError, shown

TOKEN: Final = "token"
"""The name of the token in an address."""
_KERNEL: Final = re.compile(r"/jupyter/api/kernels/([^/]+)/channels")
_NEEDS_KEY: Final = "it has neither the token nor a cookie of this dashboard"

_log = logging.getLogger(__name__)


class Door:
    """Lets in requests by a known name, from its own page or its user, with the token or the cookie; refuses others.

    Of those let in, it takes the token out of the address, gives all answers the headers of `headers`, and lets of what
    comes over a websocket only through what `protocol` allows.
    """

    def __init__(self, app: ASGIApp, keys: Keys, hosts: origin.Hosts) -> None:
        self.app, self.keys, self.hosts = app, keys, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or hand it on."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        asked = HTTPConnection(scope)
        fault = self._fault(asked)
        if fault:
            await _refuse(fault, asked, receive, send)
        elif _brings_token(asked):
            await self._without_token(asked)(scope, receive, send)
        elif scope["type"] == "websocket":
            await self.app(_stripped(scope), _checked(receive, _kernel_id(asked)), send)
        else:
            await self.app(_stripped(scope), receive, _Answer(send, asked, self.keys))

    def _fault(self, asked: HTTPConnection) -> str | None:
        """Return why a request is refused."""
        return origin.fault(asked, self.hosts) or self._fault_of_key(asked) or _fault_of_address(asked)

    def _fault_of_key(self, asked: HTTPConnection) -> str | None:
        if self.keys.fits_cookie(asked.cookies.get(self.keys.cookie_name, "")):
            return None
        tokens = asked.query_params.getlist(TOKEN) if _brings_token(asked) else []
        return None if len(tokens) == 1 and self.keys.fits_token(tokens[0]) else _NEEDS_KEY

    def _without_token(self, asked: HTTPConnection) -> Response:
        """Return the way to the same address without its token, and the cookie for whoever had the right one."""
        parts = [part for part in asked.scope["query_string"].decode("latin-1").split("&") if not _is_token(part)]
        path = "/" + quote(asked.scope["path"].lstrip("/"))  # never "//elsewhere"
        there = Response(status_code=HTTPStatus.SEE_OTHER, headers={**headers.ALWAYS, "Cache-Control": "no-store"})
        there.headers["Location"] = f"{path}?{'&'.join(parts)}" if parts else path
        there.headers["Content-Security-Policy"] = headers.NOTHING
        there.headers["Set-Cookie"] = _key_cookie(self.keys)
        return there


def _brings_token(asked: HTTPConnection) -> bool:
    """Return whether an address is opened that has a token in it, be it the right one or not."""
    return asked.scope.get("method") in origin.READS and TOKEN in asked.query_params


def _is_token(part: str) -> bool:
    return unquote_plus(part.partition("=")[0]) == TOKEN


def _key_cookie(keys: Keys) -> str:
    return headers.cookie(keys.cookie_name, keys.new_cookie(), LIFETIME)


def _fault_of_address(asked: HTTPConnection) -> str | None:
    """Return why an address is none of the page's: those that say for which of its tabs they are, have to."""
    if asked.scope["type"] == "websocket" and not _kernel_id(asked):
        return "there is no such websocket"
    needs_tab = asked.scope["type"] == "websocket" or asked.scope["method"] == "POST"
    return "it does not say for which tab" if needs_tab and not asked.query_params.get("session_id") else None


def _kernel_id(asked: HTTPConnection) -> str:
    found = _KERNEL.fullmatch(asked.scope["path"])
    return found[1] if found else ""


def _stripped(scope: Scope) -> Scope:
    """Return a request without what a proxy would have written."""
    kept = [
        (name, value)
        for name, value in scope["headers"]
        if name not in headers.FORWARDED and not name.startswith(b"x-forwarded-")
    ]
    return {**scope, "headers": kept}


# ---------------------------------------------------------------- what comes over a websocket


def _checked(receive: Receive, kernel_id: str) -> Receive:
    """Return what receives from a page only what it may send."""

    async def next_message() -> Message:
        while True:
            message = await receive()
            if message["type"] != "websocket.receive":
                return message
            frame = message.get("text")
            try:
                protocol.check(message["bytes"] if frame is None else frame, kernel_id)
            except InputError as problem:
                level = logging.INFO if isinstance(problem, protocol.GoneError) else logging.WARNING
                _log.log(level, "a message of a page was ignored: %s", shown(problem.problem))
                continue
            return message

    return next_message


# ---------------------------------------------------------------- answers


class _Answer:
    """An answer on its way to the browser: it gets its headers, and the page its policy."""

    def __init__(self, send: Send, asked: HTTPConnection, keys: Keys) -> None:
        self._send, self._keys = send, keys
        self._host = asked.headers["host"]
        self._start: Message = {}
        self._page: bytes | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            await self._begin(message)
        elif self._page is None:
            await self._send(message)
        else:
            self._page += message.get("body", b"")
            if not message.get("more_body"):
                await self._send_page(self._page)

    async def _begin(self, start: Message) -> None:
        given = MutableHeaders(raw=start["headers"])
        given.update(headers.ALWAYS)
        given.setdefault("Cache-Control", "no-cache" if "etag" in given else "no-store")  # files of libraries have tags
        given["Content-Security-Policy"] = headers.NOTHING
        cookies = [each.partition(";")[0].partition("=") for each in given.getlist("set-cookie")]
        del given["set-cookie"]
        for name, _, value in cookies:
            given.append("Set-Cookie", headers.cookie(name, value))
        if given.get("content-type", "").startswith("text/html") and "content-encoding" not in given:
            self._start, self._page = start, b""  # its policy names its scripts, which are in its body
        else:
            await self._send(start)

    async def _send_page(self, page: bytes) -> None:
        """Send a page with its policy; whoever opens it keeps their cookie."""
        given = MutableHeaders(raw=self._start["headers"])
        given["Content-Security-Policy"] = headers.page_policy(page.decode(), self._host)
        given.append("Set-Cookie", _key_cookie(self._keys))
        await self._send(self._start)
        await self._send({"type": "http.response.body", "body": page})


async def _refuse(fault: str, asked: HTTPConnection, receive: Receive, send: Send) -> None:
    """Refuse a request: say in the log why, and to whoever asked only how to get in."""
    what = asked.scope.get("method", "a websocket")
    _log.warning("refused %s of %s: %s", shown(what, 20), shown(asked.scope["path"], 80), fault)
    if asked.scope["type"] == "websocket":
        await receive()  # its "connect"; closed before it is accepted, it is answered with 403
        await send({"type": "websocket.close", "code": 1008})
        return
    policy = {"Content-Security-Policy": headers.NOTHING, "Cache-Control": "no-store"}
    page = files("dashboards.door").joinpath("refused.html").read_text("utf-8")
    answer = HTMLResponse(page, HTTPStatus.FORBIDDEN, headers={**headers.ALWAYS, **policy})
    await answer(asked.scope, receive, send)
