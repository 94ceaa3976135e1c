"""One seed of a scenario beside worlds that differ from it and share its luck; each is run when first asked for."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim import kernel
from sim.engine import Engine, make_organization
from sim.organization import Organization
from sim.scenario import Scenario
from sim.state import Column

Changes = Mapping[str, Any]
Numbers = NDArray[np.float64]


class Worlds:
    """Runs of one scenario on one seed, by what differs in them."""

    def __init__(self, scenario: Scenario, seed: int, organization: Organization | None = None) -> None:
        self.scenario, self.seed = scenario, seed
        self.organization = make_organization(scenario, seed) if organization is None else organization
        self._ended: dict[str, Engine] = {}

    def changed(self, changes: Changes) -> Engine:
        """Return the scenario with these changes, after its last day."""
        return self.ended(self.scenario.with_(changes) if changes else self.scenario)

    def ended(self, scenario: Scenario) -> Engine:
        """Return another scenario on the same seed and people, after its last day."""
        if scenario.digest not in self._ended:
            engine = self._ended[scenario.digest] = self.begun(scenario)
            engine.advance(engine.ticks)
        return self._ended[scenario.digest]

    def begun(self, scenario: Scenario) -> Engine:
        """Return another scenario on the same seed and people, before its first hour."""
        return Engine(scenario, self.organization, self.seed)


def willing_now(engine: Engine) -> Numbers:
    """Return each member's willingness now, float64[members]; NaN for those who are not asked."""
    return np.asarray(kernel.willingness_of(engine.world, engine.coefficients))


def mean_willingness(engine: Engine) -> float:
    """Return the mean willingness of all who are asked, now."""
    return mean_of(willing_now(engine))


def mean_of(values: Numbers) -> float:
    """Return the mean of what is known; NaN where nothing is."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else math.nan


def willingness_over(engine: Engine, from_day: int = 0) -> float:
    """Return the mean willingness over a run's days from one on; NaN where nobody was asked."""
    sums = engine.world.daily[from_day:].sum(axis=(0, 1))
    return float(sums[Column.willingness] / sums[Column.asked]) if sums[Column.asked] > 0.0 else math.nan
