"""Keys: who somebody is, as 64 bits, and how bits are mixed. Numbers and arrays alike, and no compiler is needed.

`sim.chance` compiles these bodies for the engine; `sim.organization` calls them on arrays.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from itertools import islice
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)
"""What splitmix64 adds before each mixing: 2^64 over the golden ratio."""
_MIX_1: Final = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2: Final = np.uint64(0x94D049BB133111EB)
_SHIFT_12: Final = np.uint64(12)
_SHIFT_27: Final = np.uint64(27)
_SHIFT_30: Final = np.uint64(30)
_SHIFT_31: Final = np.uint64(31)
_TWO_TO_MINUS_52: Final = 2.0**-52
_PORTION: Final = 65_536


def identity(text: str) -> np.uint64:
    """Return the 64-bit key of whoever or whatever `text` names: blake2b of its UTF-8 bytes."""
    return np.uint64(int.from_bytes(_hash(text), "little"))


def identities(texts: Iterable[str]) -> NDArray[np.uint64]:
    """Return `identity` of each text, shape (n,); in portions, so that a million hashes need little memory."""
    left = iter(texts)
    portions = [np.zeros(0, "<u8")]
    while hashes := b"".join(map(_hash, islice(left, _PORTION))):
        portions.append(np.frombuffer(hashes, "<u8"))
    return np.concatenate(portions).astype(np.uint64)


def _hash(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()


def mix(state: Any) -> Any:
    """Return `state` with its bits spread over all others: splitmix64's finaliser (Steele, Lea & Flood 2014)."""
    state = (state ^ (state >> _SHIFT_30)) * _MIX_1
    state = (state ^ (state >> _SHIFT_27)) * _MIX_2
    return state ^ (state >> _SHIFT_31)


def in_open_interval(bits: Any) -> Any:
    """Return 64 random bits as a number in (0, 1), never 0 or 1."""
    return ((bits >> _SHIFT_12) + 0.5) * _TWO_TO_MINUS_52
