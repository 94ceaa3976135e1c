"""`ism facts`: hold a scenario against what is known."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from typing import Any

import click

from experiments import options
from experiments.asking import begin, cost_of
from experiments.calibration.record import under_theory
from experiments.facts import (
    CURRENT,
    EDITIONS,
    Fact,
    Judged,
    Mail,
    Match,
    Row,
    Use,
    Values,
    count,
    facts_for,
    read_mail,
    scorecard,
    seed_by_seed,
)
from experiments.facts.scorecard import as_json as as_plain
from experiments.organizations import check_options, read_organization
from experiments.progress import announce_compiling, show_progress
from experiments.typed import load_scenario
from experiments.workers import cores
from sim.errors import InputError, as_typed, nearest, shown
from sim.organization import Organization
from sim.parameters import registry
from sim.scenario import Scenario
from sim.wording import significant

MARKS = {Match.matched: "green", Match.missed: "red", Match.undecided: "yellow"}
TITLES = {
    Use.test: "Held against (never written in)",
    Use.calib: "Calibrated on",
    Use.input: "Starting values taken from",
}
PROXY = "*"
RUNS_FOR_EFFECTS = 120
"""Runs that one seed takes, about, for all sizes and conclusions."""


@click.command()
@options.scenario
@options.seeds(1, 20, "Over how many seeds.")
@options.members
@options.settings
@click.option("--rules", metavar="NAME", help="The theory that decides, as it was fitted; `all` tries every one.")
@click.option(
    "--edition",
    type=click.IntRange(min(EDITIONS), CURRENT),
    default=CURRENT,
    show_default=True,
    metavar="N",
    help="Which edition of the facts.",
)
@click.option("--sizes", is_flag=True, help="Effect sizes and conclusions instead.")
@click.option("--without", metavar="NAME", help="What a mechanism changes instead; `all` takes each out in turn.")
@click.option(
    "--use", "uses", type=click.Choice([*Use]), multiple=True, help="Facts that --without looks at: calib and input."
)
@options.organization
@options.workers
@options.yes()
@options.as_json("the scorecard")
def facts(
    scenario: str,
    seeds: int,
    members: int | None,
    settings: Sequence[str],
    rules: str | None,
    edition: int,
    sizes: bool,
    without: str | None,
    uses: Sequence[str],
    org: str | None,
    ties: str | None,
    repair: bool,
    workers: int | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Measure a scenario against the stylised facts of the literature: matched, missed or undecided.

    SCENARIO is a name of the gallery (see `ism scenarios`) or the path of a .toml file. --ties, with the times of
    messages, adds a column of real data. --sizes and --without look at what the model is for: how much leaders and
    visibility change, and which mechanism that is due to.
    """
    check_options(org, ties, repair, members)
    world = load_scenario(scenario, settings, members)
    organization = read_organization(org, ties, repair, world)
    if sizes or without:
        if rules == "all" or (sizes and without):
            raise click.UsageError("--sizes, --without and `--rules all` exclude each other.")
        world = world if rules is None else under_theory(world, rules)
        if sizes:
            _show_sizes(world, range(1, seeds + 1), organization, workers, yes, as_json)
        else:
            _show_ablations(world, range(1, seeds + 1), without or "", uses, organization, workers, yes, as_json)
        return
    mail = None if organization is None else _mail(ties, organization)
    theories = [rules] if rules != "all" else list(registry()["rules.voice"].choices)
    runs = seeds * len(theories)
    begin(f"measuring {runs:,} runs", cost_of(world, organization).times(runs, workers or cores()), yes)
    known = facts_for(*Use, edition=edition)
    cards: dict[str, list[Judged]] = {}
    complete = True
    for theory in theories:
        judged_world = world if theory is None else under_theory(world, theory)
        values, complete = _values(judged_world, known, range(1, seeds + 1), organization, workers)
        cards[judged_world.parameters.rules.voice] = scorecard(values, known, mail)
        if not complete:
            break
    if as_json:
        click.echo(json.dumps(_as_one_object(world, cards)))
    else:
        _tell(world, cards, mail)
    if not complete:
        click.echo("Stopped; the seeds finished are counted.", err=True)
        click.get_current_context().exit(1)


def _show_sizes(
    world: Scenario,
    seeds: Sequence[int],
    organization: Organization | None,
    workers: int | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Measure effect sizes and conclusions, and print them."""
    from experiments.facts import effects, telling

    begin(f"measuring {len(seeds)} seeds", _cost(world, organization, RUNS_FOR_EFFECTS * len(seeds), workers), yes)
    announce_compiling()
    with show_progress("seed") as progress:
        found = effects.judged(list(effects.effects_by_seed(world, seeds, organization, workers, progress)))
    if as_json:
        click.echo(json.dumps({"scenario": world.name, "effects": effects.as_json(found)}))
    else:
        _print(world, telling.tables_of_effects(found))


def _show_ablations(
    world: Scenario,
    seeds: Sequence[int],
    without: str,
    uses: Sequence[str],
    organization: Organization | None,
    workers: int | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Measure what mechanisms change, and print it."""
    from experiments.facts import ablation, telling
    from experiments.facts.mechanisms import MECHANISMS

    names = list(MECHANISMS) if without == "all" else [without]
    if without != "all" and without not in MECHANISMS:
        raise InputError(f"there is no mechanism {as_typed(without)}", nearest=nearest(without, MECHANISMS))
    facts = facts_for(*(map(Use, uses) if uses else (Use.calib, Use.input)))
    runs = RUNS_FOR_EFFECTS * len(seeds) * (len(names) + 1)
    begin(f"measuring {len(names)} mechanisms", _cost(world, organization, runs, workers), yes)
    announce_compiling()
    with show_progress("seed") as progress:
        found = list(ablation.ablations(world, seeds, names, facts, organization, workers, progress))
    if as_json:
        click.echo(json.dumps({"scenario": world.name, "mechanisms": ablation.as_json(found)}))
    else:
        _print(world, [*map(telling.table_of_ablation, found), *map(telling.summary_of, found)])


def _cost(world: Scenario, organization: Organization | None, runs: int, workers: int | None) -> Any:
    return cost_of(world, organization).times(runs, workers or cores())


def _print(world: Scenario, parts: Iterable[Any]) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    console.print(Text(shown(world.title), style="bold"))
    for part in parts:
        console.print(part)


def _mail(ties: str | None, organization: Organization) -> Mail | None:
    """Return what real e-mail says; None, and why, where there is none."""
    mail = None if ties is None else read_mail(ties, organization)
    if mail is None:
        click.echo("No column of real data: that takes a file --ties of sender, recipient and time.", err=True)
    return mail


def _values(
    world: Scenario,
    known: Sequence[Fact],
    seeds: Sequence[int],
    organization: Organization | None,
    workers: int | None,
) -> tuple[list[Values], bool]:
    """Return what each seed shows, and whether all were finished: Ctrl-C keeps those that are."""
    announce_compiling()
    values: list[Values] = []
    with show_progress("seed", f"{world.parameters.rules.voice}: seed") as progress:
        try:
            for each in seed_by_seed(world, seeds, known, organization, workers, progress):
                values.append(each)  # noqa: PERF402  what is there when Ctrl-C comes is kept
        except KeyboardInterrupt:
            return values, False
    return values, True


# ---------------------------------------------------------------- telling


def _as_one_object(world: Scenario, cards: dict[str, list[Judged]]) -> dict[str, Any]:
    """Return one theory's scorecard as an object; of several, one for each."""
    found = [
        {
            "scenario": world.name,
            "rules": theory,
            "edition": judged[0].fact.edition,
            "test": _counted(judged),
            "facts": as_plain(judged),
        }
        for theory, judged in cards.items()
    ]
    return found[0] if len(found) == 1 else {"scenario": world.name, "theories": found}


def _counted(judged: Sequence[Judged]) -> dict[str, int]:
    return {verdict.value: number for verdict, number in count(judged, Use.test).items()}


def _tell(world: Scenario, cards: dict[str, list[Judged]], mail: Mail | None) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    console.print(Text(shown(world.title), style="bold"))
    if len(cards) == 1:
        judged = next(iter(cards.values()))
        for use in Use:
            console.print(_table([each for each in judged if each.fact.use == use], TITLES[use], mail is not None))
        console.print(f"{PROXY} not from an internal arena. Mean over seeds [95% interval]; a fact of several parts is")
        console.print("matched only if all of them are. What stands beside a fact decides nothing.\n")
        _tell_why(console, judged)
    for theory, judged in cards.items():
        console.print(Text(verdict_line(judged) + (f" under {theory}" if len(cards) > 1 else "")), style="bold")


def verdict_line(judged: Sequence[Judged]) -> str:
    """Return how many of the test facts were matched, in one line."""
    counted = count(judged, Use.test)
    rest = ", ".join(f"{counted[verdict]} {verdict}" for verdict in (Match.missed, Match.undecided))
    return f"{counted[Match.matched]} of {sum(counted.values())} test facts matched ({rest})"


def _table(judged: Sequence[Judged], title: str, with_mail: bool) -> Any:
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, title_justify="left", title_style="bold", box=None, padding=(0, 2, 0, 0))
    headings = ("", "what", "source", "simulated", "", *(("real e-mail",) if with_mail else ()), "verdict")
    for heading in headings:
        numbers = heading in ("source", "simulated", "real e-mail")
        table.add_column(heading, justify="right" if numbers else "left", no_wrap=heading != "what")
    for each in judged:
        for row in (*each.rows, *each.beside):
            cells = [row.part.id + (PROXY if each.fact.proxy else ""), row.part.what, row.part.range]
            cells += [significant(row.interval.mean), _interval(row)]
            cells += ["" if row.real is None else significant(row.real)] if with_mail else []
            verdict = Text(row.verdict, style=MARKS[row.verdict]) if row in each.rows else "beside"
            table.add_row(*cells, verdict)
    return table


def _tell_why(console: Any, judged: Sequence[Judged]) -> None:
    missed = [each for each in judged if each.verdict == Match.missed]
    if missed:
        console.print("[bold]Why what is missed may be missed[/bold]")
    for each in missed:
        console.print(f"  {each.fact.id}: {each.fact.statement} ({each.fact.source}). {each.fact.why}")
    open_rows = [row for each in judged for row in each.rows if row.more_seeds]
    if open_rows:
        console.print("[bold]Undecided[/bold]")
    for row in open_rows:
        console.print(f"  {row.part.id}: {row.more_seeds}")
    console.print()


def _interval(row: Row) -> str:
    low, high = row.interval.low, row.interval.high
    return f"[{significant(low)}, {significant(high)}]" if math.isfinite(low) else ""
