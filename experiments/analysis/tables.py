"""What an analysis says as tables, for CSV files and for the page."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from experiments.analysis.analysis import QUANTILES, Analysis
from experiments.analysis.hysteresis import Loop
from experiments.analysis.intervals import MOST_SEEDS, excludes_zero
from experiments.analysis.phases import WORDS
from experiments.statistics import Interval
from sim.spreadsheet import FORMULA, defused

if TYPE_CHECKING:
    import polars as pl

Row = dict[str, Any]


def tables(analysis: Analysis) -> dict[str, pl.DataFrame]:
    """Return all tables that have rows, by name."""
    import polars as pl

    listed = {
        "cells": _cells(analysis),
        "effects": _effects(analysis),
        "interactions": _interactions(analysis),
        "simple_effects": _simple(analysis),
        "shares": _shares(analysis),
        "luck": _luck(analysis),
        "sensitivity": _sensitivity(analysis),
        "convergence": [_finite(step._asdict()) for step in analysis.sensitivity.convergence],
        "ranking": [
            {"measure": one.measure, "factor": one.factor, "index": one.kind, **_interval(one.found)}
            for one in analysis.ranks
        ],
        "tipping_points": _tipping(analysis),
        "there_and_back": _loops(analysis),
        "phases": _phases(analysis),
        "undecided": _undecided(analysis),
        "failed": analysis.results.failed.select("run", "cell", "seed", "stage", "message").to_dicts(),
    }
    return {name: pl.DataFrame(rows, infer_schema_length=None) for name, rows in listed.items() if rows}


def as_csv(table: pl.DataFrame) -> bytes:
    """Return a table as CSV in which no text is a formula to a spreadsheet."""
    import polars as pl

    texts = pl.col(pl.String).str.replace(f"^({FORMULA})", "'${1}")
    return table.with_columns(texts).select(pl.all().name.map(defused)).write_csv().encode()


def _interval(found: Interval, name: str = "mean") -> Row:
    return _finite({name: found.mean, "low": found.low, "high": found.high}) | {"runs": found.runs}


def _finite(row: Row) -> Row:
    """Return a row with nothing where there is no number."""
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value for name, value in row.items()
    }


def _levels(analysis: Analysis, cell: int) -> Row:
    values = analysis.results.cells[cell].values
    names = [axis.factor.name for axis in analysis.results.axes]
    return {f"factor {name}": _plain(value) for name, value in zip(names, values, strict=True)}


def _plain(value: Any) -> Any:
    return value if isinstance(value, bool | int | float | str) else str(value)


def _cells(analysis: Analysis) -> list[Row]:
    names = [f"q{100 * q:02.0f}" for q in QUANTILES]
    return [
        {"measure": one.measure, "cell": one.cell, **_levels(analysis, one.cell), **_interval(one.found)}
        | _finite({"deviation": one.deviation, **dict(zip(names, one.quantiles, strict=True))})
        | _finite({"between_groups": one.between_groups})
        | {"two_groups": one.two_groups}
        for one in analysis.summaries
    ]


def _effects(analysis: Analysis) -> list[Row]:
    return [
        {"measure": one.measure, "factor": one.factor, "from": one.start, "to": one.end}
        | _interval(one.found, "effect")
        | {"decided": excludes_zero(one.found), "stands_among_all": stands}
        | _finite({"half_width_if_unpaired": one.unpaired})
        for one, stands in zip(analysis.effects, analysis.stands, strict=True)
    ]


def _interactions(analysis: Analysis) -> list[Row]:
    return [
        {"measure": one.measure, "factor": one.factor, "with": one.other, "from": one.start, "to": one.end}
        | _interval(one.found, "interaction")
        | {"decided": excludes_zero(one.found)}
        for one in analysis.interactions
    ]


def _simple(analysis: Analysis) -> list[Row]:
    return [
        {"measure": each.measure, "factor": each.factor, "at": each.other, "level": each.level}
        | _interval(each.found, "effect")
        | {"decided": excludes_zero(each.found), "sign_reverses": turn.reversed}
        for turn in analysis.reversals
        for each in turn.simple
    ]


def _shares(analysis: Analysis) -> list[Row]:
    return [
        {"measure": one.measure, "factor": one.factor}
        | _finite({"first": one.first.mean, "first_low": one.first.low, "first_high": one.first.high})
        | _finite({"total": one.total.mean, "total_low": one.total.low, "total_high": one.total.high})
        for one in analysis.influences
    ]


def _luck(analysis: Analysis) -> list[Row]:
    return [_finite(one._asdict()) | _finite({"within_cells": one.within}) for one in analysis.noise]


def _sensitivity(analysis: Analysis) -> list[Row]:
    return [
        {"measure": one.measure, "factor": one.factor, "index": one.kind}
        | _interval(one.found, "value")
        | _finite({"first_half_of_seeds": one.halves[0], "second_half_of_seeds": one.halves[1]})
        for one in analysis.sensitivity.indices
    ]


def _tipping(analysis: Analysis) -> list[Row]:
    return [
        {"measure": one.measure, "factor": one.factor, "from": one.start, "to": one.end, **_interval(one.step, "step")}
        | _finite({"steeper": one.steeper.mean, "steeper_low": one.steeper.low, "steeper_high": one.steeper.high})
        | _finite({"middle": one.fit.middle.mean if one.fit else None, "width": one.fit.width if one.fit else None})
        | {"tips": one.tips, "seeds_differ_most_at": one.loudest}
        for one in analysis.tipping
    ]


def _loops(analysis: Analysis) -> list[Row]:
    everything = [each for loop in analysis.loops for each in (loop, loop.slower) if each]
    return [row for loop in everything for row in _loop(loop)]


def _loop(loop: Loop) -> Iterator[Row]:
    """Yield the gap at each value of the lever, and on average; each with that of the same days at rest."""
    rest, lever = loop.rest, " and ".join(loop.ramp.levers)
    at_rest = [*(gap.found for gap in rest.gaps), rest.mean_gap] if rest else [None] * (len(loop.gaps) + 1)
    moved = [*((gap.value, gap.found) for gap in loop.gaps), (None, loop.mean_gap)]
    for (value, found), idle in zip(moved, at_rest, strict=True):
        whole = value is None
        yield (
            {"measure": loop.measure, "cell": loop.cell, "lever": lever, "days": loop.ramp.days, "at": value}
            | _interval(found, "back_less_there")
            | {"decided": excludes_zero(found), "at_rest": idle.mean if idle else None}
            | _bounds("less_at_rest", rest.beyond if rest and whole else None)
            | {"slower_cell": loop.slower.cell if loop.slower else None}
            | _bounds("change_at_slower_pace", loop.change if whole else None)
        )


def _bounds(name: str, found: Interval | None) -> Row:
    """Return a mean and its interval in columns of that name; empty where there is none."""
    values = (None, None, None) if found is None else (found.mean, found.low, found.high)
    return _finite(dict(zip((name, f"{name}_low", f"{name}_high"), values, strict=True)))


def _phases(analysis: Analysis) -> list[Row]:
    rows = []
    for cell, phase in enumerate(analysis.phases):
        for kind, word in enumerate(WORDS):
            low, high = phase.bounds(kind)
            at = {
                "cell": cell,
                **_levels(analysis, cell),
                "type": word,
                "runs": phase.runs,
                "of_this_type": phase.counts[kind],
            }
            rows.append(at | _finite({"share": phase.share(kind), "low": low, "high": high}))
    return rows


def _undecided(analysis: Analysis) -> list[Row]:
    return [
        {"measure": one.measure, "comparison": one.what, **_interval(one.found, "effect")}
        | {"seeds_to_decide": int(one.seeds) if one.seeds <= MOST_SEEDS else None}
        for one in analysis.undecided
    ]
