"""Hysteresis: a lever is moved one way and back within a run; does the measure return along the path on which it left?

Which lever, and when, is read from the `set` events of the scenario. Each stretch between two events is represented by
its second half, when members had time to notice. On the way there and on the way back the lever has the same values;
the gap between both is taken seed by seed.

A gap has other causes, too. What time alone does is shown by a cell in which the lever stands still: the difference
between the same days there is taken off, seed by seed. What is only a lag is shown by a cell in which the lever moves
more slowly: a lag narrows. Such cells differ in one factor; a study that has none of them leaves the question open.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from experiments.analysis.intervals import excludes_zero, interval
from experiments.analysis.results import Numbers, Results, written
from experiments.measures import scoped
from experiments.statistics import Interval
from experiments.sweeps.factors import varied
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
        return range(self.first_day + self.days // 2, self.end_day)

    @property
    def days(self) -> int:
        """How long it is."""
        return self.end_day - self.first_day


class Ramp(NamedTuple):
    """A lever that is moved one way, step by step, and back."""

    levers: tuple[str, ...]
    """Settings that are moved together."""
    there: tuple[Stretch, ...]
    """On the way there; the last stretch is the turn."""
    back: tuple[Stretch, ...]
    """On the way back; the first stretch is the turn."""

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        """All of them, the turn once."""
        return (*self.there, *self.back[1:])

    @property
    def days(self) -> int:
        """How long it takes."""
        return self.stretches[-1].end_day

    def slows(self, other: Ramp) -> bool:
        """Whether this is the other ramp at a slower pace: the same values, none for fewer days."""
        pairs = list(zip(self.stretches, other.stretches, strict=False))
        same = len(self.stretches) == len(other.stretches) and all(_alike(one.value, two.value) for one, two in pairs)
        no_faster = all(one.days >= two.days for one, two in pairs)
        return self.levers == other.levers and same and no_faster and self.days > other.days

    @property
    def shared(self) -> list[tuple[Stretch, Stretch]]:
        """Stretches there and back at which the lever has the same value, but for the turn; in order of values."""
        found = [(one, other) for one in self.there[:-1] for other in self.back[1:] if _alike(one.value, other.value)]
        return sorted(found, key=lambda both: both[0].value)


class Gap(NamedTuple):
    """The measure on the way back, less that on the way there, at one value of the lever."""

    value: float
    found: Interval


class Rest(NamedTuple):
    """The same days on the same luck, in a cell where the lever stands still: what time alone does."""

    cell: int
    there: tuple[Interval, ...]
    back: tuple[Interval, ...]
    gaps: tuple[Gap, ...]
    mean_gap: Interval
    beyond: Interval
    """The mean gap of the loop, less this one, seed by seed."""


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
    rest: Rest | None = None
    """What time alone does; None where no cell shows it."""
    slower: Loop | None = None
    """The same at a slower pace; None where no cell shows it."""
    change: Interval | None = None
    """By how much the gap differs at the slower pace, what time does taken off both, seed by seed."""

    @property
    def left(self) -> Interval:
        """The mean gap, less what time alone does where that is known."""
        return self.rest.beyond if self.rest else self.mean_gap

    @property
    def stays(self) -> bool:
        """Whether the gap is there beyond what time does, and still there, on the same side, at a slower pace."""
        slow = self.slower.left if self.slower else None
        return bool(
            self.rest and slow and excludes_zero(self.left) and excludes_zero(slow) and self.left.mean * slow.mean > 0.0
        )

    @property
    def comparisons(self) -> list[Interval]:
        """All differences that are reported of it."""
        own = [*(gap.found for gap in self.gaps), self.mean_gap]
        own += [self.rest.beyond] if self.rest else []
        own += [self.change] if self.change else []
        return own + (self.slower.comparisons if self.slower else [])


def loops(results: Results) -> list[Loop]:
    """Return the loop of each measure in each cell whose scenario moves a lever there and back.

    A cell in which a lever moves like in another, but more slowly, is part of the other's loop. There are no loops
    where the study did not record days.
    """
    ramps = dict(_ramps(results))
    days = recorded(results) if ramps else None
    if days is None:
        return []
    wanted = [name for name in results.measures if _by_day(results, name) and name in days.columns]
    tables = cache(lambda cell: _tables(results, days, cell, wanted))
    slower = {cell: _slower(results, ramps, cell) for cell in ramps}
    return [
        _with_slower(results, tables, measure, ramps, cell, slower[cell])
        for measure in wanted
        for cell in ramps
        if cell not in slower.values()
    ]


def _by_day(results: Results, name: str) -> bool:
    return results.study.catalogue[name].how != "run" and scoped(name)[1].days is None


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


def _alike(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=SAME, abs_tol=SAME)


def _label(results: Results, cell: int) -> str:
    if len(results.cells) == 1:
        return ""
    values = zip(results.axes, results.cells[cell].values, strict=True)
    return ", ".join(f"{axis.name} {written(value)}" for axis, value in values if len(axis.values) > 1)


# ---------------------------------------------------------------- cells to compare with


def _beside(results: Results, cell: int) -> Iterator[int]:
    """Yield the cells that differ from this one in one factor."""
    mine = results.cells[cell].values
    for other in results.cells:
        if sum(a != b for a, b in zip(mine, other.values, strict=True)) == 1:
            yield other.number


def _slower(results: Results, ramps: Mapping[int, Ramp], cell: int) -> int | None:
    """Return the cell beside this one in which the same ramp takes longest."""
    found = [other for other in _beside(results, cell) if other in ramps and ramps[other].slows(ramps[cell])]
    return max(found, key=lambda other: ramps[other].days, default=None)


def _at_rest(results: Results, ramp: Ramp, cell: int) -> int | None:
    """Return the cell beside this one in which the lever stays, for as long, where the ramp begins."""
    for other in _beside(results, cell):
        world = varied(results.study.scenario, results.cells[other].changes)
        if world.parameters.days >= ramp.days and all(
            _stays(world, lever, ramp.there[0].value) for lever in ramp.levers
        ):
            return other
    return None


def _stays(scenario: Scenario, lever: str, value: float) -> bool:
    path = _path(scenario, lever, flat_parameters(scenario.parameters)[lever])
    return len(path) == 1 and _alike(path[0].value, value)


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
    changes = {0: float(start)}
    for event in scenario.events:
        if (value := dict(event.set).get(name)) is not None:
            changes[event.tick] = float(value)  # of several in one hour, the last decides
    turns: list[tuple[int, float]] = []
    for tick, value in changes.items():
        if not turns or value != turns[-1][1]:
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


Tables = Callable[[int], dict[str, Numbers]]
"""From a cell to each measure of its runs: float64[seeds, days], NaN where there is none."""


def _tables(results: Results, days: pl.DataFrame, cell: int, wanted: list[str]) -> dict[str, Numbers]:
    import polars as pl

    runs = results.sweep.runs.filter((pl.col("cell") == cell) & (pl.col("status") == "done"))
    places = [results.seeds.index(seed) for seed in runs["seed"].to_list()]
    mine = days.join(pl.DataFrame({"run": runs["run"], "place": pl.Series(places, dtype=pl.Int64)}), on="run")
    length = int(mine["day"].max() or 0) + 1 if mine.height else 0  # type: ignore[arg-type]
    found = {name: np.full((len(results.seeds), length), math.nan) for name in wanted}
    for name, table in found.items():
        table[mine["place"].to_numpy(), mine["day"].to_numpy()] = mine[name].cast(float).fill_null(math.nan).to_numpy()
    return found


class _Walk(NamedTuple):
    """A measure along a ramp, seed by seed."""

    at: dict[Stretch, Numbers]
    gaps: list[tuple[float, Numbers]]
    area: Numbers
    reach: float

    @property
    def mean_gap(self) -> Numbers:
        return self.area / self.reach


def _walk(ramp: Ramp, table: Numbers) -> _Walk:
    at = {stretch: _settled(table, stretch) for stretch in ramp.stretches}
    gaps = [(one.value, at[other] - at[one]) for one, other in ramp.shared]
    turn = (ramp.back[0].value, np.zeros(len(table)))
    return _Walk(at, gaps, *_area(sorted([*gaps, turn], key=lambda each: each[0])))


def mean_gap(ramp: Ramp, table: Numbers) -> Numbers:
    """Return the gap between the way back and that there, mean over values: float64[runs, days] -> float64[runs]."""
    return _walk(ramp, table).mean_gap


def _with_slower(
    results: Results, tables: Tables, measure: str, ramps: Mapping[int, Ramp], cell: int, slower: int | None
) -> Loop:
    """Return a loop with that of a slower pace beside it."""
    loop, left = _loop(results, tables, measure, ramps[cell], cell)
    if slower is None:
        return loop
    slow, slow_left = _loop(results, tables, measure, ramps[slower], slower)
    return loop._replace(slower=slow, change=interval(slow_left - left))


def _loop(results: Results, tables: Tables, measure: str, ramp: Ramp, cell: int) -> tuple[Loop, Numbers]:
    """Return a loop with what time alone does; and seed by seed the mean gap less that."""
    walk, rest, left = _walk(ramp, tables(cell)[measure]), None, None
    idle_cell = _at_rest(results, ramp, cell)
    if idle_cell is not None:
        idle = _walk(ramp, tables(idle_cell)[measure])
        left = walk.mean_gap - idle.mean_gap
        rest = Rest(idle_cell, *_describe(ramp, idle), interval(left))
    loop = Loop(measure, cell, _label(results, cell), ramp, *_describe(ramp, walk), interval(walk.area), rest)
    return loop, walk.mean_gap if left is None else left


def _describe(ramp: Ramp, walk: _Walk) -> tuple[tuple[Interval, ...], tuple[Interval, ...], tuple[Gap, ...], Interval]:
    """Return the means there and back, the gaps, and the mean gap, each with its interval."""
    return (
        tuple(interval(walk.at[stretch]) for stretch in ramp.there),
        tuple(interval(walk.at[stretch]) for stretch in ramp.back),
        tuple(Gap(value, interval(gap)) for value, gap in walk.gaps),
        interval(walk.mean_gap),
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
