"""Who runs the trials of a study: the processes of this machine, or any executor, with a few batches under way.

A worker that dies takes its batch with it: the batch is made again, then, should it fail again, trial by trial, so that
one trial that takes its worker down becomes a row and nothing else is lost.
"""

from __future__ import annotations

import multiprocessing
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from typing import Final, NamedTuple

from experiments.sweeps.trials import Batch, Outcome, Trial, failed, perform

BATCH_SECONDS: Final = 2.0
"""Work in one batch, about: little is lost when a worker dies, and little is spent on sending."""
LARGEST_BATCH: Final = 100
ATTEMPTS: Final = 2
"""Times that a worker may end on a batch, and then on each of its trials, before that is given up."""


class _Work(NamedTuple):
    """A batch to make, and how often its worker ended while it was."""

    trials: tuple[Trial, ...]
    attempts: int


class Runner:
    """Makes batches of trials on an executor, and hands on what becomes of them as it comes in."""

    def __init__(self, template: Batch, workers: int, executor: Executor | None = None) -> None:
        self.template = template
        self.workers = max(1, workers)
        self.given = executor
        self.executor = executor
        self.each = 0.0  # seconds a trial, learned on the way
        self.stopped = threading.Event()

    def outcomes(self, trials: Sequence[Trial]) -> Iterator[list[Outcome]]:
        """Yield the outcomes of all trials, batch by batch as they finish; after `stop`, only those under way."""
        waiting = deque(trials)
        suspects: deque[_Work] = deque()
        under_way: dict[Future[list[Outcome]], _Work] = {}
        try:
            while waiting or suspects or under_way:
                self._fill(waiting, suspects, under_way)
                if not under_way:
                    return  # stopped
                done, _ = wait(under_way, return_when=FIRST_COMPLETED)
                for future in done:
                    yield from self._finished(future, under_way.pop(future), suspects)
        finally:
            for future in under_way:
                future.cancel()

    def stop(self) -> None:
        """Begin nothing more; what is under way is finished."""
        self.stopped.set()

    def close(self) -> None:
        """Let go of the processes, unless they are somebody else's."""
        if self.given is None and self.executor is not None:
            self.executor.shutdown(wait=False, cancel_futures=True)
            self.executor = None

    # ------------------------------------------------------------ one batch

    def _fill(
        self, waiting: deque[Trial], suspects: deque[_Work], under_way: dict[Future[list[Outcome]], _Work]
    ) -> None:
        """Keep two batches a worker under way, one made and one at the door; a suspect is made alone.

        Whoever dies together cannot be told apart: alone, it is certain who took the worker down.
        """
        while not self.stopped.is_set() and (suspects or waiting):
            if len(under_way) >= (1 if suspects else 2 * self.workers):
                return
            work = suspects.popleft() if suspects else _Work(self._next(waiting), 0)
            under_way[self._submitted(work.trials)] = work
            if work.attempts:
                return

    def _next(self, waiting: deque[Trial]) -> tuple[Trial, ...]:
        wanted = int(BATCH_SECONDS / self.each) if self.each else 1
        fair = -(-len(waiting) // (2 * self.workers))  # so that the last batches end together
        count = max(1, min(wanted, LARGEST_BATCH, fair))
        return tuple(waiting.popleft() for _ in range(min(count, len(waiting))))

    def _submitted(self, batch: tuple[Trial, ...]) -> Future[list[Outcome]]:
        if self.executor is None:
            self.executor = processes(self.workers)
        try:
            return self.executor.submit(perform, self.template._replace(trials=batch))
        except BrokenExecutor:
            self._renew()
            return self.executor.submit(perform, self.template._replace(trials=batch))

    def _renew(self) -> None:
        """Take new processes in the place of a pool that lost one."""
        if self.given is not None:
            raise BrokenExecutor("the executor that was given has broken down")
        if self.executor is not None:
            self.executor.shutdown(wait=False, cancel_futures=True)
        self.executor = processes(self.workers)

    def _finished(self, future: Future[list[Outcome]], work: _Work, suspects: deque[_Work]) -> Iterator[list[Outcome]]:
        if (error := future.exception()) is None:
            outcomes = future.result()
            recent = sum(outcome.seconds for outcome in outcomes) / len(outcomes)
            self.each = recent if not self.each else 0.7 * self.each + 0.3 * recent
            yield outcomes
        elif work.attempts < ATTEMPTS:
            suspects.append(work._replace(attempts=work.attempts + 1))
        elif len(work.trials) > 1:
            suspects.extend(_Work((trial,), 1) for trial in work.trials)
        else:
            yield failed(work.trials, f"the worker ended ({type(error).__name__}: {error})")


# ---------------------------------------------------------------- processes of this machine


def processes(count: int) -> Executor:
    """Return a pool of fresh processes; forking one with threads in it could hang."""
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(count, mp_context=context, initializer=_quiet)


def _quiet() -> None:
    """Leave Ctrl-C to the process that waits; end when that process is gone, however it went."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.join,), daemon=True).start()


def _end_with(gone: Callable[[], object]) -> None:
    import os

    gone()
    os._exit(1)


@contextmanager
def stopped_by_ctrl_c(runner: Runner) -> Iterator[None]:
    """Let the first Ctrl-C finish what is under way, and the second end everything."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def note(*_: object) -> None:
        if runner.stopped.is_set():
            raise KeyboardInterrupt
        runner.stop()

    before = signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
