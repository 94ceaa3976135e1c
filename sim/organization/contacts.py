"""Ties from a file: one row a contact, with the ids of two members."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from sim.errors import InputError, quoted, shown
from sim.organization import table
from sim.organization.model import Organization
from sim.organization.register import Register
from sim.organization.ties import with_ties
from sim.wording import agree, count, listed

DELIMITERS: Final = (",", ";", "\t", " ")
MOST_WEIGHT: Final = 1e30
_LOOKED_AT: Final = 50
"""So many rows say by which sign the cells are separated."""
_NAMED: Final = 10
"""So many unknown accounts are named."""


WEIGHT: Final = "weight"
"""What a third column is called that says how heavy a tie is; without one, each row counts once."""


@dataclass(frozen=True)
class Contacts:
    """The rows of a file of ties that have two cells or more, and how many rows there are in all."""

    file: str
    cells: Sequence[Sequence[str]]
    weight: Sequence[float]
    total: int


def with_read_ties(organization: Organization, path: Path, remarks: list[str], register: Register) -> Organization:
    """Return the organisation with ties as a file counts them; adds to the remarks what was left out.

    Whom an account means, `register` knows.
    """
    contacts = _read_contacts(path, register, remarks)
    one, other = (np.array([register.row(cells[side]) for cells in contacts.cells], np.int64) for side in (0, 1))
    known, own = (one >= 0) & (other >= 0), (one >= 0) & (one == other)
    remarks += _left_out(contacts, register, int((~known).sum()), int(own.sum()))
    if len(known) and not known.any():
        problem = "No row names two members of the organisation; "
        problem += "do both files use the same ids, in the first two columns?"
        raise InputError(problem, file=contacts.file)
    kept = known & ~own
    if not kept.any():
        remarks.append(f"{contacts.file} leaves no ties: nobody in the organisation has informal contacts.")
    return with_ties(organization, one[kept], other[kept], np.array(contacts.weight, np.float64)[kept])


def _read_contacts(path: Path, register: Register, remarks: list[str]) -> Contacts:
    file, text = table.name_of(path), table.read_text(path, remarks)
    rows = list(table.rows_of(text, _delimiter(text, register, file), file))
    if not rows:
        raise InputError("The file is empty; give a row a contact, with the ids of two members", file=file)
    first = rows[0][1]
    weighted = len(first) > 2 and first[2].casefold() == WEIGHT
    # A header names no member; a first row that names one is a contact with an account that is unknown.
    headed = weighted or all(register.row(cell) < 0 for cell in first[:2])
    rows = rows[headed:]
    whole = [(line, cells) for line, cells in rows if len(cells) > 1 and cells[0] and cells[1]]
    weight = [_weight(cells, line, file) if weighted else 1.0 for line, cells in whole]
    return Contacts(file, [cells for _, cells in whole], weight, len(rows))


def _weight(cells: Sequence[str], line: int, file: str) -> float:
    """Return the weight that a row gives its tie."""
    text = cells[2] if len(cells) > 2 else ""
    with suppress(ValueError):
        if 0.0 < float(text) < MOST_WEIGHT:
            return float(text)
    raise InputError(f"{quoted(text)} is no weight of a tie; give a number above 0", file=file, line=line)


def _delimiter(text: str, register: Register, file: str) -> str:
    """Return the delimiter under which most of the first rows name two members, or at least have two columns."""

    def understood(delimiter: str) -> tuple[int, int]:
        rows = [cells for cells in table.first_rows(text, delimiter, file, _LOOKED_AT) if len(cells) > 1]
        return sum(register.row(cells[0]) >= 0 <= register.row(cells[1]) for cells in rows), len(rows)

    return max(DELIMITERS, key=understood)


# ---------------------------------------------------------------- what is left out


def _left_out(contacts: Contacts, register: Register, unknown: int, own: int) -> list[str]:
    """Return a sentence on each sort of rows that makes no tie."""
    of_all = f"of {contacts.total:,} rows in {contacts.file}"
    short = contacts.total - len(contacts.cells)
    said = []
    if short:
        said.append(f"{short:,} {of_all} {agree(short, 'lacks', 'lack')} a second id and {_were_left_out(short)}.")
    if unknown:
        said.append(_unknown_accounts(contacts, register, unknown))
    if own:
        said.append(f"{own:,} {of_all} {agree(own, 'ties', 'tie')} a member to themselves and {_were_left_out(own)}.")
    return said


def _unknown_accounts(contacts: Contacts, register: Register, rows: int) -> str:
    unknown = {account for cells in contacts.cells for account in cells[:2] if register.row(account) < 0}
    ordered = sorted(unknown, key=lambda account: (len(account), account))
    names = listed([shown(account, 40) for account in ordered], most=_NAMED)
    accounts = f"{count(len(unknown), 'account')} in {contacts.file} {agree(len(unknown), 'is', 'are')}"
    naming = f"{rows:,} of {contacts.total:,} rows that name {agree(len(unknown), 'it', 'them')}"
    return f"{accounts} not in the organisation; {naming} {_were_left_out(rows)}: {names}"


def _were_left_out(rows: int) -> str:
    return f"{agree(rows, 'was', 'were')} left out"
