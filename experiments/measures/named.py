"""Measures that are there for those who name them, and names that are taken."""

from __future__ import annotations

from typing import Final

from sim.measures import MEASURES, Measure
from sim.parameters import registry

DAYS_RUN: Final = "days_run"
"""How long a run was: what a study with `stop_when` is mostly about."""
FURTHER: Final = {
    DAYS_RUN: Measure(
        DAYS_RUN, "workdays", "Workdays that were simulated", "run", "ticks / ticks of a day", of_groups=False
    )
}
"""Measures that are not among those of every run."""
_COLUMNS: Final = ("run", "cell", "seed", "run_id", "status", "stage", "message", "day", "daily", "seconds", "host")
TAKEN: Final = (
    dict.fromkeys(_COLUMNS, "a column of the table of runs")
    | dict.fromkeys(registry(), "a setting")
    | dict.fromkeys((*MEASURES, *FURTHER), "a measure")
)
"""Names that a measure of one's own cannot have, and what they are names of."""
