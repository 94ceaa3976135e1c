"""How often and how much a telephone may ask: buckets of tokens, one a device and one an address."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, NamedTuple

MOST_SEATS: Final = 60
"""Telephones that may take a seat."""
BODY_BYTES: Final = 2_000
"""Bytes of whatever a telephone sends."""
BODY_SECONDS: Final = 5.0
"""Within which it has to have arrived."""
CONNECTIONS: Final = 4 * MOST_SEATS
"""Connections at once, beyond which a newcomer is told to try again."""
KEPT: Final = 2_000
"""Addresses and devices that are kept in mind; whoever was not heard of longest is forgotten first."""


class Rate(NamedTuple):
    """So many at once, and then so many a second."""

    burst: float
    a_second: float


OF_DEVICE: Final = Rate(20, 4)
"""What one seat may ask."""
OF_ADDRESS: Final = Rate(240, 40)
"""What one address may ask: a whole room may be behind it."""
OF_CODES: Final = Rate(6, 0.2)
"""Wrong codes from one address; four letters of nineteen are 130,321 codes."""
OF_ALL_CODES: Final = Rate(40, 1)
"""Wrong codes from everywhere."""


class Limiter:
    """Counts what somebody asks for, by who they are. May be called from any thread."""

    def __init__(self, rate: Rate, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._clock, self._lock = rate, clock, threading.Lock()
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def allows(self, who: str, cost: float = 1.0) -> bool:
        """Return whether somebody may go on, and count it; with a cost of 0 only look."""
        with self._lock:
            now = self._clock()
            left, since = self._left.pop(who, (self._rate.burst, now))
            left = min(self._rate.burst, left + (now - since) * self._rate.a_second)
            fits = left >= max(cost, 1.0)
            self._left[who] = (left - cost if fits else left, now)
            if len(self._left) > KEPT:
                self._left.popitem(last=False)
            return fits
