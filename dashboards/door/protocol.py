"""What a page may send over its websocket: to start itself, to fetch what it shows, and the events of our components.

The library behind the page trusts what it gets: a message may name a class to make, a method to call, or a trait to
set. So each message is read here first, and goes on only where it is one of those below; all else is refused, for every
widget of every class, before anything in it is looked up.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, Literal

import ipyvuetify
from ipywidgets import Widget
from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictStr, TypeAdapter, ValidationError
from solara.server import kernel_context
from solara.server.kernel_context import VirtualKernelContext

from dashboards.door.events import declared_by
from sim.errors import InputError, shown

MOST_FILES: Final = 8
"""Files that one message brings at most."""
DEEPEST: Final = 32
"""Levels of lists and tables within a message."""
MOST_COMMS: Final = 10_000
"""Channels of a session, those of its widgets included."""
CONTROL: Final = "solara.control"
"""The one channel that a page opens: to start itself, and to ask after a lost connection how things stand.

Through "jupyter.widget.control" it would fetch all widgets at once; but of that channel there is one for all visitors,
who would get what is another's. Without it, a page asks for its widgets one by one.
"""

Text = Annotated[StrictStr, Field(max_length=10_000)]
Id = Annotated[StrictStr, Field(min_length=1, max_length=100)]


class GoneError(InputError):
    """A message is for a widget or a session that is gone: usual when a tab is left, or the server started again."""


# ---------------------------------------------------------------- the shape of messages


class _Part(BaseModel):
    """A part of a message: with these entries, of these types, and no others."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _Header(_Part):
    msg_id: Id
    msg_type: Id
    session: Id
    username: Text = ""
    version: Id = "5.2"
    date: Text = ""


class _Message(_Part):
    header: _Header
    channel: Literal["shell", "control"]
    content: dict[str, Any]
    buffers: list[bytes]
    metadata: dict[Id, Text]
    parent_header: dict[str, Any] = Field(max_length=0)


class _Nothing(_Part):
    """No content."""


class _CommInfo(_Part):
    target_name: Text | None = None


class _Open(_Part):
    comm_id: Id
    target_name: Literal["solara.control"]
    data: dict[str, Any] = Field(max_length=0)
    target_module: None = None


class _Close(_Part):
    comm_id: Id
    data: dict[str, Any] = Field(default={}, max_length=0)


class _ToComm(_Part):
    comm_id: Id
    data: dict[str, Any]


class _Shutdown(_Part):
    restart: StrictBool = False


class _Arguments(_Part):
    path: Text
    dark: StrictBool
    themes: dict[Literal["light", "dark"], Annotated[dict[str, Any], Field(max_length=0)]]
    app: Literal["__default__"] | None = Field(default=None, alias="appName")


class _Run(_Part):
    method: Literal["run"]
    args: _Arguments


class _Status(_Part):
    method: Literal["app-status"]


class _State(_Part):
    method: Literal["request_state"]


class _Update(_Part):
    method: Literal["update"]
    state: dict[Id, Any] = Field(min_length=1)
    buffer_paths: list[Any] = Field(default=[], max_length=0)


class _Happened(_Part):
    event: Id
    data: Any = {}


class _Custom(_Part):
    method: Literal["custom"]
    content: _Happened


_MESSAGE: Final = TypeAdapter(_Message)
_TO_CONTROL: Final[TypeAdapter[Any]] = TypeAdapter(Annotated[_Run | _Status, Field(discriminator="method")])
_TO_WIDGET: Final[TypeAdapter[Any]] = TypeAdapter(Annotated[_State | _Update | _Custom, Field(discriminator="method")])

WRITABLE: Final[Mapping[type[Widget], Mapping[str, TypeAdapter[Any]]]] = {
    ipyvuetify.Themes.Theme: {"dark_effective": TypeAdapter(StrictBool)},
}
"""The traits that a page may set: Solara's own script says whether it is dark. No component of ours has any."""


def _read(kind: TypeAdapter[Any], value: Any) -> Any:
    """Return a part of a message; InputError where it is none."""
    try:
        return kind.validate_python(value)
    except ValidationError as problem:
        first = problem.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise InputError(f"{shown(place, 80)}: {shown(first['msg'], 120)}") from None


# ---------------------------------------------------------------- from the wire


def message_in(frame: str | bytes) -> _Message:
    """Return the message in a frame of the websocket: JSON, or JSON and files behind a table of offsets.

    Raises InputError where there is none.
    """
    files: list[bytes] | None = None
    try:
        if isinstance(frame, bytes):
            text, *files = _pieces(frame)
            frame = text.decode()  # as Solara reads it; given bytes, `json` would guess other encodings
        content = json.loads(frame)
    except (ValueError, RecursionError):
        raise InputError("it cannot be read") from None
    if not isinstance(content, dict) or _is_deep(content):
        raise InputError("it is no message")
    if files is None and content.get("buffers") != []:
        raise InputError("a message in text brings no files")
    message: _Message = _read(_MESSAGE, {**content, "buffers": files or []})
    return message


def _pieces(frame: bytes) -> list[bytes]:
    """Return the parts of a binary frame; ValueError where its table of offsets does not fit."""
    count = int.from_bytes(frame[:4], "big")
    if not 1 <= count <= MOST_FILES + 1 or len(frame) < 4 * (count + 1):
        raise ValueError("there is no such number of parts")
    starts = struct.unpack_from(f"!{count}I", frame, 4)
    if starts[0] != 4 * (count + 1) or list(starts) != sorted(starts) or starts[-1] > len(frame):
        raise ValueError("the parts do not follow each other")
    return [frame[start:stop] for start, stop in zip(starts, (*starts[1:], len(frame)), strict=True)]


def _is_deep(value: Any) -> bool:
    """Return whether lists and tables are within each other further than any page has them."""
    level = [value]
    for _ in range(DEEPEST):
        inside = [each.values() if isinstance(each, dict) else each for each in level if isinstance(each, dict | list)]
        level = [each for group in inside for each in group]
    return bool(level)


# ---------------------------------------------------------------- what goes on


def check(frame: str | bytes, kernel_id: str) -> None:
    """Let a frame pass that a page may send to its session; raise InputError, with the reason, for any other."""
    context = kernel_context.contexts.get(kernel_id)
    if context is None or context.kernel is None:
        raise GoneError("there is no such session")
    message = message_in(frame)
    kind = message.header.msg_type
    if kind not in _KINDS:
        raise InputError(f"{shown(kind, 60)} is no message of a page")
    content, check_content = _KINDS[kind]
    check_content(_read(content, message.content), message, context)


def _let_pass(content: Any, message: _Message, context: VirtualKernelContext) -> None:
    """Let a message pass that asks nothing of a widget."""


def _check_open(content: _Open, _: _Message, context: VirtualKernelContext) -> None:
    comms = _comms(context)
    if content.comm_id in comms:
        raise InputError("this channel is open already")
    if len(comms) >= MOST_COMMS:
        raise InputError("too many channels are open")


def _check_close(content: _Close, _: _Message, context: VirtualKernelContext) -> None:
    if _comm(context, content.comm_id).target_name != CONTROL:
        raise InputError("only the program closes its widgets")


def _check_comm(content: _ToComm, message: _Message, context: VirtualKernelContext) -> None:
    target = _comm(context, content.comm_id).target_name
    if target == CONTROL:
        _read(_TO_CONTROL, content.data)
    else:
        wish = _read(_TO_WIDGET, content.data)
        _check_widget(_widget(context, content.comm_id), wish, len(message.buffers))


def _check_widget(widget: Widget, wish: _State | _Update | _Custom, files: int) -> None:
    """Let a widget be asked for its state, hear of an event of its class, or of a trait that is the page's."""
    if isinstance(wish, _Update):
        for name, value in wish.state.items():
            _check_trait(widget, name, value)
    if isinstance(wish, _Custom):
        kind: Any = type(widget)
        events = declared_by(kind)
        if wish.content.event not in events:
            raise InputError(f"{kind.__name__} declares no event {shown(wish.content.event, 60)}")
        events[wish.content.event].check(wish.content.data, files)


def _check_trait(widget: Widget, name: str, value: Any) -> None:
    writable = WRITABLE.get(type(widget), {})
    if name not in writable:
        raise InputError(f"a page may not set {shown(name, 60)} of {type(widget).__name__}")
    _read(writable[name], value)


def _comms(context: VirtualKernelContext) -> dict[str, Any]:
    return context.kernel.comm_manager.comms


def _comm(context: VirtualKernelContext, comm_id: str) -> Any:
    found = _comms(context).get(comm_id)
    if found is None:
        raise GoneError("there is no such channel")
    return found


def _widget(context: VirtualKernelContext, comm_id: str) -> Widget:
    """Return the widget behind a channel: the one whose own channel it is."""
    found = context.widgets.get(comm_id)
    if found is None or found.comm is not _comms(context).get(comm_id):
        raise GoneError("there is no such widget")
    return found


_KINDS: Final[Mapping[str, tuple[TypeAdapter[Any], Callable[[Any, _Message, VirtualKernelContext], None]]]] = {
    "kernel_info_request": (TypeAdapter(_Nothing), _let_pass),
    "comm_info_request": (TypeAdapter(_CommInfo), _let_pass),
    "comm_open": (TypeAdapter(_Open), _check_open),
    "comm_close": (TypeAdapter(_Close), _check_close),
    "comm_msg": (TypeAdapter(_ToComm), _check_comm),
    "shutdown_request": (TypeAdapter(_Shutdown), _let_pass),
}
"""What a page may send: by its kind, what is in it, and what else has to be so."""
