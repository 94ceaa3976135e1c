"""The scenario: one world and what happens in it, frozen."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import Any

from sim.organization import People
from sim.parameters import Parameters
from sim.scenario import writing
from sim.scenario.changing import changed
from sim.scenario.events import Event, changed_events, read_events
from sim.scenario.expectations import Expectation, last_day_of
from sim.scenario.issues import check_issue_names
from sim.scenario.names import dump, flat_parameters, flatten
from sim.scenario.people import refuse_made_up
from sim.scenario.phrases import Phrases
from sim.scenario.places import Place
from sim.scenario.texts import TEXTS
from sim.scenario.timetable import check_campaigns, expand, settle
from sim.state import TICKS_PER_DAY


@dataclass(frozen=True)
class Scenario:
    """One world and what happens in it; nothing of it can change."""

    name: str
    title: str
    question: str
    theory: str
    extends: str | None
    parameters: Parameters
    events: tuple[Event, ...] = ()
    """In the order of their ticks; only `set`, `announce`, `post` and `respond`."""
    expect: tuple[Expectation, ...] = ()
    talking_points: tuple[str, ...] = ()
    phrases: tuple[Phrases, ...] = ()
    """Texts of its own for messages; issues by number."""
    path: Path | None = None
    written: tuple[Event, ...] = field(default=(), repr=False)
    """The events before campaigns became changes of salience."""
    people: People | None = field(default=None, repr=False)
    """Who works here, where files say so; None where each seed makes it up."""

    def __post_init__(self) -> None:
        if self.events and not self.written:
            object.__setattr__(self, "written", self.events)

    @property
    def ticks(self) -> int:
        """Length of the run in working hours."""
        return self.parameters.days * TICKS_PER_DAY

    @cached_property
    def digest(self) -> str:
        """Hash (blake2b, 32 hex digits) of all that results depend on: parameters, events, people, but no words."""
        content = {"parameters": dump(self.parameters), "events": [writing.canonical(event) for event in self.events]}
        content |= {} if self.people is None else {"people": self.people.digest}
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
        return blake2b(text.encode(), digest_size=16).hexdigest()

    def with_(self, changes: Mapping[str, Any]) -> Scenario:
        """Return this scenario with parameters changed by dotted name; InputError where one is unknown or wrong.

        Events are changed as `events.<n>.day`, or `events.<n>.respond.how`, counted from 0 in the order in which they
        are written. Where the run becomes shorter, expectations about days that it no longer has are left out.
        """
        flat = dict(flatten(changes))
        of_events = {name: value for name, value in flat.items() if name.startswith("events.")}
        refuse_made_up(flat, self.people, Place())
        parameters = changed(self.parameters, {name: value for name, value in flat.items() if name not in of_events})
        if not of_events and frame(parameters) == frame(self.parameters):
            return self._with_parameters(parameters)
        return self._rebuilt(parameters, changed_events(self.written, of_events))

    def with_people(self, people: People | None) -> Scenario:
        """Return this scenario in an organisation that files describe; with None in one that each seed makes up."""
        if people is None:
            return self if self.people is None else replace(self, people=None)
        parameters = changed(self.parameters, {"organization.members": people.organization.members})
        return replace(self, parameters=parameters, people=people)

    def has_people_of(self, other: Scenario) -> bool:
        """Say whether the same members work in both, on the same luck."""
        return (self.people, self.parameters.organization) == (other.people, other.parameters.organization)

    def with_events(self, *events: Event | Mapping[str, Any]) -> Scenario:
        """Return this scenario with events after its own, each an Event or a table as a file has it.

        Raises InputError where one is wrong; an issue that begins later is one more issue, and cannot be added here.
        """
        tables = [writing.event_table(e) if isinstance(e, Event) else e for e in events]
        added, issues = read_events(tables, Place(at="events"))
        if issues:
            raise issues[0][1].error("an issue that begins later can only stand in a scenario file")
        written = (*((event, Place(at="events")) for event in self.written), *added)
        check_campaigns([(settle(event, self.parameters, place), place) for event, place in written])
        return self._rebuilt(self.parameters, tuple(event for event, _ in written))

    def first_days(self, days: int) -> Scenario:
        """Return this scenario with a run of `days`, without the events that would come after it."""
        parameters = changed(self.parameters, {"days": days})
        end = parameters.days * TICKS_PER_DAY
        return self._rebuilt(parameters, tuple(event for event in self.written if event.tick < end))

    def _with_parameters(self, parameters: Parameters) -> Scenario:
        """Return this scenario with parameters that leave what events and expectations name as it is."""
        check_issue_names(parameters.issues, Place())
        ours, theirs = ([issue.salience for issue in each.issues] for each in (self.parameters, parameters))
        events = self.events if ours == theirs else expand(self.written, parameters)  # a campaign ends with them
        return replace(self, parameters=parameters, events=events)

    def _rebuilt(self, parameters: Parameters, written: tuple[Event, ...]) -> Scenario:
        check_issue_names(parameters.issues, Place())
        placed = [(event, Place(at=f"events.{n}")) for n, event in enumerate(written)]
        written = tuple(settle(event, parameters, place) for event, place in placed)
        return replace(
            self,
            parameters=parameters,
            written=written,
            events=expand(written, parameters),
            expect=tuple(e for e in self.expect if last_day_of(e) <= parameters.days),
        )

    def to_toml(self) -> str:
        """Return the whole scenario as a TOML text that extends nothing; `from_toml` gives the same world back.

        People who were read from files are no part of it.
        """
        texts = {name: getattr(self, name) for name in TEXTS}
        return writing.to_toml(texts, dump(self.parameters), self.written, self.expect, self.phrases)


def frame(parameters: Parameters) -> tuple[int, tuple[str, ...]]:
    """Return all of a world that its events and expectations are held against: its length, and what issues it has."""
    return parameters.days, tuple(issue.name for issue in parameters.issues)


def differences(a: Scenario, b: Scenario) -> list[tuple[str, Any, Any]]:
    """Return (dotted name, value in a, value in b) of every parameter in which they differ; None where one has none."""
    ours, theirs = (flat_parameters(s.parameters) for s in (a, b))
    names = [*ours, *(name for name in theirs if name not in ours)]
    return [(n, ours.get(n), theirs.get(n)) for n in names if ours.get(n) != theirs.get(n)]
