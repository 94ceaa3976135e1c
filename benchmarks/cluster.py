"""(l) A sweep on a Dask cluster of this machine, against the processes that a sweep starts itself."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from itertools import product
from pathlib import Path
from statistics import median
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import psutil

from benchmarks import children
from benchmarks.kept import keep
from benchmarks.report import Mode, Section, met, seconds
from benchmarks.sweeps import STUDY, WORKERS, ask

GOAL = 0.95
SIZES = {Mode.quick: (100, 3, 1, 1), Mode.normal: (1_000, 60, 20, 2), Mode.full: (1_000, 60, 200, 1)}
"""Members, days, seeds of 50 cells, and how often each way is measured."""
CALM = {
    "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False",
    "DASK_DISTRIBUTED__WORKER__MEMORY__MONITOR_INTERVAL": "1s",
    "DASK_DISTRIBUTED__ADMIN__TICK__INTERVAL": "1s",
    "DASK_DISTRIBUTED__ADMIN__SYSTEM_MONITOR__INTERVAL": "5s",
    "DASK_DISTRIBUTED__NANNY__PRE_SPAWN_ENVIRON": "{'MALLOC_TRIM_THRESHOLD_': None}",
}
"""How Dask is kept from looking at itself 10 to 100 times a second, and from taking memory away after each run."""
PATIENCE = 120.0
"""Seconds that a scheduler and its workers may take to begin."""


class Way(NamedTuple):
    """One sweep that was made: its runs a second, its time, and what all processes of it took."""

    rate: float
    wall: float
    processor: float


def measure(mode: Mode) -> Section:
    """Make the same sweep all ways in turn."""
    members, days, seeds, turns = SIZES[mode]
    made: dict[str, list[Way]] = {name: [] for name in WAYS}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        study = folder / "study.toml"
        study.write_text(STUDY.format(seeds=seeds, days=days, members=members))
        for turn, name in product(range(turns), WAYS):
            made[name].append(WAYS[name](study, folder / f"{name}-{turn}"))
        disk = sum(path.stat().st_size for path in (folder / "processes-0").rglob("*") if path.is_file())
    found = {name: Way(*map(median, zip(*ways, strict=True))) for name, ways in made.items()}
    if mode is not Mode.quick:
        rates = {name: way._asdict() for name, way in found.items()}
        size = {"runs": 50 * seeds, "members": members, "days": days}
        keep("sweeps", {**size, **rates, "disk_bytes_a_run": disk / (50 * seeds)})
    return Section(
        "(l) Sweeps on Dask",
        f"at least {GOAL:.0%} of the rate of the sweep's own processes",
        ["who makes the runs", "runs a second", "the whole sweep", "a run, of processor time, everything counted"],
        [_row(SAID[name], way) for name, way in found.items()],
        _remark(found, mode),
        f"{50 * seeds:,} runs of {members:,} members x {days} days, the same on {WORKERS} processes each way, in turn, "
        f"each in a folder and with processes of its own; medians of {turns}. The rate is that from the first runs "
        "that came in to the last, so that how long processes take to begin does not count; the whole sweep counts it, "
        "but for the workers of Dask, which are there before. Scheduler, nannies, workers and command share this "
        "machine, and the processor's time is that of all of them. Calm is Dask with the settings of `docs/scale.md`.",
    )


def _remark(found: Mapping[str, Way], mode: Mode) -> str:
    own, calm, plain = (found[name] for name in WAYS)
    rates, costs = (
        [getattr(way, what) / getattr(own, what) for way in (calm, plain)] for what in ("rate", "processor")
    )
    return (
        f"Goal {met(rates[0] >= GOAL, mode)}: {WORKERS} workers of a calm Dask make {rates[0]:.1%} of the rate, those "
        f"of Dask as it comes {rates[1]:.1%}; in processor time a run takes {costs[0]:.2f} and {costs[1]:.2f} times as "
        "much."
    )


def _row(name: str, way: Way) -> list[str]:
    return [name, f"{way.rate:.1f}", seconds(way.wall), seconds(way.processor)]


def _by_processes(study: Path, folder: Path) -> Way:
    found = ask("sweep", study, folder, str(WORKERS))
    return Way(found["rate"], found["seconds"], found["processor_seconds"] / found["runs"])


def _by_dask(study: Path, folder: Path, settings: Mapping[str, str] = MappingProxyType({})) -> Way:
    with dask_cluster(folder.parent, WORKERS, settings) as (address, processes):
        before = _used(processes)
        found = ask("dask", study, folder, address)
        processor = found["processor_seconds"] + _used(processes) - before
    return Way(found["rate"], found["seconds"], processor / found["runs"])


WAYS: Final[dict[str, Callable[[Path, Path], Way]]] = {
    "processes": _by_processes,
    "calm": partial(_by_dask, settings=CALM),
    "dask": _by_dask,
}
SAID: Final = {
    "processes": "the sweep's own processes",
    "calm": "workers of a calm Dask",
    "dask": "workers of Dask as it comes",
}


@contextmanager
def dask_cluster(
    folder: Path, workers: int, settings: Mapping[str, str] = MappingProxyType({})
) -> Iterator[tuple[str, list[psutil.Process]]]:
    """Start a scheduler and workers as the documentation says; give the address and the two commands."""
    place = Path(tempfile.mkdtemp(dir=folder)) / "scheduler.json"
    shared = ("--scheduler-file", str(place), "--no-dashboard")
    commands = [
        ("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", *shared),
        ("distributed.cli.dask_worker", "--nthreads", "1", "--nworkers", str(workers), *shared),
    ]
    started: list[psutil.Process] = []
    try:
        for command in commands:
            started.append(_begun(command, folder, settings))
            _await(place.is_file)
        address = json.loads(place.read_text())["address"]
        _await(lambda: _joined(address) == workers)
        yield address, list(started)
    finally:
        _end(started)


def _begun(command: Sequence[str], folder: Path, settings: Mapping[str, str]) -> psutil.Process:
    nowhere = subprocess.DEVNULL
    environment = children.environment({"PYTHONPATH": str(children.ROOT), **settings})
    return psutil.Popen([sys.executable, "-m", *command], cwd=folder, env=environment, stdout=nowhere, stderr=nowhere)


def _joined(address: str) -> int:
    """Return how many workers a scheduler has."""
    from distributed import Client

    client: Any = Client(address, set_as_default=False)
    with client:
        return len(client.nthreads())


def _await(there: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not there():
        if time.monotonic() > end:
            raise children.ChildError("the Dask cluster did not begin")
        time.sleep(0.1)


def _used(processes: Sequence[psutil.Process]) -> float:
    """Return the processor's seconds of processes and of all that they started."""
    family = [each for process in processes for each in (process, *process.children(recursive=True))]
    return sum(sum(each.cpu_times()[:2]) for each in family)


def _end(processes: Sequence[psutil.Process]) -> None:
    family = [each for process in processes for each in (process, *process.children(recursive=True))]
    for each in family:
        with suppress(psutil.NoSuchProcess):
            each.terminate()
    for each in psutil.wait_procs(family, timeout=10.0)[1]:
        with suppress(psutil.NoSuchProcess):
            each.kill()
