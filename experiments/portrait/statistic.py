"""What a statistic of a portrait is: a name, a unit, a meaning, how it is measured, and the facts it stands beside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from experiments.portrait.period import Period
from experiments.statistics import Interval


class Needs(Enum):
    """What a statistic cannot be measured without."""

    nothing = "nothing but messages"
    likes = "likes"
    threads = "threads"
    directs = "which message each one answers"
    organization = "an organisation"


@dataclass(frozen=True)
class Declared:
    """One statistic, measured on one stretch of an arena."""

    name: str
    unit: str
    meaning: str
    of: Callable[[Period], float]
    """NaN where there is nothing to measure."""
    facts: tuple[str, ...] = ()
    """Parts of facts that say where the same lies elsewhere (`experiments.facts`)."""
    needs: tuple[Needs, ...] = ()
    of_directs: bool = False
    """Whether it is another number where all of a thread answer the first message: facts say nothing of that one."""


@dataclass(frozen=True)
class Statistic:
    """What a statistic comes to: its mean over the quarters of an arena, or over runs, with the interval over them."""

    declared: Declared
    found: Interval

    @property
    def value(self) -> float:
        """The mean; NaN where there was nothing to measure."""
        return self.found.mean
