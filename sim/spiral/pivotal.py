"""Who was pivotal: whose silence, in a twin on the same luck, would have ended it.

Of one run that is exact: everything else that happens in the twin happens because this voice was missing. It holds for
the luck of this run and no other; with other luck others may be pivotal, or nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sim import kernel
from sim.engine import Behaviour, Engine
from sim.spiral.path import (
    Fate,
    Rerun,
    answers_on,
    critique_answers,
    fate_of,
    first_voices,
    from_below,
    messages_of,
    seconding,
    voices_on,
)
from sim.state import TICKS_PER_DAY, Clock, Errand
from sim.terms import SPOKEN, Choice, Response, Strategy

if TYPE_CHECKING:
    from sim.record import Run

MOST = 8
"""People whose silence is tried out, unless said otherwise."""


@dataclass(frozen=True)
class Pivot:
    """One person, and what would have become of the issue had they been silent."""

    member: int
    message: int
    """Row of the message on account of which they were looked at."""
    tick: int
    part: str
    """What that message was in the issue's path."""
    fate: Fate
    """What became of the issue in the run."""
    once: Fate
    """And what, had they withheld this one message."""
    throughout: Fate
    """And what, had they withheld all that they ever had to say of this issue."""

    @property
    def ended(self) -> tuple[str, ...]:
        """The stages that the issue reached, and would never have reached in the run's time without this person."""
        return _lost(self.fate, self.throughout)

    @property
    def pivotal(self) -> bool:
        """Whether the silence of this person would have ended it."""
        return bool(self.ended)

    @property
    def delays(self) -> dict[str, float]:
        """Workdays by which the stages reached all the same would have come later (or, below 0, earlier)."""
        both = zip(Fate._fields, self.fate, self.throughout, strict=True)
        return {
            stage: (there - here) / TICKS_PER_DAY
            for stage, here, there in both
            if here is not None and there is not None and here != there
        }


def _lost(fate: Fate, other: Fate) -> tuple[str, ...]:
    both = zip(Fate._fields, fate, other, strict=True)
    return tuple(stage for stage, here, there in both if here is not None and there is None)


def find_pivots(
    run: Run, seen: Rerun, issue: int, most: int = MOST, behaviours: Mapping[int, Behaviour] | None = None
) -> tuple[Pivot, ...]:
    """Return, in the order of time, what the silence of each of at most `most` people would have changed.

    Looked at are the three with whose voices it surfaced, those whose critique was first answered and first acted on,
    those who seconded these before the answer, and then the first critics. Named posts of a scenario's events are no
    decisions, so nobody can be silent in their place.
    """
    messages, fate = messages_of(seen.engine), fate_of(seen.engine, issue)
    occasions = _occasions(seen.engine)
    engine = run.engine_at(0, behaviours)
    found = []
    for row, part in sorted(candidates(messages, issue, set(occasions), most)):
        engine.advance(int(messages["tick"][row]))
        author = int(messages["author"][row])
        once, throughout = engine.copy(), run.engine_at(0, behaviours)
        once.advance(engine.tick + 1, HoldBack(issue, occasion=occasions[row]))
        once.advance(run.tick)
        throughout.advance(run.tick, HoldBack(issue, member=author))
        fates = fate, fate_of(once, issue), fate_of(throughout, issue)
        found.append(Pivot(author, row, engine.tick, part, *fates))
    return tuple(found)


def _occasions(engine: Engine) -> dict[int, int]:
    """Return the occasion_id of each message row that was an occasion's outcome."""
    found: dict[int, int] = {}
    for part in engine.ledger():
        said = part[part["message"] >= 0]
        found.update(zip(said["message"].tolist(), said["occasion_id"].tolist(), strict=True))
    return found


def candidates(messages: Any, issue: int, decided: set[int], most: int) -> list[tuple[int, str]]:
    """Return message rows of distinct authors, each with its part in the path, the weightiest `most` of them."""
    found: dict[int, tuple[int, str]] = {}
    for row, part in _parts(messages, issue):
        if row in decided and len(found) < most:
            found.setdefault(int(messages["author"][row]), (row, part))
    return list(found.values())


def _parts(messages: Any, issue: int) -> Iterator[tuple[int, str]]:
    """Yield message rows with their part in the path, the weightiest first; an author may come more than once."""
    names = ("first voice", "second voice", "third voice")
    yield from zip(first_voices(messages, voices_on(messages, issue)), names, strict=False)
    answers = answers_on(messages, issue)
    actions = answers[messages["treatment"][answers] == Response.action]
    turning = ((actions, "acted on"), (critique_answers(messages, issue), "answered"))
    for rows, part in turning:
        yield from ((int(messages["parent"][row]), part) for row in rows[:1])
    for rows, _ in turning:
        for row in rows[:1]:
            seconded = np.intersect1d(seconding(messages, messages["parent"][row]), voices_on(messages, issue))
            yield from ((int(one), "seconded") for one in seconded if messages["tick"][one] < messages["tick"][row])
    yield from ((row, "early critic") for row in first_voices(messages, from_below(messages, issue)))


# ---------------------------------------------------------------- holding back, and speaking up


class HoldBack:
    """An observer that withholds what would be spoken of an issue: one occasion, or all that a member has to say."""

    def __init__(self, issue: int, member: int | None = None, occasion: int | None = None) -> None:
        self.issue, self.member, self.occasion = issue, member, occasion

    def __call__(self, engine: Engine) -> None:
        """Change the decisions of this tick."""
        for place, number, row in wishes_of_tick(engine, self.member, self.occasion):
            if row["issue"] == self.issue and row["strategy"] < SPOKEN:
                decide(engine, place, number, Strategy.withhold)


def wishes_of_tick(
    engine: Engine, member: int | None = None, occasion: int | None = None
) -> Iterator[tuple[int, int, Any]]:
    """Yield place, number and row of the occasions that this tick gave rise to, of one member or by occasion_id."""
    world = engine.world
    visitors = world.visitors[: int(world.clock[Clock.visitors])]
    places = range(len(visitors)) if member is None else np.flatnonzero(visitors == member).tolist()
    for place in places:
        for number in range(world.row_count[place]):
            row = world.rows[place, number]
            if row["errand"] == Errand.wish and occasion in (None, row["occasion_id"]):
                yield place, number, row


def decide(engine: Engine, place: int, number: int, strategy: int) -> None:
    """Have an occasion end with this strategy; what was weighed, and how likely it was to be spoken, stays as it is."""
    moment, luck = engine.see(place, number)
    taken = Choice(*kernel.speak(moment, engine.coefficients, luck))
    engine.decide_otherwise(place, number, moment, taken._replace(strategy=int(strategy)))
