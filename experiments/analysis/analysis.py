"""Analyse: a sweep folder in, everything that can be said of it out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np

from experiments.analysis import effects as effect_sizes
from experiments.analysis.contrasts import contrasts
from experiments.analysis.effects import Effect, Interaction, Reversal
from experiments.analysis.hysteresis import Loop, loops
from experiments.analysis.intervals import between_groups, excludes_zero, intervals, seeds_needed, two_groups
from experiments.analysis.phases import Phase, phases
from experiments.analysis.results import Results, results
from experiments.analysis.sensitivity import Sensitivity, leading, sensitivity
from experiments.analysis.shares import Influence, Noise, influences, noise
from experiments.analysis.tipping import Tipping, tipping
from experiments.statistics import Interval, holm
from experiments.sweeps.sweep import Sweep, made_so_far


class Summary(NamedTuple):
    """One measure in one cell."""

    measure: str
    cell: int
    found: Interval
    deviation: float
    """Standard deviation between seeds."""
    quantiles: tuple[float, ...]
    """At QUANTILES."""
    between_groups: float
    two_groups: bool


class Rank(NamedTuple):
    """How much a factor matters for a measure, by the index that the design allows."""

    measure: str
    factor: str
    kind: str
    """`total share`, `ST`, `mu_star`, or `rank_correlation` (its size)."""
    found: Interval


class Undecided(NamedTuple):
    """A comparison whose interval includes 0."""

    measure: str
    what: str
    found: Interval
    seeds: float
    """How many would bring the half-width down to the effect that was found."""


QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True)
class Analysis:
    """Everything that is said of a sweep."""

    results: Results
    summaries: list[Summary]
    noise: list[Noise]
    effects: list[Effect]
    interactions: list[Interaction]
    reversals: list[Reversal]
    influences: list[Influence]
    sensitivity: Sensitivity
    tipping: list[Tipping]
    loops: list[Loop]
    phases: list[Phase]

    @cached_property
    def ranks(self) -> list[Rank]:
        """How much each factor matters for each measure, the one that matters most first."""
        found = [Rank(one.measure, one.factor, "total share", one.total) for one in self.influences]
        kind = leading(self.results.study.table.design)
        indices = (one for one in self.sensitivity.indices if one.kind == kind)
        found += [Rank(one.measure, one.factor, kind, _size(one.found)) for one in indices]
        order = {measure: place for place, measure in enumerate(self.results.measures)}
        return sorted(found, key=lambda rank: (order[rank.measure], -np.nan_to_num(rank.found.mean, nan=-1.0)))

    @cached_property
    def stands(self) -> list[bool]:
        """For each effect, whether it stands when all of them are tested at once (Holm 1979)."""
        return holm([effect.p for effect in self.effects])

    @cached_property
    def undecided(self) -> list[Undecided]:
        """The comparisons of which even the sign is open."""
        return list(_undecided(self))

    @property
    def comparisons(self) -> int:
        """How many intervals of differences there are, of which some leave out 0 by luck alone."""
        simple = sum(len(turn.simple) for turn in self.reversals)
        gaps = sum(len(loop.comparisons) for loop in self.loops)
        return len(self.effects) + len(self.interactions) + simple + gaps


def analyse(sweep: Sweep | str | Path, measures: Iterable[str] = ()) -> Analysis:
    """Return what can be said of a sweep, or of what has been made of it so far.

    `measures` names those to ask about, the most important one first. Raises InputError where there is no sweep, where
    no run is finished, or where a measure does not exist.
    """
    found = results(made_so_far(sweep) if isinstance(sweep, str | Path) else sweep, measures)
    crossed = found.factorial
    return Analysis(
        found,
        list(_summaries(found)),
        noise(found),
        effect_sizes.effects(found) if crossed else contrasts(found),
        effect_sizes.interactions(found) if crossed else [],
        effect_sizes.reversals(found) if crossed else [],
        influences(found) if crossed else [],
        sensitivity(found),
        tipping(found) if crossed else [],
        loops(found),
        phases(found),
    )


def _summaries(found: Results) -> Iterator[Summary]:
    for measure in found.measures:
        table = found.values[measure]
        for cell, (row, mean) in enumerate(zip(table, intervals(table), strict=True)):
            known = row[~np.isnan(row)]
            deviation = float(known.std(ddof=1)) if len(known) > 1 else float("nan")
            quantiles = (
                tuple(np.quantile(known, QUANTILES).tolist()) if len(known) else (float("nan"),) * len(QUANTILES)
            )
            yield Summary(measure, cell, mean, deviation, quantiles, between_groups(row), two_groups(row))


def _size(found: Interval) -> Interval:
    """Return the interval of a correlation's size, whatever its sign."""
    if found.mean < 0.0:
        found = Interval(-found.mean, -found.high, -found.low, found.runs)
    return found._replace(low=max(0.0, found.low)) if np.isfinite(found.low) else found


def _undecided(analysis: Analysis) -> Iterator[Undecided]:
    for effect in analysis.effects:
        if not excludes_zero(effect.found):
            what = f"{effect.factor}: {effect.start} to {effect.end}"
            yield Undecided(effect.measure, what, effect.found, seeds_needed(effect.found))
    for one in analysis.interactions:
        if not excludes_zero(one.found):
            yield Undecided(one.measure, f"{one.factor} x {one.other}", one.found, seeds_needed(one.found))
    for loop in analysis.loops:
        if not excludes_zero(loop.left):
            what = f"there and back{', less what time alone does' if loop.rest else ''}"
            what += f", {loop.label}" if loop.label else ""
            yield Undecided(loop.measure, what, loop.left, seeds_needed(loop.left))
