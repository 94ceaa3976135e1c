"""Means with intervals: what many seeds say of one measure, and of the difference between two worlds.

Intervals are Student's, over independent seeds. The difference of two worlds is taken pair by pair, both worlds of a
pair on one seed, so that luck which both share cancels out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy import special

CONFIDENCE = 0.95
ROUNDING = 1e-12
"""Relative difference up to which two values count as the same: sums that are added up in another order."""


class Interval(NamedTuple):
    """A mean over independent runs, and the interval that holds the true mean in 95% of all samples."""

    mean: float
    low: float
    high: float
    runs: int
    """Runs in which there was a value."""

    @property
    def half_width(self) -> float:
        """Half of the interval's length."""
        return (self.high - self.low) / 2.0

    @property
    def deviation(self) -> float:
        """The standard deviation between runs that makes Student's interval as wide; NaN of fewer than two runs."""
        if not math.isfinite(self.half_width):
            return math.nan
        return float(self.half_width * math.sqrt(self.runs) / student_quantile(0.5 + CONFIDENCE / 2.0, self.runs - 1))


def student_quantile(share: float, freedom: float) -> float:
    """Return what a share of Student's t distribution lies below, which has so many degrees of freedom."""
    return float(special.stdtrit(freedom, share))


def mean_interval(values: Iterable[float | None], confidence: float = CONFIDENCE) -> Interval:
    """Return the mean of the values that there are, with Student's interval; infinite where fewer than two are."""
    known = np.array([value for value in values if value is not None and not math.isnan(value)], float)
    if not len(known):
        return Interval(math.nan, -math.inf, math.inf, 0)
    mean = float(known.mean())
    if len(known) == 1:
        return Interval(mean, -math.inf, math.inf, 1)
    margin = float(student_quantile(0.5 + confidence / 2.0, len(known) - 1) * known.std(ddof=1) / math.sqrt(len(known)))
    return Interval(mean, mean - margin, mean + margin, len(known))


class Paired(NamedTuple):
    """What the pairs of two worlds, A and B, say of one measure. NaN where there are too few pairs to tell."""

    a: float
    """Mean in A."""
    b: float
    """Mean in B."""
    difference: Interval
    """B less A, pair by pair."""
    left_out: int
    """Pairs in which one of both had no value."""
    d: float
    """Cohen's d: the mean difference in standard deviations of single runs, those of A and B pooled."""
    d_z: float
    """The mean difference in standard deviations of the differences (Cohen 1988: d_z)."""
    correlation: float
    """Pearson's, of A and B over the pairs."""
    removed: float
    """Share of the variance of a difference that shared luck takes away: 1 - var(B - A) / (var(A) + var(B))."""
    p: float
    """Of the paired t test: how often chance alone would give a difference as large, were there none."""

    @property
    def differs(self) -> bool:
        """Whether the interval of the difference leaves out 0."""
        return self.difference.low > 0.0 or self.difference.high < 0.0


def paired(a: Sequence[float | None], b: Sequence[float | None], confidence: float = CONFIDENCE) -> Paired:
    """Return what pairs of values say of their difference; pairs in which one has no value are left out and counted."""
    known = [(x, y) for x, y in zip(a, b, strict=True) if not (_missing(x) or _missing(y))]
    ours, theirs = (np.array([pair[n] for pair in known], float) for n in (0, 1))
    apart = theirs - ours
    apart[np.abs(apart) <= ROUNDING * np.maximum(np.abs(ours), np.abs(theirs))] = 0.0
    left_out = len(a) - len(known)
    difference = mean_interval(apart.tolist(), confidence)
    if len(known) < 2:
        mean = [float(each.mean()) if len(known) else math.nan for each in (ours, theirs)]
        return Paired(mean[0], mean[1], difference, left_out, *[math.nan] * 5)
    variance, apart_variance = ours.var(ddof=1) + theirs.var(ddof=1), apart.var(ddof=1)
    return Paired(
        float(ours.mean()),
        float(theirs.mean()),
        difference,
        left_out,
        _over(difference.mean, math.sqrt(variance / 2.0)),
        _over(difference.mean, math.sqrt(apart_variance)),
        _correlation(ours, theirs),
        math.nan if variance == 0.0 else float(1.0 - apart_variance / variance),
        _p_value(difference.mean, math.sqrt(apart_variance / len(known)), len(known) - 1),
    )


def power_of(effect: float, deviation: float, pairs: int, confidence: float = CONFIDENCE) -> float:
    """Return how often so many pairs show a difference: the power of the two-sided paired t test (Cohen 1988).

    `effect` is the true difference, `deviation` that of the differences of single pairs.
    """
    if deviation == 0.0:
        return float(effect != 0.0)
    from scipy import stats  # loading it takes longer than comparing many pairs, and only power needs it

    freedom, shift = pairs - 1, abs(effect) / deviation * math.sqrt(pairs)
    limit = student_quantile(0.5 + confidence / 2.0, freedom)
    wrong_side = stats.nct.cdf(-limit, freedom, shift)  # NaN where it is too small to be computed
    return float(stats.nct.sf(limit, freedom, shift) + np.nan_to_num(wrong_side))


def pairs_needed(effect: float, deviation: float, power: float, most: int = 10_000_000) -> float:
    """Return the fewest pairs that show a difference of this size with this power; infinite above `most`."""
    low, high = 1, 2  # power grows with the pairs: the answer lies above low, and at high or below
    while power_of(effect, deviation, high) < power:
        low, high = high, 2 * high
        if high > most:
            return math.inf
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if power_of(effect, deviation, middle) >= power else (middle, high)
    return high


def deviation_at_most(deviation: float, runs: int, confidence: float = CONFIDENCE) -> float:
    """Return what a standard deviation that was estimated from so many runs lies below, in 95% of all samples."""
    from scipy import stats

    return float(deviation * math.sqrt((runs - 1) / stats.chi2.ppf(1.0 - confidence, runs - 1)))


def holm(p_values: Sequence[float], error: float = 1.0 - CONFIDENCE) -> list[bool]:
    """Say of each p value whether it stands when all are tested at once (Holm 1979, Scand. J. Stat. 6); NaN never does.

    The chance that even one stands by luck alone is at most `error`.
    """
    known = sorted((p, place) for place, p in enumerate(p_values) if not math.isnan(p))
    stands = [False] * len(p_values)
    for rank, (p, place) in enumerate(known):
        if p > error / (len(known) - rank):
            break
        stands[place] = True
    return stands


def _missing(value: float | None) -> bool:
    return value is None or math.isnan(value)


def _over(above: float, below: float) -> float:
    """Return a ratio; 0 over 0 is 0, and anything else over 0 infinite."""
    if below == 0.0:
        return math.copysign(math.inf, above) if above else 0.0
    return float(above / below)


def _correlation(ours: Any, theirs: Any) -> float:
    if ours.std() == 0.0 or theirs.std() == 0.0:
        return math.nan
    return float(np.corrcoef(ours, theirs)[0, 1])


def _p_value(mean: float, error: float, freedom: int) -> float:
    return 1.0 if mean == 0.0 else float(2.0 * special.stdtr(freedom, -_over(abs(mean), error)))
