"""Ties from a file: one row a contact, with the ids of two members."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from sim.errors import InputError, shown
from sim.organization import table
from sim.organization.model import Organization
from sim.organization.ties import with_ties
from sim.wording import agree, count, listed

DELIMITERS: Final = (",", ";", "\t", " ")
_LOOKED_AT: Final = 50
"""So many rows say by which sign the cells are separated."""
_NAMED: Final = 10
"""So many unknown accounts are named."""


@dataclass(frozen=True)
class Contacts:
    """The rows of a file of ties that have two cells or more, and how many rows there are in all."""

    file: str
    cells: Sequence[Sequence[str]]
    total: int


def with_read_ties(organization: Organization, path: Path, remarks: list[str]) -> Organization:
    """Return the organisation with ties as a file counts them; adds to the remarks what was left out."""
    row_of = {member: row for row, member in enumerate(organization.ids)}
    contacts = _read_contacts(path, row_of)
    one, other = (np.array([row_of.get(cells[side], -1) for cells in contacts.cells], np.int64) for side in (0, 1))
    known, own = (one >= 0) & (other >= 0), (one >= 0) & (one == other)
    remarks += _left_out(contacts, row_of, int((~known).sum()), int(own.sum()))
    if len(known) and not known.any():
        problem = "No row names two members of the organisation; "
        problem += "do both files use the same ids, in the first two columns?"
        raise InputError(problem, file=contacts.file)
    kept = known & ~own
    if not kept.any():
        remarks.append(f"{contacts.file} leaves no ties: nobody in the organisation has informal contacts.")
    return with_ties(organization, one[kept], other[kept], np.ones(kept.sum()))


def _read_contacts(path: Path, row_of: dict[str, int]) -> Contacts:
    file, text = table.name_of(path), table.read_text(path)
    rows = [cells for _, cells in table.rows_of(text, _delimiter(text, row_of, file), file)]
    if not rows:
        raise InputError("The file is empty; give a row a contact, with the ids of two members", file=file)
    # A header names no member; a first row that names one is a contact with an account that is unknown.
    headed = rows[0][0] not in row_of and (len(rows[0]) < 2 or rows[0][1] not in row_of)
    rows = rows[headed:]
    return Contacts(file, [cells for cells in rows if len(cells) > 1 and cells[0] and cells[1]], len(rows))


def _delimiter(text: str, row_of: dict[str, int], file: str) -> str:
    """Return the delimiter under which most of the first rows name two members, or at least have two columns."""

    def understood(delimiter: str) -> tuple[int, int]:
        rows = [cells for cells in table.first_rows(text, delimiter, file, _LOOKED_AT) if len(cells) > 1]
        return sum(cells[0] in row_of and cells[1] in row_of for cells in rows), len(rows)

    return max(DELIMITERS, key=understood)


# ---------------------------------------------------------------- what is left out


def _left_out(contacts: Contacts, row_of: dict[str, int], unknown: int, own: int) -> list[str]:
    """Return a sentence on each sort of rows that makes no tie."""
    of_all = f"of {contacts.total:,} rows in {contacts.file}"
    short = contacts.total - len(contacts.cells)
    said = []
    if short:
        said.append(f"{short:,} {of_all} {agree(short, 'lacks', 'lack')} a second id and {_were_left_out(short)}.")
    if unknown:
        said.append(_unknown_accounts(contacts, row_of, unknown))
    if own:
        said.append(f"{own:,} {of_all} {agree(own, 'ties', 'tie')} a member to themselves and {_were_left_out(own)}.")
    return said


def _unknown_accounts(contacts: Contacts, row_of: dict[str, int], rows: int) -> str:
    unknown = {account for cells in contacts.cells for account in cells[:2] if account not in row_of}
    ordered = sorted(unknown, key=lambda account: (len(account), account))
    names = listed([shown(account, 40) for account in ordered], most=_NAMED)
    accounts = f"{count(len(unknown), 'account')} in {contacts.file} {agree(len(unknown), 'is', 'are')}"
    naming = f"{rows:,} of {contacts.total:,} rows that name {agree(len(unknown), 'it', 'them')}"
    return f"{accounts} not in the organisation; {naming} {_were_left_out(rows)}: {names}"


def _were_left_out(rows: int) -> str:
    return f"{agree(rows, 'was', 'were')} left out"
