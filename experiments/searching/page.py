"""The page of a search with several aims: the settings that no other beats in everything, in one HTML file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from experiments.figures.chart import Chart, chart_of
from experiments.figures.style import Table, figure, label
from experiments.portrait.page import Chapter
from experiments.report.page import rendered
from experiments.searching.question import Aim, in_figures
from experiments.searching.searching import Point, Search
from sim.errors import shown
from sim.lexicon import BLUE, GREY, ORANGE
from sim.origin import version
from sim.wording import count, significant

HERE: Final = Path(__file__).resolve().parent
LEAD: Final = (
    "No other setting that was tried is better in one aim and as good in all others: which of these is best is for "
    "you to say. In brackets stands the same on other seeds, which they were not chosen by; believe that."
)


def page(found: Search) -> str:
    """Return a search as HTML."""
    question = found.question
    chapter = Chapter("What can be had together", LEAD, _table(found), list(_charts(found)))
    what = f"{count(len(found.points), 'setting')} tried, {len(found.best)} of which no other beats in everything."
    return rendered(
        HERE,
        chapter.charts,
        heading=shown(question.table.title, 300),
        what=what,
        notices=[shown(question.table.question, 600)] if question.table.question else [],
        chapters=[chapter],
        made=list(_made(found)),
    )


def in_words(aim: Aim) -> str:
    """Return an aim with which way is better."""
    return f"{shown(aim.words, 80)} ({'less' if aim.sign > 0.0 else 'more'} is better)"


def _table(found: Search) -> Table:
    """Return a row a setting: its aims, and the levers that are no aim themselves."""
    question = found.question
    aims = {aim.words for aim in question.aims}
    rest = [n for n, lever in enumerate(question.levers) if lever.name not in aims]
    columns = ["setting", *map(in_words, question.aims), *(shown(question.levers[n].name, 80) for n in rest)]
    rows = [
        [str(one.number), *_aims(one, other), *(in_figures(one.levels[n]) for n in rest)]
        for one, other in zip(found.best, found.confirmed, strict=True)
    ]
    return Table(columns, rows)


def _aims(one: Point, other: Point) -> Iterator[str]:
    for here, there in zip(one.aims, other.aims, strict=True):
        yield significant(here) if here == there else f"{significant(here)} ({significant(there)})"


def _charts(found: Search) -> Iterator[Chart]:
    """Yield a figure of the first aim against each of the others."""
    for place, aim in enumerate(found.question.aims[1:], 1):
        yield _chart(found, place, aim)


def _chart(found: Search, place: int, aim: Aim) -> Chart:
    first = found.question.aims[0]
    drawn = figure(f"{shown(first.words, 80)} and {shown(aim.words, 80)}", label(first.words), label(aim.words), 420)
    rest = [point for point in found.points if point.known and point.holds and point not in found.best]
    for points, name, colour, signs in (
        (rest, "others that were tried", GREY, "circle"),
        (found.best, "none other beats them", BLUE, "circle"),
        (found.confirmed, "the same on other seeds", ORANGE, "circle-open"),
    ):
        drawn.add_scatter(
            x=[point.aims[0] for point in points], y=[point.aims[place] for point in points], name=name,
            mode="markers", marker={"color": colour, "symbol": signs, "size": 6 if points is rest else 10},
            customdata=[point.number for point in points],
            hovertemplate="setting %{customdata}: %{x:.3g}, %{y:.3g}<extra></extra>",
        )  # fmt: skip
    says = f"{in_words(first)}, against {in_words(aim)}."
    how = "A setting is beaten where another lies on its better side in both, and in all further aims."
    return chart_of(f"front-{place}", drawn, says, how, _table(found))


def _made(found: Search) -> Iterator[tuple[str, str]]:
    question = found.question
    yield "Scenario", f"{shown(question.study.scenario.name, 80)}"
    yield "Levers", str(len(question.levers))
    yield "Condition", shown(question.where.text, 200) if question.where else "none"
    yield "Seeds", f"1 to {question.table.seeds}; others, {question.table.seeds + 1} to {2 * question.table.seeds}"
    yield "Made by", f"version {version()}"
