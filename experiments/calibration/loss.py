"""The loss: what a set of parameters is fitted to, and how far what it shows lies from that.

Only facts of use `calib` and `input`, and what the default arena must be; never a `test` fact.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from typing import Any, Final, NamedTuple

import numpy as np

from experiments.calibration.design import Points
from experiments.facts.declared import facts_for
from experiments.facts.fact import Part, Use
from experiments.facts.observation import BURN_IN, Observation
from experiments.facts.scorecard import Match, judge
from experiments.facts.sizes import (
    MOST_IN_A_THREAD,
    MOST_ONE_WAY,
    commonest_way,
    largest_thread,
    rarest_motive,
    rarest_way,
)
from experiments.statistics import mean_interval
from sim.state import Column

TREND: Final = (-0.15, 0.15)


def _change(above: str, below: str | None = None) -> Callable[[Observation], float]:
    """Return a measure: the change of a daily sum (or ratio) after the burn-in, by least squares, over its mean."""

    def change(observed: Observation) -> float:
        daily = observed.run.world.daily[BURN_IN : observed.run.days].sum(axis=1)
        return relative_change(daily[:, Column[above]], daily[:, Column[below]] if below else np.ones(len(daily)))

    return change


def relative_change(above: Any, below: Any) -> float:
    """Return the change of a ratio over its days, on a straight line, as a share of its mean."""
    series = above / np.maximum(below, 1.0)
    if len(series) < 2 or series.mean() == 0.0:
        return math.nan
    return float(np.polyfit(np.arange(len(series)), series, 1)[0] * len(series) / series.mean())


def _movement(observed: Observation) -> float:
    """Return how far visitors' safety towards the line manager has moved, in standard deviations of its start."""
    world = observed.run.world
    there = world.members["visits"] > 0
    moved = world.beliefs["safety_line_manager"] - world.start["safety_line_manager"]
    return (
        float(np.abs(moved[there]).mean() / observed.scenario.parameters.population.safety.sd) if there.any() else 0.0
    )


REQUIRED: Final = (
    Part("T1", "trend of willingness in ten workdays after day 20", -0.003, 0.003, lambda observed: observed.trend),
    Part("T2", "trend of wishes spoken", *TREND, _change("spoken")),
    Part("T3", "trend of comments", *TREND, _change("comments")),
    Part("T4", "trend of visits", *TREND, _change("visits")),
    Part("T5", "how far safety towards the line manager moves (sd)", 0.06, math.inf, _movement),
    Part("T6", "silences mainly from the rarest motive", 1.0, math.inf, lambda o: rarest_motive(o.run.ledger)),
    Part("T7", "wishes that go the rarest way", 8.0, math.inf, lambda o: rarest_way(o.run.ledger)),
    Part(
        "T8",
        "critical wishes that go the commonest way but silence",
        0.0,
        MOST_ONE_WAY,
        lambda o: commonest_way(o.run.ledger),
    ),
    Part("T9", "messages in the largest thread", 0.0, MOST_IN_A_THREAD, lambda o: largest_thread(o.run.world)),
)
"""With levers constant, the default arena must have no trend after its burn-in; it must be alive: beliefs move, and
every way of dealing with a wish and every motive occurs; and it must be believable: no way but silence swallows the
others, and no talk feeds on itself."""

REQUIRED_IDS: Final = frozenset(part.id for part in REQUIRED)

BY_CONSTRUCTION: Final = ("F15",)
"""Facts that starting values settle alone, whatever the free parameters are."""
FITTED_FACTS: Final = tuple(fact for fact in facts_for(Use.calib, Use.input) if fact.id not in BY_CONSTRUCTION)
FITTED: Final = tuple(part for fact in FITTED_FACTS for part in fact.parts)
TESTED: Final = tuple(part for fact in facts_for(Use.test) for part in fact.parts)
TARGETS: Final = (*FITTED, *REQUIRED)
assert not {part.id for part in TARGETS} & {part.id for part in TESTED}
PARTS: Final = {part.id: part for part in (*TARGETS, *TESTED)}


def beyond(part: Part, values: Any) -> Any:
    """Return how far values lie outside a part's range: 0 inside, infinite where there is no value."""
    return np.nan_to_num(np.maximum(np.maximum(part.low - values, values - part.high), 0.0), nan=np.inf)


class Goal(NamedTuple):
    """What a set is measured by."""

    counted: list[bool]
    """Which of the targets count."""
    precision: Points
    """How far outside its range each target's mean must lie to be missed, [targets]."""


def distance(means: Points, goal: Goal) -> Points:
    """Return about how many of the targets that count sets miss, from what they show on average, [sets, targets].

    A target adds 1/2 where it is just missed and nearly 1 far outside: what cannot be reached must not outweigh what
    can.
    """
    total = np.zeros(len(means))
    for number, part in enumerate(TARGETS):
        if goal.counted[number]:
            away = np.minimum(beyond(part, means[:, number]) / goal.precision[number], 1e6) ** 2
            total += away / (1.0 + away)
    return total


def mean_of_known(values: Sequence[float]) -> float:
    """Return the mean of values, those left aside that could not be measured."""
    known = [value for value in values if not math.isnan(value)]
    return sum(known) / len(known) if known else math.nan


def verdicts(shown: Mapping[str, Sequence[float]], parts: Sequence[Part]) -> dict[str, Match]:
    """Return the verdict on each part over a set's seeds."""
    return {part.id: judge(mean_interval(shown[part.id]), part.low, part.high) for part in parts}


def digest_of_targets() -> str:
    """Return a digest of what sets are fitted to: each target, and the range that its mean should lie in."""
    said = "\n".join(f"{part.id} {part.low!r} {part.high!r}" for part in TARGETS)
    return blake2b(said.encode(), digest_size=16).hexdigest()
