"""The attacks on the door: what a page could send to widgets, if it were let, and a client that sends it."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from websockets.sync.client import ClientConnection, connect

CUSTOM_EVENTS = (
    "", "_handle_event", "__init__", "__class__", "event_close", "event_choose", "open", "on_msg", "click",
    "send", "send_state", "nobody_declared_this",
)  # fmt: skip
TRAITS: dict[str, Any] = {
    "template": "<div>mine</div>",
    "components": {"x": {"class": ["os", "system"]}},
    "methods": "{}",
    "events": ["close"],
    "_component_instances": [],
    "_model_module": "mine",
    "children": ["mine"],
    "tag": "script",
    "value": "mine",
    "tabs": [],
    "hub": None,
    "_event_callbacks": {},
    "dark_effective": "mine",
}


def message(kind: str, content: Any, channel: str = "shell", **more: Any) -> dict[str, Any]:
    """Return a message as Solara's page sends it."""
    header = {
        "date": "today",
        "msg_id": uuid4().hex,
        "msg_type": kind,
        "session": "s",
        "username": "",
        "version": "5.2",
    }
    whole = {"header": header, "channel": channel, "content": content, "buffers": [], "metadata": {}}
    return {**whole, "parent_header": {}, **more}


def to_comm(comm: str, data: Any, **more: Any) -> dict[str, Any]:
    return message("comm_msg", {"comm_id": comm, "data": data}, **more)


def custom(comm: str, content: Any) -> dict[str, Any]:
    return to_comm(comm, {"method": "custom", "content": content})


def _running(marker: Path) -> dict[str, Any]:
    """Return what makes ipyvue run a program that leaves a file."""
    code = f"open({str(marker)!r}, 'w').close()"
    return {"create_widget": ["IPython", "start_ipython"], "props": {"argv": ["--no-banner", "-c", code]}, "id": "x"}


def on_widget(comm: str, other: str, marker: Path) -> Iterator[dict[str, Any]]:
    """Yield the attacks on one widget, of whatever class."""
    made = {"props": {"children": {"functionRef": "close"}}, "id": uuid4().hex}
    contents: list[Any] = [
        _running(marker),
        {"create_widget": ["ipyvuetify", "Btn"], **made},
        {"update_ref": {"functionRef": "close"}, "id": other, "prop": "layout"},
        {"update_ref": {"objectRef": "__class__"}, "id": other, "prop": "mine"},
        {"destroy_widget": other},
        {"event": "ready", "data": {}, "create_widget": ["os", "system"]},
        *({"event": name, "data": {}} for name in CUSTOM_EVENTS),
        {"event": ["choose"], "data": {}},
        {"event": "choose", "data": {"functionRef": "close"}},
        {"event": "act", "data": [{"functionRef": "close"}]},
        {}, [], "event", None,
    ]  # fmt: skip
    yield from (custom(comm, content) for content in contents)
    yield from (to_comm(comm, {"method": "update", "state": {name: value}}) for name, value in TRAITS.items())
    for data in ({}, {"method": "run", "args": {}}, {"method": "echo_update", "state": {}}, {"method": ["custom"]}):
        yield to_comm(comm, data)
    yield message("comm_close", {"comm_id": comm, "data": {}})


def on_session(marker: Path) -> Iterator[dict[str, Any] | str | bytes]:
    """Yield the attacks on a session: channels that are not the page's, kinds of messages, and broken frames."""
    part = {"module": "@jupyter-widgets/output", "module_version": "1.0.0"}
    state = {f"_{side}_{name}": value for side in ("model", "view") for name, value in part.items()}
    state |= {"_model_name": "OutputModel", "_view_name": "OutputView"}
    for target in ("jupyter.widget", "jupyter.widget.control", "jupyter.widget.version", "os.system", "", None):
        content = {"comm_id": uuid4().hex, "target_name": target, "data": {"state": state}}
        yield message("comm_open", content, metadata={"version": "2.1.0"})
    code = f"open({str(marker)!r}, 'w').close()"
    for kind in (
        "execute_request",
        "complete_request",
        "inspect_request",
        "debug_request",
        "comm_info",
        "",
        "__init__",
    ):
        yield message(kind, {"code": code, "silent": False})
    yield to_comm(uuid4().hex, {"method": "custom", "content": _running(marker)})
    yield from ("", "{", "[]", "null", "1", '"comm_msg"', "{}", '{"header": 1}', "[" * 100_000, "9" * 10_000, "NaN")
    yield from (b"", b"\x00", b"\xff" * 8, b"\x7f\xff\xff\xff", struct.pack("!II", 1, 99), struct.pack("!II", 1, 8))
    yield struct.pack("!III", 2, 12, 4) + b"{}"
    yield {"header": {"msg_type": "comm_msg"}}
    yield {**message("kernel_info_request", {}), "buffers": ["mine"]}
    yield {**message("kernel_info_request", {}), "parent_header": {"header": "mine"}}
    yield {**message("comm_info_request", {"target_name": ["mine"]})}


def on_control(comm: str) -> Iterator[dict[str, Any]]:
    """Yield the attacks on the channel through which a page starts itself."""
    themes = {"light": {"__class__": "mine"}, "dark": {}}
    good = {"path": "/", "dark": False, "themes": {"light": {}, "dark": {}}, "appName": None}
    for method, args in (
        ("reload", {}), ("evict", {}), ("close", {}), ("__init__", {}), ("run", {**good, "themes": themes}),
        ("run", {**good, "appName": "os"}), ("run", {**good, "path": 1}),
        ("run", {**good, "themes": {"__class__": {}}}),
        ("run", {**good, "more": 1}), ("run", None),
    ):  # fmt: skip
        yield to_comm(comm, {"method": method, "args": args})


def _read(frame: str | bytes) -> dict[str, Any]:
    """Return a message that the server sent, without its files."""
    if isinstance(frame, str):
        return json.loads(frame)  # type: ignore[no-any-return]
    count = int.from_bytes(frame[:4], "big")
    starts = [*struct.unpack_from(f"!{count}I", frame, 4), len(frame)]
    return json.loads(frame[starts[0] : starts[1]])  # type: ignore[no-any-return]


class Client:
    """A page without a browser: it starts the app, hears what the server sends, and sends what it likes."""

    def __init__(self, socket: ClientConnection, kernel: str) -> None:
        self.socket, self.kernel = socket, kernel
        self.control = uuid4().hex
        self.closed: list[str] = []
        """Channels that the server closed."""
        self.errors: list[Any] = []
        """What a page gets to see of exceptions in the program."""
        self.opened: dict[str, Any] = {}
        """What each widget was when it was made."""

    def send(self, what: dict[str, Any] | str | bytes) -> None:
        self.socket.send(json.dumps(what) if isinstance(what, dict) else what)

    def hear_until(self, wanted: Any) -> dict[str, Any]:
        """Return the first message that is as wanted."""
        while True:
            got = _read(self.socket.recv(timeout=40))
            self._note(got)
            if wanted(got):
                return got

    def _note(self, got: dict[str, Any]) -> None:
        kind, content = got["header"]["msg_type"], got["content"]
        if kind == "comm_open":
            self.opened[content["comm_id"]] = content["data"].get("state")
        if kind == "comm_close":
            self.closed.append(content["comm_id"])
        if kind in ("error", "stream"):
            self.errors.append(content)

    def start(self, path: str = "/") -> None:
        """Start the app, as Solara's page does."""
        self.send(message("comm_open", {"comm_id": self.control, "target_name": "solara.control", "data": {}}))
        args = {"path": path, "dark": False, "themes": {"light": {}, "dark": {}}, "appName": None}
        self.send(to_comm(self.control, {"method": "run", "args": args}))
        self.hear_until(lambda got: got["content"].get("data", {}).get("method") == "finished")

    def settle(self) -> None:
        """Wait until all that was sent is done: messages of a session are done in their order."""
        asked = message("kernel_info_request", {})
        self.send(asked)
        self.hear_until(
            lambda got: (
                got["header"]["msg_type"] == "kernel_info_reply"
                and got["parent_header"]["msg_id"] == asked["header"]["msg_id"]
            )
        )

    def state(self, comm: str) -> Any:
        """Return the state of a widget."""
        self.send(to_comm(comm, {"method": "request_state"}))

        def is_state(got: dict[str, Any]) -> bool:
            content = got["content"]
            return bool(content.get("comm_id") == comm and content.get("data", {}).get("method") == "update")

        return self.hear_until(is_state)["content"]["data"]["state"]


@contextmanager
def connected(port: int, cookie: str = "", origin: str | None = None, **more: Any) -> Iterator[Client]:
    """Give a client that is connected, from the page's own origin if none is given.

    It never pings: a thread of its own would do so, with Python's global luck, which Hypothesis sees and refuses.
    """
    kernel = str(uuid4())
    address = f"ws://127.0.0.1:{port}/jupyter/api/kernels/{kernel}/channels?session_id={uuid4()}"
    origin = f"http://127.0.0.1:{port}" if origin is None else origin
    headers = {"Cookie": cookie} if cookie else {}
    settings = {"additional_headers": headers, "max_size": None, "ping_interval": None, **more}
    with connect(address, origin=origin or None, **settings) as socket:  # type: ignore[arg-type]
        yield Client(socket, kernel)
