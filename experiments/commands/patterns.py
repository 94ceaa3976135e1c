"""`ism patterns`: what scenarios expect, put to the test over seeds: held, failed or undecided, with intervals."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from typing import Any

import click

from experiments.asking import begin, cost_of
from experiments.patterns import Tested, Trial, Verdict, looks, put_to_the_test
from experiments.patterns.claims import claims_of
from experiments.telling import expected_in_words
from experiments.workers import cores
from sim.errors import InputError, shown
from sim.limits import Cost
from sim.scenario import Scenario, gallery, load
from sim.wording import significant

MARKS = {Verdict.held: "green", Verdict.failed: "red", Verdict.undecided: "yellow"}


def patterns(
    scenario: tuple[str, ...], seeds: int, members: int | None, workers: int | None, yes: bool, as_json: bool
) -> None:
    """Test the expectations of the scenarios named, or of the whole gallery, and print what became of them."""
    worlds = [load(name) for name in scenario or gallery()]
    if not any(world.expect for world in worlds):
        raise InputError("there is nothing to test: no line [[expect]] says what is expected", file=" ".join(scenario))
    _begin(worlds, seeds, members, workers, yes)
    trial = _tested(worlds, seeds, members, workers)
    if as_json:
        click.echo(json.dumps({"seeds": seeds, "complete": trial.complete, "expectations": as_data(trial.tested)}))
    else:
        _tell(trial)
    if not trial.complete:
        click.echo("Stopped; what was decided by then is told.", err=True)
        click.get_current_context().exit(1)


def _begin(worlds: Sequence[Scenario], cap: int, members: int | None, workers: int | None, yes: bool) -> None:
    """Ask where all seeds that may be needed take long: each world is simulated once a seed."""
    claims = [claim for world in worlds for claim in claims_of(world, members=members)]
    wanted = {world.digest: cost_of(world) for claim in claims for world in claim.worlds}
    runs = cap * len(wanted)
    largest = max(cost.memory for cost in wanted.values())
    mean = sum(cost.seconds for cost in wanted.values()) / len(wanted)
    begin(f"simulating at most {runs:,} runs", Cost(largest, mean).times(runs, workers or cores()), yes)


def _tested(worlds: Sequence[Scenario], cap: int, members: int | None, workers: int | None) -> Trial:
    from sim.compiled import needs_compiling

    if needs_compiling():
        click.echo("Compiling the model once, less than a minute ...", err=True)
    with _progress(looks(cap)) as tell:
        return put_to_the_test(worlds, cap, workers, members, tell)


@contextmanager
def _progress(plan: Sequence[int]) -> Iterator[Callable[[int, int, int], None] | None]:
    """Give a function to be told of each finished piece; it draws a bar where someone is watching."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), MofNCompleteColumn(), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def tell(look: int, done: int, total: int) -> None:
            what = f"look {look + 1} of at most {len(plan)}, {plan[look]} seeds"
            bar.update(task, description=what, completed=done, total=total)

        yield tell


# ---------------------------------------------------------------- telling


def as_data(tested: Sequence[Tested]) -> list[dict[str, Any]]:
    """Return what became of expectations as JSON can have it."""
    return [
        {
            "scenario": each.claim.this.name,
            "number": each.claim.number,
            "verdict": each.verdict.value,
            "mean": _finite(each.interval.mean),
            "low": _finite(each.interval.low),
            "high": _finite(each.interval.high),
            "seeds": each.seeds,
            "says": expected_in_words(each.claim.expectation),
            "pattern": each.claim.expectation.pattern,
            "why": each.claim.expectation.why,
        }
        for each in tested
    ]


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _tell(trial: Trial) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    for _, tests in groupby(trial.tested, key=lambda each: each.claim.this.digest):
        _tell_scenario(console, list(tests))
    counted = {verdict: sum(each.verdict == verdict for each in trial.tested) for verdict in Verdict}
    told = ", ".join(f"{count} {verdict}" for verdict, count in counted.items())
    console.print(Text(f"{len(trial.tested)} expectations: {told}.", style="bold"))
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
