"""When is an expectation held, when has it failed, and when is it too early to say?

Seeds are added in looks. Whoever looks several times and stops when it suits them is wrong more often than 1 in 20, so
each look spends a part of the error (Lan & DeMets 1983, here in proportion to the seeds it adds): its interval is wide
enough that all intervals of all looks hold the true mean together in 95% of all cases (repeated confidence intervals:
Jennison & Turnbull 1989). By Bonferroni's inequality this needs nothing of how the looks depend on each other.
"""

from __future__ import annotations

import math
from enum import StrEnum
from typing import Final

from experiments.statistics import CONFIDENCE, Interval
from sim.scenario import Expectation

FIRST_LOOK: Final = 8
"""Seeds of the first look; each further one has twice as many."""


class Verdict(StrEnum):
    """What became of an expectation."""

    held = "held"
    failed = "failed"
    undecided = "undecided"


def looks(cap: int) -> list[int]:
    """Return after how many seeds it is looked, the last time at `cap`."""
    found = [FIRST_LOOK]
    while found[-1] < cap:
        found.append(2 * found[-1])
    return [*(count for count in found if count < cap), cap]


def error_at(look: int, cap: int) -> float:
    """Return the error that a look spends: what all looks spend adds up to 5%."""
    plan = looks(cap)
    place = plan.index(look)
    return (1.0 - CONFIDENCE) * (look - (plan[place - 1] if place else 0)) / cap


def decide(expectation: Expectation, found: Interval) -> Verdict:
    """Return whether the interval of a mean lies wholly within what is expected, wholly outside, or neither.

    `higher` and `lower` are claims about a difference: that it is beyond the margin (0 by default). A
    difference that is exactly 0 on every seed fails them.
    """
    if not math.isfinite(found.low) or not math.isfinite(found.high):
        return Verdict.undecided
    low, high = expected(expectation)
    if expectation.direction in ("higher", "lower"):  # open ends: at the margin itself a claim does not hold
        inside, outside = low < found.low and found.high < high, found.high <= low or found.low >= high
    else:
        inside, outside = low <= found.low and found.high <= high, found.high < low or found.low > high
    return Verdict.held if inside else Verdict.failed if outside else Verdict.undecided


def expected(expectation: Expectation) -> tuple[float, float]:
    """Return what the mean should lie between."""
    if expectation.range is not None:
        return expectation.range
    margin = expectation.margin or 0.0
    if expectation.direction == "same":
        return -margin, margin
    return (margin, math.inf) if expectation.direction == "higher" else (-math.inf, -margin)
