"""`ism patterns`: test what scenarios expect."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import groupby
from typing import Any

import click

from experiments import options
from experiments.asking import begin, cost_of
from experiments.describe import expected_in_words
from experiments.measures import Own
from experiments.measures.typed import wanted_measures
from experiments.organizations import own_people, tell_of_people
from experiments.patterns import Assessment, Tested, Verdict, as_data, assess, claims_of, looks
from experiments.progress import announce_compiling, show_progress
from experiments.workers import cores
from sim.errors import InputError, shown
from sim.limits import Cost
from sim.scenario import Scenario, gallery, load
from sim.wording import count, significant

MARKS = {Verdict.held: "green", Verdict.failed: "red", Verdict.undecided: "yellow"}


@click.command()
@click.argument("scenario", nargs=-1)
@options.seeds(2, 32, "At most so many seeds.")
@click.option("--members", type=int, metavar="N", help="People in the organisation, of all worlds.")
@options.organization
@options.measures
@options.workers
@options.yes()
@options.as_json()
def patterns(
    scenario: tuple[str, ...],
    seeds: int,
    members: int | None,
    org: str | None,
    ties: str | None,
    repair: bool,
    measures: tuple[str, ...],
    workers: int | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Put what scenarios expect to the test: held, failed or undecided, with intervals.

    SCENARIO is a name of the gallery (see `ism scenarios`) or the path of a .toml file, or several; without one, the
    whole gallery is tested. Seeds are added until all is decided.
    """
    worlds = [load(name) for name in scenario or gallery()]
    if not any(world.expect for world in worlds):
        raise InputError("there is nothing to test: no line [[expect]] says what is expected", file=" ".join(scenario))
    people = own_people(org, ties, repair, members)
    worlds = [world.with_people(people or world.people) for world in worlds]
    tell_of_people(*worlds)
    wanted = wanted_measures(measures)
    if wanted.names:
        rule = f"patterns tests what [[expect]] names; write {shown(wanted.names[0], 80)} there"
        raise InputError(rule, key="--measures")
    own = wanted.own
    _begin(worlds, seeds, members, workers, yes, own)
    found = _assess(worlds, seeds, members, workers, own)
    if as_json:
        click.echo(json.dumps({"seeds": seeds, "complete": found.complete, "expectations": as_data(found.tested)}))
    else:
        _tell(found)
    if not found.complete:
        click.echo("Stopped; what was decided by then counts.", err=True)
        click.get_current_context().exit(1)


def _begin(
    worlds: Sequence[Scenario], cap: int, members: int | None, workers: int | None, yes: bool, own: Sequence[Own]
) -> None:
    """Ask where all seeds that may be needed take long: each world is simulated once a seed."""
    claims = [claim for world in worlds for claim in claims_of(world, members=members, own=own)]
    wanted = {world.digest: cost_of(world) for claim in claims for world in claim.worlds}
    runs = cap * len(wanted)
    largest = max(cost.memory for cost in wanted.values())
    mean = sum(cost.seconds for cost in wanted.values()) / len(wanted)
    begin(f"simulating at most {runs:,} runs", Cost(largest, mean).times(runs, workers or cores()), yes)


def _assess(
    worlds: Sequence[Scenario], cap: int, members: int | None, workers: int | None, own: Sequence[Own]
) -> Assessment:
    plan = looks(cap)
    announce_compiling()
    with show_progress("piece") as progress:

        def look_on(look: int, done: int, total: int) -> None:
            progress(done, total, f"look {look + 1} of at most {len(plan)}, {plan[look]} seeds")

        return assess(worlds, cap, workers, members, look_on, own)


# ---------------------------------------------------------------- telling


def _tell(found: Assessment) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    for _, tests in groupby(found.tested, key=lambda each: each.claim.this.digest):
        _tell_scenario(console, list(tests))
    counted = {verdict: sum(each.verdict == verdict for each in found.tested) for verdict in Verdict}
    counts = ", ".join(f"{number} {verdict}" for verdict, number in counted.items())
    console.print(Text(f"{count(len(found.tested), 'expectation')}: {counts}.", style="bold"))
    console.print("Mean over seeds [95% interval, over all looks together]; so up to one verdict in 20 is luck.")


def _tell_scenario(console: Any, tests: Sequence[Tested]) -> None:
    from rich.padding import Padding
    from rich.text import Text

    world = tests[0].claim.this
    console.print(Text(f"{shown(world.name)}: {shown(world.title)}", style="bold"))
    for each in tests:
        line = Text("  ")
        line.append(f"{each.verdict:<10}", style=MARKS[each.verdict])
        line.append(f"{expected_in_words(each.claim.expectation)}: {found_in_words(each)}")
        console.print(line, soft_wrap=True)
        if each.claim.expectation.why:
            console.print(Padding(Text(shown(each.claim.expectation.why, 500), style="dim"), (0, 0, 0, 12)))
    console.print()


def found_in_words(each: Tested) -> str:
    """Return the mean, its interval, and over how many seeds."""
    found = each.interval
    if not found.runs:
        return f"no value on any of {each.seeds} seeds"
    signed = each.claim.expectation.range is None
    interval = f" [{significant(found.low, signed)}, {significant(found.high, signed)}]" if found.runs > 1 else ""
    left_out = f", none on {each.seeds - found.runs}" if found.runs < each.seeds else ""
    return f"{significant(found.mean, signed)}{interval} ({each.seeds} seeds{left_out})"
