"""`ism dashboard`: watch a world in a browser."""

from __future__ import annotations

from importlib import import_module

import click

from experiments import options
from experiments.extras import require
from sim.errors import InputError, as_typed, nearest
from sim.scenario import gallery


@click.command()
@options.scenario
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=8765,
    show_default=True,
    help="Where it listens; the next port where this one is taken.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Where it listens: this machine alone, or others.")
@click.option(
    "--trust-everyone-who-can-connect",
    is_flag=True,
    help="Needed where other machines can connect. Whoever gets the printed address can use the dashboard as you do; it"
    " travels unencrypted, so that anyone on the way can read it and use it, too.",
)
@click.option("--sweeps", metavar="DIR", help="Open sweeps only below this folder; else the current one.")
def dashboard(scenario: str, port: int, host: str, sweeps: str | None, trust_everyone_who_can_connect: bool) -> None:
    """Watch voice and silence emerge, in a browser, and change the world while it runs.

    SCENARIO is a name of the gallery (see `ism scenarios`). Nothing leaves this machine.
    """
    if scenario not in gallery():
        raise InputError(
            f"there is no scenario {as_typed(scenario)} in the gallery", nearest=nearest(scenario, gallery())
        )
    require("dashboard", "ism dashboard")
    serving = import_module("dashboards.serving")  # loaded only here: it is heavy
    serving.serve(port, host, scenario, trust_everyone_who_can_connect, sweeps)
