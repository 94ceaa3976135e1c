"""Attempts: sets of parameters tried on seeds, in any process."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from experiments.calibration.design import Plan
from experiments.calibration.loss import PARTS, TARGETS
from experiments.facts.conclusions import CONCLUSIONS, differences
from experiments.facts.fact import Part
from experiments.facts.observation import Observation
from sim.engine import make_organization
from sim.organization import Organization
from sim.scenario import Scenario, load


@dataclass(frozen=True)
class Attempt:
    """One set of parameters to be tried on seeds, as it is sent to another process."""

    values: tuple[tuple[str, float], ...]
    seeds: tuple[int, ...]
    members: int
    parts: tuple[str, ...]


def measure_facts(attempt: Attempt) -> dict[str, list[float]]:
    """Return what each part shows on each seed."""
    scenario = default_scenario(attempt.members).with_(dict(attempt.values))
    observations = [Observation(scenario, seed, _organization(attempt.members, seed)) for seed in attempt.seeds]
    return {name: [float(PARTS[name].measure(each)) for each in observations] for name in attempt.parts}


def measure_conclusions(attempt: Attempt) -> dict[str, list[float]]:
    """Return the difference in willingness that each conclusion is about, on each seed."""
    scenario = default_scenario(attempt.members).with_(dict(attempt.values))
    found = [differences(scenario, seed, _organization(attempt.members, seed)) for seed in attempt.seeds]
    return {name: [each[name].willingness for each in found] for name in CONCLUSIONS}


@lru_cache(maxsize=4)
def default_scenario(members: int) -> Scenario:
    """Return the default scenario with so many members."""
    return load("baseline").with_({"organization.members": members})


@lru_cache(maxsize=32)
def _organization(members: int, seed: int) -> Organization:
    """Return the organisation of a seed, which no free parameter changes."""
    return make_organization(default_scenario(members), seed)


def make_attempts(
    sets: Iterable[Mapping[str, float]], seeds: Sequence[int], members: int, parts: Sequence[Part]
) -> list[Attempt]:
    """Return the pieces of work for some sets, all on the same seeds."""
    names = tuple(part.id for part in parts)
    return [Attempt(tuple(values.items()), tuple(seeds), members, names) for values in sets]


def make_search_attempts(sets: Iterable[Mapping[str, float]], plan: Plan, before: int = 0) -> list[Attempt]:
    """Return the pieces of work for sets of the search, each on seeds of its own, `before` sets coming earlier.

    On shared seeds all sets would share the oddities of these few organisations, and be fitted to them; on seeds of
    their own, the regression averages over a thousand organisations.
    """
    names, each = tuple(part.id for part in TARGETS), plan.search_seeds
    first = plan.search_from + before * each
    return [
        Attempt(
            tuple(values.items()), tuple(range(first + n * each, first + (n + 1) * each)), plan.members_in_search, names
        )
        for n, values in enumerate(sets)
    ]
