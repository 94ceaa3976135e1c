"""The verdict on a leader's answer: who saw it, who heard of it, whose next critique it killed or saved, and the team.

The world in which somebody answered stands beside the one in which they did otherwise, on the same luck. Whatever is
said here is what the answer did, and nothing else.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from dashboards import living
from dashboards.aftermath import compared, critiques, in_both
from dashboards.cards import Arrangement, Cards, Wish
from dashboards.differences import difference
from dashboards.frame import say_time
from dashboards.ledger import Ledger
from dashboards.reach import NEVER, Reach
from dashboards.twins import Pair
from dashboards.willing import willing_now
from sim.engine import Engine
from sim.terms import SPOKEN, Response, Strategy
from sim.wording import percent

DRAFTS: Final = 3
"""Drafts that are shown by name, before and after."""
NAMES: Final = 6
"""Members named of those whose next critique died or lives."""
_SEEN: Final = Arrangement(True, False, True, 0)


class Verdict:
    """What an answer to a message did, where B is the world that it was given in, or A, where B stays silent.

    `message` is the message_id. Both worlds live once more, from the hour at which they part.
    """

    def __init__(self, pair: Pair, message: int) -> None:
        self._pair, self._message = pair, message
        self._begin()

    def _begin(self) -> None:
        self._generation = self._pair.generation
        self._worlds = self._pair.engines(min(self._pair.since, self._pair.shown))
        self._side, self._reach = 1, Reach(NEVER, self._worlds[0].organization.members)
        for tick in (self._pair.since + 1, self._pair.since + 2):
            if self._reach.answer < 0 and tick <= self._pair.shown:
                self._look_for_it(tick)

    def _look_for_it(self, tick: int) -> None:
        """Live up to an hour, and look in which of both worlds the answer stands then."""
        for side in (0, 1):
            self._worlds[side].advance(tick)
            row = answer_to(self._worlds[side], self._message)
            if row >= 0:
                self._side, self._reach = side, Reach(row, len(self._reach.saw_at))
                self._reach.count_answered(self._worlds[side])

    def _follow(self) -> None:
        """Let both worlds live up to the hour shown; for an earlier one, or other worlds, they begin again."""
        stands = max(engine.tick for engine in self._worlds)
        if self._pair.generation != self._generation or self._pair.shown < stands or self._reach.answer < 0:
            self._begin()
        for side, engine in enumerate(self._worlds):
            if side == self._side and self._reach.answer >= 0:
                living.advance(engine, self._pair.shown, self._reach.note)
                self._reach.note_hearers(engine)
            else:
                living.advance(engine, self._pair.shown)

    def describe(self) -> dict[str, Any] | None:
        """Return the verdict at the hour shown; None as long as neither world has an answer."""
        self._follow()
        if self._reach.answer < 0:
            return None
        other, this = (willing_now(engine) for engine in self._worlds)
        reached = self._reach.groups()
        every = {**reached, "know": reached["saw"] | reached["heard"], "team": self._team()}
        groups = {name: {"members": int(who.sum()), **compared(this[who], other[who])} for name, who in every.items()}
        wishes = self._next_critiques()
        return {
            "world": "AB"[self._side],
            "how": Response(int(self._answer["treatment"])).name,
            "until": say_time(self._worlds[1].tick, self._worlds[1].ticks),
            "author": self._names[self._author],
            "groups": groups,
            "sentences": self._sentences(groups),
            **self._fates(wishes),
            "drafts": self._drafts(wishes, other, this),
        }

    def _sentences(self, groups: dict[str, Any]) -> list[str]:
        said = [("Those who saw it", "saw"), ("Those who only heard of it", "heard")]
        said.append((f"The team of {self._names[self._author]}", "team"))
        return [difference(who, groups[name]) for who, name in said if groups[name]["members"]]

    # ------------------------------------------------------------ who

    @property
    def _names(self) -> list[str]:
        return self._pair.sides[0].cast.names

    @property
    def _answer(self) -> Any:
        return self._worlds[self._side].world.messages[self._reach.answer]

    @property
    def _author(self) -> int:
        """The row of the member who is answered."""
        return int(self._worlds[self._side].world.messages["author"][self._answer["parent"]])

    def _team(self) -> Any:
        """Return who is in the team of the one who is answered, manager included: bool[n]."""
        people = self._pair.sides[0].organization
        manager = int(people.manager[self._author])
        team = people.team == people.team[self._author]
        team[[self._author, *([manager] * (manager >= 0))]] = True
        return team

    # ------------------------------------------------------------ critiques that both worlds have in mind

    def _next_critiques(self) -> tuple[Any, Any]:
        """Return the next critique that each member it reached has in mind in both worlds: rows of both ledgers."""
        other, this = (critiques(engine, self._pair.since) for engine in self._worlds)
        ours, theirs = in_both(this, other)
        order = np.argsort(this["tick"][ours], kind="stable")
        mine, their = this[ours[order]], other[theirs[order]]
        since = self._reach.since()[mine["member"]]
        after = (since != NEVER) & (mine["tick"] > since)
        _, first = np.unique(mine["member"][after], return_index=True)
        return mine[after][first], their[after][first]

    def _fates(self, wishes: tuple[Any, Any]) -> dict[str, Any]:
        """Return whose next critique is said in one world only; `dies` is said in A and kept back in B."""
        said, otherwise = (each["strategy"] < SPOKEN for each in wishes)
        fates = {"dies": ~said & otherwise, "lives": said & ~otherwise}
        return {
            "next": len(said),
            **{
                name: {
                    "members": int(which.sum()),
                    "names": [self._names[row] for row in wishes[0]["member"][which][:NAMES].tolist()],
                }
                for name, which in fates.items()
            },
        }

    def _drafts(self, wishes: tuple[Any, Any], other: Any, this: Any) -> list[dict[str, Any]]:
        """Return drafts in both worlds; where they are too few, what the most changed would do, were they asked."""
        found = [self._draft(*both) for both in _most_telling(*wishes)]
        named = {draft["row"] for draft in found}
        change = np.where(self._reach.since() == NEVER, np.nan, np.abs(this - other))
        order = [row for row in np.argsort(-np.nan_to_num(change)).tolist() if row not in named and change[row] > 0.0]
        return found + [self._asked(row, other, this) for row in order[: DRAFTS - len(found)]]

    def _asked(self, row: int, other: Any, this: Any) -> dict[str, Any]:
        """Return what a member would do, were they asked for a critique now."""
        a, b = ({"said": None, "done": "", "chance": percent(float(each[row]))} for each in (other, this))
        return {"name": self._names[row], "row": row, "when": "", "text": None, "a": a, "b": b}

    def _draft(self, mine: Any, their: Any) -> dict[str, Any]:
        """Return one draft in both worlds, by name."""
        wish: Any = Wish._make(mine.tolist())
        engine = self._worlds[1]
        card = Cards(self._pair.sides[1].cast, engine.world, _SEEN).draft(wish, Ledger(engine).began(wish), 0)
        a, b = (_fate(each) for each in (their, mine))
        return {"name": card["name"], "row": wish.member, "when": card["when"], "text": card["text"], "a": a, "b": b}


def answer_to(engine: Engine, message: int) -> int:
    """Return the row of the latest answer that a leader gave to a message; -1 where there is none."""
    row = engine.find_message(message)
    messages = engine.world.messages
    found = np.flatnonzero((messages["parent"] == row) & (messages["treatment"] > Response.none))
    return int(found[-1]) if row >= 0 and len(found) else NEVER


def _most_telling(mine: Any, their: Any) -> list[tuple[Any, Any]]:
    """Return some wishes in both worlds: those said in one only first, then those whose chance differs most."""
    turned = (mine["strategy"] < SPOKEN) != (their["strategy"] < SPOKEN)
    order = np.lexsort((-np.abs(mine["p_spoken"] - their["p_spoken"]), ~turned))[:DRAFTS]
    return [(mine[row], their[row]) for row in order.tolist()]


def _fate(wish: Any) -> dict[str, Any]:
    """Return what became of a draft in one world."""
    said = wish["strategy"] < SPOKEN
    return {
        "said": bool(said),
        "done": Strategy(int(wish["strategy"])).words.done,
        "chance": percent(float(wish["p_spoken"])),
    }
