"""A study: which settings vary, how they are combined, on which seeds, and what is asked of the results.

A study file is TOML. Factors are dotted names of settings, `events.<n>.day`, or a name of one's own with alternatives
that change several settings at once.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from pydantic import Field

from experiments.sweeps.reading import Source
from sim.errors import nearest, shown, told
from sim.measures import MEASURES
from sim.parameters import Parameter, Table, registry
from sim.scenario import Scenario, flat_parameters, load, parse_toml, read_text

Design = Literal["factorial", "latin_hypercube", "sobol", "morris", "saltelli"]
SAMPLED: Final = ("latin_hypercube", "sobol", "morris", "saltelli")
MOST_RUNS: Final = 10_000_000
_TABLES: Final = ("factors", "set", "alternatives")


class Precision(Table):
    """Add blocks of seeds until the named measures are known well enough, or there are too many."""

    half_width: dict[str, float] = Field(description="a table of measures and half-widths")
    first: int = Field(default=30, ge=3, le=100_000, description="a whole number of seeds to begin with, 3 or more")
    block: int = Field(default=10, ge=1, le=100_000, description="a whole number of seeds added at a time, 1 or more")
    most: int = Field(default=300, ge=3, le=1_000_000, description="the largest whole number of seeds, 3 or more")


class StudyTable(Table):
    """What a study file says, but for its factors."""

    title: str = Field(default="A study", max_length=2000, description="a text")
    question: str = Field(default="", max_length=4000, description="a text")
    reading: str = Field(default="", max_length=8000, description="a text")
    scenario: str = Field(default="baseline", max_length=500, description="the name of a scenario")
    seeds: int | list[int] | None = Field(default=None, description="a number of seeds, or a list of seeds")
    precision: Precision | None = Field(default=None, description="a table, under a line [precision]")
    design: Design = Field(default="factorial", description="one of " + ", ".join(("factorial", *SAMPLED)))
    samples: int | None = Field(default=None, ge=2, le=1_000_000, description="a whole number, 2 or more")
    design_seed: int = Field(default=1, ge=0, le=2**31 - 1, description="a whole number, 0 or more")
    guesses: float | None = Field(default=None, gt=0, lt=1, description="a share between 0 and 1, such as 0.5")
    measures: list[str] = Field(default=[], description="a list of names of measures")
    record: Literal["final", "daily", "full"] = Field(default="final", description="one of final, daily, full")


@dataclass(frozen=True)
class Level:
    """One value of a factor, and the settings that it stands for."""

    value: Any
    changes: tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class Factor:
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

    def at(self, share: float) -> Level:
        """Return the level at a share in [0, 1] of the way from the lower bound to the upper one."""
        ratio, gap = self.high / self.low if self.log else 1.0, self.high - self.low
        value = self.low * ratio**share if self.log else self.low + gap * share
        value = min(max(value, self.low), self.high)
        if self.whole:
            return _level(self.name, round(value), self.also)
        return _level(self.name, float(f"{value:.12g}"), self.also)


@dataclass(frozen=True)
class Study:
    """A sweep as it is asked for; nothing of it can change."""

    told: StudyTable
    scenario: Scenario
    factors: tuple[Factor, ...]
    text: str
    """The study file as it was written."""
    path: Path | None = None
    quick: bool = False

    @property
    def name(self) -> str:
        """The name of the file, without its ending."""
        return self.path.stem if self.path else "study"

    @cached_property
    def measures(self) -> tuple[str, ...]:
        """What is asked of the results: the measures named, or all."""
        return tuple(self.told.measures) or tuple(MEASURES)

    @property
    def first_seeds(self) -> tuple[int, ...]:
        """The seeds to begin with: all of them, unless precision decides."""
        if self.told.precision:
            return tuple(range(1, self.told.precision.first + 1))
        wanted = self.told.seeds
        if isinstance(wanted, list):
            return tuple(wanted)
        return tuple(range(1, (wanted or 1) + 1))


def _level(name: str, value: Any, also: tuple[str, ...] = ()) -> Level:
    return Level(value, tuple((each, value) for each in (name, *also)))


def load_study(path: str | Path, quick: bool = False) -> Study:
    """Return the study of that name among those that come with the project, or in that file.

    `quick` takes what the file says under `[quick]` in the place of the same keys. Raises InputError.
    """
    place, file = _found(str(path))
    text = read_text(place, file)
    return study_from(text, file, place, quick)


def study_from(
    text: str, file: str = "study", path: Path | None = None, quick: bool = False, scenario: Scenario | None = None
) -> Study:
    """Return the study that a TOML text describes; InputError with line and key where it is wrong.

    `scenario` takes the place of the one that the text names.
    """
    source = Source.of(file, text, parse_toml(text, file))
    data = dict(source.data)
    hurried = data.pop("quick", {})
    if not isinstance(hurried, dict):
        raise source.error("quick", "'quick' is not a table, under a line [quick]")
    if quick:
        data |= hurried
        if "seeds" in hurried:
            data.pop("precision", None)
    plain = {name: value for name, value in data.items() if name not in _TABLES}
    table = source.checked(StudyTable, plain, _TABLES)
    _check_table(table, source)
    world = _scenario(table, data.get("set", {}), source, path) if scenario is None else scenario
    factors = _factors(data, world, source, table.guesses)
    _check_design(table, factors, source)
    return Study(table, world, factors, text, path, quick)


def shipped() -> dict[str, Path]:
    """Return the studies that come with the project, by name."""
    folder = Path(__file__).resolve().parents[1] / "studies"
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def _found(name: str) -> tuple[Path, str]:
    known = shipped()
    if name in known:
        return known[name], f"experiments/studies/{name}.toml"
    if not name.endswith(".toml"):
        from sim.errors import InputError

        raise InputError(
            f"there is no study '{shown(name)}' among those that come with the project ({', '.join(known) or 'none'})",
            expected="the name of one of them, or the path of a .toml file",
            nearest=nearest(name, known),
        )
    return Path(name), name


def _check_table(table: StudyTable, source: Source) -> None:
    if (table.seeds is None) == (table.precision is None):
        raise source.error("seeds", "a study says either `seeds` (a number or a list) or [precision], one of the two")
    if isinstance(table.seeds, int) and not 1 <= table.seeds <= 1_000_000:
        raise source.error("seeds", f"seeds = {told(table.seeds)} is not a number from 1 to 1000000")
    if isinstance(table.seeds, list):
        if not table.seeds or len(set(table.seeds)) < len(table.seeds):
            raise source.error("seeds", "the list of seeds is empty, or names one twice")
        if not all(0 <= seed < 2**63 for seed in table.seeds):
            raise source.error("seeds", "a seed is a whole number from 0 to 9223372036854775807")
    for name in table.measures:
        _check_measure(name, "measures", source)
    for name, width in table.precision.half_width.items() if table.precision else ():
        _check_measure(name, f"precision.half_width.{name}", source)
        if not width > 0.0:
            raise source.error(f"precision.half_width.{name}", f"{name} = {told(width)} is not a number above 0")
    if table.precision and not table.precision.half_width:
        raise source.error("precision.half_width", "half_width names no measure")


def _check_measure(name: str, key: str, source: Source) -> None:
    if name not in MEASURES:
        raise source.error(key, f"there is no measure '{shown(name)}'", likely=nearest(name, MEASURES))


def _scenario(table: StudyTable, settings: Any, source: Source, path: Path | None) -> Scenario:
    """Return the scenario that the study varies: of the gallery, or beside the study file."""
    beside = path.parent / table.scenario if path and table.scenario.endswith(".toml") else None
    with source.at("scenario"):
        scenario = load(beside if beside else table.scenario)
    with source.at("set"):
        return scenario.with_(source.flat(settings, "set"))


# ---------------------------------------------------------------- factors


def _factors(data: Mapping[str, Any], scenario: Scenario, source: Source, guesses: float | None) -> tuple[Factor, ...]:
    """Return the factors in the order of the file, then those that stand for all guesses."""
    listed = source.flat(data.get("factors", {}), "factors", leaf=_is_range)
    factors = [_factor(name, value, scenario, source) for name, value in listed.items()]
    alternatives = data.get("alternatives", {})
    if not isinstance(alternatives, dict):
        raise source.error("alternatives", "'alternatives' is not a table, under a line [alternatives.<name>]")
    factors += [_policy(name, value, scenario, source) for name, value in alternatives.items()]
    if guesses is not None:
        named = {factor.name for factor in factors}
        factors += [factor for factor in _guessed(scenario, guesses) if factor.name not in named]
    if not factors:
        raise source.error("factors", "nothing varies: name at least one factor, under a line [factors]")
    return tuple(factors)


def _guessed(scenario: Scenario, share: float) -> list[Factor]:
    """Return a factor for each number that is a guess: as far around its value as `share` says, within its bounds."""
    values = flat_parameters(scenario.parameters)
    found = []
    for name, parameter in registry().items():
        value = values.get(name)
        if parameter.status not in ("guess", "calibrated") or not isinstance(value, float) or value == 0.0:
            continue
        ends = sorted((value * (1.0 - share), value * (1.0 + share)))
        low = max(ends[0], -math.inf if parameter.low is None else parameter.low)
        high = min(ends[1], math.inf if parameter.high is None else parameter.high)
        if low < high:
            found.append(Factor(name, (), low, high))
    return found


def _is_range(value: Any) -> bool:
    return isinstance(value, dict) and bool(value) and set(value) <= {"min", "max", "steps", "scale", "also"}


def _factor(name: str, value: Any, scenario: Scenario, source: Source) -> Factor:
    key = f"factors.{name}"
    if isinstance(value, list):
        if not value:
            raise source.error(key, f"{key} is an empty list")
        factor = Factor(name, tuple(_level(name, each) for each in value))
    elif _is_range(value):
        factor = _between(name, value, source)
    else:
        raise source.error(key, f"{key} = {told(value)} is not a list of values, or a table with min and max")
    for level in factor.levels or (factor.at(0.0), factor.at(1.0)):
        with source.at(key):
            varied(scenario, level.changes)
    return factor


def _between(name: str, value: Mapping[str, Any], source: Source) -> Factor:
    """Return a factor of evenly spaced steps, or, without steps, one that a design samples."""
    key, known = f"factors.{name}", _parameter(name)
    bounds, scale = (value.get("min"), value.get("max")), value.get("scale", "linear")
    low, high = (float(b) if isinstance(b, int | float) and not isinstance(b, bool) else math.nan for b in bounds)
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise source.error(key, f"{key} needs two numbers, min and the larger max")
    if scale not in ("linear", "log") or (scale == "log" and low <= 0):
        raise source.error(key, f"{key}: scale is 'linear', or 'log' where min is above 0")
    if known is not None and known.kind not in ("number", "whole number"):
        raise source.error(key, f"{name} is no number; list its values instead")
    whole = known is not None and known.kind == "whole number"
    also = value.get("also", [])
    if not isinstance(also, list) or not all(isinstance(each, str) for each in also):
        raise source.error(key, f"{key}: also is a list of names of settings that move with it")
    factor = Factor(name, (), low, high, scale == "log", whole, tuple(also))
    steps = value.get("steps")
    if steps is None:
        return factor
    if not isinstance(steps, int) or isinstance(steps, bool) or not 2 <= steps <= 10_000:
        raise source.error(f"{key}.steps", f"steps = {told(steps)} is not a whole number from 2 to 10000")
    levels = dict.fromkeys(factor.at(share) for share in np.linspace(0.0, 1.0, steps).tolist())
    return Factor(name, tuple(levels))


def _policy(name: str, value: Any, scenario: Scenario, source: Source) -> Factor:
    """Return a factor whose levels are named sets of settings."""
    key = f"alternatives.{name}"
    if not isinstance(value, dict) or len(value) < 2 or not all(isinstance(each, dict) for each in value.values()):
        raise source.error(key, f"{key} needs two or more named tables of settings")
    levels = []
    for label, settings in value.items():
        changes = tuple(source.flat(settings, f"{key}.{label}").items())
        with source.at(f"{key}.{label}"):
            varied(scenario, changes)
        levels.append(Level(label, changes))
    return Factor(name, tuple(levels))


def _parameter(name: str) -> Parameter | None:
    from sim.scenario import pattern_of

    return registry().get(pattern_of(name))


def varied(scenario: Scenario, changes: tuple[tuple[str, Any], ...]) -> Scenario:
    """Return the scenario with settings changed, and with events changed that are named, as in `events.<n>.day`."""
    settings = {name: value for name, value in changes if not name.startswith("events.")}
    moved = scenario.with_(settings) if settings else scenario
    for name, value in changes:
        if name.startswith("events."):
            moved = moved.with_event(name, value)
    return moved


def _check_design(table: StudyTable, factors: tuple[Factor, ...], source: Source) -> None:
    if table.design == "factorial":
        if open_ended := [factor.name for factor in factors if factor.sampled]:
            raise source.error(f"factors.{open_ended[0]}", f"in a factorial design, {open_ended[0]} needs steps")
        return
    if table.samples is None:
        raise source.error("design", f"a {table.design} design needs `samples`, a whole number")
    if fixed := [factor.name for factor in factors if not factor.sampled]:
        rule = f"a {table.design} design samples between bounds: give {fixed[0]} as a table with min and max"
        raise source.error(f"factors.{fixed[0]}", rule)
    if table.design in ("sobol", "saltelli") and table.samples & (table.samples - 1):
        raise source.error("samples", f"samples = {table.samples} is not a power of 2, which this design needs")
