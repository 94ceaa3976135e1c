"""The prior: how far each guess may lie, as the acceptable sets of the calibration have it, and sets spread over it."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from scipy.stats import qmc

from experiments.calibration.design import Free, Points, values_at
from experiments.calibration.record import read_record
from sim.parameters import registry

LUCK: Final = 1
"""The key by which Sobol's sequence is scrambled."""
BASIS: Final = "uniform between the least and the largest value among the acceptable sets of the calibration"


@dataclass(frozen=True)
class Prior:
    """The guesses that may move, each independent of the others and uniform on its own scale."""

    free: tuple[Free, ...]

    @property
    def names(self) -> list[str]:
        """Their dotted names."""
        return [each.name for each in self.free]

    def points(self, count: int) -> Points:
        """Return the first sets of a scrambled Sobol' sequence as places in the unit cube, float64[count, free].

        A longer design begins with a shorter one, so that more sets can be added later.
        """
        sequence = qmc.Sobol(len(self.free), rng=np.random.default_rng(LUCK))
        return np.asarray(sequence.random_base2(max(0, math.ceil(math.log2(count))))[:count])

    def values(self, point: Sequence[float] | Points) -> dict[str, float]:
        """Return the parameters at a point of the unit cube, to four digits."""
        return values_at(np.asarray(point, float), self.free)

    @cached_property
    def bounds(self) -> Points:
        """Lowest and highest value of each, float64[free, 2]."""
        return np.array([(each.low, each.high) for each in self.free])

    def at(self, places: Points) -> Points:
        """Return the values at places in the unit cube, float64[n, free]."""
        return np.column_stack([each.at(places[:, n]) for n, each in enumerate(self.free)])


def prior_of(fixed: Collection[str] = (), record: Mapping[str, Any] | None = None) -> Prior:
    """Return the prior of all calibrated guesses but those that are `fixed`: their values are known.

    Bounds are those of the acceptable sets; where they are positive, the scale is that of logs, as in the calibration.
    """
    sets = [one["values"] for one in (record or read_record())["ensemble"]]
    named = [each for each in sets[0] if each not in fixed]
    return Prior(tuple(_bounded(name, [values[name] for values in sets]) for name in named))


def _bounded(name: str, values: Sequence[float]) -> Free:
    return Free(name, float(registry()[name].default), min(values), max(values))
