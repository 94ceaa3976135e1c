"""Arena: one world that somebody watches; it lives on, can be looked at in any past hour, changed and forked.

What was changed while it ran stands as events in `Arena.scenario`, so that whatever is seen can be saved and run
again. Snapshots are kept at intervals: to look back is to run a few days again, which gives the same hours.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import wraps
from typing import Any, Concatenate, Final, Literal, ParamSpec, TypeVar

from dashboards import living, visitors
from dashboards.cards import Cast
from dashboards.willing import mean_willing
from sim import limits
from sim.engine import Engine, make_organization
from sim.errors import InputError, as_typed
from sim.organization import Organization
from sim.record import Run
from sim.replay import HAPPENINGS
from sim.scenario import Event, Scenario
from sim.simulation import LARGEST_SEED
from sim.snapshot import Snapshot
from sim.state import DAYS_PER_WEEK, TICKS_PER_DAY

STATE_EVERY: Final = DAYS_PER_WEEK * TICKS_PER_DAY
"""Working hours between two snapshots that are kept, as long as there is room for all of them."""
KEPT_BYTES: Final = 60_000_000
"""Of the snapshots of one world: a session is to have a hundred million bytes at most, with all else in it."""

Intervention = Mapping[str, Any]
"""Levers by dotted name, or an event as scenario files have it, without its day."""

_P = ParamSpec("_P")
_R = TypeVar("_R")


def _locked(method: Callable[Concatenate[Arena, _P], _R]) -> Callable[Concatenate[Arena, _P], _R]:
    """Let a method hold the arena's lock while it runs."""

    @wraps(method)
    def held(self: Arena, /, *args: _P.args, **named: _P.kwargs) -> _R:
        with self.lock:
            return method(self, *args, **named)

    return held


class Arena:
    """One world under observation, at the hour `shown` of the `simulated` ones.

    `interventions` are events, in order, of a world that was changed before: as if somebody had intervened then.
    `willing` is the mean willingness of all members at the end of each day simulated; None where nobody is asked.
    Raises InputError where scenario, organisation or interventions cannot be.
    """

    def __init__(
        self,
        scenario: Scenario,
        seed: int = 1,
        organization: Organization | None = None,
        interventions: Sequence[Event] = (),
    ) -> None:
        self.lock = threading.RLock()
        self.generation = 0
        self._begin(scenario, seed, organization, tuple(interventions))

    def _begin(
        self, base: Scenario, seed: int, organization: Organization | None, interventions: tuple[Event, ...]
    ) -> None:
        """Make the world at its first hour; nothing of this arena changes before all of it is there."""
        if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= LARGEST_SEED:
            raise InputError(f"seed = {as_typed(seed)} is not a whole number from 0 to {LARGEST_SEED}", key="seed")
        scenario, settled = with_interventions(base, interventions)
        visitors.check(scenario, organization)
        people = _at_hand(make_organization(base, seed) if organization is None else organization)
        live = Engine(scenario, people, seed)
        live.advance(0)
        cast = Cast(people, scenario, live.seed)
        self.base, self.scenario, self.interventions = base, scenario, settled
        self.seed, self.organization, self.cast = live.seed, people, cast
        self._given = organization
        self._run: tuple[tuple[int, int], Run] | None = None
        self._live = self._shown = live
        self._states = [live.snapshot()]
        self.willing: list[float | None] = []

    # ------------------------------------------------------------ time

    @property
    def ticks(self) -> int:
        """The length of the whole run in working hours."""
        return self.scenario.ticks

    @property
    def simulated(self) -> int:
        """The working hours simulated so far."""
        return self._live.tick

    @property
    def shown(self) -> int:
        """The working hour that is looked at: all before it has happened."""
        return self._shown.tick

    @property
    def given(self) -> bool:
        """Whether the organisation was given, and not made up."""
        return self._given is not None

    @property
    def engine(self) -> Engine:
        """The engine at the hour shown; for looking only, and under the lock."""
        return self._shown

    @property
    def latest(self) -> Engine:
        """The engine at the last hour simulated; for looking only, and under the lock."""
        return self._live

    @_locked
    def advance(self, ticks: int = 1) -> None:
        """Go on by working hours, first through those that are there; at the run's end nothing happens any more."""
        self.look_at(self.shown + max(0, int(ticks)))

    @_locked
    def look_at(self, tick: int) -> None:
        """Show the world before the working hour `tick`: a past one, or one that has to be simulated first.

        Raises InterruptedWork where that is not wanted any more; then an hour on the way is shown.
        """
        tick = min(max(0, int(tick)), self.ticks)
        if tick != self.shown:
            self._run = None
        if tick >= self.simulated:
            self._shown = self._live
            self._live_on(tick)
        else:
            self._look_back(tick)

    def _live_on(self, tick: int) -> None:
        while self.simulated < tick:
            living.advance(self._live, min(tick, self.simulated + TICKS_PER_DAY - self.simulated % TICKS_PER_DAY))
            if self.simulated % TICKS_PER_DAY == 0:
                self.willing.append(mean_willing(self._live))
            if self.simulated % STATE_EVERY == 0 and self.simulated > self._states[-1].tick:
                self._states = _thinned([*self._states, self._live.snapshot()])

    def _look_back(self, tick: int) -> None:
        """Show a past hour: by the engine shown, moved on, or one from the latest state before."""
        state = self._states[bisect_right(self._states, tick, key=lambda kept: kept.tick) - 1]
        if self._shown is self._live or not state.tick <= self._shown.tick <= tick:
            self._shown = Engine.from_snapshot(state.continued_in(self.scenario))
        living.advance(self._shown, tick)

    # ------------------------------------------------------------ changes

    @_locked
    def intervene(self, change: Intervention) -> None:
        """Change the world from the hour shown on; what came after it is forgotten.

        `change` holds levers by dotted name, or one event as a scenario file has it, without its day. Levers act at
        once, what is said in the arena is published at the end of the hour, like everything else. Raises InputError
        where it cannot be; then nothing has changed.
        """
        tick = self.shown
        earlier = tuple(event for event in self.interventions if event.tick <= tick)
        coming, again = _added(earlier, self._wanted(change), tick)
        scenario, settled = with_interventions(self.base, coming)
        visitors.check(scenario, self.organization)
        parting = self._shown.snapshot().continued_in(scenario, undone=int(again))
        live = Engine.from_snapshot(parting)
        live.advance(tick)
        self._states = [kept for kept in self._states if kept.tick < tick] or [parting]
        self.scenario, self.interventions = scenario, settled
        self._live = self._shown = live
        self.willing = self.willing[: tick // TICKS_PER_DAY]
        self.generation += 1

    def _wanted(self, change: Intervention) -> dict[str, Any]:
        """Return a change as the table of an event at the hour shown; InputError where it cannot be one."""
        if not isinstance(change, Mapping) or not change:
            raise InputError(f"change = {as_typed(change)} is no change: give levers by dotted name, or an event")
        if self.shown >= self.ticks:
            raise InputError("the run is over; look at an earlier hour to change what comes after it")
        if "day" in change:
            raise InputError("what is changed here acts from the hour shown on; leave its day out", key="day")
        answer = change.get("respond")
        to = answer.get("to") if isinstance(answer, Mapping) else None
        if isinstance(to, int) and self._shown.find_message(to) < 0:
            raise InputError(f"there is no message {as_typed(to)} at this hour", key="respond.to")
        table = dict(change) if HAPPENINGS & change.keys() else {"set": dict(change)}
        return {"day": self.shown / TICKS_PER_DAY, **table}

    def engine_at(self, tick: int) -> Engine:
        """Return an engine of one's own at an hour; the hour shown stays."""
        probe = self.forked()
        probe.look_at(tick)
        return probe.engine

    @_locked
    def forked(self, change: Intervention | None = None) -> Arena:
        """Return another arena that shares the past up to the hour shown, and the luck of all that comes, changed."""
        twin = Arena.__new__(Arena)
        twin.__dict__.update(self.__dict__)
        twin.lock = threading.RLock()
        twin.generation = 0
        twin._run = None
        tick = self.shown
        twin._states = [kept for kept in self._states if kept.tick <= tick]
        twin.willing = self.willing[: tick // TICKS_PER_DAY]
        twin._live = twin._shown = self._shown.copy()
        if change is not None:
            twin.intervene(change)
        return twin

    @_locked
    def reset(
        self,
        scenario: Scenario | None = None,
        seed: int | None = None,
        organization: Organization | Literal["generated"] | None = None,
        interventions: Sequence[Event] = (),
    ) -> None:
        """Start again: in another scenario, on other luck, with other people, with nothing or other things changed.

        An organisation that was given stays until another one is, or "generated". Raises InputError where the world
        cannot be; then nothing has changed.
        """
        people = None if isinstance(organization, str) else self._given if organization is None else organization
        luck = self.seed if seed is None else seed
        self._begin(scenario or self.base, luck, people, tuple(interventions))
        self.generation += 1

    # ------------------------------------------------------------ what is left behind

    @_locked
    def run(self) -> Run:
        """Return what happened up to the hour shown as a Run of its own, which stays as it is.

        It is kept as long as this hour is shown, so that its tables are made once, whatever is asked of them.
        """
        tick, now = self.shown, (self.generation, self.shown)
        if self._run is not None and self._run[0] == now:
            return self._run[1]
        states = [kept.continued_in(self.scenario) for kept in self._states if kept.tick < tick]
        run = Run(self._shown.copy(), states=states)
        self._run = now, run
        return run


# ---------------------------------------------------------------- scenarios with what was changed on the way


def with_interventions(
    base: Scenario, changes: Sequence[Event | Mapping[str, Any]]
) -> tuple[Scenario, tuple[Event, ...]]:
    """Return a scenario in which what was changed while it ran are events, and these events.

    Without any it is `base` itself. Raises InputError where one of them cannot be.
    """
    if not changes:
        return base, ()
    visitors.check_changes(len(changes))
    scenario = base.with_events(*changes)
    named = replace(scenario, name=f"{base.name}-changed", title=f"{base.title}, changed while it ran")
    return named, named.written[len(base.written) :]


def _added(
    earlier: tuple[Event, ...], table: Mapping[str, Any], tick: int
) -> tuple[tuple[Event | Mapping[str, Any], ...], bool]:
    """Return interventions with one more, and whether it took in the last: levers moved in one hour are one event."""
    last = earlier[-1] if earlier else None
    if last is None or last.tick != tick or last.kind != "set" or not isinstance(table.get("set"), Mapping):
        return (*earlier, table), False
    return (*earlier[:-1], {**table, "set": {**dict(last.set), **table["set"]}}), True


# ---------------------------------------------------------------- memory


def _at_hand(organization: Organization) -> Organization:
    """Return an organisation whose texts are made once, and not again for each state."""
    texts: dict[str, Any] = {name: tuple(getattr(organization, name)) for name in ("ids", "names", "titles")}
    return replace(organization, **texts)


def _thinned(states: list[Snapshot]) -> list[Snapshot]:
    """Return snapshots that fit into the room for them: every other one goes, but for the first and the last."""
    room = min(float(KEPT_BYTES), float(limits.KEPT_BYTES), limits.machine().memory / 10)
    while len(states) > 2 and sum(state.nbytes for state in states) > room:
        states = [*states[:-1:2], states[-1]]
    return states
