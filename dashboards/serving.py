"""Serve the dashboard so that it needs no network: every script, font and style comes from this machine.

What the server reads from its environment is set before any of it is imported. Solara would fetch a file that it lacks
from the network; here it has nowhere to fetch from, and the page says so.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from dashboards import lifetime, memory, shelf
from dashboards.door import origin
from dashboards.door.keys import keys_for, take_token
from sim.errors import InputError, as_typed
from sim.limits import MESSAGE_BYTES

if TYPE_CHECKING:
    from dashboards.door.asgi import Door

HERE: Final = Path(__file__).parent
OPENED: Final = "ISM_DASHBOARD_SCENARIO"
"""The variable that names the scenario of a page whose address names none."""
ARENA: Final = "baseline"
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
        "SOLARA_KERNEL_CULL_TIMEOUT": "10m",
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
    """Load what a first visitor would wait for: the compiled rules, and all that makes a frame."""
    from dashboards.frame import draw_frame
    from dashboards.scene import draw_scene
    from dashboards.view import View
    from dashboards.world import Arena
    from sim.scenario import load

    arena = Arena(load(ARENA).with_({"organization.members": 60}))
    arena.advance(1)
    draw_scene(arena)
    draw_frame(arena, View())


def serve(port: int, host: str, scenario: str, trusting: bool = False, sweeps: str | None = None) -> None:
    """Say where the dashboard is, with its token, and serve it until it is stopped.

    `sweeps` is the folder below which sweeps may be opened, in place of the current one. Raises InputError where others
    could connect and nobody said that they are trusted (`trusting`), where the token of the environment could be
    guessed, and where there is no such folder, host or port.
    """
    check_host(host, trusting)
    shelf.choose(sweeps)
    token = take_token()
    listening = lifetime.claimed(port, host)
    found = int(listening.getsockname()[1])
    if found != port and port:
        click.echo(f"Port {port} is taken, so this is port {found}.")
    click.echo(_whereabouts(found, host, token))
    warnings.filterwarnings("ignore", message="Cookies with samesite=none")  # the door sets them as it wants
    os.environ.update(settings())
    os.environ[OPENED] = scenario
    threading.Thread(target=warm_up, daemon=True, name="warm-up").start()
    memory.start()
    lifetime.run(closed(found, host, token), listening, **SERVER)


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
