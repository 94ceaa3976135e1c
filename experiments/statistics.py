"""Means with intervals: what many seeds say of one measure, and of the difference between two worlds."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from scipy import stats

CONFIDENCE = 0.95


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


def mean_interval(values: Iterable[float | None], confidence: float = CONFIDENCE) -> Interval:
    """Return the mean of the values that there are, with Student's interval; infinite where fewer than two are."""
    known = np.array([value for value in values if value is not None and not math.isnan(value)], float)
    if not len(known):
        return Interval(math.nan, -math.inf, math.inf, 0)
    mean = float(known.mean())
    if len(known) == 1:
        return Interval(mean, -math.inf, math.inf, 1)
    margin = float(stats.t.ppf(0.5 + confidence / 2.0, len(known) - 1) * known.std(ddof=1) / math.sqrt(len(known)))
    return Interval(mean, mean - margin, mean + margin, len(known))
