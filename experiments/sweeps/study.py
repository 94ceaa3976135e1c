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

from pydantic import Field

from experiments.expressions import LONGEST, parse
from experiments.measures import Catalogue, Own
from experiments.measures.named import DAYS_RUN
from experiments.sweeps.factors import Factor, Level, factors_of
from experiments.sweeps.points import read_points
from experiments.sweeps.reading import Source
from sim.errors import InputError, as_typed, nearest, shown
from sim.limits import SWEEP_RUNS
from sim.measures import MEASURES
from sim.organization import People
from sim.parameters import Table
from sim.scenario import Scenario, load, own_people, parse_toml, read_text
from sim.scenario.places import Source as Place

Design = Literal["factorial", "one_at_a_time", "points", "latin_hypercube", "sobol", "morris", "saltelli"]
SAMPLED: Final = ("latin_hypercube", "sobol", "morris", "saltelli")
LISTED: Final = ("factorial", "one_at_a_time", "points")
"""Designs whose factors have levels of their own."""
_TABLES: Final = ("factors", "set", "alternatives")
_QUICK: Final = "quick"
_LARGEST_SEED: Final = 2**63 - 1


class Precision(Table):
    """Add blocks of seeds until the named measures are known well enough, or there are too many."""

    half_width: dict[str, float] = Field(description="a table of measures and half-widths, numbers above 0")
    first: int = Field(default=30, ge=3, le=100_000, description="a whole number of seeds to begin with, 3 or more")
    block: int = Field(default=10, ge=1, le=100_000, description="a whole number of seeds added at a time, 1 or more")
    most: int = Field(default=300, ge=3, le=1_000_000, description="the largest whole number of seeds, 3 or more")


class StudyTable(Table):
    """What a study file says, but for its factors."""

    title: str = Field(default="A study", max_length=2000, description="a text")
    question: str = Field(default="", max_length=4000, description="a text")
    reading: str = Field(default="", max_length=8000, description="a text")
    scenario: str = Field(default="baseline", max_length=500, description="the name of a scenario")
    organization: str | None = Field(default=None, max_length=500, description="the name of a CSV file beside this one")
    ties: str | None = Field(default=None, max_length=500, description="the name of a CSV file beside this one")
    seeds: int | list[int] | None = Field(default=None, description="a number of seeds, or a list of seeds")
    precision: Precision | None = Field(default=None, description="a table, under a line [precision]")
    design: Design = Field(default="factorial", description="one of " + ", ".join((*LISTED, *SAMPLED)))
    points: str | None = Field(default=None, max_length=500, description="the name of a CSV file beside the study")
    stop_when: str = Field(default="", max_length=LONGEST, description="a condition, such as 'issues_resolved >= 2'")
    collect_when: str = Field(default="", max_length=LONGEST, description="a condition, such as 'p_speak < 0.1'")
    samples: int | None = Field(default=None, ge=2, le=1_000_000, description="a whole number, 2 or more")
    design_seed: int = Field(default=1, ge=0, le=2**31 - 1, description="a whole number, 0 or more")
    guesses: float | None = Field(default=None, gt=0, lt=1, description="a share between 0 and 1, such as 0.5")
    measures: list[str] = Field(default=[], description="a list of names of measures")
    record: Literal["final", "daily", "full"] = Field(default="final", description="one of final, daily, full")


@dataclass(frozen=True)
class Study:
    """A sweep as it is asked for; nothing of it can change."""

    table: StudyTable
    scenario: Scenario
    factors: tuple[Factor, ...]
    text: str
    """The study file as it was written."""
    path: Path | None = None
    quick: bool = False
    own: tuple[Own, ...] = ()
    """Measures of the user's own, that every run is asked for."""
    more: tuple[str, ...] = ()
    """Measures that were asked for beside the study."""
    points: tuple[tuple[Level, ...], ...] = ()
    """Of a design of listed points: each of them, one level a factor."""
    points_text: str = ""
    """The file that they came from."""

    @property
    def name(self) -> str:
        """The name of the file, without its ending."""
        return self.path.stem if self.path else "study"

    @cached_property
    def measures(self) -> tuple[str, ...]:
        """What is asked of the results: the measures named, or all."""
        return tuple(dict.fromkeys((*self.more, *(self.table.measures or MEASURES), *self.further)))

    @cached_property
    def further(self) -> tuple[str, ...]:
        """What every run is asked for beyond the measures that are always kept: scopes, and the user's own."""
        asked = [*self.more, *self.table.measures, *(self.table.precision.half_width if self.table.precision else ())]
        asked += [own.name for own in self.own] + ([DAYS_RUN] if self.table.stop_when else [])
        return tuple(name for name in dict.fromkeys(asked) if name not in MEASURES)

    @cached_property
    def catalogue(self) -> Catalogue:
        """All measures that it can ask for."""
        return Catalogue(self.own)

    @property
    def cells(self) -> int:
        """How many settings of all factors there are; they are counted, and not listed."""
        return len(self.points) or _cells(self.table, self.factors)

    @property
    def runs(self) -> int:
        """How many runs there are at most: with precision, those of the most seeds that it allows."""
        return self.cells * (self.table.precision.most if self.table.precision else len(self.first_seeds))

    @property
    def first_seeds(self) -> tuple[int, ...]:
        """The seeds to begin with: all of them, unless precision decides."""
        if self.table.precision:
            return tuple(range(1, self.table.precision.first + 1))
        wanted = self.table.seeds
        if isinstance(wanted, list):
            return tuple(wanted)
        return tuple(range(1, (wanted or 1) + 1))


def load_study(
    path: str | Path,
    quick: bool = False,
    own: tuple[Own, ...] = (),
    more: tuple[str, ...] = (),
    people: People | None = None,
) -> Study:
    """Return the study of that name among those that come with the project, or in that file.

    `quick` takes what the file says under `[quick]` in the place of the same keys, and `people` the place of those whom
    it or its scenario names. `own` are measures of the user's own, `more` names of measures that are asked for beside
    it. Raises InputError.
    """
    place, file = _found(str(path))
    text = read_text(place, file)
    return study_from(text, file, place, quick, own=own, more=more, people=people)


def study_from(
    text: str,
    file: str = "study",
    path: Path | None = None,
    quick: bool = False,
    scenario: Scenario | None = None,
    own: tuple[Own, ...] = (),
    points: str | None = None,
    more: tuple[str, ...] = (),
    people: People | None = None,
) -> Study:
    """Return the study that a TOML text describes; InputError with line and key where it is wrong.

    `scenario`, `points` (a CSV text) and `people` take the place of those that the text names.
    """
    whole = Source.of(file, text, parse_toml(text, file))
    plain, hurried = whole.without(_QUICK), _hurried(whole)
    catalogue = Catalogue(own)
    _describe(hurried, catalogue)  # what is wrong under [quick] is reported whether or not it is asked for
    source = hurried if quick else plain
    table = _describe(source, catalogue)
    world = scenario_of(table, source, path, people) if scenario is None else scenario
    if table.design == "points":
        listed = read_points(table.points, source, world, path, points)
        study = Study(table, world, listed.factors, text, path, quick, own, more, listed.points, listed.text)
    else:
        factors = factors_of(source, world, table.guesses, table.design)
        study = Study(table, world, factors, text, path, quick, own, more)
        _check_design(table, study.factors, source)
    _check_size(study, source)
    if scenario is None:
        _check_scopes(study, source)
    return study


def shipped() -> dict[str, Path]:
    """Return the studies that come with the project, by name."""
    folder = Path(__file__).resolve().parents[1] / "studies"
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def _found(name: str) -> tuple[Path, str]:
    known = shipped()
    if name in known:
        return known[name], f"experiments/studies/{name}.toml"
    if not name.endswith(".toml"):
        raise InputError(
            f"there is no study '{shown(name)}' among those that come with the project ({', '.join(known) or 'none'}); "
            "a file of your own is named with its ending, .toml",
            nearest=nearest(name, known),
        )
    return Path(name), name


def _hurried(whole: Source) -> Source:
    """Return the study as [quick] has it; seeds there take the place of precision, and precision that of seeds."""
    found = whole.overlaid(_QUICK)
    for given, other in (("seeds", "precision"), ("precision", "seeds")):
        if given in whole.data.get(_QUICK, {}) and other not in whole.data[_QUICK]:
            found = found.without(other)
    return found


def _describe(source: Source, catalogue: Catalogue) -> StudyTable:
    """Return what the file says but for its factors; InputError where it is wrong."""
    table = source.checked(StudyTable, {n: v for n, v in source.data.items() if n not in _TABLES}, _TABLES)
    if (table.seeds is None) == (table.precision is None):
        raise source.error("seeds", "a study says either `seeds` (a number or a list) or [precision], one of the two")
    if isinstance(table.seeds, int) and not 1 <= table.seeds <= 1_000_000:
        raise source.error("seeds", f"seeds = {as_typed(table.seeds)} is not a number from 1 to 1000000")
    if isinstance(table.seeds, list):
        if not table.seeds or len(set(table.seeds)) < len(table.seeds):
            raise source.error("seeds", "the list of seeds is empty, or names one twice")
        if not all(0 <= seed <= _LARGEST_SEED for seed in table.seeds):
            raise source.error("seeds", f"a seed is a whole number from 0 to {_LARGEST_SEED}")
    for place, name in enumerate(table.measures):
        _check_measure(name, f"measures.{place}", source, catalogue)
        if name in table.measures[:place]:
            raise source.error(f"measures.{place}", f"the measure {name} is named twice")
    if table.precision:
        _check_precision(table.precision, source, catalogue)
    _check_conditions(table, source, catalogue)
    return table


def _check_conditions(table: StudyTable, source: Source, catalogue: Catalogue) -> None:
    """Refuse conditions that cannot be read, or about what is not known while a run goes on."""
    for key, text in (("stop_when", table.stop_when), ("collect_when", table.collect_when)):
        for name in _names(text, key, source):
            _check_measure(name, key, source, catalogue)
            if catalogue[name].value is None or "@days:" in name:
                raise source.error(key, f"{key} is asked day by day, and {shown(name)} is known of whole runs only")
    if table.collect_when and table.record != "daily":
        raise source.error("collect_when", 'collect_when says which days are kept, and needs record = "daily"')


def _names(text: str, key: str, source: Source) -> tuple[str, ...]:
    with source.at(key):
        return parse(text, condition=True).names if text else ()


def _check_precision(wanted: Precision, source: Source, catalogue: Catalogue) -> None:
    if not wanted.half_width:
        raise source.error("precision.half_width", "half_width names no measure")
    for name, width in wanted.half_width.items():
        key = f"precision.half_width.{name}"
        _check_measure(name, key, source, catalogue)
        if not width > 0.0:
            raise source.error(key, f"{name} = {as_typed(width)} is not a number above 0")
    if wanted.most < wanted.first:
        rule = f"most = {wanted.most} is fewer seeds than there are to begin with (first = {wanted.first})"
        raise source.error("precision.most", rule)


def _check_measure(name: str, key: str, source: Source, catalogue: Catalogue) -> None:
    with source.at(key):
        catalogue.find(name)


def _check_scopes(study: Study, source: Source) -> None:
    """Refuse measures of departments that its scenario has not, or of days after its end."""
    for name in study.more:
        study.catalogue.check(name, study.scenario, study.first_seeds[0])
    for place, name in enumerate(study.table.measures):
        if "@" in name and not _moves(study, "department" if "department:" in name else "days"):
            with source.at(f"measures.{place}"):
                study.catalogue.check(name, study.scenario, study.first_seeds[0])


def _moves(study: Study, what: str) -> bool:
    """Say whether a factor changes how long runs are, or which departments there are: then each run tells."""
    settings = [name for factor in study.factors for name in factor.settings]
    return any(name == "days" if what == "days" else name.startswith("organization.") for name in settings)


def scenario_of(table: StudyTable, source: Source, path: Path | None, people: People | None = None) -> Scenario:
    """Return the scenario that the study varies: of the gallery, or beside the study file."""
    beside = path.parent / table.scenario if path and table.scenario.endswith(".toml") else None
    with source.at("scenario"):
        scenario = load(beside if beside else table.scenario)
    scenario = scenario.with_people(people or _own_people(source, path) or scenario.people)
    changes: Mapping[str, Any] = source.flat(source.data.get("set", {}), "set")
    for name, value in changes.items():
        with source.at(f"set.{name}"):
            scenario = scenario.with_({name: value})
    return scenario


def _own_people(source: Source, path: Path | None) -> People | None:
    """Return the people whom a study file names; None where it names none."""
    named = {name: source.data[name] for name in ("organization", "ties") if name in source.data}
    try:
        return own_people(Place(source.file, "", named, path, None if path is None else path.parent))
    except InputError as error:
        if error.key is None:  # it is about the file of people itself
            raise
        raise source.error(error.key, error.problem, likely=error.nearest) from None


def _check_design(table: StudyTable, factors: tuple[Factor, ...], source: Source) -> None:
    if table.design in LISTED:
        if open_ended := [factor.name for factor in factors if factor.sampled]:
            name = table.design.replace("_", "-")
            raise source.error(f"factors.{open_ended[0]}", f"in a {name} design, {open_ended[0]} needs steps")
        return
    if table.samples is None:
        raise source.error("design", f"a {table.design} design needs `samples`, a whole number")
    if fixed := [factor.name for factor in factors if not factor.sampled]:
        rule = f"a {table.design} design samples between bounds: give {shown(fixed[0])} as a table with min and max"
        raise source.error(f"factors.{fixed[0]}", rule)
    if table.design in ("sobol", "saltelli") and table.samples & (table.samples - 1):
        raise source.error("samples", f"samples = {table.samples} is not a power of 2, which this design needs")


def _cells(table: StudyTable, factors: tuple[Factor, ...]) -> int:
    """Return how many cells a design has."""
    if table.design == "factorial":
        return math.prod(len(factor.levels) for factor in factors)
    if table.design == "one_at_a_time":
        return 1 + sum(len(factor.levels) - 1 for factor in factors)
    each = {"morris": len(factors) + 1, "saltelli": len(factors) + 2}.get(table.design, 1)
    return (table.samples or 1) * each


def _check_size(study: Study, source: Source) -> None:
    """Refuse a design that is too large before anyone begins to list its cells."""
    table, count = study.table, study.cells
    seeds = len(table.seeds) if isinstance(table.seeds, list) else table.seeds or 1
    most = table.precision.most if table.precision else seeds
    if count * most > SWEEP_RUNS:
        rule = f"{as_typed(count)} cells x {most} seeds are more than {SWEEP_RUNS} runs, which is the most that can be"
        raise source.error("samples" if table.samples else "factors", rule)
