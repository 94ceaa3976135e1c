"""What a world's lines were before it was changed, and the rest of them beyond the hour shown: drawn pale behind it.

The world as it was before the last change lives on beside the one watched, on the same luck, so that a change can be
seen against what would have come of it; where there are too many people for two worlds, its line ends where it was.
"""

from __future__ import annotations

from typing import Any, Final

from dashboards.numbers import draw_lines
from dashboards.world import Arena
from sim.state import TICKS_PER_DAY

MOST_MEMBERS: Final = 2_000
"""Members of a world whose former self lives on beside it."""


class Former:
    """Former lines of the world that an arena shows; `keep` it before each change."""

    def __init__(self, arena: Arena) -> None:
        self._arena = arena
        self._world: Arena | None = None
        self._line: dict[str, Any] | None = None
        self._words, self._had = "", 0
        self._changed_at = -1

    def keep(self, words: str) -> None:
        """Keep the world as it is, before it is changed; without a step since the last change, that one."""
        arena = self._arena
        with arena.lock:
            if not arena.simulated or arena.simulated == self._changed_at:
                return
            self._world = arena.forked() if arena.organization.members <= MOST_MEMBERS else None
            self._line = draw_lines(arena.latest, arena.willing)
            self._words, self._had, self._changed_at = words, arena.simulated, arena.shown

    # ------------------------------------------------------------ as what is made beside a world

    def is_of(self, arena: Arena) -> bool:
        """Return whether it is kept for this arena, whatever is changed in it."""
        return arena is self._arena

    def stop(self) -> None:
        """Let go of the former world."""
        self._world = self._line = None

    def stage(self, _: Any) -> tuple[Any, ...] | None:
        """Return what changes whenever there is something new to draw; None while there is nothing."""
        arena = self._arena
        if self._line is None and not self._ahead():
            return None
        return (
            self._changed_at,
            self._words,
            self._until() // TICKS_PER_DAY,
            arena.generation,
            self._ahead() and arena.shown,
        )

    def describe(self, _: Any) -> dict[str, Any]:
        """Return the former lines, None without any, and those of this world with what lies beyond the hour shown."""
        return {"words": self._words, "series": self._series(), "ahead": self._ahead_series()}

    def _ahead(self) -> int:
        """Return the days simulated beyond the one shown."""
        return self._arena.simulated // TICKS_PER_DAY - self._arena.shown // TICKS_PER_DAY

    def _until(self) -> int:
        return self._had if self._world is None else max(self._had, self._arena.shown)

    def _series(self) -> dict[str, Any] | None:
        until = self._until() // TICKS_PER_DAY * TICKS_PER_DAY
        if self._world is not None and until > self._had:
            self._world.look_at(until)
            return draw_lines(self._world.engine, self._world.willing)
        return self._line

    def _ahead_series(self) -> dict[str, Any] | None:
        return draw_lines(self._arena.latest, self._arena.willing) if self._ahead() else None
