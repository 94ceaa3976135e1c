"""How facts about replies are measured, in an arena or in e-mail: how fast they come, and from how far away."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from experiments.facts.estimators import ratio
from experiments.facts.observation import Numbers, Replies, Rows
from sim.organization import Organization
from sim.state import TICKS_PER_DAY

FEWEST_DISTANCES = 3
COUNTED_IN_FULL = 1500
"""Members up to whom all pairs are looked at."""
TAIL = 0.05
"""The share of slowest replies from which the exponent of the tail is estimated."""


def within_a_day(replies: Replies, _: Organization) -> float:
    """F29a: share of first replies that came within eight working hours."""
    hours = replies.hours[~np.isnan(replies.hours)]
    return float((hours <= TICKS_PER_DAY).mean()) if len(hours) else math.nan


def tail_exponent(replies: Replies, _: Organization) -> float:
    """F29b: exponent of the tail of latencies, by Hill's estimator on the slowest twentieth; small is heavy."""
    hours = np.sort(np.maximum(replies.hours[~np.isnan(replies.hours)], 1.0))
    slowest = int(len(hours) * TAIL)
    if slowest < 5:
        return math.nan
    return ratio(1.0, float(np.log(hours[-slowest:] / hours[-slowest - 1]).mean()))


def decay_with_distance(replies: Replies, organization: Organization) -> float:
    """F34: rate at which answers a pair of members fall with the distance of the two in the hierarchy."""
    answers = np.bincount(hierarchical_distance(organization, replies.one, replies.other))
    far = np.flatnonzero(answers)
    if len(far) < FEWEST_DISTANCES:
        return math.nan
    density = np.log(answers[far] / _pairs_by_distance(organization)[far])
    return -float(np.polyfit(far, density, 1, w=np.sqrt(answers[far]))[0])


@lru_cache(maxsize=32)
def _pairs_by_distance(organization: Organization) -> Numbers:
    """Return how many pairs of members are so many steps apart; of a large organisation, estimated from a sample."""
    n = organization.members
    if n <= COUNTED_IN_FULL:
        return np.bincount(hierarchical_distance(organization, *np.triu_indices(n, 1))).astype(float)
    sample = np.random.default_rng(0).integers(0, n, (2, COUNTED_IN_FULL**2 // 2))
    different = sample[:, sample[0] != sample[1]]
    found = np.bincount(hierarchical_distance(organization, *different))
    return np.asarray(found * (n * (n - 1) / 2.0 / different.shape[1]))


def hierarchical_distance(organization: Organization, one: Rows, other: Rows) -> Rows:
    """Return the steps between pairs: one's manager, and those who have the same manager, are one step away."""
    manager, level = organization.manager, organization.level
    one, other = one.copy(), other.copy()
    apart = np.zeros(len(one), np.int64)
    while (moving := one != other).any():
        apart += moving
        colleagues = moving & (manager[one] == manager[other])
        one[colleagues] = other[colleagues]
        up = moving & ~colleagues & (level[one] >= level[other])
        down = moving & ~colleagues & ~up
        one[up] = manager[one[up]]
        other[down] = manager[other[down]]
    return apart
