"""The engine: one world, advanced tick by tick or many at once. Simulate, twin, explain and ArenaModel all use it."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from sim import kernel, room
from sim.errors import InputError
from sim.organization import Organization, generate
from sim.parameters import Coefficients, Parameters, coefficients
from sim.room import grown, scratch
from sim.scenario import Event, Post, Scenario, changed
from sim.snapshot import Snapshot, arrays_of
from sim.state import OCCASION, TICKS_PER_DAY, Clock, Errand, World, plain_dtype
from sim.terms import SPOKEN, Choice, Kind, Luck, Moment, Response, Scope
from sim.world import make_world, put_levers

Behaviour = Callable[[Moment, Coefficients, Luck], Choice | int]
"""Python code that decides for one member: sees the Moment, the theory's numbers and the luck; says what is done."""

Observer = Callable[["Engine"], object]
"""Is called in each tick after all was read and decided and before any of it is published: whoever watches finds the
visitors, what they have read and their decisions in `world.visitors`, `.seen` and `.rows`, and may change a decision by
`Engine.decide_otherwise`."""

MANY_MEMBERS = 50_000  # from here on the visits of a tick are shared among threads


class Engine:
    """One run: a world, what happens to it, and the luck it runs on.

    `scenario` and `seed` decide everything; `organization` replaces that of the scenario. `behaviours` maps member rows
    to Python code that decides for them. `threads` changes how fast, never what.
    """

    def __init__(
        self,
        scenario: Scenario,
        organization: Organization | None = None,
        seed: int = 1,
        behaviours: Mapping[int, Behaviour] | None = None,
        threads: int = 1,
    ) -> None:
        people = make_organization(scenario, int(seed)) if organization is None else organization
        scenario = scenario.with_people(None)  # from here on, they are the organisation
        begun = make_world(people, scenario.parameters, int(seed))
        for row in behaviours or {}:
            begun.members[row]["scripted"] = 1
        self._take_up(scenario, scenario.parameters, int(seed), people, begun)
        self.events_done = 0
        self.behaviours, self.threads = dict(behaviours or {}), threads

    @classmethod
    def from_snapshot(
        cls, snapshot: Snapshot, behaviours: Mapping[int, Behaviour] | None = None, threads: int = 1
    ) -> Engine:
        """Return an engine that goes on from a snapshot exactly as the one that it was taken from.

        Nothing is drawn or generated again. Raises InputError where Python code decided for members and `behaviours`
        does not give it again.
        """
        check_behaviours(snapshot.scripted, behaviours)
        engine = cls.__new__(cls)
        engine._take_up(snapshot.scenario, snapshot.parameters, snapshot.seed, snapshot.organization, snapshot.world())
        engine.events_done = snapshot.events_done
        engine.behaviours, engine.threads = dict(behaviours or {}), threads
        return engine

    def _take_up(
        self, scenario: Scenario, parameters: Parameters, seed: int, organization: Organization, begun: World
    ) -> None:
        """Take up a run where its world stands; a scenario in which an unknown member speaks is refused at once."""
        self.scenario, self.seed, self.organization, self.world = scenario, seed, organization, begun
        self.parameters, self.coefficients = parameters, coefficients(parameters)
        self._events = sorted(scenario.events, key=_due)
        for event in self._events:
            self._speaker(event)
        self._parts: Path | None = None  # on disk; goes with the engine
        self._spilled: list[Path] = []

    def snapshot(self, with_ledger: bool = True) -> Snapshot:
        """Return where the run stands, as a copy; the engine has to be between two ticks.

        Without its ledger it goes on the same, but knows nothing of the occasions before.
        """
        arrays = arrays_of(self.world, self.ledger() if with_ledger else ())
        return Snapshot(self.scenario, self.parameters, self.seed, self.events_done, self.organization, arrays)

    def copy(self, with_ledger: bool = True) -> Engine:
        """Return an engine that stands where this one does, on the same luck, and goes its own way."""
        return Engine.from_snapshot(self.snapshot(with_ledger), self.behaviours, self.threads)

    # ------------------------------------------------------------ time

    @property
    def tick(self) -> int:
        """The working hour that comes next, from 0."""
        return int(self.world.clock[Clock.tick])

    @property
    def ticks(self) -> int:
        """The length of the whole run in working hours."""
        return self.parameters.days * TICKS_PER_DAY

    def advance(self, until: int, observer: Observer | None = None) -> None:
        """Run up to, and not including, the tick `until`; `observer` may look on, which changes nothing.

        Levers that an event sets act from the start of its tick; what an event says or does in the arena is published
        at the tick's end, like everything else, and so is read from the next tick on.
        """
        until = min(int(until), self.ticks)
        while self.tick < until:
            self._let_events_happen()
            coming = [_due(event) for event in self._events[self.events_done :][:1]]
            self._advance_quietly(min([until, *coming]), observer)
        self._let_events_happen()

    def _advance_quietly(self, until: int, observer: Observer | None) -> None:
        """Run up to `until`, making room where the arrays are full."""
        staged = (
            bool(self.behaviours)
            or observer is not None
            or (self.threads > 1 and len(self.world.members) >= MANY_MEMBERS)
        )
        seed = np.uint64(self.seed)
        while self.tick < until:
            if staged:
                self._tick_in_stages(seed, observer)
            elif kernel.advance(self.world, self.coefficients, seed, until) < until:
                self._make_room()

    def _tick_in_stages(self, seed: np.uint64, observer: Observer | None) -> None:
        """Run one tick stage by stage: Python decides for members, threads share the visits, or somebody looks on."""
        world, numbers, tick = self.world, self.coefficients, self.tick
        if not kernel.open_tick(world, numbers, seed, tick):
            self._make_room()
            return
        visitors = int(self.world.clock[Clock.visitors])
        if self.threads > 1:
            blocks = pairwise(np.linspace(0, visitors, self.threads + 1).astype(int).tolist())
            list(self._pool.map(lambda block: kernel.visits(world, numbers, seed, tick, *block), blocks))
        else:
            kernel.visits(world, numbers, seed, tick, 0, visitors)
        self._let_scripts_decide(visitors)
        if observer is not None:
            observer(self)
        kernel.close_tick(self.world, self.coefficients, seed, tick)

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        """The threads, kept for the whole run: making new ones each hour cost more than they saved."""
        return ThreadPoolExecutor(self.threads)

    def _let_scripts_decide(self, visitors: int) -> None:
        world = self.world
        if not self.behaviours:
            return
        scripted = np.isin(world.visitors[:visitors], list(self.behaviours))
        for place in np.flatnonzero(scripted):
            for number in range(world.row_count[place]):
                waiting = world.rows[place, number]
                if waiting["errand"] == Errand.wish:
                    moment, luck = self.see(int(place), number)
                    made = self.behaviours[int(world.visitors[place])](moment, self.coefficients, luck)
                    kernel.settle_row(world, self.coefficients, place, number, moment, *as_choice(made))

    # ------------------------------------------------------------ for observers

    def see(self, place: int, number: int) -> tuple[Moment, Luck]:
        """Return what the visitor at a place sees and feels at their n-th row of this tick, and with which luck."""
        moment = kernel.see_moment(self.world, self.coefficients, place, number)
        luck = kernel.see_luck(self.world, np.uint64(self.seed), self.tick, place, number)
        return Moment(*moment), Luck(*luck)

    def decide_otherwise(self, place: int, number: int, moment: Moment, made: Choice | int) -> None:
        """Put another decision in the place of the one taken, before it is carried out."""
        row = self.world.rows[place, number]
        decided = row["occasion_id"]
        self.world.members[self.world.visitors[place]]["weighed"] -= 1  # it is the same occasion, not one more
        kernel.settle_row(self.world, self.coefficients, place, number, moment, *as_choice(made))
        row["occasion_id"] = decided

    # ------------------------------------------------------------ room

    def _make_room(self) -> None:
        """Grow whatever is too small for the tick that comes next; a half more than needed, so that it is rare."""
        visitors, messages, pending, occasions = (int(n) for n in kernel.room_needed(self.world))
        self._make_room_for(messages - int(self.world.clock[Clock.messages]))
        world = self.world
        if visitors > len(world.rows):
            world = world._replace(**scratch(visitors + visitors // 2 + 8, world.audiences))
        if pending > len(world.pending):
            world = world._replace(pending=grown(world.pending[: world.clock[Clock.pending]], pending + pending // 2))
        self.world = world
        if occasions > len(world.occasions):
            self._make_room_in_ledger(occasions - int(world.clock[Clock.occasions]))

    def _make_room_in_ledger(self, coming: int) -> None:
        """Grow the ledger, or, where it is long already, put what it holds on disk."""
        world = self.world
        held = int(world.clock[Clock.occasions])
        if held >= room.LEDGER_ROWS:
            self._spill(world.occasions[:held])
            world.clock[Clock.occasions] = held = 0
        if held + coming > len(world.occasions):
            further = min(len(world.occasions) // 2, room.LEDGER_ROWS)
            larger = grown(world.occasions[:held], held + coming + further)
            self.world = world._replace(occasions=larger)

    def _spill(self, rows: Any) -> None:
        if self._parts is None:
            self._parts = Path(tempfile.mkdtemp(prefix="ism-ledger-"))
            weakref.finalize(self, shutil.rmtree, self._parts, ignore_errors=True)
        part = self._parts / f"{len(self._spilled):06d}.npy"
        np.save(part, np.asarray(rows).view(plain_dtype(OCCASION)), allow_pickle=False)
        self._spilled.append(part)

    def ledger(self) -> Iterator[Any]:
        """Yield the silence ledger in parts, in order: arrays of OCCASION records; the last is still in memory."""
        for part in self._spilled:
            yield np.load(part, allow_pickle=False).view(OCCASION)
        yield self.world.occasions[: int(self.world.clock[Clock.occasions])]

    def _make_room_for(self, messages: int) -> None:
        used = int(self.world.clock[Clock.messages])
        needed = used + messages
        if needed > len(self.world.messages):
            larger = grown(self.world.messages[:used], needed + len(self.world.messages) // 2)
            self.world = self.world._replace(messages=larger)

    # ------------------------------------------------------------ levers and events

    def set_levers(self, parameters: Parameters) -> None:
        """Put the levers of `parameters` into the world: what is shown, what leaders do, what weighs on issues."""
        self.parameters, self.coefficients = parameters, coefficients(parameters)
        put_levers(self.world, parameters)

    def _let_events_happen(self) -> None:
        while self.events_done < len(self._events) and _due(self._events[self.events_done]) <= self.tick:
            self._happen(self._events[self.events_done])
            self.events_done += 1

    def _happen(self, event: Event) -> None:
        if event.set:
            self.set_levers(changed(self.parameters, dict(event.set)))
            return
        self._make_room_for(messages=1)
        now = self.world.clock[Clock.tick]
        self.world.clock[Clock.tick] = event.tick  # it belongs to the hour that has just passed
        row = self._speaker(event)
        if event.announce:
            kernel.announce(self.world, event.tick, row, event.announce.openness)
        elif event.post:
            self._post(event.tick, row, event.post)
        elif event.respond:
            self._respond(event.tick, row, self.find_message(event.respond.to), Response[event.respond.how])
        self.world.clock[Clock.tick] = now

    def _respond(self, tick: int, row: int, message: int, how: Response) -> None:
        """Let a leader treat a message; with `none` they take it upon themselves and leave it unanswered for good."""
        if message >= 0 and how == Response.none:
            self.world.messages[message]["claimed"] = 1
            listed = int(self.world.clock[Clock.pending])
            kept = [n for n in range(listed) if self.world.pending[n]["message"] != message]
            self.world.pending[: len(kept)] = self.world.pending[kept]
            self.world.clock[Clock.pending] = len(kept)
        elif message >= 0:
            kernel.respond(self.world, tick, row, message, int(how))

    def _speaker(self, event: Event) -> int:
        """Return the row of whoever speaks in an event; -1 where nobody does."""
        said = event.announce or event.post or event.respond
        return self.row_of(said.by) if said else -1

    def _post(self, tick: int, row: int, post: Post) -> None:
        kind = Kind[post.kind] if post.kind else (Kind.concern if post.criticality > 0.0 else Kind.news)
        scope = Scope[post.scope or self.parameters.visibility.scope]
        said = (int(kind), float(post.stance), float(post.criticality), int(scope), bool(post.anonymous))
        kernel.publish_named(self.world, tick, row, int(post.issue), *said)

    def row_of(self, member: str) -> int:
        """Return the row of a member id; `ceo` is whoever is at the top."""
        return self.organization.top if member == "ceo" else self.organization.row_of(member)

    def find_message(self, which: str | int) -> int:
        """Return the row of a message: by its message_id, the latest or the most supported critique; -1 for none."""
        messages = self.world.messages[: int(self.world.clock[Clock.messages])]
        if not isinstance(which, str):
            ids = kernel.message_ids(messages)
            found = np.flatnonzero(ids == which)
            return int(found[0]) if len(found) else -1
        critical = np.flatnonzero((messages["criticality"] > 0.0) & (messages["treatment"] == Response.none))
        if not len(critical):
            return -1
        if which == "latest_critique":
            return int(critical[-1])
        return int(critical[np.argmax(messages["supporters"][critical])])


def _due(event: Event) -> int:
    """Return the tick before which an event has to have happened."""
    return event.tick if event.set else event.tick + 1


def as_choice(made: Choice | int) -> tuple[int, float]:
    """Return the strategy and P(spoken) of what Python code returned: a Choice, or a Strategy alone."""
    if isinstance(made, Choice):
        return int(made.strategy), float(made.p_spoken)
    return int(made), float(int(made) < SPOKEN)


def check_behaviours(scripted: Sequence[int], behaviours: Mapping[int, Behaviour] | None) -> None:
    """Raise InputError where Python code decided for other members than it is given for now."""
    if sorted(scripted) != sorted(behaviours or {}):
        rows = ", ".join(map(str, sorted(scripted)[:10])) or "no member"
        raise InputError(f"in this run Python code decided for the members in rows {rows}: give it as `behaviours`")


def make_organization(scenario: Scenario, seed: int) -> Organization:
    """Return the organisation of a scenario: made up from the seed as it describes, or that of its files."""
    if scenario.people is not None:
        return scenario.people.of_seed(scenario.parameters.organization, seed)
    return generate(scenario.parameters.organization, seed)
