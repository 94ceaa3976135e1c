"""What pages may send: the events that components declare, each with data of its type, and no other message at all."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import ipyvue
import ipyvuetify
import pytest
import solara
from hypothesis import example, given
from hypothesis import strategies as st

import dashboards
from dashboards.app import ArenaStage, Shell
from dashboards.door import events, protocol
from dashboards.door.events import declared_by
from dashboards.stage import Stage
from dashboards.twins_tab import TwinStage
from sim.errors import InputError
from tests.door_attack import custom, message, to_comm

STAGE = {"ready", "drawn", "act"}
DECLARED: dict[str, set[str]] = {
    "Shell": {"choose", "went"},
    "ArenaStage": {*STAGE, "ask", "compare", "take_home"},
    "TwinStage": STAGE,
    "_Why": {"close", "ask", "try_change"},
    "_Room": {"enter", "open_room", "host", "ask", "vote", "reveal", "put_away"},
    "_Seats": {"lead", "make", "taken"},
    "_Studies": {"look", "show", "step_in"},
    "_Own": {"bring", "use", "example"},
    "_Exports": {"make", "look", "taken"},
    "Looks": set(),
}
"""By component: all that its page may send."""
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(st.text(), inside, max_size=4),
    max_leaves=12,
)


def _classes() -> dict[str, type]:
    """Return the widget classes of our components, by the names of what declares them."""
    made = {function.__name__: kind for kind, function in events._components.items()}
    return {**made, **{kind.__name__: kind for kind in (Shell, ArenaStage, TwinStage)}}


def _widget(kind: type, comm: Any) -> Any:
    """Return a widget of a class as the protocol sees it, without a server: its class and its channel."""
    found = kind.__new__(kind)
    found._trait_values["comm"] = comm
    return found


@pytest.fixture(scope="module", autouse=True)
def session() -> Iterator[None]:
    """A session with a widget of each class of ours, a button, and the channel of the page."""
    kinds = {**_classes(), "Btn": ipyvuetify.Btn, "Theme": ipyvuetify.Themes.Theme, "Html": ipyvue.Html}
    comms = {name: SimpleNamespace(target_name="jupyter.widget") for name in kinds}
    widgets = {name: _widget(kind, comms[name]) for name, kind in kinds.items()}
    comms["page"] = SimpleNamespace(target_name="solara.control")
    kernel = SimpleNamespace(comm_manager=SimpleNamespace(comms=comms))
    protocol.kernel_context.contexts["k"] = SimpleNamespace(kernel=kernel, widgets=widgets)  # type: ignore[assignment]
    yield
    del protocol.kernel_context.contexts["k"]
    for widget in widgets.values():
        widget._trait_values["comm"] = None  # there is no server to close it with


def passes(what: Any) -> bool:
    """Return whether a message goes on to the library; one that does not is refused with a sentence."""
    try:
        protocol.check(what if isinstance(what, str | bytes) else json.dumps(what), "k")
    except InputError as problem:
        assert len(str(problem)) < 400
        return False
    return True


def binary(what: dict[str, Any], *files: bytes) -> bytes:
    """Return a frame that brings files."""
    parts = [json.dumps({key: value for key, value in what.items() if key != "buffers"}).encode(), *files]
    starts = [4 * (len(parts) + 1)]
    for part in parts[:-1]:
        starts.append(starts[-1] + len(part))
    return struct.pack(f"!{len(parts) + 1}I", len(parts), *starts) + b"".join(parts)


# ---------------------------------------------------------------- what components declare


def test_components_declare_these_events_and_no_others() -> None:
    assert {name: set(declared_by(kind)) for name, kind in _classes().items()} == DECLARED


def test_every_component_of_the_dashboard_is_declared() -> None:
    sources = [file.read_text("utf-8") for file in Path(dashboards.__file__ or "").parent.glob("*.py")]
    assert not [source for source in sources if "component_vue(" in source or "(ipyvue.VueTemplate)" in source]
    drawn = {*events.Template.__subclasses__(), *Stage.__subclasses__()} - {Stage}
    assert {kind.__name__ for kind in drawn} | {each.__name__ for each in events._components.values()} == set(DECLARED)


@pytest.mark.parametrize(
    "kind", [ipyvuetify.Btn, ipyvue.VueTemplate, ipyvue.Html, events.Template, solara.widgets.Navigator]
)
def test_a_class_that_is_not_ours_takes_nothing(kind: Any) -> None:
    assert declared_by(kind) == {}


GOOD: dict[tuple[str, str], Any] = {
    ("Shell", "choose"): "twins", ("Shell", "went"): {"number": 1, "query": "?a"},
    ("ArenaStage", "ready"): {}, ("ArenaStage", "drawn"): 3, ("ArenaStage", "act"): {"do": "play", "on": True},
    ("ArenaStage", "ask"): {"member": 4}, ("ArenaStage", "compare"): {"what": "story"},
    ("ArenaStage", "take_home"): {}, ("_Seats", "lead"): {"do": "play"}, ("_Seats", "make"): {"key": "a"},
    ("_Why", "close"): {}, ("_Why", "ask"): {"card": "draft-1"}, ("_Why", "try_change"): 0,
    ("_Room", "enter"): {"code": "A"}, ("_Room", "ask"): {"key": "a"}, ("_Room", "reveal"): {},
    ("_Room", "vote"): {"name": "A", "guess": [1, 0.5, 2]},
    ("_Studies", "look"): {"path": "a"}, ("_Studies", "show"): {"name": "a"},
    ("_Studies", "step_in"): {"name": "a", "across": 1, "up": 0, "others": {"b": 1}, "seed": 2},
    ("_Own", "use"): {}, ("_Own", "bring"): [{"slot": "people", "name": "a.csv"}],
    ("_Exports", "make"): {"key": "a", "kind": "png"}, ("_Exports", "look"): {},
}  # fmt: skip


@pytest.mark.parametrize(("place", "data"), GOOD.items(), ids=str)
def test_an_event_passes_with_data_of_its_type(place: tuple[str, str], data: Any) -> None:
    name, event = place
    assert passes(custom(name, {"event": event, "data": data}))
    for wrong in (None, [data], {"x": data}, {"functionRef": "close"}, float("nan"), "x" if data != "twins" else 1):
        assert not passes(custom(name, {"event": event, "data": wrong})) or event == "act"
    for more in ({"create_widget": ["os", "system"]}, {"update_ref": 1}, {"destroy_widget": "x"}, {"x": 1}):
        assert not passes(custom(name, {"event": event, "data": data, **more}))


def test_files_come_with_an_upload_alone() -> None:
    upload = custom("_Own", {"event": "bring", "data": GOOD["_Own", "bring"]})
    assert passes(binary(upload, b"id,manager_id\n"))
    assert passes(binary(custom("Shell", {"event": "choose", "data": "twins"})))
    assert not passes(binary(custom("Shell", {"event": "choose", "data": "twins"}), b"x"))
    assert not passes(binary(upload, *[b"x"] * (protocol.MOST_FILES + 1)))
    assert not passes({**upload, "buffers": ["x"]})


def test_a_page_starts_itself_and_asks_for_what_it_shows() -> None:
    args = {"path": "/?a", "dark": True, "themes": {"light": {}, "dark": {}}, "appName": None}
    assert passes(message("kernel_info_request", {}))
    assert passes(message("comm_info_request", {"target_name": "jupyter.widget"}))
    assert passes(message("comm_open", {"comm_id": "new", "target_name": "solara.control", "data": {}}))
    assert passes(message("comm_close", {"comm_id": "page", "data": {}}))
    assert passes(to_comm("page", {"method": "run", "args": args}))
    assert passes(to_comm("page", {"method": "app-status"}))
    assert passes(to_comm("Btn", {"method": "request_state"}))
    assert passes(to_comm("Theme", {"method": "update", "state": {"dark_effective": True}, "buffer_paths": []}))
    assert passes(message("shutdown_request", {"restart": False}, "control"))


def test_no_channel_is_opened_over_another_and_no_widget_is_closed() -> None:
    assert not passes(message("comm_open", {"comm_id": "Shell", "target_name": "solara.control", "data": {}}))
    assert not passes(message("comm_close", {"comm_id": "Shell", "data": {}}))


def test_a_session_that_is_gone_takes_nothing() -> None:
    with pytest.raises(protocol.GoneError):
        protocol.check(json.dumps(message("kernel_info_request", {})), "another")


# ---------------------------------------------------------------- whatever is sent


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32", "utf-8-sig"])
def test_a_frame_in_an_encoding_that_the_library_does_not_read_is_ignored(encoding: str) -> None:
    asked = message("kernel_info_request", {})
    assert passes(binary(asked))
    assert not passes(_framed(json.dumps({**asked, "buffers": []}).encode(encoding)))


def _framed(text: bytes) -> bytes:
    return struct.pack("!II", 1, 8) + text


@given(st.binary() | st.text() | JSON.map(json.dumps))
@example("[" * 100_000)
@example('{"a":' * 100_000)
@example("9" * 10_000)
@example(struct.pack("!I", 2**31))
def test_what_is_no_message_is_refused_with_a_sentence(frame: str | bytes) -> None:
    assert not passes(frame)


SEEDS = [custom(name, {"event": event, "data": data}) for (name, event), data in GOOD.items()]
SEEDS += [to_comm("Btn", {"method": "update", "state": {"children": []}}), to_comm("page", {"method": "app-status"})]
SPICE = st.sampled_from(
    ["create_widget", "update_ref", "functionRef", "objectRef", "__class__", "template", "jupyter.widget", "vue_choose"]
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    items: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inside in items:
        yield from _places(inside, (*path, key))


def _changed(value: Any, path: tuple[Any, ...], change: Callable[[Any], Any]) -> Any:
    """Return a message with one place of it changed."""
    if not path:
        return change(value)
    if isinstance(value, dict):
        return {key: _changed(each, path[1:], change) if key == path[0] else each for key, each in value.items()}
    return [_changed(each, path[1:], change) if n == path[0] else each for n, each in enumerate(value)]


@given(st.sampled_from(SEEDS), st.data())
def test_of_altered_messages_only_such_pass_as_say_no_more(seed: dict[str, Any], data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(list(_places(seed))))
    value = data.draw(JSON | SPICE)
    key = data.draw(SPICE | st.text())
    adds = data.draw(st.booleans())
    altered = _changed(seed, path, lambda was: {**was, key: value} if adds and isinstance(was, dict) else value)
    if passes(altered):
        _check_harmless(altered)


def _check_harmless(what: Any) -> None:
    """Assert, without the protocol's own means, that a message is an event of ours or asks for a state."""
    assert what["header"]["msg_type"] == "comm_msg"
    said, comm = what["content"]["data"], what["content"]["comm_id"]
    if said["method"] == "custom":
        assert set(said) == {"method", "content"} and set(said["content"]) <= {"event", "data"}
        assert said["content"]["event"] in DECLARED[comm]
    else:
        assert said == {"method": "request_state"} or (comm, said) == ("page", {"method": "app-status"})
