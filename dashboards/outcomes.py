"""What a room can guess of a scenario before the runs are made: outcomes, each a number that a run answers with."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from sim.lexicon import definite
from sim.record import Run
from sim.scenario import Event, Scenario
from sim.terms import SPOKEN, Motive, Response, Strategy

AFTER: Final = 10
"""Workdays after an event that count as after it."""


class Outcome(NamedTuple):
    """Something that a run answers, and that can be guessed before: a number from 0 to `most`."""

    key: str
    question: str
    unit: str
    """What stands after the number."""
    most: float
    step: float
    value: Callable[[Run], float | None]
    """None where a run has nothing to count."""


def outcomes(scenario: Scenario) -> tuple[Outcome, ...]:
    """Return what can be guessed of a scenario; what comes after its first event stands first."""
    found = [
        Outcome(
            "speak_up",
            "Of ten colleagues who have something critical to say, how many say it here at least once?",
            "of 10", 10.0, 0.1, _of_ten_who_speak_up,
        ),
        Outcome(
            "willingness",
            "Suppose people were asked once a week whether they would now post what they had against an issue on the "
            "first day: of a hundred, how many would?",
            "of 100", 100.0, 1.0, _of_a_hundred("willingness"),
        ),
        Outcome(
            "unsaid",
            "Of a hundred things that people would like to say, how many stay unsaid?",
            "of 100", 100.0, 1.0, _of_a_hundred("silence_rate"),
        ),
        Outcome(
            "fear",
            "Of a hundred silences, how many come mainly from fear of superiors?",
            "of 100", 100.0, 1.0, _of_silences_from_fear,
        ),
        Outcome(
            "writers",
            "Of a hundred members, how many write anything at all?",
            "of 100", 100.0, 1.0, _of_a_hundred("contributors_share"),
        ),
        Outcome(
            "safety",
            "How safe do people feel in the end, from 0 (not at all) to 100 (entirely)?",
            "of 100", 100.0, 1.0, _of_a_hundred("psychological_safety"),
        ),
        Outcome("replies", "How many comments does a post get on average?", "comments", 20.0, 0.1, _replies),
    ]  # fmt: skip
    event = _turning_point(scenario)
    return tuple(found) if event is None else (_after(event, scenario), *found)


def _turning_point(scenario: Scenario) -> Event | None:
    """Return what everybody will talk about: the first answer of a leader, else the first event after the start."""
    answers = [event for event in scenario.events if event.respond is not None]
    return next(iter([*answers, *(event for event in scenario.events if event.tick > 0)]), None)


_HAPPENED: Final = {"announce": "the announcement", "post": "the post", "set": "the change"}


def _after(event: Event, scenario: Scenario) -> Outcome:
    what = definite(Response[event.respond.how].words.noun) if event.respond is not None else _HAPPENED[event.kind]
    days = min(AFTER, math.ceil(scenario.parameters.days - event.day))
    question = (
        f"In the {days} workdays after {what} on day {event.day:g}: of a hundred critical things that people "
        "would like to say, how many are said here?"
    )
    return Outcome("after", question, "of 100", 100.0, 1.0, _of_critical_wishes(event.tick, event.day + days))


def _of_critical_wishes(first: int, end: float) -> Callable[[Run], float | None]:
    def value(run: Run) -> float | None:
        ledger = run.occasions
        ledger = ledger.filter((ledger["criticality"] > 0) & (ledger["tick"] >= first) & (ledger["day"] < end))
        return 100.0 * int(_spoken(ledger).sum()) / ledger.height if ledger.height else None

    return value


def _spoken(ledger: Any) -> Any:
    return ledger["strategy"].is_in([each.name for each in Strategy if Strategy.none < each < SPOKEN])


def _of_ten_who_speak_up(run: Run) -> float | None:
    critical = run.occasions.filter(run.occasions["criticality"] > 0)
    members = critical["member"].n_unique()
    return 10.0 * critical.filter(_spoken(critical))["member"].n_unique() / members if members else None


def _of_silences_from_fear(run: Run) -> float | None:
    motives = run.occasions["motive"].drop_nulls()
    return 100.0 * int((motives == Motive.defensive.name).sum()) / len(motives) if len(motives) else None


def _of_a_hundred(measure: str) -> Callable[[Run], float | None]:
    def value(run: Run) -> float | None:
        share = run.measures[measure]
        return None if share is None else 100.0 * share

    return value


def _replies(run: Run) -> float | None:
    return run.measures["replies_per_post"]
