"""The search: a Sobol design, then waves of sets that a regression expects to be near (Craig et al. 1997)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.stats import qmc

from experiments.calibration.attempts import make_search_attempts, measure_facts
from experiments.calibration.design import Free, Plan, Points, around, values_at
from experiments.calibration.loss import TARGETS, Goal, beyond, distance, mean_of_known
from experiments.progress import QUIET, Progress
from experiments.workers import results


@dataclass(frozen=True)
class Search:
    """All sets tried so far: n points of the unit cube and what they show on each of the search's seeds."""

    points: Points  # [n, free]
    shown: Points  # [n, seeds, targets], NaN where there was nothing to measure

    def join(self, other: Search) -> Search:
        """Return both together."""
        return Search(np.vstack((self.points, other.points)), np.vstack((self.shown, other.shown)))

    @property
    def within_reach(self) -> list[bool]:
        """Which targets a set comes near, as far as these sets say; the others are misses of the model, of no number.

        The tenth of the sets that came nearest on the first seed is looked at on the others: what was only their luck
        is then gone.
        """
        tenth = max(1, len(self.points) // 10)
        found = []
        for number, part in enumerate(TARGETS):
            best = np.argsort(beyond(part, self.shown[:, 0, number]), kind="stable")[:tenth]
            again = self.shown[best, 1:, number]
            found.append(bool(beyond(part, mean_of_known(again.ravel().tolist())) == 0.0))
        return found

    def goal(self, seeds: int) -> Goal:
        """Return the targets within reach, and the half-widths of the 95% intervals of means over so many seeds."""
        apart = np.abs(self.shown[:, 0] - self.shown[:, -1])
        deviation = np.nanmedian(apart, axis=0) / (math.sqrt(2.0) * float(stats.norm.ppf(0.75)))
        width = deviation * float(stats.t.ppf(0.975, seeds - 1)) / math.sqrt(seeds)
        return Goal(self.within_reach, np.maximum(width, 1e-6))

    def expected(self, points: Points) -> Points:
        """Return what points would show, [k, targets]: a quadratic regression of each target on all sets tried.

        It smooths over the luck of single runs, and costs nothing to ask (an emulator: Craig et al. 1997).
        """
        average = np.nanmean(self.shown, axis=(0, 1))
        known = np.where(np.isnan(self.shown), average, self.shown).mean(axis=1)
        design = _quadratic(self.points)
        penalty = RIDGE * np.eye(design.shape[1])
        penalty[0, 0] = 0.0
        return _quadratic(points) @ np.linalg.solve(design.T @ design + penalty, design.T @ known)

    def distances(self, points: Points, goal: Goal) -> Points:
        """Return how many of the targets the points are expected to miss."""
        return distance(self.expected(points), goal)

    def nearest(self, points: Points, count: int, goal: Goal) -> NDArray[np.int64]:
        """Return the rows of the points that are expected to miss fewest targets, those first."""
        return np.argsort(self.distances(points, goal), kind="stable")[:count]


RIDGE: Final = 1.0
"""Penalty on slopes, in sets tried: keeps the regression sober where there are few."""


def _quadratic(points: Points) -> Points:
    """Return 1, all coordinates from -1 to 1, and all products of two."""
    centred = 2.0 * points - 1.0
    one, other = np.triu_indices(points.shape[1])
    return np.column_stack((np.ones(len(points)), centred, centred[:, one] * centred[:, other]))


def search(plan: Plan, free: Sequence[Free], progress: Progress = QUIET) -> tuple[Search, Goal, list[float]]:
    """Return all sets tried, what they are measured by, and how much each wave's parents are expected to miss."""
    luck = np.random.default_rng(plan.luck)
    found = _try_points(
        qmc.Sobol(len(free), rng=np.random.default_rng(plan.luck)).random(plan.design), plan, free, progress
    )
    goal, reached = found.goal(len(plan.accept_seeds)), []
    far = [part.id for part, near in zip(TARGETS, goal.counted, strict=True) if not near]
    progress.say(f"out of reach: {', '.join(far) or 'nothing'}")
    for wave in range(plan.waves + 1):
        parents = found.points[found.nearest(found.points, plan.parents, goal)]
        reached.append(float(found.distances(parents, goal).mean()))
        progress.say(f"{len(found.points)} sets tried; expected misses of the {len(parents)} nearest {reached[-1]:.2f}")
        if wave < plan.waves:
            cloud = around(parents, plan.cloud, luck)
            promising = found.nearest(cloud, plan.wave * 4, goal)
            drawn = cloud[luck.permutation(promising)[: plan.wave]]
            found = found.join(_try_points(drawn, plan, free, progress, len(found.points)))
    return found, goal, reached


def _try_points(points: Points, plan: Plan, free: Sequence[Free], progress: Progress, before: int = 0) -> Search:
    sets = [values_at(point, free) for point in points]
    shown = results(measure_facts, make_search_attempts(sets, plan, before), plan.workers, progress)
    return Search(points, np.array([np.transpose([each[part.id] for part in TARGETS]) for each in shown]))
