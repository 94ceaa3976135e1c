"""Who runs the trials of a study: the processes of this machine, or any executor, with a few batches under way.

A worker that dies takes with it what was under way. That is made again, one batch at a time, and a batch that takes its
worker down alone is made trial by trial: so a trial that kills becomes a row, and nothing else is lost.
"""

from __future__ import annotations

import itertools
import logging
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, ProcessPoolExecutor, wait
from contextlib import closing, contextmanager, suppress
from typing import Final, NamedTuple

from experiments.cluster import GONE
from experiments.sweeps.trials import Batch, Outcome, Trial, failed, perform
from experiments.workers import begin_worker, cores, ctrl_c_kept_from_children, fresh
from sim.errors import InputError, shown

_log = logging.getLogger(__name__)

BATCH_SECONDS: Final = 2.0
"""Work in one batch, about: little is lost when a worker dies, and little is spent on sending."""
LARGEST_BATCH: Final = 100
LOOK_SECONDS: Final = 0.5
"""How often to look up while nothing comes in."""
ATTEMPTS: Final = 2
"""Times that a worker may end on a single trial, made alone, before that is given up."""
ENDED: Final = "the worker ended, each time that this run was tried; often there is too little memory"

UNGUARDED: Final = (
    "a script that makes a sweep must do so below a line `if __name__ == '__main__':`, because each worker reads the "
    "script, too"
)


class _Work(NamedTuple):
    """A batch to make, and how often a worker ended on it: 0, then it is made alone."""

    trials: tuple[Trial, ...]
    attempts: int = 0


class Runner:
    """Makes batches of trials on an executor, and hands on what becomes of them as it comes in."""

    def __init__(self, template: Batch, workers: int, executor: Executor | None = None) -> None:
        self.template = template
        self.stopped = threading.Event()
        self._workers = workers
        self._given = executor
        self._pool: _Pool | None = None
        self._stillborn = 0
        self._numbers = itertools.count()
        self._seconds_a_trial = 0.0  # learned on the way
        self._waiting: deque[Trial] = deque()
        self._suspects: deque[_Work] = deque()
        self._under_way: dict[Future[list[Outcome]], _Work] = {}

    def outcomes(self, trials: Sequence[Trial]) -> Iterator[list[Outcome]]:
        """Yield the outcomes of all trials as batches finish, and now and then nothing; after `stop`, those under way.

        Raises InputError where the workers cannot work at all.
        """
        self._waiting.extend(trials)
        while self._waiting or self._suspects or self._under_way:
            if self.stopped.is_set():
                self._withdraw()
            else:
                self._fill()
            if not self._under_way:
                return  # stopped
            done, _ = wait(self._under_way, timeout=LOOK_SECONDS, return_when=FIRST_COMPLETED)
            for future in sorted(done, key=_went_wrong):  # what is there is handed on before anything is raised
                yield self._finished(future, self._under_way.pop(future))
            yield []

    def stop(self) -> None:
        """Begin nothing more; what is under way is finished."""
        self.stopped.set()

    def close(self) -> None:
        """Let go of the processes, unless they are somebody else's; what is still under way is thrown away."""
        for future in self._under_way:
            future.cancel()
        if self._pool is not None:
            self._pool.end(at_once=bool(self._under_way))
            self._pool = None

    # ------------------------------------------------------------ giving work

    def _withdraw(self) -> None:
        """Take back what has not begun."""
        self._waiting.clear()
        self._suspects.clear()
        for future in [future for future in self._under_way if future.cancel()]:
            del self._under_way[future]

    def _fill(self) -> None:
        """Keep two batches a worker under way, one made and one at the door; a suspect is made alone.

        Of those that die together none can be blamed: alone, it is certain who took the worker down.
        """
        if self._suspects:
            if not self._under_way:
                self._submit(self._suspects.popleft())
            return
        if any(work.attempts for work in self._under_way.values()):
            return
        workers = self._capacity()
        while self._waiting and len(self._under_way) < 2 * workers:
            self._submit(_Work(self._next(workers)))

    def _capacity(self) -> int:
        """Return how many batches can be made at once; the workers of a cluster come and go."""
        client = getattr(self._given, "_client", None)  # that of Dask's executor
        if client is None:
            return self._workers
        with suppress(OSError):  # no answer: what is under way will tell
            return max(1, int(sum(client.nthreads().values())))
        return self._workers

    def _next(self, workers: int) -> tuple[Trial, ...]:
        wanted = int(BATCH_SECONDS / self._seconds_a_trial) if self._seconds_a_trial else 1
        fair = -(-len(self._waiting) // (2 * workers))  # so that the last batches end together
        count = max(1, min(wanted, LARGEST_BATCH, fair))
        return tuple(self._waiting.popleft() for _ in range(min(count, len(self._waiting))))

    def _submit(self, work: _Work) -> None:
        batch = self.template._replace(trials=work.trials, number=next(self._numbers))
        with ctrl_c_kept_from_children():
            try:
                future = self._executor().submit(perform, batch)
            except Exception as error:  # it broke since it was last looked at, or its owner has shut it down
                if self._given is None and not isinstance(error, BrokenExecutor):
                    raise
                future = Future()
                future.set_exception(BrokenExecutor(str(error)))
        self._under_way[future] = work

    def _executor(self) -> Executor:
        if self._given is not None:
            return self._given
        if self._pool is None:
            self._pool = _Pool(self._workers)
        return self._pool.executor

    # ------------------------------------------------------------ taking results

    def _finished(self, future: Future[list[Outcome]], work: _Work) -> list[Outcome]:
        if future.cancelled():
            raise InputError(GONE)
        error = future.exception()
        if error is None:
            self._stillborn = 0
            return self._learned(future.result())
        if isinstance(error, InputError):
            raise error
        if not _died(error):
            why = f"{type(error).__name__}: {shown(error)}"
            rule = f"the workers cannot make these runs ({why}); they need the same version of this program"
            raise InputError(rule) from error
        if isinstance(error, BrokenExecutor):
            self._renew()
        return self._suspected(work)

    def _learned(self, outcomes: list[Outcome]) -> list[Outcome]:
        """Note how long a trial takes."""
        recent = sum(outcome.seconds for outcome in outcomes) / len(outcomes)
        known = self._seconds_a_trial
        self._seconds_a_trial = 0.7 * known + 0.3 * recent if known else recent
        return outcomes

    def _suspected(self, work: _Work) -> list[Outcome]:
        """See to a batch on which a worker ended: once more alone, then in single trials, and then it has failed."""
        if work.attempts == 0:
            self._suspects.append(_Work(work.trials, 1))
        elif len(work.trials) > 1:
            self._suspects.extend(_Work((trial,), 1) for trial in work.trials)
        elif work.attempts < ATTEMPTS:
            self._suspects.append(_Work(work.trials, work.attempts + 1))
        else:
            return [failed(work.trials[0], "worker", ENDED)]
        return []

    def _renew(self) -> None:
        """Take new processes in the place of a pool that has broken; InputError where processes cannot even begin."""
        if self._given is not None:
            raise InputError(GONE)
        if self._pool is None:
            return  # another batch of the same pool has said so already
        self._stillborn = 0 if self._pool.has_begun() else self._stillborn + 1
        self._pool.end(at_once=True)
        self._pool = None
        if self._stillborn >= ATTEMPTS:
            raise InputError(f"the worker processes end as soon as they begin; {UNGUARDED}")


def _went_wrong(future: Future[list[Outcome]]) -> bool:
    return future.cancelled() or future.exception() is not None


def _died(error: BaseException) -> bool:
    """Say whether a worker ended, rather than refused; Dask, whose KilledWorker this may be, need not be here."""
    return isinstance(error, BrokenExecutor) or type(error).__name__ == "KilledWorker"


def capacity(executor: Executor) -> int:
    """Return how many batches an executor can make at once, as far as it tells."""
    return getattr(executor, "_max_workers", None) or cores()


# ---------------------------------------------------------------- processes of this machine


class _Pool:
    """Fresh processes."""

    def __init__(self, count: int) -> None:
        self.executor = ProcessPoolExecutor(count, mp_context=fresh(), initializer=_quiet)
        self._begun = self.executor.submit(os.getpid)  # asked first, so that it is answered if anything is

    def has_begun(self) -> bool:
        """Say whether any process ever began to work."""
        return self._begun.done() and not self._begun.cancelled() and self._begun.exception() is None

    def end(self, at_once: bool) -> None:
        """End the processes, now or when they are through."""
        workers = list((getattr(self.executor, "_processes", None) or {}).values())
        self.executor.shutdown(wait=not at_once, cancel_futures=True)
        for process in workers if at_once else ():
            with suppress(OSError, ValueError):  # gone already
                process.terminate()


def _quiet() -> None:
    """Begin as any worker does; end when the process that waits is gone, however it went."""
    begin_worker()
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.join,), daemon=True).start()


def _end_with(gone: Callable[[], object]) -> None:
    gone()
    os._exit(1)


@contextmanager
def at_work(runner: Runner) -> Iterator[None]:
    """Let go of a runner's processes in the end; until then Ctrl-C is noted, so that a late one breaks nothing off."""
    with _stopped_by_ctrl_c(runner), closing(runner):
        yield


@contextmanager
def _stopped_by_ctrl_c(runner: Runner) -> Iterator[None]:
    """Let the first Ctrl-C finish what is under way, and the second end everything."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def note(*_: object) -> None:
        if runner.stopped.is_set():
            raise KeyboardInterrupt
        runner.stop()
        _log.warning("Stopping when the runs under way are finished; Ctrl-C once more stops at once.")

    before = signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.SIG_DFL if before is None else before)
