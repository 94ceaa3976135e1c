"""`ism sweep`: make the runs of a study."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from experiments import options
from experiments.asking import begin, bytes_in_words, duration, is_much
from experiments.cluster import executor_at
from experiments.measures.typed import wanted_measures
from experiments.organizations import own_people, tell_of_people
from experiments.progress import announce_compiling, show_progress
from sim.errors import InputError, shown
from sim.wording import agree, count, listed

if TYPE_CHECKING:
    from experiments.sweeps.plan import Plan
    from experiments.sweeps.study import Study
    from experiments.sweeps.sweep import Sweep

ALIKE: Final = 5
"""Cells that are the same world as another, of which so many are named."""
LITTLE: Final = 0.1
"""Up to this share of what is asked about, a sweep begins without the runs by which its time is measured."""


@click.command()
@click.argument("study")
@click.option("--out", metavar="DIR", help="The sweep folder; sweeps/<study> if not given.")
@options.organization
@options.measures
@options.workers
@options.dask
@click.option("--plan", is_flag=True, help="Only say how many runs, how long and how much disk it will take.")
@click.option("--quick", is_flag=True, help="The study with fewer seeds, as its table [quick] says.")
@click.option("--shard", metavar="K/N", help="Only the K-th of N shares of the runs, for job arrays; no tables.")
@options.yes("a sweep that takes days or much memory")
def sweep(
    study: str,
    out: str | None,
    org: str | None,
    ties: str | None,
    repair: bool,
    measures: Sequence[str],
    workers: int | None,
    dask: str | None,
    plan: bool,
    quick: bool,
    shard: str | None,
    yes: bool,
) -> None:
    """Make the runs of a study that are not there yet, and a table of all.

    STUDY is a name of the studies that come with the project, or the path of a .toml file. The same command goes on
    where it stopped.
    """
    from experiments.sweeps.study import load_study
    from experiments.sweeps.sweep import folder_of

    asked = wanted_measures(measures)
    wanted = load_study(study, quick, asked.own, asked.names, own_people(org, ties, repair))
    tell_of_people(wanted.scenario)
    folder, share = folder_of(wanted, out), _shard(shard)
    if plan:
        announce_compiling()
        _print_plan(wanted, folder, workers, share)
        return
    if dask is None:
        _begin(wanted, folder, workers, share, yes)
    announce_compiling()
    from experiments.sweeps.sweep import sweep as make

    with executor_at(dask) as executor, show_progress("run", logged=True) as progress:
        done = make(wanted, folder, executor, workers, progress, share)
    _summarise(done, shard)
    if done.stopped:
        click.echo(f"Stopped; what is finished is kept, and the same command goes on from there: {shown(folder)}")
        click.get_current_context().exit(1)


def _begin(wanted: Study, folder: Path, workers: int | None, share: tuple[int, int] | None, yes: bool) -> None:
    """Ask before a sweep that takes days on this machine, or more than it has: by what `--plan` says."""
    from experiments.sweeps.plan import expected, plan
    from sim.limits import ASK_SWEEP_SECONDS

    cost = expected(wanted, workers, share)
    if is_much(cost, LITTLE * ASK_SWEEP_SECONDS):
        cost = plan(wanted, folder, workers, share).cost
    begin(f"this sweep of {wanted.runs:,} runs", cost, yes, folder, ASK_SWEEP_SECONDS)


def _shard(text: str | None) -> tuple[int, int] | None:
    """Return (k, n) of K/N."""
    if text is None:
        return None
    first, slash, last = text[:20].partition("/")
    if not slash or not first.isdecimal() or not last.isdecimal() or not 1 <= int(first) <= int(last):
        raise InputError(f"--shard {shown(text)} is not K/N, such as 3/20: the third of twenty shares")
    return int(first), int(last)


# ---------------------------------------------------------------- what is said


def _print_plan(study: Study, folder: Path, workers: int | None, share: tuple[int, int] | None) -> None:
    from experiments.sweeps.plan import plan

    found = plan(study, folder, workers, share)
    most = study.table.precision.most if study.table.precision else 0
    more = f" to begin with, and up to {most} seeds for precision" if most else ""
    click.echo(f"{shown(study.table.title)}")
    cells, seeds = count(found.cells, "cell"), count(found.seeds, "seed")
    click.echo(f"{cells} x {seeds} = {found.cells * found.seeds:,} runs{more}")
    if share:
        click.echo(f"{found.runs} of them are in this share")
    for line in () if share else _alike(found):
        click.echo(line)
    if found.present:
        click.echo(f"{found.present} of them are there already, in {shown(folder)}")
    several = count(found.workers, "worker")
    click.echo(f"about {duration(found.seconds)} with {several} ({found.seconds_a_run:.2f} s a run)")
    click.echo(f"about {bytes_in_words(found.memory)} of memory")
    click.echo(f"about {bytes_in_words(found.disk)} on disk, in {shown(folder)}")


def _alike(found: Plan) -> Iterator[str]:
    """Say which cells are the same world, whose runs are made once."""
    if not found.alike:
        return
    named = [f"{cell} is that of {earlier}" for cell, earlier in found.alike.items()]
    same = agree(len(named), "is the same world as an earlier one", "are the same worlds as earlier ones")
    yield f"{count(len(named), 'cell')} {same} ({listed(named, ALIKE)}), which leaves {found.runs} different runs"


def _summarise(done: Sweep, shard: str | None) -> None:
    for remark in done.remarks:
        click.echo(f"Note: {remark}.", err=True)
    failed = done.runs.filter(done.runs["status"] == "failed")
    made = done.runs.height - failed.height
    click.echo(f"{shown(done.study.table.title)}: {made} runs finished, {done.repeated} of them were there already.")
    if failed.height:
        click.echo(f"{failed.height} failed; the first, run {failed['run'][0]}: {shown(failed['message'][0], 300)}")
    _tell_of_precision(done)
    if done.complete and shard is None:
        click.echo(f"The table: {shown(done.folder / 'runs.parquet')}; what it says: ism analyse {shown(done.folder)}")
    elif shard and not done.stopped:
        click.echo(f"Share {shard} is finished; once all are, the same command without --shard makes the table.")


def _tell_of_precision(done: Sweep) -> None:
    wanted = done.study.table.precision
    if wanted is None or not done.complete:
        return
    click.echo(f"{done.seeds} seeds were used.")
    if not done.imprecise:
        return
    worst = max(done.imprecise, key=lambda each: each.half_width / each.wanted)
    reached = f"±{worst.half_width:.3g}" if math.isfinite(worst.half_width) else "too few values"
    click.echo(
        f"{len(done.imprecise)} means are not as precise as asked, after the most seeds allowed; the farthest off is "
        f"{worst.measure} in cell {worst.cell}: {reached} instead of ±{worst.wanted:.3g}"
    )
