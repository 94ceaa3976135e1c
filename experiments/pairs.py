"""Pairs: two worlds on the same luck, seed by seed, and what they say of every measure together."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from experiments.asking import cost_of
from experiments.measures.typed import Wanted
from experiments.statistics import CONFIDENCE, Paired, holm, paired
from experiments.workers import results
from sim.measures import MEASURES
from sim.scenario import Scenario

Values = dict[str, float | None]

WORTHWHILE = 10.0
"""Seconds of work from which other processes pay: each needs some to start and to load the compiled rules."""


class Pair(NamedTuple):
    """The measures of two worlds that had the same luck."""

    seed: int
    a: Values
    b: Values


class Piece(NamedTuple):
    """One pair to be run."""

    seed: int
    a: Scenario
    b: Scenario
    wanted: Wanted = Wanted()


@dataclass(frozen=True)
class Comparison:
    """Two worlds over many seeds."""

    a: Scenario
    b: Scenario
    planned: int
    """Pairs that were wanted; more than there are where it was stopped."""
    pairs: tuple[Pair, ...]

    @cached_property
    def measures(self) -> dict[str, Paired]:
        """What the pairs say of each measure, those first that differ most for their ordinary variation."""
        numbers = [name for name in self.pairs[0].a if name not in MEASURES or not MEASURES[name].words]
        found = {name: paired([p.a[name] for p in self.pairs], [p.b[name] for p in self.pairs]) for name in numbers}
        return dict(sorted(found.items(), key=lambda each: _rank(each[1])))

    @property
    def present(self) -> list[str]:
        """The measures that at least one of both worlds has on some seed."""
        return [
            name for name in self.measures if any(p.a[name] is not None or p.b[name] is not None for p in self.pairs)
        ]

    @property
    def differing(self) -> list[str]:
        """The measures whose interval leaves out 0."""
        return [name for name, found in self.measures.items() if found.differs]

    @property
    def tested(self) -> int:
        """The measures whose difference can be tested: those that differ in at least one of two pairs or more."""
        return sum(not math.isnan(found.p) and found.d_z != 0.0 for found in self.measures.values())

    @property
    def by_chance(self) -> float:
        """How many intervals would leave out 0 by chance, did the worlds not differ at all."""
        return self.tested * (1.0 - CONFIDENCE)

    @cached_property
    def standing(self) -> list[str]:
        """The measures whose difference stands when all are tested at once (Holm 1979)."""
        stands = holm([found.p for found in self.measures.values()])
        return [name for name, holds in zip(self.measures, stands, strict=True) if holds]


def compare(
    a: Scenario,
    b: Scenario,
    seeds: Sequence[int],
    workers: int | None = None,
    done: Callable[[int, int], object] | None = None,
    wanted: Wanted = Wanted(),  # noqa: B008  it never changes
) -> Comparison:
    """Simulate both worlds on each seed and compare all their measures, pair by pair.

    `workers` is the number of processes; if None, as many as pay, or threads where starting processes takes longer than
    the pairs do. `done` is called with how many pairs are finished.
    `wanted` are measures beyond those that every run has. Ctrl-C ends it early, with the pairs that are finished;
    KeyboardInterrupt is raised where there are none.
    """
    from sim.compiled import needs_compiling

    pairs: list[Pair] = []
    quick = workers is None and len(seeds) * (cost_of(a).seconds + cost_of(b).seconds) < WORTHWHILE
    if quick and (wanted.own or needs_compiling()):
        workers = 1  # code of the user's may not be made for threads; and each of them would begin to compile
    try:
        for pair in results(run_pair, [Piece(seed, a, b, wanted) for seed in seeds], workers, done, threads=quick):
            pairs.append(pair)  # noqa: PERF402  (what is finished is kept when it is stopped)
    except KeyboardInterrupt:
        if not pairs:
            raise
    return Comparison(a, b, len(seeds), tuple(pairs))


def run_pair(piece: Piece) -> Pair:
    """Return the pair of one seed; members are made once where both worlds have the same."""
    from sim.engine import Engine, make_organization
    from sim.measures import final

    values: list[Values] = []
    people = make_organization(piece.a, piece.seed)
    for world in (piece.a, piece.b):
        if not world.has_people_of(piece.a):
            people = make_organization(world, piece.seed)
        engine = Engine(world, people, piece.seed)
        engine.advance(engine.ticks)
        further = [name for name in piece.wanted.all if name not in MEASURES]
        found = piece.wanted.catalogue.measured(further, engine)
        known = {name: None if math.isnan(value) else value for name, value in zip(further, found, strict=True)}
        values.append(final(engine.world, engine.organization) | known)
    return Pair(piece.seed, values[0], values[1])


def _rank(found: Paired) -> tuple[bool, float]:
    size = abs(found.d) if not math.isnan(found.d) else -1.0
    return not found.differs, -size
