"""An organisation of one's own: an uploaded file read, described in the words of `ism org`, and repaired if need be."""

from __future__ import annotations

import re
import tempfile
import threading
from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from dashboards import visitors
from experiments.organizations import describe_shape, describe_tree
from sim import files, limits
from sim.errors import InputError, shown
from sim.organization import Organization, as_csv, digest_of, generate, read
from sim.parameters import OrganizationTable

MOST_LINES: Final = 200
MOST_KEPT: Final = 8
"""Organisations that the server remembers, for pages that are loaded again; nothing of them is written."""
_LONGEST_LINE: Final = 1000
_EXAMPLE: Final = OrganizationTable(members=60, locations=2)


_key: Final = lru_cache(maxsize=MOST_KEPT)(digest_of)
_kept: OrderedDict[str, Organization] = OrderedDict()
_brought: Final[list[tuple[str, Organization]]] = []
"""The organisation that the server was started with, and its key; at most one."""
_keeping: Final = threading.Lock()


class Upload(NamedTuple):
    """A file as a browser sent it."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Reading:
    """What came of an upload: an organisation, or a sentence that says why there is none."""

    file: str
    organization: Organization | None = None
    problem: str = ""
    """What is wrong with the file as it stands: file, line, and what to do."""
    remarks: tuple[str, ...] = ()
    """What was repaired, left out and derived, a sentence each."""

    @property
    def repaired(self) -> bool:
        """Whether there is an organisation only because what is wrong was repaired."""
        return self.organization is not None and bool(self.problem)

    def describe(self) -> dict[str, Any]:
        """Return it as a page shows it, fit for JSON."""
        people = self.organization
        cut = len(self.remarks) - MOST_LINES
        remarks = [shown(remark, _LONGEST_LINE) for remark in self.remarks[:MOST_LINES]]
        return {
            "file": self.file,
            "problem": self.problem,
            "repaired": self.repaired,
            "members": people.members if people else 0,
            "shape": list(describe_shape(people)) if people else [],
            "tree": list(describe_tree(people)) if people else [],
            "remarks": [*remarks, f"... and {cut:,} more"] if cut > 0 else remarks,
        }


def examine(people: Upload, ties: Upload | None = None, seed: int = 1) -> Reading:
    """Read an organisation file, and one of ties; where it has faults that can be repaired, repair them and say so.

    Nothing stays on the disk. What cannot be used at all is a Reading with a problem and no organisation.
    """
    file = shown(people.name, 80)
    try:
        _check_size(people, ties)
        with tempfile.TemporaryDirectory(prefix="ism-org-") as folder:
            place = _put(people, Path(folder) / "people")
            beside = _put(ties, Path(folder) / "ties") if ties else None
            return _read(file, place, beside, seed)
    except InputError as error:
        return Reading(file, problem=str(error))


def _read(file: str, place: Path, ties: Path | None, seed: int) -> Reading:
    try:
        found, problem = read(place, ties, seed=seed), ""
    except InputError as error:
        found, problem = read(place, ties, repair=True, seed=seed), str(error)
    organization, remarks = found
    visitors.check_number(organization.members, "members", limits.VISITOR_MEMBERS, file)
    return Reading(file, organization, problem, tuple(remarks))


def _check_size(*uploads: Upload | None) -> None:
    for upload in uploads:
        if upload and len(upload.content) > limits.UPLOAD_BYTES:
            raise InputError(f"{too_large()}; use: ism run --org", file=shown(upload.name, 80))


def too_large() -> str:
    """Return what is said of a file that is too large to be sent."""
    return f"the file is larger than {limits.UPLOAD_BYTES // 1_000_000} MB, which is all that a browser sends here"


def _put(upload: Upload, folder: Path) -> Path:
    """Write an upload below its own name, as far as a file can bear it: messages name the file by it."""
    name = re.sub(r"[^\w.() -]", "_", upload.name.replace("\\", "/").rpartition("/")[2], flags=re.ASCII)
    place = folder / (name.lstrip(".")[-80:] or "organisation.csv")
    return files.write(place, upload.content)


def example() -> bytes:
    """Return an organisation file to begin from, as CSV: made up, the same each time."""
    return as_csv(generate(_EXAMPLE, seed=1))


# ---------------------------------------------------------------- people whom an address can name


def keep(people: Organization) -> str:
    """Remember an organisation, the one used longest ago is forgotten; return by what an address names it."""
    key = _key(people)
    with _keeping:
        _kept[key] = people
        _kept.move_to_end(key)
        while len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)
    return key


def bring_along(people: Organization) -> None:
    """Remember an organisation for as long as the server runs: pages that are opened without an address have it."""
    _brought[:] = [(_key(people), people)]


def brought_along() -> str:
    """Return by what an address names the organisation of pages without one; empty where these make theirs up."""
    return _brought[0][0] if _brought else ""


def kept(key: str) -> Organization | None:
    """Return an organisation that is remembered; None where it is not, or not any more."""
    if key and key == brought_along():
        return _brought[0][1]
    with _keeping:
        found = _kept.get(key)
        if found is not None:
            _kept.move_to_end(key)
        return found
