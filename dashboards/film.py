"""The film of one public answer: how it spreads among some thirty people, hour by hour, beside the world without it.

Nothing of it is prepared. Both worlds are simulated through these hours, and each step of the film is what they
were in one of them: who read it, who heard of it from whom, what somebody had in mind and did with it, and how willing
each is. Another seed, another scenario is another film. Where a world has no answer of its own, one rebuke is put in.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from dashboards import living
from dashboards.aftermath import Aftermath, called, is_answer
from dashboards.cards import Arrangement, Cards, Wish
from dashboards.circle import circle, places, ties_among
from dashboards.frame import say_time
from dashboards.ledger import Ledger
from dashboards.reach import NEVER, teller_of
from dashboards.world import Arena, with_interventions
from sim.errors import shown
from sim.lexicon import vocabulary
from sim.scenario import Event
from sim.state import TICKS_PER_DAY
from sim.terms import SPOKEN, Response, Scope
from sim.wording import rounded

HOURS: Final = 5 * TICKS_PER_DAY
"""Working hours after the answer that the film shows: a week."""
PEOPLE: Final = 30
"""Members in the picture."""
LASTS: Final = 40.0
"""Seconds that the film takes, without the last sentence, on which it stands still."""
_WEIGHTS: Final = {
    "people": 3.0, "critique": 4.0, "answer": 4.0, "draft": 2.4, "hour": 0.9, "quiet": 0.25, "night": 1.8, "twins": 0.0,
}  # fmt: skip
"""How long each kind of step stands, before all are made to last `LASTS` together."""
REBUKE: Final = {"by": "ceo", "to": "latest_critique", "how": Response.sanction.name}
_DAYS: Final = (20, 25, 30, 15, 10, 35, 40, 45, 50, 5)
"""Days on which a rebuke is put in: the first on which there is a critique to rebuke."""
_SEEN: Final = Arrangement(True, False, True, 0)


# ---------------------------------------------------------------- whose film it is


def answer_in(arena: Arena) -> Aftermath | None:
    """Return the first answer for all to see that a world has, or one rebuke put into it; None where there is none."""
    for event in sorted(filter(is_answer, arena.scenario.written), key=lambda each: each.tick):
        found = Aftermath(arena, event)
        if found.answered:
            return found
    for day in _DAYS:
        if day * TICKS_PER_DAY + HOURS <= arena.ticks:
            living.check()
            found = _put_in(arena, day)
            if found.answered:
                return found
    return None


def _put_in(arena: Arena, day: int) -> Aftermath:
    """Return what one rebuke on some day does to a world."""
    with arena.lock:
        given, earlier = arena.organization if arena.given else None, arena.interventions
    coming = sorted((*earlier, *with_interventions(arena.base, [{"day": day, "respond": REBUKE}])[1]), key=_when)
    world = Arena(arena.base, arena.seed, given, coming)
    event = next(each for each in world.interventions if each.tick == day * TICKS_PER_DAY and is_answer(each))
    return Aftermath(world, event)


def _when(event: Event) -> int:
    return event.tick


# ---------------------------------------------------------------- the film


class Film:
    """One film: both worlds are simulated when it is made, so that making it takes as long as simulating them."""

    def __init__(self, found: Aftermath) -> None:
        self.found = found
        self._written = np.asarray(found.here.world.messages)
        answer = self._written[found.reach.answer]
        self.author, self.leader = int(self._written["author"][answer["parent"]]), int(answer["author"])
        self.scope = Scope(int(self._written["scope"][answer["parent"]]))
        around = circle(found.here, self.author, self.scope, PEOPLE + 1)
        self.rows = [row for row in around if row != self.leader][:PEOPLE]
        self._place = {row: n for n, row in enumerate(self.rows)}
        self._ties = ties_among(found.here.organization, self.rows)
        self.steps = list(self._shot())

    def describe(self) -> dict[str, Any]:
        """Return the film as plain values for JSON."""
        cast, event, here = self.found.cast, self.found.event, self.found.here
        return {
            "called": called(event),
            "title": f"After {called(event)}",
            "group": "team" if self.scope == Scope.team else "department",
            "readers": self.scope.words.noun,
            "members": here.organization.members,
            "how": event.respond.how if event.respond else "",
            "words": vocabulary(Response)[event.respond.how] if event.respond else {},
            "tick": event.tick,
            "until": here.tick,
            "people": [self._person(row) for row in self.rows],
            "leader": self._person(self.leader),
            "places": places(len(self.rows)),
            "ties": self._ties,
            "text": self._text(),
            "issue": shown(cast.issues[int(self._written["issue"][self._parent()])].name, 60),
            "steps": _timed(self.steps),
            "groups": self.groups(),
        }

    def _person(self, row: int) -> dict[str, Any]:
        cast = self.found.cast
        about = {"name": cast.names[row], "initials": cast.initials[row], "title": cast.titles[row], "row": row}
        return {**about, "manager": row == int(self.found.here.organization.manager[self.author])}

    def _parent(self) -> int:
        return int(self._written["parent"][self.found.reach.answer])

    def _text(self) -> str:
        cards = Cards(self.found.cast, self.found.here.world, _SEEN)
        return str(cards.message(self._parent(), 0)["text"])

    def groups(self) -> dict[str, dict[str, Any]]:
        """Return how willing those who read it are now, with it and without; of those who heard, of both, of others."""
        return {
            **{name: self.found.moved(who) for name, who in self.found.reach.groups().items()},
            "know": self.found.known(),
        }

    # ------------------------------------------------------------ hour by hour

    def _shot(self) -> Iterator[dict[str, Any]]:
        """Yield the steps: who there is, the critique, the answer, then hour after hour and night after night."""
        first = self._standing(self.found.event.tick)
        yield {"kind": "people", **first}
        yield {"kind": "critique", **first}
        yield {"kind": "answer", **first, "read": [self._place[self.author]]}
        for tick in range(self.found.event.tick + 1, min(self.found.event.tick + HOURS, self.found.here.ticks)):
            living.check()
            self.found.follow(tick + 1)
            yield self._hour(tick)
            if (tick + 1) % TICKS_PER_DAY == 0:
                yield self._night(tick)
        yield {"kind": "twins", **self._standing(self.found.here.tick)}

    def _hour(self, tick: int) -> dict[str, Any]:
        """Return an hour that has just passed: who of those in the picture read it, and what they had in mind."""
        read = [n for n, row in enumerate(self.rows) if self.found.reach.saw_at[row] == tick]
        drafts = list(self._drafts(tick))
        kind = "draft" if drafts else "hour" if read else "quiet"
        return {"kind": kind, **self._standing(tick), "read": read, "drafts": drafts}

    def _night(self, tick: int) -> dict[str, Any]:
        """Return the night after an hour: who heard of it, and from whom; -1 is somebody else."""
        reach, here = self.found.reach, self.found.here
        news = [row for row in self.rows if reach.heard_at[row] == tick and not NEVER < reach.saw_at[row] <= tick]
        heard = [[self._place.get(teller_of(here, row, reach.answer), -1), self._place[row]] for row in news]
        return {"kind": "night" if heard else "quiet", **self._standing(tick + 1), "heard": heard}

    def _standing(self, tick: int) -> dict[str, Any]:
        """Return the hour, how willing everyone in the picture is in both worlds, and what was lost everywhere."""
        here, there = self.found.willing()
        groups = self.found.reach.groups()
        return {
            "tick": tick,
            "when": say_time(tick, self.found.here.ticks),
            "here": [rounded(each, 3) for each in here[self.rows].tolist()],
            "there": [rounded(each, 3) for each in there[self.rows].tolist()],
            "known": {name: int(groups[name].sum()) for name in ("saw", "heard")},
            "lost": {name: rounded(float(np.nansum((there - here)[groups[name]])), 2) for name in ("saw", "heard")},
            "read": [],
            "heard": [],
            "drafts": [],
        }

    def _drafts(self, tick: int) -> Iterator[dict[str, Any]]:
        """Yield what those in the picture had to say against something in an hour, and what they did with it."""
        ledger, other = Ledger(self.found.here), Ledger(self.found.there).since(tick)
        cards = Cards(self.found.cast, self.found.here.world, _SEEN)
        for values in ledger.since(tick).tolist():
            wish: Any = Wish._make(values)
            if wish.criticality > 0.0 and wish.member in self._place:
                card = cards.draft(wish, ledger.began(wish), 0)
                twin = other[other["occasion_id"] == wish.occasion_id]
                yield {
                    "of": self._place[wish.member],
                    "text": card["text"],
                    "said": wish.strategy < SPOKEN,
                    "done": card["strategy_words"],
                    "motive": card["motive_words"],
                    "chance": rounded(wish.p_spoken, 3),
                    "without": rounded(float(twin["p_spoken"][0]), 3) if len(twin) else None,
                    "otherwise": bool(len(twin)) and bool((twin["strategy"][0] < SPOKEN) != (wish.strategy < SPOKEN)),
                }


def _timed(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return steps with the seconds that each stands."""
    whole = sum(_WEIGHTS[step["kind"]] for step in steps)
    return [{**step, "seconds": round(LASTS * _WEIGHTS[step["kind"]] / whole, 3)} for step in steps]
