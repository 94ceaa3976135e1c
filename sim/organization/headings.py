"""What the columns of an organisation file are called, and the words for roles, as people spell them.

A new spelling is a word here, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher
from typing import Final

from sim.errors import InputError, quoted, shown
from sim.terms import Role
from sim.wording import listed

COLUMNS: Final = {
    "id": "id employeeid memberid personid userid staffid empid employeenumber employeeno personnelnumber",
    "manager_id": "managerid reportstoid reportsto manager supervisorid supervisor linemanagerid linemanager boss",
    "name": "name fullname employeename displayname membername personname",
    "title": "title jobtitle position job jobname",
    "role": "role arenarole memberrole",
    "department": "department departmentname dept deptname unit orgunit businessunit division",
    "location": "location locationname site office workplace city",
}
"""The columns of an organisation file and how else people spell them (small letters and digits only), best first."""
NEEDED: Final = ("id", "manager_id")
ROLES: Final = {role.key: role for role in Role} | {
    "employee": Role.coworker,
    "co_worker": Role.coworker,
    "manager": Role.line_manager,
    "community_manager": Role.communicator,
}
"""How a file may spell a role, in small letters with underscores."""
_LIKELY: Final = 0.7
_MOST_COLUMNS: Final = 50
_LONGEST_NAME: Final = 60


def role_of(text: str) -> Role | None:
    """Return the role that a cell names; None where it names none."""
    return ROLES.get("_".join(text.casefold().replace("-", " ").replace("_", " ").split()))


def title_of(role: Role) -> str:
    """Return the title of a member whose file gives none."""
    return role.key.replace("_", " ").capitalize()


def recognise(header: Iterable[str]) -> tuple[int, int]:
    """Return how many of the columns known here a header names, and how many columns it names at all."""
    plain = set(map(_plain, header)) - {""}
    return sum(not plain.isdisjoint(spellings.split()) for spellings in COLUMNS.values()), len(plain)


def places_of_columns(header: list[str], file: str, line: int) -> dict[str, int]:
    """Return where each column stands; InputError where a needed one is missing or one comes twice."""
    plain = [_plain(cell) for cell in header]
    places = {}
    for column, spellings in COLUMNS.items():
        present = [spelling for spelling in spellings.split() if spelling in plain]
        if present and plain.count(present[0]) > 1:
            name = quoted(header[plain.index(present[0])])
            raise InputError(f"Two columns are called {name}; rename or delete one of them", file=file, line=line)
        if present:
            places[column] = plain.index(present[0])
    for column in NEEDED:
        if column not in places:
            found = listed([shown(cell, 40) for cell in header], most=12)
            problem = f"A column {column} is needed; the columns found are {found}"
            raise InputError(f"{problem}. {_advice(column, header, plain)}", file=file, line=line)
    return places


def _plain(cell: str) -> str:
    """Return a column's name in small letters and digits only, as in COLUMNS."""
    return "".join(letter for letter in cell[:_LONGEST_NAME].casefold() if letter.isalnum())


def _advice(column: str, header: list[str], plain: list[str]) -> str:
    """Name the column that resembles the missing one most, if any does."""
    known = {spelling for spellings in COLUMNS.values() for spelling in spellings.split()}
    best, likeness = "", _LIKELY
    for cell, name in list(zip(header, plain, strict=True))[:_MOST_COLUMNS]:
        for spelling in COLUMNS[column].split():
            ratio = SequenceMatcher(None, name, spelling).ratio() if name not in known else 0.0
            best, likeness = (cell, ratio) if ratio > likeness else (best, likeness)
    return f"If {quoted(best)} is meant, call it {column}." if best else f"Call the right one {column}."
