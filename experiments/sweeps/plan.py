"""What a sweep will take, before anything is paid. Nothing here makes a list of all its runs where these are many."""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from experiments.asking import cost_of
from experiments.sweeps.asked import Asked, Shard
from experiments.sweeps.factors import Changes, varied
from experiments.sweeps.rows import size_of
from experiments.sweeps.store import Store
from experiments.sweeps.study import Study
from experiments.sweeps.sweep import affordable, folder_of, template_of
from experiments.sweeps.trials import Outcome, Trial, perform
from experiments.workers import cores
from sim.errors import InputError, shown
from sim.limits import ASK_MEMORY, Cost
from sim.sources import rules_digest

START_SECONDS: Final = 3.0
"""What a worker takes to begin: a process that reads the program and its compiled rules, about."""
TRIED: Final = 5
TRIED_SECONDS: Final = 10.0
"""How many runs are tried, and after how long no other is begun."""
LISTED: Final = 100_000
"""Up to so many runs are listed by name, to know which are there; of more they are only counted."""
RUN_BYTES: Final = 1_000
"""Memory of a run in the list of all, and in their table, about."""
ROW_BYTES: Final = 1_500
"""Disk of a run's row, in a part and in the table, about."""


@dataclass(frozen=True)
class Plan:
    """What a sweep will take."""

    cells: int
    seeds: int
    runs: int
    present: int
    """Runs that are there already."""
    workers: int
    seconds_a_run: float
    disk: float
    """Bytes of the finished sweep, about."""
    memory: float
    """Bytes of all workers at once, and of the list of runs, about."""
    alike: Mapping[int, int] = field(default_factory=dict)
    """Cells that are the same world as an earlier one, each with that: their runs are made once."""

    @property
    def seconds(self) -> float:
        """How long the runs that are not there yet will take, with what workers take to begin."""
        missing = self.runs - self.present
        begin = START_SECONDS * self.workers / min(self.workers, cores())
        return (missing * self.seconds_a_run / self.workers + begin) if missing else 0.0

    @property
    def cost(self) -> Cost:
        """The same as a cost."""
        return Cost(self.memory, self.seconds, self.disk)


def plan(study: Study, out: str | Path | None = None, workers: int | None = None, shard: Shard | None = None) -> Plan:
    """Return what a sweep will take, from a few of its runs that are made, timed, weighed and thrown away.

    With `shard`, what a share of it takes. Where one of the runs would itself be long or large, none is made, and a
    measured model says. Raises InputError where
    all of these fail.
    """
    runs, present, alike = _counted(study, Store(folder_of(study, out), study.further), shard)
    count = workers or affordable(study)
    whole = expected(study, count, shard)
    if not _can_be_tried(study):
        seconds = expected(study, 1).seconds / study.runs
        return Plan(study.cells, len(study.first_seeds), runs, present, count, seconds, whole.disk, whole.memory, alike)
    seed = study.first_seeds[0]
    tried, saved = _tried(study, [Trial(str(n), seed, cell) for n, cell in enumerate(_some_cells(study))])
    seconds = sum(outcome.seconds for outcome in tried) / len(tried)
    disk = 2 * size_of(tried, runs, study.further) + saved * runs / len(tried)  # rows stand in parts and in a table
    return Plan(study.cells, len(study.first_seeds), runs, present, count, seconds, disk, whole.memory, alike)


def _can_be_tried(study: Study) -> bool:
    """Say whether a few runs can be made without asking: none takes long or much memory."""
    costs = [cost_of(varied(study.scenario, cell), saved=study.table.record == "full") for cell in _some_cells(study)]
    return all(cost.seconds <= TRIED_SECONDS and cost.memory <= ASK_MEMORY for cost in costs)


def expected(study: Study, workers: int | None = None, shard: Shard | None = None) -> Cost:
    """Return what a sweep takes by the model of `sim.limits`, without making one of its runs; of all of its seeds."""
    full = study.table.record == "full"
    costs = [cost_of(varied(study.scenario, cell), saved=full) for cell in _some_cells(study)]
    share = study.runs / (shard[1] if shard else 1)
    mean = Cost(
        max(cost.memory for cost in costs),
        sum(cost.seconds for cost in costs) / len(costs),
        sum(cost.disk for cost in costs) / len(costs) + ROW_BYTES,
    )
    total = mean.times(share, workers or affordable(study))
    return Cost(total.memory + RUN_BYTES * study.runs, total.seconds, total.disk)


def _counted(study: Study, store: Store, shard: Shard | None) -> tuple[int, int, Mapping[int, int]]:
    """Return how many runs there are to be, how many are there already, and which cells are alike."""
    if store.parts.is_dir():
        store.read()
    if study.cells * len(study.first_seeds) > LISTED:
        runs = math.ceil(study.cells * len(study.first_seeds) / (shard[1] if shard else 1))
        return runs, min(runs, len(store.finished)), {}
    asked = Asked(study, rules_digest())
    trials = asked.share(asked.trials(study.first_seeds), shard)
    return len(trials), len(store.finished & {trial.run_id for trial in trials}), asked.alike


def _some_cells(study: Study) -> Iterator[Changes]:
    """Yield a few settings of all factors, from the first level of each to the last: large and small worlds alike."""
    found: dict[Changes, None] = {}
    for n in range(TRIED):
        share = n / (TRIED - 1)
        levels = [f.levels[round(share * (len(f.levels) - 1))] if f.levels else f.at([share])[0] for f in study.factors]
        found[tuple(change for level in levels for change in level.changes)] = None
    yield from found


def _tried(study: Study, trials: Sequence[Trial]) -> tuple[list[Outcome], int]:
    """Return what became of some runs, and the bytes of the run folders where whole runs are kept."""
    outcomes: list[Outcome] = []
    with tempfile.TemporaryDirectory() as folder:
        batch = template_of(study, Path(folder))
        perform(batch._replace(trials=tuple(trials[:1])))  # the first run reads compiled code from disk
        began = time.perf_counter()
        for trial in trials:
            outcomes += perform(batch._replace(trials=(trial,)))
            if time.perf_counter() - began > TRIED_SECONDS:
                break
        saved = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
    if all(outcome.status == "failed" for outcome in outcomes):
        raise InputError(f"the runs of this study fail: {outcomes[0].message}", file=shown(study.name))
    return outcomes, saved
