"""Rhythm: how evenly an arena lives from week to week."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from experiments.facts.observation import Rows
from experiments.portrait.arena import Arena
from experiments.portrait.period import Period
from experiments.portrait.statistic import Declared
from sim.state import DAYS_PER_WEEK, TICKS_PER_DAY

WEEK: Final = DAYS_PER_WEEK * TICKS_PER_DAY


def week_of(arena: Arena) -> Rows:
    """[n] the week of each message; what is written when the last one ends belongs to it."""
    return np.minimum(arena.hour // WEEK, max(arena.weeks - 1, 0)).astype(np.int64)


def weekly(arena: Arena) -> Rows:
    """Return the messages of each week, silent ones included, [weeks]."""
    return np.bincount(week_of(arena), minlength=arena.weeks)


def silent_weeks(period: Period) -> float:
    """Return the share of weeks without a message."""
    return float((weekly(period.arena) == 0).mean())


def weekly_variation(period: Period) -> float:
    """Return the standard deviation of the messages of a week over their mean; NaN where fewer than two weeks are."""
    counts = weekly(period.arena)
    return float(counts.std(ddof=1) / counts.mean()) if len(counts) > 1 and counts.any() else math.nan


STATISTICS: Final = (
    Declared("silent_weeks_share", "share", "Weeks without a message", silent_weeks),
    Declared("weekly_variation", "ratio", "Spread of the messages of a week over their mean", weekly_variation),
)
