"""Kills a process before each of its file operations, one after the other: `python tests/kill_points.py JOB FOLDER`.

Only forked children of this process use polars, whose threads no fork would survive.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import sim
from experiments.sweeps import store as store_module
from experiments.sweeps.rows import table_bytes
from experiments.sweeps.store import About, Store
from experiments.sweeps.trials import Outcome
from sim import files, ownership
from sim.measures import MEASURES
from sim.ownership import MANIFEST
from sim.record import Run

EVENTS = ("os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.chmod", "os.utime", "os.link", "os.truncate")


class Job(NamedTuple):
    """Something that is killed while it writes."""

    prepare: Callable[[], object]
    write: Callable[[], object]
    check: Callable[[], object]
    """Raises where what a killed process left is neither what was there before nor what was to be written."""
    check_end: Callable[[], object]
    """Raises where the next process, that nobody kills, does not make good what the killed one left."""


# ---------------------------------------------------------------- killing


def forked(work: Callable[[], object]) -> int:
    """Do something in a forked child; return its exit code, negative where a signal ended it."""
    if (child := os.fork()) == 0:
        try:
            work()
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def killed_before(number: int, work: Callable[[], object]) -> Callable[[], None]:
    """Return work that ends itself with SIGKILL before its file operation of this number, from 1."""
    count = 0

    def counted() -> None:
        nonlocal count
        count += 1
        if count == number:
            os.kill(os.getpid(), signal.SIGKILL)

    def heard(event: str, given: tuple[Any, ...]) -> None:
        writing = event == "open" and isinstance(given[2], int) and given[2] & (os.O_WRONLY | os.O_RDWR)
        if event in EVENTS or writing:
            counted()

    def watched() -> None:
        for owner, name in ((os, "fsync"), (files, "_rename")):  # no audit event tells of these
            setattr(owner, name, _after(counted, getattr(owner, name)))
        sys.addaudithook(heard)
        work()

    return watched


def _after(first: Callable[[], None], then: Callable[..., Any]) -> Callable[..., Any]:
    def both(*given: Any) -> Any:
        first()
        return then(*given)

    return both


def kill_everywhere(job: Job) -> int:
    """Kill a job before each of its operations, and check after each; return how many operations there are."""
    number = 0
    while True:
        number += 1
        job.prepare()
        ended = forked(killed_before(number, job.write))
        if forked(job.check):
            raise SystemExit(f"not whole after a kill before operation {number}")
        if forked(job.write) or forked(job.check_end):
            raise SystemExit(f"not made good after a kill before operation {number}")
        if ended == 0:
            return number - 1
        if ended != -signal.SIGKILL:
            raise SystemExit(f"failed with {ended} at operation {number}")


# ---------------------------------------------------------------- jobs


def nothing_else(folder: Path, *names: str) -> None:
    """Raise where a folder holds anything but these."""
    found = sorted(path.name for path in folder.iterdir())
    assert found == sorted(names), found


def run_job(folder: Path) -> Job:
    """A run that is saved over another one."""
    world = sim.load("baseline").with_({"organization.members": 20, "days": 2})
    older, newer = (sim.simulate(world, seed=seed, checkpoint_days=1) for seed in (1, 2))
    place, kept = folder / "runs" / "run", folder / "kept"
    assert forked(lambda: older.save(kept)) == 0

    def prepare() -> None:
        shutil.rmtree(folder / "runs", ignore_errors=True)
        shutil.copytree(kept, place)

    def check(*seeds: int) -> None:
        found = Run.load(place)  # which checks every table by its hash
        assert found.seed in (seeds or (1, 2))
        ownership.check_own(place, found._source.manifest["files"])

    def check_end() -> None:
        check(2)
        nothing_else(place.parent, "run")

    return Job(prepare, lambda: newer.save(place, replace=True), check, check_end)


def two_steps_job(folder: Path) -> Job:
    """The same on a system that cannot exchange folders."""
    files._EXCHANGE = 0
    return run_job(folder)


def report_job(folder: Path) -> Job:
    """A page that is written over another one."""
    pages = [ownership.sealed(f"<p>{ownership.SEAL}</p>{'x' * size}") for size in (10, 100_000)]
    place = folder / "pages" / "report.html"

    def prepare() -> None:
        shutil.rmtree(place.parent, ignore_errors=True)
        ownership.write_sealed(place, pages[0])

    def check_end() -> None:
        assert place.read_text() == pages[1]
        nothing_else(place.parent, place.name)

    return Job(prepare, lambda: ownership.write_sealed(place, pages[1]), lambda: _one_of(place, pages), check_end)


def _one_of(place: Path, pages: list[str]) -> None:
    assert place.read_text() in pages


def analysis_job(folder: Path) -> Job:
    """An analysis that is written over one with other tables."""
    place = folder / "swept" / "analysis"
    older = {"report.html": b"1" * 50_000, "effects.csv": b"1", "figures/01-map.svg": b"1"}
    newer = {"report.html": b"2" * 50_000, "cells.csv": b"2", "figures/01-map.png": b"2"}

    def prepare() -> None:
        shutil.rmtree(place.parent, ignore_errors=True)
        ownership.write_folder(place, "analysis", older)

    def check(*wanted: dict[str, bytes]) -> None:
        names = (path for path in place.rglob("*") if path.is_file() and path.name != MANIFEST)
        found = {path.relative_to(place).as_posix(): path.read_bytes() for path in names}
        assert found in (wanted or (older, newer))
        ownership.check_own(place, ownership.listed(place, "analysis"))

    def check_end() -> None:
        check(newer)
        nothing_else(place.parent, "analysis")

    return Job(prepare, lambda: ownership.write_folder(place, "analysis", newer), check, check_end)


def store_job(folder: Path) -> Job:
    """A sweep that is opened with a changed study, gets rows, is merged and makes its tables."""
    place, before, after = folder / "swept", range(6), range(6, 9)
    store_module.FEW = 2
    who = {"study": "s", "title": "S", "quick": False, "scenario": "a", "scenario_name": "b", "scenario_toml": ""}
    abouts = [About(**who, text=f"seeds = {n}\n", rules="r", version="1") for n in (1, 2)]

    def add(about: About, numbers: range) -> None:
        store = Store(place)
        store.open(about)
        for number in numbers:
            store.add([_outcome(number)])
            store.flush()
        store.merge()
        store.tidy()
        store.publish("runs.parquet", table_bytes(store.rows().sort("run_id")))

    def prepare() -> None:
        shutil.rmtree(place, ignore_errors=True)
        assert forked(lambda: add(abouts[0], before)) == 0

    def check(least: int = len(before)) -> None:
        store = Store(place)
        assert store.read() == 0, "a part is damaged"
        assert len(store.finished) >= least

    def check_end() -> None:
        check(len(before) + len(after))
        assert (place / "runs.parquet").read_bytes() == table_bytes(_rows(place))
        nothing_else(place, "parts", "runs.parquet", "study.toml", "sweep.json", "tables.json")
        assert all(path.suffix == ".parquet" and path.name[0] != "." for path in (place / "parts").iterdir())

    return Job(prepare, lambda: add(abouts[1], after), check, check_end)


def _rows(place: Path) -> Any:
    store = Store(place)
    store.read()
    return store.rows().sort("run_id")


def _outcome(number: int) -> Outcome:
    return Outcome(f"{number:032x}", number, "done", "", "", (float(number),) * len(MEASURES), b"", 0.1)


JOBS = {
    "run": run_job,
    "run-in-two-steps": two_steps_job,
    "report": report_job,
    "analysis": analysis_job,
    "store": store_job,
}


if __name__ == "__main__":
    sys.stdout.write(f"{kill_everywhere(JOBS[sys.argv[1]](Path(sys.argv[2]).resolve()))}\n")
