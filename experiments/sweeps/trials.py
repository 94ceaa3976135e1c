"""Trials: single runs of a study, made where the processors are; what goes wrong in one is a row, not the end."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from experiments.sweeps.designs import Cell
from experiments.sweeps.study import Study, varied
from sim.errors import shown
from sim.measures import MEASURES
from sim.organization import generate
from sim.parameters import OrganizationTable
from sim.scenario import Scenario, from_toml

SCHEMA = 1
"""Raised whenever a stored row comes to mean something else."""
MESSAGE = 300
"""Characters of an error that a row keeps."""


class Trial(NamedTuple):
    """One run to make."""

    run_id: str
    seed: int
    changes: tuple[tuple[str, Any], ...]


class Batch(NamedTuple):
    """Some trials of one study, as they travel to a worker."""

    scenario: str  # TOML
    name: str
    record: str
    folder: str  # where whole runs are saved, if they are
    trials: tuple[Trial, ...]


class Outcome(NamedTuple):
    """What became of a trial."""

    run_id: str
    seed: int
    status: str  # "done" or "failed"
    stage: str  # of a failure: scenario, organization, simulation, measures, saving, worker
    message: str
    values: tuple[float, ...]  # of all MEASURES in their order; NaN for none
    daily: bytes  # float64[days, measures], where it is recorded
    seconds: float


def base_of(study: Study, rules: str) -> str:
    """Return the part of a run id that all runs of a study share: rules, scenario, and what a row means."""
    return _digest({"rules": rules, "scenario": study.scenario.digest, "record": study.told.record, "schema": SCHEMA})


def cell_id(base: str, cell: Cell) -> str:
    """Return the part of a run id that all seeds of a cell share."""
    return _digest({"base": base, "changes": [[name, value] for name, value in cell.changes]})


def run_id(cell: str, seed: int) -> str:
    """Return the identity of a run: 32 hexadecimal digits of what its results depend on."""
    return blake2b(f"{cell} {seed}".encode(), digest_size=16).hexdigest()


def _digest(content: Any) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return blake2b(text.encode(), digest_size=16).hexdigest()


# ---------------------------------------------------------------- in the worker


def perform(batch: Batch) -> list[Outcome]:
    """Make the runs of a batch, one after the other; the function that workers import."""
    return [_performed(batch, trial) for trial in batch.trials]


def _performed(batch: Batch, trial: Trial) -> Outcome:
    started = time.perf_counter()
    stage = _Stage()
    try:
        values, daily = _simulated(batch, trial, stage)
        status, message = "done", ""
    except Exception as error:  # a failed run is a row
        values, daily = (math.nan,) * len(MEASURES), b""
        status, message = "failed", f"{type(error).__name__}: {shown(error, MESSAGE)}"
    at = "" if status == "done" else stage.name
    return Outcome(trial.run_id, trial.seed, status, at, message, values, daily, time.perf_counter() - started)


class _Stage:
    name = "scenario"


def _simulated(batch: Batch, trial: Trial, stage: _Stage) -> tuple[tuple[float, ...], bytes]:
    from sim import measures
    from sim.engine import Engine
    from sim.record import Run

    scenario = varied(_scenario(batch.scenario, batch.name), trial.changes)
    stage.name = "organization"
    organization = _organization(scenario.parameters.organization, trial.seed)
    engine = Engine(scenario, organization, trial.seed)
    stage.name = "simulation"
    engine.advance(engine.ticks)
    stage.name = "measures"
    found = measures.final(engine.world, organization)
    values = tuple(math.nan if found[name] is None else float(found[name]) for name in MEASURES)  # type: ignore[arg-type]
    daily = _daily(engine) if batch.record == "daily" else b""
    if batch.record == "full":
        stage.name = "saving"
        Run(engine).save(Path(batch.folder) / trial.run_id)
    return values, daily


@lru_cache(maxsize=4)
def _scenario(text: str, name: str) -> Scenario:
    return from_toml(text, name)


@lru_cache(maxsize=2)
def _organization(table: OrganizationTable, seed: int) -> Any:
    """Return a generated organisation; trials of one seed follow each other and share it, unless its table varies."""
    return generate(**table.model_dump(), seed=seed)


def _daily(engine: Any) -> bytes:
    """Return the measures of everyone, day by day: float64[days, measures], NaN where there is none."""
    from sim import measures

    found = measures.series(engine.world, engine.organization)
    days = found.values.shape[2]
    table = np.full((days, len(MEASURES)), math.nan)
    for place, name in enumerate(MEASURES):
        if name in found.measures:
            table[:, place] = found.values[found.measures.index(name), 0]
    return table.tobytes()


def failed(trials: Iterable[Trial], message: str) -> list[Outcome]:
    """Return the outcomes of trials that took their worker down with them."""
    nothing = (math.nan,) * len(MEASURES)
    return [Outcome(t.run_id, t.seed, "failed", "worker", shown(message, MESSAGE), nothing, b"", 0.0) for t in trials]
