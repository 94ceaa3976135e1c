"""The design of a calibration: which guesses are free and how far they may go, and how much is tried on which seeds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sim.calibrated import GUESSES
from sim.parameters import Parameter, Status, registry

Points = NDArray[np.float64]


# ---------------------------------------------------------------- what is free


@dataclass(frozen=True)
class Free:
    """A parameter that may move, its first guess, and how far it may go."""

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


def bounded(parameter: Parameter, guess: float) -> Free:
    """Return a guess with bounds: odds by three for shares, a factor of three for amounts, 1.5 up and down for others.

    Bounds never leave those of the model.
    """
    name, low, high = parameter.name, parameter.low, parameter.high
    assert low is not None and high is not None, name
    if low < 0.0:
        return Free(name, guess, max(guess - 1.5, low), min(guess + 1.5, high))
    if high <= 1.0:
        odds = guess / (high - guess) / 3.0, guess / (high - guess) * 3.0
        return Free(name, guess, *(high * ratio / (1.0 + ratio) for ratio in odds))
    return Free(name, guess, max(guess / 3.0, low), min(guess * 3.0, high))


def free_by_rule(parameter: Parameter) -> Free | None:
    """Return any guess with bounds around its value, as a screening moves it.

    None for what is no guess, is no number, or stands at an end of its range, and for what the default scenario does
    not use or a calibration should not settle: the shape of the organisation and what it talks about.
    """
    name, value, low, high = parameter.name, parameter.default, parameter.low, parameter.high
    if parameter.status not in (Status.guess, Status.calibrated) or name.startswith(("organization.", "issues.")):
        return None
    if low is None or high is None or not low < value < high or isinstance(value, bool):
        return None
    return bounded(parameter, GUESSES.get(name, value))


FREE: Final = tuple(bounded(registry()[name], guess) for name, guess in GUESSES.items())
"""What a calibration moves: the parameters that `sim.parameters` declares as `calibrated`, around their first guesses.

They are what matters for what is fitted, and what decides how strongly leaders, readers and talk move members. Left as
they are: policies of leaders, which are levers; numbers that a source tells, such as the twelve items read at a visit;
three of the four numbers of attendance, which do the same as the fourth; and how stances move."""


def first_guesses(free: Sequence[Free]) -> Points:
    """Return the point of the unit cube at which all first guesses lie, float64[free]."""
    return np.array([each.place(each.guess) for each in free])


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
    twice: int = 128  # sets of it that are tried on a second seed
    waves: int = 4
    wave: int = 256
    cloud: int = 10_000  # points a wave's sets are chosen from
    parents: int = 128
    members_in_search: int = 1000  # as in the end: how busy an arena is depends on its size
    members: int = 1000
    candidates: int = 240
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

    It has fewer free guesses (`screening.used_by`) and gets a third of the sets, and no ensemble whose conclusions
    would be drawn.
    """
    return Plan(
        rules=rules,
        design=512,
        twice=64,
        waves=4,
        wave=96,
        parents=64,
        candidates=48,
        enough=8,
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
