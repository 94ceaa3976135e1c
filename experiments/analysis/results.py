"""The runs of a sweep as arrays: cells by seeds, with what could not be measured as NaN."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from experiments.sweeps.designs import Cell, cells
from experiments.sweeps.factors import Factor
from experiments.sweeps.study import LISTED, Study
from sim.errors import InputError, nearest, shown
from sim.measures import MEASURES

if TYPE_CHECKING:
    from experiments.sweeps.sweep import Sweep

Numbers = NDArray[np.float64]

VOICE = (
    "willingness",
    "p_speak",
    "critical_voice",
    "silence_rate",
    "silence_defensive",
    "psychological_safety",
    "engagement",
)
"""Measures that are drawn where a study names none, that which leads first."""
POLICIES = ("leadership.executives.", "leadership.line_managers.")


@dataclass(frozen=True)
class Axis:
    """One factor as analysis sees it: what it is called, its levels, and whether they are numbers in an order."""

    factor: Factor
    name: str
    """As people read it; unique within a study."""
    values: tuple[Any, ...]
    """Of a factorial design: its levels in the order of the study; of a sampled one: both bounds."""

    @property
    def numeric(self) -> bool:
        """Whether its levels are numbers, so that there is something between them."""
        return all(isinstance(value, int | float) and not isinstance(value, bool) for value in self.values)

    @property
    def texts(self) -> tuple[str, ...]:
        """The levels as people read them."""
        return tuple(written(value) for value in self.values)

    @property
    def order(self) -> tuple[int, ...]:
        """Places of the levels, from the smallest number to the largest; as they stand where they are no numbers."""
        places = range(len(self.values))
        return tuple(sorted(places, key=lambda place: self.values[place])) if self.numeric else tuple(places)


@dataclass(frozen=True)
class Results:
    """What a sweep has found so far."""

    sweep: Sweep
    cells: tuple[Cell, ...]
    seeds: tuple[int, ...]
    axes: tuple[Axis, ...]
    measures: tuple[str, ...]
    """Those that are asked about, the one in the focus first."""
    drawn: tuple[str, ...]
    """Those that get figures."""
    values: dict[str, Numbers]
    """By measure, float64[cells, seeds]; NaN where a run has none."""

    @property
    def study(self) -> Study:
        """The study."""
        return self.sweep.study

    @property
    def focus(self) -> str:
        """The measure that the short answer is about."""
        return self.measures[0]

    @property
    def factorial(self) -> bool:
        """Whether every level of each factor meets every level of all others."""
        return self.study.table.design == "factorial"

    @property
    def listed(self) -> bool:
        """Whether factors have levels of their own, and not only bounds."""
        return self.study.table.design in LISTED

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of levels of each factor of a factorial design."""
        return tuple(len(axis.values) for axis in self.axes)

    @property
    def asked(self) -> int:
        """Runs that the study asks for, as far as is known: where precision decides, those that it has asked for."""
        return int(self.sweep.runs.height) if self.sweep.complete else len(self.cells) * len(self.seeds)

    @property
    def varying(self) -> list[int]:
        """Places of the factors that have more than one level."""
        return [place for place, axis in enumerate(self.axes) if len(axis.values) > 1]

    @cached_property
    def failed(self) -> Any:
        """The rows of runs that failed."""
        return self.sweep.runs.filter(self.sweep.runs["status"] == "failed")

    @property
    def done(self) -> int:
        """Runs that were made and did not fail."""
        return int(self.sweep.runs["status"].is_not_null().sum()) - int(self.failed.height)

    def grid(self, measure: str) -> Numbers:
        """Return a measure of a factorial design by level of each factor, and seed: float64[levels..., seeds]."""
        return self.values[measure].reshape(*self.shape, len(self.seeds))

    def complete_seeds(self, measure: str) -> NDArray[np.intp]:
        """Return places of the seeds on which every cell has a value."""
        return np.flatnonzero(~np.isnan(self.values[measure]).any(axis=0))


def results(sweep: Sweep, measures: Iterable[str] = ()) -> Results:
    """Return the arrays of a sweep; `measures` are those to ask about, else those that the study names, else all.

    Raises InputError where a measure does not exist, or nothing has been made yet.
    """
    study = sweep.study
    if sweep.runs.filter(sweep.runs["status"] == "done").is_empty():
        raise InputError(
            "no run of this sweep is finished yet, so there is nothing to analyse", file=shown(sweep.folder)
        )
    found = cells(study)
    made = sweep.runs.filter(sweep.runs["status"].is_not_null())
    seeds = tuple(dict.fromkeys((*study.first_seeds, *made["seed"].to_list())))
    wanted, drawn = _measures(study, tuple(measures))
    place = {seed: n for n, seed in enumerate(seeds)}
    rows, columns = made["cell"].to_numpy(), [place[seed] for seed in made["seed"].to_list()]
    values = {}
    for name in dict.fromkeys((*wanted, "arena_type")):
        table = np.full((len(found), len(seeds)), np.nan)
        table[rows, columns] = made[name].cast(float).fill_null(np.nan).to_numpy()
        values[name] = table
    return Results(sweep, found, seeds, axes_of(study), wanted, drawn, values)


def _measures(study: Study, asked: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the measures to ask about and those to draw; codes such as `arena_type` have no mean."""
    kept = (*MEASURES, *study.further)
    for name in asked:
        if name not in kept:
            study.catalogue.find(name)
            raise InputError(
                f"--measures: the runs of this sweep were not asked for {shown(name)}; name it in the study, or with "
                "ism sweep --measures",
                nearest=nearest(name, kept),
            )
    numbers = [name for name in dict.fromkeys(asked or study.measures) if not study.catalogue[name].words]
    if asked and not numbers:
        raise InputError("--measures: this measure is a code for words, of which there is no mean; name another")
    if asked or study.table.measures or study.further:
        numbers = numbers or list(VOICE)
        return tuple(numbers), tuple(numbers)
    return tuple(dict.fromkeys((*VOICE, *numbers))), VOICE


# ---------------------------------------------------------------- names


def written(value: Any) -> str:
    """Return a level as people read it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.4g}" if isinstance(value, float) else shown(value, 40)


def axes_of(study: Study) -> tuple[Axis, ...]:
    """Return the factors of a study, in its order, each by a name that people read."""
    names = [_short(factor) for factor in study.factors]
    twice = {name for name in names if names.count(name) > 1}
    names = [
        shown(factor.name, 80) if name in twice else name for factor, name in zip(study.factors, names, strict=True)
    ]
    return tuple(
        Axis(factor, name, tuple(level.value for level in factor.levels) or (factor.low, factor.high))
        for factor, name in zip(study.factors, names, strict=True)
    )


def _short(factor: Factor) -> str:
    """Return a setting's name in words: `executives: presence`; `leaders: presence` where it is that of all leaders."""
    names = set(factor.settings)
    table, _, last = factor.name.rpartition(".")
    for prefix in POLICIES:
        if factor.name.startswith(prefix):
            table = "leaders" if names >= {other + last for other in POLICIES} else table.rpartition(".")[2]
    table = table.removeprefix("population.").replace(".", " ")
    words = [part.replace("_", " ") for part in (table, last) if part]
    return shown(": ".join(words), 80)
