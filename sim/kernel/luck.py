"""The streams of luck of one tick, one for each purpose that is drawn for while a world runs (`sim.chance.Purpose`)."""

from typing import NamedTuple

import numpy as np

from sim import chance
from sim.chance import Purpose, Renewal
from sim.compiled import part, with_item
from sim.state import DAYS_PER_WEEK, TICKS_PER_DAY

DRAWN = tuple(purpose for purpose in Purpose if purpose >= Purpose.VISIT)
WEEK = TICKS_PER_DAY * DAYS_PER_WEEK

_PURPOSES = tuple(int(purpose) for purpose in DRAWN)
_FOR_EVER = 1 << 60  # ticks
_PERIODS = {Renewal.never: _FOR_EVER, Renewal.each_tick: 1, Renewal.each_week: WEEK}
RENEWED = tuple(_PERIODS[purpose.renewal] for purpose in DRAWN)
"""After how many ticks the luck of each of them is renewed."""
_BLANK = (np.uint64(0),) * len(DRAWN)


class Streams(NamedTuple("Streams", [(purpose.name.lower(), np.uint64) for purpose in DRAWN])):  # type: ignore[misc]
    """The streams of luck of one tick, by purpose."""

    __slots__ = ()


@part
def streams(seed, tick) -> Streams:
    """Return the streams of luck of one tick."""
    keys = _BLANK
    for n in range(len(_PURPOSES)):
        keys = with_item(keys, n, chance.key(seed, _PURPOSES[n], tick // RENEWED[n]))
    return Streams(*keys)
