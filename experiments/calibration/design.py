"""The design of a calibration: which guesses are free and how far they may go, and how much is tried on which seeds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sim.parameters import Parameter, Status

Points = NDArray[np.float64]


# ---------------------------------------------------------------- what is free


@dataclass(frozen=True)
class Free:
    """A parameter that may move, its first guess, and how far it may go: about a factor of three around that."""

    name: str
    guess: float
    low: float
    high: float

    def at(self, place: Any) -> Any:
        """Return the value at a place in [0, 1]: on a scale of logs, or plain where it can be negative."""
        if self.low > 0.0:
            return self.low * (self.high / self.low) ** place
        return self.low + (self.high - self.low) * place

    def place(self, value: float) -> float:
        """Return the place of a value."""
        if self.low > 0.0:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)


FREE: Final = (
    Free("population.occasions_per_visit.mean", 0.016, 0.005, 0.048),
    Free("population.occasions_per_visit.sd", 0.09, 0.03, 0.27),
    Free("population.voice_propensity.mean", 0.4, 0.18, 0.67),
    Free("population.voice_propensity.sd", 0.2, 0.09, 0.33),
    Free("population.risk_sensitivity.mean", 0.5, 0.25, 0.75),
    Free("population.voice_efficacy.mean", 0.4, 0.18, 0.67),
    Free("population.imagined_audience_size.mean", 0.023, 0.008, 0.07),
    Free("learning.engagement_rate", 0.05, 0.017, 0.15),
    Free("learning.unsaid_days", 4, 1.33, 12.0),
    Free("learning.dismissive", 0.3, 0.125, 0.56),
    Free("voice.efficacy", 6.5, 2.2, 19.5),
    Free("voice.act_floor", 0.15, 0.056, 0.35),
    Free("voice.superior_threat", 32, 10.7, 96.0),
    Free("voice.peer_threat", 68, 22.7, 204.0),
    Free("voice.image_threat", 9.5, 3.2, 28.5),
    Free("voice.loyalty", 12, 4.0, 36.0),
    Free("voice.post_cost", 0.3, 0.1, 0.9),
    Free("reaction.propensity", 6, 2.0, 18.0),
    Free("reaction.like", -5, -6.5, -2.5),
    Free("reaction.like_agreement", 2.2, 0.73, 6.6),
    Free("reaction.to", -6.2, -7.7, -4.7),
    Free("reaction.to_question", 2.2, 0.73, 6.6),
    Free("reaction.nested", 1.5, 0.5, 4.5),
    Free("attendance.expected", 0.4, 0.18, 0.67),
    Free("leading.criticality", 1.5, 0.5, 4.5),
    Free("leading.orphan_hours", 4, 1.33, 12.0),
)
"""What the screening found to matter: a rank correlation of .15 or more with something that is fitted.

Left as they are: policies of leaders, which are levers; the twelve items read at a visit and the three supporters of a
reframing, which have a source; three of the four numbers of attendance, which do the same as the fourth; and how
stances move. Added: the weights that multiply the imagined audience; and its size at the start, which is known as a
share of the true audience, and so is known only with the arena running."""


def free_by_rule(parameter: Parameter) -> Free | None:
    """Return a guess with bounds around its value: odds by three for shares, a factor of three for amounts.

    None for what is no guess, is no number, or stands at an end of its range, and for what the default scenario does
    not use or a calibration should not settle: the shape of the organisation and what it talks about.
    """
    name, value, low, high = parameter.name, parameter.default, parameter.low, parameter.high
    if parameter.status not in (Status.guess, Status.calibrated) or name.startswith(("organization.", "issues.")):
        return None
    if low is None or high is None or not low < value < high or isinstance(value, bool):
        return None
    if low < 0.0:
        return Free(name, value, value - 1.5, value + 1.5)
    if high <= 1.0:
        odds = value / (high - value) / 3.0, value / (high - value) * 3.0
        return Free(name, value, *(high * ratio / (1.0 + ratio) for ratio in odds))
    return Free(name, value, max(value / 3.0, low), min(value * 3.0, high))


def values_at(point: Points, free: Sequence[Free]) -> dict[str, float]:
    """Return the parameters at a point of the unit cube, to four digits."""
    return {each.name: float(f"{each.at(place):.4g}") for each, place in zip(free, point, strict=True)}


# ---------------------------------------------------------------- how much is tried


EFFECT_RUNS: Final = 50
"""Runs by which all conclusions and quick sizes are drawn on one seed, about."""
WAY_RUNS: Final = 2
"""Runs of 60 days that one seed of a set takes, about: facts look at six months."""


@dataclass(frozen=True)
class Plan:
    """How much is tried, on which seeds. Seeds of the search, of acceptance and of the test facts never meet."""

    rules: str = "arena"  # the theory of voice
    design: int = 2048  # a power of 2, as Sobol's sequence wants
    twice: int = 64  # sets of it that are tried on a second seed
    waves: int = 4
    wave: int = 256
    cloud: int = 40_000  # points a wave's sets are chosen from
    parents: int = 64
    members_in_search: int = 1000  # as in the end: how busy an arena is depends on its size
    members: int = 1000
    candidates: int = 256
    enough: int = 100  # acceptable sets
    search_from: int = 10_000  # each set of the search has a seed of its own, counted from here
    accept_seeds: tuple[int, ...] = (201, 202, 203, 204, 205, 206, 207, 208)
    conclusion_seeds: tuple[int, ...] = (401, 402)
    test_seeds: tuple[int, ...] = (301, 302, 303, 304)
    luck: int = 1
    workers: int | None = None

    @property
    def searched(self) -> int:
        """How many runs the search makes, each on a seed of its own."""
        return self.design + self.twice + self.waves * self.wave

    @property
    def runs(self) -> int:
        """How many runs of 60 days it takes, about, if no more than `enough` of the candidates are acceptable."""
        fitted = self.searched + self.candidates * len(self.accept_seeds)
        each = 3 * WAY_RUNS * len(self.test_seeds) + EFFECT_RUNS * len(self.conclusion_seeds)
        return WAY_RUNS * fitted + self.enough * each


QUICK: Final = Plan(
    design=64,
    twice=8,
    waves=2,
    wave=32,
    cloud=1000,
    parents=8,
    members_in_search=120,
    members=150,
    candidates=8,
    enough=2,
    accept_seeds=(201, 202, 203),
    conclusion_seeds=(401,),
    test_seeds=(301, 302, 303),
)


def rival(rules: str) -> Plan:
    """Return the plan by which a rival theory is fitted: only to find its default, which is then scored like ours.

    It has fewer free guesses (`screening.used_by`), and no ensemble whose conclusions would be drawn.
    """
    return Plan(
        rules=rules,
        design=512,
        twice=32,
        waves=3,
        wave=128,
        candidates=48,
        enough=12,
        conclusion_seeds=(),
        test_seeds=(),
    )


def around(parents: Points, count: int, luck: np.random.Generator) -> Points:
    """Return points near the parents: normal steps of twice their variance in each direction, inside the cube.

    Such steps waste least (Beaumont et al. 2009). Each direction takes its own variance: some dozens of parents say
    little about how twenty directions go together.
    """
    spread = np.sqrt(2.0) * parents.std(axis=0) + 1e-3
    chosen = parents[luck.integers(len(parents), size=count)]
    moved = np.abs(chosen + luck.normal(size=chosen.shape) * spread)  # what would leave is reflected
    return np.asarray(np.clip(1.0 - np.abs(1.0 - moved), 0.0, 1.0))
