"""What stands beside a portrait: the same statistics of the model, by the same code, and what is known elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from experiments.facts import FACTS, Part
from experiments.facts.observation import lasting
from experiments.portrait.arena import Arena, of_run
from experiments.portrait.measuring import by_group, measure
from experiments.portrait.statistic import Declared, Statistic
from sim.organization import Organization
from sim.organization.homophily import with_made_ties
from sim.scenario import Scenario

if TYPE_CHECKING:
    import polars as pl

_PARTS: Final = {part.id: part for fact in FACTS.values() for part in fact.parts}


def facts_of(declared: Declared, direct: bool) -> list[Part]:
    """Return the parts of facts that say where a statistic lies elsewhere.

    `direct` says whether it is known which message each one answers: facts are of arenas in which it is.
    """
    return [_PARTS[name] for name in declared.facts] if direct or not declared.of_directs else []


def in_words(declared: Declared, direct: bool) -> str:
    """Return what is known of a statistic: `F18a 0.05 to 0.55`; empty where nothing is."""
    return "; ".join(f"{part.id} {part.range}" for part in facts_of(declared, direct))


@dataclass(frozen=True, eq=False)
class Beside:
    """A scenario of the model, run for as long as one stretch of an arena."""

    scenario: Scenario
    seeds: Sequence[int]
    arenas: Sequence[Arena]
    """The arena of each run."""
    statistics: dict[str, Statistic]
    """Over the runs."""

    @cached_property
    def groups(self) -> pl.DataFrame:
        """A few statistics by group, over the runs."""
        return by_group(self.arenas[0], self.arenas[1:])


def matched(scenario: Scenario, arena: Arena) -> Scenario:
    """Return a scenario as long as one stretch of an arena, and with as many members where they are made up."""
    world = lasting(scenario, next(iter(arena.quarters())).days).with_people(None)
    return world if arena.organization else world.with_({"organization.members": arena.members})


def beside(
    world: Scenario,
    seeds: Sequence[int],
    people: Organization | None = None,
    direct: bool = True,
    progress: Callable[[int, int], object] = lambda *_: None,
) -> Beside:
    """Return what the model comes to, a run a seed; `people` in place of a made-up organisation.

    Where the people have no ties, each seed makes them up. Where an export does not say which message each one answers,
    `direct` is false, and the runs are looked at in the same way.
    """
    from sim.simulation import simulate

    arenas = []
    for number, seed in enumerate(seeds, 1):
        arenas.append(of_run(simulate(world, seed, organization=_tied(people, world, seed)), direct))
        progress(number, len(seeds))
    return Beside(world, seeds, arenas, measure(arenas[0], arenas[1:]))


def _tied(people: Organization | None, world: Scenario, seed: int) -> Organization | None:
    if people is None or len(people.tie_member):
        return people
    return with_made_ties(people, world.parameters.organization, seed)
