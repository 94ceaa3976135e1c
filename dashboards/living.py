"""Living through hours in slices, so that somebody who has asked for something else need not wait for the end.

Whoever works for a visitor says in `watched` how to tell that it is no longer wanted. All that simulates hours for
them asks that between two slices, and gives up by an exception: what was simulated until then stays.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from sim.engine import Engine

SLICE: Final = 0.05
"""Seconds that a slice takes, about; one working hour at least."""


class InterruptedWork(Exception):  # noqa: N818  # it is no error
    """What was being done is not wanted any more."""


_unwanted: ContextVar[Callable[[], bool] | None] = ContextVar("unwanted", default=None)


@contextmanager
def watched(unwanted: Callable[[], bool]) -> Iterator[None]:
    """Let what is done inside, in this thread, give up as soon as `unwanted` says so."""
    before = _unwanted.set(unwanted)
    try:
        yield
    finally:
        _unwanted.reset(before)


def check() -> None:
    """Raise InterruptedWork where what is being done is not wanted any more."""
    unwanted = _unwanted.get()
    if unwanted is not None and unwanted():
        raise InterruptedWork


def advance(engine: Engine, tick: int, *after_each: Callable[[Engine], None]) -> None:
    """Let an engine live up to a working hour, as its `advance` does.

    Raises InterruptedWork in between; then it stands at an earlier hour.
    """
    if _unwanted.get() is None:
        engine.advance(tick, *after_each)
        return
    hours = 1
    while True:
        began = time.monotonic()
        engine.advance(min(tick, engine.tick + hours), *after_each)
        if engine.tick >= tick:
            return
        hours = max(1, hours * 2 if time.monotonic() - began < SLICE else hours // 2)
        check()
