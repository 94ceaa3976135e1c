"""Other courses of events: who would have read what was left unsaid, and what an answer of the line manager changes.

Each is lived through when somebody asks for it, on a copy of the run as it stood then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from sim import kernel
from sim.engine import Behaviour, Engine
from sim.explanation.account import Readers
from sim.explanation.moments import WEEK, Found, Trace, Witness, find, row_of_message, tick_of
from sim.record import Run
from sim.room import grown
from sim.state import Clock
from sim.terms import SPOKEN, Response, Role, Strategy

Behaviours = Mapping[int, Behaviour]
Frame = Any  # a table of polars, which only sim.record knows
Ledger = Mapping[int, Mapping[str, Any]]
"""Rows of the silence ledger, by occasion_id, in the order of time."""


class _Answer(NamedTuple):
    """A message of one's own that could have been answered, and the later occasions for which that is asked."""

    message_id: int
    tick: int  # when it was published
    occasions: list[int]

    @property
    def parting(self) -> int:
        """The tick before which the line manager answers it."""
        return self.tick + 2


class Courses:
    """The courses of events that are looked into for some occasions of one member of a run.

    There are no others than that of the run where Python code decides for members: it would be asked about what never
    happened.
    """

    def __init__(self, run: Run, row: int, mine: Frame, asked: Ledger, scripts: Behaviours) -> None:
        self.run, self.row, self.asked, self.scripts = run, row, asked, scripts
        answers = [] if scripts else list(self._answers(mine))
        self._answer_before = {number: answer for answer in answers for number in answer.occasions}
        self._silenced = {answer.parting: answer for answer in answers if any(map(self._is_silent, answer.occasions))}
        self._had_answer: dict[int, list[Found]] = {}  # by occasion_id: what was then found in its tick
        self._when_speaking, self._when_answering = _Standing(run, scripts), _Standing(run, scripts)

    @property
    def ticks(self) -> list[int]:
        """The ticks before which other courses of events part from that of the run."""
        silent = [] if self.scripts else [tick_of(number) for number in self.asked if self._is_silent(number)]
        return [*silent, *(answer.parting for answer in self._answer_before.values())]

    @property
    def stops(self) -> set[int]:
        """The ticks before which a replay of the run had better let it part: what would end a silence is asked most."""
        return {*self._silenced}

    def part(self, engine: Engine) -> None:
        """Live through what parts here from the run that an engine repeats."""
        if engine.tick in self._silenced:
            self._let_answer(self._silenced[engine.tick], engine.copy(with_ledger=False))

    def _is_silent(self, occasion: int) -> bool:
        return Strategy[self.asked[occasion]["strategy"]] >= SPOKEN

    # ------------------------------------------------------------ who reads it

    def readers(self, occasion: int) -> Readers | None:
        """Return who read what was said on an occasion or would have, had it been said; None where nobody can know."""
        if not self._is_silent(occasion):
            return self._readers_of_what_was_said.get(occasion)
        return None if self.scripts else self._had_it_been_said(occasion)

    @cached_property
    def _readers_of_what_was_said(self) -> Mapping[int, Readers]:
        """Who read what was said on any of the occasions: one more replay shows it for all of them."""
        said = {number: each["message_id"] for number, each in self.asked.items() if not self._is_silent(number)}
        witness, ticks = Witness(self.row, said), [tick_of(number) for number in said]
        engine = self.run.engine_at(min(ticks), self.scripts)
        witness.follow(engine, min(self.run.tick, max(ticks) + WEEK + 1))
        return {number: trace.readers(engine) for number, trace in witness.traces.items()}

    def _had_it_been_said(self, occasion: int) -> Readers | None:
        """Let the member say plainly what they left unsaid, and return who reads it."""

        def say(engine: Engine) -> None:
            for found in find(engine, self.row):
                if int(found.row["occasion_id"]) == occasion:
                    engine.decide_otherwise(found.place, found.number, found.moment, Strategy.plain)

        other = self._when_speaking.at(tick_of(occasion))
        other.advance(tick_of(occasion) + 1, say)
        ledger = other.world.occasions[: int(other.world.clock[Clock.occasions])]
        said = ledger[ledger["occasion_id"] == occasion]["message"]
        if not len(said):
            return None
        trace = Trace(int(kernel.message_ids(other.world.messages[said])[0]), self.row, other)
        other.advance(min(trace.end, self.run.tick), trace.look)
        return trace.readers(other)

    # ------------------------------------------------------------ had an own message been answered

    def had_it_been_answered(self, occasion: int) -> tuple[int, list[Found]] | None:
        """Return which message before an occasion could have been answered, and what was then found in its tick."""
        answer = self._answer_before.get(occasion)
        if answer is None:
            return None
        if occasion not in self._had_answer:
            self._let_answer(answer, self._when_answering.at(answer.parting))
        return answer.message_id, self._had_answer[occasion]

    def _answers(self, mine: Frame) -> Iterable[_Answer]:
        """Return the latest message of one's own in the week before each occasion, unless it had an answer.

        A critical message comes first: how leaders treat critique is what teaches something about speaking.
        """
        own = mine.filter(mine["strategy"].is_in(["plain", "rephrase", "narrow", "anonymous"]))
        if self._manager < 0 or not own.height:
            return []
        spoken, answered = own.select("message_id", "tick", "criticality").rows(), self._friendly_answers(own)
        found: dict[int, _Answer] = {}
        for number, each in self.asked.items():
            recent = [one for one in spoken if each["tick"] - WEEK <= one[1] <= each["tick"] - 2]
            message, tick, _ = max(recent, key=lambda one: (one[2] > 0.0, one[1]), default=(-1, 0, 0.0))
            if recent and answered.get(message, each["tick"]) >= each["tick"]:
                found.setdefault(message, _Answer(message, tick, [])).occasions.append(number)
        return found.values()

    @property
    def _manager(self) -> int:
        return int(self.run.organization.manager[self.row])

    def _friendly_answers(self, own: Frame) -> Mapping[int, int]:
        """Return, by the message, when a leader first answered each of one's own in a friendly way."""
        said = self.run.messages
        answers = said.filter(said["parent_id"].is_in(own["message_id"].implode()) & (said["orientation"] == "to"))
        role = self.run.organization.role[answers["author"].to_numpy()]
        answers = answers.filter(np.isin(role, (Role.line_manager, Role.executive)))
        first: dict[int, int] = {}
        for message, tick in answers.select("parent_id", "tick").rows():
            first[message] = min(tick, first.get(message, tick))
        return first

    def _let_answer(self, answer: _Answer, other: Engine) -> None:
        """Let the line manager answer a message, and see what then becomes of the occasions after it."""
        message, there = row_of_message(other, answer.message_id), Witness(self.row, dict.fromkeys(answer.occasions))
        if message < 0:
            return  # this is not the run that the ledger tells of, which will be said
        respond(other, self._manager, message, Response.supportive)
        there.follow(other, max(there.ticks) + 1)
        for number in answer.occasions:
            self._had_answer[number] = [each for each in there.found.values() if each.tick == tick_of(number)]


class _Standing:
    """A run as it stood at any tick: asked for in the order of time, it is gone through once."""

    def __init__(self, run: Run, scripts: Behaviours) -> None:
        self._run, self._scripts = run, scripts
        self._engine: Engine | None = None

    def at(self, tick: int) -> Engine:
        """Return an engine that stands at a tick and goes its own way; it knows nothing of the occasions before."""
        kept = max((state for state in self._run.states if state <= tick), default=0)
        if self._engine is None or not kept <= self._engine.tick <= tick:
            self._engine = self._run.engine_at(tick, self._scripts)
        self._engine.advance(tick)
        return self._engine.copy(with_ledger=False)


def respond(engine: Engine, leader: int, message: int, how: Response) -> None:
    """Let a leader treat a message in the hour that has just passed, as an event of a scenario would."""
    world = engine.world
    if int(world.clock[Clock.messages]) == len(world.messages):
        engine.world = world = world._replace(messages=grown(world.messages, len(world.messages) + 1))
    now = engine.tick
    world.clock[Clock.tick] = now - 1
    kernel.respond(world, now - 1, leader, message, int(how))
    world.clock[Clock.tick] = now
