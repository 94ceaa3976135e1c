"""Factors: what varies in a study, and the settings that each of its levels stands for."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import repeat
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from experiments.sweeps.identity import entries
from experiments.sweeps.reading import Source
from sim.errors import as_typed, nearest, shown
from sim.limits import DAYS
from sim.measures import MEASURES
from sim.parameters import registry
from sim.scenario import Scenario, flat_parameters, pattern_of

COLUMNS: Final = ("run", "cell", "seed", "run_id", "status", "stage", "message")
"""Columns of the table of runs that are neither factors nor measures."""
_RANGE: Final = ("min", "max", "steps", "scale", "also")
_NUMBERS: Final = ("number", "whole number")

Changes = tuple[tuple[str, Any], ...]


class Level(NamedTuple):
    """One value of a factor, and the settings that it stands for."""

    value: Any
    changes: Changes


class Factor(NamedTuple):
    """What varies: levels of its own, or all numbers between two bounds."""

    name: str
    levels: tuple[Level, ...] = ()
    low: float = math.nan
    high: float = math.nan
    log: bool = False
    whole: bool = False
    also: tuple[str, ...] = ()
    """Settings that move with it, by the same value."""

    @property
    def sampled(self) -> bool:
        """Whether it has bounds instead of levels."""
        return not self.levels

    @property
    def settings(self) -> tuple[str, ...]:
        """The names of all settings that it moves."""
        if self.sampled:
            return (self.name, *self.also)
        return tuple(dict.fromkeys(name for level in self.levels for name, _ in level.changes)) or (self.name,)

    def at(self, shares: ArrayLike) -> list[Level]:
        """Return the levels at shares in [0, 1] of the way from the lower bound to the upper one."""
        way = np.asarray(shares, float)
        low, high = self.low, self.high
        values = low * (high / low) ** way if self.log else low + (high - low) * way
        # Twelve digits: the last bits of a power differ between machines, and the names of runs must not.
        rule = round if self.whole else lambda value: float(f"{value:.12g}") + 0.0
        settled = [rule(value) for value in np.clip(values, low, high).tolist()]
        changes = zip(*(zip(repeat(name), settled, strict=False) for name in (self.name, *self.also)), strict=True)
        return list(map(Level, settled, changes))


def varied(scenario: Scenario, changes: Changes) -> Scenario:
    """Return the scenario with settings and events changed, all at once: only together they have to be a world."""
    return scenario.with_(dict(changes)) if changes else scenario


def factors_of(
    source: Source, scenario: Scenario, guesses: float | None, design: str = "factorial"
) -> tuple[Factor, ...]:
    """Return the factors of a study file in its order, then those that stand for all guesses; InputError if wrong.

    In a design of one at a time, the first level of each is that of the scenario itself.
    """
    data = source.data
    listed = source.flat(data.get("factors", {}), "factors", leaf=_is_range)
    found = [_factor(name, value, _tried_in(scenario, name, listed), source) for name, value in listed.items()]
    alternatives = data.get("alternatives", {})
    if not isinstance(alternatives, dict):
        raise source.error("alternatives", "'alternatives' is not a table, under a line [alternatives.<name>]")
    found += [_policy(name, value, scenario, source) for name, value in alternatives.items()]
    moved = _check_apart(found, source)
    if guesses is not None:
        found += [factor for factor in _guessed(scenario, guesses) if factor.name not in moved]
    if not found:
        raise source.error("factors", "nothing varies: name at least one factor, under a line [factors]")
    return tuple(_based(factor, scenario) if design == "one_at_a_time" else factor for factor in found)


def _based(factor: Factor, scenario: Scenario) -> Factor:
    """Return a factor with the scenario's own value as its first level; of alternatives, the first one stays first."""
    values = entries(scenario)
    if factor.sampled or factor.name not in values:
        return factor
    base = Level(values[factor.name], ())
    return factor._replace(levels=(base, *(level for level in factor.levels if not _same(level, values))))


def _same(level: Level, values: Mapping[str, Any]) -> bool:
    return all(values.get(name) == value for name, value in level.changes)


def _tried_in(scenario: Scenario, name: str, names: Collection[str]) -> Scenario:
    """Return the world in which the levels of one factor are tried alone.

    Where both the length of the run and the days of events vary, only both together say whether an event is in time.
    """
    if name == "days" and any(other.startswith("events.") for other in names):
        return replace(scenario, events=(), written=(), expect=())
    if name.startswith("events.") and "days" in names:
        return scenario.with_({"days": DAYS})
    return scenario


def _check_apart(factors: Sequence[Factor], source: Source) -> set[str]:
    """Refuse two factors that move one setting, where one would silently win; return all settings that are moved."""
    mover: dict[str, str] = {}
    for factor in factors:
        for name in factor.settings:
            if name in mover:
                rule = f"{shown(name)} is moved by two factors, {shown(mover[name])} and {shown(factor.name)}"
                key = factor.name if f"factors.{factor.name}" in source.lines else ""
                raise source.error(f"factors.{key}" if key else f"alternatives.{factor.name}", rule)
            mover[name] = factor.name
    return set(mover)


# ---------------------------------------------------------------- values of one setting


def _is_range(value: Any) -> bool:
    return isinstance(value, dict) and any(name in value for name in ("min", "max", "steps"))


def _factor(name: str, value: Any, scenario: Scenario, source: Source) -> Factor:
    key = f"factors.{name}"
    if isinstance(value, list):
        return Factor(name, tuple(_levels(name, value, scenario, source)))
    if not _is_range(value):
        raise source.error(key, f"{key} = {as_typed(value)} is not a list of values, or a table with min and max")
    factor = _between(name, value, source)
    with source.at(key):
        for end in factor.at([0.0, 1.0]):
            varied(scenario, end.changes)
    steps = value.get("steps")
    if steps is None:
        return factor
    if not isinstance(steps, int) or isinstance(steps, bool) or not 2 <= steps <= 10_000:
        raise source.error(f"{key}.steps", f"steps = {as_typed(steps)} is not a whole number from 2 to 10000")
    levels = dict.fromkeys(factor.at(np.linspace(0.0, 1.0, steps)))
    return Factor(name, tuple(levels))


def _levels(name: str, values: Sequence[Any], scenario: Scenario, source: Source) -> Iterator[Level]:
    """Yield the levels of a list of values, each as the setting takes it: a 1 for a number is 1.0."""
    key, known = f"factors.{name}", set()
    if not values:
        raise source.error(key, f"{key} is an empty list")
    for value in values:
        with source.at(key):
            settled = entries(varied(scenario, ((name, value),)))[name]
        if settled in known:
            raise source.error(key, f"{key} names {as_typed(value)} twice")
        known.add(settled)
        yield Level(settled, ((name, settled),))


def _between(name: str, value: Mapping[str, Any], source: Source) -> Factor:
    """Return a factor between two bounds."""
    key = f"factors.{name}"
    if unknown := [each for each in value if each not in _RANGE]:
        rule = f"{key}: unknown key '{shown(unknown[0])}'"
        raise source.error(f"{key}.{unknown[0]}", rule, likely=nearest(unknown[0], _RANGE))
    also = value.get("also", [])
    if not isinstance(also, list) or not all(isinstance(each, str) for each in also) or name in also:
        raise source.error(f"{key}.also", f"{key}: also is a list of names of other settings, which move with it")
    kinds = {_kind(each) for each in (name, *also)}
    if not kinds <= {*_NUMBERS, None}:
        raise source.error(key, f"{key}: only numbers lie between min and max; list the values instead")
    if len(kinds) > 1:
        raise source.error(f"{key}.also", f"{key}: what moves together must be of one kind, numbers or whole numbers")
    low, high = (_bound(value.get(name)) for name in ("min", "max"))
    if not low < high:
        raise source.error(key, f"{key} needs two numbers, min and the larger max")
    scale = value.get("scale", "linear")
    if scale not in ("linear", "log") or (scale == "log" and low <= 0):
        raise source.error(f"{key}.scale", f"{key}: scale is 'linear', or 'log' where min is above 0")
    return Factor(name, (), low, high, scale == "log", kinds == {"whole number"}, tuple(also))


def _kind(name: str) -> str | None:
    """Return the kind of a setting as the registry has it; events and unknown names are found by trying them."""
    known = registry().get(pattern_of(name))
    return known.kind if known else None


def _bound(value: Any) -> float:
    """Return a bound; NaN, which is below and above nothing, where it is no number."""
    if not isinstance(value, int | float) or isinstance(value, bool) or abs(value) > 1e300:
        return math.nan
    return float(value)


def _guessed(scenario: Scenario, share: float) -> Iterator[Factor]:
    """Yield a factor for each number that is a guess: as far around its value as `share` says, within its bounds."""
    values = flat_parameters(scenario.parameters)
    for name, parameter in registry().items():
        value = values.get(name)
        if parameter.status not in ("guess", "calibrated") or not isinstance(value, float) or value == 0.0:
            continue
        ends = sorted((value * (1.0 - share), value * (1.0 + share)))
        low = max(ends[0], -math.inf if parameter.low is None else parameter.low)
        high = min(ends[1], math.inf if parameter.high is None else parameter.high)
        if low < high:
            yield Factor(name, (), low, high)


# ---------------------------------------------------------------- values of several settings at once


def _policy(name: str, value: Any, scenario: Scenario, source: Source) -> Factor:
    """Return a factor whose levels are named sets of settings."""
    key = f"alternatives.{name}"
    if name in COLUMNS or name in MEASURES or name in registry():
        rule = f"'{shown(name)}' already is the name of a column or a setting; call these alternatives otherwise"
        raise source.error(key, rule)
    if not isinstance(value, dict) or len(value) < 2 or not all(isinstance(each, dict) for each in value.values()):
        raise source.error(key, f"{key} needs two or more named tables of settings")
    levels = []
    for label, settings in value.items():
        changes = tuple(source.flat(settings, f"{key}.{label}").items())
        with source.at(f"{key}.{label}"):
            settled = entries(varied(scenario, changes))
        levels.append(Level(label, tuple((setting, settled[setting]) for setting, _ in changes)))
    return Factor(name, tuple(levels))
