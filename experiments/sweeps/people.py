"""The people of a sweep whose organisation is read from files, as its folder keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Final

from sim.errors import InputError, shown
from sim.organization import People, as_csv, read_people, ties_as_csv
from sim.ownership import file_hash

ORGANIZATION: Final = "organization.csv"
TIES: Final = "ties.csv"
NAMES: Final = (ORGANIZATION, TIES)


def files_of(people: People | None) -> dict[str, bytes]:
    """Return the files by which a sweep folder keeps people, by name; none for people whom each seed makes up."""
    if people is None:
        return {}
    ties = {TIES: ties_as_csv(people.organization)} if people.tied else {}
    return {ORGANIZATION: as_csv(people.organization), **ties}


def hashes_of(people: People | None) -> dict[str, str]:
    """Return the hash of each of these files."""
    return {name: blake2b(content, digest_size=16).hexdigest() for name, content in files_of(people).items()}


def kept_people(folder: Path, hashes: Mapping[str, str]) -> People | None:
    """Return the people whom a sweep folder keeps; None where each seed made them up.

    Raises InputError where a file is not the one that was written.
    """
    for name, wanted in hashes.items():
        path = folder / name
        if name not in NAMES or not path.is_file() or file_hash(path) != wanted:
            raise InputError("this file is missing, or was changed since the sweep wrote it", file=shown(path))
    if not hashes:
        return None
    return read_people(folder / ORGANIZATION, folder / TIES if TIES in hashes else None)
