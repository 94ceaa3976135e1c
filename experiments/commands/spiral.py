"""`ism spiral`: trace the spiral of an issue."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from experiments import options
from experiments.columns import Columns
from experiments.progress import announce_compiling, show_progress
from sim.errors import shown
from sim.record import Run

if TYPE_CHECKING:
    from experiments.spirals import Decomposition, RegimeEffect, VoiceEffect
    from experiments.statistics import Interval
    from sim.organization import Organization


@click.command()
@options.run_folder
@click.option("--issue", metavar="NAME_OR_NUMBER", help="Which issue; the one that challenges those in charge most.")
@click.option("--decompose", is_flag=True, help="What a voice does, and through which beliefs, over many seeds.")
@options.seeds(2, None, "With --decompose: over how many; 8.")
@options.as_json()
def spiral(run: str, issue: str | None, as_json: bool, decompose: bool, seeds: int | None) -> None:
    """Trace the path of an issue from the first voice to resolution, and say whose silence would have ended it.

    RUN is a run folder, such as `ism run` writes.
    """
    if seeds is not None and not decompose:
        raise click.UsageError("--seeds needs --decompose, which alone makes further runs.")
    loaded = Run.load(run)
    if decompose:
        found = _decomposed(loaded, issue, seeds)
        if as_json:
            click.echo(json.dumps(found.to_dict()))
        else:
            _print(found)
        return
    from sim.spiral import trace

    traced = trace(loaded, issue)
    click.echo(json.dumps(traced.to_dict()) if as_json else traced.words())


def _decomposed(run: Run, issue: str | None, seeds: int | None) -> Decomposition:
    from experiments import spirals
    from sim.scenario import issue_number

    issue_number(run.scenario.parameters, issue)  # refused before any work
    wanted = spirals.SEEDS if seeds is None else seeds
    announce_compiling()
    with show_progress("piece") as progress:
        return spirals.decompose(run.scenario, issue, wanted, _own_organization(run), done=progress)


def _own_organization(run: Run) -> Organization | None:
    """Return the organisation of a run that was given one; None where its seed made it up."""
    from sim.engine import make_organization

    made = make_organization(run.scenario, run.seed)
    same = made.ids == run.organization.ids and made.manager.tolist() == run.organization.manager.tolist()
    return None if same else run.organization


# ---------------------------------------------------------------- telling it


def _print(found: Decomposition) -> None:
    from rich.console import Console

    console = Console(highlight=False, markup=False)
    console.print(f"{shown(found.name)}, in {shown(found.scenario)}: means over {found.seeds} seeds ± 95% intervals")
    _print_voices(console, found.voices)
    _print_regimes(console, found.regimes)


def _print_voices(console: Any, effect: VoiceEffect) -> None:
    console.print("\nOne voice more: change of P(speak | wish), summed over all others privately against")
    rows: dict[str, Interval] = {
        "nothing frozen": effect.by["critics"],
        "  with those who read the voice": effect.by["readers"],
        "  with those who never did": effect.by["unreached"],
        "voices removed": effect.removed,
        "voices added": effect.added,
        **{f"{name} frozen": interval for name, interval in effect.with_frozen.items()},
        "others privately in favour": effect.by["defenders"],
        "further critical voices": effect.by["further"],
    }
    console.print(Columns(("", ""), ((name, _interval(interval, 3)) for name, interval in rows.items())))
    ratio = effect.amplification
    if ratio.value is None:
        console.print("Amplification: undefined; with climate and licence frozen the change could as well be 0.")
    else:
        console.print(f"Amplification: {ratio.value:.2f}, from {ratio.low:.2f} to {ratio.high:.2f}")
    console.print(f"Climate and licence add {_interval(effect.difference, 3)}")


def _print_regimes(console: Any, regimes: Mapping[str, RegimeEffect]) -> None:
    console.print("\nTrends, by how leaders lead: change in 10 workdays of the issue's age, in percentage points")
    effects = list(regimes.values())
    slopes = {
        "P(speak | wish)": [effect.slope for effect in effects],
        **{f"  through {name}": [effect.through[name] for effect in effects] for name in effects[0].through},
        "  through all else": [effect.other for effect in effects],
        "  only together": [effect.together for effect in effects],
        "  of wishes that came": [effect.of_wishes for effect in effects],
        "acquiescent silence": [effect.acquiescent_slope for effect in effects],
    }
    shares = {
        "P(speak | wish)": [effect.level for effect in effects],
        "acquiescent silence": [effect.acquiescent_level for effect in effects],
        "hot stove": [effect.hot_stove for effect in effects],
        "silent, in the dark": [effect.silent_in_the_dark for effect in effects],
        "outspoken, in the dark": [effect.outspoken_in_the_dark for effect in effects],
    }
    for rows, digits in ((slopes, 2), (shares, 1)):
        if digits == 1:
            console.print("\nAt the end, in percent")
        cells = ((name, *(_interval(each, digits, 100.0) for each in row)) for name, row in rows.items())
        console.print(Columns(("", *regimes), cells))


def _interval(interval: Interval, digits: int, times: float = 1.0) -> str:
    """Return a mean with half the length of its interval; a dash where there is no number."""
    if not math.isfinite(interval.mean):
        return "-"
    half = f" ±{times * interval.half_width:.{digits}f}" if math.isfinite(interval.half_width) else ""
    return f"{times * interval.mean:.{digits}f}{half}"
