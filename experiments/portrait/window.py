"""The stretch of time that a portrait is drawn of, and the hours within it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.facts.observation import Numbers
from experiments.facts.working_time import working_hours
from sim.errors import InputError
from sim.state import TICKS_PER_DAY
from sim.wording import FIRST_HOUR

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Window:
    """From the first day to the last, both within, in local time."""

    first: date
    last: date
    opens: float = FIRST_HOUR
    """The hour at which a working day of eight hours begins."""

    @property
    def days(self) -> int:
        """Its workdays."""
        return round((self._since(self.last + timedelta(days=1)) - self._since(self.first)) / TICKS_PER_DAY)

    def hours(self, moments: pl.Series) -> Numbers:
        """Return the working hours from its beginning to each moment."""
        return working_hours(moments.to_numpy(), self.opens) - self._since(self.first)

    def within(self, moments: pl.Series) -> Any:
        """Return which moments lie in it, as a series of truth values."""
        begin, end = (datetime.combine(day, time()) for day in (self.first, self.last + timedelta(days=1)))
        return (moments >= begin) & (moments < end)

    def at_work(self, moments: pl.Series) -> float:
        """Return the share of moments that lie in working hours; NaN for none."""
        if moments.is_empty():
            return float("nan")
        hours = moments.dt.hour().to_numpy() + moments.dt.minute().to_numpy() / 60.0
        inside = (hours >= self.opens) & (hours < self.opens + TICKS_PER_DAY)
        return float(np.mean(inside & (moments.dt.weekday().to_numpy() <= 5)))

    def day_of_week(self, week: int) -> date:
        """Return the day on which a week of it begins, counted in workdays from its first day."""
        return self.first + timedelta(days=7 * week)

    def _since(self, day: date) -> float:
        return float(working_hours(datetime.combine(day, time()), self.opens))


def window_of(moments: pl.Series, first: date | None, last: date | None, opens: float) -> Window:
    """Return the window that is asked for, from the first message to the last where nothing is.

    Raises InputError where it holds no workday, or no message.
    """
    known = moments.drop_nulls()
    if known.is_empty():
        raise InputError("no message of people is left")
    lowest, highest = known.min(), known.max()
    assert isinstance(lowest, datetime) and isinstance(highest, datetime)
    window = Window(first or lowest.date(), last or highest.date(), opens)
    asked = f"from {window.first} to {window.last}"
    there = f"the messages are of {lowest.date()} to {highest.date()}"
    if window.last < window.first or not window.days:
        raise InputError(f"{asked} there is no workday; {there}")
    if not window.within(known).any():
        raise InputError(f"nobody wrote {asked}; {there}")
    return window
