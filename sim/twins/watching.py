"""Two worlds hour by hour, side by side: where they first differ, who read what, and how far beliefs drift apart.

Both are looked at in the middle of the same hour, when all was read and decided and nothing of it is published yet.
Levers, and what follows from them before anybody has acted (the order of a page, the time leaders have), are no
difference of the worlds; what members see, believe and do is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from sim.kernel import message_ids
from sim.replay import Diary, Hour, hour_of
from sim.state import BELIEF_FIELDS, NUMBER_BITS, ROW_BITS, TICKS_PER_DAY, Clock, Errand, World
from sim.terms import Luck, Moment

if TYPE_CHECKING:
    from sim.engine import Engine
    from sim.parameters import Coefficients, Parameters

WORDS: Final = ("kind", "orientation", "strategy", "treatment", "scope", "identity")
"""Fields of a message that say how it was said, in words."""
CONTENT: Final = ("author", "number", "tick", "issue", "parent", *WORDS)
"""Fields of a message that its author decided, matters of degree left aside; others tell what happened to it."""
DEED: Final = ("member", "errand", "issue", "form", "orientation", "kind", "strategy", "about")
"""Fields of a row that say what a visitor does; the others tell how it was weighed."""
_NO_DIFFERENCE: Final = {"members": ("answers_left",), "issues": ("criticality", "salience", "half_life")}
"""Fields that follow from levers at once, whatever members do."""

BELIEFS: Final = tuple(name for name, *_ in BELIEF_FIELDS)
POSITIONS: Final = ("stance", "concern", "climate", "others_know", "unsaid")
"""What one member believes of one issue, as far as decisions depend on it."""


@dataclass(frozen=True)
class Difference:
    """The first thing in which two worlds differ."""

    tick: int
    member: int
    """Row of the member; -1 where it is nobody's."""
    what: str
    """`message`, `promise`, `visit`, `reading`, `belief`, `reaction`, `decision`, or the array that differs."""
    field: str
    a: Any
    b: Any
    """Both values; None where there is none."""
    message: int | None = None
    """message_id of what it is about."""

    @property
    def day(self) -> int:
        """The workday, counted from 0."""
        return self.tick // TICKS_PER_DAY

    @property
    def hour(self) -> int:
        """The hour of that day, counted from 1."""
        return self.tick % TICKS_PER_DAY + 1


class Gaps(NamedTuple):
    """How far the beliefs of those who visited in an hour lie apart, B less A; only members with any difference."""

    tick: int
    members: Any  # int32[g], ascending
    values: Any  # float32[g, beliefs + issues x positions]


class Night(NamedTuple):
    """What members met outside the arena at the end of a day, in A and in B: int32[n] each."""

    tick: int
    heard_of: tuple[Any, Any]  # message row of a treatment of critique that ties told of; -1 for none
    team_talk: tuple[Any, Any]  # how the own manager treated critique in the team, a `Response`


class Weighed(NamedTuple):
    """One wish that both worlds have and that was decided otherwise: what each saw, and with which luck."""

    a: Moment
    b: Moment
    coefficients_a: Coefficients
    coefficients_b: Coefficients
    luck: Luck


class WishKey(NamedTuple):
    """What makes two occasions the same one in two worlds."""

    tick: int
    member: int
    issue: int
    form: int
    about: int  # message_id; -1 for none
    draft: bool


class Watch:
    """Advances two engines hour by hour and notes in what they differ."""

    def __init__(self, a: Engine, b: Engine) -> None:
        self.a, self.b = a, b
        self.difference: Difference | None = None
        self.act: Difference | None = None
        self.diaries = (Diary(), Diary())  # from the first difference on
        self.gaps: list[Gaps] = []
        self.nights: list[Night] = []
        self.weighed: dict[WishKey, Weighed] = {}
        self.levers: list[tuple[int, Parameters, Parameters]] = []

    def advance(self, until: int) -> None:
        """Run both up to the tick `until`."""
        self.a.advance(until, self._look_at_a)
        self._note_closing(until)

    def _look_at_a(self, a: Engine) -> None:
        self.b.advance(a.tick + 1, self._look_at_both)

    def _look_at_both(self, b: Engine) -> None:
        a = self.a
        if not self.levers or self.levers[-1][1] is not a.parameters or self.levers[-1][2] is not b.parameters:
            self.levers.append((a.tick, a.parameters, b.parameters))
        if self.act is None:
            self._note_closing(a.tick)
        ours, theirs = hour_of(a), hour_of(b)
        if self.act is None:
            self._note_visits(ours, theirs)
        if self.difference is not None:
            self.diaries[0].append(ours)
            self.diaries[1].append(theirs)
            self._note_gaps()
            self._note_night()
            self._note_weighing()

    # ------------------------------------------------------------ first differences

    def _note_closing(self, tick: int) -> None:
        """Note what differs since the hour before `tick` was closed."""
        if self.act is None:
            a, b = self.a.world, self.b.world
            self.act = _message_differs(a, b) or _promise_differs(a, b, tick)
            self.difference = self.difference or self.act or _state_differs(a, b, max(tick - 1, 0), _comers(a, b))

    def _note_visits(self, a: Hour, b: Hour) -> None:
        """Note what differs in the visits of an hour."""
        messages = self.a.world.messages
        if self.difference is None:
            self.difference = _visit_differs(a, b) or _reading_differs(a, b, messages)
        if self.difference is None:
            self.difference = _state_differs(self.a.world, self.b.world, a.tick)
        self.act = self.act or _like_differs(a, b, messages) or _row_differs(a, b, messages, DEED)
        self.difference = self.difference or self.act or _row_differs(a, b, messages, tuple(a.rows.dtype.names))

    # ------------------------------------------------------------ what is kept

    def _note_gaps(self) -> None:
        a, b = self.a.world, self.b.world
        who, issues = _comers(a, b), min(len(a.issues), len(b.issues))
        values = beliefs_of(b, who, issues) - beliefs_of(a, who, issues)
        apart = values.any(axis=1)
        if apart.any():
            self.gaps.append(Gaps(self.a.tick, who[apart].astype(np.int32), values[apart].astype(np.float32)))

    def _note_night(self) -> None:
        """Keep what was heard outside the arena since the day before, where it differs."""
        worlds = (self.a.world, self.b.world)
        if self.a.tick % TICKS_PER_DAY == 0:
            heard = (worlds[0].members["heard_of"].copy(), worlds[1].members["heard_of"].copy())
            talks = (_team_talk(worlds[0]), _team_talk(worlds[1]))
            if (heard[0] >= 0).any() or (heard[1] >= 0).any() or (talks[0] != talks[1]).any():
                self.nights.append(Night(self.a.tick - 1, heard, talks))

    def _note_weighing(self) -> None:
        """Keep what both saw where they decided otherwise about the same wish."""
        ours, theirs = wishes_now(self.a), wishes_now(self.b)
        decided = [np.asarray(engine.world.rows)["strategy"] for engine in (self.a, self.b)]
        for wish in ours.keys() & theirs.keys():
            mine, other = ours[wish], theirs[wish]
            if decided[0][mine] != decided[1][other]:
                (seen_a, luck), (seen_b, _) = self.a.see(*mine), self.b.see(*other)
                self.weighed[wish] = Weighed(seen_a, seen_b, self.a.coefficients, self.b.coefficients, luck)


def _team_talk(world: World) -> Any:
    """Return how each member's manager treated critique in the team on the last day, int32[n]."""
    manager = world.members["manager"]
    return np.where(manager >= 0, world.members["team_talk"][manager], 0).astype(np.int32)


def _comers(a: World, b: World) -> Any:
    """Return the rows of those who visit now in at least one of two worlds."""
    return np.union1d(*(world.visitors[: int(world.clock[Clock.visitors])] for world in (a, b)))


def beliefs_of(world: World, rows: Any, issues: int) -> Any:
    """Return the beliefs of some members and their positions on the first issues, float64[m, see `column_of`]."""
    beliefs, positions = np.asarray(world.beliefs)[rows], np.asarray(world.positions)[rows, :issues]
    values = np.empty((len(rows), column_of(POSITIONS[0], issues)))
    for name in BELIEFS:
        values[:, column_of(name)] = beliefs[name]
    for name in POSITIONS:
        values[:, column_of(name, 0) :: len(POSITIONS)] = positions[name]
    return values


def column_of(name: str, issue: int = -1) -> int:
    """Return where a belief, or a position on an issue, stands in `beliefs_of`."""
    if name in BELIEFS:
        return BELIEFS.index(name)
    return len(BELIEFS) + issue * len(POSITIONS) + POSITIONS.index(name)


def wishes_now(engine: Engine) -> dict[WishKey, tuple[int, int]]:
    """Return the wishes of this hour, each with its place and number among the rows."""
    world = engine.world
    count = int(world.clock[Clock.visitors])
    rows = np.asarray(world.rows)[:count]
    asked = np.arange(rows.shape[1]) < world.row_count[:count, None]
    asked &= rows["errand"] == Errand.wish
    places = zip(*(each.tolist() for each in np.nonzero(asked)), strict=True)
    return dict(zip(wishes_of(rows[asked], world.messages), places, strict=True))


def wishes_of(rows: Any, messages: Any) -> list[WishKey]:
    """Return, for each occasion of an array of records, what makes it the same one in two worlds."""
    about = np.full(len(rows), -1, np.int64)
    comments = rows["about"] >= 0
    about[comments] = message_ids(np.asarray(messages)[rows["about"][comments]])
    columns = (*(rows[name] for name in ("tick", "member", "issue", "form")), about, rows["draft_of"] >= 0)
    return list(map(WishKey, *(column.tolist() for column in columns)))


def message_id(message: Any) -> int:
    """Return the message_id of one message record."""
    return (
        (int(message["tick"]) << ROW_BITS + NUMBER_BITS)
        | (int(message["author"]) << NUMBER_BITS)
        | int(message["number"])
    )


# ---------------------------------------------------------------- what differs


def _same(a: Any, b: Any) -> bool:
    """Say whether two arrays have the same bytes: quick, and wrong only where blanks between fields differ."""
    if a.shape != b.shape:
        return False
    ours, theirs = (np.ascontiguousarray(each).view(np.uint8) for each in (a, b))
    return bool(np.array_equal(ours, theirs))


def _unequal(a: Any, b: Any) -> Any:
    """Return where two arrays of numbers differ; NaN is like NaN."""
    return (a != b) & ~((a != a) & (b != b))


def _message_differs(a: World, b: World) -> Difference | None:
    """Return the first message that one world lacks, or that says something else."""
    ours, theirs = (world.messages[: int(world.clock[Clock.messages])] for world in (a, b))
    if _same(ours, theirs):
        return None
    both = min(len(ours), len(theirs))
    differs = {name: _unequal(ours[name][:both], theirs[name][:both]) for name in CONTENT}
    found = np.flatnonzero(np.any(list(differs.values()), axis=0))
    row = int(found[0]) if len(found) else both
    if not len(found) and len(ours) == len(theirs):
        return None
    ids = [message_ids(each[row:]).tolist() for each in (ours, theirs)]
    if ids[0][:1] != ids[1][:1]:
        return _one_sided(ours[row:], theirs[row:], ids)
    field = next(name for name in CONTENT if differs[name][row])
    when, author = int(ours["tick"][row]), int(ours["author"][row])
    return Difference(when, author, "message", field, ours[field][row].item(), theirs[field][row].item(), ids[0][0])


def _one_sided(ours: Any, theirs: Any, ids: list[list[int]]) -> Difference:
    """Return the first of the messages of two worlds that the other world lacks; their first ones differ."""
    in_a = bool(ids[0]) and ids[0][0] not in ids[1]
    message, number = (ours[0], ids[0][0]) if in_a else (theirs[0], ids[1][0])
    a, b = (number, None) if in_a else (None, number)
    return Difference(int(message["tick"]), int(message["author"]), "message", "message", a, b, number)


def _promise_differs(a: World, b: World, tick: int) -> Difference | None:
    """Return the first answer that a leader has promised in one world only, or for another time."""
    ours, theirs = (world.pending[: int(world.clock[Clock.pending])] for world in (a, b))
    names = ("leader", "message", "due", "response")
    listed = [set(zip(*(each[name].tolist() for name in names), strict=True)) for each in (ours, theirs)]
    only = sorted(listed[0] ^ listed[1])
    if not only:
        return None
    leader, message, due, _ = only[0]
    number = message_id(a.messages[message])
    a_due, b_due = (due if only[0] in each else None for each in listed)
    return Difference(max(tick - 1, 0), leader, "promise", "due", a_due, b_due, number)


def _visit_differs(a: Hour, b: Hour) -> Difference | None:
    """Return the first member who visits in one world only."""
    only = np.setxor1d(a.visitors, b.visitors)
    if not len(only):
        return None
    return Difference(a.tick, int(only[0]), "visit", "visit", *(only[0] in hour.visitors for hour in (a, b)))


def _reading_differs(a: Hour, b: Hour, messages: Any) -> Difference | None:
    """Return the first visitor who reads something else, or in another order; visitors are the same."""
    for member in a.visitors if not (_same(a.items, b.items) and _same(a.start, b.start)) else ():
        ours, theirs = a.read_by(member), b.read_by(member)
        if not np.array_equal(ours, theirs):
            both = min(len(ours), len(theirs))
            at = int(np.argmax(np.append(ours[:both] != theirs[:both], True)))
            read = [message_id(messages[each[at]]) if at < len(each) else None for each in (ours, theirs)]
            about = read[0] if read[0] is not None else read[1]
            return Difference(a.tick, int(member), "reading", "message", read[0], read[1], about)
    return None


def _like_differs(a: Hour, b: Hour, messages: Any) -> Difference | None:
    """Return the first visitor who likes something in one world only; messages are the same."""
    likes = [set(zip(_readers(hour)[hour.liked != 0], hour.items[hour.liked != 0], strict=True)) for hour in (a, b)]
    only = sorted(likes[0] ^ likes[1])
    if not only:
        return None
    member, item = only[0]
    in_a, in_b = (only[0] in each for each in likes)
    return Difference(a.tick, int(member), "reaction", "like", in_a, in_b, message_id(messages[item]))


def _readers(hour: Hour) -> Any:
    """Return who read each item of an hour."""
    return np.repeat(hour.visitors, np.diff(hour.start))


def _row_differs(a: Hour, b: Hour, messages: Any, fields: tuple[str, ...]) -> Difference | None:
    """Return the first row of an hour that differs in one of `fields`, or that one world lacks."""
    if _same(a.rows, b.rows):
        return None
    both = min(len(a.rows), len(b.rows))
    differs = {name: _unequal(a.rows[name][:both], b.rows[name][:both]) for name in fields}
    found = np.flatnonzero(np.any(list(differs.values()), axis=0))
    if not len(found) and len(a.rows) == len(b.rows):
        return None
    at = int(found[0]) if len(found) else both
    ours, theirs = (hour.rows[at] if at < len(hour.rows) else None for hour in (a, b))
    first = min((row for row in (ours, theirs) if row is not None), key=lambda row: int(row["member"]))
    about = message_id(messages[first["about"]]) if first["about"] >= 0 else None
    member = int(first["member"])
    if ours is None or theirs is None or ours["member"] != theirs["member"]:
        one, other = (
            None if row is None or row["member"] != member else row["errand"].item() for row in (ours, theirs)
        )
        return Difference(a.tick, member, "decision", "errand", one, other, about)
    field = next(name for name in fields if differs[name][at])
    return Difference(a.tick, member, "decision", field, ours[field].item(), theirs[field].item(), about)


def _state_differs(a: World, b: World, tick: int, without: Any = None) -> Difference | None:
    """Return the largest difference of the first member (but `without` some) whose beliefs or experience differ."""
    for name in ("beliefs", "positions", "members", "messages", "issues"):
        ours, theirs = _used(a, name), _used(b, name)
        found = None if _same(ours, theirs) else _largest(ours, theirs, name, without)
        if found:
            row, field, mine, other = found
            said = message_id(a.messages[row]) if name == "messages" else None
            member = int(a.messages["author"][row]) if name == "messages" else row if name != "issues" else -1
            return Difference(
                tick, member, "belief" if name in ("beliefs", "positions") else name, field, mine, other, said
            )
    return None


def _used(world: World, name: str) -> Any:
    array = getattr(world, name)
    return array[: int(world.clock[Clock.messages])] if name == "messages" else array


def _largest(ours: Any, theirs: Any, name: str, without: Any) -> tuple[int, str, Any, Any] | None:
    """Return row, field and both values of the largest difference of the first row that differs, if one does."""
    common = min(ours.shape[1:], theirs.shape[1:])
    ours, theirs = (each[:, : common[0]] if common else each for each in (ours, theirs))
    best: tuple[int, float, str, Any, Any] | None = None
    for field in ours.dtype.names:
        if field in _NO_DIFFERENCE.get(name, ()) or len(ours) != len(theirs):
            continue
        apart = _unequal(ours[field], theirs[field])
        if without is not None and name in ("beliefs", "positions", "members"):
            apart[without] = False
        if apart.any():
            place = tuple(int(n[0]) for n in np.nonzero(apart))
            mine, other = ours[field][place], theirs[field][place]
            size = abs(float(other) - float(mine)) if field != "key" else np.inf
            if best is None or (place[0], -size) < best[:2]:
                label = f"{field} of issue {place[1]}" if name == "positions" else field
                best = (place[0], -size, label, mine.item(), other.item())
    return None if best is None else (best[0], *best[2:])
