"""Room: arrays of records that are empty, that have space for more, or that live for one tick only."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from sim.state import MAX_ATTENTION, MAX_LEFT_OVER, OCCASION, ROWS_PER_VISIT

LEDGER_ROWS: Final = 200_000
"""Occasions kept in memory; what is more goes to disk in parts."""
SPARE: Final = 256
"""Rows beyond what is used, so that a short run need not grow its arrays."""


def records(count: int, kind: Any) -> Any:
    """Return `count` blank records of one kind."""
    return np.zeros(count, kind).view(np.recarray)


def grown(array: Any, room: int) -> Any:
    """Return a copy of an array with room for so many records; those beyond its own are blank."""
    larger = records(room, array.dtype)
    larger[: len(array)] = array
    return larger


def scratch(visitors: int) -> dict[str, Any]:
    """Return the arrays that the visits of one tick are written to, with places for so many visitors."""
    return {
        "rows": np.zeros((visitors, ROWS_PER_VISIT), OCCASION).view(np.recarray),
        "row_count": np.zeros(visitors, np.int32),
        "seen": np.zeros((visitors, MAX_ATTENTION), np.int32),
        "waiting": np.zeros((visitors, MAX_ATTENTION + MAX_LEFT_OVER), np.int32),
        "liked": np.zeros((visitors, MAX_ATTENTION), np.int8),
        "seen_count": np.zeros(visitors, np.int32),
        "influence": np.zeros((visitors, 2)),
    }


def scratch_of(members: int) -> dict[str, Any]:
    """Return those arrays for an organisation of so many members: for more visitors than come in most ticks."""
    return {"visitors": np.zeros(members, np.int32), **scratch(members // 12 + 16)}
