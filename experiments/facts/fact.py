"""What a stylised fact is: a statement, where it stands, its ranges, and how the same is measured in a run."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from experiments.facts.mail import Mail
from experiments.facts.measuring.participation import written_by_each
from experiments.facts.observation import Observation

Measure = Callable[[Observation], float]
OfMail = Callable[[Mail], float]

LEEWAY: Final = 1.0 / 3.0
"""How far a number without a spread may be missed: a third of it, or of its distance to 1 if that is less."""


class Use(StrEnum):
    """What a fact is for."""

    test = "test"
    calib = "calib"
    input = "input"


class Known(StrEnum):
    """How well the number itself is known."""

    seen = "seen in the source or its press release"
    second_hand = "seen in a review of the source"
    remembered = "remembered from the literature"
    measured = "measured in real data"


class Source(NamedTuple):
    """One work that a fact comes from, and how its number was seen."""

    work: str
    known: Known


def seen(work: str) -> Source:
    """Return a source whose number was seen in it."""
    return Source(work, Known.seen)


def second_hand(work: str) -> Source:
    """Return a source whose number was seen in a review of it."""
    return Source(work, Known.second_hand)


def remembered(work: str) -> Source:
    """Return a source whose number should be looked up before it is cited."""
    return Source(work, Known.remembered)


def measured(data: str) -> Source:
    """Return real data in which the number was measured."""
    return Source(data, Known.measured)


@dataclass(frozen=True)
class Part:
    """One number or sign of a fact: where the source has it, and how a run shows it."""

    id: str
    what: str
    """What is measured, in words."""
    low: float
    high: float
    measure: Measure
    of_mail: OfMail | None = None
    """The same of an organisation's own e-mail, where that can show it."""

    @property
    def range(self) -> str:
        """The range in words."""
        return f"above {self.low:g}" if math.isinf(self.high) else f"{self.low:.2g} to {self.high:.2g}"


@dataclass(frozen=True)
class Fact:
    """One stylised fact."""

    id: str
    use: Use
    statement: str
    sources: tuple[Source, ...]
    parts: tuple[Part, ...]
    why: str
    """Why a simulation of this kind may miss it: shown where it does."""
    proxy: bool = False
    """Whether the number is not from an internal arena."""
    beside: tuple[Part, ...] = ()
    """Variants of the measure that are shown beside it, and decide nothing."""
    edition: int = 2
    """The edition of the facts that declares it."""

    @property
    def source(self) -> str:
        """The works, in one line."""
        return "; ".join(source.work for source in self.sources)

    @property
    def known(self) -> str:
        """How its numbers were seen, in one line."""
        return "; ".join(dict.fromkeys(source.known.value for source in self.sources))


def about(value: float) -> tuple[float, float]:
    """Return the range of a share that comes without a spread: a third of the way to 0 or to 1, the nearer of both."""
    margin = LEEWAY * min(value, 1.0 - value)
    return value - margin, value + margin


def near(value: float) -> tuple[float, float]:
    """Return the range of an amount that comes without a spread: a third less to a third more."""
    return value * (1.0 - LEEWAY), value * (1.0 + LEEWAY)


ABOVE: Final = math.inf
POSITIVE: Final = (0.0, ABOVE)


def of_replies(measure: Callable[..., float]) -> tuple[Measure, OfMail]:
    """Return a measure of replies and an organisation, for a run and for e-mail."""
    return (
        lambda observed: measure(observed.run.replies, observed.run.organization),
        lambda mail: measure(mail.replies, mail.organization),
    )


def of_written(measure: Callable[..., float]) -> tuple[Measure, OfMail]:
    """Return a measure of messages a member, for a run and for e-mail."""
    return lambda observed: measure(written_by_each(observed.run)), lambda mail: measure(mail.written)
