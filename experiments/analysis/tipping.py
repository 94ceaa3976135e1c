"""Tipping points: does a measure change evenly along a factor, or most of all in one place?

Along an ordered factor with four levels or more, the steepest of its steps is compared, seed by seed, with what an
even change would give it. It is called a tipping point where it is clearly more than twice that; the interval allows
for having looked at all steps (Bonferroni). A logistic curve is fitted as well: where is its middle, how wide is it?
"""

from __future__ import annotations

import math
import warnings
from typing import Final, NamedTuple

import numpy as np
from scipy import optimize, stats
from scipy.special import expit

from experiments.analysis.effects import difference, per_level
from experiments.analysis.intervals import interval
from experiments.analysis.results import Axis, Numbers, Results
from experiments.statistics import CONFIDENCE, ROUNDING, Interval

FEWEST_LEVELS: Final = 4
FEWEST_TO_FIT: Final = 7
"""Levels from which a curve of four parameters can be held against a straight line."""
STEEPER: Final = 2.0
"""How much steeper than an even slope a step must be to be called a tipping point."""


class Logistic(NamedTuple):
    """A logistic curve through the means of all levels."""

    middle: Interval
    """Where half of the change has happened."""
    width: float
    """Of the stretch in which the middle half of the change happens."""
    low: float
    high: float
    better: bool
    """Whether it describes the means better than a straight line, its two more parameters allowed for (AICc)."""

    def at(self, values: Numbers) -> Numbers:
        """Return the curve."""
        return _curve(values, self.low, self.high, self.middle.mean, self.width / (2.0 * math.log(3.0)))


class Tipping(NamedTuple):
    """What a measure does along one factor."""

    measure: str
    factor: str
    values: tuple[float, ...]
    means: tuple[Interval, ...]
    spread: tuple[float, ...]
    """Standard deviation between seeds, within cells, at each level."""
    start: float
    end: float
    """The steepest step, from level to level."""
    step: Interval
    """What changes in it."""
    steeper: Interval
    """By how much the change in it is above twice its even share of all ups and downs."""
    fit: Logistic | None

    @property
    def tips(self) -> bool:
        """Whether the change is clearly concentrated in this step."""
        return self.steeper.low > 0.0

    @property
    def loudest(self) -> float:
        """The level at which seeds differ most, as they do near a tipping point."""
        return self.values[int(np.argmax(self.spread))]


def tipping(results: Results) -> list[Tipping]:
    """Return what each measure does along each ordered factor of a factorial design with four levels or more."""
    return [
        found
        for measure in results.measures
        for place, axis in enumerate(results.axes)
        if axis.numeric and len(axis.values) >= FEWEST_LEVELS and (found := _tipping(results, measure, place, axis))
    ]


def _tipping(results: Results, measure: str, place: int, axis: Axis) -> Tipping | None:
    grid = np.moveaxis(results.grid(measure), place, 0)[list(axis.order)]
    values = np.array(sorted(axis.values), float)
    levels = per_level(grid)  # [levels, seeds]
    levels = levels[:, ~np.isnan(levels).any(axis=0)]
    if levels.shape[1] < 2 or np.ptp(levels) <= ROUNDING * np.abs(levels).max():
        return None
    steps = difference(levels[:-1], levels[1:])
    slopes = steps / np.diff(values)[:, None]
    steepest = int(np.argmax(np.abs(slopes.mean(axis=1))))
    sign = float(np.sign(slopes[steepest].mean()))
    # What changes on the whole way, ups and downs alike; their directions are those of the means.
    travelled = (np.sign(steps.mean(axis=1))[:, None] * steps).sum(axis=0)
    beyond = sign * steps[steepest] - STEEPER * travelled * np.diff(values)[steepest] / np.ptp(values)
    corrected = 1.0 - (1.0 - CONFIDENCE) / len(steps)
    return Tipping(
        measure,
        axis.name,
        tuple(values.tolist()),
        tuple(interval(level) for level in levels),
        tuple(_spread(cell) for cell in grid),
        float(values[steepest]),
        float(values[steepest + 1]),
        interval(steps[steepest]),
        interval(beyond, corrected),
        _fit(values, levels),
    )


def _spread(cells: Numbers) -> float:
    """Return the standard deviation between seeds within the cells of one level, pooled; NaN of one seed."""
    flat = cells.reshape(-1, cells.shape[-1])
    known = ~np.isnan(flat)
    freedom = int(np.maximum(known.sum(axis=1) - 1, 0).sum())
    if not freedom:
        return math.nan
    means = np.where(known, flat, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    apart = np.where(known, flat - means[:, None], 0.0)
    return float(np.sqrt((apart**2).sum() / freedom))


# ---------------------------------------------------------------- a logistic curve


def _curve(values: Numbers, low: float, high: float, middle: float, width: float) -> Numbers:
    rising: Numbers = expit((values - middle) / width)
    return low + (high - low) * rising


def _fit(values: Numbers, levels: Numbers) -> Logistic | None:
    """Return the curve of least squares; None where there are too few levels, or none fits within their range."""
    means, span = levels.mean(axis=1), float(np.ptp(values))
    if len(values) < FEWEST_TO_FIT or np.ptp(means) == 0.0:
        return None
    begin = (float(means[0]), float(means[-1]), float(np.median(values)), span / 8.0)
    reach = float(np.ptp(means))
    bounds = ([means.min() - reach] * 2 + [values[0], span / 1000.0], [means.max() + reach] * 2 + [values[-1], span])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optimize.OptimizeWarning)
            found, covariance = optimize.curve_fit(_curve, values, means, begin, bounds=bounds, maxfev=5000)
    except (RuntimeError, ValueError):
        return None
    margin = float(stats.t.ppf(0.5 + CONFIDENCE / 2.0, len(values) - 4) * math.sqrt(abs(covariance[2, 2])))
    middle = Interval(float(found[2]), float(found[2]) - margin, float(found[2]) + margin, len(values))
    if not math.isfinite(margin) or margin > span:
        return None
    straight = means - np.polynomial.Polynomial.fit(values, means, 1)(values)
    curved = means - _curve(values, *found)
    better = _aicc(curved, 4) < _aicc(straight, 2)
    return Logistic(middle, float(2.0 * math.log(3.0) * found[3]), float(found[0]), float(found[1]), better)


def _aicc(rest: Numbers, parameters: int) -> float:
    """Return Akaike's criterion for few values (Hurvich & Tsai 1989), the variance counted as one more parameter."""
    count, used = len(rest), parameters + 1
    variance = max(float((rest**2).mean()), 1e-300)
    return count * math.log(variance) + 2.0 * used + 2.0 * used * (used + 1) / (count - used - 1)
