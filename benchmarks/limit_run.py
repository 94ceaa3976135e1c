"""In a process of its own: the visits of some hours by the kernel and by C, what they touch, and what memory allows."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import c_code, machine_memory, visits_in_c
from benchmarks.case import Case, case_of, scenario_of
from benchmarks.children import ChildError
from benchmarks.counters import EVENTS, Counter
from benchmarks.visits_in_c import Visits, VisitsInC, by_kernel, calling_the_kernel
from sim.engine import Engine
from sim.state import TICKS_PER_DAY, Column, World

MEASURED_DAYS = 2  # at the end of the case
COUNTED = ("visits", "items", "wishes")
READ_IN_VISITS = (
    *("members", "beliefs", "positions", "messages", "slots", "news", "early_for"),
    *("tie_member", "rows", "seen", "unread"),
)


def main() -> None:
    """Measure one case, `repeats` times in turn, and print the figures as JSON."""
    case = case_of(sys.argv[1:])
    by_kernel(Engine(scenario_of(Case(members=60, days=1))))
    engine = Engine(scenario_of(case), seed=case.seed)
    hours = MEASURED_DAYS * TICKS_PER_DAY
    engine.advance(engine.ticks - hours)
    with tempfile.TemporaryDirectory() as scratch:
        folders = [Path(scratch, name) for name in ("plain", "touched", "memory")]
        for folder in folders:
            folder.mkdir()
        in_c = VisitsInC(folders[0])
        found = {
            **times(engine, hours, {"kernel": by_kernel, "calling": calling_the_kernel, "c": in_c}, case.repeats),
            "touched": touched(engine, hours, VisitsInC(folders[1], touched=True)),
            "counters": counted(engine, hours, {"kernel": by_kernel, "c": in_c}, folders[2]),
            "instructions": instructions(engine, in_c, c_code.library("steps.c", folders[2])),
            "memory": machine_memory.measure(folders[2], working_set(engine.world))._asdict(),
        }
    print(json.dumps(found))


def working_set(world: World) -> int:
    """Return the bytes of the arrays that visits read and write, by their records and how many there are."""
    return sum(getattr(world, name).nbytes for name in READ_IN_VISITS)


def times(start: Engine, hours: int, ways: dict[str, Visits], repeats: int) -> dict[str, Any]:
    """Return the seconds of each way, summed over hours, of each hour its fastest; and what was counted meanwhile.

    The ways take turns, each with a world of its own, which must be the same afterwards.
    """
    taken: dict[str, list[list[float]]] = {name: [] for name in ways}
    for _ in range(repeats):
        ends = {}
        for name, way in ways.items():
            ends[name] = start.copy(with_ledger=False)
            taken[name].append(visits_in_c.advance(ends[name], hours, way))
        for end in ends.values():
            visits_in_c.check_same(end, ends["kernel"])
    seconds = {name: float(np.min(each, axis=0).sum()) for name, each in taken.items()}
    return {"seconds": seconds, "counts": counts(start, ends["kernel"])}


def counts(start: Engine, end: Engine) -> dict[str, float]:
    """Return what was counted between two states of a run."""
    found = end.world.daily.sum(axis=(0, 1)) - start.world.daily.sum(axis=(0, 1))
    return {name: float(found[Column[name]]) for name in COUNTED}


def touched(start: Engine, hours: int, way: VisitsInC) -> dict[str, Any]:
    """Return what the visits touch of each array."""
    visits_in_c.advance(start.copy(with_ledger=False), hours, way)
    return way.counted()


def counted(start: Engine, hours: int, ways: dict[str, Visits], into: Path) -> dict[str, dict[str, int]]:
    """Return what the processor counts while visits are made each way; empty where it may not be asked."""
    found: dict[str, dict[str, int]] = {}
    for event, about in EVENTS.items():
        for name, way in ways.items():
            with contextlib.suppress(ChildError):
                counter = Counter(into, about)
                visits_in_c.advance(start.copy(with_ledger=False), hours, counter.around(way))
                found.setdefault(event, {})[name] = counter.close()
    return found


# ---------------------------------------------------------------- instructions, one by one


def instructions(start: Engine, in_c: VisitsInC, stepper: Any) -> dict[str, float]:
    """Return the instructions a visit, of the first of an hour, by the kernel and by C; empty where forbidden."""
    stepper.steps.restype = ctypes.c_int64
    engine = start.copy(with_ledger=False)
    visits_in_c.advance(engine, 1, by_kernel)
    visits_in_c.open_hour(engine)
    some = min(visits_in_c.visitors(engine), 100)
    found = {}
    for name, way in {"kernel": visits_in_c.some_by_kernel, "c": in_c.some}.items():
        counted = [_steps(lambda way=way, end=end: way(engine, end), stepper) for end in (some, 0)]  # type: ignore[misc]
        if min(counted) < 0 or not some:
            return {}
        found[name] = (counted[0] - counted[1]) / some
    return found


def _steps(act: Callable[[], object], stepper: Any) -> int:
    """Return the instructions of a call, made in a copy of this process; -1 where the system forbids to look on."""
    child = os.fork()
    if child == 0:
        if stepper.let_look():
            os._exit(1)
        os.kill(os.getpid(), signal.SIGSTOP)
        act()
        os.kill(os.getpid(), signal.SIGSTOP)
        os._exit(0)
    _, status = os.waitpid(child, os.WUNTRACED)
    if not os.WIFSTOPPED(status):
        return -1
    count = int(stepper.steps(child))
    stepper.let_go(child)
    os.waitpid(child, 0)
    return count


if __name__ == "__main__":
    main()
