"""The scorecard: every fact measured over seeds, each with its interval beside the source's range, and a verdict."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from experiments.facts.declared import EDITIONS
from experiments.facts.fact import Fact, Part, Use
from experiments.facts.mail import Mail
from experiments.facts.observation import Observation
from experiments.measures.typed import NOTHING, Wanted
from experiments.statistics import Interval, mean_interval
from experiments.values import finite
from experiments.workers import results
from sim.organization import Organization
from sim.scenario import Scenario

Values = Mapping[str, float]
"""What one seed showed, by the id of the part."""
Done = Callable[[int, int], object]

MOST_SEEDS = 10_000


class Match(StrEnum):
    """How a simulated interval lies to a source's range."""

    matched = "matched"
    missed = "missed"
    undecided = "undecided"


def judge(interval: Interval, low: float, high: float) -> Match:
    """Return matched where the whole interval lies within the range, missed where none of it does."""
    if interval.runs and low <= interval.low and interval.high <= high:
        return Match.matched
    if interval.runs and (interval.high < low or interval.low > high):
        return Match.missed
    return Match.undecided


def together(verdicts: Sequence[Match]) -> Match:
    """Return the verdict on a fact of several parts: matched if all are, missed if one is."""
    if all(verdict == Match.matched for verdict in verdicts):
        return Match.matched
    return Match.missed if Match.missed in verdicts else Match.undecided


def seeds_to_decide(interval: Interval, low: float, high: float) -> int | None:
    """Return about how many seeds would decide, were the mean the true one; None where no number would do.

    The interval narrows with the square root of the seeds, until it no longer reaches the nearer end of the range.
    """
    room = min(abs(interval.mean - low), abs(interval.mean - high))
    if interval.runs < 2 or not room or not math.isfinite(interval.half_width):
        return None
    wanted = math.ceil(interval.runs * (interval.half_width / room) ** 2 * 1.05)
    return wanted if wanted <= MOST_SEEDS else None


@dataclass(frozen=True)
class Row:
    """One part of a fact, measured."""

    part: Part
    interval: Interval
    verdict: Match
    real: float | None
    """The same of an organisation's own e-mail; None where there is none or it cannot show it."""

    @property
    def more_seeds(self) -> str:
        """What would happen with more seeds; nothing to say where it is decided."""
        if self.verdict != Match.undecided or self.interval.runs == 0:
            return ""
        wanted = seeds_to_decide(self.interval, self.part.low, self.part.high)
        inside = self.part.low <= self.interval.mean <= self.part.high
        if wanted is None:
            return "The mean lies at the end of the range: hardly any number of seeds would decide."
        then = Match.matched if inside else Match.missed
        return f"Were the mean to stay, about {wanted:,} seeds would make it {then}."


@dataclass(frozen=True)
class Judged:
    """One fact, with the rows of its parts."""

    fact: Fact
    rows: tuple[Row, ...]
    beside: tuple[Row, ...] = ()
    """Variants of its measure, which decide nothing."""

    @property
    def verdict(self) -> Match:
        """The verdict on the fact as a whole."""
        return together([row.verdict for row in self.rows])


@dataclass(frozen=True)
class Piece:
    """One seed to be measured, as it is sent to another process."""

    scenario: Scenario
    seed: int
    facts: tuple[tuple[int, str], ...]
    """The edition and the id of each."""
    organization: Organization | None = None
    wanted: Wanted = NOTHING


def measured(piece: Piece) -> dict[str, float]:
    """Return what one seed shows of each part of the facts, and of each measure that is wanted beside them; NaN: none.

    InputError where a function of the user's fails.
    """
    observed = Observation(piece.scenario, piece.seed, piece.organization)
    facts = [EDITIONS[edition][name] for edition, name in piece.facts]
    beside = piece.wanted.catalogue.measured(piece.wanted.all, observed.ended) if piece.wanted.all else []
    found = {part.id: float(part.measure(observed)) for fact in facts for part in (*fact.parts, *fact.beside)}
    return found | dict(zip(piece.wanted.all, beside, strict=True))


def seed_by_seed(
    scenario: Scenario,
    seeds: Sequence[int],
    facts: Sequence[Fact],
    organization: Organization | None = None,
    workers: int | None = None,
    done: Done | None = None,
    wanted: Wanted = NOTHING,
) -> Iterator[Values]:
    """Yield what each seed shows of the facts, and of the measures wanted beside them, in the order of the seeds."""
    names = tuple((fact.edition, fact.id) for fact in facts)
    pieces = [Piece(scenario, seed, names, organization, wanted) for seed in seeds]
    yield from results(measured, pieces, workers, done)


def scorecard(values: Sequence[Values], facts: Sequence[Fact], mail: Mail | None = None) -> list[Judged]:
    """Return each fact with its parts' intervals over the seeds, their verdicts, and what e-mail shows."""
    return [Judged(fact, _rows(fact.parts, values, mail), _rows(fact.beside, values, mail)) for fact in facts]


def _rows(parts: Sequence[Part], values: Sequence[Values], mail: Mail | None) -> tuple[Row, ...]:
    return tuple(_row(part, values, mail) for part in parts)


def _row(part: Part, values: Sequence[Values], mail: Mail | None) -> Row:
    interval = mean_interval(seed[part.id] for seed in values)
    real = float(part.of_mail(mail)) if part.of_mail is not None and mail is not None else None
    return Row(part, interval, judge(interval, part.low, part.high), real)


def count(judged: Sequence[Judged], use: Use) -> dict[Match, int]:
    """Return how many facts of a use there are of each verdict."""
    found = [each.verdict for each in judged if each.fact.use == use]
    return {verdict: found.count(verdict) for verdict in Match}


def as_json(judged: Sequence[Judged]) -> list[dict[str, Any]]:
    """Return the scorecard as JSON can have it: None for what is unbounded or unknown."""
    return [
        {
            "id": each.fact.id,
            "use": each.fact.use.value,
            "proxy": each.fact.proxy,
            "statement": each.fact.statement,
            "source": each.fact.source,
            "known": each.fact.known,
            "verdict": each.verdict.value,
            "why": each.fact.why if each.verdict == Match.missed else None,
            "parts": [_row_as_json(row) for row in each.rows],
            "beside": [_row_as_json(row) for row in each.beside],
        }
        for each in judged
    ]


def _row_as_json(row: Row) -> dict[str, Any]:
    return {
        "id": row.part.id,
        "what": row.part.what,
        "range": [finite(row.part.low), finite(row.part.high)],
        "mean": finite(row.interval.mean),
        "interval": [finite(row.interval.low), finite(row.interval.high)],
        "seeds": row.interval.runs,
        "verdict": row.verdict.value,
        "real": None if row.real is None else finite(row.real),
    }
