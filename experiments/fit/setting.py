"""The setting of a fit: the world whose guesses are looked for, how long it lives, and what of it is looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import Any, Final, NamedTuple

from experiments.fit.prior import LUCK, Prior
from experiments.fit.surveys import Asked, asked_of
from experiments.measures.typed import Wanted
from experiments.portrait.arena import QUARTER, of_run
from experiments.portrait.measuring import STATISTICS, measure
from sim.engine import Engine, make_organization
from sim.origin import probe
from sim.record import Run
from sim.scenario import Scenario
from sim.sources import rules_digest

STRETCHES: Final = 4
"""Stretches of an arena that are lived through at most: the mean over more of them hardly moves."""
FIRST_SEED: Final = 1_000_000
"""The seed of the first set; each has one of its own, so that no oddity of a single organisation is fitted to."""
EDITION: Final = 1
"""Of what a kept set means; raised whenever the same set would come to other values."""

NOTHING: Final = Wanted()


@dataclass(frozen=True)
class Setting:
    """All that the values of a set depend on."""

    scenario: Scenario
    prior: Prior
    direct: bool = True
    """Whether it is known which message each one answers."""
    asked: tuple[Asked, ...] = ()
    """Means of groups that a survey asked for."""
    wanted: Wanted = NOTHING
    """Further measures whose value in the arena is known."""

    @cached_property
    def identity(self) -> str:
        """Return 32 hexadecimal digits that stand for the setting, the rules, and how sets are spread."""
        bounds = [(each.name, each.low, each.high) for each in self.prior.free]
        of_arena = (self.direct, self.asked, sorted(STATISTICS), STRETCHES)
        said = (EDITION, self.scenario.digest, bounds, LUCK, FIRST_SEED, of_arena, rules_digest(), probe())
        own = [(each.name, each.digest) for each in self.wanted.own]
        further = ((self.wanted.names, own),) if self.wanted.names else ()
        return blake2b(repr((*said, *further)).encode(), digest_size=16).hexdigest()

    @property
    def names(self) -> list[str]:
        """What is measured of each set: statistics of a portrait, means of groups, then further measures."""
        return [*STATISTICS, *(each.name for each in self.asked), *self.wanted.names]

    def world(self, values: Mapping[str, float]) -> Scenario:
        """Return the scenario with the guesses at these values."""
        return self.scenario.with_(values)


def as_long_as(scenario: Scenario, workdays: int, stretches: int) -> Scenario:
    """Return a scenario as long as an arena of so many workdays, or as `STRETCHES` of its stretches if that is less."""
    length = max(1, workdays // max(1, stretches))
    assert length >= QUARTER or stretches == 1
    return scenario.first_days(length * min(stretches, STRETCHES))


class Batch(NamedTuple):
    """Some sets to be tried, as they are sent to another process."""

    setting: Setting
    sets: tuple[tuple[int, dict[str, float]], ...]
    """The seed of each, and its values."""


def tried(batch: Batch) -> list[dict[str, float]]:
    """Return what each set of a batch shows; the function that other processes import."""
    return [observed(batch.setting, values, seed) for seed, values in batch.sets]


def observed(setting: Setting, values: Mapping[str, float], seed: int) -> dict[str, float]:
    """Return what one run of a set shows: statistics, means and further measures; NaN where there are none."""
    engine = lived(setting, values, seed)
    run = Run(engine)
    found: dict[str, Any] = {name: each.value for name, each in measure(of_run(run, setting.direct)).items()}
    return found | beyond_portrait(setting, engine)


def beyond_portrait(setting: Setting, engine: Engine) -> dict[str, float]:
    """Return what is known of a run beyond its portrait: means that a survey asked for, and further measures."""
    names = setting.wanted.names
    measured = setting.wanted.catalogue.measured(names, engine)
    return asked_of(engine, setting.asked) | dict(zip(names, measured, strict=True))


def lived(setting: Setting, values: Mapping[str, float], seed: int) -> Engine:
    """Return the world of a set at the end of its days."""
    world = setting.world(values)
    engine = Engine(world, make_organization(world, seed), seed)
    engine.advance(world.ticks)
    return engine
