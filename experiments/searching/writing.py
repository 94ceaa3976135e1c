"""What a search leaves behind beside its runs: tables of all settings and of the best, and of several aims a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import polars as pl

from experiments.analysis.tables import as_csv
from experiments.searching.question import Question
from experiments.searching.searching import Point, Search
from experiments.sweeps.store import Store
from experiments.values import finite

POINTS: Final = "points.csv"
BEST: Final = "best.csv"
PAGE: Final = "report.html"


def write(found: Search) -> list[str]:
    """Write what a search found into its folder; return the names of the files. InputError where that cannot be."""
    made = {POINTS: _csv([_row(found.question, point) for point in found.points])}
    if found.best:
        made[BEST] = _csv(list(_best_rows(found)))
    if len(found.question.aims) > 1 and found.best:
        from experiments.searching.page import page

        made[PAGE] = page(found).encode()
    store = Store(found.folder)
    for name in (POINTS, BEST, PAGE):
        store.publish(name, made.get(name))  # what an earlier search made of its best is no longer so
    return list(made)


def _csv(rows: Sequence[dict[str, Any]]) -> bytes:
    return as_csv(pl.DataFrame(rows, infer_schema_length=None))


def _best_rows(found: Search) -> Iterator[dict[str, Any]]:
    """Yield each of the best settings, on the seeds that it was chosen by and on the others."""
    for seeds, points in (("chosen by", found.best), ("others", found.confirmed)):
        for point in points:
            yield {"seeds": seeds} | _row(found.question, point)


def _row(question: Question, point: Point) -> dict[str, Any]:
    levers = zip(question.levers, point.levels, strict=True)
    row: dict[str, Any] = {"setting": point.number}
    row |= {
        lever.name: level.value if isinstance(level.value, int | float) else str(level.value) for lever, level in levers
    }
    for name, each in point.found.items():
        row |= {name: finite(each.mean), f"{name} low": finite(each.low), f"{name} high": finite(each.high)}
    row |= {f"aim {aim.words}": finite(value) for aim, value in zip(question.aims, point.aims, strict=True)}
    return row | {"holds": point.holds, "missed_by": finite(point.lack)}
