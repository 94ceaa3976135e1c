"""What a sweep will take, before anything is paid."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from experiments.sweeps.asked import Asked
from experiments.sweeps.store import Store, size_of
from experiments.sweeps.study import Study
from experiments.sweeps.sweep import affordable, folder_of, template_of
from experiments.sweeps.trials import Outcome, Trial, perform
from sim.errors import InputError, shown
from sim.sources import rules_digest

TRIED: Final = 5
TRIED_SECONDS: Final = 10.0
"""How many runs are tried, and after how long no other is begun."""


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

    @property
    def seconds(self) -> float:
        """How long the runs that are not there yet will take."""
        return (self.runs - self.present) * self.seconds_a_run / self.workers


def plan(study: Study, out: str | Path | None = None, workers: int | None = None) -> Plan:
    """Return what a sweep will take, from a few of its runs that are made, timed, weighed and thrown away.

    Raises InputError where all of these fail.
    """
    asked = Asked(study, rules_digest())
    trials = asked.share(asked.trials(study.first_seeds), None)
    store = Store(folder_of(study, out))
    if store.parts.is_dir():
        store.read()
    present = len(store.finished & {trial.run_id for trial in trials})
    tried, saved = _tried(study, [trials[place] for place in _spread(min(len(trials), len(asked.cells)))])
    seconds = sum(outcome.seconds for outcome in tried) / len(tried)
    disk = 2 * size_of(tried, len(trials)) + saved * len(trials) / len(tried)  # rows stand in parts and in a table
    count = workers or affordable(study)
    return Plan(len(asked.cells), len(study.first_seeds), len(trials), present, count, seconds, disk)


def _spread(count: int) -> list[int]:
    """Return some places among `count`, from the first to the last: large and small worlds alike."""
    return sorted({round(n * (count - 1) / (TRIED - 1)) for n in range(TRIED)})


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
