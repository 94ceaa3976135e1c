"""Willingness: the chance that a member would voice a critique, were they asked now. The leading number of the page.

Everyone who uses the arena is put the same wish, a critical view that they held on the first day; what they would do
changes nothing (`sim.kernel.asking`). So a day has a number of all members, whether or not anything came to mind.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from sim import kernel
from sim.engine import Engine
from sim.wording import rounded


def willing_now(engine: Engine) -> Any:
    """Return each member's willingness, float64[n] from 0 to 1; NaN for those who are not asked."""
    return np.asarray(kernel.willingness_of(engine.world, engine.coefficients))


def mean_willing(engine: Engine) -> float | None:
    """Return the mean willingness of all who are asked; None where nobody is."""
    return rounded(mean_of(willing_now(engine)))


def mean_of(values: Any) -> float:
    """Return the mean of what is known; NaN where nothing is."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else math.nan
