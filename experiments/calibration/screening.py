"""Screening: which guesses matter at all for what the default is fitted to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from scipy import stats
from scipy.stats import qmc

from experiments.calibration.attempts import default_scenario, make_search_attempts, measure_facts
from experiments.calibration.design import Free, Plan, Points, free_by_rule, values_at
from experiments.calibration.loss import TARGETS, mean_of_known
from experiments.progress import QUIET, Progress
from experiments.workers import results
from sim.engine import Engine, make_organization
from sim.parameters import registry

SCREENED: Final = 1024
"""Sets of the screening: a rank correlation of .1 is then three standard errors."""


def screen(points: int, plan: Plan, progress: Progress = QUIET) -> list[tuple[str, float, str]]:
    """Return each guess with its strongest rank correlation with any target, and which, strongest first."""
    free = [each for each in map(free_by_rule, registry().values()) if each]
    design = qmc.Sobol(len(free), rng=np.random.default_rng(plan.luck)).random(points)
    pieces = make_search_attempts([values_at(point, free) for point in design], plan)
    shown = list(results(measure_facts, pieces, plan.workers, progress))
    table = np.array([[mean_of_known(each[part.id]) for part in TARGETS] for each in shown])
    found = []
    for number, each in enumerate(free):
        strengths = [rank_correlation(design[:, number], column) for column in table.T]
        best = int(np.argmax(np.abs(strengths)))
        found.append((each.name, float(strengths[best]), TARGETS[best].id))
    return sorted(found, key=lambda one: -abs(one[1]))


def rank_correlation(one: Points, other: Points) -> float:
    """Return Spearman's rank correlation over what is known of both; 0 where that is too little."""
    known = ~np.isnan(other)
    if known.sum() < 10 or np.ptp(other[known]) == 0.0:
        return 0.0
    return float(stats.spearmanr(one[known], other[known]).statistic)


PROBED: Final = {"organization.members": 150, "days": 20}
"""The world in which it is tried whether a theory looks at a number at all."""


def used_by(rules: str, free: Sequence[Free]) -> tuple[Free, ...]:
    """Return those guesses that change anything at all under a theory, from one end of their bounds to the other."""
    scenario = default_scenario(PROBED["organization.members"]).with_({**PROBED, "rules.voice": rules})
    people = make_organization(scenario, 1)

    def trace(values: dict[str, float]) -> bytes:
        engine = Engine(scenario.with_(values), people, 1)
        engine.advance(engine.ticks)
        world = engine.world
        return b"".join(each.tobytes() for each in (world.beliefs, world.members, world.daily))

    return tuple(each for each in free if trace({each.name: each.low}) != trace({each.name: each.high}))
