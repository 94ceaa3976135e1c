"""What each mechanism buys: facts, conclusions and sizes with it and without it, on the same seeds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from experiments.facts.conclusions import CONCLUSIONS
from experiments.facts.effects import EFFECTS, effects_by_seed
from experiments.facts.mechanisms import MECHANISMS, Mechanism
from experiments.facts.scorecard import Match, judge, seed_by_seed
from experiments.facts.sizes import SIZES
from experiments.progress import QUIET, Progress
from experiments.statistics import Interval, mean_interval, paired
from experiments.values import finite
from sim.organization import Organization
from sim.scenario import Scenario

Values = Mapping[str, float]
"""What one seed showed, by the id of a part of a fact and by the name of an effect."""


@dataclass(frozen=True)
class Change:
    """One number with and without a mechanism."""

    id: str
    what: str
    low: float
    high: float
    kept: Interval
    removed: Interval
    difference: Interval
    """Without less with, seed by seed."""

    @property
    def verdicts(self) -> tuple[Match, Match]:
        """How it lies to its range, with and without."""
        return judge(self.kept, self.low, self.high), judge(self.removed, self.low, self.high)

    @property
    def moved(self) -> bool:
        """Whether the mechanism clearly moves it."""
        return self.difference.low > 0.0 or self.difference.high < 0.0


@dataclass(frozen=True)
class Ablation:
    """All that one mechanism changes."""

    name: str
    mechanism: Mechanism
    changes: tuple[Change, ...]

    def matched(self, ids: Sequence[str]) -> tuple[int, int]:
        """Return how many of some numbers lie in their ranges, with it and without it."""
        verdicts = [change.verdicts for change in self.changes if change.id in ids]
        return tuple(sum(pair[side] == Match.matched for pair in verdicts) for side in (0, 1))  # type: ignore[return-value]


KINDS: Final[Mapping[str, Sequence[str]]] = {"sizes": tuple(SIZES), "conclusions": tuple(CONCLUSIONS)}


def ablations(
    scenario: Scenario,
    seeds: Sequence[int],
    names: Sequence[str],
    facts: Sequence[Any],
    organization: Organization | None = None,
    workers: int | None = None,
    progress: Progress = QUIET,
) -> Iterator[Ablation]:
    """Yield what each of the named mechanisms changes, in their order; `facts` are the facts that are looked at."""
    kept = _values(scenario, seeds, facts, organization, workers, progress)
    for name in names:
        mechanism = MECHANISMS[name]
        without = _values(scenario.with_(mechanism.off), seeds, facts, organization, workers, progress)
        yield Ablation(name, mechanism, tuple(_changes(kept, without, facts)))


def _values(
    scenario: Scenario,
    seeds: Sequence[int],
    facts: Sequence[Any],
    organization: Organization | None,
    workers: int | None,
    progress: Progress,
) -> list[Values]:
    of_facts = seed_by_seed(scenario, seeds, facts, organization, workers, progress)
    of_effects = effects_by_seed(scenario, seeds, organization, workers, progress)
    return [{**one, **other} for one, other in zip(list(of_facts), of_effects, strict=True)]


def _changes(kept: Sequence[Values], removed: Sequence[Values], facts: Sequence[Any]) -> Iterator[Change]:
    wanted = [(part.id, part.what, part.low, part.high) for fact in facts for part in fact.parts]
    wanted += [(name, effect.says, effect.low, effect.high) for name, effect in EFFECTS.items()]
    for name, what, low, high in wanted:
        here, there = ([seed[name] for seed in values] for values in (kept, removed))
        yield Change(name, what, low, high, mean_interval(here), mean_interval(there), paired(here, there).difference)


# ---------------------------------------------------------------- for programs and pages


def as_json(found: Sequence[Ablation]) -> list[dict[str, Any]]:
    """Return ablations as JSON can have them: None for what is unbounded or unknown."""
    return [
        {
            "name": each.name,
            "what": each.mechanism.what,
            "source": each.mechanism.source,
            "off": dict(each.mechanism.off),
            "changes": [_change_as_json(change) for change in each.changes],
        }
        for each in found
    ]


def _change_as_json(change: Change) -> dict[str, Any]:
    return {
        "id": change.id,
        "what": change.what,
        "range": [finite(change.low), finite(change.high)],
        "with": finite(change.kept.mean),
        "without": finite(change.removed.mean),
        "difference": [finite(change.difference.mean), finite(change.difference.low), finite(change.difference.high)],
        "verdicts": [verdict.value for verdict in change.verdicts],
        "moved": change.moved,
    }
