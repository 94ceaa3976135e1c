"""Progress on the terminal: one bar for all that takes long. Where nobody is watching, it is quiet."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import click

from experiments.asking import duration

LOG_SECONDS: Final = 30.0
"""How often a log gets a line, where progress is logged."""


class Progress:
    """How far some work is; this one says nothing."""

    def __call__(self, done: int, total: int, what: str | None = None) -> None:
        """Say that `done` of `total` pieces are finished, and, with `what`, which part of the work this is."""

    def say(self, line: str) -> None:
        """Say something that is worth reading later, too."""


QUIET: Final = Progress()


@contextmanager
def show_progress(unit: str, what: str = "", logged: bool = False) -> Iterator[Progress]:
    """Give something to call with each finished piece of work, until the work ends or is interrupted.

    Where someone is watching, it draws a bar with the pace and the time left. Elsewhere it is quiet, unless it is to be
    `logged`, as for a job on a cluster: a line at times. `unit` is what one piece is called, such as day or run.
    """
    if not sys.stderr.isatty():
        yield _Log(unit) if logged else QUIET
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), MofNCompleteColumn(), BarColumn(), TextColumn("{task.fields[pace]}"))
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        yield _Bar(bars, unit, what or unit)


@contextmanager
def show_stage(what: str) -> Iterator[None]:
    """Say what is being done while it cannot be counted, where someone is watching."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(f"{what} ..."):
        yield


def announce_compiling() -> None:
    """Say that the model is compiled first, where that is to come."""
    from sim.compiled import needs_compiling

    if needs_compiling():
        click.echo("Compiling the model once, about half a minute ...", err=True)


SETTLED_SECONDS: Final = 2.0
"""After how long a pace is shown: before, it would be another one at every look."""
LONG_SECONDS: Final = 10.0
"""From how long on the first pieces took long because of what they are, and not because workers had to begin."""


class Pace:
    """How fast pieces have been finished since a part of the work began, and how long its others will take."""

    def __init__(self, unit: str) -> None:
        self._unit = unit
        self._first = (0.0, 0)
        self._last: int | None = None
        self._begun = False

    def describe(self, done: int, total: int, now: float) -> str:
        """Return the pace in words, `31.0 runs a second, 2 min left`; nothing while it is not known.

        The first pieces come in after workers have begun, which takes as long as many pieces: the clock starts with
        them, unless they took long themselves. Nothing is said until it has run for a while.
        """
        if self._last is None or done < self._last:  # fewer than before: another part of the work has begun
            self._first, self._begun = (now, done), False
        self._last = done
        since, before = self._first
        if done > before and not self._begun:
            self._begun = True
            if now - since < LONG_SECONDS:
                self._first = since, before = now, done
        if done <= before or now - since < SETTLED_SECONDS:
            return ""
        rate = (done - before) / (now - since)
        left = duration((total - done) / rate) if done < total else "0 s"
        return f"{describe_speed(rate, self._unit)}, {left} left"


def describe_speed(rate: float, unit: str) -> str:
    """Return pieces a second in words, or seconds a piece where that says more."""
    return f"{rate:.1f} {unit}s a second" if rate >= 0.5 else f"{duration(1.0 / rate)} a {unit}"


class _Bar(Progress):
    """A bar on the terminal."""

    def __init__(self, bars: Any, unit: str, what: str) -> None:
        self._bars, self._pace = bars, Pace(unit)
        self._task = bars.add_task(what, total=None, pace="")

    def __call__(self, done: int, total: int, what: str | None = None) -> None:
        pace = self._pace.describe(done, total, time.monotonic())
        self._bars.update(self._task, completed=done, total=total, pace=pace, description=what)

    def say(self, line: str) -> None:
        self._bars.console.print(line, markup=False, highlight=False)


class _Log(Progress):
    """Lines in a log, at most one each half minute."""

    def __init__(self, unit: str) -> None:
        self._unit, self._pace, self._last = unit, Pace(unit), time.monotonic()

    def __call__(self, done: int, total: int, what: str | None = None) -> None:
        now = time.monotonic()
        pace = self._pace.describe(done, total, now)
        if pace and now - self._last >= LOG_SECONDS:
            self._last = now
            click.echo(f"{done} of {total} {what or self._unit + 's'}, {pace}", err=True)

    def say(self, line: str) -> None:
        click.echo(line, err=True)
