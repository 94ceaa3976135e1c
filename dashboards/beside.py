"""What is made beside the world of a hub, by the kind of message that tells a page of it: the film of its story, its
debrief, what other seeds say, its former lines. Each is made in a thread of its own, or kept as long as it is wanted.
"""

from __future__ import annotations

import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple, Protocol

from dashboards import living
from dashboards.world import Arena
from sim.errors import InputError

_FAULT: Final = "Something went wrong inside the simulation; its log says more."
_log = logging.getLogger(__name__)


class Made(Protocol):
    """What is made beside a world."""

    def is_of(self, arena: Arena) -> bool:
        """Return whether it is about the world of an arena as it is."""

    def stop(self) -> None:
        """Leave out what has not been made yet; returns at once."""

    def stage(self, series: Any) -> tuple[Any, ...] | None:
        """Return what changes whenever there is something new to tell beside a series; None while there is nothing."""

    def describe(self, series: Any) -> dict[str, Any]:
        """Return what is known so far, as plain values for JSON."""


class MadeInAThread(ABC):
    """What is made of the world of an arena as it is, in a thread of its own from `start` on.

    `done` is called whenever there is more of it.
    """

    def __init__(self, arena: Arena, done: Callable[[], object]) -> None:
        with arena.lock:
            self._of = (arena, arena.generation)
        self.problem = ""
        """Why there is nothing more of it, for people to read."""
        self._done = done
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True, name=f"ism-{type(self).__name__.lower()}")

    @abstractmethod
    def make(self) -> None:
        """Make all of it. Raises InputError where that cannot be, and InterruptedWork where nobody waits for it."""

    def start(self) -> None:
        """Begin to make it."""
        self._thread.start()

    def stop(self) -> None:
        """Leave out what has not been made yet; returns at once."""
        self._stopped.set()

    def is_of(self, arena: Arena) -> bool:
        """Return whether this is about the world of an arena as it is, and not about one that was changed since."""
        return self._of == (arena, arena.generation)

    def _work(self) -> None:
        try:
            with living.watched(self._stopped.is_set):
                self.make()
        except living.InterruptedWork:
            return
        except InputError as problem:
            self.problem = str(problem)
        except Exception:
            _log.exception("what is made beside a world failed")
            self.problem = _FAULT
        self._done()


class News(NamedTuple):
    """Something that a page has not seen yet."""

    kind: str
    stage: tuple[Any, ...] | None
    what: dict[str, Any] | None
    """None where there is no longer anything of its kind."""


class Beside:
    """All that is made beside one world."""

    def __init__(self) -> None:
        self._made: dict[str, Any] = {}

    def get(self, kind: str) -> Any:
        """Return what there is of a kind; None for nothing."""
        return self._made.get(kind)

    def put(self, kind: str, made: Made | None) -> None:
        """Have this in place of what there is of its kind; None for nothing."""
        before = self._made.pop(kind, None)
        if before is not None:
            before.stop()
        if made is not None:
            self._made[kind] = made

    def stop(self) -> None:
        """Let go of everything."""
        for kind in list(self._made):
            self.put(kind, None)

    def news(self, arena: Arena, known: dict[str, Any], series: Any) -> Iterator[News]:
        """Yield what a page has not seen that knows so much, by kind; what is of another world is let go of."""
        for kind, each in list(self._made.items()):
            if not each.is_of(arena):
                self.put(kind, None)
        for kind in sorted({*self._made, *known}):
            made = self.get(kind)
            stage = None if made is None else made.stage(series)
            if stage != known.get(kind):
                yield News(kind, stage, None if made is None else made.describe(series))
