"""Run the compiled engine in a process of its own, and print as JSON how long it took and what came out."""

from __future__ import annotations

import json
import resource
import sys
import time
from typing import TYPE_CHECKING, Any

from benchmarks.case import Case, case_of, scenario_of

if TYPE_CHECKING:
    from sim.engine import Engine


def main() -> None:
    """Run one case, after a small one that loads or makes the machine code, and print what came out."""
    from sim.compiled import needs_compiling
    from sim.engine import Engine

    case, compiled = case_of(sys.argv[1:]), needs_compiling()
    Engine(scenario_of(Case(members=60, days=1))).advance(8)
    found: dict[str, Any] = {"ready_bytes": peak_bytes(), "build_seconds": [], "seconds": [], "processor_seconds": []}
    scenario = scenario_of(case)
    for _ in range(case.repeats):
        began = time.perf_counter()
        engine = Engine(scenario, seed=case.seed, threads=case.threads)
        built, worked = time.perf_counter(), time.process_time()
        engine.advance(engine.ticks)
        found["seconds"].append(time.perf_counter() - built)
        found["processor_seconds"].append(time.process_time() - worked)
        found["build_seconds"].append(built - began)
    found |= {
        "compiled": compiled,
        "peak_bytes": peak_bytes(),
        "counts": counts_of(engine),
        "messages": messages_of(engine),
    }
    if case.everything:
        found["state"] = state_of(engine)
    print(json.dumps(found))


def peak_bytes() -> int:
    """Return the most memory that this process has held at once."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(peak if sys.platform == "darwin" else peak * 1024)


def messages_of(engine: Engine) -> int:
    """Return the number of messages published."""
    from sim.state import Clock

    return int(engine.world.clock[Clock.messages])


def counts_of(engine: Engine) -> dict[str, float]:
    """Return each of the day's sums, over all days and cells."""
    from sim.state import Column

    totals = engine.world.daily.sum(axis=(0, 1)).tolist()
    return {column.name: totals[column] for column in Column}


def state_of(engine: Engine) -> dict[str, Any]:
    """Return everything a run leaves behind, under the names of the world's arrays and fields."""
    from sim.state import Column, Whole

    world, used = engine.world, messages_of(engine)
    records = {
        "members": world.members,
        "beliefs": world.beliefs,
        "positions": world.positions,
        "issues": world.issues,
        "messages": world.messages[:used],
    }
    ledger = [dict(zip(part.dtype.names, row, strict=True)) for part in engine.ledger() for row in part.tolist()]
    return {
        **{name: {field: rows[field].tolist() for field in rows.dtype.names} for name, rows in records.items()},
        "ledger": ledger,
        "daily": [
            {cell: {column.name: row[column] for column in Column} for cell, row in enumerate(day)}
            for day in world.daily.tolist()
        ],
        "whole": [{column.name: row[column] for column in Whole} for row in world.whole.tolist()],
    }


if __name__ == "__main__":
    main()
