"""Who an account is in the organisation: found by e-mail address, by id or by name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from experiments.facts.observation import Rows
from experiments.portrait.arena import NOBODY
from sim.organization import Organization
from sim.organization.register import Register
from sim.organization.sheet import read_sheet

if TYPE_CHECKING:
    import polars as pl

_BY: Final = ("email", "account", "name")
"""What of an account is held against the organisation, the most certain first."""
_CHANCE: Final = 0.1
"""What finds fewer than this share of what the best one finds does so by chance: numbers that two systems gave out."""


def register_of(people: Organization, file: Path) -> Register:
    """Return the members of an organisation file, to be found by whatever it says of them."""
    sheet = read_sheet(file, repair=True)
    columns = [dict(zip(sheet.column["id"], sheet.column[name], strict=True)) for name in ("email", "login", "account")]
    accounts = [[column.get(member, "") for member in people.ids] for column in columns]
    return Register(people.ids, [people.names], accounts)


def rows_of(accounts: pl.DataFrame, register: Register) -> Rows:
    """Return the row of each account's member, [accounts]; -1 for whoever the organisation does not list.

    `accounts` has the columns account, email and name.
    """
    found = [_by(register, accounts[name].to_list()) for name in _BY]
    most = max((rows >= 0).sum() for rows in found)
    row = np.full(accounts.height, NOBODY)
    for rows in found:
        if (rows >= 0).sum() >= _CHANCE * most:
            row = np.where(row >= 0, row, rows)
    return row


def _by(register: Register, texts: list[str | None]) -> Rows:
    """Return the row of whom each text means; -1 where it means nobody, or more than one."""
    return np.array([register.row(text) if text else NOBODY for text in texts], np.int64)
