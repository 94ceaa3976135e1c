"""Sensitivity in sampled designs, by SALib: Morris, Sobol, and rank correlations where a sample allows no more.

All cells are run on the same seeds, and each cell's value is its mean over them. SALib trusts the order of the rows, so
everything here is in the order of the design, and refused where a cell has no value.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

import numpy as np
from scipy import stats

from experiments.analysis.results import Numbers, Results
from experiments.statistics import CONFIDENCE, ROUNDING, Interval
from experiments.sweeps import designs

RESAMPLES: Final = 1_000
SEED: Final = 1
FEWEST_POINTS: Final = 8
"""Points of a sample below which no correlation is reported."""


class Index(NamedTuple):
    """One sensitivity index of one factor."""

    measure: str
    factor: str
    kind: str
    """`mu_star`, `mu`, `sigma` (Morris), `S1`, `ST` (Sobol), `rank_correlation`, `regression`."""
    found: Interval
    """`runs` is the number of cells that it is taken from."""
    halves: tuple[float, float] = (math.nan, math.nan)
    """The index from the first half of the seeds, and from the second one."""


class Step(NamedTuple):
    """An index as it was with a part of the sample."""

    measure: str
    factor: str
    kind: str
    samples: int
    value: float
    half_width: float


class Sensitivity(NamedTuple):
    """What a sampled design says of every measure."""

    indices: list[Index]
    convergence: list[Step]
    fits: dict[str, float]
    """By measure, the share of the variance that a sum of straight lines accounts for (R squared)."""
    refused: dict[str, str]
    """Measures without any sensitivity, and why, in a sentence."""


_Found = dict[str, tuple[Numbers, Numbers, Numbers]]
"""By kind of index: value, lower and upper bound of each factor."""


def sensitivity(results: Results) -> Sensitivity:
    """Return the indices that the design of a study allows; nothing for one whose factors have levels."""
    empty = Sensitivity([], [], {}, {})
    if results.listed:
        return empty
    points = np.asarray(designs.points(results.study), float)
    for measure in results.measures:
        table, problem = _complete(results, measure)
        if problem:
            empty.refused[measure] = problem
        else:
            _measure(results, measure, points, table, empty)
    return empty


def _complete(results: Results, measure: str) -> tuple[Numbers, str]:
    """Return the values of seeds on which every cell has one; or why nothing can be said."""
    kept = results.complete_seeds(measure)
    table = results.values[measure][:, kept]
    if not len(kept):
        missing = int(np.isnan(results.values[measure]).all(axis=1).sum())
        cells = (
            f"{missing} of {len(results.cells)} cells have none at all" if missing else "no seed has one in all cells"
        )
        return table, f"every cell needs a value of {measure} on one seed at least, and {cells}"
    means = table.mean(axis=1)
    if np.ptp(means) <= ROUNDING * np.abs(means).max():
        return table, f"{measure} is the same in all cells"
    return table, ""


def _measure(results: Results, measure: str, points: Numbers, table: Numbers, filled: Sensitivity) -> None:
    analyse = _analysis(results)
    means, seeds = table.mean(axis=1), table.shape[1]
    whole = analyse(points, means)
    half = seeds // 2
    parts = [analyse(points, part.mean(axis=1)) for part in (table[:, :half], table[:, half:])] if half else []
    for kind, (values, low, high) in whole.items():
        for place, axis in enumerate(results.axes):
            found = Interval(float(values[place]), float(low[place]), float(high[place]), len(points))
            first, second = (float(part[kind][0][place]) for part in parts) if parts else (math.nan, math.nan)
            filled.indices.append(Index(measure, axis.name, kind, found, (first, second)))
    if results.study.table.design not in ("morris", "saltelli"):
        filled.fits[measure] = _regression(points, means)[1]
    filled.convergence.extend(_convergence(results, measure, points, means, analyse))


def _analysis(results: Results) -> Callable[[Numbers, Numbers], _Found]:
    kind = results.study.table.design
    problem = designs.problem(results.study.factors)
    if kind == "morris":
        return lambda points, values: _morris(problem, points, values)
    if kind == "saltelli":
        return lambda _, values: _sobol(problem, values)
    return _correlations


# ---------------------------------------------------------------- the methods


def _morris(problem: dict[str, Any], points: Numbers, values: Numbers) -> _Found:
    """Return elementary effects over the whole range of each factor (Morris 1991; mu*: Campolongo et al. 2007)."""
    from SALib.analyze import morris

    found = morris.analyze(problem, points, values, RESAMPLES, CONFIDENCE, num_levels=designs.MORRIS_LEVELS, seed=SEED)
    none = np.full(len(problem["names"]), math.nan)
    star, width = np.asarray(found["mu_star"], float), np.asarray(found["mu_star_conf"], float)
    return {
        "mu_star": (star, np.maximum(star - width, 0.0), star + width),
        "mu": (np.asarray(found["mu"], float), none, none),
        "sigma": (np.asarray(found["sigma"], float), none, none),
    }


def _sobol(problem: dict[str, Any], values: Numbers) -> _Found:
    """Return first-order and total indices (Sobol' 2001; estimators of Saltelli et al. 2010)."""
    from SALib.analyze import sobol

    with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
        warnings.filterwarnings("ignore", "Constant values", UserWarning)  # of a resample: it then has no index
        found = sobol.analyze(problem, values, False, RESAMPLES, CONFIDENCE, seed=SEED)
    estimates = {
        kind: (np.asarray(found[kind], float), np.asarray(found[f"{kind}_conf"], float)) for kind in ("S1", "ST")
    }
    return {kind: (value, value - width, value + width) for kind, (value, width) in estimates.items()}


def _correlations(points: Numbers, values: Numbers) -> _Found:
    """Return Spearman's rank correlation, and standardised regression coefficients, of each factor."""
    ranks = np.array([_rank_correlation(column, values) for column in points.T])
    slopes, _ = _regression(points, values)
    none = np.full(len(slopes), math.nan)
    return {"rank_correlation": (ranks[:, 0], ranks[:, 1], ranks[:, 2]), "regression": (slopes, none, none)}


def _rank_correlation(column: Numbers, values: Numbers) -> tuple[float, float, float]:
    """Return Spearman's correlation with Fisher's interval; NaN where there are too few points, or nothing differs."""
    if len(values) < FEWEST_POINTS or np.ptp(column) == 0.0 or np.ptp(values) == 0.0:
        return math.nan, math.nan, math.nan
    found = stats.pearsonr(stats.rankdata(column), stats.rankdata(values))
    low, high = found.confidence_interval(CONFIDENCE)
    return float(found.statistic), float(low), float(high)


def _regression(points: Numbers, values: Numbers) -> tuple[Numbers, float]:
    """Return standardised regression coefficients, and the share of the variance that they account for."""
    spread = points.std(axis=0)
    scaled = (points - points.mean(axis=0)) / np.where(spread > 0.0, spread, 1.0)
    aim = (values - values.mean()) / (values.std() or 1.0)
    if len(values) <= points.shape[1] + 1 or np.ptp(values) == 0.0:
        return np.full(points.shape[1], math.nan), math.nan
    slopes = np.linalg.lstsq(scaled, aim, rcond=None)[0]
    return slopes, float(1.0 - ((aim - scaled @ slopes) ** 2).mean() / (aim**2).mean())


# ---------------------------------------------------------------- has it settled?


def _convergence(
    results: Results, measure: str, points: Numbers, means: Numbers, analyse: Callable[[Numbers, Numbers], _Found]
) -> Iterator[Step]:
    """Yield the leading index of each factor from an eighth, a quarter, half and all of the sample."""
    samples = results.study.table.samples or 0
    block = len(points) // samples if samples else 1
    for part in (8, 4, 2, 1):
        size = samples // part
        if size < 2 or np.ptp(means[: size * block]) == 0.0:
            continue
        found = analyse(points[: size * block], means[: size * block])
        kind = leading(results.study.table.design)
        values, low, high = found[kind]
        for place, axis in enumerate(results.axes):
            yield Step(measure, axis.name, kind, size, float(values[place]), float(high[place] - low[place]) / 2)


def leading(design: str) -> str:
    """Return the kind of index by which a design ranks its factors."""
    return {"morris": "mu_star", "saltelli": "ST"}.get(design, "rank_correlation")
