"""The processor's counters while something is done, where the system lends them; else nothing."""

from __future__ import annotations

from pathlib import Path

from benchmarks import c_code
from benchmarks.children import ChildError
from benchmarks.visits_in_c import Visits
from sim.engine import Engine

HARDWARE, SOFTWARE = 0, 1  # PERF_TYPE_*
EVENTS = {"cycles": (HARDWARE, 0), "instructions": (HARDWARE, 1), "misses": (HARDWARE, 3)}
PAGE_FAULTS = (SOFTWARE, 2)


class Counter:
    """One counter, which stands still but for the visits of `around`."""

    def __init__(self, into: Path, event: tuple[int, int]) -> None:
        """Take up a counter; ChildError where this system has no such thing, or lends it to nobody."""
        try:
            self.library = c_code.library("counters.c", into)
        except OSError as error:
            raise ChildError(str(error)) from error
        self.number = int(self.library.open_counter(*event))
        if self.number < 0:
            raise ChildError("this system lends no such counter (perf_event_open)")

    def around(self, visit: Visits) -> Visits:
        """Return visits that are counted."""

        def counted(engine: Engine) -> float:
            self.library.go_on(self.number)
            took = visit(engine)
            self.library.stand_still(self.number)
            return took

        return counted

    def close(self) -> int:
        """Return what was counted, and give the counter back."""
        return int(self.library.close_counter(self.number))
