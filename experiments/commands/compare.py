"""`ism compare`: compare two worlds on shared luck."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from experiments import options
from experiments.asking import begin, cost_of
from experiments.describe import in_words, timeline
from experiments.progress import announce_compiling, show_progress
from experiments.typed import load_scenario, parse_event
from experiments.values import finite, print_both, subtract
from experiments.workers import cores
from sim.errors import InputError, shown
from sim.limits import Cost
from sim.scenario import Scenario, gallery, parse_setting
from sim.wording import agree, count, percent, significant

if TYPE_CHECKING:
    from experiments.pairs import Comparison
    from experiments.statistics import Paired
    from sim.record import Run
    from sim.twins import Twin

SEEDS = 10
"""Pairs that are simulated if no number is given."""
_LINES = 12  # of what differs between two scenarios, at most


@dataclass(frozen=True)
class Asked:
    """What was typed, beyond the two worlds."""

    settings: tuple[str, ...]  # of both
    settings_b: tuple[str, ...]
    events_a: tuple[str, ...]
    events_b: tuple[str, ...]
    from_day: float | None
    days: int | None
    members: int | None
    seeds: int | None
    seed: int
    workers: int | None


@click.command()
@click.argument("a", default="baseline")
@click.argument("b", required=False)
@click.option(
    "--set-b", "settings_b", multiple=True, metavar="KEY=VALUE", help="Change a setting in B; may be repeated."
)
@click.option(
    "--set", "settings", multiple=True, metavar="KEY=VALUE", help="Change a setting in both; may be repeated."
)
@click.option("--event-a", "events_a", multiple=True, metavar="EVENT", help="Something that happens in A only.")
@click.option("--event-b", "events_b", multiple=True, metavar="EVENT", help="Something that happens in B only.")
@click.option("--from-day", type=float, metavar="D", help="The day from which --set-b holds; from the start otherwise.")
@click.option("--seeds", type=click.IntRange(1, 100_000), metavar="N", help=f"How many pairs; {SEEDS} if not given.")
@click.option("--seed", type=click.IntRange(0, 2**53), default=1, show_default=True, help="The first pair's luck.")
@click.option("--days", type=int, metavar="D", help="Length of all runs, in workdays.")
@options.members
@options.workers
@click.option("--show", is_flag=True, help="Tell one pair as a story: where it parts, what exists in one world only.")
@options.everything
@options.yes()
@options.as_json()
def compare(a: str, b: str | None, show: bool, everything: bool, yes: bool, as_json: bool, **asked: Any) -> None:
    """Compare two worlds that share their luck: over many seeds, or with --show one pair in detail.

    A and B are scenarios: names of the gallery (see `ism scenarios`) or paths of .toml files. Without B, B is A with
    the changes of --set-b. Two run folders can be compared, too. An EVENT is typed as in a scenario file:
    'day = 12, respond = {by = "ceo", to = "latest_critique", how = "supportive"}'.
    """
    wanted = Asked(**asked)
    stored = [_run_folder(name) for name in (a, b) if name is not None]
    if any(stored):
        runs = _two_runs(a, b, stored, wanted)
        _print_runs(*runs, show, everything, as_json)
        return
    worlds = _worlds(a, b, wanted)
    _begin(worlds, 1 if show and wanted.seeds is None else wanted.seeds or SEEDS, wanted.workers, yes)
    found = None if show and wanted.seeds is None else _compared(*worlds, wanted)
    twin = _twin(*worlds, wanted.seed) if show else None
    if as_json:
        click.echo(
            json.dumps(({} if found is None else as_data(found)) | ({} if twin is None else {"pair": story_data(twin)}))
        )
    else:
        _print_worlds(*worlds)
        if found is not None:
            _print_comparison(found, everything)
        if twin is not None:
            print_story(twin)
    if found is not None and len(found.pairs) < found.planned:
        click.echo(f"Stopped after {len(found.pairs)} of {found.planned} pairs.", err=True)
        click.get_current_context().exit(1)


# ---------------------------------------------------------------- which two worlds


def _worlds(a: str, b: str | None, asked: Asked) -> tuple[Scenario, Scenario]:
    """Return the two worlds that were asked for."""
    from sim.replay import altered

    if b is None and not (asked.settings_b or asked.events_b or asked.events_a):
        raise click.UsageError("Compare with what? Name a second scenario, or a change: --set-b KEY=VALUE.")
    first, second = (
        load_scenario(name, asked.settings, asked.members, asked.days) for name in (a, a if b is None else b)
    )
    changes = dict(parse_setting(setting) for setting in asked.settings_b)
    second = altered(second, changes, asked.from_day)
    first, second = (
        world.with_events(*(parse_event(text, f"--event-{name}", asked.from_day) for text in texts))
        for world, name, texts in ((first, "a", asked.events_a), (second, "b", asked.events_b))
    )
    ours, theirs = first.parameters.days, second.parameters.days
    if ours != theirs:
        raise InputError(f"A has {ours} days and B has {theirs}: give both the same length, with --days", key="days")
    return first, second


def _begin(worlds: tuple[Scenario, Scenario], pairs: int, workers: int | None, yes: bool) -> None:
    """Ask where the pairs take long; a pair holds one world at a time."""
    first, second = (cost_of(world) for world in worlds)
    pair = Cost(max(first.memory, second.memory), first.seconds + second.seconds)
    begin(f"simulating {pairs:,} pairs", pair.times(pairs, workers or cores()), yes)


def _run_folder(name: str) -> bool:
    """Say whether a name means a run folder and no scenario."""
    return name not in gallery() and not name.endswith(".toml") and Path(name).is_dir()


def _two_runs(a: str, b: str | None, stored: Sequence[bool], asked: Asked) -> tuple[Run, Run]:
    """Return two stored runs that can be held against each other; InputError where they cannot."""
    from sim.record import Run

    changed = asked != Asked((), (), (), (), None, None, None, None, asked.seed, asked.workers)
    if b is None or not all(stored):
        folder = a if stored[0] else str(b)
        raise InputError(
            f"'{shown(folder)}' is the folder of one run: it can be compared with another run folder. To see what a "
            "change does to it, use ism fork; to compare over many seeds, name two scenarios"
        )
    if changed:
        raise InputError("two run folders are compared as they are: settings, events, days and seeds are for scenarios")
    first, second = Run.load(a), Run.load(b)
    for what, ours, theirs in (("seed", first.seed, second.seed), ("number of days", first.days, second.days)):
        if ours != theirs:
            raise InputError(
                f"the {what} of these runs differs ({ours} and {theirs}), so luck and change cannot be separated; "
                "run both alike, or compare their scenarios over many seeds"
            )
    if not _same_people(first, second):
        raise InputError("these runs are of two organisations, so member by member they cannot be compared")
    return first, second


def _same_people(first: Run, second: Run) -> bool:
    import numpy as np

    names = ("key", "manager", "department", "tie_start", "tie_member")
    return all(np.array_equal(getattr(first.organization, n), getattr(second.organization, n)) for n in names)


def _twin(first: Scenario, second: Scenario, seed: int) -> Twin:
    import sim

    return sim.twin(first, second, seed=seed)


def _compared(first: Scenario, second: Scenario, asked: Asked) -> Comparison:
    from experiments import pairs
    from sim.compiled import needs_compiling

    if needs_compiling():
        announce_compiling()
        pairs.run_pair(
            pairs.Piece(asked.seed, first.first_days(1), second.first_days(1))
        )  # one process, not all at once
    count = SEEDS if asked.seeds is None else asked.seeds
    with show_progress("pair") as progress:
        return pairs.compare(first, second, range(asked.seed, asked.seed + count), asked.workers, progress)


# ---------------------------------------------------------------- many pairs


def _print_worlds(first: Scenario, second: Scenario) -> None:
    click.echo(f"A: {shown(first.title)}")
    click.echo(f"B: {shown(second.title)}")
    apart = list(in_words(first, second))
    ours, theirs = list(timeline(first)), list(timeline(second))
    apart += [f"only in A: {line}" for line in ours if line not in theirs]
    apart += [f"only in B: {line}" for line in theirs if line not in ours]
    click.echo("In B:" if apart else "There is no difference between A and B.")
    for line in islice(apart, _LINES):
        click.echo(f"  {line}")
    if len(apart) > _LINES:
        click.echo(f"  and {len(apart) - _LINES} more")


def _print_comparison(found: Comparison, everything: bool) -> None:
    from rich.console import Console

    seeds = [pair.seed for pair in found.pairs]
    if len(seeds) < 2:
        click.echo("\nOne pair tells a story, and no interval: more seeds do (--seeds 30).")
    listed = found.measures if everything or len(seeds) < 2 else {n: found.measures[n] for n in found.differing}
    click.echo(f"\nPairs on shared luck: {len(seeds)} (seeds {seeds[0]} to {seeds[-1]})")
    if listed:
        Console(highlight=False).print(_table(listed, set(found.standing)))
    for line in _remarks(found, len(listed)):
        click.echo(line)


def _table(measures: Mapping[str, Paired], standing: set[str]) -> Any:
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("measure", "A", "B", "difference", "± 95%", "effect d", "luck\nremoved"):
        table.add_column(heading, justify="left" if heading == "measure" else "right", no_wrap=True)
    for name, each in measures.items():
        margin = each.difference.half_width
        table.add_row(
            f"{name}{'*' if name in standing else ''}",
            significant(each.a),
            significant(each.b),
            significant(each.difference.mean, sign=True),
            significant(margin if math.isfinite(margin) else None),
            significant(each.d, sign=True),
            percent(each.removed),
        )
    return table


def _remarks(found: Comparison, listed: int) -> Iterator[str]:
    """Say how far the table can be trusted."""
    if len(found.pairs) > 1:
        moved = f"{len(found.differing)} of the {found.tested} measures that moved"
        yield f"\n{moved} differ by more than luck: the interval leaves out 0."
        yield f"By chance alone, about {found.by_chance:.0f} would."
        yield f"* {len(found.standing)} stand even when all are tested at once (Holm's correction)."
    if hidden := len(found.measures) - listed:
        yield f"{hidden} more measures are not shown: --all lists them."
    missing = [name for name, each in found.measures.items() if each.left_out]
    if missing:
        yield f"Pairs with nothing to divide by are left out, for {len(missing)} measures (--json counts them)."


def as_data(found: Comparison) -> dict[str, Any]:
    """Return a comparison as JSON can have it."""
    return {
        "a": {"name": found.a.name, "digest": found.a.digest},
        "b": {"name": found.b.name, "digest": found.b.digest},
        "seeds": [pair.seed for pair in found.pairs],
        "measures": {
            name: _paired_data(each) | {"stands": name in found.standing} for name, each in found.measures.items()
        },
        "differing": found.differing,
        "tested": found.tested,
        "expected_by_chance": found.by_chance,
    }


def _paired_data(found: Paired) -> dict[str, Any]:
    return {
        "a": finite(found.a),
        "b": finite(found.b),
        "difference": finite(found.difference.mean),
        "low": finite(found.difference.low),
        "high": finite(found.difference.high),
        "pairs": found.difference.runs,
        "left_out": found.left_out,
        "d": finite(found.d),
        "d_z": finite(found.d_z),
        "correlation": finite(found.correlation),
        "variance_removed": finite(found.removed),
        "p": finite(found.p),
    }


# ---------------------------------------------------------------- one pair


def _print_runs(first: Run, second: Run, show: bool, everything: bool, as_json: bool) -> None:
    """Print how two stored runs differ."""
    import sim

    twin = None
    if show:
        for run in (first, second):
            run.engine_at(0)  # says so where a run cannot be repeated
        twin = sim.twin(first.scenario, second.scenario, first.seed, until=first.days, organization=first.organization)
    values = {name: (first.measures.get(name), value) for name, value in second.measures.items()}
    if as_json:
        measures = {
            name: {"a": finite(a), "b": finite(b), "difference": subtract(b, a)} for name, (a, b) in values.items()
        }
        click.echo(
            json.dumps(
                {"seed": first.seed, "measures": measures} | ({} if twin is None else {"pair": story_data(twin)})
            )
        )
        return
    _print_worlds(first.scenario, second.scenario)
    click.echo(
        f"\nOne pair, seed {first.seed}, {first.days} days. It tells a story; more seeds tell how far to trust it."
    )
    print_both(values, ("A", "B"), everything)
    if twin is not None:
        print_story(twin)


def _both(a: float | None, b: float | None) -> dict[str, float | None]:
    return {"a": finite(a), "b": finite(b), "difference": subtract(b, a)}


def print_story(twin: Twin) -> None:
    """Tell one pair: where the worlds part, what exists in one of them only and why, and whose silence broke."""
    from sim.twins import words

    click.echo(f"\nOne pair as a story: seed {twin.seed}")
    if twin.difference is None:
        click.echo("  The two worlds are the same in every hour: nobody saw, believed or did anything else.")
        return
    click.echo(f"  They first differ on {words.difference(twin, twin.difference)}.")
    if twin.act is not None and twin.act != twin.difference:
        click.echo(f"  Somebody first does something else on {words.difference(twin, twin.act)}.")
    click.echo(
        f"  Messages only in A: {len(twin.only_a)}; only in B: {len(twin.only_b)}; "
        f"in both, but said otherwise: {len(twin.changed)}."
    )
    _print_silence(twin)
    if chains := words.chains(twin):
        click.echo("\nHow the change reached messages that one world lacks")
        for chain in chains:
            click.echo("")
            for link in chain:
                click.echo(f"  {words.link(twin, link)}")


def _print_silence(twin: Twin) -> None:
    from sim.twins import words

    for spoken, other, in_b in (("B", "A", True), ("A", "B", False)):
        mine = [each for each in twin.broken if each.spoken_in_b == in_b]
        people = len({each.wish.member for each in mine})
        new = len(twin.first_words[int(in_b)])
        wishes, members = count(len(mine), "wish"), count(people, "member")
        click.echo(f"\nUnspoken in {other}, spoken in {spoken}: {wishes} of {members}")
        if new:
            speak = agree(new, "speaks", "speak")
            click.echo(f"  {count(new, 'member')} never {speak} a wish in {other}, and in {spoken} at least once.")
        for each in mine[:3]:
            click.echo(f"  {words.broken(twin, each)}")


def story_data(twin: Twin) -> dict[str, Any]:
    """Return one pair as JSON can have it."""
    from sim.twins import words

    return {
        "seed": twin.seed,
        "identical": twin.identical,
        "difference": _difference_data(twin, twin.difference),
        "act": _difference_data(twin, twin.act),
        "only_a": list(twin.only_a),
        "only_b": list(twin.only_b),
        "changed": [{"message": each.message, "fields": [list(f) for f in each.fields]} for each in twin.changed],
        "broken": [
            {**each.wish._asdict(), "message": each.message, "spoken_in_b": each.spoken_in_b} for each in twin.broken
        ],
        "chains": [[{**vars(link), "told": words.link(twin, link)} for link in chain] for chain in words.chains(twin)],
    }


def _difference_data(twin: Twin, found: Any) -> dict[str, Any] | None:
    from sim.twins import words

    return None if found is None else {**vars(found), "told": words.difference(twin, found)}
