"""`ism sweep`: make the runs of a study, on this machine or on a cluster, and keep them in a folder."""

from __future__ import annotations

import logging
import math
import re
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from experiments.asking import begin, bytes_in_words, duration
from sim.errors import InputError, shown
from sim.wording import count

if TYPE_CHECKING:
    from experiments.sweeps.study import Study
    from experiments.sweeps.sweep import Progress, Sweep

ANSWER_SECONDS: Final = 10.0
"""How long a scheduler has to answer."""
LOGGERS: Final = ("asyncio", "distributed", "distributed.client", "tornado", "tornado.application")
PLAIN_SECONDS: Final = 30.0
"""How often progress is told where nobody is watching, as in the log of a job."""


def sweep(
    study: str,
    out: str | None,
    workers: int | None,
    dask: str | None,
    plan: bool,
    quick: bool,
    shard: str | None,
    yes: bool,
) -> None:
    """Make the runs of a study, or say what they will take."""
    from experiments.sweeps.study import load_study
    from experiments.sweeps.sweep import folder_of

    wanted = load_study(study, quick)
    folder, share = folder_of(wanted, out), _shard(shard)
    if plan:
        _tell_of_compiling()
        _plan(wanted, folder, workers)
        return
    if dask is None:
        _begin(wanted, folder, workers, share, yes)
    _tell_of_compiling()
    from experiments.sweeps.sweep import sweep as make

    with _executor(dask) as executor, _progress() as tell:
        done = make(wanted, folder, executor, workers, tell, share)
    _summarise(done, shard)
    if done.stopped:
        click.echo(f"Stopped; what is finished is kept, and the same command goes on from there: {shown(folder)}")
        click.get_current_context().exit(1)


def _begin(wanted: Study, folder: Path, workers: int | None, share: tuple[int, int] | None, yes: bool) -> None:
    """Ask before a sweep that takes days on this machine, or more than it has."""
    from experiments.sweeps.plan import expected
    from experiments.sweeps.sweep import affordable
    from sim.limits import ASK_SWEEP_SECONDS

    cost = expected(wanted, workers or affordable(wanted), share)
    begin(f"this sweep of {wanted.runs:,} runs", cost, yes, folder, ASK_SWEEP_SECONDS)


def _tell_of_compiling() -> None:
    from sim.compiled import needs_compiling

    if needs_compiling():
        click.echo("Compiling the model once, less than a minute ...", err=True)


def _shard(text: str | None) -> tuple[int, int] | None:
    """Return (k, n) of K/N."""
    if text is None:
        return None
    first, slash, last = text[:20].partition("/")
    if not slash or not first.isdecimal() or not last.isdecimal() or not 1 <= int(first) <= int(last):
        raise InputError(f"--shard {shown(text)} is not K/N, such as 3/20: the third of twenty shares")
    return int(first), int(last)


@contextmanager
def _executor(address: str | None) -> Iterator[Executor | None]:
    """Give the workers of a Dask scheduler; None where the work is done on this machine."""
    if address is None:
        yield None
        return
    try:
        from distributed import Client
    except ModuleNotFoundError:
        hint = "Dask is not installed; it comes with: pip install 'internal-social-media[cluster]'"
        raise InputError(f"--dask: {hint}") from None
    if not re.fullmatch(r"((tcp|tls|ucx|ws|wss)://)?[^/]+", address) and not Path(address).is_file():
        raise InputError(
            f"--dask '{shown(address)}' is neither an address such as tcp://host:8786 nor a scheduler file"
        )
    for name in LOGGERS:  # they would tell with tracebacks what is told below
        logging.getLogger(name).setLevel(logging.CRITICAL)
    place = {"scheduler_file": address} if Path(address).is_file() else {"address": address}
    try:
        client = Client(**place, timeout=ANSWER_SECONDS, set_as_default=False)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise InputError(f"--dask: no scheduler answers at '{shown(address)}' ({type(error).__name__})") from None
    with client:
        yield client.get_executor(pure=False, retries=2)


# ---------------------------------------------------------------- progress


class Pace:
    """How fast runs have been finished since they were first told of, and how long the others will take."""

    def __init__(self) -> None:
        self._first: tuple[float, int] | None = None

    def told(self, done: int, total: int, now: float) -> str:
        """Return the pace in words, `31.0 runs a second, 2 min left`; nothing while there is none."""
        if self._first is None:
            self._first = (now, done)
        since, before = self._first
        if done <= before or now <= since:
            return ""
        rate = (done - before) / (now - since)
        left = duration((total - done) / rate) if done < total else "0 s"
        return f"{speed(rate)}, {left} left"


def speed(rate: float) -> str:
    """Return runs a second in words, or seconds a run where that says more."""
    return f"{rate:.1f} runs a second" if rate >= 0.5 else f"{duration(1.0 / rate)} a run"


@contextmanager
def _progress() -> Iterator[Progress]:
    """Give a function to be told how many runs are finished: it draws a bar, or, unwatched, writes a line at times."""
    pace = Pace()
    if not sys.stderr.isatty():
        yield _line_at_times(pace)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("runs"), MofNCompleteColumn(), BarColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def draw(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total, description=pace.told(done, total, time.monotonic()))

        yield draw


def _line_at_times(pace: Pace) -> Progress:
    """Return a function that writes a line about progress every half minute."""
    last = time.monotonic()

    def write(done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        told = pace.told(done, total, now)
        if told and now - last >= PLAIN_SECONDS:
            last = now
            click.echo(f"{done} of {total} runs, {told}", err=True)

    return write


# ---------------------------------------------------------------- what is said


def _plan(study: Study, folder: Path, workers: int | None) -> None:
    from experiments.sweeps.plan import plan

    found = plan(study, folder, workers)
    most = study.told.precision.most if study.told.precision else 0
    more = f" to begin with, and up to {most} seeds for precision" if most else ""
    click.echo(f"{shown(study.told.title)}")
    click.echo(f"{found.cells} cells x {found.seeds} seeds = {found.runs} runs{more}")
    if found.present:
        click.echo(f"{found.present} of them are there already, in {shown(folder)}")
    several = count(found.workers, "worker")
    click.echo(f"about {duration(found.seconds)} with {several} ({found.seconds_a_run:.2f} s a run)")
    click.echo(f"about {bytes_in_words(found.memory)} of memory")
    click.echo(f"about {bytes_in_words(found.disk)} on disk, in {shown(folder)}")


def _summarise(done: Sweep, shard: str | None) -> None:
    for remark in done.remarks:
        click.echo(f"Note: {remark}.", err=True)
    failed = done.runs.filter(done.runs["status"] == "failed")
    made = done.runs.height - failed.height
    click.echo(f"{shown(done.study.told.title)}: {made} runs finished, {done.repeated} of them were there already.")
    if failed.height:
        click.echo(f"{failed.height} failed; the first, run {failed['run'][0]}: {shown(failed['message'][0], 300)}")
    _tell_of_precision(done)
    if done.complete and shard is None:
        click.echo(f"The table: {shown(done.folder / 'runs.parquet')}; what it says: ism analyse {shown(done.folder)}")
    elif shard and not done.stopped:
        click.echo(f"Share {shard} is finished; once all are, the same command without --shard makes the table.")


def _tell_of_precision(done: Sweep) -> None:
    wanted = done.study.told.precision
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
