"""The hot stove: who was burnt falls silent, and so never learns that the stove has cooled (Denrell & March 2001).

In an arena it need not be so, because the silent can watch how others fare. How many of them do is measured here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from sim.engine import Engine
from sim.spiral.path import critical
from sim.state import TICKS_PER_DAY, Clock, World
from sim.terms import SPOKEN, Response

WINDOW_DAYS = 10
"""Workdays after somebody was first burnt in which is looked whether they speak, and what they get to see."""

NEVER = np.iinfo(np.int64).max
_SAFETY = ("safety_line_manager", "safety_executives")


class HotStove(NamedTuple):
    """Members, counted over the first `WINDOW_DAYS` workdays after each was first burnt.

    Burnt is who felt less safe with a superior after a visit than before it, by what they met or watched there. An
    experience is any treatment of critique by a leader, one's own, watched, heard of from ties or seen in the team. The
    first time counts, and as many days for all: after the last time there would by definition be no bad experience any
    more.
    """

    burnt: int
    silent: int
    """Burnt who criticised nothing in those days, and"""
    silent_in_the_dark: int
    """of these those who had no further experience: nothing could have shown them how safe it is."""
    outspoken_in_the_dark: int
    """Burnt who criticised something in those days, and had no further experience all the same."""

    @property
    def share(self) -> float:
        """The hot-stove share: of the burnt, those who are silent and in the dark; NaN where nobody was burnt."""
        return self.silent_in_the_dark / self.burnt if self.burnt else float("nan")

    @property
    def silent_share(self) -> float:
        """Share of the silent burnt who are in the dark."""
        return self.silent_in_the_dark / self.silent if self.silent else float("nan")

    @property
    def outspoken_share(self) -> float:
        """Share of the outspoken burnt who are in the dark."""
        outspoken = self.burnt - self.silent
        return self.outspoken_in_the_dark / outspoken if outspoken else float("nan")


class Burns:
    """Watches, hour by hour, what visits do to the safety that members feel."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        members = len(engine.world.members)
        self.burnt = np.full(members, -1)  # tick of the first time
        self.experienced = np.full(members, NEVER)  # tick of the first experience after that
        self._before: Any = None

    def advance(self, until: int) -> None:
        """Run the engine up to the tick `until`."""
        while self.engine.tick < until:
            self._before = {name: self.engine.world.beliefs[name].copy() for name in (*_SAFETY, "credibility")}
            self.engine.advance(self.engine.tick + 1, self._look)

    def _look(self, engine: Engine) -> None:
        world = engine.world
        visitors = world.visitors[: int(world.clock[Clock.visitors])]
        after, before = world.beliefs[visitors], {name: held[visitors] for name, held in self._before.items()}
        learned = after["credibility"] != before["credibility"]  # moves with what leaders do, and only then
        self._note_experience(visitors[learned], engine.tick)
        if engine.tick % TICKS_PER_DAY == 0:
            self._note_experience(np.flatnonzero(_learned_overnight(world)), engine.tick)
        fell = (after[_SAFETY[0]] < before[_SAFETY[0]]) | (after[_SAFETY[1]] < before[_SAFETY[1]])
        self.burnt[visitors[fell & (self.burnt[visitors] < 0)]] = engine.tick

    def _note_experience(self, members: Any, tick: int) -> None:
        again = members[self.burnt[members] >= 0]
        self.experienced[again] = np.minimum(self.experienced[again], tick)

    def count(self) -> HotStove:
        """Return what is to be seen now, of all who were burnt long enough ago."""
        window = WINDOW_DAYS * TICKS_PER_DAY
        burnt = (self.burnt >= 0) & (self.burnt < self.engine.tick - window)
        silent = ~_criticised(self.engine.ledger(), self.burnt, window)
        dark = self.experienced >= self.burnt + window
        kinds = (burnt, burnt & silent, burnt & silent & dark, burnt & ~silent & dark)
        return HotStove(*(int(kind.sum()) for kind in kinds))


def _learned_overnight(world: World) -> Any:
    """Say of each member whether a treatment of critique reached them last night, by ties or in the team: bool[n]."""
    members = world.members
    in_team = (members["manager"] >= 0) & (members["team_talk"][members["manager"]] != Response.none)
    return (members["heard_of"] >= 0) | in_team


def _criticised(ledger: Iterable[Any], since: Any, window: int) -> Any:
    """Say of each member whether they criticised anything in the ticks from `since` on, `window` of them."""
    found = np.zeros(len(since), bool)
    for part in ledger:
        said = part[critical(part) & (part["strategy"] < SPOKEN)]
        after = said["tick"] - since[said["member"]]
        found[said["member"][(after >= 0) & (after < window)]] = True
    return found


def watch_burns(engine: Engine, until: int | None = None) -> HotStove:
    """Run an engine to its end, or to the tick `until`, and return who was burnt, fell silent and is in the dark."""
    burns = Burns(engine)
    burns.advance(engine.ticks if until is None else until)
    return burns.count()
