"""Twins: two arenas on shared luck, side by side, with all in which they differ so far.

What makes two messages the same one, a silence broken, or one thing lead to another, `sim.twin` says; here it is asked
at each hour that is shown, and laid out for the page.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import wraps
from typing import Any, Concatenate, Final, NamedTuple, ParamSpec, TypeVar

import numpy as np

from dashboards import living
from dashboards.cards import Card
from dashboards.frame import draw_frame, say_time
from dashboards.scene import describe
from dashboards.view import View
from dashboards.world import Arena, Intervention
from sim.engine import Engine
from sim.errors import InputError, shown
from sim.kernel import message_ids
from sim.organization import Organization
from sim.room import scratch
from sim.scenario import Event, Scenario, differences
from sim.state import TICKS_PER_DAY
from sim.terms import Strategy
from sim.twins import Broken, Difference, Link, Twin, words
from sim.twins.nodes import WORLDS
from sim.twins.pair import _check_same
from sim.twins.watching import WORDS, Watch, WishKey, wishes_of
from sim.wording import percent, person, rounded

PATIENCE: Final = 1.0
"""Seconds that somebody waits for a chain before it is looked for in the background."""
LATEST_BROKEN: Final = 6
UNCHANGED: Final = "As it was"
CHANGED: Final = "Changed"

_P = ParamSpec("_P")
_R = TypeVar("_R")


def _locked(method: Callable[Concatenate[Pair, _P], _R]) -> Callable[Concatenate[Pair, _P], _R]:
    """Let a method hold the pair's lock while it runs."""

    @wraps(method)
    def held(self: Pair, /, *args: _P.args, **named: _P.kwargs) -> _R:
        with self.lock:
            return method(self, *args, **named)

    return held


class Pair:
    """Two worlds, A and B, that share their luck and are at the same hour.

    They are the same up to the hour `since`. Raises InputError where luck, members or days are not the same.
    """

    def __init__(self, a: Arena, b: Arena, names: tuple[str, str] = (UNCHANGED, CHANGED), since: int = 0) -> None:
        _check_same(a.scenario, b.scenario, a.organization, b.organization)
        if a.seed != b.seed:
            raise InputError(
                f"one world has the seed {a.seed} and the other {b.seed}: twins share their luck", key="seed"
            )
        self.lock = threading.RLock()
        self.sides, self.names, self.since = (a, b), names, since
        self._compared = _Compared()
        self._traced = _Traced()
        b.look_at(a.shown)

    @classmethod
    def forked(
        cls,
        arena: Arena,
        change: Intervention | None = None,
        other: Intervention | None = None,
        names: tuple[str, str] = (UNCHANGED, CHANGED),
    ) -> Pair:
        """Return twins that part at the hour an arena shows: B with a change, A without it, or with another one."""
        with arena.lock:
            return cls(arena.forked(other), arena.forked(change), names, arena.shown)

    @classmethod
    def of(cls, a: Scenario, b: Scenario, seed: int = 1, organization: Organization | None = None) -> Pair:
        """Return two scenarios from their first hour on."""
        names = (shown(a.title, 60), shown(b.title, 60))
        return cls(Arena(a, seed, organization), Arena(b, seed, organization), names)

    @classmethod
    def without_changes(cls, arena: Arena) -> Pair:
        """Return an arena beside the one in which nothing was changed on the way."""
        with arena.lock:
            given = arena.organization if arena.given else None
            plain = Arena(arena.base, arena.seed, given)
            plain.look_at(arena.shown)
            since = min((event.tick for event in arena.interventions), default=arena.shown)
            return cls(plain, arena.forked(), (UNCHANGED, CHANGED), since)

    @property
    def identical(self) -> bool:
        """Whether both worlds are the same to the end: no setting and no event is otherwise in either."""
        return not any(next(self._own(number), None) for number in (0, 1))

    @_locked
    def same_until(self, tick: int) -> bool:
        """Return whether nothing is said, read or believed otherwise up to an hour ahead; the hour shown stays."""
        a, b = (side.engine_at(tick).world for side in self.sides)
        return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in ("messages", "beliefs", "positions"))

    # ------------------------------------------------------------ time, as of one arena

    @property
    def generation(self) -> int:
        """Grows whenever the past of one of both was changed."""
        return sum(side.generation for side in self.sides)

    @property
    def ticks(self) -> int:
        """The length of the whole run in working hours."""
        return self.sides[0].ticks

    @property
    def simulated(self) -> int:
        """The working hours that both have had."""
        return min(side.simulated for side in self.sides)

    @property
    def shown(self) -> int:
        """The working hour that is looked at."""
        return self.sides[0].shown

    @_locked
    def advance(self, ticks: int = 1) -> None:
        """Go on by some working hours, in both worlds."""
        self.look_at(self.shown + max(0, int(ticks)))

    @_locked
    def look_at(self, tick: int) -> None:
        """Show both worlds before the working hour `tick`; they go side by side, and stay so if interrupted."""
        try:
            for stop in (*range(self.shown + TICKS_PER_DAY, tick, TICKS_PER_DAY), tick):
                for side in self.sides:
                    side.look_at(stop)
        finally:
            if self.sides[1].shown != self.shown:
                with living.watched(lambda: False):
                    self.sides[1].look_at(self.shown)

    @_locked
    def intervene(self, side: int, change: Intervention) -> None:
        """Change one world (0 or 1) from the hour shown on. Raises InputError; then nothing has changed."""
        self.sides[side].intervene(change)
        self.since = min(self.since, self.shown)
        self._traced = _Traced()

    @_locked
    def replaced(self, side: int, arena: Arena, since: int) -> Pair:
        """Return twins of which one world is another one, the same as before up to the hour `since`."""
        a, b = (arena if number == side else each for number, each in enumerate(self.sides))
        return Pair(a, b, self.names, min(self.since, since))

    # ------------------------------------------------------------ what differs

    @_locked
    def compared(self) -> Twin:
        """Return all that differs at the hour shown; for looking only, and under the lock."""
        return self._compared.at(self)

    @_locked
    def first(self) -> tuple[Difference | None, Difference | None]:
        """Return the first thing seen, believed or done otherwise up to the hour shown, and the first deed."""
        watch = self._traced.until_parted(self)
        both = (watch.difference, watch.act)
        found = tuple(each if each is not None and each.tick < self.shown else None for each in both)
        return found[0], found[1]

    @_locked
    def frame(self, view: View | None = None) -> dict[str, Any]:
        """Return what the page draws of both worlds, and of their differences, as plain values for JSON."""
        twin = self.compared()
        both = [draw_frame(side, self._seen(view or View(), twin, number)) for number, side in enumerate(self.sides)]
        for number, each in enumerate(both):
            _mark(each, _Marks.of(twin, number))
        return {
            "generation": self.generation,
            "since": self.since,
            "identical": self.identical,
            "clock": both[0]["clock"],
            "a": both[0],
            "b": both[1],
            "sides": [self._side(number, twin) for number in (0, 1)],
            "numbers": [_paired(*tiles) for tiles in zip(both[0]["numbers"], both[1]["numbers"], strict=True)],
            "broken": self._broken(twin),
            **dict(zip(("difference", "act"), (self._describe(each, twin) for each in self.first()), strict=True)),
        }

    def _seen(self, view: View, twin: Twin, number: int) -> View:
        """Return the view of one world; on request, what exists there only stands first."""
        if not view.differing:
            return view
        only = (twin.only_a, twin.only_b)[number]
        rows = np.flatnonzero(np.isin(message_ids(twin.messages[number]), only))
        return view._replace(first=frozenset(rows[-view.threads :].tolist()))

    def _side(self, number: int, twin: Twin) -> dict[str, Any]:
        only = (twin.only_a, twin.only_b)[number]
        return {
            "world": WORLDS[number],
            "name": self.names[number],
            "own": [
                {"when": say_time(event.tick, self.ticks), "words": words_of_it}
                for event, words_of_it in self._own(number)
            ],
            "only": len(only),
            "voices": len(twin.first_words[number]),
        }

    def _own(self, number: int) -> Iterator[tuple[Event, str]]:
        """Yield what is otherwise in one world: settings from the start on, and events that the other one lacks."""
        mine, other = self.sides[number], self.sides[1 - number]
        apart = [
            Event(0.0, set=((name, (a, b)[number]),))
            for name, a, b in differences(self.sides[0].scenario, self.sides[1].scenario)
            if (a, b)[number] is not None
        ]
        events = [event for event in mine.scenario.written if event not in other.scenario.written]
        for event in (*apart, *events):
            yield event, describe(event, mine.scenario, mine.cast)

    def _broken(self, twin: Twin) -> dict[str, Any]:
        """Return the wishes spoken in one world only: how many in each, and the latest."""
        found = sorted(twin.broken, key=lambda each: each.wish)
        spoken_in_b = sum(each.spoken_in_b for each in found)
        latest = [self._wish(each) for each in found[: -LATEST_BROKEN - 1 : -1]]
        return {"count": [len(found) - spoken_in_b, spoken_in_b], "latest": latest}

    def _wish(self, found: Broken) -> dict[str, Any]:
        cast, member = self.sides[0].cast, found.wish.member
        ways = [Strategy(each).words.done for each in (found.strategy_a, found.strategy_b)]
        return {
            "name": cast.names[member],
            "row": member,
            "when": say_time(found.wish.tick, self.ticks),
            "side": int(found.spoken_in_b),
            "message": str(found.message),
            "a": ways[0],
            "b": ways[1],
            "p": [percent(found.p_a), percent(found.p_b)],
        }

    def _describe(self, found: Difference | None, twin: Twin) -> dict[str, Any] | None:
        """Return a difference in words."""
        if found is None:
            return None
        return {
            "tick": found.tick,
            "day": found.day,
            "hour": found.hour,
            "row": found.member if found.member >= 0 else None,
            "who": self.sides[0].cast.names[found.member] if found.member >= 0 else "",
            "what": found.what,
            "when": say_time(found.tick, self.ticks),
            "words": words.difference(twin, _plainest(twin, found)).partition(": ")[2],
            "message": None if found.message is None else str(found.message),
        }

    # ------------------------------------------------------------ why something exists here only

    def chain(
        self, message: int | str, patience: float = PATIENCE, done: Callable[[], object] | None = None
    ) -> dict[str, Any]:
        """Return how the change came to a message that one world lacks: {"thinking", "links", "problem"}.

        Whoever asks waits `patience` seconds at most; then it is looked for in the background, `done` is called when it
        is found, and whoever asks again gets it at once.
        """
        with self.lock:
            traced = self._traced
        return traced.ask(self, int(message), patience, done)

    def links(self, twin: Twin, chain: tuple[Link, ...]) -> list[dict[str, Any]]:
        """Return the links of a chain for the page."""
        return [
            {
                "world": link.world,
                "when": say_time(link.tick, self.ticks),
                "who": "" if link.member < 0 else person(twin.organization.names[link.member]),
                "words": link.text,
                "message": None if link.message is None else str(link.message),
                "certain": link.certain,
            }
            for link in chain
        ]

    @_locked
    def engines(self, tick: int) -> tuple[Engine, Engine]:
        """Return engines of one's own of both worlds, at an hour that both have had."""
        a, b = (side.engine_at(tick) for side in self.sides)
        room = max(len(engine.world.rows) for engine in (a, b))
        for engine in (a, b):  # what earlier hours left in arrays that only live within one is no difference
            engine.world = engine.world._replace(**scratch(room, engine.world.audiences))
        return a, b


# ---------------------------------------------------------------- comparing, hour after hour


class _Compared:
    """The comparison at the hour shown last. Wishes are read once: the ledger only grows."""

    def __init__(self) -> None:
        self._of: tuple[int, int] = (-1, -1)
        self._since = 0
        self._wishes: list[dict[WishKey, Any]] = [{}, {}]
        self._read = [0, 0]
        self._twin: Twin | None = None

    def at(self, pair: Pair) -> Twin:
        """Return the comparison at the hour shown."""
        now = (pair.generation, pair.shown)
        if self._twin is not None and now == self._of and self._since == pair.since:
            return self._twin
        if now[0] != self._of[0] or now[1] < self._of[1] or self._since != pair.since:
            self._wishes, self._read, self._since = [{}, {}], [0, 0], pair.since
        twin = Twin(Watch(*(side.engine for side in pair.sides)))
        for world in (0, 1):
            self._read_on(twin, world)
        twin.wishes = (self._wishes[0], self._wishes[1])
        self._of, self._twin = now, twin
        return twin

    def _read_on(self, twin: Twin, world: int) -> None:
        """Read what the ledger of one world holds more; what was before the worlds parted is the same in both."""
        engine, messages = (twin.watch.a, twin.watch.b)[world], twin.messages[world]
        at = 0
        for part in engine.ledger():
            new = np.array(part[max(0, self._read[world] - at) :])
            new = new[new["tick"] >= self._since]
            self._wishes[world].update(zip(wishes_of(new, messages), new, strict=True))
            at += len(part)
        self._read[world] = at


class _Marks(NamedTuple):
    """What the cards of one world are marked by."""

    only: frozenset[str]
    """Messages that the other world lacks."""
    otherwise: Mapping[str, str]
    """Messages that say something else there, with what differs in words."""
    spoken: frozenset[str]
    """Messages by which a silence broke: in the other world they were kept back."""
    kept_back: Mapping[str, str]
    """Drafts that were said in the other world: card -> message_id there."""

    @classmethod
    def of(cls, twin: Twin, side: int) -> _Marks:
        """Return the marks of one world."""
        broken = [each for each in twin.broken if each.spoken_in_b == bool(side)]
        silent = [each for each in twin.broken if each.spoken_in_b != bool(side)]
        wishes = twin.wishes[side]
        return cls(
            frozenset(map(str, (twin.only_a, twin.only_b)[side])),
            dict(_otherwise(twin, side)),
            frozenset(str(each.message) for each in broken),
            {f"draft-{int(wishes[each.wish]['occasion_id'])}": str(each.message) for each in silent},
        )


def _otherwise(twin: Twin, side: int) -> Iterator[tuple[str, str]]:
    """Yield the messages of one world that say something else in the other, and in what."""
    changed = {each.message: each for each in twin.changed}
    ids = message_ids(twin.messages[0])
    for row in np.flatnonzero(np.isin(ids, list(changed))):
        mine = int(row) if side == 0 else int(twin.counterpart[0][row])
        number = message_ids(twin.messages[side][mine : mine + 1])[0]
        values = [(name, (a, b)[side], (b, a)[side]) for name, a, b in changed[int(ids[row])].fields]
        said = [
            f"{words.value(name, here)} here, {words.value(name, there)} there"
            for name, here, there in values
            if name in WORDS
        ]
        yield str(int(number)), "; ".join(said) or "more or less critical there"


def _plainest(twin: Twin, found: Difference) -> Difference:
    """Return a difference between two answers of a leader as how they treat what they answer."""
    said = next((each for each in twin.changed if each.message == found.message), None)
    treated = next((field for field in said.fields if field[0] == "treatment"), None) if said else None
    return found if treated is None else replace(found, field=treated[0], a=treated[1], b=treated[2])


def _mark(drawn: dict[str, Any], marks: _Marks) -> None:
    """Mark the cards of a frame by what exists, is said or is kept back in its world only."""
    for thread in drawn["threads"]:
        for card in thread["cards"]:
            card.update(_marked(card, marks))


def _marked(card: Card, marks: _Marks) -> dict[str, Any]:
    name = card["id"]
    return {
        "only": name in marks.only,
        "otherwise": marks.otherwise.get(name),
        "broken": name in marks.spoken,
        "said_there": marks.kept_back.get(name),
    }


def _paired(a: Mapping[str, Any], b: Mapping[str, Any]) -> dict[str, Any]:
    """Return one number in both worlds, and B less A."""
    less = None if a["value"] is None or b["value"] is None else rounded(b["value"] - a["value"])
    return {
        **{name: a[name] for name in ("key", "label", "unit")},
        "a": a["words"],
        "b": b["words"],
        "less": less,
        "words": _less(less, a["unit"]),
    }


def _less(less: float | None, unit: str) -> str:
    """Return a difference in words: +4 points, 0.3 fewer."""
    if less is None:
        return "–"
    size = less * (100 if unit == "share" else 1)
    text = f"{size:+.{0 if abs(size) >= 10 else 1}f}".replace("-", "−")
    return "the same" if text[1:] in ("0.0", "0") else f"{text} points" if unit == "share" else text


# ---------------------------------------------------------------- tracing


class _Traced:
    """Both worlds repeated hour by hour, as far as somebody wants to know how they parted."""

    def __init__(self) -> None:
        self._busy = threading.RLock()
        self._watch: Watch | None = None
        self._twin: Twin | None = None
        self._answers: dict[int, dict[str, Any]] = {}
        self._asked: dict[int, threading.Thread] = {}

    def until_parted(self, pair: Pair) -> Watch:
        """Return both worlds, watched until somebody did something otherwise, or to the hour shown."""
        watch = self._watch
        if watch is not None and watch.act is not None:
            return watch
        with self._busy:
            watch = self._watched(pair)
            while watch.act is None and watch.a.tick < pair.shown:
                living.check()
                watch.advance(watch.a.tick + 1)
        return watch

    def _watched(self, pair: Pair) -> Watch:
        if self._watch is None:
            self._watch = Watch(*pair.engines(pair.since))
        return self._watch

    def ask(self, pair: Pair, message: int, patience: float, done: Callable[[], object] | None) -> dict[str, Any]:
        """Return the chain to a message, or that it is being looked for."""
        if message not in self._answers and not self._asked:  # one at a time; who asks again later has a turn then
            tracing = threading.Thread(
                target=self._trace, args=(pair, message, pair.shown, done), daemon=True, name="ism-chain"
            )
            self._asked[message] = tracing
            tracing.start()
            tracing.join(patience)
        elif message in self._asked and patience:
            self._asked[message].join(patience)
        return self._answers.get(message, {"thinking": True, "links": [], "problem": None})

    def _trace(self, pair: Pair, message: int, until: int, done: Callable[[], object] | None) -> None:
        """Look for a chain; what hinders is the answer."""
        try:
            with pair.lock:
                self.until_parted(pair)
            with self._busy:
                twin = self._simulate(pair, until)
                links, problem = pair.links(twin, twin.chain(message)), None
        except InputError as hindrance:
            links, problem = [], str(hindrance)
        self._answers[message] = {"thinking": False, "links": links, "problem": problem}
        self._asked.pop(message, None)
        if done is not None:
            done()

    def _simulate(self, pair: Pair, until: int) -> Twin:
        """Return both worlds as they were watched up to an hour, or beyond."""
        watch = self._watched(pair)
        if self._twin is None or watch.a.tick < until:
            watch.advance(until)
            self._twin = Twin(watch)
        return self._twin
