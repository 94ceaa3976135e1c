"""A telephone as tests have it: it asks the narrow door in this process, and keeps the cookie that it is given."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from starlette.types import ASGIApp

HOST = "192.168.7.5"
PORT = 8766
NAMED = f"{HOST}:{PORT}"


class Answer(NamedTuple):
    """What the door answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def said(self) -> Any:
        """The JSON in it."""
        return json.loads(self.body)


class Telephone:
    """One telephone, at an address of its own."""

    def __init__(self, app: ASGIApp, number: int = 0) -> None:
        self.app, self.address, self.cookie = app, f"192.168.7.{100 + number}", ""

    def get(self, path: str, **headers: str) -> Answer:
        """Ask for something."""
        return self.ask("GET", path, [], headers)

    def post(self, path: str, sent: Any, **headers: str) -> Answer:
        """Send something, as the page does."""
        body = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
        given = {"origin": f"http://{NAMED}", "content_type": "application/json", **headers}
        return self.ask("POST", path, [body], given)

    def ask(self, method: str, path: str, parts: Sequence[bytes], headers: dict[str, str]) -> Answer:
        """Ask; headers are given with _ for -, and left out where they are empty."""
        given = {"host": NAMED, "cookie": self.cookie, **headers}
        answer = asyncio.run(_asked(self.app, method, path, parts, given, self.address))
        if "set-cookie" in answer.headers:
            self.cookie = answer.headers["set-cookie"].partition(";")[0]
        return answer

    def join(self, code: str, name: str = "") -> Answer:
        """Take a seat."""
        return self.post("/api/join", {"code": code, "name": name})

    def sees(self) -> Any:
        """Return what it shows."""
        answer = self.get("/api/me")
        assert answer.status == 200, answer.body
        return answer.said

    def decides(self, way: str, **further: Any) -> Answer:
        """Answer what is asked."""
        return self.post("/api/answer", {"moment": self.sees()["asked"]["moment"], "way": way, **further})


async def _asked(
    app: ASGIApp, method: str, path: str, parts: Sequence[bytes], headers: dict[str, str], address: str
) -> Answer:
    named = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items() if value]
    scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "path": path,
             "raw_path": path.encode(), "query_string": b"", "root_path": "", "scheme": "http", "headers": named,
             "client": (address, 50_000), "server": (HOST, PORT)}  # fmt: skip
    coming = [{"type": "http.request", "body": part, "more_body": n + 1 < len(parts)} for n, part in enumerate(parts)]
    sent: list[Any] = []

    async def receive() -> Any:
        return coming.pop(0) if coming else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    found = {name.decode().lower(): value.decode("latin-1") for name, value in sent[0]["headers"]}
    return Answer(sent[0]["status"], found, b"".join(each.get("body", b"") for each in sent[1:]))
