"""Claims about sweeps: the same bytes whatever the workers, order and interruptions; what goes wrong is a row."""

from __future__ import annotations

import math
import multiprocessing
import os
import pickle
import random
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import polars as pl
import psutil
import pytest
from click.testing import CliRunner

import experiments
from experiments.cli import main
from experiments.commands import sweep as command
from experiments.progress import Pace, show_progress
from experiments.statistics import mean_interval
from experiments.sweeps import runner, trials
from experiments.sweeps.asked import Asked
from experiments.sweeps.plan import START_SECONDS, plan
from experiments.sweeps.runner import Runner
from experiments.sweeps.study import Study, study_from
from experiments.sweeps.sweep import affordable, made_so_far, sweep
from experiments.sweeps.trials import Batch, Outcome, perform
from experiments.workers import cores
from sim.errors import InputError
from sim.measures import MEASURES
from sim.origin import probe, versions
from sim.record import Run
from sim.scenario import from_toml
from sim.simulation import simulate
from sim.sources import rules_digest
from tests import here

MANY = 500
KILLED = 400
"""Seeds of the sweep that is killed fifty times: some seconds of work."""
ROOT = Path(__file__).resolve().parent.parent
TINY = """
title = "Tiny"
seeds = {seeds}
record = "{record}"
measures = ["p_speak", "engagement"]
[set]
days = {days}
"organization.members" = 30
[factors]
"visibility.scope" = ["team", "organization"]
"leadership.executives.openness" = [0.1, 0.9]
"""


def study(seeds: int = 3, days: int = 2, record: str = "final", text: str = TINY) -> Study:
    return study_from(text.format(seeds=seeds, days=days, record=record))


class Here(here.Here):
    """Does the work in this process at once, so that tests of everything else need no processes, and notes it."""

    def __init__(self) -> None:
        self.batches: list[Batch] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Note it, do it, and return what came of it."""
        self.batches.append(args[0])
        return super().submit(fn, *args, **kwargs)


def content(folder: Path, *names: str) -> list[bytes]:
    return [(folder / name).read_bytes() for name in names or ("runs.parquet",)]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished sweep of the tiny study, made in this process."""
    folder = tmp_path_factory.mktemp("sweep") / "whole"
    assert sweep(study(), folder, Here()).complete
    return folder


# ---------------------------------------------------------------- what a sweep is


def test_each_row_is_the_run_that_simulate_makes(whole):
    rows = pl.read_parquet(whole / "runs.parquet")
    assert rows.height == 12
    for row in rows.sample(4, seed=1).iter_rows(named=True):
        factors = {name: row[name] for name in ("visibility.scope", "leadership.executives.openness")}
        assert simulate(study().scenario.with_(factors), row["seed"]).measures == {name: row[name] for name in MEASURES}


def test_columns_are_the_factors_and_all_measures(whole):
    rows = pl.read_parquet(whole / "runs.parquet")
    factors = ["visibility.scope", "leadership.executives.openness"]
    assert rows.columns == ["run", "cell", "seed", *factors, "run_id", "status", "stage", "message", *MEASURES]
    assert rows["run"].to_list() == list(range(12))
    assert rows["cell"].to_list() == [0, 1, 2, 3] * 3
    assert rows["seed"].to_list() == [1] * 4 + [2] * 4 + [3] * 4


def test_the_folder_holds_nothing_else(whole):
    assert {path.name for path in whole.iterdir()} == {
        "study.toml",
        "sweep.json",
        "parts",
        "runs.parquet",
        "tables.json",
    }


def test_cells_share_their_luck(tmp_path):
    text = 'seeds = 2\n[set]\n"organization.members" = 30\ndays = 2\n[alternatives.words]\n'
    inert = text + 'a = {"days" = 2}\nb = {"days" = 2, "visibility.persistence_days" = 250.0}\n'
    rows = sweep(study_from(inert), tmp_path, Here()).runs
    assert rows["run_id"].n_unique() == 4
    same, longer = (found.select(*MEASURES) for _, found in rows.group_by("cell", maintain_order=True))
    assert same.equals(longer)  # in two days nothing is old enough to disappear, and nothing else differs


@pytest.mark.parametrize("executor", [None, "threads", "processes"])
def test_the_bytes_are_the_same_whoever_does_the_work(executor, whole, tmp_path):
    if executor is None:
        done = sweep(study(), tmp_path, workers=2)
    else:
        kinds: dict[str, Callable[[], Executor]] = {
            "threads": lambda: ThreadPoolExecutor(4),
            "processes": lambda: ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")),
        }
        with kinds[executor]() as given:
            done = sweep(study(), tmp_path, given)
    assert (done.made, done.repeated, done.complete) == (12, 0, True)
    assert content(tmp_path) == content(whole)


def test_the_bytes_are_the_same_whatever_the_batches(whole, tmp_path, monkeypatch):
    monkeypatch.setattr(runner, "LARGEST_BATCH", 1)
    sweep(study(), tmp_path, Here())
    assert content(tmp_path) == content(whole)


def test_a_finished_sweep_is_not_made_again(whole, tmp_path):
    nobody = Here()
    again = sweep(study(), whole, nobody)
    assert (again.made, again.repeated, nobody.batches) == (0, 12, [])
    assert again.runs.equals(made_so_far(whole).runs)


def test_more_seeds_are_only_added(tmp_path):
    sweep(study(seeds=2), tmp_path, Here())
    done = sweep(study(seeds=3), tmp_path, Here())
    assert (done.made, done.repeated) == (4, 8)
    assert "the study has changed since" in done.remarks[0]


def test_a_study_may_change_and_change_back(whole, tmp_path):
    sweep(study(), tmp_path, Here())
    fewer = sweep(study(seeds=1), tmp_path, Here())
    assert fewer.runs.height == 4
    assert fewer.made == 0
    assert sweep(study(), tmp_path, Here()).made == 0
    assert content(tmp_path) == content(whole)


def test_a_scenario_that_changed_is_run_again_and_never_mixed(whole, tmp_path):
    sweep(study(days=3), tmp_path, Here())
    done = sweep(study(), tmp_path, Here())
    assert (done.made, done.runs.height) == (12, 12)
    assert "the scenario of the study has changed" in done.remarks[0]
    assert content(tmp_path) == content(whole)


def test_changed_rules_are_refused_but_can_be_read(tmp_path, monkeypatch):
    sweep(study(seeds=1), tmp_path, Here())
    (tmp_path / "runs.parquet").unlink()
    monkeypatch.setattr("experiments.sweeps.sweep.rules_digest", lambda: "other")
    with pytest.raises(InputError, match="made under other rules"):
        sweep(study(), tmp_path, Here())
    found = made_so_far(tmp_path)
    assert found.runs.height == 4
    assert "under other rules" in found.remarks[0]


def test_workers_with_other_rules_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("experiments.sweeps.trials.rules_digest", lambda: "other")
    with pytest.raises(InputError, match=r"the worker on .* has another version of the model"):
        sweep(study(), tmp_path, Here())


def test_workers_that_compute_other_values_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("experiments.sweeps.trials.probe", lambda: "other")
    with pytest.raises(InputError, match=r"the worker on .* computes other values .* numpy [0-9.]+"):
        sweep(study(), tmp_path, Here())


def test_a_sweep_goes_on_with_other_packages_that_compute_the_same(whole, tmp_path, monkeypatch):
    monkeypatch.setattr("experiments.sweeps.sweep.version", lambda: "0.0.1")
    monkeypatch.setattr("experiments.sweeps.sweep.versions", lambda: {"numpy": "1.0"})
    sweep(study(seeds=1), tmp_path, Here())
    monkeypatch.undo()
    done = sweep(study(), tmp_path, Here())
    assert (done.made, done.repeated) == (8, 4)
    assert content(tmp_path) == content(whole)


def test_a_sweep_does_not_go_on_where_the_same_rules_compute_other_values(tmp_path, monkeypatch):
    monkeypatch.setattr("experiments.sweeps.sweep.versions", lambda: {**versions(), "numpy": "1.0"})
    sweep(study(seeds=1), tmp_path, Here())
    monkeypatch.setattr("experiments.sweeps.sweep.probe", lambda: "other")
    with pytest.raises(InputError, match=r"numpy 1\.0 wrote it, .* are never mixed; choose another folder"):
        sweep(study(), tmp_path, Here())
    assert made_so_far(tmp_path).runs.height == 4


def test_shares_from_several_places_make_one_sweep(whole, tmp_path):
    for k in (3, 1, 2):
        part = sweep(study(), tmp_path, Here(), shard=(k, 3))
        assert not (tmp_path / "runs.parquet").exists()
    assert part.made == 4
    assert sweep(study(), tmp_path, Here()).made == 0
    assert content(tmp_path) == content(whole)


# ---------------------------------------------------------------- what is there so far


def test_a_sweep_can_be_looked_at_while_it_is_made(tmp_path):
    sweep(study(), tmp_path, Here(), shard=(1, 3))
    found = made_so_far(tmp_path)
    assert (found.complete, found.runs.height) == (False, 4)
    assert found.runs["status"].to_list() == ["done"] * 4
    assert found.study.table == study().table
    assert found.folder == tmp_path


def test_a_finished_sweep_is_read_from_its_table(whole):
    found = made_so_far(whole)
    assert found.complete
    assert found.runs.equals(pl.read_parquet(whole / "runs.parquet"))
    assert found.study.scenario.digest == study().scenario.digest


def test_the_runs_of_a_scenario_with_everything_in_it_are_found_again(tmp_path):
    world = from_toml(
        'extends = "baseline"\ndays = 4\n[set]\n"organization.members" = 30\n'
        '[[events]]\nday = 2\nset = {"visibility.scope" = "team"}\n'
        "[[events]]\nday = 1\ncampaign = {issue = 0, salience = 2.0, days = 1}\n"
        '[[events]]\nday = 3\nissue = {name = "Canteen"}\n',
        "world",
    )
    found = study_from(
        'seeds = 1\n[factors]\n"events.0.day" = [1, 2]\n"issues.0.salience" = [0.5, 1]\n', scenario=world
    )
    sweep(found, tmp_path, Here())
    (tmp_path / "runs.parquet").unlink()
    assert made_so_far(tmp_path).runs.height == 4


def test_what_is_no_sweep_is_reported(tmp_path):
    with pytest.raises(InputError, match="no such sweep folder"):
        made_so_far(tmp_path / "none")
    with pytest.raises(InputError, match="no sweep folder"):
        made_so_far(tmp_path)


# ---------------------------------------------------------------- days and whole runs


def test_days_are_those_of_the_run(tmp_path):
    done = sweep(study(seeds=2, days=3, record="daily"), tmp_path, Here())
    days = pl.read_parquet(tmp_path / "series" / "daily.parquet")
    assert days.columns == ["run", "day", "p_speak", "engagement"]
    assert days.height == done.runs.height * 3
    row = done.runs.row(5, named=True)
    factors = {name: row[name] for name in ("visibility.scope", "leadership.executives.openness")}
    series = simulate(done.study.scenario.with_(factors), row["seed"]).series
    expected = series.filter((pl.col("group") == "all") & (pl.col("measure") == "engagement")).sort("day")
    assert days.filter(pl.col("run") == 5)["engagement"].to_list() == expected["value"].to_list()
    (tmp_path / "runs.parquet").unlink()
    (tmp_path / "series" / "daily.parquet").unlink()
    assert made_so_far(tmp_path).days().equals(days)


def test_whole_runs_are_kept_by_their_ids(tmp_path):
    done = sweep(study(seeds=1, record="full"), tmp_path / "sweep", Here())
    for row in done.runs.iter_rows(named=True):
        run = Run.load(tmp_path / "sweep" / "full" / row["run_id"])
        assert run.seed == row["seed"]
        assert run.measures == {name: row[name] for name in MEASURES}


def test_a_whole_run_that_cannot_be_saved_is_a_row_and_tried_again(tmp_path):
    wanted, full = study(seeds=1, record="full"), tmp_path / "sweep" / "full"
    first = sweep(wanted, tmp_path / "other", Here())
    sweep(wanted, tmp_path / "sweep", Here(), shard=(9, 9))  # nothing yet but the folder
    full.mkdir()
    (full / first.runs["run_id"][0]).write_text("in the way")
    done = sweep(wanted, tmp_path / "sweep", Here())
    assert done.runs.filter(pl.col("status") == "failed")["stage"].to_list() == ["saving"]
    (full / first.runs["run_id"][0]).unlink()
    assert sweep(wanted, tmp_path / "sweep", Here()).made == 1
    assert content(tmp_path / "sweep") == content(tmp_path / "other")


# ---------------------------------------------------------------- precision


def precise(half_width: float, most: int, first: int = 3) -> Study:
    table = f"[precision]\nhalf_width = {{engagement = {half_width}}}\nfirst = {first}\nblock = 2\nmost = {most}\n"
    head, _, tail = TINY.format(seeds=1, days=2, record="final").partition("[set]")
    return study_from(head.replace("seeds = 1\n", "") + table + "[set]" + tail)


def test_precision_that_is_reached_needs_no_more_seeds(tmp_path):
    done = sweep(precise(1e9, 9), tmp_path, Here())
    assert (done.seeds, done.imprecise) == (3, ())


def test_precision_adds_blocks_to_all_cells_up_to_its_cap_and_says_what_is_lacking(tmp_path):
    said: list[tuple[int, int]] = []
    done = sweep(precise(1e-9, 6), tmp_path, Here(), progress=lambda *now: said.append(now))
    assert done.seeds == 6
    assert done.runs.group_by("cell").len()["len"].to_list() == [6] * 4
    assert {each.cell for each in done.imprecise} == {0, 1, 2, 3}
    assert all(each.measure == "engagement" and each.half_width > each.wanted for each in done.imprecise)
    assert said[-1] == (24, 24)
    assert said == sorted(said)
    assert made_so_far(tmp_path).imprecise == done.imprecise


def test_precision_stops_at_the_block_that_suffices(tmp_path):
    all_seeds = sweep(precise(1e-9, 9), tmp_path / "all", Here()).runs
    worst = max(mean_interval(rows.head(5)["engagement"]).half_width for _, rows in all_seeds.group_by("cell"))
    done = sweep(precise(worst * 1.0001, 9), tmp_path / "some", Here())
    assert done.seeds <= 5
    assert done.imprecise == ()


def test_a_measure_without_values_is_never_precise(tmp_path):
    wanted = study_from(precise(1.0, 5).text.replace("engagement =", "days_to_resolve ="))
    done = sweep(wanted, tmp_path, Here())
    assert done.seeds == 5
    assert {each.half_width for each in done.imprecise} == {math.inf}


def test_a_stopped_precise_sweep_shows_the_blocks_that_were_begun(tmp_path):
    done = sweep(precise(1e-9, 9), tmp_path, Here())
    (tmp_path / "runs.parquet").unlink()
    assert made_so_far(tmp_path).runs.equals(done.runs)


# ---------------------------------------------------------------- failures


def test_a_failed_run_is_a_row_and_not_the_end(tmp_path):
    wanted = study_from(
        'seeds = 2\n[set]\n"organization.members" = 30\n[factors]\ndays = [3, 6]\n"events.0.day" = [1, 5]\n',
        scenario=from_toml(
            'extends = "baseline"\ndays = 6\n[set]\n"organization.members" = 30\n'
            '[[events]]\nday = 1\nset = {"visibility.scope" = "team"}\n',
            "world",
        ),
    )
    done = sweep(wanted, tmp_path, Here())
    assert done.complete
    failed = done.runs.filter(pl.col("status") == "failed")
    assert failed.select("days", "events.0.day").unique().rows() == [(3, 5.0)]
    assert failed["stage"].unique().to_list() == ["scenario"]
    assert "before the end of the run" in failed["message"][0]
    assert failed.select(*MEASURES).null_count().row(0) == (2,) * len(MEASURES)
    assert sweep(wanted, tmp_path, Here()).made == 0  # it would only fail again


@pytest.mark.parametrize(
    ("place", "stage", "error"),
    [
        ("experiments.sweeps.trials.generate", "organization", ValueError("no \x1b[2J people")),
        ("sim.engine.Engine.advance", "simulation", ZeroDivisionError("x" * 1000)),
        ("sim.measures.final", "measures", KeyError("gone")),
        ("sim.engine.Engine.advance", "memory", MemoryError()),
    ],
)
def test_a_failure_says_its_stage_and_message(place, stage, error, tmp_path, monkeypatch):
    def fails(*_: Any, **__: Any) -> None:
        raise error

    trials._organization.cache_clear()
    monkeypatch.setattr(place, fails)
    done = sweep(study(seeds=1), tmp_path, Here())
    assert done.runs["stage"].to_list() == [stage] * 4
    message = done.runs["message"][0]
    assert 0 < len(message) <= 310
    assert "\x1b" not in message
    monkeypatch.undo()
    assert sweep(study(seeds=1), tmp_path, Here()).made == (4 if stage == "memory" else 0)


class Fragile(Here):
    """An executor whose worker dies on certain runs, always or for some times, and takes their batch with it."""

    _max_workers = 2

    def __init__(self, deadly: dict[str, int]) -> None:
        super().__init__()
        self.deadly = deadly

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Do the work, unless there is a deadly run in it."""
        for trial in args[0].trials:
            if self.deadly.get(trial.run_id, 0) > 0:
                self.deadly[trial.run_id] -= 1
                return Refuses(KilledWorker("it died")).submit(fn)
        return super().submit(fn, *args, **kwargs)

    @property
    def made(self) -> list[str]:
        """The ids of all runs that were made."""
        return [trial.run_id for batch in self.batches for trial in batch.trials]


class Refuses(Executor):
    """An executor whose work always ends in one error; without one, it is cancelled."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error

    def submit(self, *_: Any, **__: Any) -> Future[Any]:
        """Do nothing."""
        future: Future[Any] = Future()
        if self.error is None:
            future.cancel()
            future.set_running_or_notify_cancel()
        else:
            future.set_exception(self.error)
        return future


class KilledWorker(Exception):  # noqa: N818 - Dask's own name
    """What Dask calls it when a worker ended on a task again and again."""


def ids(wanted: Study, folder: Path) -> list[str]:
    return list(sweep(wanted, folder, Here()).runs["run_id"])


def test_a_run_that_kills_its_worker_becomes_a_row_and_the_others_are_fine(whole, tmp_path):
    names = ids(study(), whole)
    executor = Fragile({names[5]: 10**6})
    done = sweep(study(), tmp_path, executor)
    assert done.complete
    failed = done.runs.filter(pl.col("status") == "failed")
    assert failed["run_id"].to_list() == [names[5]]
    assert failed["stage"].to_list() == ["worker"]
    assert sorted(executor.made) == sorted(set(names) - {names[5]})  # nothing lost, nothing doubled
    assert sweep(study(), tmp_path, Here()).made == 1  # tried again by the next command
    assert content(tmp_path) == content(whole)


def test_a_worker_that_dies_now_and_then_costs_nothing_but_time(whole, tmp_path):
    names = ids(study(), whole)
    executor = Fragile({names[2]: 1, names[7]: 2, names[11]: 1})
    assert sweep(study(), tmp_path, executor).made == 12
    assert content(tmp_path) == content(whole)


def test_an_executor_that_breaks_down_is_reported_and_nothing_finished_is_lost(tmp_path):
    class Breaks(Here):
        def submit(self, fn, /, *args, **kwargs):
            if len(self.batches) >= 3:
                raise BrokenProcessPool("gone")
            return super().submit(fn, *args, **kwargs)

    with pytest.raises(InputError, match="the workers are gone; what is finished is kept"):
        sweep(study(), tmp_path, Breaks(), workers=1)
    assert made_so_far(tmp_path).runs.height >= 3


def test_an_executor_that_was_shut_down_is_reported(tmp_path):
    executor = ThreadPoolExecutor(1)
    executor.shutdown()
    with pytest.raises(InputError, match="the workers are gone"):
        sweep(study(), tmp_path, executor)


def test_workers_that_lack_the_program_are_reported_at_once(tmp_path):
    with pytest.raises(InputError, match=r"the workers cannot make these runs .*No module named 'experiments'"):
        sweep(study(), tmp_path, Refuses(ModuleNotFoundError("No module named 'experiments'")))
    assert made_so_far(tmp_path).runs.height == 0


def test_the_cancelled_work_of_a_scheduler_that_is_gone_is_reported(tmp_path):
    with pytest.raises(InputError, match="the workers are gone"):
        sweep(study(), tmp_path, Refuses())


# ---------------------------------------------------------------- stopping


def test_a_stopped_sweep_is_balanced_and_goes_on(whole, tmp_path, monkeypatch):
    monkeypatch.setattr(runner, "LARGEST_BATCH", 1)

    def stops(done: int, total: int) -> None:
        if done == 6:
            os.kill(os.getpid(), signal.SIGINT)

    first = sweep(study(), tmp_path, Here(), workers=1, progress=stops)
    assert first.stopped
    assert not first.complete
    counts = first.runs.group_by("cell").len()["len"]
    assert counts.max() - counts.min() <= 1  # type: ignore[operator]
    assert not (tmp_path / "runs.parquet").exists()
    second = sweep(study(), tmp_path, Here())
    assert second.made == 12 - first.made
    assert content(tmp_path) == content(whole)


def test_ctrl_c_pressed_twice_stops_at_once_and_keeps_what_is_finished(whole, tmp_path, monkeypatch):
    monkeypatch.setattr(runner, "LARGEST_BATCH", 1)

    def stops(done: int, total: int) -> None:
        if done >= 3:
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        sweep(study(), tmp_path, Here(), workers=1, progress=stops)
    assert signal.getsignal(signal.SIGINT) is before
    kept = made_so_far(tmp_path).runs.height
    assert kept >= 3
    assert sweep(study(), tmp_path, Here()).made == 12 - kept
    assert content(tmp_path) == content(whole)


def script(folder: Path, seeds: int, guarded: bool = True) -> str:
    body = f"""
        from experiments.sweeps.study import study_from
        from experiments.sweeps.sweep import sweep
        text = {TINY.format(seeds=seeds, days=2, record="final")!r}
        def main():
            print("begun", flush=True)
            done = sweep(study_from(text), {str(folder)!r}, workers=2)
            print(done.stopped, done.complete, flush=True)
    """
    return textwrap.dedent(body) + ("if __name__ == '__main__':\n    main()\n" if guarded else "main()\n")


def started(file: Path, text: str) -> subprocess.Popen[str]:
    file.write_text(text)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, str(file)],
        env=environment, cwd=file.parent, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        start_new_session=True,
    )  # fmt: skip


def wait_for(what: Callable[[], Any], seconds: float = 60.0) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := what():
            return found
        time.sleep(0.01)
    raise AssertionError("it did not happen")


def parts(folder: Path) -> list[Path]:
    return list((folder / "parts").glob("[!.]*.parquet"))


@pytest.fixture(scope="module")
def longer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sweep of many runs, made in one go."""
    folder = tmp_path_factory.mktemp("sweep") / "longer"
    with ThreadPoolExecutor(2) as executor:
        assert sweep(study(seeds=MANY), folder, executor).complete
    return folder


def killed_at_random(folder: Path, file: Path, seconds: float) -> None:
    process = started(file, script(folder, MANY))
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="kills a whole group of processes, as POSIX does")
def test_killed_sweeps_end_in_the_same_bytes(longer, tmp_path):
    luck = random.Random()
    for _ in range(3):
        killed_at_random(tmp_path / "sweep", tmp_path / "script.py", luck.uniform(0.8, 3.5))
    sweep(study(seeds=MANY), tmp_path / "sweep", Here())
    assert content(tmp_path / "sweep") == content(longer)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "killpg"), reason="kills a whole group of processes, as POSIX does")
def test_fifty_kills_end_in_the_same_bytes(tmp_path):
    whole = sweep(study(seeds=KILLED), tmp_path / "whole", workers=2)
    luck, kills, kept = random.Random(), 0, 0
    while kills < 50:
        folder, before = tmp_path / str(kills), kills
        while kills < 50 and killed_at_work(folder, tmp_path / "script.py", bool(kills % 2), luck.uniform(0.0, 1.0)):
            kills += 1
        last = sweep(study(seeds=KILLED), folder, Here())
        assert last.made + last.repeated == whole.made
        assert content(folder) == content(tmp_path / "whole")
        kept += last.repeated if kills > before else 0
    assert kept


def killed_at_work(folder: Path, file: Path, storing: bool, seconds: float) -> bool:
    """Make the sweep, kill it some time after it began or after it stored something; say whether it was at work."""
    process, before = started(file, script(folder, KILLED)), len(parts(folder))
    assert process.stdout is not None
    process.stdout.readline()  # begun
    if storing:
        wait_for(lambda: len(parts(folder)) > before or process.poll() is not None)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    return process.returncode == -signal.SIGKILL


def workers_of(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """Return the processes that work for one: those that begin no others, but for the tracker of Python's own."""
    family = psutil.Process(process.pid).children(recursive=True)
    return [each for each in family if not each.children() and "resource_tracker" not in " ".join(each.cmdline())]


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="sends signals as POSIX does")
def test_a_worker_killed_in_the_middle_costs_nothing_and_ctrl_c_ends_cleanly(longer, tmp_path):
    process = started(tmp_path / "script.py", script(tmp_path / "sweep", MANY))
    wait_for(lambda: parts(tmp_path / "sweep"))
    workers = workers_of(process)
    os.kill(workers[0].pid, signal.SIGKILL)
    wait_for(lambda: len(parts(tmp_path / "sweep")) > 1)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all of them
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert "Traceback" not in err
    assert out.splitlines()[0] == "begun"
    assert out.splitlines()[1] in ("True False", "False True")  # it may have been through already
    assert not any(worker.is_running() and worker.status() != psutil.STATUS_ZOMBIE for worker in workers)
    sweep(study(seeds=MANY), tmp_path / "sweep", Here())
    assert content(tmp_path / "sweep") == content(longer)


def test_a_ctrl_c_that_comes_as_the_workers_end_breaks_nothing_off(tmp_path, monkeypatch):
    close = Runner.close

    def interrupted(runner):
        signal.raise_signal(signal.SIGINT)
        close(runner)

    with monkeypatch.context() as patched:
        patched.setattr(Runner, "close", interrupted)
        done = sweep(study(), tmp_path / "sweep", Here())
    assert done.stopped and done.runs["status"].null_count() == 0
    assert sweep(study(), tmp_path / "sweep", Here()).complete


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="sends signals as POSIX does")
def test_workers_end_with_the_process_that_waits_for_them(tmp_path):
    process = started(tmp_path / "script.py", script(tmp_path / "sweep", 3000))
    wait_for(lambda: parts(tmp_path / "sweep"))
    children = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.communicate()
    wait_for(lambda: not any(c.is_running() and c.status() != psutil.STATUS_ZOMBIE for c in children))


def test_a_script_without_a_guard_hears_what_it_lacks(tmp_path):
    process = started(tmp_path / "script.py", script(tmp_path / "sweep", 3, guarded=False))
    _, err = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "if __name__ == '__main__':" in err.strip().splitlines()[-1]


# ---------------------------------------------------------------- before anything is paid


def test_a_plan_says_what_it_will_take_and_makes_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = plan(study(), workers=2)
    assert (found.cells, found.seeds, found.runs, found.present) == (4, 3, 12, 0)
    assert found.seconds == pytest.approx(12 * found.seconds_a_run / 2 + START_SECONDS * 2 / min(2, cores()))
    assert list(tmp_path.iterdir()) == []


def test_a_plan_knows_what_is_there(whole):
    found = plan(study(seeds=5), whole)
    assert (found.runs, found.present) == (20, 12)


@pytest.mark.parametrize("record", ["final", "daily", "full"])
def test_the_disk_that_a_plan_tells_is_about_what_is_taken(record, tmp_path):
    wanted = study(seeds=3 if record == "full" else 20, days=4, record=record)
    said = plan(wanted, tmp_path).disk
    sweep(wanted, tmp_path, Here())
    taken = sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file())
    assert said / 3 < taken < 3 * said


@pytest.mark.parametrize("members", [5_000_000, 9_000_000])
def test_a_plan_makes_no_run_that_one_would_be_asked_about(members, tmp_path, monkeypatch):
    monkeypatch.setattr("experiments.sweeps.plan.perform", lambda _: pytest.fail("a run was made"))
    large = study_from(
        f'title = "Large"\nseeds = 2\n[factors]\n"organization.members" = [100, {members}]\n', "large.toml"
    )
    found = plan(large, tmp_path, workers=1)
    assert found.runs == 4
    assert found.memory > 3e9
    assert found.seconds > 60


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes")
@pytest.mark.parametrize(
    "name", ["sweep.json", "study.toml", "tables.json", "runs.parquet", f"parts/{'0' * 32}.parquet"]
)
def test_a_pipe_in_a_sweep_folder_is_reported_at_once(name, tmp_path):
    sweep(study(), tmp_path, Here())
    (tmp_path / name).unlink(missing_ok=True)
    os.mkfifo(tmp_path / name)
    body = """
import sys
from sim.errors import InputError
from tests.test_sweep import study, Here, sweep
try:
    sweep(study(), sys.argv[1], Here())
except InputError as error:
    print("reported", error)
"""
    ran = subprocess.run(
        [sys.executable, "-c", body, str(tmp_path)], capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.stdout.startswith("reported"), ran.stderr


def test_a_plan_of_runs_that_all_fail_says_why(tmp_path, monkeypatch):
    def fails(*_: Any, **__: Any) -> None:
        raise ValueError("no people")

    trials._organization.cache_clear()
    monkeypatch.setattr("experiments.sweeps.trials.generate", fails)
    with pytest.raises(InputError, match="the runs of this study fail: ValueError: no people"):
        plan(study(), tmp_path)


def test_there_are_as_many_workers_as_memory_allows(monkeypatch):
    class Memory:
        available = 3_000_000_000
        total = 4_000_000_000

    monkeypatch.setattr(psutil, "virtual_memory", lambda: Memory)
    monkeypatch.setattr("experiments.sweeps.sweep.cores", lambda: 64)
    small, large = (study_from(f'seeds = 1\n[factors]\n"organization.members" = [50, {n}]\n') for n in (100, 1_000_000))
    assert 5 < affordable(small) < 64
    assert affordable(large) == 1


# ---------------------------------------------------------------- the runner


def template() -> Batch:
    return Batch(study().scenario.to_toml(), "x", "final", "", rules_digest(), probe())


def test_batches_take_about_two_seconds_each():
    found = Runner(template(), 2, Here())
    found._seconds_a_trial = 0.1
    found._waiting.extend([None] * 1000)  # type: ignore[list-item]
    assert len(found._next(2)) == 20
    found._seconds_a_trial = 1e-6
    assert len(found._next(2)) == runner.LARGEST_BATCH
    found._seconds_a_trial = 60.0
    assert len(found._next(2)) == 1


def test_a_cluster_is_given_work_by_the_workers_that_it_has_now():
    class Client:
        def nthreads(self) -> dict[str, int]:
            return {"a": 3, "b": 4}

    executor = Here()
    executor._client = Client()  # type: ignore[attr-defined]
    assert Runner(template(), 1, executor)._capacity() == 7


# ---------------------------------------------------------------- the command


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A study file in the folder that one stands in."""
    monkeypatch.chdir(tmp_path)
    Path("mine.toml").write_text(TINY.format(seeds=2, days=2, record="final") + "[quick]\nseeds = 1\n")
    monkeypatch.setattr(command, "executor_at", lambda _: nullcontext(Here()))
    yield tmp_path


def ism(*words: str) -> Any:
    return CliRunner().invoke(main, ["sweep", *words])


def test_the_command_makes_a_sweep_and_says_where_it_is(mine):
    result = ism("mine.toml")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [
        "Tiny: 8 runs finished, 0 of them were there already.",
        "The table: sweeps/mine/runs.parquet; what it says: ism analyse sweeps/mine",
    ]
    assert "8 of them were there already" in ism("mine.toml").stdout
    assert Path("sweeps/mine/runs.parquet").exists()


def test_the_quick_form_has_a_folder_of_its_own(mine):
    assert ism("mine.toml", "--quick").exit_code == 0
    assert pl.read_parquet("sweeps/mine-quick/runs.parquet").height == 4


def test_the_command_plans(mine):
    result = ism("mine.toml", "--plan", "--workers", "1")
    assert result.exit_code == 0
    assert "4 cells x 2 seeds = 8 runs" in result.stdout
    assert "with 1 worker (" in result.stdout
    assert not Path("sweeps").exists()


def test_shares_are_distinguished(mine):
    result = ism("mine.toml", "--shard", "1/2")
    assert result.exit_code == 0
    assert "Share 1/2 is finished" in result.stdout
    for wrong in ("0/2", "3/2", "1", "a/b", "1/", "-1/2", "1/2/3", "9" * 5000 + "/" + "9" * 5000):
        result = ism("mine.toml", "--shard", wrong)
        assert result.exit_code == 2
        assert "is not K/N" in result.stderr


def test_what_is_wrong_is_one_sentence_and_exit_code_2(mine):
    Path("wrong.toml").write_text('seeds = 1\n[factors]\n"visibility.scop" = ["team"]\n')
    result = ism("wrong.toml")
    assert result.exit_code == 2
    assert result.stderr.startswith("ism: wrong.toml, line 3:")
    assert "Did you mean 'visibility.scope'?" in result.stderr


def test_a_stopped_sweep_has_exit_code_1(mine, monkeypatch):
    def stopped(study: Study, *_: Any) -> Any:
        from experiments.sweeps.sweep import Sweep

        return Sweep(study, Path("sweeps/mine"), pl.DataFrame({"status": ["done"], "seed": [1]}), False, stopped=True)

    monkeypatch.setattr("experiments.sweeps.sweep.sweep", stopped)
    result = ism("mine.toml")
    assert result.exit_code == 1
    assert "Stopped; what is finished is kept, and the same command goes on from there" in result.stdout


def test_the_command_says_what_was_not_precise(mine):
    Path("precise.toml").write_text(precise(1e-9, 4).text)
    result = ism("precise.toml")
    assert result.exit_code == 0
    assert "4 seeds were used." in result.stdout
    assert "4 means are not as precise as asked" in result.stdout
    assert "engagement in cell" in result.stdout


def test_hostile_titles_do_not_steer_the_terminal(mine):
    text = Path("mine.toml").read_text().replace('"Tiny"', '"\\u001b[2J"')
    Path("mine.toml").write_text(text)
    for result in (ism("mine.toml"), ism("mine.toml", "--plan")):
        assert result.exit_code == 0
        assert "\x1b" not in result.output


def test_pace_is_said_in_words():
    pace = Pace("run")
    assert pace.describe(500, 1000, 10.0) == ""  # what was there already says nothing about the pace
    assert pace.describe(600, 1000, 13.0) == ""  # workers had to begin first
    assert pace.describe(650, 1000, 14.0) == ""  # too short a time to tell
    assert pace.describe(800, 1000, 17.0) == "50.0 runs a second, 4 s left"
    assert pace.describe(1000, 1000, 21.0).endswith("0 s left")
    slow = Pace("run")
    slow.describe(0, 100, 0.0)
    assert slow.describe(1, 100, 120.0) == "2 min a run, 3.3 h left"


def test_in_the_log_of_a_job_a_line_is_written_at_times(capsys, monkeypatch):
    now = iter([0.0, 1.0, 20.0, 31.0, 40.0, 70.0])
    monkeypatch.setattr("experiments.progress.time.monotonic", lambda: next(now))
    with show_progress("run", logged=True) as progress:
        for done in (0, 5, 10, 15, 40):
            progress(done, 100)
    assert capsys.readouterr().err.splitlines() == [
        "10 of 100 runs, 3 s a run, 4 min left",
        "40 of 100 runs, 0.6 runs a second, 2 min left",
    ]


def test_a_new_part_of_the_work_has_a_pace_of_its_own():
    pace = Pace("seed")
    pace.describe(0, 8, 0.0)
    assert pace.describe(2, 8, 8.0) == ""
    assert pace.describe(8, 8, 14.0) == "1.0 seeds a second, 0 s left"
    assert pace.describe(1, 16, 15.0) == ""
    assert pace.describe(6, 16, 17.0) == ""
    assert pace.describe(11, 16, 19.5) == "2.0 seeds a second, 2 s left"


def test_python_has_it_by_name(whole):
    assert experiments.sweep is sweep
    assert experiments.made_so_far is made_so_far


def test_outcomes_travel_as_they_are():
    wanted = study()
    trial = Asked(wanted, rules_digest()).trials((1,))[0]
    batch = template()._replace(trials=(trial,))
    (outcome,) = perform(pickle.loads(pickle.dumps(batch)))
    assert isinstance(pickle.loads(pickle.dumps(outcome)), Outcome)
    assert outcome.status == "done"
