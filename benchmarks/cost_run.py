"""What one size of run takes, in a process of its own, as JSON: to run it, and to keep it in a run folder.

`ready_seconds` are the processor's until a first run can begin: Python, the packages and the machine code. Each repeat
has a seed of its own: items are the mean of all, and seconds those that the fastest of them would take for so many.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from statistics import mean
from typing import Any

from benchmarks.case import Case, case_of, scenario_of
from benchmarks.engine_run import counts_of, peak_bytes


def main() -> None:
    """Run a case, keep its last run, and print what that took."""
    from sim.compiled import needs_compiling
    from sim.engine import Engine

    case, compiled = case_of(sys.argv[1:]), needs_compiling()
    Engine(scenario_of(Case(members=60, days=1))).advance(8)
    found: dict[str, Any] = {"compiled": compiled, "ready_seconds": time.process_time(), "ready_bytes": peak_bytes()}
    runs = []
    for repeat in range(case.repeats):
        seconds, items, engine = run(case, case.seed + repeat)
        runs.append((seconds, items))
        if not repeat:
            found["bytes"] = peak_bytes()
    found["items"] = max(1.0, mean(items for _, items in runs))
    found["seconds"] = found["items"] * min(seconds / max(1.0, items) for seconds, items in runs)
    print(json.dumps(found | kept(engine)))


def run(case: Case, seed: int) -> tuple[float, float, Any]:
    """Return the processor's seconds of a run as sweeps make it, the items read in it, and its engine."""
    from sim.engine import Engine
    from sim.measures import final

    began = time.process_time()
    engine = Engine(scenario_of(case), seed=seed)
    engine.advance(engine.ticks)
    final(engine.world, engine.organization)
    return time.process_time() - began, counts_of(engine)["items"], engine


def kept(engine: Any) -> dict[str, float]:
    """Return what it takes to keep a run in a folder, and what that holds."""
    from sim.record import Run

    with tempfile.TemporaryDirectory() as place:
        began = time.process_time()
        folder = Run(engine).save(Path(place) / "run")
        seconds = time.process_time() - began
        disk = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return {"keeping_seconds": seconds, "keeping_bytes": peak_bytes(), "disk_bytes": float(disk)}


if __name__ == "__main__":
    main()
