"""A sweep: the runs of a study that are not there yet are made, and tables are made of all."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.measures.kept import KeptMeasure
from experiments.sweeps.asked import Asked, Imprecise, Shard, further, imprecise_of
from experiments.sweeps.people import files_of, hashes_of, kept_people
from experiments.sweeps.rows import table_bytes
from experiments.sweeps.runner import UNGUARDED, Runner, at_work, capacity
from experiments.sweeps.store import FULL, RUNS, SERIES, About, Store, read_about
from experiments.sweeps.study import Study, load_study, study_from
from experiments.sweeps.trials import Batch, Trial
from experiments.workers import cores
from sim import limits
from sim.errors import InputError, shown
from sim.measures import MEASURES
from sim.origin import probe, version, versions
from sim.record import read_table
from sim.sources import rules_digest

if TYPE_CHECKING:
    import polars as pl

Progress = Callable[[int, int], object]
"""Takes how many runs are finished, and of how many."""


@dataclass(frozen=True)
class Sweep:
    """What has been made of a study: its folder and the table of its runs."""

    study: Study
    folder: Path
    runs: pl.DataFrame
    """A row a run that is there, in the order of the design: run, cell, seed, the factors, run_id, status, stage,
    message, all measures."""
    complete: bool
    """Whether all runs are there that the study asks for."""
    repeated: int = 0
    """Runs that were there already."""
    made: int = 0
    stopped: bool = False
    """Whether Ctrl-C ended it early."""
    imprecise: tuple[Imprecise, ...] = ()
    """Where the study says how precise means must be: those that are not, after all seeds that it allows."""
    remarks: tuple[str, ...] = ()

    @property
    def seeds(self) -> int:
        """How many seeds there are, in at least one cell."""
        return self.runs["seed"].n_unique()

    def days(self) -> pl.DataFrame:
        """Return run, day and the study's measures on each day; no rows where days were not recorded."""
        path = self.folder / SERIES
        if path.is_file():
            return read_table(path)
        return _days(self.runs, Store(self.folder, self.study.further), self.study)


# ---------------------------------------------------------------- making runs


def sweep(
    study: Study | str | Path,
    out: str | Path | None = None,
    executor: Executor | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
    shard: Shard | None = None,
) -> Sweep:
    """Make the runs of a study that are not in its folder yet, and return all of them.

    `executor` is any `concurrent.futures.Executor` (then `workers` says how many batches it makes at once, where it
    does not tell itself); without one, `workers` processes of this machine do the work, as many as it has cores and
    memory for. `shard` (k, n) makes only the k-th of n shares, and no tables. Ctrl-C finishes what is under way.
    Raises InputError where the study, the folder or the workers cannot be used.
    """
    if getattr(multiprocessing.current_process(), "_inheriting", False):  # a worker that is just reading the script
        raise InputError(UNGUARDED)
    wanted = study if isinstance(study, Study) else load_study(study)
    about, store = about_of(wanted), Store(folder_of(wanted, out), wanted.further)
    remarks = store.open(about, files_of(wanted.scenario.people))
    if shard is None:
        store.merge()
    asked = Asked(wanted, rules_digest())
    count = workers or (affordable(wanted) if executor is None else capacity(executor))
    runner = Runner(template_of(wanted, store.folder), count, executor)
    before = set(store.finished)
    seeds = _make_until_stopped(asked, store, runner, progress, shard)
    if not store.still_of(about):
        raise InputError("another study was begun in this folder meanwhile", file=shown(store.folder))
    stopped = runner.stopped.is_set()
    table = asked.table(store, seeds)
    complete = not stopped and table["status"].null_count() == 0
    if shard is None:
        store.merge()
        store.tidy()
        if complete:
            _publish(wanted, store, table)
    present = len(before & set(table["run_id"]))
    made = len(store.finished - before)
    remarks += [_differing_in_words(ids) for ids in [store.differing()] if ids]
    imprecise = tuple(imprecise_of(wanted, table)) if complete else ()
    here = table.filter(table["status"].is_not_null())
    return Sweep(wanted, store.folder, here, complete, present, made, stopped, imprecise, tuple(remarks))


def _make_until_stopped(
    asked: Asked, store: Store, runner: Runner, progress: Progress | None, shard: Shard | None
) -> tuple[int, ...]:
    """Make the runs that are missing, and return the seeds used; whatever ends it, what is finished is kept."""
    with at_work(runner):
        try:
            return _make_all(asked, store, runner, progress, shard)
        finally:
            store.flush()


def folder_of(study: Study, out: str | Path | None = None) -> Path:
    """Return the folder of a study's sweep."""
    return Path(out) if out is not None else Path("sweeps") / (f"{study.name}-quick" if study.quick else study.name)


def about_of(study: Study) -> About:
    """Return what the folder of a study's sweep says that it is of."""
    scenario = study.scenario
    return About(
        study=study.name,
        title=study.table.title,
        text=study.text,
        quick=study.quick,
        scenario=scenario.digest,
        scenario_name=scenario.name,
        scenario_toml=scenario.to_toml(),
        rules=rules_digest(),
        probe=probe(),
        version=version(),
        platform=dict(versions()),
        people=hashes_of(scenario.people),
        own=[KeptMeasure(**vars(each)) for each in study.own],
        points=study.points_text,
        more=list(study.more),
    )


def affordable(study: Study) -> int:
    """Return how many processes there are cores and memory for, in the study's largest world."""
    largest, longest = (_most(study, name) for name in ("organization.members", "days"))
    issues, ties = len(study.scenario.parameters.issues), study.scenario.parameters.organization.ties_per_member
    each = limits.estimate(largest, longest, issues, ties, saved=study.table.record == "full").memory
    return max(1, min(cores(), int(0.8 * limits.machine().memory / each)))


def _most(study: Study, setting: str) -> float:
    """Return the largest value that a setting has in any cell."""
    parameters = study.scenario.parameters
    found = [parameters.organization.members if setting == "organization.members" else parameters.days]
    for factor in study.factors:
        for level in factor.levels or factor.at([1.0]):
            found += [value for name, value in level.changes if name == setting]
    return max(found)


def template_of(study: Study, folder: Path) -> Batch:
    """Return a batch without trials. Its probe compiles what is not compiled yet, so that the workers find it done."""
    full = str((folder / FULL).resolve())
    return Batch(
        scenario=study.scenario.to_toml(),
        name=study.scenario.name,
        record=study.table.record,
        folder=full,
        rules=rules_digest(),
        probe=probe(),
        people=study.scenario.people,
        further=study.further,
        own=study.own,
        stop_when=study.table.stop_when,
        collect_when=study.table.collect_when,
    )


def _make_all(
    asked: Asked, store: Store, runner: Runner, progress: Progress | None, shard: Shard | None
) -> tuple[int, ...]:
    """Make all runs of the first seeds, then of as many more as precision asks for; return the seeds."""
    seeds = asked.study.first_seeds
    while True:
        _make(asked.share(asked.trials(seeds), shard), store, runner, progress)
        more = () if shard is not None or runner.stopped.is_set() else further(asked, store, seeds)
        if not more:
            return seeds
        seeds += more


def _make(trials: Sequence[Trial], store: Store, runner: Runner, progress: Progress | None) -> None:
    """Make those trials that the store does not have."""
    missing = [trial for trial in trials if trial.run_id not in store.finished]
    made = 0
    if progress:
        progress(len(trials) - len(missing), len(trials))
    for outcomes in runner.outcomes(missing):
        store.add(outcomes)
        made += len(outcomes)
        if progress and outcomes:
            progress(len(trials) - len(missing) + made, len(trials))
    store.flush()


def _differing_in_words(ids: Sequence[str]) -> str:
    return (
        f"{len(ids)} runs were made twice and differ, although nothing in them is chance (the first is {ids[0]}): two "
        "machines do not compute alike, or one is faulty; one of the two results is in the tables"
    )


# ---------------------------------------------------------------- what is there


def study_of(folder: str | Path) -> Study:
    """Return the study that a sweep folder is of, with the scenario that it kept; InputError where there is none."""
    place = Path(folder)
    return _study(place, read_about(place))


def _study(place: Path, about: About) -> Study:
    from sim.scenario import from_toml

    scenario = from_toml(about.scenario_toml, about.scenario_name).with_people(kept_people(place, about.people))
    return study_from(
        about.text,
        shown(place / "study.toml"),
        Path(f"{about.study}.toml"),
        about.quick,
        scenario,
        own=tuple(each.as_own() for each in about.own),
        points=about.points,
        more=tuple(about.more),
    )


def made_so_far(folder: str | Path) -> Sweep:
    """Return the sweep in a folder, finished or not, and whatever version made it; InputError where there is none."""
    place = Path(folder)
    about = read_about(place)
    study = _study(place, about)
    table = _published(place)
    complete = table is not None
    if table is None:
        store = Store(place, study.further)
        store.read()
        everything = _asked(Asked(study, about.rules), store)
        table = everything.filter(everything["status"].is_not_null())
    remarks = []
    if about.rules != rules_digest():
        remarks.append(f"these runs were made under other rules, by version {shown(about.version, 40)}")
    imprecise = tuple(imprecise_of(study, table)) if complete else ()
    return Sweep(study, place, table, complete, table.height, 0, False, imprecise, tuple(remarks))


def _published(folder: Path) -> pl.DataFrame | None:
    """Return the table of a sweep that is complete; None where it is not there, or not what a sweep writes."""
    try:
        return read_table(folder / RUNS)
    except InputError:
        return None


def _asked(asked: Asked, store: Store) -> pl.DataFrame:
    """Return the table of a sweep that is not complete: with those blocks of seeds that have been begun."""
    seeds = asked.study.first_seeds
    while more := further(asked, store, seeds):
        if store.finished.isdisjoint(trial.run_id for trial in asked.trials(more)):
            break
        seeds += more
    return asked.table(store, seeds)


def _publish(study: Study, store: Store, table: pl.DataFrame) -> None:
    """Write the tables of a sweep that is complete."""
    if study.table.record == "daily":
        store.publish(SERIES, table_bytes(_days(table, store, study)))
    store.publish(RUNS, table_bytes(table))


def _days(runs: pl.DataFrame, store: Store, study: Study) -> pl.DataFrame:
    """Return run, day and the study's measures on each day that was collected, in the order of the runs."""
    import numpy as np
    import polars as pl

    measures, every = study.measures, (*MEASURES, *study.further)
    chosen = [every.index(name) for name in measures]
    found = {
        run_id: np.frombuffer(content, float).reshape(-1, len(every))
        for run_id, content in store.days(runs["run_id"].to_list())
    }
    none = np.zeros((0, len(every)))
    tables = [found.get(run_id, none) for run_id in runs["run_id"].to_list()]
    lengths = [len(table) for table in tables]
    values = np.concatenate([none, *tables])
    columns: dict[str, Any] = {
        "run": np.repeat(runs["run"].to_numpy(), lengths).astype(np.int64),
        "day": np.concatenate([np.arange(0), *map(np.arange, lengths)]).astype(np.int32),
    }
    columns |= {name: pl.Series(name, values[:, n]).fill_nan(None) for name, n in zip(measures, chosen, strict=True)}
    collected = ~np.isnan(values).all(axis=1)
    return pl.DataFrame(columns).filter(pl.Series(collected))
