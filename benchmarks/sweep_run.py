"""Measure one thing about sweeps in a process of its own, and print it as JSON.

`bare RUNS`: the processor's seconds that each of the first runs of the study takes, without anything around it.
`sweep FOLDER WORKERS`: the wall's and the processor's seconds of a whole sweep, and its rate once it is under way.
`dask FOLDER ADDRESS`: the same on the workers of a Dask scheduler; the processor's seconds are the command's alone.
`fill FOLDER RUNS`: nothing is measured; a store of made-up runs is written, as though they had been finished.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from experiments.cluster import executor_at
from experiments.sweeps.asked import Asked
from experiments.sweeps.factors import varied
from experiments.sweeps.store import Store
from experiments.sweeps.study import load_study
from experiments.sweeps.sweep import Progress, Sweep, about_of, sweep
from experiments.sweeps.trials import Outcome
from sim.engine import Engine, make_organization
from sim.measures import MEASURES
from sim.sources import rules_digest

PART = 2_000


def main() -> None:
    """Measure what the arguments say."""
    what, study, *further = sys.argv[1:]
    print(json.dumps({"bare": bare, "sweep": whole, "dask": on_dask, "fill": fill}[what](study, *further)))


def bare(study: str, count: str) -> dict[str, float]:
    """Time the engine alone: worlds and organisations are made before."""
    asked = Asked(load_study(study), rules_digest())
    trials = asked.trials(asked.study.first_seeds)[: int(count)]
    worlds = [(varied(asked.study.scenario, trial.changes), trial.seed) for trial in trials]
    organizations = {seed: make_organization(worlds[0][0], seed) for _, seed in worlds}
    Engine(worlds[0][0], organizations[worlds[0][1]], worlds[0][1]).advance(8)
    began = time.process_time()
    for world, seed in worlds:
        engine = Engine(world, organizations[seed], seed)
        engine.advance(engine.ticks)
    return {"processor_seconds_a_run": (time.process_time() - began) / len(worlds)}


def whole(study: str, folder: str, workers: str) -> dict[str, float]:
    """Time a sweep, with all of its processes."""
    return _timed(lambda progress: sweep(load_study(study), folder, workers=int(workers), progress=progress))


def on_dask(study: str, folder: str, address: str) -> dict[str, float]:
    """Time a sweep that the workers of a Dask scheduler make."""
    with executor_at(address) as executor:
        return _timed(lambda progress: sweep(load_study(study), folder, executor, progress=progress))


def _timed(make: Callable[[Progress], Sweep]) -> dict[str, float]:
    """Return what a sweep took; its rate is that from the first runs that came in to the last."""
    seen: list[tuple[float, int]] = []
    began = time.perf_counter()
    done = make(lambda finished, _: seen.append((time.perf_counter(), finished)))
    wall, this = time.perf_counter() - began, psutil.Process()
    processor = sum(sum(each.cpu_times()[:4]) for each in (this, *this.children(recursive=True)))
    (first, some), (last, most) = next(each for each in seen if each[1]), seen[-1]
    rate = (most - some) / (last - first) if most > some else most / wall
    return {"runs": done.runs.height, "seconds": wall, "processor_seconds": processor, "rate": rate}


def fill(study: str, folder: str) -> dict[str, float]:
    """Write a store in which all runs of the study are finished, with made-up results."""
    wanted = load_study(study)
    store, luck = Store(Path(folder)), random.Random(1)
    store.open(about_of(wanted))
    trials = Asked(wanted, rules_digest()).trials(wanted.first_seeds)
    for start in range(0, len(trials), PART):
        store.add(
            [
                Outcome(trial.run_id, trial.seed, "done", "", "", tuple(luck.random() for _ in MEASURES), b"", 0.04)
                for trial in trials[start : start + PART]
            ]
        )
    store.flush()
    return {"runs": len(trials)}


if __name__ == "__main__":
    main()
