"""`ism compare`: compare two worlds on shared luck."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from experiments import options
from experiments.asking import begin, cost_of
from experiments.columns import print_columns
from experiments.describe import in_words, timeline
from experiments.measures.effects import POWER, effects_of, pairs_in_words
from experiments.measures.typed import Wanted, split_names, wanted_measures
from experiments.organizations import own_people, tell_of_people
from experiments.pair_story import print_story, story_data
from experiments.progress import announce_compiling, show_progress
from experiments.statistics import deviation_at_most, pairs_needed
from experiments.sweeps.cells import cell_of, compared, names_a_cell
from experiments.typed import load_scenario, parse_event
from experiments.values import finite, print_both, subtract
from experiments.workers import cores
from sim.errors import InputError, nearest, shown
from sim.limits import Cost
from sim.scenario import Scenario, gallery, parse_setting
from sim.wording import count, percent, significant

if TYPE_CHECKING:
    from experiments.ensembles import Over
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
    org: str | None
    ties: str | None
    repair: bool
    measures: tuple[str, ...] = ()
    effects: tuple[str, ...] = ()
    power: float = POWER

    @property
    def of_worlds(self) -> Asked:
        """The same without what is about pairs of stored runs, too."""
        return replace(self, seed=1, workers=None, measures=(), effects=(), power=POWER)

    @cached_property
    def wanted(self) -> Wanted:
        """The measures that were named, and those of the user's own."""
        return wanted_measures(self.measures)


_NOTHING: Final = Asked((), (), (), (), None, None, None, None, 1, None, None, None, False)


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
@click.option("--ensemble", metavar="DIR", help="Try it on scenarios that fit equally well, such as ism fit writes.")
@options.members
@options.organization
@options.measures
@options.effects
@options.power
@options.workers
@click.option("--show", is_flag=True, help="Tell one pair as a story: where it parts, what exists in one world only.")
@options.everything
@options.yes()
@options.as_json()
def compare(
    a: str,
    b: str | None,
    ensemble: str | None,
    show: bool,
    everything: bool,
    yes: bool,
    as_json: bool,
    **asked: Any,
) -> None:
    """Compare two worlds that share their luck: over many seeds, or with --show one pair in detail.

    A and B are scenarios: names of the gallery (see `ism scenarios`) or paths of .toml files. Without B, B is A with
    the changes of --set-b. Two run folders can be compared, too, and two cells of sweeps, each as FOLDER:CELL. An EVENT
    is typed as in a scenario file: 'day = 12, respond = {by = "ceo", to = "latest_critique", how = "supportive"}'.
    """
    wanted = Asked(**asked)
    if ensemble is not None:
        _over_ensemble(Path(ensemble), wanted, (b is not None or show), everything, yes, as_json)
        return
    if b is not None and names_a_cell(a) and names_a_cell(b):
        _print_cells(a, b, wanted, show, everything, as_json)
        return
    stored = [_run_folder(name) for name in (a, b) if name is not None]
    if any(stored):
        runs = _two_runs(a, b, stored, wanted)
        _print_runs(*runs, show, everything, as_json)
        return
    _compare(_worlds(a, b, wanted), wanted, show, everything, yes, as_json)


def _compare(
    worlds: tuple[Scenario, Scenario], wanted: Asked, show: bool, everything: bool, yes: bool, as_json: bool
) -> None:
    """Simulate two worlds on shared luck, and print how they differ."""
    tell_of_people(*worlds)
    targets = effects_of(wanted.effects, wanted.wanted.catalogue)
    alone = show and wanted.seeds is None
    _begin(worlds, 1 if alone else wanted.seeds or SEEDS, wanted.workers, yes)
    found = None if alone else _compared(*worlds, wanted)
    twin = _twin(*worlds, wanted.seed) if show else None
    if as_json:
        click.echo(json.dumps({**(as_data(found) if found else {}), **({"pair": story_data(twin)} if twin else {})}))
    else:
        _print_worlds(*worlds)
        if found is not None:
            _print_comparison(found, everything, {*wanted.wanted.all, *targets})
            _print_power(found, targets, wanted.power)
        if twin is not None:
            print_story(twin)
    if found is not None:
        _say_if_stopped(found)


def _say_if_stopped(found: Comparison | Over) -> None:
    if len(found.pairs) < found.planned:
        click.echo(f"Stopped after {len(found.pairs)} of {found.planned} pairs.", err=True)
        click.get_current_context().exit(1)


# ---------------------------------------------------------------- which two worlds


def _worlds(a: str, b: str | None, asked: Asked) -> tuple[Scenario, Scenario]:
    """Return the two worlds that were asked for."""
    from sim.replay import altered

    if b is None and not (asked.settings_b or asked.events_b or asked.events_a):
        raise click.UsageError("Compare with what? Name a second scenario, or a change: --set-b KEY=VALUE.")
    people = own_people(asked.org, asked.ties, asked.repair, asked.members)
    first, second = (
        load_scenario(name, asked.settings, asked.members, asked.days, people) for name in (a, a if b is None else b)
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

    changed = asked.of_worlds != _NOTHING
    if b is None or not all(stored):
        folder = a if stored[0] else str(b)
        raise InputError(
            f"'{shown(folder)}' is the folder of one run: it can be compared with another run folder. To see what a "
            "change does to it, use ism fork; to compare over many seeds, name two scenarios"
        )
    if changed:
        raise InputError(
            "two run folders are compared as they are: settings, events, people, days and seeds are for scenarios"
        )
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
        seeds = range(asked.seed, asked.seed + count)
        return pairs.compare(first, second, seeds, asked.workers, progress, asked.wanted)


def _print_cells(a: str, b: str, asked: Asked, show: bool, everything: bool, as_json: bool) -> None:
    """Compare two cells of sweeps, whose runs are there, on the seeds that both have."""
    if show or asked.of_worlds != _NOTHING:
        raise InputError("two cells are compared as they were run: settings, events, days and seeds are for scenarios")
    cells = cell_of(a), cell_of(b)
    found = compared(*cells)
    named = [name for text in asked.measures if not text.endswith(".py") for name in split_names(text)]
    targets = effects_of(asked.effects, cells[0].sweep.study.catalogue)
    for name in (*named, *targets):
        if name not in found.measures:
            raise InputError(
                f"the runs of these cells were not asked for {shown(name)}", nearest=nearest(name, found.measures)
            )
    if as_json:
        click.echo(json.dumps(as_data(found)))
        return
    click.echo(f"Cell A: {cells[0].cell} of {shown(cells[0].sweep.study.table.title)}")
    click.echo(f"Cell B: {cells[1].cell} of {shown(cells[1].sweep.study.table.title)}")
    _print_worlds(found.a, found.b)
    _print_comparison(found, everything, {*named, *targets})
    _print_power(found, targets, asked.power)


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


def _print_comparison(found: Comparison, everything: bool, named: Collection[str] = ()) -> None:
    """Print the measures that differ, and those that were named."""
    seeds = [pair.seed for pair in found.pairs]
    if len(seeds) < 2:
        click.echo("\nOne pair tells a story, and no interval: more seeds do (--seeds 30).")
    everything = everything or len(seeds) < 2
    listable = {*named, *(found.present if everything else found.differing)}
    chosen = [name for name in found.measures if name in listable]
    listed = {name: found.measures[name] for name in chosen}
    click.echo(f"\nPairs on shared luck: {len(seeds)} (seeds {seeds[0]} to {seeds[-1]})")
    if listed:
        print_columns(_HEADINGS, _rows(listed, set(found.standing)))
    for line in _remarks(found, len(listed)):
        click.echo(line)


_HEADINGS: Final = ("measure", "A", "B", "difference", "± 95%", "effect d", "luck\nremoved")


def _rows(measures: Mapping[str, Paired], standing: set[str]) -> Iterator[tuple[str, ...]]:
    for name, each in measures.items():
        margin = each.difference.half_width
        yield (
            f"{name}{'*' if name in standing else ''}",
            significant(each.a),
            significant(each.b),
            significant(each.difference.mean, sign=True),
            significant(margin if math.isfinite(margin) else None),
            significant(each.d, sign=True),
            percent(each.removed),
        )


def _print_power(found: Comparison, targets: Mapping[str, float], power: float) -> None:
    """Say how many pairs would show a difference of a size that was named."""
    for name, size in targets.items():
        each = found.measures[name].difference
        if each.runs < 2 or not each.deviation:
            why = "too few have a value" if each.runs < 2 else "it differs by the same in all of these"
            click.echo(f"\nHow many pairs would show {size:g} in {name} is not known: {why}.")
            continue
        needed = pairs_needed(size, each.deviation, power)
        most = pairs_needed(size, deviation_at_most(each.deviation, each.runs), power)
        varies = f"differences vary by {significant(each.deviation)} from pair to pair"
        click.echo(
            f"\nTo see a difference of {size:g} in {name} with a chance of {power:.0%}, {pairs_in_words(needed)} are "
            f"needed: {varies}. They tell that only roughly, so it may take up to {pairs_in_words(most)}."
        )


def _remarks(found: Comparison, listed: int) -> Iterator[str]:
    """Say how far the table can be trusted."""
    if len(found.pairs) > 1:
        moved = f"{len(found.differing)} of the {found.tested} measures that moved"
        yield f"\n{moved} differ by more than luck: the interval leaves out 0."
        yield f"By chance alone, about {found.by_chance:.0f} would."
        yield f"* {len(found.standing)} stand even when all are tested at once (Holm's correction)."
    if (hidden := len(found.present) - listed) > 0:
        yield f"{hidden} more measures are not shown: --all lists them."
    missing = [name for name in found.present if found.measures[name].left_out]
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


# ---------------------------------------------------------------- over an ensemble


def _over_ensemble(folder: Path, asked: Asked, refused: bool, everything: bool, yes: bool, as_json: bool) -> None:
    """Compare each scenario of an ensemble with itself changed, and print what that does over all of them."""
    from experiments import ensembles

    typed = click.get_current_context().get_parameter_source
    if refused or typed("a") is not click.core.ParameterSource.DEFAULT:
        raise click.UsageError(
            "--ensemble takes the place of A and B: give the change alone, with --set-b or --event-b."
        )
    paths, count = ensembles.scenarios_of(folder), asked.seeds or ensembles.PAIRS
    worlds = [_worlds(str(path), None, asked) for path in paths[: min(count, ensembles.SCENARIOS)]]
    _begin(worlds[0], count, asked.workers, yes)
    announce_compiling()
    seeds = range(asked.seed, asked.seed + count)
    with show_progress("pair") as progress:
        found = ensembles.compare_over(worlds, seeds, asked.workers, progress, asked.wanted)
    if as_json:
        changes = {name: each.as_plain() for name, each in found.changes.items()}
        data = {"scenarios": len(worlds), "seeds": list(seeds)[: len(found.pairs)], "fits": ensembles.fits(folder)}
        click.echo(json.dumps({**data, "measures": changes}))
    else:
        _print_worlds(*worlds[0])
        for line in telling_of(found, len(worlds), ensembles.fits(folder), everything):
            click.echo(line)
    _say_if_stopped(found)


def telling_of(found: Over, scenarios: int, fits: bool | None, everything: bool) -> Iterator[str]:
    """Yield what a change does over an ensemble: what is decided, and how much is not."""
    from experiments.ensembles import FEWEST, PAIRS

    decided = {name: each for name, each in found.changes.items() if each.decided}
    always = {name: each for name, each in found.changes.items() if name == _LEADING}
    yield f"\nPairs on shared luck: {len(found.pairs)}, over {count(scenarios, 'scenario')} that fit equally well"
    yield f"{'measure':<30}{'A':>8}{'difference':>11}{'90% of scenarios':>21}"
    for name, each in (found.changes if everything else {**always, **decided}).items():
        between = f"{significant(each.low)} to {significant(each.high)}"
        mark = "" if each.decided else " undecided"
        yield f"{name:<30}{significant(each.a):>8}{significant(each.difference, sign=True):>11}{between:>21}{mark}"
    yield f"\n{len(decided)} of {len(found.changes)} measures are decided: 90% of the scenarios lie on one"
    yield "side of 0. Which way the others go is undecided: too little is known of the arena."
    if scenarios < FEWEST:
        yield f"Fewer than {FEWEST} scenarios decide nothing; more do (--seeds {PAIRS})."
    if fits is False:
        yield "The fit said that this arena is unlike what the model makes: this is what comes nearest."


_LEADING: Final = "willingness"
"""The measure that is always shown."""


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
