"""Serve the dashboard so that it needs no network: every script, font and style comes from this machine.

What the server reads from its environment is set before any of it is imported. Solara would fetch a file that it lacks
from the network; here it has nowhere to fetch from, and the page says so.
"""

from __future__ import annotations

import argparse
import logging
import os
import threading
import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import click

from dashboards import lifetime, shelf

HERE: Final = Path(__file__).parent
OPENED: Final = "ISM_DASHBOARD_SCENARIO"
"""The variable that names the scenario of a page whose address names none."""
ARENA: Final = "baseline"
NOWHERE: Final = "http://127.0.0.1:9/"

_log = logging.getLogger(__name__)


def settings() -> dict[str, str]:
    """Return what the server reads from its environment."""
    return {
        "SOLARA_APP": "dashboards.app",
        "SOLARA_MODE": "production",
        "SOLARA_THEME_TITLE": "Voice and silence",
        "SOLARA_THEME_LOADER": "plain",
        "SOLARA_THEME_SHOW_BANNER": "False",
        "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "False",
        "SOLARA_KERNEL_CULL_TIMEOUT": "10m",
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
    from dashboards.frame import View, frame, scene
    from dashboards.world import Arena
    from sim.scenario import load

    arena = Arena(load(ARENA).with_({"organization.members": 60}))
    arena.advance(1)
    scene(arena)
    frame(arena, View())


def serve(port: int, host: str, scenario: str, sweeps: str | None = None) -> None:
    """Serve the dashboard until it is stopped; `sweeps` is the folder below which sweeps may be opened."""
    shelf.choose(sweeps)
    listening = lifetime.claimed(port, host)
    found = listening.getsockname()[1]
    if found != port and port:
        click.echo(f"Port {port} is taken, so this is port {found}.")
    click.echo(f"The dashboard is at http://{f'[{host}]' if ':' in host else host}:{found}/ (Ctrl+C ends it).")
    if host not in ("127.0.0.1", "localhost", "::1"):
        click.echo("Everybody in this network can open it. Whoever can may also run code here: trusted networks only.")
    warnings.filterwarnings("ignore", message="Cookies with samesite=none")  # of an address on this machine
    os.environ.update(settings())
    os.environ[OPENED] = scenario
    from solara.server.starlette import app

    threading.Thread(target=warm_up, daemon=True, name="warm-up").start()
    lifetime.run(app, listening)


def main() -> None:
    """Read the command line, say where the page is, and serve it."""
    parser = argparse.ArgumentParser(prog="python -m dashboards", description=__doc__)
    parser.add_argument("scenario", nargs="?", default=ARENA)
    parser.add_argument("--port", type=int, default=8765)
    parser.add_argument("--host", default="127.0.0.1")
    told = parser.parse_args()
    serve(told.port, told.host, told.scenario)
