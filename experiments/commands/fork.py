"""`ism fork`: continue a run with a change."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from experiments import options
from experiments.measures.typed import Wanted, wanted_measures
from experiments.places import identity_of, place_for
from experiments.progress import show_progress
from experiments.summary import ROWS
from experiments.typed import parse_event
from experiments.values import finite, print_both
from sim.errors import shown
from sim.scenario import parse_setting

if TYPE_CHECKING:
    from sim.record import Run


@click.command()
@options.run_folder
@click.option("--day", type=float, required=True, metavar="D", help="The day that the change begins, counted from 0.")
@options.settings
@click.option("--event", "events", multiple=True, metavar="EVENT", help="Something that happens; may be repeated.")
@options.measures
@click.option("--out", metavar="DIR", help="The new run folder; beside the first one if not given.")
@options.replace
@options.everything
@options.as_json("what differs")
def fork(
    run: str,
    day: float,
    settings: Sequence[str],
    events: Sequence[str],
    measures: Sequence[str],
    out: str | None,
    replace: bool,
    everything: bool,
    as_json: bool,
) -> None:
    """Continue a run from any day with a change, and say what differs from then on.

    RUN is a run folder, such as `ism run` writes. An EVENT is typed as in a scenario file:
    'respond = {by = "ceo", to = "latest_critique", how = "none"}'; it happens on the day of --day.
    """
    from sim import replay
    from sim.record import Run

    wanted = wanted_measures(measures)
    parent = Run.load(run)
    changes: list[Any] = [parse_event(text, "--event", day) for text in events]
    changes += [dict(parse_setting(setting) for setting in settings)] if settings else []
    usual = Path(run).with_name(f"{Path(run).resolve().name}-from-day-{day:g}")
    scenario = replay.forked(parent, day, changes)
    place = place_for(identity_of(scenario, parent.seed, parent.organization), usual, out, replace)
    with show_progress("day") as progress:
        changed = replay.fork(parent, day, changes, progress=progress)
        unchanged = parent if parent.complete else replay.fork(parent, day, progress=progress)
    folder = place.save(changed)
    values = afterwards(unchanged, changed, int(day)) | _asked_for(wanted, unchanged, changed)
    if as_json:
        both = {name: {"unchanged": finite(a), "changed": finite(b)} for name, (a, b) in values.items()}
        click.echo(json.dumps({"day": day, "measures": both}))
        return
    click.echo(shown(changed.scenario.title))
    click.echo(f"From day {day:g} on, on the same luck (seed {changed.seed}):")
    key = {*wanted.all, *(name for group in ROWS.values() for name in group)}
    listed = {name: both for name, both in values.items() if everything or name in key}
    print_both(listed, ("unchanged", "changed"), everything)
    click.echo("This is one story: ism compare with --from-day says over many seeds how far to trust it.")
    click.echo(f"\nEverything is in {shown(folder)}")


def _asked_for(wanted: Wanted, unchanged: Run, changed: Run) -> dict[str, tuple[float, float]]:
    """Return what was asked for with --measures, in both runs: of the whole run, unless it names days."""
    sides = [
        wanted.catalogue.measured(wanted.all, run.engine_at(run.tick)) if wanted.all else []
        for run in (unchanged, changed)
    ]
    return dict(zip(wanted.all, zip(*sides, strict=True), strict=True)) if wanted.all else {}


def afterwards(unchanged: Run, changed: Run, day: int) -> dict[str, tuple[float | None, float | None]]:
    """Return each measure of both runs from `day` on: sums, means of daily ratios, and states of the last day."""
    from sim.measures import MEASURES

    sides = [_from_day_on(run, day) for run in (unchanged, changed)]
    daily = [name for name, measure in MEASURES.items() if measure.how != "run" and not measure.words]
    return {name: (sides[0].get(name), sides[1].get(name)) for name in daily}


def _from_day_on(run: Run, day: int) -> dict[str, float | None]:
    from sim.measures import MEASURES

    series = run.series
    late = series.filter((series["group"] == "all") & (series["day"] >= day)).sort("day")
    found: dict[str, float | None] = {}
    for (name,), part in late.group_by("measure"):
        values = [value for value in part["value"].to_list() if value is not None]
        how = MEASURES[str(name)].how
        if how == "state":
            found[str(name)] = part["value"].to_list()[-1]
        elif values or how == "total":
            found[str(name)] = sum(values) if how == "total" else sum(values) / len(values)
    return found
