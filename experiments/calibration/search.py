"""The search: a Sobol design, then waves of sets that the emulator expects to be near (Craig et al. 1997)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.stats import qmc

from experiments.calibration.attempts import Trials, make_search_attempts, measure_facts
from experiments.calibration.design import Free, Points, around, first_guesses, values_at
from experiments.calibration.emulator import Emulator
from experiments.calibration.loss import TARGETS, Goal, beyond, distance, mean_of_known

MOST_NEAR: Final = 0.1
"""Share of the sets that may come near a target before it counts as within reach."""


@dataclass(frozen=True)
class Search:
    """All sets tried so far: n points of the unit cube, and what each shows on one seed of its own."""

    points: Points  # [n, free]
    shown: Points  # [n, targets], NaN where there was nothing to measure
    again: Points  # [k, targets], what the first k sets show on another seed each
    workers: int | None = 1

    def join(self, points: Points, shown: Points) -> Search:
        """Return these sets and others."""
        return Search(np.vstack((self.points, points)), np.vstack((self.shown, shown)), self.again, self.workers)

    @cached_property
    def emulator(self) -> Emulator:
        """What any other set would show."""
        return Emulator(self.points, self.shown, self.workers)

    @property
    def within_reach(self) -> list[bool]:
        """Which targets a set comes near, as far as these sets say; the others are misses of the model, of no number.

        The tenth of the sets that a regression on all others expects nearest is looked at: what they show on average is
        then no luck.
        """
        few = max(1, int(len(self.points) * MOST_NEAR))
        unseen = self.emulator.unseen
        best = [np.argsort(beyond(part, unseen[:, n]), kind="stable")[:few] for n, part in enumerate(TARGETS)]
        means = [mean_of_known(self.shown[rows, n].tolist()) for n, rows in enumerate(best)]
        return [bool(beyond(part, mean) == 0.0) for part, mean in zip(TARGETS, means, strict=True)]

    def goal(self, seeds: int) -> Goal:
        """Return what sets that are run on so many seeds are measured by."""
        return Goal(self.within_reach, self.precision(seeds))

    def precision(self, seeds: int) -> Points:
        """Return the half-widths of the 95% intervals of targets' means over so many seeds, [targets]."""
        apart = np.abs(self.shown[: len(self.again)] - self.again)
        middle = np.array([np.median(each[~np.isnan(each)]) if not np.isnan(each).all() else 0.0 for each in apart.T])
        deviation = middle / (math.sqrt(2.0) * float(stats.norm.ppf(0.75)))
        width = deviation * float(stats.t.ppf(0.975, seeds - 1)) / math.sqrt(seeds)
        return np.asarray(np.maximum(width, 1e-6))

    def distances(self, points: Points, goal: Goal) -> Points:
        """Return how many of the targets the points are expected to miss."""
        return distance(self.emulator.expected(points), goal)

    def nearest(self, points: Points, count: int, goal: Goal) -> NDArray[np.int64]:
        """Return the rows of the points that are expected to miss fewest targets, those first."""
        return np.argsort(self.distances(points, goal), kind="stable")[:count]


class Found(NamedTuple):
    """What a search comes to."""

    sets: Search
    goal: Goal
    foreseen: list[float]
    """How much of the variance of each target over the design its emulator foresees."""
    reached: list[float]
    """How many targets each wave's parents were expected to miss."""


def search(trials: Trials, free: Sequence[Free]) -> Found:
    """Return all sets tried, what they are measured by, and how the search went."""
    plan, luck = trials.plan, np.random.default_rng(trials.plan.luck)
    found = _design(trials, free)
    goal, foreseen, reached = found.goal(len(plan.accept_seeds)), found.emulator.explained, []
    far = [part.id for part, near in zip(TARGETS, goal.counted, strict=True) if not near]
    trials.progress.say(f"out of reach: {', '.join(far) or 'nothing'}")
    for wave in range(plan.waves + 1):
        parents = found.points[found.nearest(found.points, plan.parents, goal)]
        reached.append(float(found.distances(parents, goal).mean()))
        trials.progress.say(f"expected misses of the {len(parents)} nearest sets: {reached[-1]:.2f}")
        if wave < plan.waves:
            cloud = around(parents, plan.cloud, luck)
            promising = found.nearest(cloud, plan.wave * 4, goal)
            drawn = cloud[luck.permutation(promising)[: plan.wave]]
            found = found.join(drawn, _try(f"wave {wave + 1}", drawn, trials, free, plan.twice + len(found.points)))
    return Found(found, goal, foreseen, reached)


def _design(trials: Trials, free: Sequence[Free]) -> Search:
    """Return the design, tried; and its first sets once more, which tells how far two seeds of one set lie apart.

    The first guesses take the place of its first point.
    """
    plan = trials.plan
    points = qmc.Sobol(len(free), rng=np.random.default_rng(plan.luck)).random(plan.design)
    points[0] = first_guesses(free)
    shown = _try("design", points, trials, free, 0)
    return Search(points, shown, _try("design again", points[: plan.twice], trials, free, plan.design), plan.workers)


def _try(stage: str, points: Points, trials: Trials, free: Sequence[Free], before: int) -> Points:
    """Return what points show, [k, targets]; `before` sets were tried earlier, on other seeds."""
    pieces = make_search_attempts([values_at(point, free) for point in points], trials.plan, before)
    shown = trials.measure(stage, measure_facts, pieces)
    return np.array([[each[part.id][0] for part in TARGETS] for each in shown], float).reshape(-1, len(TARGETS))
