"""Many independent pieces of work on the cores of this machine, their results in the order of the pieces."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

_Piece = TypeVar("_Piece")
_Result = TypeVar("_Result")

ONE_CORE = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
"""What linear algebra reads when a process begins: threads of its own in each process would wait for one another."""
FEWEST = 8
"""Pieces from which starting other processes, about two seconds each, pays."""


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def results(
    work: Callable[[_Piece], _Result],
    pieces: Sequence[_Piece],
    workers: int | None = None,
    done: Callable[[int, int], object] | None = None,
) -> Iterator[_Result]:
    """Yield `work(piece)` for each piece, in order; `work` must be a function of a module, since processes import it.

    `workers` is the number of processes (the cores that there are); 1 means this process alone. `done` is given how
    many are finished, and of how many. An exception in a piece is raised where its result would be.
    """
    count = cores() if workers is None else max(1, workers)
    if count == 1 or len(pieces) < FEWEST:
        for number, piece in enumerate(pieces, 1):
            yield work(piece)
            if done:
                done(number, len(pieces))
        return
    with _processes(min(count, len(pieces))) as pool:
        futures: list[Future[Any]] = [pool.submit(work, piece) for piece in pieces]
        for number, future in enumerate(futures, 1):
            yield future.result()
            if done:
                done(number, len(pieces))


@contextmanager
def _processes(count: int) -> Iterator[Executor]:
    """Give a pool of processes, each on one core; whatever has not begun when the block is left early never begins."""
    context = multiprocessing.get_context("spawn")
    for library in ONE_CORE:
        os.environ.setdefault(library, "1")
    pool = ProcessPoolExecutor(count, mp_context=context, initializer=_leave_ctrl_c_alone)
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _leave_ctrl_c_alone() -> None:
    """Let Ctrl-C be handled by the process that waits for the results."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
