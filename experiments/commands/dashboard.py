"""`ism dashboard`: watch a world in a browser."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

import click

from experiments import options
from experiments.extras import require
from experiments.measures.typed import wanted_measures
from experiments.organizations import own_people, tell_of_people
from sim.errors import InputError, as_typed, nearest
from sim.scenario import gallery, load


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
@options.organization
@options.measures
@click.option("--sweeps", metavar="DIR", help="Open sweeps only below this folder; else the current one.")
@click.option("--room", is_flag=True, help="Let telephones of this network take a seat each, by a door of their own.")
@click.option(
    "--room-port",
    type=click.IntRange(0, 65_535),
    default=8790,
    show_default=True,
    help="Where telephones come in; the next port where this one is taken.",
)
@click.option("--room-host", metavar="ADDRESS", help="At which address of this machine; else the one in its network.")
def dashboard(
    scenario: str,
    port: int,
    host: str,
    org: str | None,
    ties: str | None,
    repair: bool,
    measures: Sequence[str],
    sweeps: str | None,
    trust_everyone_who_can_connect: bool,
    room: bool,
    room_port: int,
    room_host: str | None,
) -> None:
    """Watch voice and silence emerge, in a browser, and change the world while it runs.

    SCENARIO is a name of the gallery (see `ism scenarios`). Nothing leaves this machine, or, with --room, its network.
    What --measures asks for stands in the debrief at the end of a run.
    """
    if scenario not in gallery():
        raise InputError(
            f"there is no scenario {as_typed(scenario)} in the gallery", nearest=nearest(scenario, gallery())
        )
    require("dashboard", "ism dashboard")
    wanted = wanted_measures(measures)
    serving = import_module("dashboards.serving")  # loaded only here: it is heavy
    world = load(scenario).with_people(own_people(org, ties, repair))
    tell_of_people(world)
    wanted.check(world)
    people = world.people and world.people.of_seed(world.parameters.organization, seed=1)
    where = serving.RoomAt(room_host, room_port) if room else None
    serving.serve(port, host, scenario, trust_everyone_who_can_connect, sweeps, where, people, wanted)
