"""(f) Sweeps: runs a second, what is spent around the runs, starting and resuming."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks import children
from benchmarks.report import Mode, Section, met, seconds

GOAL_SECONDS, GOAL_OVERHEAD, GOAL_START, GOAL_RESUME = 15.0, 0.15, 5.0, 5.0
WORKERS = 2
ISM = (sys.executable, "-c", "from experiments.cli import main; main(prog_name='ism')", "sweep")
STUDY = """
title = "Benchmark"
seeds = {seeds}
[set]
days = {days}
"organization.members" = {members}
[factors]
"leadership.executives.openness" = {{min = 0.1, max = 0.9, steps = 5}}
"leadership.executives.presence" = {{min = 0.2, max = 3.0, steps = 5}}
"visibility.scope" = ["team", "organization"]
"""
SAMPLED = """
title = "Benchmark"
seeds = 1
design = "latin_hypercube"
samples = {samples}
[factors]
"leadership.executives.openness" = {{min = 0.1, max = 0.9}}
"leadership.executives.presence" = {{min = 0.2, max = 3.0}}
"leadership.line_managers.openness" = {{min = 0.1, max = 0.9}}
"leadership.line_managers.presence" = {{min = 0.2, max = 3.0}}
"""


def measure(mode: Mode) -> Section:
    """Make a sweep of ordinary size, and resume large ones."""
    quick = mode is Mode.quick
    members, days, seeds, many = (100, 3, 1, 1_000) if quick else (1_000, 60, 20, 100_000)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        study = folder / "study.toml"
        study.write_text(STUDY.format(seeds=seeds, days=days, members=members))
        started = _start(study, folder / "started")
        sweep = ask("sweep", study, folder / "sweep", str(WORKERS))
        before = ask("bare", study, "50")["processor_seconds_a_run"]
        alone = ask("sweep", study, folder / "alone", "1")
        bare = (before + ask("bare", study, "50")["processor_seconds_a_run"]) / 2.0
        resumed = [_resumed(folder / "factorial", STUDY.format(seeds=many // 50, days=days, members=members))]
        resumed += [_resumed(folder / "sampled", SAMPLED.format(samples=many))]
    overhead = alone["processor_seconds"] / (bare * alone["runs"]) - 1.0
    reached = {
        f"{sweep['runs']:,} runs of {members:,} members x {days} days": sweep["seconds"] <= GOAL_SECONDS,
        "overhead": overhead <= GOAL_OVERHEAD,
        "start": started <= GOAL_START,
        "resume": max(resumed) <= GOAL_RESUME,
    }
    rows = [
        [f"all runs on {WORKERS} cores, stored", seconds(sweep["seconds"]), f"{GOAL_SECONDS:.0f} s"],
        ["runs a second", f"{sweep['runs'] / sweep['seconds']:.1f}", ""],
        ["the engine alone, a run of processor time", seconds(bare), ""],
        ["how much more a sweep takes, both processes and their start", f"{overhead:.0%}", f"{GOAL_OVERHEAD:.0%}"],
        ["from typing the command to the first stored run", seconds(started), f"{GOAL_START:.0f} s"],
        [f"resuming {many:,} finished runs, 50 cells", seconds(resumed[0]), f"{GOAL_RESUME:.0f} s"],
        [f"resuming {many:,} finished runs, as many cells", seconds(resumed[1]), f"{GOAL_RESUME:.0f} s"],
    ]
    verdict = "; ".join(f"{name} {met(good, mode)}" for name, good in reached.items())
    return Section(
        "(f) Sweeps",
        f"{sweep['runs']:,} runs stored in at most {GOAL_SECONDS:.0f} s on two cores; at most {GOAL_OVERHEAD:.0%} more "
        f"than the engine alone; at most {GOAL_START:.0f} s to start; {many:,} finished runs resume in at most "
        f"{GOAL_RESUME:.0f} s",
        ["", "measured", "goal"],
        rows,
        f"Goals: {verdict}.",
        "The engine alone is `Engine(...)` and `advance` on worlds and organisations that were made before, in one "
        "process, before and after a sweep of all runs with one worker, which makes these too, sums up all measures, "
        "sends, stores and writes the table; both are held against each other in processor time, which other work on "
        "the machine disturbs less than the clock. Resuming is the whole command, `ism sweep`, on made-up results, "
        "from typing it to the table.",
    )


def ask(what: str, study: Path, *further: str | Path) -> dict[str, Any]:
    """Return what a process of its own says that one thing about sweeps takes (see `sweep_run`)."""
    command = [sys.executable, "-m", "benchmarks.sweep_run", what, str(study), *map(str, further)]
    found: dict[str, Any] = json.loads(children.run(command).stdout)
    return found


def _start(study: Path, folder: Path) -> float:
    """Return the seconds from the start of the command to the first run on the disk."""
    began = time.perf_counter()
    command = [*ISM, str(study), "--out", str(folder), "--workers", str(WORKERS)]
    nowhere = subprocess.DEVNULL
    running = subprocess.Popen(command, cwd=children.ROOT, env=children.environment(), stdout=nowhere, stderr=nowhere)
    try:
        while not any(folder.glob("parts/[!.]*.parquet")):
            if running.poll() not in (None, 0):
                raise children.ChildError("the sweep ended before its first run")
            time.sleep(0.01)
        return time.perf_counter() - began
    finally:
        running.kill()
        running.wait()


def _resumed(folder: Path, text: str) -> float:
    """Return the seconds of a command that finds everything done."""
    study = folder.with_suffix(".toml")
    study.write_text(text)
    ask("fill", study, folder)
    began = time.perf_counter()
    children.run([*ISM, str(study), "--out", str(folder)])
    return time.perf_counter() - began
