"""What a replay finds: one member's occasions as they are decided, and who then reads what came of them."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import numpy as np

from sim import kernel
from sim.engine import Engine
from sim.explanation.account import Readers
from sim.kernel.people import home
from sim.kernel.rows import scope_of
from sim.parameters import Coefficients
from sim.state import DAYS_PER_WEEK, NUMBER_BITS, ROW_BITS, TICKS_PER_DAY, Clock, Errand
from sim.terms import Luck, Moment, Response, Role

WEEK: Final = DAYS_PER_WEEK * TICKS_PER_DAY
_home: Final = getattr(home, "py_func", home)  # these are built into kernels; here they are read as Python
_scope: Final = getattr(scope_of, "py_func", scope_of)


class Found(NamedTuple):
    """One occasion as it is found after it was decided and before anything is published."""

    row: Any  # OCCASION record
    place: int  # of the visitor
    number: int  # n-th row of the visit
    moment: Moment
    luck: Luck
    coefficients: Coefficients
    imagined_share: float  # belief: share of an audience that reads
    audience: int
    scope: str  # its name
    possible: int  # members of it who have ever visited, but for the one who wishes to speak
    about: Any  # MESSAGE record commented on, or None
    about_id: int  # its message_id, or -1

    @property
    def tick(self) -> int:
        """When it was."""
        return int(self.row["tick"])

    @property
    def same(self) -> tuple[int, int, int, bool]:
        """What makes an occasion of this member in this tick the same one in another course of events."""
        return int(self.row["issue"]), int(self.row["form"]), self.about_id, bool(self.row["draft_of"] >= 0)


def find(engine: Engine, row: int) -> list[Found]:
    """Return the occasions that one member has in the tick that an engine is in the midst of."""
    world = engine.world
    visitors = world.visitors[: int(world.clock[Clock.visitors])]
    place = int(np.searchsorted(visitors, row))
    if place == len(visitors) or visitors[place] != row:
        return []
    numbers = range(int(world.row_count[place]))
    return [_found(engine, place, n) for n in numbers if world.rows[place, n]["errand"] == Errand.wish]


def _found(engine: Engine, place: int, number: int) -> Found:
    world = engine.world
    record = world.rows[place, number].copy()
    at, member = int(record["about"]), int(record["member"])
    about = world.messages[at].copy() if at >= 0 else None
    audience = int(_home(world, world.members[member], _scope(world, record)) if about is None else about["audience"])
    return Found(
        record,
        place,
        number,
        *engine.see(place, number),
        engine.coefficients,
        float(world.beliefs["imagined_audience_size"][member]),
        audience,
        name_of(engine, audience),
        int(world.audiences[audience]["visited"]) - int(world.members["visited"][member]),
        about,
        int(kernel.message_ids(world.messages[at : at + 1])[0]) if at >= 0 else -1,
    )


def name_of(engine: Engine, audience: int) -> str:
    """Return the name of an audience as messages.parquet has it: `organization`, `department:Sales`, `team:3`."""
    departments = engine.organization.departments
    if audience == 0:
        return "organization"
    team = audience - 1 - len(departments)
    return f"team:{team}" if team >= 0 else f"department:{departments[audience - 1]}"


class Trace:
    """Who reads one message within a week of its publication, and what it brings about."""

    def __init__(self, message_id: int, author: int, engine: Engine) -> None:
        self.message_id, self.author = message_id, author
        self.end = tick_of(message_id) + WEEK + 1  # the first tick no longer looked at
        self.read = np.zeros(len(engine.world.members), bool)
        self.row = -1
        self.left: Readers | None = None

    def look(self, engine: Engine) -> None:
        """Note who reads it in the tick that an engine is in the midst of."""
        world = engine.world
        if engine.tick >= self.end and self.left is None:
            self.left = self._readers(engine)
        if self.left is not None or engine.tick <= tick_of(self.message_id):
            return
        self._find(engine)
        visitors = world.visitors[: int(world.clock[Clock.visitors])]
        seen = world.seen[: len(visitors)] == self.row
        seen &= np.arange(seen.shape[1]) < world.seen_count[: len(visitors), None]
        self.read[visitors[seen.any(axis=1)]] = True

    def readers(self, engine: Engine) -> Readers:
        """Return who has read it within a week, or until where an engine stands."""
        return self.left or self._readers(engine)

    def _find(self, engine: Engine) -> None:
        if self.row < 0:
            self.row = row_of_message(engine, self.message_id)

    def _readers(self, engine: Engine) -> Readers:
        self._find(engine)
        world, manager = engine.world, int(engine.organization.manager[self.author])
        executives = np.flatnonzero(world.members["role"] == Role.executive)
        executives = executives[executives != self.author]
        message = world.messages[self.row]
        return Readers(
            name_of(engine, int(message["audience"])),
            int(self.read.sum()),
            bool(self.read[manager]) if manager >= 0 else None,
            int(self.read[executives].sum()),
            len(executives),
            (min(engine.tick, self.end) - 1) // TICKS_PER_DAY,
            int(message["likes"]),
            int(message["comments"]),
            Response(int(message["leader_response"])),
        )


def row_of_message(engine: Engine, message_id: int) -> int:
    """Return the row of a message that was published; -1 where there is none."""
    messages = engine.world.messages[: int(engine.world.clock[Clock.messages])]
    first = int(np.searchsorted(messages["tick"], tick_of(message_id)))
    found = np.flatnonzero(kernel.message_ids(messages[first:]) == message_id)
    return first + int(found[0]) if len(found) else -1


class Witness:
    """Looks on while a run is repeated, and keeps what one member's occasions were like."""

    def __init__(self, row: int, published: Mapping[int, int | None]) -> None:
        self.row = row
        self.ticks = {tick_of(occasion) for occasion in published}
        self.published = published  # message_id by occasion_id, of those asked for; None where it was not spoken
        self.found: dict[int, Found] = {}
        self.traces: dict[int, Trace] = {}

    def follow(self, engine: Engine, until: int) -> None:
        """Let an engine run up to the tick `until`, looking on where there is something to see."""
        while engine.tick < until:
            reading = any(trace.left is None for trace in self.traces.values())
            coming = [tick for tick in self.ticks if engine.tick <= tick < until]
            engine.advance(engine.tick if reading else min(coming, default=until))
            if engine.tick < until:
                engine.advance(engine.tick + 1, self)

    def __call__(self, engine: Engine) -> None:
        """Look at one tick."""
        for trace in self.traces.values():
            trace.look(engine)
        if engine.tick in self.ticks:
            for found in find(engine, self.row):
                number = int(found.row["occasion_id"])
                message = self.published.get(number)
                self.found[number] = found
                if message is not None:
                    self.traces[number] = Trace(message, self.row, engine)


def tick_of(number: int) -> int:
    """Return when the occasion, or the message, of this id was."""
    return number >> ROW_BITS + NUMBER_BITS
