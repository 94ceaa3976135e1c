"""Estimators that several facts share: ratios, correlations, concentration, slopes. NaN where nothing can be said."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from experiments.facts.observation import Mask, Numbers


def ratio(above: float, below: float) -> float:
    """Return a ratio; NaN where there is nothing to divide by."""
    return float(above) / float(below) if below else math.nan


def correlation(one: Any, other: Any) -> float:
    """Return Pearson's correlation; NaN where one of the two does not vary."""
    if len(one) < 3 or np.ptp(one) == 0.0 or np.ptp(other) == 0.0:
        return math.nan
    return float(np.corrcoef(one, other)[0, 1])


def gini(amounts: Any) -> float:
    """Return the Gini coefficient of amounts of at least 0."""
    ordered = np.sort(np.asarray(amounts, float))
    total, n = ordered.sum(), len(ordered)
    return ratio(float((2.0 * np.arange(1, n + 1) - n - 1.0) @ ordered), n * total)


def share_of_top(amounts: Any, top: float) -> float:
    """Return the share of all that the largest `top` of the amounts make up; part of one amount counts in part."""
    ordered = np.sort(np.asarray(amounts, float))[::-1]
    wanted = top * len(ordered)
    whole = int(wanted)
    part = (wanted - whole) * ordered[whole] if whole < len(ordered) else 0.0
    return ratio(ordered[:whole].sum() + part, ordered.sum())


def each_pair_once(member: Any, issue: Any, values: Any) -> float:
    """Return the mean over pairs of member and issue of each pair's own mean."""
    if not len(values):
        return math.nan
    _, pair = np.unique(member.astype(np.int64) * 1024 + issue, return_inverse=True)
    return float((np.bincount(pair, values) / np.bincount(pair)).mean())


def within(values: Any, who: Mask, rounds: int = 200) -> Numbers:
    """Return the values of `who` [rows, columns] less the means of their row and of their column, in a flat array.

    Where not all are in `who`, the two means are taken out in turn until nothing changes (alternating projections).
    """
    row, column = np.nonzero(who)
    left = np.asarray(values, float)[who]
    for _ in range(rounds):
        before = left
        for place in (row, column):
            left = left - (np.bincount(place, left) / np.maximum(np.bincount(place), 1))[place]
        if not len(left) or np.abs(left - before).max() < 1e-10:
            break
    return left


def slopes(outcome: Any, causes: Sequence[Any]) -> Numbers:
    """Return the slopes of a least squares regression with an intercept; NaN where they cannot be separated."""
    design = np.column_stack([np.ones(len(outcome)), *causes])
    if len(outcome) <= design.shape[1] or np.linalg.matrix_rank(design) < design.shape[1]:
        return np.full(len(causes), np.nan)
    return np.asarray(np.linalg.lstsq(design, np.asarray(outcome, float), rcond=None)[0][1:])


def log_slopes(counts: Any, causes: Sequence[Any]) -> Numbers:
    """Return the slopes of a Poisson regression of counts (log link), by iterated weighted least squares."""
    design = np.column_stack([np.ones(len(counts)), *causes])
    if np.sum(counts) == 0 or len(counts) <= design.shape[1] or np.linalg.matrix_rank(design) < design.shape[1]:
        return np.full(len(causes), np.nan)
    weights = np.zeros(design.shape[1])
    weights[0] = math.log(np.mean(counts))
    for _ in range(25):
        mean = np.exp(np.clip(design @ weights, -30.0, 30.0))
        step = np.linalg.solve((design * mean[:, None]).T @ design, design.T @ (counts - mean))
        weights += step
        if np.abs(step).max() < 1e-8:
            break
    return weights[1:]
