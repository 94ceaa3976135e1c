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
from experiments.facts.observation import Observation
from experiments.facts.scorecard import Match, judge
from experiments.statistics import mean_interval
from sim.state import Column
from sim.terms import STRATEGIES, Motive, Strategy

TREND: Final = (-0.15, 0.15)
BURN_IN: Final = 20


def _trend(above: Any, below: Any) -> float:
    """Return the change of a daily ratio after the burn-in, on a straight line, as a share of its mean."""
    series = (above / np.maximum(below, 1.0))[BURN_IN:]
    if len(series) < 2 or series.mean() == 0.0:
        return math.nan
    return float(np.polyfit(np.arange(len(series)), series, 1)[0] * len(series) / series.mean())


def _daily_trend(above: str, below: str | None = None) -> Callable[[Observation], float]:
    def trend(observed: Observation) -> float:
        daily = observed.run.world.daily.sum(axis=1)
        return _trend(daily[:, Column[above]], daily[:, Column[below]] if below else np.ones(len(daily)))

    return trend


def _movement(observed: Observation) -> float:
    """Return how far visitors' safety towards the line manager has moved, in standard deviations of its start."""
    world = observed.run.world
    there = world.members["visits"] > 0
    moved = world.beliefs["safety_line_manager"] - world.start["safety_line_manager"]
    return (
        float(np.abs(moved[there]).mean() / observed.scenario.parameters.population.safety.sd) if there.any() else 0.0
    )


def _loyal_silences(observed: Observation) -> float:
    return float((observed.run.ledger["motive"] == Motive.prosocial).sum())


def _rarest_way(observed: Observation) -> float:
    """Return how often the rarest strategy was chosen, `anonymous` left aside."""
    counts = np.bincount(observed.run.ledger["strategy"], minlength=STRATEGIES)
    return float(np.delete(counts, Strategy.anonymous).min())


REQUIRED: Final = (
    Part("T1", "trend of the chance to speak after day 20", *TREND, _daily_trend("p_spoken", "wishes")),
    Part("T2", "trend of wishes spoken", *TREND, _daily_trend("spoken")),
    Part("T3", "trend of comments", *TREND, _daily_trend("comments")),
    Part("T4", "trend of visits", *TREND, _daily_trend("visits")),
    Part("T5", "how far safety towards the line manager moves (sd)", 0.06, math.inf, _movement),
    Part("T6", "silences mainly from loyalty", 1.0, math.inf, _loyal_silences),
    Part("T7", "how often the rarest strategy is chosen", 8.0, math.inf, _rarest_way),
)
"""With levers constant, the default arena must have no trend after its burn-in; and it must be alive: beliefs move, and
every way of dealing with a wish and every motive occurs."""

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
