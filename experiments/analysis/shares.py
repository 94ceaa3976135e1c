"""Which factor moves a measure most, and how much is luck: shares of variance in a factorial design.

The variance between cells is divided among factors as Sobol's indices divide it (Sobol' 2001), over the levels that the
study has: `first` is what a factor does by itself, `total` adds all its interactions. What the noise of finitely many
seeds adds to each is taken off again. Of the variance between single runs, shares go to cells, to the seed (luck that
all cells share) and to the rest.
"""

from __future__ import annotations

import math
from typing import Any, Final, NamedTuple

import numpy as np
from scipy import stats

from experiments.analysis.intervals import MANY
from experiments.analysis.results import Numbers, Results
from experiments.statistics import CONFIDENCE, ROUNDING, Interval

SHARE_RESAMPLES: Final = 999
FEWEST_SEEDS: Final = 10
"""Seeds below which a share has no interval; with 10, the interval holds the true share in 80 to 90%."""


class Influence(NamedTuple):
    """How much of what differs between cells a factor accounts for."""

    measure: str
    factor: str
    first: Interval
    total: Interval


class Noise(NamedTuple):
    """Where the variance between single runs comes from; the three add up to 1. NaN where there are too few seeds."""

    measure: str
    cells: float
    seed: float
    rest: float
    p: float
    """How often luck alone would make cells differ as much (F test)."""
    seeds: int
    """Seeds on which every cell has a value."""

    @property
    def within(self) -> float:
        """The share of the variance that lies within cells."""
        return self.seed + self.rest


def noise(results: Results) -> list[Noise]:
    """Return for each measure what is luck and what is not."""
    return [_noise(results, measure) for measure in results.measures]


def _noise(results: Results, measure: str) -> Noise:
    """Return the two-way analysis of variance of cells and seeds, on seeds that are complete."""
    kept = results.complete_seeds(measure)
    table = results.values[measure][:, kept]
    nothing = Noise(measure, math.nan, math.nan, math.nan, math.nan, len(kept))
    if len(kept) < 2 or len(table) < 2:
        return nothing
    mean = table.mean()
    between, luck = table.mean(axis=1) - mean, table.mean(axis=0) - mean
    rest = table - mean - between[:, None] - luck[None]
    sums = np.array([len(kept) * (between**2).sum(), len(table) * (luck**2).sum(), (rest**2).sum()])
    if sums.sum() <= (ROUNDING * mean) ** 2 * table.size:
        return nothing
    freedom = len(table) - 1, (len(table) - 1) * (len(kept) - 1)
    error = sums[2] / freedom[1]
    p = float(stats.f.sf(sums[0] / freedom[0] / error, *freedom)) if error > 0.0 else float(sums[0] <= 0.0)
    cells, seed, left = (sums / sums.sum()).tolist()
    return Noise(measure, cells, seed, left, p, len(kept))


def influences(results: Results) -> list[Influence]:
    """Return for each measure and factor of a factorial design its shares; none where cells differ by luck alone."""
    found = []
    for one in noise(results):
        if one.p < 1.0 - CONFIDENCE:
            found += _influences(results, one.measure)
    return found


def _influences(results: Results, measure: str) -> list[Influence]:
    grid = results.grid(measure)[..., results.complete_seeds(measure)]
    return [
        Influence(measure, axis.name, *(_bounded(grid, place, total) for total in (False, True)))
        for place, axis in ((place, results.axes[place]) for place in results.varying)
    ]


def _bounded(grid: Numbers, place: int, total: bool) -> Interval:
    """Return a share with its bootstrap interval over seeds, cut to what a share can be."""
    seeds, factors = grid.shape[-1], grid.ndim - 1
    value = float(np.clip(share(grid, factors, place, total), 0.0, 1.0))
    if seeds < FEWEST_SEEDS:
        return Interval(value, -math.inf, math.inf, seeds)

    def of_seeds(chosen: Any, axis: int = -1) -> Any:
        again = np.take(grid, np.moveaxis(chosen, axis, -1).astype(int), axis=-1)
        return np.nan_to_num(share(again, factors, place, total), nan=0.0)  # where noise alone is left

    found = stats.bootstrap(
        (np.arange(seeds),),
        of_seeds,
        n_resamples=SHARE_RESAMPLES,
        batch=max(1, MANY // (10 * grid.size)),
        confidence_level=CONFIDENCE,
        method="percentile",
        rng=np.random.default_rng(1),
    ).confidence_interval
    low, high = np.clip(np.nan_to_num([found.low, found.high], nan=value), 0.0, 1.0).tolist()
    return Interval(value, min(low, value), max(high, value), seeds)


def share(grid: Numbers, factors: int, place: int, total: bool) -> Any:
    """Return the first-order or the total share of one factor: `grid` is float64[levels of each factor, ..., seeds]."""
    axes, seeds = tuple(range(factors)), grid.shape[-1]
    others = tuple(axis for axis in axes if axis != place)
    cells, levels = math.prod(grid.shape[:factors]), grid.shape[place]
    means = grid.mean(axis=-1)
    luck = _error(grid, axes) / seeds  # variance that noise alone gives to the mean of a cell
    between = means.var(axis=axes) - luck * (cells - 1) / cells
    if total:
        found = means.var(axis=place, keepdims=True).mean(axis=axes) - luck * (levels - 1) / levels
    else:
        found = means.mean(axis=others, keepdims=True).var(axis=axes) - luck * levels / cells * (levels - 1) / levels
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(between > 0.0, found / between, np.nan)


def _error(grid: Numbers, axes: tuple[int, ...]) -> Any:
    """Return the variance of single runs around what their cell and their seed make of them."""
    cells, seeds = math.prod(grid.shape[axis] for axis in axes), grid.shape[-1]
    rest = grid - grid.mean(axis=-1, keepdims=True)
    rest = rest - rest.mean(axis=axes, keepdims=True)
    return (rest**2).sum(axis=(*axes, -1)) / ((cells - 1) * (seeds - 1))
