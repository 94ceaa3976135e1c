"""Events held against the world that they happen in, and put in the order of time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

from sim.parameters import Parameters
from sim.scenario.changing import blame, settle_values
from sim.scenario.events import Event
from sim.scenario.issues import issue_number
from sim.scenario.places import Place
from sim.state import TICKS_PER_DAY


def settle(event: Event, parameters: Parameters, place: Place) -> Event:
    """Return `event` held against the world that it happens in: in time, values in bounds, issues by number."""
    check_in_time(event.day, event.tick, parameters, place)
    if event.set:
        with blame(place.under("set")):
            return replace(event, set=tuple(settle_values(event.set, parameters)))
    if event.post is not None:
        issue = issue_number(parameters, event.post.issue, place.under("post.issue"))
        return replace(event, post=event.post.model_copy(update={"issue": issue}))
    if event.campaign is not None:
        issue = issue_number(parameters, event.campaign.issue, place.under("campaign.issue"))
        return replace(event, campaign=event.campaign.model_copy(update={"issue": issue}))
    return event


def check_in_time(day: float, tick: int, parameters: Parameters, place: Place) -> None:
    """Refuse what would happen after the end of the run."""
    if tick >= parameters.days * TICKS_PER_DAY:
        here = place.under("day")
        last = f"a day before the end of the run (days = {parameters.days})"
        raise here.error(f"{here.at} = {day:g} is not {last}", expected=last)


def check_campaigns(placed: Sequence[tuple[Event, Place]]) -> None:
    """Refuse two campaigns for one issue at one time: the end of the first would end the second."""
    until: dict[int | str, float] = {}
    for event, place in sorted(placed, key=lambda each: each[0].day):
        if event.campaign is not None:
            if event.day < until.get(event.campaign.issue, 0.0):
                raise place.error(f"{place.at}: another campaign for this issue is still running on day {event.day:g}")
            until[event.campaign.issue] = event.day + event.campaign.days


# ---------------------------------------------------------------- campaigns become changes of salience


def expand(written: Sequence[Event], parameters: Parameters) -> tuple[Event, ...]:
    """Return the events in the order of their ticks, each campaign as two changes of salience.

    A campaign ends with the salience that the issue would have had without it; one that outlasts the run never ends.
    """
    events: list[Event] = []
    changes = _changes_of_salience(written)
    for event in written:
        if event.campaign is None:
            events.append(event)
            continue
        name, end = f"issues.{event.campaign.issue}.salience", event.day + event.campaign.days
        events.append(Event(event.day, set=((name, event.campaign.salience),)))
        usual = parameters.issues[int(event.campaign.issue)].salience
        after = Event(end, set=((name, _latest(changes.get(name, []), Event(end).tick, usual)),))
        if after.tick < parameters.days * TICKS_PER_DAY:
            events.append(after)
    return tuple(sorted(events, key=lambda event: event.tick))


def _changes_of_salience(written: Sequence[Event]) -> dict[str, list[tuple[int, float]]]:
    """Return (tick, value) of each change of an issue's salience, by name and in the order of time."""
    found: dict[str, list[tuple[int, float]]] = {}
    for event in sorted(written, key=lambda each: each.tick):
        for name, value in event.set:
            if name.endswith(".salience"):
                found.setdefault(name, []).append((event.tick, float(value)))
    return found


def _latest(changes: Sequence[tuple[int, float]], tick: int, otherwise: float) -> float:
    """Return the value that holds at a tick, after changes in the order of time; campaigns are left aside."""
    place = bisect_right(changes, tick, key=lambda change: change[0])
    return changes[place - 1][1] if place else otherwise
