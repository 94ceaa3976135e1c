"""Effects of factors in a factorial design: paired by seed, since all cells of a seed share their luck.

An effect is a difference of two levels, taken between runs of one seed that differ in nothing else, and averaged over
the levels of all other factors. An interaction is a difference of such differences.
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from scipy import stats

from experiments.analysis.intervals import excludes_zero, interval, intervals
from experiments.analysis.results import Axis, Numbers, Results
from experiments.statistics import ROUNDING, Interval, paired


class Effect(NamedTuple):
    """What changing one factor from one level to another does to a measure."""

    measure: str
    factor: str
    start: str
    end: str
    found: Interval
    """Of the difference, pair by pair."""
    unpaired: float
    """Half-width of the interval, were the seeds of both levels different ones (Welch)."""
    p: float
    """Of the paired t test."""
    whole: bool
    """Whether it is from the first level to the last."""
    averaged: bool = True
    """Whether it is a mean over the levels of all other factors."""


class Interaction(NamedTuple):
    """How much the effect of one factor differs between two levels of another."""

    measure: str
    factor: str
    other: str
    start: str
    """Level of `other` at which the effect of `factor` is taken away,"""
    end: str
    """and at which it is taken."""
    found: Interval


class Simple(NamedTuple):
    """The effect of a factor, from its first level to its last, at one level of another factor."""

    measure: str
    factor: str
    other: str
    level: str
    found: Interval


class Reversal(NamedTuple):
    """Whether the effect of one factor changes its sign with the level of another."""

    measure: str
    factor: str
    other: str
    simple: tuple[Simple, ...]
    """In the order of the other factor's levels."""

    @property
    def signs(self) -> tuple[int, ...]:
        """1, -1 or 0 (undecided) for each level."""
        return tuple(int(np.sign(each.found.mean)) if excludes_zero(each.found) else 0 for each in self.simple)

    @property
    def reversed(self) -> bool:
        """Whether the effect is clearly above 0 at some levels and clearly below 0 at others."""
        return {1, -1} <= set(self.signs)


def difference(before: Numbers, after: Numbers) -> Numbers:
    """Return after - before; differences that are only rounding are 0."""
    apart = after - before
    with np.errstate(invalid="ignore"):
        apart[np.abs(apart) <= ROUNDING * np.maximum(np.abs(before), np.abs(after))] = 0.0
    return apart


def mean_per_seed(values: Numbers) -> Numbers:
    """Return the mean over everything but seeds: float64[seeds], NaN for seeds that are left out.

    A seed on which something is missing is left out, so that all seeds are means of the same cells. Where this leaves
    fewer than two, each seed is the mean of what it has.
    """
    flat = values.reshape(-1, values.shape[-1])
    known = ~np.isnan(flat)
    count, total = known.sum(axis=0), np.where(known, flat, 0.0).sum(axis=0)
    whole = count == len(flat)
    kept = whole if whole.sum() >= 2 else count > 0
    return np.where(kept, total / np.maximum(count, 1), np.nan)


def _at(grid: Numbers, axis: int, level: int) -> Numbers:
    return np.asarray(grid.take(level, axis=axis))


def per_seed(grid: Numbers, axis: int, start: int, end: int) -> Numbers:
    """Return the difference between two levels of a factor for each seed, averaged over all other factors."""
    return mean_per_seed(difference(_at(grid, axis, start), _at(grid, axis, end)))


# ---------------------------------------------------------------- main effects


def effects(results: Results) -> list[Effect]:
    """Return the effect of each factor on each measure: each level against the first."""
    found = []
    for measure, (place, axis) in itertools.product(results.measures, enumerate(results.axes)):
        order = axis.order
        found += [_effect(results, measure, place, order[0], end, end == order[-1]) for end in order[1:]]
    return found


def _effect(results: Results, measure: str, place: int, start: int, end: int, whole: bool) -> Effect:
    grid, axis = results.grid(measure), results.axes[place]
    before, after = _at(grid, place, start), _at(grid, place, end)
    both = ~np.isnan(before) & ~np.isnan(after)
    ours, theirs = (mean_per_seed(np.where(both, side, np.nan)) for side in (before, after))
    return Effect(
        measure,
        axis.name,
        axis.texts[start],
        axis.texts[end],
        interval(per_seed(grid, place, start, end)),
        unpaired_half_width(ours, theirs),
        paired(ours.tolist(), theirs.tolist()).p,
        whole,
    )


def unpaired_half_width(ours: Numbers, theirs: Numbers) -> float:
    """Return the half-width of Welch's interval of the difference of two means; NaN where there are too few values."""
    ours, theirs = ours[~np.isnan(ours)], theirs[~np.isnan(theirs)]
    if min(len(ours), len(theirs)) < 2:
        return float("nan")
    if all(np.ptp(each) <= ROUNDING * np.abs(each).max() for each in (ours, theirs)):
        return 0.0
    with warnings.catch_warnings():  # values that hardly differ: their interval is as narrow as that
        warnings.filterwarnings("ignore", "Precision loss", RuntimeWarning)
        found = stats.ttest_ind(theirs, ours, equal_var=False).confidence_interval()
    return float(found.high - found.low) / 2.0


# ---------------------------------------------------------------- interactions


def interactions(results: Results) -> list[Interaction]:
    """Return, for each pair of factors, by how much the effect of the one grows over the levels of the other."""
    return [
        _interaction(results, measure, first, second)
        for measure in results.measures
        for first, second in itertools.combinations(results.varying, 2)
    ]


def _interaction(results: Results, measure: str, first: int, second: int) -> Interaction:
    factor, other = results.axes[first], results.axes[second]
    low, high = other.order[0], other.order[-1]
    grid = np.moveaxis(results.grid(measure), (first, second), (0, 1))
    start, end = factor.order[0], factor.order[-1]
    at_low, at_high = (difference(grid[start, level], grid[end, level]) for level in (low, high))
    found = interval(mean_per_seed(difference(at_low, at_high)))
    return Interaction(measure, factor.name, other.name, other.texts[low], other.texts[high], found)


def reversals(results: Results) -> list[Reversal]:
    """Return, for each ordered pair of factors, the effect of the one at each level of the other."""
    return [
        _reversal(results, measure, place, beside)
        for measure in results.measures
        for place, beside in itertools.permutations(results.varying, 2)
    ]


def _reversal(results: Results, measure: str, place: int, beside: int) -> Reversal:
    factor, other = results.axes[place], results.axes[beside]
    grid = np.moveaxis(results.grid(measure), (place, beside), (0, 1))
    start, end = factor.order[0], factor.order[-1]
    each = np.array([mean_per_seed(difference(grid[start, level], grid[end, level])) for level in other.order])
    rows = zip(other.order, intervals(each), strict=True)
    simple = (Simple(measure, factor.name, other.name, other.texts[level], found) for level, found in rows)
    return Reversal(measure, factor.name, other.name, tuple(simple))


def pairs(results: Results) -> Iterator[tuple[Axis, Axis]]:
    """Yield pairs of factors (across, up) for maps: first being seen with how leaders treat what they see."""
    found = list(itertools.combinations([results.axes[place] for place in results.varying], 2))
    for one, other in sorted(found, key=lambda pair: not _is_main_question(*pair)):
        yield (other, one) if _seen(other) and not _seen(one) else (one, other)


def _seen(axis: Axis) -> bool:
    return axis.factor.name.startswith("visibility.") or axis.factor.name.endswith(".presence")


def _is_main_question(one: Axis, other: Axis) -> bool:
    leads = [axis.factor.name.startswith("leadership.") and not _seen(axis) for axis in (one, other)]
    return (_seen(one) and leads[1]) or (_seen(other) and leads[0])


def per_level(grid: Numbers) -> Numbers:
    """Return the mean over all factors but the first, float64[levels, seeds], of cells that all levels have."""
    known = ~np.isnan(grid).any(axis=0)
    return np.array([mean_per_seed(np.where(known, level, np.nan)) for level in grid])
