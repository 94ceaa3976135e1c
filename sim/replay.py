"""Replay: a run gone through hour by hour, checked by running it again, or continued from any day with a change.

To replay is to run again: what happens follows from scenario, organisation and seed alone. A continuation is a scenario
of its own, the one it comes from with one more event, so it can be saved, replayed and continued like any other run.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final, NamedTuple

import numpy as np

from sim.engine import Behaviour, Engine
from sim.errors import InputError, as_typed
from sim.record import TABLES, Run, values_digest
from sim.scenario import Event, Scenario
from sim.state import TICKS_PER_DAY, Clock
from sim.terms import Kind, Response

AnyRun = Run | str | os.PathLike[str]
Change = Scenario | Event | Mapping[str, Any] | Sequence[Any]
"""Settings by dotted name, an event (an Event, or a table as a scenario file has it), several of these, a Scenario."""

HAPPENINGS: Final = frozenset(("set", "announce", "issue", "post", "respond", "campaign"))
"""The keys by which the table of an event is known."""


# ---------------------------------------------------------------- a world with a change


def altered(scenario: Scenario, change: Change, day: float | None = None) -> Scenario:
    """Return a scenario with a change: settings by dotted name, events, or several of these; a Scenario is itself.

    Settings hold from the start, or, with `day`, from the start of that day on; `day` is also that of events which
    name none. Raises InputError where something of it cannot be.
    """
    if isinstance(change, Scenario):
        if day is not None:
            raise InputError(
                "a whole scenario differs from its start on: give settings or events to change from a day on"
            )
        return change
    if isinstance(change, Event):
        return scenario.with_events(change)
    if isinstance(change, Mapping):
        return _with_table(scenario, change, day)
    if isinstance(change, Sequence) and not isinstance(change, str | bytes):
        for part in change:
            scenario = altered(scenario, part, day)
        return scenario
    raise InputError(f"change = {as_typed(change)} is no change: give settings by dotted name, an event, or a Scenario")


def _with_table(scenario: Scenario, change: Mapping[str, Any], day: float | None) -> Scenario:
    """Return a scenario with what one mapping says: an event as files have it, or settings."""
    if HAPPENINGS & change.keys():
        return scenario.with_events(change if "day" in change or day is None else {"day": day, **change})
    if not change:
        return scenario
    return scenario.with_(change) if day is None else scenario.with_events({"day": day, "set": dict(change)})


# ---------------------------------------------------------------- going on with a change


def fork(
    run: AnyRun,
    day: float,
    change: Change = (),
    until: int | None = None,
    behaviours: Mapping[int, Behaviour] | None = None,
    progress: Callable[[int, int], object] | None = None,
) -> Run:
    """Continue a run from the start of a day with a change, to the scenario's end or to `until` workdays.

    `day` counts from 0; settings and events act at its start, what somebody says or does in an event at the end of its
    first hour. The result is the run of a scenario with one more event: the same, to the last bit, as that scenario run
    from its beginning. `run` is a Run or its folder. Raises InputError where the day or the change cannot be.
    """
    run = run if isinstance(run, Run) else Run.load(run)
    if isinstance(change, Scenario):
        raise InputError("a run goes on in its own scenario: give the settings or events that change")
    scenario = forked(run, day, change)
    start = Event(day).tick
    end = scenario.parameters.days if until is None else min(until, scenario.parameters.days)
    if end * TICKS_PER_DAY < start:
        raise InputError(f"until = {as_typed(until)} lies before day {day:g}, from which the run goes on", key="until")
    began = time.perf_counter()
    parting = run.engine_at(start, behaviours).snapshot().continued_in(scenario)
    engine = Engine.from_snapshot(parting, behaviours)
    states = [run.snapshot(tick).continued_in(scenario) for tick in run.states if 0 < tick < start]
    states += [parting] if start else []
    for finished in range(start // TICKS_PER_DAY + 1, end + 1):
        engine.advance(finished * TICKS_PER_DAY)
        if progress:
            progress(finished, end)
    return Run(engine, round(time.perf_counter() - began, 3), states)


def forked(run: Run, day: float, change: Change) -> Scenario:
    """Return a run's scenario with the change of a day, named by it."""
    days = run.scenario.parameters.days
    is_day = isinstance(day, int | float) and not isinstance(day, bool) and 0 <= day < days
    if not is_day:
        raise InputError(f"day = {as_typed(day)} is no day of this run, which has the days 0 to {days - 1}", key="day")
    scenario = altered(run.scenario, change, float(day))
    early = [event.day for event in scenario.written[len(run.scenario.written) :] if event.tick < Event(day).tick]
    if early:
        raise InputError(f"an event on day {early[0]:g} lies before day {day:g}, from which the run goes on", key="day")
    if scenario is run.scenario:
        return scenario
    name, title = run.scenario.name, run.scenario.title
    return replace(scenario, name=f"{name}-from-day-{day:g}", title=f"{title}, changed from day {day:g} on")


# ---------------------------------------------------------------- checking by running again


class Deviation(NamedTuple):
    """A table that came out otherwise when a run was run again."""

    start: int
    """The tick from which it was run again: 0, or that of a state that was kept."""
    table: str
    expected: str
    """Hash of the values that the run holds."""
    found: str


@dataclass(frozen=True)
class Check:
    """What running a run again has shown."""

    starts: tuple[int, ...]
    """The ticks from which it was run again."""
    deviations: tuple[Deviation, ...]

    @property
    def identical(self) -> bool:
        """Whether every value of every table came out the same, from each start."""
        return not self.deviations


def check(run: AnyRun, behaviours: Mapping[int, Behaviour] | None = None) -> Check:
    """Run a run again, from its beginning and from each state it kept, and compare the values of all its tables.

    Raises InputError where the run cannot be run again: it was made under other rules, or Python code decided for
    members and `behaviours` does not give it again.
    """
    run = run if isinstance(run, Run) else Run.load(run)
    wanted = {name: values_digest(getattr(run, name)) for name in TABLES}
    starts = tuple(sorted({0, *run.states}))
    deviations: list[Deviation] = []
    for start in starts:
        engine = run.engine_at(start, behaviours)
        engine.advance(run.tick)
        again = Run(engine)
        found = {name: values_digest(getattr(again, name)) for name in TABLES}
        deviations += [
            Deviation(start, name, wanted[name], found[name]) for name in TABLES if wanted[name] != found[name]
        ]
    return Check(starts, tuple(deviations))


# ---------------------------------------------------------------- hour by hour


@dataclass(frozen=True)
class Hour:
    """One working hour: who visited, what each of them read, and what they decided. v visitors."""

    tick: int
    visitors: Any
    """int32[v], member rows, ascending."""
    start: Any
    """int64[v + 1]: visitor n read `items[start[n]:start[n + 1]]`."""
    items: Any
    """int32, rows of messages in the order of reading."""
    liked: Any
    """int8, 1 where the item was liked."""
    rows: Any
    """OCCASION records, visitor by visitor: wishes as they were decided, comments, promised answers (`Errand`)."""

    def place_of(self, member: int) -> int:
        """Return a member's place among the visitors; -1 where they did not visit."""
        place = int(np.searchsorted(self.visitors, member))
        return place if place < len(self.visitors) and self.visitors[place] == member else -1

    def read_by(self, member: int) -> Any:
        """Return the rows of the messages that a member read in this hour, int32."""
        place = self.place_of(member)
        return self.items[:0] if place < 0 else self.items[self.start[place] : self.start[place + 1]]


def hour_of(engine: Engine) -> Hour:
    """Return the hour that an engine is in; to be called by an observer of `Engine.advance`."""
    world = engine.world
    count = int(world.clock[Clock.visitors])
    read = np.arange(world.seen.shape[1]) < world.seen_count[:count, None]
    asked = np.arange(world.rows.shape[1]) < world.row_count[:count, None]
    start = np.zeros(count + 1, np.int64)
    np.cumsum(world.seen_count[:count], out=start[1:])
    items = world.seen[:count][read]
    messages = np.asarray(world.messages)
    likable = (messages["treatment"][items] == Response.none) & (messages["kind"][items] != Kind.announcement)
    liked = world.liked[:count][read] * likable  # what cannot be liked has no mark of its own
    rows = np.asarray(world.rows)[:count][asked]
    return Hour(engine.tick, world.visitors[:count].copy(), start, items, liked, rows)


def hours(run: AnyRun, first: int = 0, last: int | None = None) -> Iterator[Hour]:
    """Go through the hours of a run from the tick `first` up to, and not including, `last` (the run's end)."""
    run = run if isinstance(run, Run) else Run.load(run)
    engine = run.engine_at(first)
    kept: list[Hour] = []
    while engine.tick < (run.tick if last is None else min(last, run.tick)):
        engine.advance(engine.tick + 1, lambda each: kept.append(hour_of(each)))
        yield kept.pop()


class Readings(NamedTuple):
    """Who read what and when, one entry an item read at one visit, in the order of time."""

    tick: Any  # int32[r]
    member: Any  # int32[r], member rows
    message: Any  # int32[r], message rows, as in the table of messages


class Diary:
    """Hours kept one after the other, to be asked who read what."""

    def __init__(self, kept: Sequence[Hour] = ()) -> None:
        self.hours = list(kept)

    def append(self, hour: Hour) -> None:
        """Keep the hour that comes next."""
        self.hours.append(hour)
        self.__dict__.pop("readings", None)

    @cached_property
    def readings(self) -> Readings:
        """All that was read."""
        if not self.hours:
            return Readings(*(np.zeros(0, np.int32) for _ in Readings._fields))
        sizes = [len(hour.items) for hour in self.hours]
        return Readings(
            np.repeat(np.array([hour.tick for hour in self.hours], np.int32), sizes),
            np.concatenate([np.repeat(hour.visitors, np.diff(hour.start)) for hour in self.hours]),
            np.concatenate([hour.items for hour in self.hours]),
        )

    def at(self, tick: int) -> Hour | None:
        """Return the hour of a tick; None where it was not kept."""
        place = tick - self.hours[0].tick if self.hours else -1
        return self.hours[place] if 0 <= place < len(self.hours) else None

    def readers(self, message: int) -> Readings:
        """Return who read a message (a row), and when."""
        mine = self.readings.message == message
        return Readings(*(each[mine] for each in self.readings))


def readings(run: AnyRun, first: int = 0, last: int | None = None) -> Readings:
    """Return who read what in a run, from the tick `first` up to, and not including, `last` (the run's end)."""
    return Diary(list(hours(run, first, last))).readings
