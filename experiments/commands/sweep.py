"""`ism sweep`: make the runs of a study, on this machine or on a cluster, and keep them in a folder."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from sim.errors import InputError, shown


def sweep(
    study: str, out: str | None, workers: int | None, dask: str | None, plan: bool, quick: bool, shard: str | None
) -> None:
    """Make the runs of a study, or say what they will take."""
    from experiments.sweeps.study import load_study

    wanted = load_study(study, quick)
    folder = Path(out) if out is not None else Path("sweeps") / (f"{wanted.name}-quick" if quick else wanted.name)
    _tell_of_compiling()
    if plan:
        _plan(wanted, folder, workers)
        return
    from experiments.sweeps.sweep import sweep as make

    with _executor(dask) as executor, _progress() as tell:
        done = make(wanted, folder, executor, workers, tell, _shard(shard))
    for remark in done.remarks:
        click.echo(f"Note: {remark}.", err=True)
    _summarise(done)
    if not done.complete and shard is None:
        click.echo(f"Stopped; what is finished is kept. The same command goes on from there: {folder}", err=True)
        click.get_current_context().exit(1)


def _tell_of_compiling() -> None:
    from sim.compiled import needs_compiling

    if needs_compiling():
        click.echo("Compiling the model once, less than a minute ...", err=True)


def _shard(text: str | None) -> tuple[int, int] | None:
    """Return (k, n) of K/N."""
    if text is None:
        return None
    first, slash, last = text.partition("/")
    if not slash or not first.isdecimal() or not last.isdecimal() or not 1 <= int(first) <= int(last):
        raise InputError(f"--shard {shown(text)} is not K/N, such as 3/20: the third of twenty shares")
    return int(first), int(last)


@contextmanager
def _executor(address: str | None) -> Iterator[Any]:
    """Give the workers of a Dask scheduler; None where the work is done on this machine."""
    if address is None:
        yield None
        return
    try:
        from distributed import Client
    except ModuleNotFoundError:
        hint = "Dask is not installed; it comes with: pip install 'internal-social-media[cluster]'"
        raise InputError(f"--dask: {hint}") from None
    try:
        client = Client(address, timeout="10s")
    except (OSError, ValueError, TimeoutError) as error:
        raise InputError(f"--dask: no scheduler answers at '{shown(address)}' ({type(error).__name__})") from None
    with client:
        yield client.get_executor(pure=False, retries=2)


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """Give a function to be told how many runs are finished; it draws a bar where someone is watching."""
    if not sys.stderr.isatty():
        yield lambda *_: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("runs"), MofNCompleteColumn(), BarColumn(), TextColumn("{task.speed} a second"))
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _plan(study: Any, folder: Path, workers: int | None) -> None:
    from experiments.sweeps.sweep import plan

    found = plan(study, folder, workers)
    more = " to begin with; precision may add more" if study.told.precision else ""
    click.echo(f"{shown(study.told.title)}")
    click.echo(f"{found.cells} cells x {found.seeds} seeds = {found.runs} runs{more}")
    if found.present:
        click.echo(f"{found.present} of them are there already, in {shown(folder)}")
    click.echo(f"about {duration(found.seconds)} with {found.workers} workers ({found.seconds_a_run:.2f} s a run)")
    click.echo(f"about {found.disk / 1e6:.1f} MB on disk, in {shown(folder)}")


def duration(seconds: float) -> str:
    """Return a stretch of time in words."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _summarise(done: Any) -> None:
    failed = done.runs.filter(done.runs["status"] == "failed")
    made = done.runs.filter(done.runs["status"] == "done").height
    click.echo(f"{shown(done.study.told.title)}: {made} runs finished, {done.repeated} of them were there already.")
    if failed.height:
        click.echo(f"{failed.height} failed; the first, run {failed['run'][0]}: {shown(failed['message'][0], 300)}")
    if done.complete:
        click.echo(f"The table: {shown(done.folder / 'runs.parquet')}; what it says: ism analyse {shown(done.folder)}")
