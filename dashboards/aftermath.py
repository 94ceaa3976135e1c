"""After an answer: who saw how a leader treated a message for all to see, and what it did to them.

The world as it is stands beside the same world, on the same luck, in which this one answer was never given. So whatever
differs between both is the answer's doing: no day, no issue and no other answer can be mistaken for it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final, NamedTuple

import numpy as np

from dashboards import living
from dashboards.cards import Arrangement, Cards
from dashboards.frame import say_time
from dashboards.numbers import belief_of
from dashboards.reach import Reach
from dashboards.twins import Pair
from dashboards.view import SAFETY
from dashboards.willing import willing_now
from dashboards.world import Arena
from experiments.patterns.probes import row_of_answer
from experiments.statistics import mean_interval
from sim.engine import Engine
from sim.lexicon import definite, vocabulary
from sim.scenario import Event, Scenario
from sim.state import DAYS_PER_WEEK, TICKS_PER_DAY
from sim.terms import SPOKEN, Response
from sim.wording import rounded

WINDOW: Final = 20 * TICKS_PER_DAY
"""Working hours after the answer that are followed."""
BEFORE: Final = 2 * DAYS_PER_WEEK * TICKS_PER_DAY
"""Working hours before it with whose wishes those after it are compared."""


class Group(NamedTuple):
    """Those who saw an answer, heard of it, or neither; numbers as they are, without it, and their difference."""

    members: int
    willing: dict[str, Any]
    """Mean willingness of those who are asked."""
    safety_before: float | None
    safety: dict[str, Any]
    chance: dict[str, Any]
    """Mean chance that a critique of theirs is voiced, over the wishes that both worlds have since it reached them."""
    wishes: int
    unsaid: int
    unsaid_without: int
    wishes_before: int
    unsaid_before: int
    """Of the critiques they had in mind: how many, and how many of these were left unsaid."""


def latest(arena: Arena) -> Event | None:
    """Return the latest answer that the scenario or a visitor gave before the hour shown; None where there is none."""
    given = [event for event in arena.scenario.written if is_answer(event) and event.tick < arena.shown]
    return max(given, key=lambda event: event.tick, default=None)


def is_answer(event: Event) -> bool:
    """Return whether a leader answers in an event, for all to see; staying silent is no answer."""
    return event.respond is not None and event.respond.how != Response.none.name


def without(scenario: Scenario, event: Event) -> Scenario:
    """Return a scenario in which an event does not happen."""
    kept = [each for each in scenario.written if each is not event]
    return replace(scenario, events=(), written=()).with_events(*kept)


class Aftermath:
    """Two worlds from the hour of an answer on: as it is, and without it."""

    def __init__(self, arena: Arena, event: Event) -> None:
        with arena.lock:
            past = arena.forked()
            self._of = (arena, arena.generation, event)
            self.cast, self.event = arena.cast, event
            past.look_at(event.tick)
            self._start = past.engine.snapshot()
            self._scenario = arena.scenario
        self._begin()

    def _begin(self) -> None:
        self.here = Engine.from_snapshot(self._start.continued_in(self._scenario))
        self.there = Engine.from_snapshot(self._start.continued_in(without(self._scenario, self.event)))
        self._safety_before = belief_of(self.here.world.beliefs, SAFETY).copy()
        for engine in (self.here, self.there):
            engine.advance(self.event.tick + 1)
        answer = row_of_answer(self.here, self.event) if self.event.respond else -1
        self.reach = Reach(answer, len(self._safety_before))
        if self.answered:
            self.reach.count_answered(self.here)

    @property
    def arena(self) -> Arena:
        """The arena in whose world the answer is given."""
        return self._of[0]

    @property
    def answered(self) -> bool:
        """Whether there was something to answer."""
        return self.reach.answer >= 0

    def is_of(self, arena: Arena, event: Event | None) -> bool:
        """Return whether this is about an answer in the world of an arena as it is."""
        return self._of[:2] == (arena, arena.generation) and self.event is event

    # ------------------------------------------------------------ time

    def follow(self, tick: int) -> None:
        """Let both worlds live up to an hour, at most those that are followed; for an earlier one they begin again."""
        tick = max(self.event.tick + 1, min(tick, self.event.tick + WINDOW))
        if tick < self.here.tick:
            self._begin()
        if self.answered:
            living.advance(self.here, tick, self.reach.note)
            self.reach.note_hearers(self.here)
            living.advance(self.there, tick)

    # ------------------------------------------------------------ what it did

    def cost(self) -> Any:
        """Return by how much each member feels safer than without the answer; float64[n], below 0 for less safe."""
        here, there = (belief_of(engine.world.beliefs, SAFETY) for engine in (self.here, self.there))
        return np.asarray(here - there)

    def willing(self) -> tuple[Any, Any]:
        """Return each member's willingness with the answer, and without it; float64[n] each, NaN where not asked."""
        return willing_now(self.here), willing_now(self.there)

    def moved(self, who: Any) -> dict[str, Any]:
        """Return how many some members are, bool[n], and how willing they are with the answer and without it."""
        return {"members": int(who.sum()), **compared(*(values[who] for values in self.willing()))}

    def known(self) -> dict[str, Any]:
        """Return what it did to all who know of it, read or heard."""
        reached = self.reach.groups()
        return self.moved(reached["saw"] | reached["heard"])

    def pair(self) -> Pair:
        """Return both worlds as twins, at the hour that the arena shows."""
        arena, _, event = self._of
        with arena.lock:
            given = arena.organization if arena.given else None
            other = Arena(without(arena.scenario, event), arena.seed, given)
            this = arena.forked()
            other.look_at(this.shown)
            return Pair(other, this, (f"Without {called(event)}", "As it is"), event.tick)

    def describe(self) -> dict[str, Any] | None:
        """Return what a page shows of it; None where there was nothing to answer."""
        if not self.answered or self.event.respond is None:
            return None
        messages = np.asarray(self.here.world.messages)
        answer = messages[self.reach.answer]
        cards = Cards(self.cast, self.here.world, Arrangement(True, False, True, 0))
        willing = self.willing()
        wishes = [critiques(engine, self.event.tick - BEFORE) for engine in (self.here, self.there)]
        return {
            "how": self.event.respond.how,
            "answer": called(self.event),
            "how_words": vocabulary(Response)[self.event.respond.how],
            "tick": self.event.tick,
            "day": self.event.tick // TICKS_PER_DAY,
            "until": say_time(self.here.tick, self.here.ticks),
            "over": self.here.tick >= self.event.tick + WINDOW,
            "who": cards.author(cards.known(self.reach.answer)).name,
            "whom": cards.author(cards.known(int(answer["parent"]))).name,
            "text": cards.message(int(answer["parent"]), 0)["text"],
            "members": len(self._safety_before),
            **{name: self._group(who, willing, *wishes)._asdict() for name, who in self.reach.groups().items()},
        }

    def _group(self, who: Any, willing: tuple[Any, Any], here: Any, there: Any) -> Group:
        """Return what it did to some members, who are so willing; the rest are the critical wishes of both worlds."""
        ours, theirs = (self._later(wishes, who) for wishes in (here, there))
        earlier = here[(here["tick"] < self.event.tick) & who[here["member"]]]
        both = in_both(ours, theirs)
        return Group(
            int(who.sum()),
            compared(*(values[who] for values in willing)),
            _mean(self._safety_before[who]),
            compared(*(belief_of(engine.world.beliefs, SAFETY)[who] for engine in (self.here, self.there))),
            compared(ours["p_spoken"][both[0]], theirs["p_spoken"][both[1]]),
            len(ours),
            _unsaid(ours),
            _unsaid(theirs),
            len(earlier),
            _unsaid(earlier),
        )

    def _later(self, wishes: Any, who: Any) -> Any:
        """Return the wishes of some members since the answer reached them; of others, since it was given."""
        since = np.maximum(self.reach.since(), self.event.tick)
        return wishes[who[wishes["member"]] & (wishes["tick"] > since[wishes["member"]])]


def called(event: Event) -> str:
    """Return what an answer is called: `the rebuke from above`."""
    return definite(Response[event.respond.how].words.noun) if event.respond else "the answer"


def critiques(engine: Engine, since: int) -> Any:
    """Return the critical wishes of the silence ledger from an hour on."""
    rows = np.concatenate([np.asarray(part) for part in engine.ledger()])
    rows = rows[int(np.searchsorted(rows["tick"], since)) :]
    return rows[rows["criticality"] > 0.0]


def in_both(ours: Any, theirs: Any) -> tuple[Any, Any]:
    """Return the places of the wishes that two worlds have both."""
    _, a, b = np.intersect1d(ours["occasion_id"], theirs["occasion_id"], assume_unique=True, return_indices=True)
    same = (ours["issue"][a] == theirs["issue"][b]) & (ours["form"][a] == theirs["form"][b])
    return a[same], b[same]


def compared(here: Any, there: Any) -> dict[str, Any]:
    """Return two means, and their difference with its 95% interval, pair by pair; where both are known."""
    known = ~np.isnan(here - there)
    here, there = here[known], there[known]
    apart = mean_interval((here - there).tolist())
    return {
        "here": _mean(here),
        "without": _mean(there),
        "less": _mean(here - there),
        "low": rounded(apart.low),
        "high": rounded(apart.high),
        "count": apart.runs,
    }


def _mean(values: Any) -> float | None:
    return rounded(values.mean()) if len(values) else None


def _unsaid(rows: Any) -> int:
    return int((rows["strategy"] >= SPOKEN).sum())
