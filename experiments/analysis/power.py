"""Power: how many seeds would show an effect of a size that somebody named before looking."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

from experiments.analysis.analysis import Analysis
from experiments.statistics import deviation_at_most, pairs_needed


class Power(NamedTuple):
    """What it takes to see one effect of one factor."""

    measure: str
    factor: str
    start: str
    end: str
    size: float
    """The effect to be seen."""
    power: float
    """How surely."""
    deviation: float
    """Between seeds, of this difference."""
    seeds: float
    """How many seeds it takes; NaN where too few are there, or all are alike, so that they cannot tell."""
    seeds_at_most: float
    """The same, were the deviation as large as it may well be."""


def powers(analysis: Analysis, sizes: Mapping[str, float], power: float) -> list[Power]:
    """Return what it takes to see effects of these sizes, by measure, in each comparison of the analysis."""
    found = []
    for one in analysis.effects:
        if one.measure in sizes:
            size, deviation, runs = sizes[one.measure], one.found.deviation, one.found.runs
            known = math.isfinite(deviation) and deviation > 0.0  # seeds that are all alike tell nothing of others
            seeds = pairs_needed(size, deviation, power) if known else math.nan
            most = pairs_needed(size, deviation_at_most(deviation, runs), power) if known else math.nan
            found.append(Power(one.measure, one.factor, one.start, one.end, size, power, deviation, seeds, most))
    return found
