"""A sweep: the runs of a study that are not there yet are made, and tables are made of all."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from experiments.statistics import mean_interval
from experiments.sweeps.designs import Cell, cells
from experiments.sweeps.runner import Runner, stopped_by_ctrl_c
from experiments.sweeps.store import FORMAT, Store, read_about, write_table
from experiments.sweeps.study import Precision, Study, load_study, study_from
from experiments.sweeps.trials import SCHEMA, Batch, Trial, base_of, cell_id, run_id
from experiments.workers import cores
from sim.errors import InputError
from sim.measures import MEASURES
from sim.scenario import read_text

if TYPE_CHECKING:
    import polars as pl

Progress = Callable[[int, int], object]
"""Is told how many runs are finished, and of how many."""

MEMORY_A_MEMBER: Final = 2_000
"""Bytes that a run takes for each member, about; and for the program itself:"""
MEMORY_A_WORKER: Final = 250_000_000


@dataclass(frozen=True)
class Sweep:
    """What has been made of a study: its folder and the table of its runs."""

    study: Study
    folder: Path
    runs: pl.DataFrame
    """A row a run, in the order of the design: run, cell, seed, the factors, status, stage, message, all measures."""
    complete: bool
    repeated: int
    """Runs that were there already."""
    made: int
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Design:
    """The cells of a study, and how their runs are called."""

    study: Study
    cells: tuple[Cell, ...]
    ids: tuple[str, ...]

    @classmethod
    def of(cls, study: Study, rules: str) -> _Design:
        base, found = base_of(study, rules), cells(study)
        return cls(study, found, tuple(cell_id(base, cell) for cell in found))

    def trials(self, seeds: Sequence[int]) -> list[Trial]:
        """Return all runs, seed by seed, so that a sweep that is stopped is balanced over its cells."""
        return [
            Trial(run_id(name, seed), seed, cell.changes)
            for seed in seeds
            for name, cell in zip(self.ids, self.cells, strict=True)
        ]


def sweep(
    study: Study | str | Path,
    out: str | Path | None = None,
    executor: Executor | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
    shard: tuple[int, int] | None = None,
) -> Sweep:
    """Make the runs of a study that are not in its folder yet, and return all of them.

    `executor` is any `concurrent.futures.Executor` (then `workers` says how many batches it can make at once);
    without one, `workers` processes of this machine do the work, as many as it has cores and memory for. `shard`
    (k, n) makes only each n-th run, from the k-th of 1 to n, and no tables. Ctrl-C finishes what is under way.
    Raises InputError where the study, or the folder, cannot be used.
    """
    wanted = study if isinstance(study, Study) else load_study(study)
    about = _about(wanted)
    store = Store(Path(out) if out is not None else Path("sweeps") / wanted.name)
    remarks = store.opened(wanted.text, about)
    if remarks:
        store.withdraw()
    design = _Design.of(wanted, about["rules"])
    _compile_once()
    runner = Runner(_template(wanted, store.folder), workers or affordable(wanted), executor)
    before = store.finished()
    made, seeds = 0, wanted.first_seeds
    try:
        with stopped_by_ctrl_c(runner):
            while True:
                made += _make(design.trials(seeds), store, runner, progress, shard)
                more = _further(design, store, seeds) if not runner.stopped.is_set() and shard is None else ()
                if not more:
                    break
                seeds += more
    finally:
        runner.close()
    if shard is None:
        store.merge()
    runs = _table(design, store, seeds)
    complete = runs["status"].null_count() == 0
    if complete and shard is None:
        _publish(wanted, store, runs)
    present = len(before & {trial.run_id for trial in design.trials(seeds)})
    return Sweep(wanted, store.folder, runs, complete, present, made, tuple(remarks))


def made_so_far(folder: str | Path) -> Sweep:
    """Return the sweep in a folder, finished or not; InputError where there is none, or other rules made it."""
    from sim.scenario import from_toml

    store = Store(Path(folder))
    about = read_about(store.folder)
    scenario = from_toml(about["scenario_toml"], about["scenario_name"])
    path = Path(f"{about['study']}.toml")
    text = read_text(store.folder / "study.toml", "study.toml")
    study = study_from(text, "study.toml", path, about["quick"], scenario)
    design = _Design.of(study, about["rules"])
    seeds = study.first_seeds
    while study.told.precision and (more := _further(design, store, seeds)) and _any_made(design, store, more):
        seeds += more
    runs = _table(design, store, seeds)
    here = runs.filter(runs["status"].is_not_null())
    return Sweep(study, store.folder, here, here.height == runs.height, here.height, 0)


def _any_made(design: _Design, store: Store, seeds: tuple[int, ...]) -> bool:
    known = store.finished()
    return any(trial.run_id in known for trial in design.trials(seeds))


def affordable(study: Study) -> int:
    """Return how many processes there are cores and memory for."""
    import psutil

    largest = max(_members(study))
    each = MEMORY_A_WORKER + MEMORY_A_MEMBER * largest
    return max(1, min(cores(), int(0.8 * psutil.virtual_memory().available / each)))


def _members(study: Study) -> Iterator[int]:
    yield study.scenario.parameters.organization.members
    for cell in cells(study):
        yield from (int(value) for name, value in cell.changes if name == "organization.members")


def _about(study: Study) -> dict[str, Any]:
    from sim.compiled import CHANCE, rules_digest
    from sim.record import version

    return {
        "format": FORMAT,
        "schema": SCHEMA,
        "version": version(),
        "rules": rules_digest(),
        "chance": CHANCE,
        "study": study.name,
        "title": study.told.title,
        "quick": study.quick,
        "scenario": study.scenario.digest,
        "scenario_name": study.scenario.name,
        "scenario_toml": study.scenario.to_toml(),
    }


def _template(study: Study, folder: Path) -> Batch:
    whole = str((folder / "full").resolve())
    return Batch(study.scenario.to_toml(), study.scenario.name, study.told.record, whole, ())


def _compile_once() -> None:
    """Compile in this process, where nothing is compiled yet, so that the workers find it done."""
    from sim.compiled import needs_compiling

    if needs_compiling():
        import sim

        sim.simulate(sim.load("baseline").with_({"organization.members": 10, "days": 1}))


def _make(
    trials: Sequence[Trial],
    store: Store,
    runner: Runner,
    progress: Progress | None,
    shard: tuple[int, int] | None,
) -> int:
    """Make those trials that the store does not have; return how many were made."""
    mine = [t for n, t in enumerate(trials) if shard is None or n % shard[1] == shard[0] - 1]
    known = store.finished()
    missing = [trial for trial in mine if trial.run_id not in known]
    made = 0
    for outcomes in runner.outcomes(missing):
        store.add(outcomes)
        made += len(outcomes)
        if progress:
            progress(len(mine) - len(missing) + made, len(mine))
    return made


# ---------------------------------------------------------------- precision


def _further(design: _Design, store: Store, seeds: tuple[int, ...]) -> tuple[int, ...]:
    """Return the block of seeds that precision still asks for, after those made; none where it is satisfied."""
    wanted = design.study.told.precision
    if wanted is None or len(seeds) >= wanted.most or not undecided(wanted, _table(design, store, seeds)):
        return ()
    return tuple(range(len(seeds) + 1, min(len(seeds) + wanted.block, wanted.most) + 1))


def undecided(wanted: Precision, runs: pl.DataFrame) -> list[tuple[int, str, float]]:
    """Return (cell, measure, half-width) wherever a measure is not known as well as wanted; inf for too few values."""
    found = []
    for (cell,), rows in runs.group_by(["cell"], maintain_order=True):
        for name, width in wanted.half_width.items():
            reached = mean_interval(rows[name].to_list()).half_width
            if not reached <= width:
                found.append((int(cell), name, math.inf if math.isnan(reached) else reached))
    return found


# ---------------------------------------------------------------- tables


def _table(design: _Design, store: Store, seeds: tuple[int, ...]) -> pl.DataFrame:
    """Return a row a run in the order of the design; status is null where it has not been made."""
    import polars as pl

    count = len(design.cells)
    columns: dict[str, Any] = {
        "run": pl.Series(range(count * len(seeds)), dtype=pl.Int64),
        "cell": pl.Series([cell.number for cell in design.cells] * len(seeds), dtype=pl.Int64),
        "seed": pl.Series([seed for seed in seeds for _ in range(count)], dtype=pl.Int64),
    }
    for place, factor in enumerate(design.study.factors):
        values = [_stored(cell.values[place]) for cell in design.cells]
        columns[factor.name] = pl.Series(values * len(seeds), strict=False)
    columns["run_id"] = [run_id(name, seed) for seed in seeds for name in design.ids]
    asked = pl.DataFrame(columns)
    taken = [f"factor {name}" if name in MEASURES else name for name in asked.columns]
    asked.columns = taken
    found = store.kept().drop("seed", "seconds", "host", "daily")
    return asked.join(found, on="run_id", how="left", maintain_order="left")


def _stored(value: Any) -> Any:
    return value if isinstance(value, bool | int | float | str) else str(value)


def _publish(study: Study, store: Store, runs: pl.DataFrame) -> None:
    """Write the tables of a sweep that is complete."""
    import polars as pl

    write_table(runs, store.folder / "runs.parquet")
    kept = store.kept()
    order = runs.select("run", "run_id")
    write_table(
        order.join(kept.select("run_id", "seconds", "host"), on="run_id", how="left", maintain_order="left"),
        store.folder / "timings.parquet",
    )
    if study.told.record == "daily":
        (store.folder / "series").mkdir(exist_ok=True)
        daily = order.join(kept.select("run_id", "daily"), on="run_id", how="left", maintain_order="left")
        write_table(_series(daily.filter(pl.col("daily").is_not_null())), store.folder / "series" / "daily.parquet")


def _series(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the days of all runs: run, day, and a column a measure."""
    import numpy as np
    import polars as pl

    tables = [np.frombuffer(content, float).reshape(-1, len(MEASURES)) for content in rows["daily"].to_list()]
    lengths = [len(table) for table in tables]
    values = np.concatenate(tables) if tables else np.zeros((0, len(MEASURES)))
    days = np.concatenate([np.arange(length) for length in lengths]) if tables else np.zeros(0)
    return pl.DataFrame(
        [
            pl.Series("run", np.repeat(rows["run"].to_numpy(), lengths).astype(np.int64)),
            pl.Series("day", days.astype(np.int32)),
            *(pl.Series(name, values[:, n]).fill_nan(None) for n, name in enumerate(MEASURES)),
        ]
    )


# ---------------------------------------------------------------- before anything is paid


@dataclass(frozen=True)
class Plan:
    """What a sweep will take."""

    cells: int
    seeds: int
    runs: int
    present: int
    workers: int
    seconds_a_run: float
    bytes_a_run: float

    @property
    def seconds(self) -> float:
        """How long the runs that are not there yet will take."""
        return (self.runs - self.present) * self.seconds_a_run / self.workers

    @property
    def disk(self) -> float:
        """Bytes of the finished sweep."""
        return self.runs * self.bytes_a_run


def plan(study: Study, out: str | Path | None = None, workers: int | None = None) -> Plan:
    """Return what a sweep will take, from one run of its middle cell that is made and timed, and thrown away."""
    import time

    from experiments.sweeps.trials import perform

    _compile_once()
    about = _about(study)
    design = _Design.of(study, about["rules"])
    folder = Path(out) if out is not None else Path("sweeps") / study.name
    trials = design.trials(study.first_seeds)
    store = Store(folder)
    present = len(store.finished() & {trial.run_id for trial in trials}) if store.parts.is_dir() else 0
    middle = (trials[len(design.cells) // 2],)
    batch = _template(study, folder)._replace(trials=middle, record="final")
    perform(batch)  # the first reads compiled code from disk
    began = time.perf_counter()
    outcome = perform(batch)[0]
    took = time.perf_counter() - began
    if outcome.status == "failed":
        raise InputError(f"a run of this study fails: {outcome.message}", file=study.name)
    size = _bytes_a_run(study)
    return Plan(
        len(design.cells), len(study.first_seeds), len(trials), present, workers or affordable(study), took, size
    )


def _bytes_a_run(study: Study) -> float:
    """Return the bytes that a run takes on disk, about: compressed numbers, its days, or a whole run folder."""
    final = 8.0 * len(MEASURES) + 100.0
    days, members = study.scenario.parameters.days, study.scenario.parameters.organization.members
    if study.told.record == "daily":
        return final + 5.0 * days * len(MEASURES)
    return final + (600.0 * members if study.told.record == "full" else 0.0)
