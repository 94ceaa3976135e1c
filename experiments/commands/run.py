"""`ism run`: one run, a summary that a person can read, and a run folder."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click

from experiments.asking import begin, cost_of
from experiments.commands.org import check_options, organization_of
from experiments.places import identity_of, place_for
from sim.errors import shown
from sim.lexicon import terms
from sim.scenario import Scenario, load, parse_setting
from sim.terms import Motive
from sim.wording import agree

LARGE: Final = 100_000
"""Members from which preparing a run and writing it take so long that it is said."""


def run(
    scenario: str,
    seed: int,
    days: int | None,
    members: int | None,
    settings: Sequence[str],
    org: str | None,
    ties: str | None,
    repair: bool,
    out: str | None,
    yes: bool,
    replace: bool,
    as_json: bool,
) -> None:
    """Simulate a scenario once, write its run folder, and print what happened."""
    check_options(org, ties, repair, members)
    world = wished(scenario, days, members, settings)
    organization = None if org is None else organization_of(org, ties, repair, world, seed)
    usual = Path("runs") / f"{world.name}-{seed}"
    place = place_for(identity_of(world, seed, organization), usual, out, replace)
    begin("this run", cost_of(world, organization, saved=True), yes, place.folder)
    finished = simulated(world, seed, organization)
    with _stage("Writing the run folder", finished.organization.members):
        folder = place.save(finished)
    if as_json:
        click.echo(json.dumps({name: _number(value) for name, value in finished.measures.items()}))
    else:
        people = world.parameters.organization.members if organization is None else organization.members
        _summarise(Told(finished, world, scenario, seed, people, folder))
    if not finished.complete:
        click.echo(f"Stopped; the days finished are kept in {shown(folder)}.", err=True)
        click.get_current_context().exit(1)


def wished(scenario: str, days: int | None, members: int | None, settings: Sequence[str]) -> Scenario:
    """Return a scenario with the changes of the command line; events after an earlier end are left out, and told."""
    world = load(scenario)
    changes = dict(parse_setting(setting) for setting in settings)
    changes |= {} if members is None else {"organization.members": members}
    world = world.with_(changes)
    if days is None:
        return world
    shorter = world.first_days(days)
    if missed := len(world.written) - len(shorter.written):
        what = agree(missed, "an event that comes", f"{missed} events that come")
        click.echo(f"Left out: {what} after day {days}.", err=True)
    return shorter


def simulated(world: Scenario, seed: int, organization: Any = None) -> Any:
    """Return the run; after Ctrl-C, with only the days that were finished."""
    import sim
    from sim.compiled import needs_compiling
    from sim.engine import make_organization

    if needs_compiling():
        click.echo("Compiling the model once, less than a minute ...", err=True)
    members = world.parameters.organization.members
    if organization is None and members >= LARGE:
        with _stage(f"Making up an organisation of {members:,} members", members):
            organization = make_organization(world, seed)
    with _progress(world) as tell:
        return sim.simulate(world, seed=seed, organization=organization, progress=tell)


@contextmanager
def _stage(what: str, members: int) -> Iterator[None]:
    """Say what is being done for a large organisation, where someone is watching."""
    if members < LARGE or not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(f"{what} ..."):
        yield


@contextmanager
def _progress(world: Scenario) -> Iterator[Callable[[int, int], None]]:
    """Give a function to be told of each finished day; it draws a bar where someone is watching."""
    if not sys.stderr.isatty():
        yield lambda *_: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("day"), MofNCompleteColumn(), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=world.parameters.days)
        yield lambda done, total: bar.update(task, completed=done, total=total)


# ---------------------------------------------------------------- telling what happened


@dataclass(frozen=True)
class Told:
    """What the summary is about."""

    run: Any
    scenario: Scenario
    typed: str  # what the user called the scenario
    seed: int
    members: int
    folder: Path


ROWS: dict[str, dict[str, tuple[str, str]]] = {
    "Voice": {
        "wishes": ("occasions with something to say", ""),
        "p_speak": ("chance that a wish to speak was spoken", "%"),
        "posts": ("posts", ""),
        "comments": ("comments", ""),
        "likes": ("likes", ""),
        "critical_voice": ("messages that criticise", ""),
    },
    "Silence": {
        "silence_rate": ("wishes that stayed unspoken", "%"),
        "pluralistic_ignorance": ("misjudging what others think", "0 to 1"),
        "leader_blind_spot": ("executives misjudging it", "0 to 1"),
    },
    "Arena": {
        "contributors_share": ("members who wrote something", "%"),
        "readers_share": ("members who only read", "%"),
        "replies_per_post": ("comments a post gets", ""),
        "orphan_share": ("posts that nobody answered", "%"),
        "reply_latency_hours": ("time until the first comment", "hours"),
        "issues_surfaced": ("issues that came up", ""),
        "issues_resolved": ("issues that led to action", ""),
    },
    "Beliefs": {
        "safety_line_manager": ("how safe it feels towards the line manager", "0 to 1"),
        "safety_executives": ("how safe it feels towards executives", "0 to 1"),
        "voice_efficacy": ("belief that speaking changes something", "0 to 1"),
        "licence_to_critique": ("belief that critique is normal here", "0 to 1"),
        "engagement": ("engagement", "0 to 1"),
    },
}
"""What the summary shows: group, measure, its plain words and its unit."""

NEXT: dict[str, str] = {
    "explain": "ism explain {folder} --member ID",
    "report": "ism report {folder}",
    "compare": "ism compare {scenario} {scenario} --set-b visibility.scope=team",
    "run": "ism run {scenario} --set visibility.scope=team --out runs/team",
    "new": "ism new my-scenario",
    "dashboard": "ism dashboard",
    "names": "ism names",
}


def _summarise(told: Told) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    days = told.run.days
    console.print(Text(shown(told.scenario.title), style="bold"))
    console.print(
        Text(f"{told.members:,} members used internal social media for {days:,} workdays (seed {told.seed}).")
    )
    if told.scenario.question:
        console.print(Text(shown(told.scenario.question), style="italic"))
    console.print(_table(told.run))
    _print_reasons(console, told.run.measures)
    console.print(Text(f"\nEverything is in {shown(told.folder)}"), soft_wrap=True)
    commands = getattr(click.get_current_context().find_root().command, "commands", {})
    hints = [text for name, text in NEXT.items() if name in commands]
    for hint in hints[:4]:
        line = f"  next: {hint.format(folder=shown(told.folder), scenario=shown(told.typed))}"
        console.print(Text(line), soft_wrap=True)


def _table(run: Any) -> Any:
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading, justify in (("", "left"), ("", "right"), ("", "left"), ("day by day", "left")):
        table.add_column(heading, justify=justify, no_wrap=heading != "")  # type: ignore[arg-type]
    for group, rows in ROWS.items():
        table.add_row(f"[bold]{group}[/bold]", "", "", "")
        for measure, (label, unit) in rows.items():
            if measure in run.measures:
                value = _number(run.measures[measure])
                table.add_row(f"  {label}", written(value, unit), unit, sparkline(_daily(run, measure)))
    return table


def _print_reasons(console: Any, measures: dict[str, float | None]) -> None:
    shares = {each.words.because: _number(measures.get(f"silence_{each.name}")) or 0.0 for each in terms(Motive)}
    if not any(shares.values()):
        return
    console.print("\n[bold]Why people stayed silent[/bold]")
    for reason, share in sorted(shares.items(), key=lambda each: -each[1]):
        console.print(f"  {reason:<40} {share:>4.0%} {'█' * round(30 * share)}")


def _number(value: Any) -> Any:
    """Return a measure as JSON can have it: None where it is no finite number."""
    if value is None or isinstance(value, str):
        return value
    return float(value) if math.isfinite(value) else None


def written(value: Any, unit: str) -> str:
    """Return a value as the summary shows it; a dash where there is none."""
    if value is None or isinstance(value, str):
        return value or "-"
    if unit == "%":
        return f"{100 * value:.0f}"
    if value == round(value) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"


def _daily(run: Any, measure: str) -> list[float | None]:
    """Return a measure of all members, day by day."""
    rows = run.series.filter((run.series["measure"] == measure) & (run.series["group"] == "all")).sort("day")
    return [_number(value) for value in rows["value"].to_list()]


def sparkline(values: Sequence[float | None], width: int = 20) -> str:
    """Return a curve of at most `width` signs, each the mean of a stretch of `values`; blank where there are none."""
    steps = "▁▂▃▄▅▆▇█"
    pieces = min(width, len(values))
    means: list[float | None] = []
    for n in range(pieces):
        there = [v for v in values[n * len(values) // pieces : (n + 1) * len(values) // pieces] if v is not None]
        means.append(sum(there) / len(there) if there else None)
    known = [mean for mean in means if mean is not None]
    low, high = min(known, default=0.0), max(known, default=0.0)
    span = high - low or 1.0
    return "".join(" " if m is None else steps[min(7, int(8 * (m - low) / span))] for m in means)
