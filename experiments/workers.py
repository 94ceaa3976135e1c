"""Many independent pieces of work on the cores of this machine, their results in the order of the pieces."""

from __future__ import annotations

import atexit
import gc
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import forkserver, resource_tracker
from multiprocessing.context import BaseContext
from typing import Any, TypeVar

from experiments.cluster import GONE
from sim.errors import InputError, shown

_Piece = TypeVar("_Piece")
_Result = TypeVar("_Result")

ONE_CORE = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
"""What linear algebra reads when a process begins: threads of its own in each process would wait for one another."""
FEWEST = 8
"""Pieces from which starting other processes, about a second, pays."""


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
    executor: Executor | None = None,
    threads: bool = False,
) -> Iterator[_Result]:
    """Yield `work(piece)` for each piece, in order; `work` must be a function of a module, since processes import it.

    `workers` is the number of processes (the cores that there are); 1 means this process alone. `executor` does the
    work in their place, wherever it is. `done` is given how many are finished, and of how many. An exception in a piece
    is raised where its result would be; InputError where the workers of an executor are gone, or cannot do the work.
    With `threads` the workers are threads of this process, which begin at once: for short pieces that spend their time
    in compiled code.
    """
    if executor is not None:
        yield from _elsewhere(work, pieces, done, executor)
        return
    count = cores() if workers is None else max(1, workers)
    if count == 1 or len(pieces) < (2 if threads else FEWEST):
        for number, piece in enumerate(pieces, 1):
            yield work(piece)
            if done:
                done(number, len(pieces))
        return
    with (_threads if threads else _processes)(min(count, len(pieces))) as pool:
        yield from _submitted(work, pieces, done, pool)


def _submitted(
    work: Callable[[_Piece], _Result],
    pieces: Sequence[_Piece],
    done: Callable[[int, int], object] | None,
    pool: Executor,
) -> Iterator[_Result]:
    """Yield what an executor makes of pieces; whatever has not begun when nobody asks any more never begins."""
    futures: list[Future[Any]] = []
    try:
        futures += (pool.submit(work, piece) for piece in pieces)
        for number, future in enumerate(futures, 1):
            yield future.result()
            if done:
                done(number, len(pieces))
    finally:
        for future in futures:
            future.cancel()


def _elsewhere(
    work: Callable[[_Piece], _Result],
    pieces: Sequence[_Piece],
    done: Callable[[int, int], object] | None,
    executor: Executor,
) -> Iterator[_Result]:
    """Yield what somebody else's executor makes of pieces, and tell in a sentence where it does not."""
    try:
        yield from _submitted(work, pieces, done, executor)
    except InputError:
        raise
    except (BrokenExecutor, CancelledError) as error:
        raise InputError(GONE) from error
    except Exception as error:
        if type(error).__name__ == "KilledWorker":  # of Dask, which need not be here
            raise InputError(GONE) from error
        rule = f"the workers cannot make these runs ({type(error).__name__}: {shown(error)})"
        raise InputError(f"{rule}; they need the same version of this program") from error


@contextmanager
def _processes(count: int) -> Iterator[Executor]:
    """Give a pool of processes, each on one core; whatever has not begun when the block is left early never begins."""
    context = multiprocessing.get_context("spawn")  # a copy that begins while this process ends could not, and complain
    for library in ONE_CORE:
        os.environ.setdefault(library, "1")
    pool = ProcessPoolExecutor(count, mp_context=context, initializer=begin_worker)
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _threads(count: int) -> Iterator[Executor]:
    """Give a pool of threads; what has not begun when the block is left early never begins."""
    pool = ThreadPoolExecutor(count)
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def fresh() -> BaseContext:
    """Return how workers begin: each on one core, and none as a copy of this process, whose threads could hang there.

    Where the system can do it safely, they are copies of one process that has the model loaded, and begin at once.
    """
    for library in ONE_CORE:
        os.environ.setdefault(library, "1")
    if sys.platform != "linux":
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["experiments.loaded"])
    resource_tracker.ensure_running()  # it comes first, since it lets Ctrl-C through again as it begins
    with ctrl_c_kept_from_children():
        forkserver.ensure_running()
    return context


@contextmanager
def ctrl_c_kept_from_children() -> Iterator[None]:
    """Start processes so that Ctrl-C, which the terminal sends to all, never reaches them, not even as they begin."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def begin_worker() -> None:
    """Let Ctrl-C be handled by the process that waits for the results; look for no garbage in the end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    atexit.register(gc.freeze)  # as in the command
