"""The narrow door: one static page and a few addresses with JSON, for telephones in a local network. Plain HTTP.

It is an application of its own at a port of its own, and shares no route with the trainer's page. A telephone joins
with the code of the room, and is then known by a cookie alone, which stands for its seat and opens nothing else.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from http import HTTPStatus
from importlib.resources import files
from typing import Annotated, Any, Final, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboards.door import headers, origin
from dashboards.seats.hall import Hall, NoSeatError
from dashboards.seats.limits import (
    BODY_BYTES,
    BODY_SECONDS,
    OF_ADDRESS,
    OF_ALL_CODES,
    OF_CODES,
    OF_DEVICE,
    Limiter,
)
from dashboards.seats.session import Answer
from sim.errors import InputError, shown
from sim.terms import SPOKEN, Motive, Strategy

COOKIE: Final = "ism-seat"
LIFETIME: Final = 24 * 60 * 60
"""Seconds for which a telephone keeps its seat."""
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)
"""What the page may do: run its own script, wear its own style, ask its own server."""
LOOKS: Final = 0.25
"""Seconds between two looks for news."""
PULSE: Final = 10.0
"""Seconds after which a telephone that hears no news hears that the line still stands."""
PAGES: Final = {
    "/": ("phone.html", "text/html; charset=utf-8"),
    "/phone.js": ("phone.js", "text/javascript; charset=utf-8"),
    "/phone.css": ("phone.css", "text/css; charset=utf-8"),
}

_log = logging.getLogger(__name__)
_Kind = TypeVar("_Kind", bound="_Sent")


# ---------------------------------------------------------------- what telephones send


class _Sent(BaseModel):
    """What a telephone sends: these entries, of these types, and no others."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Join(_Sent):
    """The code of the room, and a name or none."""

    code: Annotated[str, Field(max_length=16)]
    name: Annotated[str, Field(max_length=200)] = ""


class Decision(_Sent):
    """What somebody decided in a moment."""

    moment: Annotated[str, Field(pattern=r"^[0-9]{1,16}$")]
    way: str
    motive: str | None = None
    guess: Annotated[int, Field(ge=0, le=1_000_000)] | None = None

    def answer(self) -> Answer:
        """Return it as the session takes it; InputError where its words are none of the model's."""
        if self.way not in Strategy.__members__ or (self.motive is not None and self.motive not in Motive.__members__):
            raise InputError("there is no such way or motive")
        way, motive = Strategy[self.way], None if self.motive is None else Motive[self.motive]
        return Answer(way, None if way < SPOKEN else motive, self.guess, 0.0)


class Vote(_Sent):
    """A guess, and the range in which somebody is 80% sure to find the outcome."""

    guess: Annotated[list[float | int], Field(min_length=3, max_length=3)]


class Nothing(_Sent):
    """That it happened, and nothing else."""


# ---------------------------------------------------------------- the application


class Telephones:
    """What telephones can ask of a hall."""

    def __init__(self, hall: Hall) -> None:
        self.hall = hall
        self._devices, self._addresses = Limiter(OF_DEVICE), Limiter(OF_ADDRESS)
        self._codes, self._all_codes = Limiter(OF_CODES), Limiter(OF_ALL_CODES)

    def routes(self) -> list[Route]:
        """Return all addresses that there are."""
        posts = {
            "/api/join": self._join,
            "/api/answer": self._answer,
            "/api/vote": self._vote,
            "/api/leave": self._leave,
        }
        return [
            *(Route(path, self._limited(partial(_file, *found)), methods=["GET"]) for path, found in PAGES.items()),
            Route("/api/me", self._limited(self._me), methods=["GET"]),
            Route("/api/news", self._limited(self._news), methods=["GET"]),
            *(Route(path, self._limited(taken), methods=["POST"]) for path, taken in posts.items()),
        ]

    def _limited(self, answer: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        """Return what answers as often as a device and an address may ask, and says in a sentence what is wrong."""

        async def limited(request: Request) -> Response:
            key = request.cookies.get(COOKIE, "")
            if not self._addresses.allows(_address(request)) or (key and not self._devices.allows(key[:80])):
                return _problem("this was too much at once; wait a moment", HTTPStatus.TOO_MANY_REQUESTS)
            try:
                return await answer(request)
            except NoSeatError as problem:
                return _problem(str(problem), HTTPStatus.UNAUTHORIZED)
            except InputError as problem:
                return _problem(str(problem), HTTPStatus.CONFLICT)

        return limited

    async def _join(self, request: Request) -> Response:
        """Give a seat to whoever has the code; a telephone that has one keeps it."""
        key, address = _key(request), _address(request)
        if self.hall.news_of(key):
            return JSONResponse({"joined": True})
        if not (self._codes.allows(address, 0.0) and self._all_codes.allows("", 0.0)):
            return _problem("too many wrong codes came in; wait a minute", HTTPStatus.TOO_MANY_REQUESTS)
        sent = await _read(request, Join)
        try:
            key = await run_in_threadpool(self.hall.join, sent.code, sent.name, address)
        except NoSeatError:
            self._codes.allows(address)
            self._all_codes.allows("")
            raise
        joined = JSONResponse({"joined": True})
        joined.set_cookie(COOKIE, key, max_age=LIFETIME, path="/", httponly=True, samesite="strict")
        return joined

    async def _me(self, request: Request) -> Response:
        """Say what a telephone shows, or that it has no seat, which is nothing wrong."""
        try:
            return JSONResponse(await run_in_threadpool(self.hall.seen_by, _key(request)))
        except NoSeatError:
            return JSONResponse({"seated": False})

    async def _answer(self, request: Request) -> Response:
        sent = await _read(request, Decision)
        await run_in_threadpool(self.hall.answer, _key(request), int(sent.moment), sent.answer())
        return JSONResponse({"taken": True})

    async def _vote(self, request: Request) -> Response:
        sent = await _read(request, Vote)
        await run_in_threadpool(self.hall.vote, _key(request), *sent.guess)
        return JSONResponse({"taken": True})

    async def _leave(self, request: Request) -> Response:
        await _read(request, Nothing)
        await run_in_threadpool(self.hall.leave, _key(request))
        left = JSONResponse({"left": True})
        left.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
        return left

    async def _news(self, request: Request) -> Response:
        """Follow what a telephone shows, whole each time: it needs to remember nothing."""
        key = _key(request)
        stream = await run_in_threadpool(self.hall.stream, key)
        return StreamingResponse(self._frames(key, stream), media_type="text/event-stream")

    async def _frames(self, key: str, stream: int) -> AsyncIterator[str]:
        had, quiet = "", 0.0
        while self.hall.follows(key, stream):
            news = self.hall.news_of(key)
            if news != had:
                try:
                    seen = await run_in_threadpool(self.hall.seen_by, key)
                except NoSeatError:
                    break
                had, quiet = news, 0.0
                yield f"data: {json.dumps(seen)}\n\n"
            elif quiet >= PULSE:
                quiet = 0.0
                yield ": here\n\n"
            quiet += LOOKS
            await asyncio.sleep(LOOKS)
        yield "event: gone\ndata: {}\n\n"


def application(hall: Hall, host: str, port: int) -> ASGIApp:
    """Return the door for telephones to a hall, at an address of this machine."""
    inside = Starlette(routes=Telephones(hall).routes())
    inside.router.redirect_slashes = False  # there are these addresses and no others
    return Guard(inside, origin.Hosts.of(host, port))


class Guard:
    """Lets in requests by a known name, from the page itself or its user, and gives all answers their headers."""

    def __init__(self, app: ASGIApp, hosts: origin.Hosts) -> None:
        self.app, self.hosts = app, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or hand it on."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] != "http":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        elif fault := _fault(HTTPConnection(scope), self.hosts):
            _log.warning("refused a telephone: %s", fault)
            await _problem("this is not for you", HTTPStatus.FORBIDDEN)(scope, receive, _with_headers(send))
        else:
            await self.app(scope, receive, _with_headers(send))


def _fault(asked: HTTPConnection, hosts: origin.Hosts) -> str | None:
    """Return why a request cannot come from the page; a page from elsewhere may lead there, and do nothing else."""
    named = asked.headers.getlist("host")
    if len(named) != 1 or not hosts.know(named[0].lower()):
        return "the Host is not this server"
    origins = asked.headers.getlist("origin")
    if any(each.lower() != f"http://{named[0].lower()}" for each in origins):
        return "the Origin is not this server"
    if asked.scope["method"] == "POST":
        if not origins:
            return "a POST without an Origin"
        if asked.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return "a POST of something else than JSON"
    site, mode = asked.headers.get("sec-fetch-site", "none"), asked.headers.get("sec-fetch-mode")
    opens = mode == "navigate" and asked.scope["method"] == "GET" and asked.scope["path"] == "/"
    return None if site in ("same-origin", "none") or opens else "it was asked for by another page"


def _with_headers(send: Send) -> Send:
    async def sent(message: Any) -> None:
        if message["type"] == "http.response.start":
            given = {**headers.ALWAYS, "Content-Security-Policy": POLICY, "Cache-Control": "no-store"}
            message["headers"] += [(name.lower().encode(), value.encode()) for name, value in given.items()]
        await send(message)

    return sent


# ---------------------------------------------------------------- requests and answers


async def _file(name: str, kind: str, request: Request) -> Response:  # noqa: ARG001
    return Response(files("dashboards.seats").joinpath("page", name).read_bytes(), media_type=kind)


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _key(request: Request) -> str:
    return request.cookies.get(COOKIE, "")


async def _read(request: Request, kind: type[_Kind]) -> _Kind:
    """Return what was sent; InputError where it is too long, too slow, or something else."""
    try:
        body = await asyncio.wait_for(_body(request), BODY_SECONDS)
        return kind.model_validate_json(body)
    except TimeoutError:
        raise InputError("this took too long to arrive") from None
    except ValidationError as problem:
        first = problem.errors(include_url=False, include_context=False, include_input=False)[0]
        raise InputError(f"what was sent is wrong: {shown(first['msg'], 120)}") from None


async def _body(request: Request) -> bytes:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > BODY_BYTES:
            raise InputError(f"at most {BODY_BYTES:,} bytes are read")
    return body


def _problem(words: str, status: HTTPStatus) -> Response:
    return JSONResponse({"problem": words}, status)
