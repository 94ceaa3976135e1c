"""Who works in a world, where a file says so: `organization = "office.csv"` and `ties = "mails.csv"` in a scenario."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from sim.errors import as_typed, shown
from sim.organization import MADE_UP_ONLY, People, read_people
from sim.scenario.finding import find_beside
from sim.scenario.places import Place, Source

FILES: Final = ("organization", "ties")
"""The keys under which a file names the files about its people; `organization` is also a table of settings."""
_FILE: Final = "the name of a CSV file in the folder of this file, or below it"


def own_people(source: Source) -> People | None:
    """Return the people whom a file names; None where it names none.

    Raises InputError where it names them otherwise than by files, or where these cannot be read.
    """
    wanted, ties = (source.data.get(name) for name in FILES)
    if isinstance(wanted, dict) or wanted is None:
        if ties is not None:
            rule = 'needs organization = "FILE.csv" beside it, whose members it ties'
            raise Place((source,)).under("ties").error(f"ties = {as_typed(ties)} {rule}")
        return None
    path = find_beside(wanted, source, "organization", _FILE)
    beside = None if ties is None else find_beside(ties, source, "ties", _FILE)
    return _read(path, beside, _stamp(path), _stamp(beside))


@lru_cache(maxsize=2)
def _read(path: Path, ties: Path | None, *_stamps: Any) -> People:
    """Return the people of files, read once for as long as these stay as they are."""
    return read_people(path, ties)


def _stamp(path: Path | None) -> tuple[int, int] | None:
    status = None if path is None else path.stat()
    return None if status is None else (status.st_mtime_ns, status.st_size)


def refuse_made_up(names: Iterable[str], people: People | None, place: Place) -> None:
    """Refuse settings, by dotted name, that describe made-up members where these are read from a file."""
    for name in names:
        table, _, setting = name.partition(".")
        if people is not None and table == "organization" and setting in MADE_UP_ONLY:
            problem = f"{name} is about a made-up organisation; this one is read from {shown(people.name)}"
            raise place.under(name).error(problem)
