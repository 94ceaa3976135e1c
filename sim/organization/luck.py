"""The luck by which organisations are made up: keyed by who somebody is, never by their row."""

from enum import IntEnum
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sim.keys import GOLDEN, in_open_interval, mix

Link: TypeAlias = NDArray[Any] | int
"""What a draw hangs on: keys of members, or a number that all of them share."""


class Luck(IntEnum):
    """What a draw is for; the numbers are this room's own, so that no draw of the simulation meets one of them."""

    leads = 0x6F726700
    span = 0x6F726701
    communicates = 0x6F726702
    main_site = 0x6F726703
    at_main_site = 0x6F726704
    other_site = 0x6F726705
    sociability = 0x6F726706
    ties_sought = 0x6F726707
    tie_circle = 0x6F726708
    tie_site = 0x6F726709
    tie_other = 0x6F72670A
    tie_weight = 0x6F72670B


def draw_bits(seed: int, purpose: Luck, *who: Link) -> NDArray[np.uint64]:
    """Return uint64 bits that hang on all arguments, which enter the chain one by one (see `sim.chance`)."""
    bits = np.array([seed & 0xFFFFFFFFFFFFFFFF], np.uint64)
    for link in (0, int(purpose), *who, 0):
        bits = mix((bits ^ np.asarray(link, np.uint64)) + GOLDEN)
    return bits


def draw_uniform(seed: int, purpose: Luck, *who: Link) -> NDArray[np.float64]:
    """Return float64 in (0, 1), neither end included."""
    uniform: NDArray[np.float64] = in_open_interval(draw_bits(seed, purpose, *who))
    return uniform


def draw_index(choices: NDArray[Any] | int, seed: int, purpose: Luck, *who: Link) -> NDArray[np.int64]:
    """Return int64 in 0, ..., choices - 1, all alike."""
    return (draw_uniform(seed, purpose, *who) * choices).astype(np.int64)


def draw_normal(seed: int, purpose: Luck, *who: Link) -> NDArray[np.float64]:
    """Return float64, standard normal (Box & Muller 1958)."""
    radius: NDArray[np.float64] = np.sqrt(-2 * np.log(draw_uniform(seed, purpose, *who, 0)))
    return radius * np.cos(2 * np.pi * draw_uniform(seed, purpose, *who, 1))
