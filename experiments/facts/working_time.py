"""Working time: hours of real calendars, and workdays as a run has them: eight hours on each of five days a week."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from experiments.facts.observation import Numbers
from sim.state import DAYS_PER_WEEK, TICKS_PER_DAY

OPENS: Final = 8
"""Hour at which a working day begins, in e-mail."""
_EPOCH: Final = np.datetime64("1970-01-05", "us")  # a Monday
_HOUR: Final = 3_600_000_000
_DAY: Final = 24 * _HOUR
_WEEK: Final = 7


def working_hours(moments: Any, opens: float = OPENS) -> Numbers:
    """Return the working hours from a Monday long ago to each moment of a local clock: none at night and at weekends.

    `moments` are datetimes without a time zone, or an array of datetime64; the shape stays. Before `opens` o'clock no
    hour of the day has gone, eight hours later all eight have.
    """
    since = (np.asarray(moments, "datetime64[us]") - _EPOCH).astype(np.int64)
    days, gone = np.divmod(since, _DAY)
    weeks, day = np.divmod(days, _WEEK)
    today = np.where(day < DAYS_PER_WEEK, np.clip(gone / _HOUR - opens, 0.0, float(TICKS_PER_DAY)), 0.0)
    return np.asarray((weeks * DAYS_PER_WEEK + np.minimum(day, DAYS_PER_WEEK)) * float(TICKS_PER_DAY) + today)
