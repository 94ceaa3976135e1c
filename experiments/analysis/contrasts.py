"""Contrasts: every cell against the first, in designs that do not cross their factors; paired by seed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from experiments.analysis.effects import Effect, difference, unpaired_half_width
from experiments.analysis.intervals import interval
from experiments.analysis.results import Results
from experiments.statistics import paired

FEW: Final = 12
"""Points up to which each of them counts for the short answer."""


def contrasts(results: Results) -> list[Effect]:
    """Return what each cell does to each measure, against the first one; nothing where cells are sampled."""
    if not results.listed or results.factorial:
        return []
    named = list(_named(results))
    return [_contrast(results, measure, *names) for measure in results.measures for names in named]


def _named(results: Results) -> Iterator[tuple[int, str, str, str, bool]]:
    """Yield each cell but the first: its number, what is moved in it, from where, to where, whether it is the last."""
    if results.study.table.design == "points":
        for cell in results.cells[1:]:
            yield cell.number, "the point", "0", str(cell.number), len(results.cells) <= FEW
        return
    base = results.cells[0].levels
    for cell in results.cells[1:]:
        place = next(n for n, level in enumerate(cell.levels) if level is not base[n])
        axis = results.axes[place]
        level = axis.values.index(cell.levels[place].value)
        yield cell.number, axis.name, axis.texts[0], axis.texts[level], level == len(axis.values) - 1


def _contrast(results: Results, measure: str, cell: int, name: str, start: str, end: str, whole: bool) -> Effect:
    before, after = results.values[measure][0], results.values[measure][cell]
    return Effect(
        measure,
        name,
        start,
        end,
        interval(difference(before, after)),
        unpaired_half_width(before, after),
        paired(before.tolist(), after.tolist()).p,
        whole,
        averaged=False,
    )
