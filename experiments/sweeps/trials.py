"""Trials: single runs of a study, made where the processors are; what goes wrong in one is a row, not the end."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from experiments.expressions import Expression, parse
from experiments.measures import Catalogue, Own
from experiments.measures.catalogue import by_day
from experiments.sweeps.factors import Changes, varied
from sim.errors import InputError, shown
from sim.measures import MEASURES
from sim.organization import Organization, People, generate
from sim.origin import described, probe, versions
from sim.parameters import OrganizationTable
from sim.scenario import Scenario, from_toml
from sim.sources import rules_digest
from sim.state import TICKS_PER_DAY

if TYPE_CHECKING:
    from sim.engine import Engine

MESSAGE: Final = 300
"""Characters of an error that a row keeps."""
MACHINE: Final = ("memory", "saving", "worker")
"""Stages whose failures are the machine's, not the study's: the next command tries such runs again."""


class Trial(NamedTuple):
    """One run to make."""

    run_id: str
    seed: int
    changes: Changes


class Batch(NamedTuple):
    """Some trials of one study, as they travel to a worker."""

    scenario: str  # TOML
    name: str
    record: str
    folder: str  # where whole runs are saved, if they are
    rules: str  # digest of the rules that the worker must have
    probe: str  # what a short trial run must come to there
    further: tuple[str, ...] = ()  # measures that are asked for beyond MEASURES
    own: tuple[Own, ...] = ()  # those of them that are functions of the user's
    stop_when: str = ""
    collect_when: str = ""
    number: int = 0  # no two batches that travel are alike: some executors make like ones only once
    trials: tuple[Trial, ...] = ()
    people: People | None = None  # who works there, where files say so


class Outcome(NamedTuple):
    """What became of a trial."""

    run_id: str
    seed: int
    status: str  # "done" or "failed"
    stage: str  # of a failure: scenario, organization, simulation, measures, or one of MACHINE
    message: str
    values: tuple[float, ...]  # of all MEASURES in their order, then of `further`; NaN for none; empty where it failed
    daily: bytes  # float64[days, measures and further], where it is recorded; a day of NaN was not collected
    seconds: float


class _FailedError(Exception):
    """A run that went wrong, and in which stage."""

    def __init__(self, stage: str, message: str) -> None:
        super().__init__(message)
        self.stage, self.message = stage, message


def failed(trial: Trial, stage: str, message: str, seconds: float = 0.0) -> Outcome:
    """Return the outcome of a trial that went wrong."""
    return Outcome(trial.run_id, trial.seed, "failed", stage, shown(message, MESSAGE), (), b"", seconds)


# ---------------------------------------------------------------- in the worker


def perform(batch: Batch) -> list[Outcome]:
    """Make the runs of a batch, one after the other; the function that workers import.

    Raises InputError on a worker that has other rules than the sweep, or computes other values by them.
    """
    _check_worker(batch)
    return [_performed(batch, trial) for trial in batch.trials]


def _check_worker(batch: Batch) -> None:
    if (batch.rules, batch.probe) == (rules_digest(), probe()):
        return
    import socket

    where = shown(socket.gethostname(), 80)
    if batch.rules != rules_digest():
        raise InputError(f"the worker on {where} has another version of the model; install the same one everywhere")
    raise InputError(
        f"the worker on {where} computes other values by the same rules, with {described(versions())}; install the "
        "same packages everywhere (requirements/lock.txt), on processors of one kind"
    )


def _performed(batch: Batch, trial: Trial) -> Outcome:
    started = time.perf_counter()
    try:
        values, daily = _simulated(batch, trial)
    except _FailedError as error:
        return failed(trial, error.stage, error.message, time.perf_counter() - started)
    return Outcome(trial.run_id, trial.seed, "done", "", "", values, daily, time.perf_counter() - started)


@contextmanager
def _stage(name: str) -> Iterator[None]:
    """Name the stage in which something goes wrong."""
    try:
        yield
    except MemoryError:
        raise _FailedError("memory", "there was not enough memory") from None
    except Exception as error:
        raise _FailedError(name, str(error) if isinstance(error, InputError) else _describe(error)) from None


def _describe(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _simulated(batch: Batch, trial: Trial) -> tuple[tuple[float, ...], bytes]:
    from sim import measures
    from sim.engine import Engine

    with _stage("scenario"):
        scenario = _world(batch.scenario, batch.name, batch.people, trial.changes)
    with _stage("organization"):
        organization = _organization(scenario.people, scenario.parameters.organization, trial.seed)
    with _stage("simulation"):
        engine = Engine(scenario, organization, trial.seed)
        kept = _advance(engine, batch)
    with _stage("measures"):
        found = measures.final(engine.world, organization)
        values = tuple(math.nan if (value := found[name]) is None else float(value) for name in MEASURES)
        values += tuple(Catalogue(batch.own).measured(batch.further, engine))
        daily = _daily(engine, batch.further, kept) if batch.record == "daily" else b""
    if batch.record == "full":
        from sim.record import Run

        with _stage("saving"):
            Run(engine).save(Path(batch.folder) / trial.run_id)
    return values, daily


@lru_cache(maxsize=4)
def _scenario(text: str, name: str, people: People | None) -> Scenario:
    return from_toml(text, name).with_people(people)


@lru_cache(maxsize=512)
def _world(text: str, name: str, people: People | None, changes: Changes) -> Scenario:
    """Return the scenario of a cell, which comes back with each seed."""
    return varied(_scenario(text, name, people), changes)


@lru_cache(maxsize=2)
def _organization(people: People | None, table: OrganizationTable, seed: int) -> Organization:
    """Return the organisation of a seed; trials of one seed follow each other and share it, unless its table varies."""
    return generate(table, seed) if people is None else people.of_seed(table, seed)


def _advance(engine: Engine, batch: Batch) -> list[bool]:
    """Run a world to its end, or to the end of the first day on which it is to stop; return which days are collected.

    Conditions are about the run so far, as a run that ended there would be measured.
    """
    if not (batch.stop_when or batch.collect_when):
        engine.advance(engine.ticks)
        return []
    stop, collect = (parse(text, condition=True) if text else None for text in (batch.stop_when, batch.collect_when))
    kept = []
    while engine.tick < engine.ticks:
        engine.advance(min(engine.tick + TICKS_PER_DAY, engine.ticks))
        kept.append(collect is None or _holds(collect, engine))
        if stop is not None and _holds(stop, engine):
            break
    return kept


def _holds(condition: Expression, engine: Engine) -> bool:
    values = Catalogue().measured(condition.names, engine)
    return condition.holds(dict(zip(condition.names, values, strict=True)))


def _daily(engine: Engine, further: tuple[str, ...], kept: list[bool]) -> bytes:
    """Return measures day by day: float64[days, measures and further], NaN where there is none, or it is not kept."""
    from sim import measures

    found = measures.series(engine.world, engine.organization)
    table = np.full((found.values.shape[2], len(MEASURES) + len(further)), math.nan)
    for place, name in enumerate(MEASURES):
        if name in found.measures:
            table[:, place] = found.values[found.measures.index(name), 0]
    for place, name in enumerate(further, len(MEASURES)):
        table[:, place] = by_day(name, engine)
    if kept:
        table[~np.array(kept[: len(table)], bool)] = math.nan
    return table.tobytes()
