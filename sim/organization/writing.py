"""The members of an organisation as a CSV file, which reading gives back as it was."""

import csv
import io
import os
from collections.abc import Iterator
from itertools import pairwise

from sim import files
from sim.organization.contacts import WEIGHT
from sim.organization.model import TOP, Organization
from sim.spreadsheet import defused
from sim.terms import Role


def write(organization: Organization, path: str | os.PathLike[str]) -> None:
    """Write the members (not the ties) as CSV in UTF-8, whole or not at all; `read` gives the same arrays back.

    Raises InputError where the place cannot be written to.
    """
    files.write(path, as_csv(organization))


def as_csv(organization: Organization) -> bytes:
    """Return the content of the file that `write` writes."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(tuple(map(defused, cells)) for cells in _table(organization))
    return text.getvalue().encode()


def ties_as_csv(organization: Organization) -> bytes:
    """Return the ties as a CSV file: a row a tie, with the ids of both members and its weight."""
    text = io.StringIO(newline="")
    rows = csv.writer(text)
    rows.writerow(("member", "other", WEIGHT))
    start, ids = organization.tie_start.tolist(), [defused(member) for member in organization.ids]
    both = (organization.tie_member, organization.tie_weight)
    for row, (begin, end) in enumerate(pairwise(start)):
        ties = zip(*(each[begin:end].tolist() for each in both), strict=True)
        rows.writerows((ids[row], ids[other], weight) for other, weight in ties if row < other)
    return text.getvalue().encode()


def _table(organization: Organization) -> Iterator[tuple[str, ...]]:
    """Yield the header, and a row a member."""
    yield ("id", "name", "title", "role", "department", "location", "manager_id")
    words = [role.key for role in Role]
    people = zip(organization.ids, organization.names, organization.titles, strict=True)
    for row, (member, name, title) in enumerate(people):
        boss = int(organization.manager[row])
        yield (
            member,
            name,
            title,
            words[organization.role[row]],
            organization.departments[organization.department[row]],
            organization.locations[organization.location[row]],
            "" if boss == TOP else organization.ids[boss],
        )
