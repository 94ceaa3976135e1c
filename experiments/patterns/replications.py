"""One replication: a world on one seed, simulated when it is first asked about."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Final

from experiments.measures import Own, Scope
from experiments.measures.catalogue import own_measured
from experiments.measures.scoped_values import measured_over
from sim.engine import Engine, Observer, make_organization
from sim.organization import Organization
from sim.record import Run
from sim.scenario import Scenario
from sim.sums import days_of

EVERYONE: Final = Scope()
Span = tuple[float, float]
"""Two days; whole days are measured: all that lie between them, even in part."""


class Replication:
    """One world on one seed."""

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self.scenario, self.seed = scenario, seed
        self._run: list[Run] = []  # made once, where a measure of the user's own looks at it

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

    def value(self, measure: str | Own, group: Scope = EVERYONE, days: Span | None = None) -> float:
        """Return a measure of a group over some days, or over the whole run; NaN where there is none.

        InputError: it is one of the user's own, and its function failed.
        """
        scope = group if days is None else group._replace(days=self.whole_days(days))
        if isinstance(measure, Own):
            return own_measured(measure, scope, self.ended, self._run)
        return measured_over(measure, scope, self.ended)

    def whole_days(self, days: Span | None) -> tuple[int, int]:
        """Return the days [first, end) that a span means; all that there are for None."""
        last = days_of(self.ended.world)
        if days is None:
            return 0, last
        first = min(math.floor(days[0]), last - 1)
        return first, min(max(math.ceil(days[1]), first + 1), last)
