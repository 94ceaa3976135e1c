"""Metaknowledge: how much better members come to know who knows what, and who knows whom."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from experiments.facts.estimators import ratio
from experiments.facts.observation import Observation
from sim.terms import IssueKind


def _knows_what(world: Any, field: str) -> float:
    topics = np.flatnonzero(world.issues["kind"] == IssueKind.knowledge)
    return float(world.positions[field][:, topics].mean()) if len(topics) else math.nan


def _learned_what(world: Any) -> float:
    return ratio(_knows_what(world, "knows_what"), _knows_what(world, "start_knows_what")) - 1.0


def _learned_whom(world: Any) -> float:
    return ratio(world.beliefs["knows_whom"].mean(), world.start["knows_whom"].mean()) - 1.0


def learned_who_knows_what(observed: Observation) -> float:
    """F31a: growth in six months of knowing who knows what."""
    return _learned_what(observed.half_year.world)


def learned_who_knows_whom(observed: Observation) -> float:
    """F31b: growth in six months of knowing who knows whom."""
    return _learned_whom(observed.half_year.world)


def learned_without_arena(observed: Observation) -> float:
    """F31c: the larger of the two growths where nobody visits the arena."""
    world = observed.unused.world
    return max(_learned_what(world), _learned_whom(world), key=abs)
