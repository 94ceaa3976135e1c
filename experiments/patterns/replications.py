"""One replication: a world on one seed, simulated when it is first asked about."""

from __future__ import annotations

import math
from functools import cached_property

from sim.engine import Engine, Observer, make_organization
from sim.measures import final, groups_of, over_days
from sim.organization import Organization
from sim.scenario import Scenario
from sim.sums import days_of

Span = tuple[float, float]
"""Two days; whole days are measured: all that lie between them, even in part."""


class Replication:
    """One world on one seed."""

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self.scenario, self.seed = scenario, seed
        self._measures: dict[tuple[Span | None, str], dict[str, float | None]] = {}

    @cached_property
    def organization(self) -> Organization:
        """Its people."""
        return make_organization(self.scenario, self.seed)

    @cached_property
    def ended(self) -> Engine:
        """The engine after all days."""
        return self.until(self.scenario.ticks)

    def until(self, tick: int, observer: Observer | None = None) -> Engine:
        """Return an engine of its own that has run up to a tick; an observer is called in every hour of it."""
        engine = Engine(self.scenario, self.organization, self.seed)
        engine.advance(tick, observer)
        return engine

    def measures(self, days: Span | None, group: str = "all") -> dict[str, float | None]:
        """Return the measures of a group over some days, or over the whole run; none where there is no such group."""
        key = (days, group)
        if key not in self._measures:
            self._measures[key] = self._measured(days, group)
        return self._measures[key]

    def _measured(self, days: Span | None, group: str) -> dict[str, float | None]:
        world, people = self.ended.world, self.ended.organization
        if group not in groups_of(world, people):
            return {}
        return final(world, people, group) if days is None else over_days(world, people, self.whole_days(days), group)

    def whole_days(self, days: Span | None) -> tuple[int, int]:
        """Return the days [first, end) that a span means; all that there are for None."""
        last = days_of(self.ended.world)
        if days is None:
            return 0, last
        first = min(math.floor(days[0]), last - 1)
        return first, min(max(math.ceil(days[1]), first + 1), last)
