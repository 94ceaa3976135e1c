"""What a run leaves behind: tables, a folder, and states from which it can go on. Only here polars is imported."""

from sim.record.digests import values_digest
from sim.record.parquet import read_table
from sim.record.place import REPORT, RunIdentity, check_place
from sim.record.run import Run
from sim.record.states import load_state, save_state
from sim.record.tables import TABLES

__all__ = [
    "REPORT",
    "TABLES",
    "Run",
    "RunIdentity",
    "check_place",
    "load_state",
    "read_table",
    "save_state",
    "values_digest",
]
