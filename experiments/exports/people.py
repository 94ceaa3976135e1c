"""The people of a run, as every format names them."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from sim.organization import as_csv
from sim.record import Run

ORGANIZATION: Final = "organization.csv"
"""The file that says who reports to whom; `ism import --org` reads it."""
_HOST: Final = "organisation.invalid"
"""A name that is nobody's (RFC 2606)."""


def address_of(member: str) -> str:
    """Return an e-mail address for a member's id, which no two members share."""
    return f"{quote(member, safe='')}@{_HOST}"


def organization_of(run: Run) -> bytes:
    """Return the organisation of a run as a CSV file."""
    return as_csv(run.organization)
