"""`ism search`: find the setting of some levers that comes nearest to a goal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from experiments import options
from experiments.asking import begin, cost_of
from experiments.cluster import executor_at
from experiments.extras import require
from experiments.measures.typed import wanted_measures
from experiments.progress import announce_compiling, show_progress
from experiments.workers import cores
from sim.errors import shown
from sim.wording import count, significant

if TYPE_CHECKING:
    from experiments.searching.question import Question
    from experiments.searching.searching import Point, Search


MOST_SHOWN: Final = 12
"""Settings of a search with several aims that are shown; all are in its tables."""


@click.command()
@click.argument("file")
@click.option("--out", metavar="DIR", help="The folder of the search; searches/<file> if not given.")
@options.measures
@options.workers
@options.dask
@options.yes("a search that takes long")
def search(
    file: str, out: str | None, measures: Sequence[str], workers: int | None, dask: str | None, yes: bool
) -> None:
    """Search levers for what is wanted: a condition to hold, something to be as little or as much as can be.

    FILE is a .toml file: levers under [factors], and `where`, `minimise` or `maximise` with measures and levers. Of
    several aims, all settings are shown that no other beats in everything. The same command goes on where it stopped.
    """
    require("search", "ism search")
    from experiments.searching.question import read_question
    from experiments.searching.searching import search as searched
    from experiments.searching.writing import write

    wanted = wanted_measures(measures)
    question = read_question(file, wanted.own, wanted.all)
    folder = Path(out) if out else Path("searches") / question.study.name
    if dask is None:
        _begin(question, workers, yes, folder)
    announce_compiling()
    with executor_at(dask) as executor, show_progress("run", logged=True) as progress:
        found = searched(question, folder, workers, progress, executor)
    names = write(found)
    for line in _in_words(found):
        click.echo(line)
    click.echo(f"All settings that were tried: {shown(folder / names[0])}")
    for name in names[2:]:
        click.echo(f"The page: {shown(folder / name)}")
    if found.stopped:
        click.echo(f"Stopped; the same command goes on from there: {shown(folder)}", err=True)
        click.get_current_context().exit(1)


def _begin(question: Question, workers: int | None, yes: bool, folder: Path) -> None:
    """Ask before a search that takes long on this machine."""
    runs = (question.table.trials + 1) * question.table.seeds
    more = " and more" if len(question.aims) > 1 else ""
    cost = cost_of(question.study.scenario).times(runs, workers or cores())
    begin(f"this search of {runs:,} runs{more}", cost, yes, folder)


def _in_words(found: Search) -> Iterator[str]:
    question, tried = found.question, len(found.points)
    yield shown(question.table.title)
    held = sum(point.holds for point in found.points)
    if question.where:
        yield f"{count(tried, 'setting')} tried; in {held} of them, {shown(question.where.text)}"
    if unknown := sum(not point.known for point in found.points):
        yield f"{count(unknown, 'setting')} had no value of what was asked for, and were left out."
    if not found.best:
        if not found.stopped:
            yield "No setting has a value of what was asked for."
    elif len(question.aims) > 1:
        yield from _front(found)
    else:
        yield from _best(found, found.best[0], found.confirmed[0])


def _best(found: Search, best: Point, confirmed: Point) -> Iterator[str]:
    question = found.question
    yield "The best that was found:" if best.holds else NEAREST
    yield from _levers(question, best)
    yield from _measured(question, best)
    yield f"The same on {count(question.table.seeds, 'other seed')}, which it was not chosen by:"
    yield from _measured(question, confirmed)


NEAREST: Final = "None does what is asked; the nearest that was found:"


def _front(found: Search) -> Iterator[str]:
    """Tell of the settings that no other beats in everything, each with the same on other seeds."""
    question = found.question
    yield f"{count(len(found.best), 'setting')} that no other beats in everything" if found.best[0].holds else NEAREST
    yield f"(in brackets, the same on {count(question.table.seeds, 'other seed')}, which they were not chosen by):"
    for best, confirmed in list(zip(found.best, found.confirmed, strict=True))[:MOST_SHOWN]:
        yield f"Setting {best.number}"
        yield from _levers(question, best)
        for aim, here, there in zip(question.aims, best.aims, confirmed.aims, strict=True):
            again = "" if here == there else f" ({significant(there)})"
            yield f"  {shown(aim.words)}: {significant(here)}{again}"
    if len(found.best) > MOST_SHOWN:
        yield f"{len(found.best) - MOST_SHOWN} more stand in best.csv and on the page."


def _levers(question: Question, point: Point) -> Iterator[str]:
    from experiments.searching.question import in_figures

    for lever, level in zip(question.levers, point.levels, strict=True):
        yield f"  {shown(lever.name)} = {in_figures(level)}"


def _measured(question: Question, point: Point) -> Iterator[str]:
    for name, found in point.found.items():
        interval = f" [{significant(found.low)}, {significant(found.high)}]" if found.runs > 1 else ""
        yield f"  {name}: {significant(found.mean)}{interval}"
    for aim, value in zip(question.aims, point.aims, strict=True):
        if aim.words not in point.found:
            yield f"  {shown(aim.words)}: {significant(value)}"
    if question.where:
        yield f"  {shown(question.where.text)}: {'holds' if point.holds else 'does not hold'}"
