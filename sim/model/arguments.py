"""What a model is asked for: keywords as parameters, and arguments checked before anything is built."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from functools import cache
from typing import Any, Final

import numpy as np

from sim.engine import make_organization
from sim.errors import InputError, as_typed, nearest, shown
from sim.model.attributes import WHOLE
from sim.organization import Organization, read
from sim.parameters import registry
from sim.scenario import Scenario, load
from sim.simulation import LARGEST_SEED

SEEDS: Final = 2**31
"""Seeds that are drawn, rather than given, are below this, so that people can type them."""


@cache
def keywords() -> dict[str, str]:
    """Return the dotted name of each keyword: `visibility_scope` is visibility.scope; `issues_0_...` are not listed."""
    return {name.replace(".", "_"): name for name in registry() if "<n>" not in name}


def dotted(keyword: str, arguments: Iterable[str] = ()) -> str:
    """Return the parameter that a keyword means; InputError, naming the nearest, where there is none.

    `arguments` are what may be meant beside parameters.
    """
    if keyword in keywords():
        return keywords()[keyword]
    issue = re.fullmatch(r"issues_(\d{1,3})_(\w+)", keyword)
    if issue and f"issues.<n>.{issue[2]}" in registry():
        return f"issues.{issue[1]}.{issue[2]}"
    if "." in keyword:
        return keyword
    likely = nearest(keyword, [*arguments, *registry()])
    meant = likely and likely.replace("<n>", "0").replace(".", "_")
    raise InputError(f"ArenaModel has no parameter '{shown(keyword)}'", key=keyword, nearest=meant)


def read_scenario(scenario: Any) -> Scenario:
    """Return the scenario that is meant: a Scenario, a name or a path; the baseline where None."""
    if isinstance(scenario, Scenario):
        return scenario
    if scenario is None or isinstance(scenario, str | os.PathLike):
        return load("baseline" if scenario is None else scenario)
    expected = "a Scenario of sim.load, the name of one in the gallery, or the path of a .toml file"
    raise InputError(f"scenario = {as_typed(scenario)} is not {expected}", key="scenario", expected=expected)


def find_seed(rng: Any, seed: Any) -> int:
    """Return the seed that `rng`, or its older name `seed`, gives; drawn where both are None."""
    if rng is not None and seed is not None:
        raise InputError("rng and seed are two names of one thing: give only rng", key="seed")
    wanted = seed if rng is None else rng
    if isinstance(wanted, str) and re.fullmatch(r"\s*[0-9]{1,19}\s*", wanted):
        wanted = int(wanted)  # typed into a text field of SolaraViz
    if isinstance(wanted, WHOLE):
        return check_whole("rng", wanted, 0, LARGEST_SEED)
    try:
        return int(np.random.default_rng(wanted).integers(SEEDS))
    except (TypeError, ValueError):
        expected = "a whole number from 0 up, a numpy Generator, or None"
        raise InputError(f"rng = {as_typed(wanted)} is not {expected}", key="rng", expected=expected) from None


def check_whole(name: str, value: Any, low: int, high: int) -> int:
    """Return `value`; InputError where it is no whole number from `low` to `high`."""
    if isinstance(value, WHOLE) and not isinstance(value, bool) and low <= value <= high:
        return int(value)
    expected = f"a whole number from {low:,} to {high:,}"
    raise InputError(f"{name} = {as_typed(value)} is not {expected}", key=name, expected=expected)


def read_organization(given: Any, scenario: Scenario, seed: int, changes: Iterable[str]) -> Organization:
    """Return the organisation given, read where it is a path; made up as the scenario says where it is None."""
    if given is None:
        return make_organization(scenario, seed)
    unheeded = next((name for name in changes if name.startswith("organization.")), None)
    if unheeded:
        raise InputError(f"{unheeded} is about an organisation to be made up, but one is given", key=unheeded)
    if isinstance(given, Organization):
        return given
    if isinstance(given, str | os.PathLike):
        return read(given, wanted=scenario.parameters.organization, seed=seed)[0]
    expected = "an Organization, or the path of a CSV file"
    raise InputError(f"organization = {as_typed(given)} is not {expected}", key="organization", expected=expected)


def find_row(people: Organization, member: str) -> int:
    """Return the row of a member id; `ceo` is whoever is at the top."""
    return people.top if member == "ceo" else people.row_of(member)
