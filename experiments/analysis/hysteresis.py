"""Hysteresis: a lever is moved one way and back within a run; does the measure return along the path on which it left?

Which lever, and when, is read from the `set` events of the scenario. Each stretch between two events is represented by
its second half, when members had time to notice. On the way there and on the way back the lever has the same values;
the gap between both is taken seed by seed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from experiments.analysis.intervals import interval
from experiments.analysis.results import Numbers, Results, written
from experiments.statistics import Interval
from experiments.sweeps.factors import varied
from sim.measures import MEASURES
from sim.scenario import Scenario, flat_parameters
from sim.state import TICKS_PER_DAY

if TYPE_CHECKING:
    import polars as pl

FEWEST_STEPS: Final = 3
"""Stretches that a ramp has at least: there, the turn, and back."""
SAME: Final = 1e-9


class Stretch(NamedTuple):
    """Days during which the lever stands still."""

    first_day: int
    end_day: int
    value: float

    @property
    def settled(self) -> range:
        """The days of its second half."""
        return range(self.first_day + (self.end_day - self.first_day) // 2, self.end_day)


class Ramp(NamedTuple):
    """A lever that is moved one way, step by step, and back."""

    levers: tuple[str, ...]
    """Settings that are moved together."""
    there: tuple[Stretch, ...]
    """On the way there; the last stretch is the turn."""
    back: tuple[Stretch, ...]
    """On the way back; the first stretch is the turn."""

    @property
    def shared(self) -> list[tuple[Stretch, Stretch]]:
        """Stretches there and back at which the lever has the same value, but for the turn; in order of values."""
        found = [
            (one, other)
            for one in self.there[:-1]
            for other in self.back[1:]
            if math.isclose(one.value, other.value, rel_tol=SAME, abs_tol=SAME)
        ]
        return sorted(found, key=lambda both: both[0].value)


class Gap(NamedTuple):
    """The measure on the way back, less that on the way there, at one value of the lever."""

    value: float
    found: Interval


class Loop(NamedTuple):
    """What a measure does on the way there and back, in one cell."""

    measure: str
    cell: int
    label: str
    """What the cell is, in words; empty where there is only one."""
    ramp: Ramp
    there: tuple[Interval, ...]
    back: tuple[Interval, ...]
    gaps: tuple[Gap, ...]
    mean_gap: Interval
    """Area between both paths over the range that they share: the gap at a mean value of the lever."""
    area: Interval
    """The same, in units of the measure times units of the lever."""


def loops(results: Results) -> list[Loop]:
    """Return the loop of each measure in each cell whose scenario moves a lever there and back.

    There are none where the study did not record days.
    """
    ramps = dict(_ramps(results))
    days = recorded(results) if ramps else None
    if days is None:
        return []
    wanted = [name for name in results.measures if MEASURES[name].how != "run"]
    found = []
    for cell, ramp in ramps.items():
        tables = _tables(results, days, cell, wanted)
        found += [
            _loop(measure, cell, _label(results, cell), ramp, tables[measure])
            for measure in wanted
            if measure in tables
        ]
    order = {measure: place for place, measure in enumerate(wanted)}
    return sorted(found, key=lambda loop: (order[loop.measure], loop.cell))


def moves_there_and_back(results: Results) -> bool:
    """Say whether the scenario of any cell moves a lever there and back."""
    return any(True for _ in _ramps(results))


def recorded(results: Results) -> pl.DataFrame | None:
    """Return the days of all runs that are there; None where none were recorded."""
    days = results.sweep.days()
    return None if days.is_empty() else days


def _ramps(results: Results) -> Iterator[tuple[int, Ramp]]:
    if not any(event.set for event in results.study.scenario.events):
        return
    for cell in results.cells:
        if (ramp := ramp_of(varied(results.study.scenario, cell.changes))) is not None:
            yield cell.number, ramp


def _label(results: Results, cell: int) -> str:
    if len(results.cells) == 1:
        return ""
    values = zip(results.axes, results.cells[cell].values, strict=True)
    return ", ".join(f"{axis.name} {written(value)}" for axis, value in values if len(axis.values) > 1)


# ---------------------------------------------------------------- the ramp


def ramp_of(scenario: Scenario) -> Ramp | None:
    """Return the lever that the events of a scenario move one way and back; the first of several that move apart."""
    start = flat_parameters(scenario.parameters)
    paths = {name: _path(scenario, name, start[name]) for name in _moved(scenario, start)}
    for path in paths.values():
        turn = _turn(path)
        if turn is None:
            continue
        levers = tuple(name for name, other in paths.items() if other == path)
        ramp = Ramp(levers, path[: turn + 1], path[turn:])
        if ramp.shared:
            return ramp
    return None


def _moved(scenario: Scenario, start: Mapping[str, Any]) -> list[str]:
    """Return the numeric settings that events change, in the order in which they first do."""
    names = dict.fromkeys(name for event in scenario.events for name, _ in event.set)
    return [name for name in names if isinstance(start.get(name), int | float) and not isinstance(start[name], bool)]


def _path(scenario: Scenario, name: str, start: float) -> tuple[Stretch, ...]:
    """Return the stretches of a setting over the whole run, neighbours of one value joined."""
    changes = [(0, float(start))]
    for event in scenario.events:
        changes += [(event.tick, float(value)) for key, value in event.set if key == name]
    turns = [changes[0]]
    for tick, value in changes[1:]:
        if tick == turns[-1][0]:
            turns[-1] = (tick, value)
        elif value != turns[-1][1]:
            turns.append((tick, value))
    ends = [tick for tick, _ in turns[1:]] + [scenario.ticks]
    days = [
        Stretch(-(-tick // TICKS_PER_DAY), end // TICKS_PER_DAY, value)
        for (tick, value), end in zip(turns, ends, strict=True)
    ]
    return tuple(stretch for stretch in days if stretch.end_day > stretch.first_day)


def _turn(path: tuple[Stretch, ...]) -> int | None:
    """Return the place at which a path turns back; None where it never does, or does so more than once."""
    if len(path) < FEWEST_STEPS:
        return None
    signs = np.sign(np.diff([stretch.value for stretch in path]))
    changes = np.flatnonzero(signs[1:] != signs[:-1])
    return int(changes[0]) + 1 if len(changes) == 1 else None


# ---------------------------------------------------------------- the loop


def _tables(results: Results, days: pl.DataFrame, cell: int, wanted: list[str]) -> dict[str, Numbers]:
    """Return each measure of the runs of one cell: float64[seeds, days], NaN where there is none."""
    import polars as pl

    runs = results.sweep.runs.filter((pl.col("cell") == cell) & (pl.col("status") == "done")).sort("seed")["run"]
    mine = days.filter(pl.col("run").is_in(runs.to_list())).join(
        pl.DataFrame({"run": runs, "place": range(len(runs))}), on="run"
    )
    length = int(mine["day"].max() or 0) + 1 if mine.height else 0  # type: ignore[arg-type]
    found = {}
    for name in wanted:
        if name in mine.columns and length:
            table = np.full((len(runs), length), math.nan)
            table[mine["place"].to_numpy(), mine["day"].to_numpy()] = (
                mine[name].cast(float).fill_null(math.nan).to_numpy()
            )
            found[name] = table
    return found


def _loop(measure: str, cell: int, label: str, ramp: Ramp, table: Numbers) -> Loop:
    at = {stretch: _settled(table, stretch) for stretch in (*ramp.there, *ramp.back)}
    gaps = [(one.value, at[other] - at[one]) for one, other in ramp.shared]
    turn = (ramp.back[0].value, np.zeros(len(table)))
    area, reach = _area(sorted([*gaps, turn], key=lambda each: each[0]))
    return Loop(
        measure,
        cell,
        label,
        ramp,
        tuple(interval(at[stretch]) for stretch in ramp.there),
        tuple(interval(at[stretch]) for stretch in ramp.back),
        tuple(Gap(value, interval(gap)) for value, gap in gaps),
        interval(area / reach),
        interval(area),
    )


def _settled(table: Numbers, stretch: Stretch) -> Numbers:
    """Return the mean over the second half of a stretch, for each seed; NaN where no day of it has a value."""
    days = table[:, stretch.settled.start : stretch.settled.stop]
    known = ~np.isnan(days)
    count = known.sum(axis=1)
    return np.where(count > 0, np.where(known, days, 0.0).sum(axis=1) / np.maximum(count, 1), math.nan)


def _area(gaps: list[tuple[float, Numbers]]) -> tuple[Numbers, float]:
    """Return the area between both paths of each seed, and the range of the lever that it is taken over."""
    values = np.array([value for value, _ in gaps])
    table = np.array([gap for _, gap in gaps])
    return np.trapezoid(table, values, axis=0), float(np.ptp(values))
