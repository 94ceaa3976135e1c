"""Scenarios put to the test: seeds are added look by look, until every expectation is decided or the cap is reached."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from experiments.describe import expected_in_words
from experiments.measures import Own
from experiments.patterns.claims import Claim, claims_of
from experiments.patterns.deciding import Verdict, decide, error_at, looks
from experiments.patterns.replications import Replication
from experiments.statistics import CONFIDENCE, Interval, mean_interval
from experiments.values import finite
from experiments.workers import results
from sim.scenario import Scenario

CAP: Final = 32
"""Seeds after which an expectation that is not decided stays so, by default."""

Done = Callable[[int, int, int], object]
"""Takes the look, how many of its pieces are finished, and of how many."""


class Tested(NamedTuple):
    """What became of one expectation."""

    claim: Claim
    interval: Interval
    """Of the mean over seeds, at the look at which it was decided. All looks together hold it in 95% of all cases."""
    verdict: Verdict
    seeds: int
    """Seeds that were run for it."""


class Piece(NamedTuple):
    """Claims of one scenario to be run on one seed."""

    claims: tuple[Claim, ...]
    seed: int


@dataclass
class Assessment:
    """Expectations of several scenarios under test."""

    claims: list[Claim]
    cap: int
    values: list[list[float]] = field(default_factory=list)
    decided: dict[int, Tested] = field(default_factory=dict)
    complete: bool = False
    """Whether it was not stopped early."""

    @property
    def tested(self) -> list[Tested]:
        """What became of each expectation so far."""
        return [self.decided.get(n) or self._open(n) for n in range(len(self.claims))]

    def _open(self, number: int) -> Tested:
        values = self.values[number]
        return Tested(self.claims[number], mean_interval(values, CONFIDENCE), Verdict.undecided, len(values))

    def look(self, count: int) -> None:
        """Decide what can be decided after `count` seeds."""
        for number, claim in enumerate(self.claims):
            if number not in self.decided:
                found = mean_interval(self.values[number], 1.0 - error_at(count, self.cap))
                verdict = decide(claim.expectation, found)
                if verdict != Verdict.undecided or count == self.cap:
                    self.decided[number] = Tested(claim, found, verdict, count)


def assess(
    scenarios: Sequence[Scenario],
    cap: int = CAP,
    workers: int | None = None,
    members: int | None = None,
    done: Done | None = None,
    own: Sequence[Own] = (),
) -> Assessment:
    """Run scenarios on the seeds 1, 2, ... and decide their expectations; Ctrl-C ends it with what is decided.

    `members` changes the size of all worlds, `workers` is the number of processes, `own` are measures of the user's own
    that expectations may name. Raises InputError where an
    expectation names something that there is not.
    """
    assessment = Assessment([claim for each in scenarios for claim in claims_of(each, members=members, own=own)], cap)
    assessment.values = [[] for _ in assessment.claims]
    with _stoppable():
        finished = 0
        for number, count in enumerate(looks(cap)):
            _run_seeds(assessment, range(finished + 1, count + 1), workers, number, done)
            assessment.look(count)
            finished = count
            if len(assessment.decided) == len(assessment.claims):
                break
        assessment.complete = True
    return assessment


@contextmanager
def _stoppable() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        return


def _run_seeds(assessment: Assessment, seeds: range, workers: int | None, look: int, done: Done | None) -> None:
    """Add the values of these seeds to all claims that are still open."""
    open_claims = [n for n in range(len(assessment.claims)) if n not in assessment.decided]
    by_scenario: dict[str, list[int]] = {}
    for n in open_claims:
        by_scenario.setdefault(assessment.claims[n].this.digest, []).append(n)
    numbers = [(seed, group) for seed in seeds for group in by_scenario.values()]
    pieces = [Piece(tuple(assessment.claims[n] for n in group), seed) for seed, group in numbers]
    tell = None if done is None else lambda count, total: done(look, count, total)
    for (_, group), found in zip(numbers, results(run_piece, pieces, workers, tell), strict=True):
        for n, value in zip(group, found, strict=True):
            assessment.values[n].append(value)


def run_piece(piece: Piece) -> list[float]:
    """Return the number of each claim on one seed."""
    replications: dict[str, Replication] = {}
    return [claim.value(replications, piece.seed) for claim in piece.claims]


def as_data(tested: Sequence[Tested]) -> list[dict[str, Any]]:
    """Return what became of expectations as JSON can have it."""
    return [
        {
            "scenario": each.claim.this.name,
            "number": each.claim.number,
            "verdict": each.verdict.value,
            "mean": finite(each.interval.mean),
            "low": finite(each.interval.low),
            "high": finite(each.interval.high),
            "seeds": each.seeds,
            "says": expected_in_words(each.claim.expectation),
            "pattern": each.claim.expectation.pattern,
            "why": each.claim.expectation.why,
        }
        for each in tested
    ]
