"""Reading exports: Viva Engage's, Slack's, and one CSV file from anywhere. What people wrote is never looked at."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from experiments.portrait.reading import generic, slack, viva
from experiments.portrait.reading.found import Advance, Found
from experiments.portrait.reading.place import Place, place_of
from experiments.portrait.reading.rows import table_of
from experiments.portrait.reading.times import Clock, check_zone
from sim.errors import InputError, shown

KINDS: Final = ("viva", "slack", "csv")
_RUN: Final = {"manifest.json", "messages.parquet"}


def read(path: Path, kind: str | None = None, zone: str = "UTC", progress: Advance = lambda *_: None) -> Found:
    """Return what an export holds: a folder, a zip, or one CSV file; its kind is found where None is given.

    Times become those that clocks show in `zone`; those of one CSV file are that already unless they name a zone.
    Raises InputError where it is no export, or a damaged one.
    """
    clock, place = Clock(check_zone(zone)), place_of(path)
    wanted = kind or kind_of(place)
    if wanted == "slack":
        return slack.read(place, clock, progress)
    if wanted == "viva" and viva.is_viva(place):
        return viva.read(place, clock, progress)
    table = table_of(place, _one_table(place))
    if wanted == "viva":
        return viva.read_messages(table, clock, progress)
    return generic.read(table, Clock(zone, on_the_wall=True), progress)


def kind_of(place: Place) -> str:
    """Return the kind of an export; InputError where it is none that is known."""
    if place.sizes().keys() >= _RUN:
        raise InputError("this is a run; ism export writes it as a platform would", file=shown(place.path))
    if viva.is_viva(place):
        return "viva"
    if slack.is_slack(place):
        return "slack"
    return "viva" if viva.looks_like_messages(table_of(place, _one_table(place))) else "csv"


def _one_table(place: Place) -> str:
    """Return the one CSV file of an export; InputError where there is none, or more than one."""
    names = list(place.sizes())
    tables = names if len(names) == 1 else [name for name in names if name.casefold().endswith(".csv")]
    if len(tables) == 1:
        return tables[0]
    there = f"{len(names):,} files, {len(tables):,} of them CSV"
    problem = f"this is no export that is known: there are {there}; Messages.csv (Viva Engage), a folder a channel with"
    raise InputError(f"{problem} YYYY-MM-DD.json (Slack), or one CSV file is expected", file=shown(place.path))
