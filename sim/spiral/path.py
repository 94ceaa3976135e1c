"""The path of an issue: from the first voice through supporters to a leader's answer and to resolution."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.engine import Behaviour, Engine
from sim.state import TICKS_PER_DAY, Clock
from sim.terms import LEADERS, SPOKEN, Kind, Orientation, Response

if TYPE_CHECKING:
    from sim.record import Run


class Stage(StrEnum):
    """A stage of an issue's path, in the order in which they usually come (Madsen & Johansen 2019)."""

    first_voice = "first voice"
    first_critique = "first critique from below"
    first_support = "first support of critique"
    second_voice = "second voice"
    surfaced = "surfaced, with a third voice"
    answered = "a leader's first answer"
    critique_answered = "a leader's first answer to critique"
    resolved = "action: resolved"


class Milestone(NamedTuple):
    """One stage that was reached."""

    stage: Stage
    tick: int
    member: int
    """Row of whoever spoke, supported, answered or acted."""
    message: int | None
    """The message with which it was reached, by message row; a liked message, where a like was the first support."""
    how: str = ""
    """Of support: `like` or `comment`. Of a leader's answer: the `Response` that it was."""

    @property
    def day(self) -> float:
        """Workdays since the run began."""
        return self.tick / TICKS_PER_DAY


class Fate(NamedTuple):
    """The ticks at which an issue reached the stages that count; None for a stage never reached."""

    surfaced: int | None
    answered: int | None
    critique_answered: int | None
    resolved: int | None


class Like(NamedTuple):
    """Somebody liked a message."""

    tick: int
    member: int
    message: int


class Rerun(NamedTuple):
    """A run that was repeated to its end, and who liked what was said of the issue."""

    engine: Engine
    likes: list[Like]


def rerun(run: Run, issue: int, behaviours: Mapping[int, Behaviour] | None = None) -> Rerun:
    """Repeat a run and note each like for a message on the issue: likes are counted, not kept, in its tables.

    Raises InputError where the run was made under other rules, or with behaviours that are not given again.
    """
    engine, likes = run.engine_at(0, behaviours), []

    def note(engine: Engine) -> None:
        likes.extend(_likes(engine, issue))

    engine.advance(run.tick, note)
    return Rerun(engine, likes)


def _likes(engine: Engine, issue: int) -> list[Like]:
    """Return the likes of this tick, before they are counted; answers of leaders and announcements are never liked."""
    world, tick = engine.world, engine.tick
    visitors = int(world.clock[Clock.visitors])
    read = np.arange(world.seen.shape[1]) < world.seen_count[:visitors, None]
    places, items = np.nonzero(read & (world.liked[:visitors] != 0))
    rows = world.seen[places, items]
    about = world.messages[rows]
    counts = (about["issue"] == issue) & (about["treatment"] == Response.none) & (about["kind"] != Kind.announcement)
    who = world.visitors[places]
    return [Like(tick, int(member), int(row)) for member, row in zip(who[counts], rows[counts], strict=True)]


# ---------------------------------------------------------------- reading a world


def messages_of(engine: Engine) -> Any:
    """Return the messages there are: MESSAGE records by message row."""
    return np.asarray(engine.world.messages[: int(engine.world.clock[Clock.messages])])


def voices_on(messages: Any, issue: int) -> Any:
    """Return the message rows of all voices on an issue: wishes that were spoken, of whatever side."""
    strategy = messages["strategy"]
    return np.flatnonzero((messages["issue"] == issue) & (strategy >= 0) & (strategy < SPOKEN))


def critical(messages: Any) -> Any:
    """Say of each message whether it criticises; a question does not, however much it may cost to ask."""
    return (messages["criticality"] > 0.0) & (messages["kind"] != Kind.question)


def answers_on(messages: Any, issue: int) -> Any:
    """Return the message rows of all that leaders answered or did about an issue."""
    return np.flatnonzero((messages["issue"] == issue) & (messages["treatment"] != Response.none))


def first_voices(messages: Any, rows: Any) -> list[int]:
    """Return of these message rows the first of each author, in order."""
    _, first = np.unique(messages["author"][rows], return_index=True)
    return [int(row) for row in rows[np.sort(first)]]


def critique_answers(messages: Any, issue: int) -> Any:
    """Return the message rows of all answers to critique on an issue."""
    rows = answers_on(messages, issue)
    return rows[critical(messages)[messages["parent"][rows]]]


def fate_of(engine: Engine, issue: int) -> Fate:
    """Return what became of an issue so far."""
    record, messages = engine.world.issues[issue], messages_of(engine)
    answers = critique_answers(messages, issue)
    reached = [int(record[stage]) for stage in ("surfaced", "answered", "resolved")]
    surfaced, answered, resolved = (tick if tick >= 0 else None for tick in reached)
    return Fate(surfaced, answered, int(messages["tick"][answers[0]]) if len(answers) else None, resolved)


# ---------------------------------------------------------------- the path


def path(seen: Rerun, issue: int) -> tuple[Milestone, ...]:
    """Return the stages that an issue reached, in the order of time."""
    messages = messages_of(seen.engine)
    found = [*_voices(messages, issue), *_support(messages, issue, seen.likes), *_answers(messages, issue)]
    usual = list(Stage)
    return tuple(sorted(found, key=lambda reached: (reached.tick, usual.index(reached.stage))))


def missing(milestones: tuple[Milestone, ...]) -> tuple[Stage, ...]:
    """Return the stages that were never reached."""
    reached = {milestone.stage for milestone in milestones}
    return tuple(stage for stage in Stage if stage not in reached)


def _milestone(messages: Any, stage: Stage, row: int, how: str = "") -> Milestone:
    return Milestone(stage, int(messages["tick"][row]), int(messages["author"][row]), int(row), how)


def from_below(messages: Any, issue: int) -> Any:
    """Return the message rows of all critical voices that do not come from leaders."""
    rows = voices_on(messages, issue)
    below = ~np.isin(messages["author_role"][rows], LEADERS)
    return rows[critical(messages)[rows] & below]


def _voices(messages: Any, issue: int) -> list[Milestone]:
    distinct = first_voices(messages, voices_on(messages, issue))
    stages = (Stage.first_voice, Stage.second_voice, Stage.surfaced)
    found = [_milestone(messages, stage, row) for stage, row in zip(stages, distinct, strict=False)]
    return found + [_milestone(messages, Stage.first_critique, row) for row in from_below(messages, issue)[:1]]


def seconding(messages: Any, rows: Any) -> Any:
    """Return the message rows of all comments that second one of these messages."""
    return np.flatnonzero((messages["orientation"] == Orientation.with_) & np.isin(messages["parent"], rows))


def _support(messages: Any, issue: int, likes: list[Like]) -> list[Milestone]:
    critiques = from_below(messages, issue)
    known = set(critiques.tolist())
    liked = [Milestone(Stage.first_support, tick, who, row, "like") for tick, who, row in likes if row in known]
    rows = [row for row in seconding(messages, critiques) if messages["author"][row] != _addressee(messages, row)]
    said = [_milestone(messages, Stage.first_support, row, "comment") for row in rows]
    return sorted(liked[:1] + said[:1], key=lambda support: support.tick)[:1]


def _addressee(messages: Any, row: int) -> int:
    return int(messages["author"][messages["parent"][row]])


def _answers(messages: Any, issue: int) -> list[Milestone]:
    answers, to_critique = answers_on(messages, issue), critique_answers(messages, issue)
    actions = answers[messages["treatment"][answers] == Response.action]
    firsts = ((Stage.answered, answers), (Stage.critique_answered, to_critique), (Stage.resolved, actions))
    return [
        _milestone(messages, stage, row, Response(int(messages["treatment"][row])).name)
        for stage, rows in firsts
        for row in rows[:1]
    ]
