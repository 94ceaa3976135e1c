"""Attempts: sets of parameters tried on seeds, in any process."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from experiments.calibration.design import Plan
from experiments.calibration.loss import PARTS, TARGETS
from experiments.calibration.stages import Stages
from experiments.facts.conclusions import CONCLUSIONS, differences
from experiments.facts.fact import Part
from experiments.facts.observation import Observation
from experiments.facts.sizes import QUICK_SIZES, SIZES
from experiments.facts.worlds import Worlds
from experiments.progress import QUIET, Progress
from experiments.workers import results
from sim.engine import make_organization
from sim.organization import Organization
from sim.scenario import Scenario, load


@dataclass(frozen=True)
class Attempt:
    """One set of parameters to be tried on seeds, as it is sent to another process."""

    values: tuple[tuple[str, float], ...]
    seeds: tuple[int, ...]
    members: int
    rules: str
    parts: tuple[str, ...] = ()

    @property
    def scenario(self) -> Scenario:
        """The default scenario with these parameters, under this theory."""
        return default_scenario(self.members).with_({"rules.voice": self.rules, **dict(self.values)})

    @property
    def worlds(self) -> Iterator[tuple[Scenario, int, Organization]]:
        """Its world on each seed."""
        scenario = self.scenario
        return ((scenario, seed, organization_of(self.members, seed)) for seed in self.seeds)


def measure_facts(attempt: Attempt) -> dict[str, list[float]]:
    """Return what each part shows on each seed."""
    shown: dict[str, list[float]] = {name: [] for name in attempt.parts}
    for world in attempt.worlds:
        observed = Observation(*world)  # one at a time: it holds whole runs
        for name in attempt.parts:
            shown[name].append(float(PARTS[name].measure(observed)))
    return shown


def measure_effects(attempt: Attempt) -> dict[str, list[float]]:
    """Return the difference in willingness that each conclusion is about, and each quick size, on each seed."""
    found: dict[str, list[float]] = {name: [] for name in (*CONCLUSIONS, *QUICK_SIZES)}
    for scenario, seed, organization in attempt.worlds:
        for name, difference in differences(scenario, seed, organization).items():
            found[name].append(difference.willingness)
        worlds = Worlds(scenario, seed, organization)
        for name in QUICK_SIZES:
            found[name].append(float(SIZES[name].measure(worlds)))
    return found


@dataclass(frozen=True)
class Trials:
    """How attempts are made: by which plan, how progress is shown, and where finished stages are kept."""

    plan: Plan
    progress: Progress = QUIET
    stages: Stages = field(default_factory=Stages)

    def measure(
        self, stage: str, what: Callable[[Attempt], dict[str, list[float]]], attempts: Sequence[Attempt]
    ) -> list[dict[str, list[float]]]:
        """Return what each attempt of a stage shows."""
        made: list[dict[str, list[float]]] = self.stages.once(
            stage, lambda: list(results(what, attempts, self.plan.workers, self.progress))
        )
        self.progress.say(f"{stage}: {len(made)} sets")
        return made


@lru_cache(maxsize=4)
def default_scenario(members: int) -> Scenario:
    """Return the default scenario with so many members."""
    return load("baseline").with_({"organization.members": members})


@lru_cache(maxsize=32)
def organization_of(members: int, seed: int) -> Organization:
    """Return the organisation of a seed, which no free parameter changes."""
    return make_organization(default_scenario(members), seed)


def make_attempts(
    sets: Iterable[Mapping[str, float]], seeds: Sequence[int], plan: Plan, parts: Sequence[Part] = ()
) -> list[Attempt]:
    """Return the pieces of work for some sets, all on the same seeds."""
    names = tuple(part.id for part in parts)
    return [Attempt(tuple(values.items()), tuple(seeds), plan.members, plan.rules, names) for values in sets]


def make_search_attempts(sets: Iterable[Mapping[str, float]], plan: Plan, before: int = 0) -> list[Attempt]:
    """Return the pieces of work for sets of the search, each on a seed of its own, `before` sets coming earlier.

    On shared seeds all sets would share the oddities of these few organisations, and be fitted to them; on seeds of
    their own, the regression averages over thousands of organisations.
    """
    names, first = tuple(part.id for part in TARGETS), plan.search_from + before
    return [
        Attempt(tuple(values.items()), (first + n,), plan.members_in_search, plan.rules, names)
        for n, values in enumerate(sets)
    ]
