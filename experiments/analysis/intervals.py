"""Means with bootstrap intervals, whether values fall into two groups, and how many seeds a question would take."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final

import numpy as np
from scipy import stats

from experiments.analysis.results import Numbers
from experiments.statistics import CONFIDENCE, ROUNDING, Interval, mean_interval

FEWEST: Final = 20
"""Values from which intervals are bootstrapped; below, they are Student's.

A BCa interval at 95% holds the true mean in 90% of normal samples of 10 values, and in 94% of those of 20; Student's
in 95%. In exponential samples it is 89 and 91%, and for Student's 90 and 92%. So of few values the bootstrap, which
assumes less, promises too much."""
RESAMPLES: Final = 2_999
MANY: Final = 50_000_000
"""Numbers drawn at once in a bootstrap."""

TWO_GROUPS: Final = 0.85
"""Share of the variance between the two best groups from which values are said to fall into two.

Of 20 values, 0.3% of normal samples and 6% of exponential ones reach it, and 72% of samples from two equally likely
normal humps that lie five standard deviations apart."""
FEWEST_FOR_GROUPS: Final = 20
MOST_SEEDS: Final = 100_000


def interval(values: Iterable[float], confidence: float = CONFIDENCE) -> Interval:
    """Return the mean of the values that are not NaN, with its bootstrap interval (BCa: Efron 1987).

    Below 20 values the interval is Student's; where all values are the same it has no width. The same values give the
    same interval, in the last digit.
    """
    known = np.asarray(list(values), float)
    known = known[~np.isnan(known)]
    if len(known) < FEWEST:
        return _even(known) or mean_interval(known.tolist(), confidence)
    return _even(known) or _bootstrapped(known[None], confidence)[0]


def intervals(table: Numbers, confidence: float = CONFIDENCE) -> list[Interval]:
    """Return `interval` of each row; many rows at once where none of them has a NaN."""
    full = ~np.isnan(table).any(axis=1) & (table.shape[1] >= FEWEST)
    wide = np.array([_even(row) is None for row in table], bool) & full
    found = iter(_bootstrapped(table[wide], confidence)) if wide.any() else iter(())
    return [
        next(found) if bootstrapped else interval(row, confidence)
        for bootstrapped, row in zip(wide, table, strict=True)
    ]


def _even(known: Numbers) -> Interval | None:
    """Return the interval of values that are all the same but for rounding; None where they differ."""
    if len(known) < 2 or np.ptp(known) > ROUNDING * np.abs(known).max():
        return None
    mean = float(np.median(known))
    return Interval(mean, mean, mean, len(known))


def _bootstrapped(table: Numbers, confidence: float) -> list[Interval]:
    found = stats.bootstrap(
        (table,),
        np.mean,
        axis=-1,
        n_resamples=RESAMPLES,
        batch=max(1, MANY // table.size),
        confidence_level=confidence,
        method="BCa",
        rng=np.random.default_rng(1),
    ).confidence_interval
    means, count = table.mean(axis=-1), table.shape[-1]
    return [
        Interval(float(mean), float(low), float(high), count)
        for mean, low, high in zip(means, found.low, found.high, strict=True)
    ]


def excludes_zero(found: Interval) -> bool:
    """Say whether an interval leaves out 0."""
    return found.low > 0.0 or found.high < 0.0


def between_groups(values: Iterable[float]) -> float:
    """Return the share of the variance that lies between the two best groups (Otsu 1979); NaN below three values.

    It is 2/pi for a large normal sample, 3/4 for a uniform one, and near 1 where there are two humps far apart.
    """
    known = np.asarray(list(values), float)
    known = np.sort(known[~np.isnan(known)])
    if len(known) < 3 or _even(known):
        return math.nan
    apart = known - known.mean()
    below, above = np.arange(1, len(known)), np.arange(len(known) - 1, 0, -1)
    between = np.cumsum(apart)[:-1] ** 2 * (1.0 / below + 1.0 / above)
    return float(min(1.0, between.max() / (apart**2).sum()))


def two_groups(values: Numbers) -> bool:
    """Say whether values seem to fall into two groups; never of fewer than 20."""
    return int((~np.isnan(values)).sum()) >= FEWEST_FOR_GROUPS and between_groups(values) > TWO_GROUPS


def seeds_needed(found: Interval, effect: float | None = None) -> float:
    """Return how many runs would bring an interval's half-width down to `effect` (the mean that was found).

    A half-width falls with the square root of the number of runs. Infinite where there is no effect at all, NaN where
    there are too few runs to tell.
    """
    target = abs(found.mean if effect is None else effect)
    if not math.isfinite(found.half_width):
        return math.nan
    if target <= 0.0:
        return math.inf
    return float(max(found.runs, math.ceil(found.runs * (found.half_width / target) ** 2)))
