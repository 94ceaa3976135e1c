"""Serve the dashboard so that it needs no network: every script, font and style comes from this machine.

What the server reads from its environment is set before any of it is imported. Solara would fetch a file that it lacks
from the network; here it has nowhere to fetch from, and the page says so.
"""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import click

from dashboards import asked as asked_for
from dashboards import lifetime, memory, shelf
from dashboards.door import origin
from dashboards.door.keys import keys_for, take_token
from experiments.measures.typed import NOTHING, Wanted
from experiments.progress import announce_compiling
from sim.errors import InputError, as_typed
from sim.limits import MESSAGE_BYTES

if TYPE_CHECKING:
    from dashboards.door.asgi import Door
    from sim.organization import Organization

HERE: Final = Path(__file__).parent
OPENED: Final = "ISM_DASHBOARD_SCENARIO"
"""The variable that names the scenario of a page whose address names none."""
ARENA: Final = "baseline"
_TALKATIVE: Final = {"population.visits_per_day.mean": 3.0, "population.occasions_per_visit.mean": 0.2}
"""What lets everything happen within a few days."""
NOWHERE: Final = "http://127.0.0.1:9/"
TRUST: Final = "--trust-everyone-who-can-connect"
SERVER: Final[dict[str, Any]] = {
    "log_level": "error",
    "access_log": False,  # addresses may hold the token
    "proxy_headers": False,  # there is no proxy: whoever says so is a client
    "server_header": False,
    "ws_max_size": MESSAGE_BYTES,
}
"""How uvicorn serves."""


def settings() -> dict[str, str]:
    """Return what the server reads from its environment."""
    return {
        "SOLARA_APP": "dashboards.app",
        "SOLARA_MODE": "production",
        "SOLARA_THEME_TITLE": "Voice and silence",
        "SOLARA_THEME_LOADER": "plain",
        "SOLARA_THEME_SHOW_BANNER": "False",
        "SOLARA_THEME_FORCE_REFRESH": "True",  # a page whose session is gone loads again, by its address
        "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "False",
        "SOLARA_KERNEL_CULL_TIMEOUT": "50s",  # a page that comes back later is loaded again, by its address
        "SOLARA_KERNEL_GC_AFTER_CLOSE": "False",  # `memory` does
        "SOLARA_SESSION_HTTP_ONLY": "True",
        "SOLARA_SERVER_HTTP_GZIP": "False",  # the door reads the page on its way out
        "SOLARA_ASSETS_CDN": NOWHERE,
        "SOLARA_ASSETS_FONTAWESOME_ENABLED": "False",
        "SOLARA_ASSETS_EXTRA_LOCATIONS": ",".join(map(str, assets())),
    }


def assets() -> tuple[Path, ...]:
    """Return the folders whose files a page may load: our own, and the one of the installed Plotly."""
    plotly = find_spec("plotly")
    if plotly is None or plotly.origin is None:
        raise ModuleNotFoundError("plotly is not installed")
    return HERE / "assets", Path(plotly.origin).parent / "package_data"


def warm_up() -> None:
    """Load what a first visitor would wait for: the compiled rules, and what a story, a twin and a why take."""
    from dashboards.film import Film, answer_in
    from dashboards.frame import draw_frame
    from dashboards.scene import draw_scene
    from dashboards.twins import Pair
    from dashboards.view import View
    from dashboards.why import prepare
    from dashboards.world import Arena
    from sim.scenario import load

    arena = Arena(load(ARENA).with_({"organization.members": 60, "days": 4, **_TALKATIVE}))
    arena.look_at(16)
    arena.intervene({"respond": {"by": "ceo", "to": "latest_critique", "how": "sanction"}})
    arena.advance(9)
    draw_scene(arena)
    draw_frame(arena, View(iceberg=True))
    found = answer_in(arena)
    if found is not None:
        Film(found).describe()
        found.describe()
    Pair.forked(arena, {"visibility.scope": "team"}).frame(View())
    prepare(arena.run())


class RoomAt(NamedTuple):
    """Where telephones come in: an address of this machine (None finds one), and a port."""

    host: str | None
    port: int


def serve(
    port: int,
    host: str,
    scenario: str,
    trusting: bool = False,
    sweeps: str | None = None,
    room: RoomAt | None = None,
    people: Organization | None = None,
    wanted: Wanted = NOTHING,
) -> None:
    """Serve the dashboard until it is stopped; say where it is, with its token, as soon as it answers.

    `sweeps` is the folder below which sweeps may be opened, in place of the current one. With `room` a second, narrow
    door lets telephones in, which never reach the dashboard itself. `people` work in the worlds that are opened, in
    place of made-up ones, and debriefs show the measures that are `wanted`. Raises InputError where others could
    connect and nobody said that they are trusted (`trusting`), where the token of the environment could be guessed,
    where there is no such folder, host or port, and where there are more people than a page takes.
    """
    check_host(host, trusting)
    if people is not None:
        _bring_along(people, scenario)
    asked_for.ask(wanted)
    shelf.choose(sweeps)
    token = take_token()
    listening = lifetime.claimed(port, host)
    found = int(listening.getsockname()[1])
    if found != port and port:
        click.echo(f"Port {port} is taken, so this is port {found}.")
    warnings.filterwarnings("ignore", message="Cookies with samesite=none")  # the door sets them as it wants
    os.environ.update(settings())
    os.environ[OPENED] = scenario
    with lifetime.interruptible():
        announce_compiling()
        warm_up()
        memory.start()
        where = _whereabouts(found, host, token) + (f"\n{_opened(room, scenario, people)}" if room else "")
        lifetime.run(closed(found, host, token), listening, partial(click.echo, where), **SERVER)


def _bring_along(people: Organization, scenario: str) -> None:
    """Let these people work in what pages open; InputError where they are more than a page takes."""
    from dashboards import own, visitors
    from sim.scenario import load

    visitors.check(load(scenario), people)
    own.bring_along(people)


def _opened(room: RoomAt, scenario: str, people: Organization | None) -> str:
    """Open the hall for telephones, with a session of the scenario; return what a terminal shows of it."""
    from dashboards.seats.opening import open_hall, words
    from sim.scenario import load

    found = open_hall(*room)
    found.hall.prepare_soon(load(scenario), 1, people)
    return words(found)


def check_host(host: str, trusting: bool) -> None:
    """Raise InputError where other machines could connect, and nobody said that whoever can is trusted."""
    if not (trusting or origin.is_loopback(host)):
        raise InputError(
            f"at {as_typed(host)} other machines can connect to the dashboard; if everyone who can is to be trusted,"
            f" say so with {TRUST}"
        )


def _whereabouts(port: int, host: str, token: str) -> str:
    """Return what a terminal shows: the address with its token, and who else may open it."""
    near = origin.LOOPBACK[0] if origin.is_unspecified(host) else host
    lines = [f"The dashboard is at {origin.address(near, port)}?token={token} (Ctrl+C ends it)."]
    if not origin.is_loopback(host):
        lines.append("Everyone who can connect and has this address can use it; it travels unencrypted.")
    if near != host:
        lines.append(f"On other machines, the name or number of this machine stands in place of {near}.")
    return "\n".join(lines)


def closed(port: int, host: str, token: str) -> Door:
    """Return the page behind its door. Its settings are read when it is first imported, here."""
    from solara.server.starlette import app

    from dashboards.door.asgi import Door
    from dashboards.sessions import Sessions

    return Door(Sessions(app), keys_for(port, token), origin.Hosts.of(host, port))


def main() -> None:
    """Read the command line, say where the page is, and serve it."""
    parser = argparse.ArgumentParser(prog="python -m dashboards", description=__doc__)
    parser.add_argument("scenario", nargs="?", default=ARENA)
    parser.add_argument("--port", type=int, default=8765)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument(TRUST, action="store_true", dest="trusting")
    asked = parser.parse_args()
    try:
        serve(asked.port, asked.host, asked.scenario, asked.trusting)
    except InputError as problem:
        click.echo(str(problem), err=True)
        sys.exit(2)
