"""`ism facts`: hold a scenario against what is known."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from experiments import options
from experiments.asking import begin, cost_of
from experiments.calibration.record import under_theory
from experiments.columns import Columns
from experiments.facts import (
    CURRENT,
    EDITIONS,
    Fact,
    Judged,
    Mail,
    Match,
    Use,
    Values,
    count,
    facts_for,
    read_mail,
    scorecard,
    seed_by_seed,
)
from experiments.facts.scorecard import as_json as as_plain
from experiments.measures.typed import NOTHING, Wanted, wanted_measures
from experiments.organizations import own_people, tell_of_people
from experiments.progress import announce_compiling, show_progress
from experiments.statistics import Interval, mean_interval
from experiments.typed import load_scenario
from experiments.values import finite
from experiments.workers import cores
from sim.errors import InputError, as_typed, nearest, shown
from sim.organization import People
from sim.parameters import registry
from sim.scenario import Scenario

if TYPE_CHECKING:
    from rich.text import Text
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
@options.measures
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
    measures: Sequence[str],
    workers: int | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Measure a scenario against the stylised facts of the literature: matched, missed or undecided.

    SCENARIO is a name of the gallery (see `ism scenarios`) or the path of a .toml file. --ties, with the times of
    messages, adds a column of real data. --sizes and --without look at what the model is for: how much leaders and
    visibility change, and which mechanism that is due to.
    """
    _check_together(rules, edition, sizes, without, uses)
    if measures and (sizes or without):
        raise click.UsageError("--measures stands beside the scorecard; --sizes and --without know their own only.")
    wanted = wanted_measures(measures)
    world = load_scenario(scenario, settings, members, people=own_people(org, ties, repair, members))
    tell_of_people(world)
    wanted.check(world)
    asked = Asked(world, range(1, seeds + 1), workers, yes, as_json, wanted)
    if sizes:
        _show_sizes(asked.under(rules))
    elif without:
        _show_ablations(asked.under(rules), without, uses)
    else:
        _show_scorecards(asked, rules, edition)


def _check_together(rules: str | None, edition: int, sizes: bool, without: str | None, uses: Sequence[str]) -> None:
    """Refuse options that would go unheeded beside each other."""
    if (sizes or without) and (rules == "all" or (sizes and without)):
        raise click.UsageError("--sizes, --without and `--rules all` exclude each other.")
    if (sizes or without) and edition != CURRENT:
        raise click.UsageError(f"--sizes and --without know edition {CURRENT} of the facts only.")
    if uses and not without:
        raise click.UsageError("--use is for --without; the scorecard shows the facts of all uses.")


@dataclass(frozen=True)
class Asked:
    """What is measured, over which seeds, and how it is shown."""

    world: Scenario
    seeds: Sequence[int]
    workers: int | None
    yes: bool
    as_json: bool
    wanted: Wanted = NOTHING
    """Measures that are shown beside the facts."""

    def under(self, theory: str | None) -> Asked:
        """Return the same of the world in which a theory decides, as it was fitted; None leaves it as it is."""
        return self if theory is None else replace(self, world=under_theory(self.world, theory))

    def begin(self, what: str, runs: int) -> None:
        """Say what so many runs will measure, and ask first where that takes long."""
        cost = cost_of(self.world).times(runs, self.workers or cores())
        begin(f"measuring {what}", cost, self.yes)


# ---------------------------------------------------------------- sizes, conclusions, mechanisms


def _show_sizes(asked: Asked) -> None:
    """Measure effect sizes and conclusions, and print them."""
    from experiments.facts import effects, telling

    asked.begin(f"{len(asked.seeds)} seeds", RUNS_FOR_EFFECTS * len(asked.seeds))
    announce_compiling()
    with show_progress("seed") as progress:
        values = effects.effects_by_seed(asked.world, asked.seeds, None, asked.workers, progress)
        found = effects.judged(list(values))
    if asked.as_json:
        click.echo(json.dumps({"scenario": asked.world.name, "effects": effects.as_json(found)}))
    else:
        _print(asked.world, telling.tables_of_effects(found))


def _show_ablations(asked: Asked, without: str, uses: Sequence[str]) -> None:
    """Measure what mechanisms change, and print it."""
    from experiments.facts import ablation, telling

    names = _mechanisms(without)
    facts = facts_for(*(map(Use, uses) if uses else (Use.calib, Use.input)))
    asked.begin(f"{len(names)} mechanisms", RUNS_FOR_EFFECTS * len(asked.seeds) * (len(names) + 1))
    announce_compiling()
    with show_progress("seed") as progress:
        found = list(ablation.ablations(asked.world, asked.seeds, names, facts, None, asked.workers, progress))
    if asked.as_json:
        click.echo(json.dumps({"scenario": asked.world.name, "mechanisms": ablation.as_json(found)}))
    else:
        _print(asked.world, [*map(telling.table_of_ablation, found), *map(telling.summary_of, found)])


def _mechanisms(without: str) -> list[str]:
    """Return the mechanisms that a name asks for.

    Raises
    ------
    InputError
        There is none of that name.
    """
    from experiments.facts.mechanisms import MECHANISMS

    if without == "all":
        return list(MECHANISMS)
    if without not in MECHANISMS:
        raise InputError(f"there is no mechanism {as_typed(without)}", nearest=nearest(without, MECHANISMS))
    return [without]


def _print(world: Scenario, parts: Iterable[Any]) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    console.print(Text(shown(world.title), style="bold"))
    for part in parts:
        console.print(part)


# ---------------------------------------------------------------- scorecards


def _show_scorecards(asked: Asked, rules: str | None, edition: int) -> None:
    """Measure the facts under a theory, or under every one, and print what was matched; exit with 1 if interrupted."""
    mail = None if asked.world.people is None else _mail(asked.world.people)
    theories = [rules] if rules != "all" else list(registry()["rules.voice"].choices)
    runs = len(asked.seeds) * len(theories)
    asked.begin(f"{runs:,} runs", runs)
    cards, complete = _cards(asked, theories, facts_for(*Use, edition=edition), mail)
    if asked.as_json:
        click.echo(json.dumps(_as_one_object(asked.world, cards)))
    else:
        _tell(asked, cards, mail)
    if not complete:
        click.echo("Stopped; the seeds finished are counted.", err=True)
        click.get_current_context().exit(1)


class Card(NamedTuple):
    """What was found under one theory."""

    judged: list[Judged]
    beside: dict[str, Interval]
    """By measure that was asked for, its mean over the seeds."""


def _cards(
    asked: Asked, theories: Sequence[str | None], known: Sequence[Fact], mail: Mail | None
) -> tuple[dict[str, Card], bool]:
    """Return the scorecard of each theory, and whether all were finished."""
    cards: dict[str, Card] = {}
    for theory in theories:
        ruled = asked.under(theory)
        values, complete = _values(ruled, known)
        beside = {name: mean_interval(seed[name] for seed in values) for name in asked.wanted.all}
        cards[ruled.world.parameters.rules.voice] = Card(scorecard(values, known, mail), beside)
        if not complete:
            return cards, False
    return cards, True


def _mail(people: People) -> Mail | None:
    """Return what real e-mail says; None, and why, where there is none."""
    mail = None if people.ties is None else read_mail(people.ties, people.organization)
    if mail is None:
        click.echo("No column of real data: that takes a file --ties of sender, recipient and time.", err=True)
    return mail


def _values(asked: Asked, known: Sequence[Fact]) -> tuple[list[Values], bool]:
    """Return what each seed shows, and whether all were finished: Ctrl-C keeps those that are."""
    announce_compiling()
    values: list[Values] = []
    with show_progress("seed", f"{asked.world.parameters.rules.voice}: seed") as progress:
        try:
            for each in seed_by_seed(asked.world, asked.seeds, known, None, asked.workers, progress, asked.wanted):
                values.append(each)  # noqa: PERF402  what is there when Ctrl-C comes is kept
        except KeyboardInterrupt:
            return values, False
    return values, True


# ---------------------------------------------------------------- telling


def _as_one_object(world: Scenario, cards: dict[str, Card]) -> dict[str, Any]:
    """Return one theory's scorecard as an object; of several, one for each."""
    found = [
        {
            "scenario": world.name,
            "rules": theory,
            "edition": card.judged[0].fact.edition,
            "test": _counted(card.judged),
            "facts": as_plain(card.judged),
        }
        | ({"measures": {name: _as_plain(each) for name, each in card.beside.items()}} if card.beside else {})
        for theory, card in cards.items()
    ]
    return found[0] if len(found) == 1 else {"scenario": world.name, "theories": found}


def _as_plain(found: Interval) -> dict[str, Any]:
    return {"mean": finite(found.mean), "interval": [finite(found.low), finite(found.high)], "seeds": found.runs}


def _counted(judged: Sequence[Judged]) -> dict[str, int]:
    return {verdict.value: number for verdict, number in count(judged, Use.test).items()}


def _tell(asked: Asked, cards: dict[str, Card], mail: Mail | None) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    console.print(Text(shown(asked.world.title), style="bold"))
    if len(cards) == 1:
        judged = next(iter(cards.values())).judged
        for use in Use:
            console.print(_table([each for each in judged if each.fact.use == use], TITLES[use], mail is not None))
        console.print(f"{PROXY} not from an internal arena. Mean over seeds [95% interval]; a fact of several parts is")
        console.print("matched only if all of them are. What stands beside a fact decides nothing.\n")
        _tell_why(console, judged)
    for theory, card in cards.items():
        for line in _asked_for(asked.wanted, card):
            console.print(Text(line), soft_wrap=True)
        judged = card.judged
        console.print(Text(verdict_line(judged) + (f" under {theory}" if len(cards) > 1 else "")), style="bold")


def _asked_for(wanted: Wanted, card: Card) -> Iterator[str]:
    """Say what was found of the measures that were asked for."""
    if card.beside:
        yield "Asked for, over the run of the scenario:"
    for name, found in card.beside.items():
        yield f"  {shown(name, 200)}: {_with_interval(found)}; {wanted.catalogue[name].meaning}"


def verdict_line(judged: Sequence[Judged]) -> str:
    """Return how many of the test facts were matched, in one line."""
    counted = count(judged, Use.test)
    rest = ", ".join(f"{counted[verdict]} {verdict}" for verdict in (Match.missed, Match.undecided))
    return f"{counted[Match.matched]} of {sum(counted.values())} test facts matched ({rest})"


def _table(judged: Sequence[Judged], title: str, with_mail: bool) -> Columns:
    mail = ("real e-mail",) if with_mail else ()
    headings = ("", "what", "source", "simulated", "", *mail, "verdict")
    return Columns(headings, _rows(judged, with_mail), title=title, words=("what",), left=("", "verdict"))


def _rows(judged: Sequence[Judged], with_mail: bool) -> Iterator[list[str | Text]]:
    from rich.text import Text

    for each in judged:
        for row in (*each.rows, *each.beside):
            cells = [row.part.id + (PROXY if each.fact.proxy else ""), row.part.what, row.part.range]
            cells += [significant(row.interval.mean), _ends(row.interval)]
            cells += ["" if row.real is None else significant(row.real)] if with_mail else []
            yield [*cells, Text(row.verdict, style=MARKS[row.verdict]) if row in each.rows else "beside"]


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


def _with_interval(found: Interval) -> str:
    return f"{significant(found.mean)} {_ends(found)}".rstrip()


def _ends(found: Interval) -> str:
    return f"[{significant(found.low)}, {significant(found.high)}]" if math.isfinite(found.low) else ""
