"""Whether a saved state is one that an engine can go on from: every number within what `sim.state` declares.

Compiled code checks no index. A row number out of range, a thread that comes back to itself or an array of another form
would read and write anywhere, so nothing of a file reaches it before all of this holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

from sim import state
from sim.errors import InputError
from sim.organization import Organization
from sim.organization.lines import chains_and_keys
from sim.parameters import Parameters
from sim.snapshot import DAILY, GROWING, KEPT
from sim.state import TICKS_PER_DAY, Clock, Field, Within, World
from sim.terms import Role

RECORDS: Final[dict[str, tuple[Field, ...]]] = {
    "members": state.MEMBER_FIELDS,
    "beliefs": state.BELIEF_FIELDS,
    "start": state.BELIEF_FIELDS,
    "positions": state.POSITION_FIELDS,
    "messages": state.MESSAGE_FIELDS,
    "issues": state.ISSUE_FIELDS,
    "audiences": state.AUDIENCE_FIELDS,
    "slots": state.SLOT_FIELDS,
    "pending": state.PENDING_FIELDS,
    "occasions": state.OCCASION_FIELDS,
    "policies": state.POLICY_FIELDS,
    "arena": state.ARENA_FIELDS,
}
"""What the arrays of records of a world are made of."""
PLAIN: Final = {field.name: field for field in state.PLAIN_FIELDS}
"""The other arrays."""
_DIMENSIONS: Final = {"positions": 2, "daily": 3, "whole": 2}
_COUNTERS: Final = {"messages": Clock.messages, "pending": Clock.pending, "occasions": Clock.occasions}
_FIXED: Final = ("keys", "tie_start", "tie_member", "policies", "arena")
"""Arrays that follow from organisation and parameters."""


def sizes(arrays: Mapping[str, Any], parameters: Parameters, departments: int, locations: int) -> dict[str, int]:
    """Return the sizes that `sim.state` names in the ranges of its fields."""
    members, messages = len(arrays["members"]), len(arrays["messages"])
    return {
        "members": members,
        "ends": members + 1,
        "departments": departments,
        "locations": locations,
        "cells": len(Role) * departments,
        "audiences": len(arrays["audiences"]),
        "teams": max(0, len(arrays["audiences"]) - 1 - departments),
        "slots": len(arrays["slots"]),
        "messages": messages,
        "messages or one": max(1, messages),
        "issues": len(parameters.issues),
        "days": parameters.days,
        "ends of ticks": parameters.days * TICKS_PER_DAY + 1,
        "ends of ties": len(arrays["tie_member"]) + 1,
    }


def check_arrays(arrays: Mapping[str, Any], parameters: Parameters, departments: int, locations: int) -> None:
    """Raise InputError where an array is missing, has another form, or holds what it cannot hold."""
    for name in (*KEPT, "tie_weight"):
        _check_form(name, arrays.get(name))
    known = sizes(arrays, parameters, departments, locations)
    for name, values, within in _columns(arrays):
        if not _lie_within(values, within, known):
            raise InputError(f"the state is damaged: '{name}' holds what it cannot hold")


def _check_form(name: str, array: Any) -> None:
    if array is None:
        raise InputError(f"the state is damaged: '{name}' is missing")
    kind = PLAIN[name].kind if name in PLAIN else [(field.name, field.kind) for field in RECORDS[name]]
    if array.dtype != np.dtype(kind) or array.ndim != _DIMENSIONS.get(name, 1):
        raise InputError(f"the state is damaged, or of another version: '{name}' has another form")


def _columns(arrays: Mapping[str, Any]) -> Iterator[tuple[str, Any, Within]]:
    """Yield each column of numbers with its name and its range."""
    for name in (*KEPT, "tie_weight"):
        if name in RECORDS:
            yield from ((f"{name}.{field.name}", arrays[name][field.name], field.within) for field in RECORDS[name])
        else:
            yield name, arrays[name], PLAIN[name].within


def _lie_within(values: Any, within: Within, known: Mapping[str, int]) -> bool:
    rows = np.arange(len(values))
    own = {"this row": rows, "this row and more": rows + 1}
    high = within.high
    beyond = own[high] if isinstance(high, str) and high in own else known[high] if isinstance(high, str) else None
    good = (values >= within.low) & (values <= high if beyond is None else values < beyond)
    return bool((good | np.isnan(values) if within.or_none else good).all())


# ---------------------------------------------------------------- the parts against each other


def check_organization(organization: Organization) -> None:
    """Raise InputError where who reports to whom, the ties or the ids do not agree with what follows from them."""
    members, ties = organization.members, len(organization.tie_member)
    start = organization.tie_start
    sound = (
        len(organization.ids) == len(organization.names) == len(organization.titles) == members
        and int((organization.manager < 0).sum()) == 1
        and start.shape == (members + 1,)
        and (start[0], start[-1]) == (0, ties)
        and bool((np.diff(start) >= 0).all())
        and len(organization.tie_weight) == ties
        and _follows(organization)
    )
    if not sound:
        raise InputError("the state is damaged: its organisation does not hold together")


def _follows(organization: Organization) -> bool:
    """Say whether all that follows from who reports to whom, and from the ids, is there as it follows."""
    derived = chains_and_keys(organization.manager, organization.ids)
    return derived is not None and all(
        np.array_equal(value, getattr(organization, name)) for name, value in derived.items()
    )


def check_world(arrays: Mapping[str, Any], fresh: World) -> None:
    """Raise InputError where a state does not fit the world that organisation and parameters make, yet unlived.

    `fresh` is that world, with the levers of the state.
    """
    for name in ("clock", *KEPT):
        saved, blank = arrays[name], getattr(fresh, name)
        length = len(saved) if name in GROWING else len(blank)
        if name in DAILY:
            length = -(-int(arrays["clock"][Clock.tick]) // TICKS_PER_DAY)
        if saved.shape != (length, *blank.shape[1:]):
            raise InputError(f"the state does not fit the run: '{name}' has another form")
    for name in _FIXED:
        if not _alike(arrays[name], getattr(fresh, name)):
            raise InputError(f"the state is damaged: '{name}' is not what follows from its run")
    for field in ("first", "room"):
        if not np.array_equal(arrays["audiences"][field], fresh.audiences[field]):
            raise InputError("the state is damaged: 'audiences' is not what follows from its run")
    _check_counters(arrays, fresh)


def _alike(saved: Any, blank: Any) -> bool:
    """Say whether all values are the same; records are compared field by field, since blanks between them differ."""
    if saved.dtype.names is None:
        return np.array_equal(saved, blank)
    return all(np.array_equal(saved[name], blank[name]) for name in saved.dtype.names)


def _check_counters(arrays: Mapping[str, Any], fresh: World) -> None:
    clock = arrays["clock"]
    counted = {counter: len(arrays[name]) for name, counter in _COUNTERS.items()}
    counted |= {counter: int(fresh.clock[counter]) for counter in (Clock.teams, Clock.leaders)}
    bounded = {Clock.visitors: len(arrays["members"]), Clock.heard: len(arrays["messages"])}
    bounded[Clock.called] = len(arrays["messages"])
    bounded[Clock.tick] = len(fresh.daily) * TICKS_PER_DAY
    if any(clock[counter] != count for counter, count in counted.items()) or any(
        clock[counter] > most for counter, most in bounded.items()
    ):
        raise InputError("the state is damaged: 'clock' does not agree with its tables")
    if (arrays["audiences"]["threads"] > arrays["audiences"]["room"]).any():
        raise InputError("the state is damaged: 'audiences' holds what it cannot hold")
