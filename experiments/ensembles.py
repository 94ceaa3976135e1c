"""An ensemble: scenarios that fit an arena equally well, and a change tried on all of them.

Each scenario is compared with itself changed on several seeds, whose mean leaves little of luck. What then still varies
from scenario to scenario is what is not known of the arena, and the interval that holds most of them holds that.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from itertools import cycle
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from experiments.measures.typed import Wanted
from experiments.pairs import Pair, Piece, run_pair
from experiments.values import finite
from experiments.workers import results
from sim import input_files
from sim.errors import InputError, shown
from sim.limits import MANIFEST_BYTES
from sim.measures import MEASURES
from sim.scenario import Scenario

SCENARIOS: Final = 40
"""Scenarios of an ensemble that a change is tried on, at most."""
PAIRS: Final = 4 * SCENARIOS
"""Pairs that are simulated if no number is given: so many seeds a scenario."""
FEWEST: Final = 20
"""Scenarios from which an interval of 90% can be given."""
INTERVAL: Final = (0.05, 0.95)
FOLDER: Final = "ensemble"
FIT: Final = "fit.json"


def scenarios_of(folder: Path) -> list[Path]:
    """Return the scenarios of an ensemble: of the folder of a fit, or of any folder of scenario files.

    Raises InputError where there is none.
    """
    place = folder / FOLDER if (folder / FOLDER).is_dir() else folder
    found = sorted(place.glob("*.toml")) if place.is_dir() else []
    if not found:
        raise InputError(
            "there is no ensemble: this folder has no scenarios, such as ism fit writes", file=shown(folder)
        )
    return found


def fits(folder: Path) -> bool | None:
    """Say whether the fit that made an ensemble found that the model fits; None where nothing says so."""
    for place in (folder, folder.parent):
        with suppress(InputError, ValueError, KeyError, TypeError):
            return bool(json.loads(input_files.read_bytes(place / FIT, MANIFEST_BYTES))["misfit"]["fits"])
    return None


class Change(NamedTuple):
    """What a change does to one measure over an ensemble."""

    a: float
    b: float
    difference: float
    """The mean over pairs; NaN where no pair has a value in both."""
    low: float
    high: float
    """The ends of the interval that holds 90% of the scenarios, each with its mean over seeds."""
    up: float
    """The share of the scenarios in which it rises."""
    scenarios: int
    """With a value in both worlds on some seed."""

    @property
    def decided(self) -> bool:
        """Whether nine in ten scenarios lie on one side of 0."""
        return self.scenarios >= FEWEST and (self.low > 0.0 or self.high < 0.0)

    def as_plain(self) -> dict[str, Any]:
        """Return it as JSON can have it."""
        numbers = {name: finite(value) for name, value in self._asdict().items() if name != "scenarios"}
        return numbers | {"scenarios": self.scenarios, "decided": self.decided}


@dataclass(frozen=True)
class Over:
    """A change tried on an ensemble."""

    planned: int
    pairs: tuple[Pair, ...]
    scenarios: int
    """How many were tried, in turn."""

    @cached_property
    def changes(self) -> dict[str, Change]:
        """What it does to each measure that is a number, those first that it moves most surely."""
        names = [name for name in self.pairs[0].a if name not in MEASURES or not MEASURES[name].words]
        found = {name: _change([(pair.a[name], pair.b[name]) for pair in self.pairs], self.scenarios) for name in names}
        known = {name: each for name, each in found.items() if each.scenarios}
        return dict(sorted(known.items(), key=lambda one: -_certainty(one[1])))


def _change(values: Sequence[tuple[float | None, float | None]], scenarios: int) -> Change:
    """Return a change from its values in A and B, pair by pair; the pairs take the scenarios in turn."""
    both = np.array(values, float).reshape(-1, 2)  # None is NaN
    turns = [both[number::scenarios] for number in range(scenarios)]
    whole = [turn[~np.isnan(turn).any(axis=1)] for turn in turns]
    known = np.array([turn.mean(axis=0) for turn in whole if len(turn)])
    if not len(known):
        return Change(math.nan, math.nan, math.nan, math.nan, math.nan, math.nan, 0)
    apart = known[:, 1] - known[:, 0]
    low, high = np.quantile(apart, INTERVAL).tolist()
    a, b = known.mean(axis=0).tolist()
    return Change(a, b, float(apart.mean()), low, high, float((apart > 0.0).mean()), len(known))


def _certainty(change: Change) -> float:
    """Return how far a change lies from 0, in widths of its interval."""
    width = change.high - change.low
    return abs(change.difference) / width if width > 0.0 else 0.0


def compare_over(
    worlds: Sequence[tuple[Scenario, Scenario]],
    seeds: Sequence[int],
    workers: int | None = None,
    done: Callable[[int, int], object] | None = None,
    wanted: Wanted = Wanted(),  # noqa: B008  it never changes
) -> Over:
    """Simulate the pairs of worlds in turn, each on the next seed. Ctrl-C ends it early, with the finished ones.

    `wanted` are measures beyond those that every run has. KeyboardInterrupt is raised where there are no pairs.
    """
    pairs: list[Pair] = []
    pieces = [Piece(seed, a, b, wanted) for seed, (a, b) in zip(seeds, cycle(worlds), strict=False)]
    try:
        for pair in results(run_pair, pieces, workers, done):
            pairs.append(pair)  # noqa: PERF402  (what is finished is kept when it is stopped)
    except KeyboardInterrupt:
        if not pairs:
            raise
    return Over(len(seeds), tuple(pairs), len(worlds))
