"""Room: arrays of records that are empty, that have space for more, or that live for one tick only."""

from __future__ import annotations

import math
from mmap import ACCESS_COPY, mmap
from typing import Any, Final

import numpy as np

from sim.state import MAX_ATTENTION, OCCASION, PAGES, ROWS_PER_VISIT, WORD_BITS

LEDGER_ROWS: Final = 100_000
"""Occasions kept in memory; what is more goes to disk in parts."""
SPARE: Final = 256
"""Rows beyond what is used, so that a short run need not grow its arrays."""


def records(count: int, kind: Any) -> Any:
    """Return `count` blank records of one kind."""
    return np.zeros(count, kind).view(np.recarray)


def bytes_of(array: Any) -> Any:
    """Return records as the bytes that they are, still in place; an array of numbers as it is.

    numpy copies records field by field, which takes it four to twelve times as long.
    """
    return array.view(np.ndarray).view((np.void, array.itemsize)) if array.dtype.names else array


def copied(*arrays: Any) -> Any:
    """Return a copy of arrays of one kind, one after the other."""
    return np.concatenate([bytes_of(array) for array in arrays]).view(arrays[0].dtype)


def grown(array: Any, room: int) -> Any:
    """Return a copy of an array with room for so many records; those beyond its own are blank."""
    larger = records(room, array.dtype)
    bytes_of(larger)[: len(array)] = bytes_of(array)
    return larger


def scratch(visitors: int, audiences: Any) -> dict[str, Any]:
    """Return the arrays that the visits of one tick are written to, with places for so many visitors of these pages.

    All visitors' first rows lie side by side, then all second ones: most visits fill few.
    """
    words = -(-int(audiences["room"].max()) // WORD_BITS)
    return {
        "rows": _sparse((ROWS_PER_VISIT, visitors), OCCASION).view(np.recarray).T,
        "row_count": np.zeros(visitors, np.int32),
        "seen": np.zeros((visitors, MAX_ATTENTION), np.int32),
        "marks": np.zeros((visitors, MAX_ATTENTION)),
        "unread": np.zeros((visitors, 2, PAGES, words), np.uint64),
        "liked": np.zeros((visitors, MAX_ATTENTION), np.int8),
        "seen_count": np.zeros(visitors, np.int32),
        "influence": np.zeros((visitors, 2)),
    }


def _sparse(shape: tuple[int, ...], kind: Any) -> Any:
    """Return blank records of which few will be touched: of those, memory is taken by the page.

    For its own large arrays numpy asks for memory 2 MiB at a time.
    """
    return np.frombuffer(mmap(-1, math.prod(shape) * kind.itemsize, access=ACCESS_COPY), kind).reshape(shape)


def scratch_of(members: int, audiences: Any) -> dict[str, Any]:
    """Return all of a tick's arrays, for an organisation and its pages: for more visitors than come in most ticks."""
    noted = {name: np.zeros(audiences["room"].sum(), np.int32) for name in ("news", "early_for")}
    return {"visitors": np.zeros(members, np.int32), **noted, **scratch(members // 12 + 16, audiences)}
