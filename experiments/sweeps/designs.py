"""Designs: the cells of a study, each one setting of all its factors."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from experiments.sweeps.factors import Changes, Factor, Level
from experiments.sweeps.study import Study

if TYPE_CHECKING:
    from numpy.typing import NDArray

MORRIS_LEVELS: Final = 4
"""Grid of a Morris trajectory, as Morris (1991) and Campolongo et al. (2007) recommend."""


class Cell(NamedTuple):
    """One setting of all factors."""

    number: int
    levels: tuple[Level, ...]

    @property
    def values(self) -> tuple[Any, ...]:
        """The value of each factor."""
        return tuple(level.value for level in self.levels)

    @property
    def changes(self) -> Changes:
        """The settings that the cell changes."""
        return tuple(change for level in self.levels for change in level.changes)


def cells(study: Study) -> tuple[Cell, ...]:
    """Return the cells of a study in the order of its design: the same study, the same cells."""
    return tuple(Cell(number, levels) for number, levels in enumerate(_combinations(study)))


def _combinations(study: Study) -> Iterator[tuple[Level, ...]]:
    factors = study.factors
    match study.table.design:
        case "factorial":
            return itertools.product(*(factor.levels for factor in factors))
        case "points":
            return iter(study.points)
        case "one_at_a_time":
            return _one_at_a_time(factors)
        case _:
            sampled = zip(factors, points(study).T, strict=True)
            return zip(*(factor.at(shares) for factor, shares in sampled), strict=True)


def _one_at_a_time(factors: tuple[Factor, ...]) -> Iterator[tuple[Level, ...]]:
    """Yield the first levels of all factors, then each other level of one factor with the first ones of the others."""
    base = tuple(factor.levels[0] for factor in factors)
    yield base
    for place, factor in enumerate(factors):
        for level in factor.levels[1:]:
            yield (*base[:place], level, *base[place + 1 :])


def problem(factors: tuple[Factor, ...]) -> dict[str, Any]:
    """Return the factors as SALib describes them, each on the unit interval."""
    return {"num_vars": len(factors), "names": [f.name for f in factors], "bounds": [[0.0, 1.0]] * len(factors)}


def points(study: Study) -> NDArray[np.float64]:
    """Return the points of a sampled design in the unit cube: [points, factors]."""
    said, count = study.table, study.table.samples or 0
    if said.design == "morris":
        from SALib.sample import morris

        return np.asarray(morris.sample(problem(study.factors), count, num_levels=MORRIS_LEVELS, seed=said.design_seed))
    if said.design == "saltelli":
        from SALib.sample import sobol

        cells = sobol.sample(problem(study.factors), count, calc_second_order=False, seed=said.design_seed)
        return np.asarray(cells)
    from scipy.stats import qmc

    sampler = qmc.LatinHypercube if said.design == "latin_hypercube" else qmc.Sobol
    return np.asarray(sampler(len(study.factors), rng=said.design_seed).random(count))
