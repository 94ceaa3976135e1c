"""A run on a calendar: its first workday is a Monday, and its working day begins at nine o'clock, UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final

from sim.state import DAYS_PER_WEEK, TICKS_PER_DAY
from sim.wording import FIRST_HOUR

MONDAY: Final = date(2024, 1, 1)
"""The first day of every run."""


def day_of(workday: int) -> date:
    """Return the date of a workday, counted from 0."""
    weeks, day = divmod(workday, DAYS_PER_WEEK)
    return MONDAY + timedelta(days=7 * weeks + day)


def moment_of(tick: int) -> datetime:
    """Return the time at which a tick begins."""
    workday, hour = divmod(tick, TICKS_PER_DAY)
    day = day_of(workday)
    return datetime(day.year, day.month, day.day, FIRST_HOUR + hour, tzinfo=UTC)
