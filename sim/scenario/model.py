"""The scenario: one world and what happens in it, frozen."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import Any

from sim.errors import shown
from sim.parameters import Parameters
from sim.scenario import writing
from sim.scenario.changing import changed
from sim.scenario.complaints import check
from sim.scenario.events import EVENT_KINDS, Day, Event, read_events
from sim.scenario.expectations import Expectation, last_day_of
from sim.scenario.issues import check_issue_names
from sim.scenario.names import dump, flat_parameters
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

    def __post_init__(self) -> None:
        if self.events and not self.written:
            object.__setattr__(self, "written", self.events)

    @property
    def ticks(self) -> int:
        """Length of the run in working hours."""
        return self.parameters.days * TICKS_PER_DAY

    @cached_property
    def digest(self) -> str:
        """Hash (blake2b, 32 hex digits) of all that results depend on: parameters and events, not titles or phrases."""
        content = {"parameters": dump(self.parameters), "events": [writing.canonical(event) for event in self.events]}
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
        return blake2b(text.encode(), digest_size=16).hexdigest()

    def with_(self, changes: Mapping[str, Any]) -> Scenario:
        """Return this scenario with parameters changed by dotted name; InputError where one is unknown or wrong.

        Where the run becomes shorter, expectations about days that it no longer has are left out.
        """
        parameters = changed(self.parameters, changes)
        if frame(parameters) == frame(self.parameters):
            return self._with_parameters(parameters)
        return self._rebuilt(parameters, self.written)

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

    def with_event(self, name: str, value: Any) -> Scenario:
        """Return this scenario with one event changed: `events.<n>.day`, or a field of it as `events.<n>.respond.how`.

        Events are counted from 0, in the order in which they are written. InputError where there is no such thing.
        """
        place = Place(at=name)
        found = re.fullmatch(r"events\.(0|[1-9][0-9]{0,5})\.(?:day|(announce|post|respond|campaign)\.(\w+))", name)
        number, kind = (int(found[1]), found[2]) if found else (len(self.written), None)
        if number >= len(self.written) or (kind and getattr(self.written[number], kind) is None):
            have = ", ".join(f"events.{n}.{event.kind}" for n, event in enumerate(self.written)) or "no events"
            raise place.error(f"'{shown(name)}' is nothing that happens in this scenario, which has {have}")
        event, here = self.written[number], Place(at=f"events.{number}")
        if kind is None:
            event = replace(event, day=check(Day, {"day": value}, here).day)
        else:
            table = getattr(event, kind).model_dump(mode="json", exclude_none=True) | {found[3]: value}  # type: ignore[index]
            changed_table: Any = {kind: check(EVENT_KINDS[kind], table, here.under(kind))}
            event = replace(event, **changed_table)
        return self._rebuilt(self.parameters, (*self.written[:number], event, *self.written[number + 1 :]))

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
        """Return the whole scenario as a TOML text that extends nothing; `from_toml` gives the same world back."""
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
