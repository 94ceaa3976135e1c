"""The attacks on a running server: who is not let in gets nothing, and who is gets no more than the page does."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.request import HTTPErrorProcessor, Request, build_opener

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.exceptions import InvalidStatus

from dashboards.hub import Hub
from dashboards.twins_tab import TwinHub
from tests import door_attack
from tests.browser import ADMITTED, TOKEN
from tests.door_attack import Client, connected

ROOT = Path(__file__).parents[1]
OURS = {
    "shell.vue", "stage.vue", "twins.vue", "why.vue", "room.vue", "rooms.vue", "studies.vue", "own.vue", "exports.vue",
    "seats.vue",
}  # fmt: skip
NOT_OURS = {
    "ipyvuetify.generated.Btn.Btn", "ipywidgets.widgets.widget_string.Text", "ipywidgets.widgets.widget_output.Output",
    "solara.components.file_download.FileDownloadWidget", "solara.widgets.widgets.Navigator",
    "ipyvuetify.Themes.Theme", "ipyvuetify.Html.Html",
}  # fmt: skip


class Served(NamedTuple):
    """A server of `door_page.py`, and where its log and the reports of its pages are."""

    port: int
    cookie: str
    log: Path
    folder: Path

    def report(self, client: Client) -> Any:
        """Return what the page of a client reports: its widgets, and the routes of the server."""
        return json.loads((self.folder / f"{client.kernel}.json").read_text("utf-8"))

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def said(self) -> str:
        return self.log.read_text("utf-8")


class _NoRedirects(HTTPErrorProcessor):
    def http_response(self, request: Any, response: Any) -> Any:  # noqa: ARG002
        return response


def ask(address: str, method: str = "GET", **headers: str) -> Any:
    """Return what a server answers, as it is."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    data = b"" if method == "POST" else None
    return build_opener(_NoRedirects).open(Request(address, data=data, headers=named, method=method), timeout=60)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server of the page with every component, behind the door."""
    place = tmp_path_factory.mktemp("served")
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    command = [sys.executable, "-m", "tests.door_page", str(port), str(place)]
    further = {"XDG_STATE_HOME": str(place), "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    with (place / "log.txt").open("w") as log:
        running = subprocess.Popen(command, env={**os.environ, **ADMITTED, **further}, stdout=log, stderr=log)
    try:
        _wait_for(running, port)
        cookie = ask(f"http://127.0.0.1:{port}/?token={TOKEN}").headers["Set-Cookie"].partition(";")[0]
        yield Served(port, cookie, place / "log.txt", place)
    finally:
        running.kill()
        running.wait(20)


def _wait_for(running: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(1800):
        assert running.poll() is None
        with socket.socket() as asked:
            if asked.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("the server did not start")


@pytest.fixture
def client(served: Served) -> Iterator[Client]:
    """A page that was let in, and has started the app."""
    with connected(served.port, served.cookie) as client:
        client.start()
        client.settle()
        yield client


# ---------------------------------------------------------------- who is not let in


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1", "", None])
def test_a_websocket_without_the_cookie_is_refused_whatever_its_origin(served: Served, origin: str | None) -> None:
    with pytest.raises(InvalidStatus, match="403"), connected(served.port, origin=origin):
        raise AssertionError("it was let in")


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://127.0.0.1:{}", "http://localhost:{}", ""])
def test_a_websocket_from_another_origin_is_refused_with_the_cookie_too(served: Served, origin: str) -> None:
    with (
        pytest.raises(InvalidStatus, match="403"),
        connected(served.port, served.cookie, origin=origin.format(served.port)),
    ):
        raise AssertionError("it was let in")


def test_every_route_of_the_server_is_closed_without_the_cookie(served: Served, client: Client) -> None:
    routes = served.report(client)["routes"]
    assert {"/resourcez", "/readyz", "/_solara/api/close/{kernel_id}"} <= {path for path, *_ in routes}
    paths = [re.sub(r"\{[^}]*\}", "x", path) + ("/main.js" if kind == "Mount" else "") for path, kind, _ in routes]
    for path in [*paths, "/?token=wrong", f"/?token={TOKEN[:-1]}", "/static/assets/custom.js", "/favicon.ico"]:
        for method in ("GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD"):
            answer = ask(served.origin + path, method)
            assert answer.status == 403, (method, path)
            assert "Set-Cookie" not in answer.headers
            text = answer.read().decode()
            assert "ism dashboard" in text or method == "HEAD"
            assert "olara" not in text


def test_a_name_that_was_made_to_point_here_is_refused_with_the_cookie_too(served: Served) -> None:
    for host in ("evil.example", f"evil.example:{served.port}", "127.0.0.1:1", "127.0.0.1", ""):
        assert ask(f"{served.origin}/", Cookie=served.cookie, Host=host).status in (400, 403)
        assert ask(f"{served.origin}/?token={TOKEN}", Host=host).status in (400, 403)


def test_the_token_is_in_no_line_of_the_log(served: Served) -> None:
    ask(f"{served.origin}/?token={TOKEN}&a=1", Host="evil.example")
    assert "evil" in served.said() or "the Host is not this server" in served.said()
    assert TOKEN not in served.said()


def test_whoever_has_the_cookie_gets_the_page_and_its_files(served: Served) -> None:
    for path in ("/", "/readyz", "/resourcez", "/static/assets/custom.js"):
        assert ask(served.origin + path, Cookie=served.cookie).status == 200


# ---------------------------------------------------------------- what those inside may not do


def test_no_attack_on_any_widget_does_anything(served: Served, client: Client, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    report = served.report(client)
    assert set(report["templates"].values()) >= OURS
    assert set(report["widgets"].values()) >= NOT_OURS
    before = {comm: client.state(comm) for comm in report["widgets"]}
    ignored = _ignored(served)
    tried = 0
    for comm in report["widgets"]:
        other = next(each for each in report["widgets"] if each != comm)
        for attack in door_attack.on_widget(comm, other, marker):
            client.send(attack)
            tried += 1
    client.settle()
    assert not marker.exists()
    assert {comm: client.state(comm) for comm in report["widgets"]} == before
    assert client.closed == []
    assert set(client.opened) >= set(before)
    assert _ignored(served) - ignored == tried
    assert "Traceback" not in served.said()
    print(f"{tried} attacks on {len(before)} widgets of {len(set(report['widgets'].values()))} classes")  # noqa: T201


def test_no_attack_on_a_session_does_anything(served: Served, client: Client, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    widgets = set(client.opened)
    for attack in (*door_attack.on_session(marker), *door_attack.on_control(client.control)):
        client.send(attack)
    client.settle()
    assert not marker.exists()
    assert set(client.opened) == widgets
    assert client.closed == []
    assert "Traceback" not in served.said()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 60) | st.floats(width=16) | st.text(max_size=6),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=6), inside, max_size=3),
    max_leaves=6,
)
COMMANDS = st.fixed_dictionaries(
    {"do": st.sampled_from([*Hub._DEEDS, *TwinHub._OWN]) | st.text(max_size=6)},
    optional=dict.fromkeys(
        ("tick", "hours", "day", "until", "value", "belief", "against", "layout", "issue", "iceberg", "differing",
         "threads", "on", "number", "query", "changes", "change", "scenario", "seed", "play", "side", "card", "how"),
        JSON,
    ),
)  # fmt: skip
ABOUT = st.sampled_from(["member", "card", "occasion"])
TEXT = st.text(max_size=20)
SMALL = st.integers(-3, 60)
GUESS = st.lists(st.none() | st.floats(), min_size=3, max_size=3)
SLOTS = st.sampled_from(["people", "ties"])
SENT = {
    "shell.vue": {"choose": TEXT, "went": st.fixed_dictionaries({"number": SMALL, "query": TEXT})},
    "stage.vue": {
        "act": COMMANDS, "drawn": st.integers(), "ready": st.just({}), "compare": st.just({}),
        "ask": st.dictionaries(ABOUT, SMALL | TEXT, max_size=3),
    },
    "twins.vue": {"act": COMMANDS, "drawn": st.integers(), "ready": st.just({})},
    "why.vue": {"close": st.just({}), "try_change": st.integers(), "ask": st.dictionaries(ABOUT, SMALL | TEXT)},
    "room.vue": {
        "enter": st.fixed_dictionaries({"code": TEXT}), "ask": st.fixed_dictionaries({"key": TEXT}),
        "vote": st.fixed_dictionaries({"name": TEXT, "guess": GUESS}),
        **dict.fromkeys(("open_room", "host", "reveal", "put_away"), st.just({})),
    },
    "studies.vue": {
        "look": st.fixed_dictionaries({"path": TEXT}), "show": st.fixed_dictionaries({"name": TEXT}),
        "step_in": st.fixed_dictionaries(
            {"name": TEXT, "across": SMALL, "up": SMALL, "others": st.dictionaries(TEXT, SMALL), "seed": st.integers()}
        ),
    },
    "own.vue": {
        "bring": st.lists(st.fixed_dictionaries({"slot": SLOTS, "name": TEXT}), max_size=3),
        "use": st.just({}), "example": st.just({}),
    },
    "seats.vue": {
        "lead": st.fixed_dictionaries(
            {"do": st.sampled_from(["play", "pause", "skip", "end", "arrange", "clear"])},
            optional={"clock": SMALL, "locked": st.booleans(), "shared": st.booleans()},
        ),
        "make": st.fixed_dictionaries({"key": TEXT}), "taken": st.just({}),
    },
    "exports.vue": {"make": st.fixed_dictionaries({"key": TEXT}), "taken": st.just({})},
}  # fmt: skip
"""By the template of a component: what its page may send, at random; without what makes files for seconds."""


def test_whatever_a_page_may_send_leaves_its_session_alive_and_all_others_as_they_were(
    served: Served, client: Client
) -> None:
    with connected(served.port, served.cookie) as other:
        other.start()
        other.settle()
        report = served.report(other)
        theirs = [
            each for each in report["widgets"] if report["templates"].get(each) not in ("room.vue", "seats.vue")
        ]  # one for all
        before = {comm: other.state(comm) for comm in theirs}
        sent = _send_at_random(client, served.report(client)["templates"])
        assert sent > 500
        assert {comm: other.state(comm) for comm in theirs} == before
    assert client.errors == []
    assert "Traceback" not in served.said(), served.said()[-6000:]


def _send_at_random(client: Client, templates: dict[str, str]) -> int:
    """Send events of all components, and return how many; after each few the session must still answer."""
    sent: list[str] = []

    @settings(max_examples=40, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def send(data: st.DataObject) -> None:
        for comm, name in templates.items():
            for event, strategy in SENT.get(name, {}).items():
                client.send(door_attack.custom(comm, {"event": event, "data": data.draw(strategy)}))
                sent.append(event)
        client.settle()

    send()
    return len(sent)


def _ignored(served: Served) -> int:
    return served.said().count("a message of a page was ignored")
