"""By how much members have changed, where a page colours them by a change since an hour, or through an answer."""

from __future__ import annotations

from typing import Any

from dashboards.aftermath import Aftermath
from dashboards.numbers import belief_of
from dashboards.view import SAFETY, View
from dashboards.world import Arena


class Colours:
    """Changes of members; what they are compared with is kept as long as it is asked for."""

    def __init__(self) -> None:
        self._safety: tuple[tuple[int, int], Any] | None = None

    def change(self, arena: Arena, view: View, after: Aftermath | None) -> Any:
        """Return the change that a view asks for, float64[n]; None where it asks for none, or there is none."""
        if view.belief == "safety_since":
            return belief_of(arena.engine.world.beliefs, SAFETY) - self._safety_at(
                arena, min(view.against, arena.shown)
            )
        if after is None or not after.answered:
            return None
        if view.belief == "willingness_answer":
            here, there = after.willing()
            return here - there
        return after.cost() if view.belief == "safety_answer" else None

    def _safety_at(self, arena: Arena, tick: int) -> Any:
        key = (arena.generation, tick)
        if self._safety is None or self._safety[0] != key:
            self._safety = (key, belief_of(arena.engine_at(tick).world.beliefs, SAFETY))
        return self._safety[1]
