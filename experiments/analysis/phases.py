"""The phase map: what members use their arena for, run by run, and how often in each cell (Madsen 2018)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import stats

from experiments.analysis.results import Axis, Results
from experiments.statistics import CONFIDENCE
from sim.measures import ARENA_TYPES

WORDS = tuple(name.replace("_", "-") for name in ARENA_TYPES)
"""The types as people write them."""
LETTERS = ("Q", "K", "P")
"""One sign for each, so that a map can be read without colours."""


class Phase(NamedTuple):
    """How many runs of a cell (or of several) are of which type."""

    counts: tuple[int, ...]

    @property
    def runs(self) -> int:
        """Runs that have a type."""
        return sum(self.counts)

    @property
    def commonest(self) -> int:
        """The type that most runs have; the quieter one of two that are as common."""
        return int(np.argmax(self.counts))

    @property
    def tied(self) -> bool:
        """Whether another type is as common."""
        return sorted(self.counts)[-1] == sorted(self.counts)[-2]

    def share(self, kind: int) -> float:
        """Return the share of runs of one type."""
        return self.counts[kind] / self.runs if self.runs else float("nan")

    def bounds(self, kind: int) -> tuple[float, float]:
        """Return Wilson's interval (1927) of that share."""
        if not self.runs:
            return 0.0, 1.0
        found = stats.binomtest(self.counts[kind], self.runs).proportion_ci(CONFIDENCE, method="wilson")
        return float(found.low), float(found.high)


def phases(results: Results) -> list[Phase]:
    """Return the types of the runs of each cell."""
    return [_phase(row) for row in results.values["arena_type"]]


def phase_map(results: Results, across: Axis, up: Axis) -> list[list[Phase]]:
    """Return the types by level of two factors, [up][across], all other factors taken together."""
    places = results.axes.index(across), results.axes.index(up)
    grid = np.moveaxis(results.grid("arena_type"), places, (0, 1))
    return [[_phase(grid[x, y]) for x in across.order] for y in up.order]


def overall(results: Results) -> Phase:
    """Return the types of all runs."""
    return _phase(results.values["arena_type"])


def _phase(values: np.ndarray) -> Phase:
    known = values[~np.isnan(values)].astype(int)
    return Phase(tuple(np.bincount(known.ravel(), minlength=len(ARENA_TYPES)).tolist()))
