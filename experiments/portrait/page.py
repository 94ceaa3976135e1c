"""The page of a portrait: what was measured, chapter by chapter, in one HTML file that loads nothing from anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from experiments.figures.chart import Chart
from experiments.figures.style import Table
from experiments.portrait.beside import facts_of, in_words
from experiments.portrait.charts import charts
from experiments.portrait.measuring import CHAPTERS
from experiments.portrait.portrait import Portrait, digest_of
from experiments.portrait.statistic import Declared, Statistic
from experiments.report.page import rendered
from experiments.statistics import Interval
from sim.errors import shown
from sim.origin import version
from sim.wording import NONE, count, significant

HERE: Final = Path(__file__).resolve().parent
MOST_ROWS: Final = 200
"""Rows of the table of groups; groups.csv has all."""
LEADS: Final = {
    "Who writes": "Most people in most arenas only read. How many write, and how much, says how far voice reaches.",
    "Inequality": "A few write most of what is written, everywhere. How few, differs.",
    "Threads": "A post that nobody answers is a voice that nobody heard.",
    "Latency": "Whether an answer comes soon decides whether it still matters to the one who asked.",
    "Reciprocity": "Who is answered and answers back is in a conversation; who is only answered is being served.",
    "Rank and distance": "Whether people answer upwards, and across departments, is what the hierarchy lets through.",
    "Leaders' answers": "Those who watch learn from how leaders answer, and from whether they do.",
    "Rhythm": "An arena that sleeps for weeks is another one than one that lives every day.",
}


class Chapter(NamedTuple):
    """One part of the page."""

    title: str
    lead: str
    table: Table
    charts: list[Chart]

    @property
    def name(self) -> str:
        """What the part is called in addresses."""
        return "".join(sign for sign in self.title.casefold().replace(" ", "-") if sign.isalnum() or sign == "-")


def page(portrait: Portrait) -> str:
    """Return a portrait as HTML."""
    parts = list(_chapters(portrait))
    drawn = [chart for part in parts for chart in part.charts]
    left_out = sorted(portrait.sketch.left_out.items())
    return rendered(
        HERE,
        drawn,
        what=_what(portrait),
        notices=[shown(remark, 600) for remark in portrait.sketch.remarks],
        left_out=[(count(number, "message"), reason) for reason, number in left_out],
        chapters=parts,
        unmeasured=list(_unmeasured(portrait)),
        groups=_groups(portrait),
        groups_cut=portrait.groups.height > MOST_ROWS,
        facts=list(_facts(portrait)),
        made=list(_made(portrait)),
        pseudonymous=portrait.pseudonymous,
    )


def _what(portrait: Portrait) -> str:
    sketch = portrait.sketch
    people = "members of the organisation" if sketch.arena.organization is not None else "people"
    window = f"from {sketch.window.first} to {sketch.window.last}"
    return f"{count(len(sketch.arena), 'message')} by {sketch.arena.members:,} {people}, {window}."


def _chapters(portrait: Portrait) -> Iterator[Chapter]:
    drawn = charts(portrait)
    for title, module in CHAPTERS.items():
        rows = [_row(portrait, each) for each in module.STATISTICS if portrait.statistics[each.name].found.runs]
        if rows:
            columns = ["", "here", "the model", "known from elsewhere"]
            yield Chapter(title, LEADS[title], Table(columns, rows), drawn.get(title, []))


def _row(portrait: Portrait, declared: Declared) -> list[str]:
    model = portrait.model.statistics[declared.name] if portrait.model else None
    known = in_words(declared, portrait.sketch.arena.direct) or NONE
    named = f"{declared.meaning} ({declared.unit})"
    return [named, _value(portrait.statistics[declared.name]), _value(model), known]


def _value(statistic: Statistic | None) -> str:
    return NONE if statistic is None else interval(statistic.found)


def interval(found: Interval) -> str:
    """Return a mean with its interval, where more than one stretch or run gives one."""
    if found.runs < 2:
        return significant(found.mean)
    return f"{significant(found.mean)} ({significant(found.low)} to {significant(found.high)})"


def _unmeasured(portrait: Portrait) -> Iterator[str]:
    """Yield what this export does not show."""
    for statistic in portrait.statistics.values():
        if not statistic.found.runs:
            yield f"{statistic.declared.meaning} ({statistic.declared.name})"


def _groups(portrait: Portrait) -> Table:
    table = portrait.groups.head(MOST_ROWS)
    rows = [
        [shown(group, 80), f"{members:,}", *(NONE if value is None else significant(value) for value in values)]
        for group, members, *values in table.iter_rows()
    ]
    return Table([name.replace("_", " ") for name in table.columns], rows)


def _facts(portrait: Portrait) -> Iterator[tuple[str, str]]:
    """Yield what each fact beside a statistic measures."""
    parts = {
        part.id: f"{part.what}: {part.range}"
        for each in portrait.statistics.values()
        if each.found.runs
        for part in facts_of(each.declared, portrait.sketch.arena.direct)
    }
    yield from sorted(parts.items())


def _made(portrait: Portrait) -> Iterator[tuple[str, str]]:
    sketch, model = portrait.sketch, portrait.model
    yield "Read", shown(", ".join(portrait.read), 400)
    yield "Kind", portrait.kind
    yield "Time zone", shown(portrait.zone, 60)
    yield "Workday", f"eight hours from {sketch.window.opens:g} o'clock, Monday to Friday"
    stretches = len(list(sketch.arena.quarters()))
    yield "Measured", f"{count(sketch.arena.days, 'workday')} in {count(stretches, 'stretch')} of equal length"
    if model is not None:
        seeds = count(len(model.seeds), "seed")
        yield "The model", f"{shown(model.scenario.name, 80)}, {model.scenario.parameters.days} workdays, {seeds}"
    yield "Digest", digest_of(portrait)
    yield "Made by", f"version {version()}"
