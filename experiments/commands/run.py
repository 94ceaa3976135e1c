"""`ism run`: simulate a scenario once."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from experiments import options
from experiments.asking import begin, cost_of
from experiments.measures.typed import Wanted, wanted_measures
from experiments.organizations import as_options, own_people, tell_of_people
from experiments.places import identity_of, place_for
from experiments.progress import announce_compiling, show_progress, show_stage
from experiments.summary import Summary, print_summary
from experiments.typed import load_scenario
from experiments.values import finite
from sim.errors import shown
from sim.scenario import Scenario
from sim.wording import significant

if TYPE_CHECKING:
    from sim.record import Run

LARGE: Final = 100_000
"""Members from which preparing a run and writing it take so long that it is said."""


@click.command()
@options.scenario
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=1, show_default=True, help="Which luck to have.")
@options.days
@options.members
@options.settings
@options.organization
@options.measures
@click.option("--out", metavar="DIR", help="The run folder; runs/<scenario>-<seed> if not given.")
@options.yes("a run that takes long or much memory")
@options.replace
@options.as_json("all final measures")
def run(
    scenario: str,
    seed: int,
    days: int | None,
    members: int | None,
    settings: Sequence[str],
    org: str | None,
    ties: str | None,
    repair: bool,
    measures: Sequence[str],
    out: str | None,
    yes: bool,
    replace: bool,
    as_json: bool,
) -> None:
    """Simulate a scenario once, say what happened, and write a run folder.

    A folder of the same run is replaced. Where another run is, the next free name is taken, or --out refused.

    SCENARIO is a name of the gallery (see `ism scenarios`) or the path of a .toml file.
    """
    given = own_people(org, ties, repair, members)
    wanted = wanted_measures(measures)
    world = load_scenario(scenario, settings, members, days, given)
    tell_of_people(world)
    usual = Path("runs") / f"{world.name}-{seed}"
    place = place_for(identity_of(world, seed), usual, out, replace)
    for name in wanted.names:
        wanted.catalogue.check(name, world, seed)
    begin("this run", cost_of(world, saved=True), yes, place.folder)
    finished = _simulate(world, seed)
    with _stage("Writing the run folder", finished.organization.members):
        folder = place.save(finished)
    further = _further(wanted, finished)
    if as_json:
        click.echo(json.dumps({name: _as_json(value) for name, value in (finished.measures | further).items()}))
    else:
        typed = f"{shlex.quote(scenario)}{as_options(given)}"
        print_summary(Summary(finished, typed, folder, _in_words(wanted, further)))
    if not finished.complete:
        click.echo(f"Stopped; the days finished are kept in {shown(folder)}.", err=True)
        click.get_current_context().exit(1)


def _further(wanted: Wanted, finished: Run) -> dict[str, float | None]:
    """Return what was asked for with --measures."""
    if not wanted.all:
        return {}
    found = wanted.catalogue.measured(wanted.all, finished.engine_at(finished.tick))
    return {name: finite(value) for name, value in zip(wanted.all, found, strict=True)}


def _in_words(wanted: Wanted, found: dict[str, float | None]) -> list[tuple[str, str, str]]:
    """Return name, value and meaning of what was asked for."""
    return [(name, significant(value), wanted.catalogue[name].meaning) for name, value in found.items()]


def _as_json(value: float | str | None) -> float | str | None:
    return value if isinstance(value, str) else finite(value)


def _simulate(world: Scenario, seed: int) -> Run:
    """Return the run; after Ctrl-C, with only the days that were finished."""
    import sim
    from sim.engine import make_organization

    announce_compiling()
    members, organization = world.parameters.organization.members, None
    if members >= LARGE:
        what = "Making up" if world.people is None else "Laying out"
        with show_stage(f"{what} an organisation of {members:,} members"):
            organization = make_organization(world, seed)
    with show_progress("day") as progress:
        return sim.simulate(world, seed=seed, organization=organization, progress=progress)


def _stage(what: str, members: int) -> AbstractContextManager[None]:
    """Say what is being done for a large organisation."""
    return show_stage(what) if members >= LARGE else nullcontext()
