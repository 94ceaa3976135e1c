"""Latency: how long an answer takes, in working hours."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from experiments.facts import replies
from experiments.portrait.period import Period
from experiments.portrait.statistic import Declared, Needs


def _of_replies(measure: Callable[..., float]) -> Callable[[Period], float]:
    return lambda period: measure(period.replies, period.arena.organization)


def _first(period: Period) -> Any:
    """Return the working hours of the first answers."""
    hours = period.replies.hours
    return hours[~np.isnan(hours)]


def median_hours(period: Period) -> float:
    """Return the median of the working hours from a message to its first answer."""
    hours = _first(period)
    return float(np.median(hours)) if len(hours) else math.nan


_NEEDS: Final = (Needs.threads,)

STATISTICS: Final = (
    Declared(
        "reply_hours_median",
        "working hours",
        "Median time from a message to its first answer",
        median_hours,
        (),
        _NEEDS,
        of_directs=True,
    ),
    Declared(
        "within_a_day_share",
        "share",
        "First answers that came within eight working hours",
        _of_replies(replies.within_a_day),
        ("F29a",),
        _NEEDS,
        of_directs=True,
    ),
    Declared(
        "latency_tail",
        "exponent",
        "Tail of the latencies by Hill's estimator on the slowest twentieth; small is heavy",
        _of_replies(replies.tail_exponent),
        ("F29b",),
        _NEEDS,
        of_directs=True,
    ),
)
