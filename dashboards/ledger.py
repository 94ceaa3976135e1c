"""The silence ledger of an engine: its latest rows at hand, older ones read from disk where needed."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.engine import Engine
from sim.state import Clock


class Ledger:
    """The silence ledger of an engine, of which the latest rows are at hand."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        world = engine.world
        self.rows = np.asarray(world.occasions[: int(world.clock[Clock.occasions])])
        self.whole = len(self.rows) == int(world.members["occasions"].sum())
        self._ids: Any = None

    def since(self, tick: int) -> Any:
        """Return the rows from a working hour on; they stand in the order of time."""
        first = int(np.searchsorted(self.rows["tick"], tick))
        if first == 0 and not self.whole:
            self._fetch()
            first = int(np.searchsorted(self.rows["tick"], tick))
        return self.rows[first:]

    def began(self, wish: Any) -> int:
        """Return the occasion on which a draft began: it says the same each time it is taken up again."""
        occasion, before = wish.occasion_id, wish.draft_of
        while before >= 0:
            occasion, before = before, self._draft_of(before)
        return int(occasion)

    def _draft_of(self, occasion_id: int) -> int:
        if self._ids is None:
            self._ids = np.ascontiguousarray(self.rows["occasion_id"])
        at = int(np.searchsorted(self._ids, occasion_id))
        if at < len(self._ids) and self._ids[at] == occasion_id:
            return int(self.rows["draft_of"][at])
        if self.whole:
            return -1
        self._fetch()
        return self._draft_of(occasion_id)

    def _fetch(self) -> None:
        """Have those at hand that went to disk as well."""
        self.rows, self.whole, self._ids = np.concatenate([np.asarray(p) for p in self._engine.ledger()]), True, None
