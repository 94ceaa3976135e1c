"""The visits of an hour by `benchmarks/c/visits.c`, on the very arrays of a world, beside the compiled kernel's."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import c_code
from benchmarks.children import ChildError
from sim import kernel
from sim.engine import Engine
from sim.state import Clock, World
from sim.terms import Theory

STAGES = ("arriving", "ranking", "reading", "leaving", "wishing", "deciding")
"""What a visit consists of, as visits.c has it."""
Visits = Callable[[Engine], float]
"""Makes the visits of an engine's hour; returns how long that took, in seconds."""


class VisitsInC:
    """The visits in C, compiled into a folder; `touched` counts what they touch, which takes long."""

    def __init__(self, into: Path, touched: bool = False) -> None:
        c_code.write_header(into)
        self.touched = touched
        if touched:
            flags = ("-O2", "-fno-tree-vectorize", "-fno-tree-slp-vectorize", "-DTOUCHED")
            loop = c_code.compile_object("visits.c", into, (*flags, "-fsanitize=thread"))
            self.library = c_code.library("touched.c", into, loop)
        else:
            self.library = c_code.library("visits.c", into)
        self._visits = self.library.visits
        self._visits.restype = None
        self._visits.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint64, *[ctypes.c_int64] * 3]

    def __call__(self, engine: Engine) -> float:
        """Make the visits of an hour; return how long it took, in seconds."""
        return self.some(engine, visitors(engine))

    def some(self, engine: Engine, end: int) -> float:
        """Make the first visits of an hour; return how long it took, in seconds."""
        if self.touched:
            self._watch(engine)
        world, numbers = c_code.world_in_c(engine.world), c_code.coefficients_in_c(engine.coefficients)
        began = time.perf_counter()
        self._visits(world, numbers, engine.seed, engine.tick, 0, end)
        return time.perf_counter() - began

    def counted(self) -> dict[str, Any]:
        """Return what the visits touched so far, by array: lines by stage, and bytes; and the accesses by stage."""
        lines, used, accesses = np.zeros((64, 8), np.int64), np.zeros(64, np.int64), np.zeros(8, np.int64)
        self.library.report(*(ctypes.c_void_p(each.ctypes.data) for each in (lines, used, accesses)))
        names = World._fields
        return {
            "lines": {name: lines[n, : len(STAGES)].tolist() for n, name in enumerate(names)},
            "bytes": {name: int(used[n]) for n, name in enumerate(names)},
            "accesses": accesses[: len(STAGES)].tolist(),
        }

    def _watch(self, engine: Engine) -> None:
        """Count what is touched of an engine's arrays where they are now; they move when they grow."""
        arrays = [array.ctypes.data for array in engine.world], [_end(array) for array in engine.world]
        begins, ends = (np.array(each, np.uint64) for each in arrays)
        self.library.watch(*(ctypes.c_void_p(each.ctypes.data) for each in (begins, ends)), len(begins))


def _end(array: Any) -> int:
    return int(array.ctypes.data + array.nbytes)


def visitors(engine: Engine) -> int:
    """Return how many members visit in the hour that has begun."""
    return int(engine.world.clock[Clock.visitors])


def by_kernel(engine: Engine) -> float:
    """Make the visits of an hour by the compiled kernel; return how long it took, in seconds."""
    return some_by_kernel(engine, visitors(engine))


def calling_the_kernel(engine: Engine) -> float:
    """Make the visits by the kernel; return how long it takes to call it for no visits at all, in seconds."""
    by_kernel(engine)
    return some_by_kernel(engine, 0)


def some_by_kernel(engine: Engine, end: int) -> float:
    """Make the first visits of an hour by the compiled kernel; return how long it took, in seconds."""
    seed, tick = np.uint64(engine.seed), engine.tick
    began = time.perf_counter()
    kernel.visits(engine.world, engine.coefficients, seed, tick, 0, end)
    return time.perf_counter() - began


def advance(engine: Engine, hours: int, visit: Visits) -> list[float]:
    """Advance by hours whose visits are made by `visit`, all else by the kernel; return how long they took, each."""
    if engine.coefficients.theory != Theory.arena:
        raise ChildError("the visits in C decide by the theory `arena` alone")
    took = []
    for _ in range(hours):
        open_hour(engine)
        took.append(visit(engine))
        kernel.close_tick(engine.world, engine.coefficients, np.uint64(engine.seed), engine.tick)
    return took


def open_hour(engine: Engine) -> None:
    """Do what comes before the visits of an hour, and make room for them, as `Engine.advance` does."""
    while not kernel.open_tick(engine.world, engine.coefficients, np.uint64(engine.seed), engine.tick):
        engine._make_room()


def check_same(found: Engine, wanted: Engine) -> None:
    """Raise ChildError unless two engines have left the same bits in every field of every array that lasts."""
    used = {"messages": Clock.messages, "occasions": Clock.occasions, "pending": Clock.pending}
    for name, array in wanted.world._asdict().items():
        end = int(wanted.world.clock[used[name]]) if name in used else min(len(array), len(getattr(found.world, name)))
        for field in array.dtype.names or [None]:
            here, there = (np.ascontiguousarray(_field(each, name, field)[:end]) for each in (found, wanted))
            if here.tobytes() != there.tobytes():
                raise ChildError(
                    f"the visits in C leave another {name}.{field or ''} than the kernel, at {wanted.tick}"
                )


def _field(engine: Engine, name: str, field: str | None) -> Any:
    array = getattr(engine.world, name)
    return array if field is None else array[field]
