"""What may happen in a world, and how a file says it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from sim.errors import as_typed, shown
from sim.named import OneOf
from sim.parameters import IssueTable, Table, registry
from sim.scenario.changing import read_changes
from sim.scenario.complaints import check, unknown_name
from sim.scenario.names import Value, allowed, may_change, pattern_of
from sim.scenario.places import Place
from sim.state import TICKS_PER_DAY
from sim.terms import Kind, Response, Scope

MESSAGE_KINDS: Final = OneOf(Kind)
SCOPES: Final = OneOf(Scope)
RESPONSES: Final = OneOf(Response)


def _share(low: float = 0.0, high: float = 1.0) -> Any:
    return Field(ge=low, le=high, description=f"a number between {low:g} and {high:g}")


def _member() -> Any:
    return Field(min_length=1, max_length=200, description="'ceo' or the id of a member")


def _same_as(name: str) -> Any:
    parameter = registry()[name]
    return Field(ge=parameter.low, le=parameter.high, description=allowed(parameter))


class Announcement(Table):
    """Someone announces openness in public."""

    by: str = _member()
    openness: float = _share()


class Post(Table):
    """One named member posts one message."""

    by: str = _member()
    issue: int | str = Field(description="the name of an issue, or its number, counted from 0")
    kind: Annotated[str, MESSAGE_KINDS] | None = Field(default=None, description=str(MESSAGE_KINDS))
    stance: float = _share(-1.0)
    criticality: float = _share()
    scope: Annotated[str, SCOPES] | None = Field(default=None, description=str(SCOPES))
    anonymous: bool = Field(default=False, description="true or false")


class Answer(Table):
    """One named leader treats one message."""

    by: str = _member()
    to: Literal["latest_critique", "most_supported_critique"] | Annotated[int, Field(ge=0)] = Field(
        description="'latest_critique', 'most_supported_critique' or the number of a message"
    )
    how: Annotated[str, RESPONSES] = Field(description=str(RESPONSES))


class Campaign(Table):
    """An issue comes to mind more (or less) often for some days."""

    issue: int | str = Field(description="the name of an issue, or its number, counted from 0")
    salience: float = _same_as("issues.<n>.salience")
    days: float = Field(gt=0, le=100_000, description="a number of workdays above 0")


@dataclass(frozen=True)
class Event:
    """Something that happens at a day (counted from 0, hours as eighths): exactly one of the five."""

    day: float
    set: tuple[tuple[str, Value], ...] = ()
    """Dotted names of parameters and their new values."""
    announce: Announcement | None = None
    post: Post | None = None
    respond: Answer | None = None
    campaign: Campaign | None = None
    """Only among `Scenario.written`: in `Scenario.events` a campaign has become two `set` events."""

    @property
    def tick(self) -> int:
        """The working hour at whose start it happens."""
        return round(self.day * TICKS_PER_DAY)

    @property
    def kind(self) -> str:
        """Which of the five it is."""
        return next((name for name in ("announce", "post", "respond", "campaign") if getattr(self, name)), "set")


EVENT_KINDS: Final[dict[str, type[Table]]] = {
    "announce": Announcement,
    "post": Post,
    "respond": Answer,
    "campaign": Campaign,
}


class Day(Table):
    """When an event happens."""

    day: float = Field(ge=0, le=100_000, description="a number of days from 0 to the end of the run")


# ---------------------------------------------------------------- changing

_FIELD: Final = re.compile(r"events\.(0|[1-9][0-9]{0,5})\.(?:day|(announce|post|respond|campaign)\.(\w+))")


def changed_events(written: tuple[Event, ...], changes: Mapping[str, Any]) -> tuple[Event, ...]:
    """Return events with fields changed by dotted name, not yet held against a world; InputError for one unknown."""
    events = list(written)
    for name, value in changes.items():
        found = _FIELD.fullmatch(name)
        number, kind = (int(found[1]), found[2]) if found else (len(events), None)
        if found is None or number >= len(events) or (kind and getattr(events[number], kind) is None):
            have = ", ".join(f"events.{n}.{event.kind}" for n, event in enumerate(events)) or "no events"
            problem = f"'{shown(name)}' is nothing that happens in this scenario, which has {have}"
            raise Place(at=name).error(problem)
        events[number] = _changed_event(events[number], kind, found[3], value, Place(at=f"events.{number}"))
    return tuple(events)


def _changed_event(event: Event, kind: str | None, field: str, value: Any, place: Place) -> Event:
    """Return an event with another day, or, where a kind is named, with another field of what happens."""
    if kind is None:
        return replace(event, day=check(Day, {"day": value}, place).day)
    table = getattr(event, kind).model_dump(mode="json", exclude_none=True) | {field: value}
    happening: Any = {kind: check(EVENT_KINDS[kind], table, place.under(kind))}
    return replace(event, **happening)


# ---------------------------------------------------------------- reading


def read_events(
    data: Any, place: Place
) -> tuple[tuple[tuple[Event, Place], ...], tuple[tuple[IssueTable, Place], ...]]:
    """Return the events of one file, and the issues that begin by an event, each with its place."""
    if not isinstance(data, list):
        rule = "a list of tables, each under a line [[events]]"
        raise place.error(f"events = {as_typed(data)} is not {rule}", expected=rule)
    events, issues = [], []
    for number, entry in enumerate(data):
        here = place.under(number)
        day, kind = _event_head(entry, here)
        inner = here.under(kind)
        if kind == "issue":
            issues.append((_late_issue(entry["issue"], day, inner), here))
        elif kind == "set":
            events.append((Event(day, set=_event_changes(entry["set"], inner)), here))
        else:
            happening = check(EVENT_KINDS[kind], entry[kind], inner)
            events.append((Event(day, **{kind: happening}), here))  # type: ignore[arg-type]
    return tuple(events), tuple(issues)


def _event_head(entry: Any, place: Place) -> tuple[float, str]:
    """Return the day of an event and what kind it is."""
    kinds = ("set", "announce", "issue", "post", "respond", "campaign")
    rule = f"a day and one of {', '.join(kinds)}"
    if not isinstance(entry, dict):
        raise place.error(f"{place.at} = {as_typed(entry)} is not a table with {rule}", expected=rule)
    for name in entry:
        if name not in ("day", *kinds):
            raise unknown_name(place.under(name), [f"{place.at}.{known}" for known in ("day", *kinds)])
    present = [kind for kind in kinds if kind in entry]
    if len(present) != 1:
        has = f"has {' and '.join(present)}" if present else "says nothing that happens"
        raise place.error(f"{place.at} {has}; an event has {rule}", expected=rule)
    return check(Day, {"day": entry["day"]} if "day" in entry else {}, place).day, present[0]


def _late_issue(data: Any, day: float, place: Place) -> IssueTable:
    if isinstance(data, dict) and "onset_day" in data:
        raise place.under("onset_day").error("the event's day says when the issue begins; leave onset_day out")
    return check(IssueTable, data, place).model_copy(update={"onset_day": day})


def _event_changes(data: Any, place: Place) -> tuple[tuple[str, Any], ...]:
    changes = read_changes(data, place)
    if not changes:
        raise place.error(f"{place.at} is empty; name at least one parameter and its new value")
    for name in changes:
        if pattern_of(name) in registry() and not may_change(name):
            raise place.under(name).error(f"{name} is settled at the start and cannot change during a run")
    return tuple(changes.items())
