"""What a visitor may ask for: one check for addresses, commands, uploads, twins, rooms and cells of studies alike.

The numbers stand in `sim.limits`. Whoever runs the program themselves may have more, by `ism run`.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Final, NamedTuple

from sim import limits
from sim.errors import InputError
from sim.organization import Organization
from sim.scenario import Scenario


class _Bound(NamedTuple):
    """The most of something that a world here may have."""

    what: str
    most: float
    of: Callable[[Scenario, int], float]
    """How much of it a scenario has with a number of members."""


def _ties(scenario: Scenario, members: int) -> float:
    return members * scenario.parameters.organization.ties_per_member


def _visits(scenario: Scenario, members: int) -> float:
    return members * scenario.parameters.population.visits_per_day.mean


def _wishes(scenario: Scenario, members: int) -> float:
    return _visits(scenario, members) * scenario.parameters.population.occasions_per_visit.mean


_BOUNDS: Final = (
    _Bound("members", limits.VISITOR_MEMBERS, lambda _, members: members),
    _Bound("days", limits.VISITOR_DAYS, lambda scenario, _: scenario.parameters.days),
    _Bound("issues", limits.ISSUES, lambda scenario, _: len(scenario.parameters.issues)),
    _Bound("ties", limits.VISITOR_TIES, _ties),
    _Bound("visits a day", limits.VISITOR_VISITS, _visits),
    _Bound("wishes to speak a day", limits.VISITOR_WISHES, _wishes),
)
_SHARE: Final = 0.5
"""The part of the memory left on this machine that one more world may take."""


def check(scenario: Scenario, people: Organization | None = None) -> None:
    """Raise InputError where a world is larger than a visitor may have, or than this machine can hold any more."""
    members = scenario.parameters.organization.members if people is None else people.members
    for bound in _BOUNDS:
        check_number(bound.of(scenario, members), bound.what, bound.most)
    parameters = scenario.parameters
    needed = limits.estimate(members, parameters.days, len(parameters.issues), parameters.organization.ties_per_member)
    if needed.memory > _SHARE * limits.machine().memory:
        raise InputError("this machine has too little memory left for one more world of this size")


def check_number(wanted: float, what: str, most: float, file: str | None = None) -> None:
    """Raise InputError where more of something is wanted than there may be."""
    if wanted > most:
        rule = f"{wanted:,.0f} {what} are more than the dashboard takes ({most:,.0f}); use: ism run"
        raise InputError(rule, file=file)


def check_changes(number: int) -> None:
    """Raise InputError where a world was changed on the way more often than an address can say."""
    check_number(number, "changes on the way", limits.ADDRESS_CHANGES)


TURNS: Final = threading.BoundedSemaphore(max(2, os.cpu_count() or 2))
"""What is made in the background (other seeds, runs of a room, files) is made so many at a time, for all visitors."""
