"""What this machine's memory allows, measured by `benchmarks/c/memory.c`: in a row, one by one, and many at once."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks import c_code

LINE = 64  # bytes
_STEPS = 1_000_000
_REPEATS = 5


class Memory(NamedTuple):
    """What memory allows for a block of some size."""

    bytes: int
    """Of the block."""
    bandwidth: float
    """Bytes a second, read in a row."""
    alone_ns: float
    """Nanoseconds until a line at random is there, where it is known only when the one before has come."""
    among_ns: float
    """Nanoseconds a line at random, where all are known beforehand and many are on their way at once."""


def measure(into: Path, size: int) -> Memory:
    """Measure memory on a block of `size` bytes, rounded up to a page; the fastest of five each."""
    library = c_code.library("memory.c", into)
    lines = max(size, 4096) // LINE
    block = np.zeros(lines * LINE + LINE, np.uint8)
    first = block.ctypes.data + (-block.ctypes.data) % LINE
    at, count, steps = ctypes.c_void_p(first), ctypes.c_uint64(lines), ctypes.c_uint64(_STEPS)
    library.link_lines(at, count)
    rounds = max(1, _STEPS * 8 // lines // 8)
    swept = _fastest(lambda: [library.sweep(at, ctypes.c_uint64(lines * 8)) for _ in range(rounds)])
    alone = _fastest(lambda: library.follow(at, steps))
    among = _fastest(lambda: library.gather(at, count, steps))
    return Memory(lines * LINE, rounds * lines * LINE / swept, 1e9 * alone / _STEPS, 1e9 * among / _STEPS)


def _fastest(act: Callable[[], object]) -> float:
    times = []
    for _ in range(_REPEATS):
        began = time.perf_counter()
        act()
        times.append(time.perf_counter() - began)
    return min(times)
