"""Conclusions and effect sizes over seeds: each with its interval beside the range in which it should lie."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from experiments.facts.conclusions import CONCLUSIONS, differences
from experiments.facts.scorecard import Match, judge
from experiments.facts.sizes import SIZES
from experiments.facts.worlds import Worlds
from experiments.statistics import Interval, mean_interval
from experiments.values import finite
from experiments.workers import results
from sim.organization import Organization
from sim.scenario import Scenario

SPOKEN: Final = " (spoken)"
"""What follows the name of a conclusion where its outcome is the chance of wishes that came up: it decides nothing."""


@dataclass(frozen=True)
class Effect:
    """What is said of one number, and where it should lie."""

    says: str
    low: float
    high: float
    source: str

    @property
    def range(self) -> str:
        """The range in words."""
        if math.isinf(self.high):
            return f"above {self.low:g}"
        return f"below {self.high:g}" if math.isinf(self.low) else f"{self.low:g} to {self.high:g}"


EFFECTS: Final[Mapping[str, Effect]] = {
    **{name: Effect(size.says, size.low, size.high, size.source) for name, size in SIZES.items()},
    **{name: Effect(each.says, 0.0, math.inf, each.source) for name, each in CONCLUSIONS.items()},
}
"""Sizes, then conclusions, of which the sign is asked."""


@dataclass(frozen=True)
class Piece:
    """One seed to be measured, as it is sent to another process."""

    scenario: Scenario
    seed: int
    organization: Organization | None = None


def effects_of(piece: Piece) -> dict[str, float]:
    """Return each effect on one seed; of conclusions also what the wishes that came up say."""
    worlds = Worlds(piece.scenario, piece.seed, piece.organization)
    found = {name: float(size.measure(worlds)) for name, size in SIZES.items()}
    for name, each in differences(piece.scenario, piece.seed, worlds.organization).items():
        found[name], found[name + SPOKEN] = each
    return found


def effects_by_seed(
    scenario: Scenario,
    seeds: Sequence[int],
    organization: Organization | None = None,
    workers: int | None = None,
    done: Callable[[int, int], object] | None = None,
) -> Iterator[dict[str, float]]:
    """Yield the effects on each seed, in the order of the seeds."""
    yield from results(effects_of, [Piece(scenario, seed, organization) for seed in seeds], workers, done)


@dataclass(frozen=True)
class Judged:
    """One effect over seeds."""

    name: str
    effect: Effect
    interval: Interval
    spoken: Interval | None
    """Of a conclusion: the same in the wishes that came up."""

    @property
    def verdict(self) -> Match:
        """Whether it lies where it should."""
        return judge(self.interval, self.effect.low, self.effect.high)


def judged(values: Sequence[Mapping[str, float]]) -> list[Judged]:
    """Return each effect with its interval over the seeds."""
    found = []
    for name, effect in EFFECTS.items():
        spoken = mean_interval(seed[name + SPOKEN] for seed in values) if name in CONCLUSIONS else None
        found.append(Judged(name, effect, mean_interval(seed[name] for seed in values), spoken))
    return found


def as_json(found: Sequence[Judged]) -> list[dict[str, Any]]:
    """Return effects as JSON can have them: None for what is unbounded or unknown."""
    return [
        {
            "name": each.name,
            "kind": "conclusion" if each.name in CONCLUSIONS else "size",
            "says": each.effect.says,
            "source": each.effect.source,
            "range": [finite(each.effect.low), finite(each.effect.high)],
            **_interval(each.interval),
            "verdict": each.verdict.value,
            "spoken": None if each.spoken is None else _interval(each.spoken),
        }
        for each in found
    ]


def _interval(found: Interval) -> dict[str, Any]:
    return {"mean": finite(found.mean), "interval": [finite(found.low), finite(found.high)], "seeds": found.runs}
