"""An organisation from a CSV file: read, checked, repaired where that is allowed, and completed."""

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from sim.errors import quoted
from sim.keys import identities
from sim.named import OneOf
from sim.organization import names
from sim.organization.contacts import with_read_ties
from sim.organization.headings import role_of, title_of
from sim.organization.homophily import with_made_ties
from sim.organization.lines import Lines, branch_heads, chains, derive_roles, inherit, lines_of
from sim.organization.managers import one_tree
from sim.organization.model import Organization, Rows
from sim.organization.people import People
from sim.organization.sheet import Fault, Sheet, drop_rows_without_own_id, read_sheet
from sim.organization.ties import no_ties
from sim.parameters import OrganizationTable
from sim.terms import Role

DERIVED: Final = {
    "name": "they go by their id",
    "title": "they are called after their role",
    "role": "who leads is a line manager, or an executive at the top and right below it; the others are coworkers",
    "department": "they belong to their manager's; each branch under the top is one",
    "location": "they sit where their manager sits",
}
"""What holds for members for whom a column is empty or missing."""
ONLY_SITE: Final = "Main site"
"""The location where the file names none."""
USUAL: Final = OrganizationTable()


def read(
    path: str | os.PathLike[str],
    ties: str | os.PathLike[str] | None = None,
    repair: bool = False,
    wanted: OrganizationTable = USUAL,
    seed: int = 0,
) -> tuple[Organization, list[str]]:
    """Read an organisation from a CSV file, and its ties from another one; rows keep the file's order.

    Needed columns: id, manager_id; used where present: name, title, role, department, location; an empty or own id as
    manager_id marks the top. Without a file of `ties` a network as `wanted` describes it is made up from `seed`.
    Returns the organisation and plain sentences on what was repaired, left out and derived. Raises InputError for
    anything that cannot be read, and, unless `repair`, for rows without id, ids used twice, unknown roles, unknown
    managers, several tops and cycles.
    """
    people = read_people(path, ties, repair)
    organization = people.organization if people.tied else with_made_ties(people.organization, wanted, seed)
    return organization, [*people.remarks, *people.source_of_ties(wanted)]


def read_people(
    path: str | os.PathLike[str], ties: str | os.PathLike[str] | None = None, repair: bool = False
) -> People:
    """Read who works in an organisation from the same files as `read`; InputError as there.

    Where no file says so, each seed will make up who knows whom.
    """
    sheet = read_sheet(Path(path), repair)
    drop_rows_without_own_id(sheet)
    roles = _stated_roles(sheet)
    lines = lines_of(np.array(one_tree(sheet), np.int32), sheet.file)
    organization = _organization(sheet, roles, lines)
    if ties is not None:
        organization = with_read_ties(organization, Path(ties), sheet.remarks, sheet.register)
    files = (os.fspath(path), None if ties is None else os.fspath(ties))
    return People(organization, *files, tuple(sheet.remarks))


def _stated_roles(sheet: Sheet) -> Rows:
    """[n] int8: the role that the file states; -1 where it states none, or one that is repaired."""
    stated = np.full(len(sheet.line), -1, np.int8)
    faults = []
    for row, text in enumerate(sheet.column["role"]):
        role = role_of(text)
        if role is not None:
            stated[row] = role
        elif text:
            repaired = f"the role {quoted(text)} of {sheet.id_of(row)} was derived from who leads whom"
            faults.append(Fault(sheet.line[row], f"{quoted(text)} is no role", repaired))
    sheet.refuse_or_repair(faults, f"Write {OneOf(Role)}; --repair derives it.")
    return stated


def _organization(sheet: Sheet, roles: Rows, lines: Lines) -> Organization:
    """Return the organisation, still without ties; says what was derived because the file leaves it open."""
    _note_derived(sheet, int((roles < 0).sum()))
    ids = tuple(sheet.column["id"])
    role = np.where(roles < 0, derive_roles(lines), roles).astype(np.int8)
    members = tuple(name or member for name, member in zip(sheet.column["name"], ids, strict=True))
    usual = [title_of(Role(number)) for number in range(len(Role))]
    titles = zip(sheet.column["title"], role.tolist(), strict=True)
    department, departments = _number(_stated_departments(sheet, members, lines), lines)
    location, locations = _number(_stated_locations(sheet, lines), lines)
    return Organization(
        ids=ids,
        names=members,
        titles=tuple(title or usual[number] for title, number in titles),
        key=identities(ids),
        role=role,
        department=department,
        departments=departments,
        location=location,
        locations=locations,
        **chains(lines),
        **no_ties(len(ids)),
    )


def _note_derived(sheet: Sheet, without_role: int) -> None:
    members = len(sheet.line)
    for column, outcome in DERIVED.items():
        empty = without_role if column == "role" else sheet.column[column].count("")
        if empty:
            whom = "members" if empty == members else f"{empty:,} of {members:,} members"
            sheet.remarks.append(f"{sheet.file} gives {whom} no {column}: {outcome}.")


def _stated_departments(sheet: Sheet, members: Sequence[str], lines: Lines) -> list[str]:
    """Return what the file says, and a name for each branch of which it says nothing; empty means the manager's."""
    departments = sheet.column["department"]
    heads = branch_heads(lines)
    shared = Counter(members[row] for row in heads)
    for row in heads:
        known_as = members[row] if shared[members[row]] == 1 else f"{members[row]} ({sheet.column['id'][row]})"
        departments[row] = departments[row] or f"Team of {known_as}"
    departments[lines.top] = departments[lines.top] or names.EXECUTIVE_OFFICE
    return departments


def _stated_locations(sheet: Sheet, lines: Lines) -> list[str]:
    sites = sheet.column["location"]
    sites[lines.top] = sites[lines.top] or ONLY_SITE
    return sites


def _number(texts: list[str], lines: Lines) -> tuple[Rows, tuple[str, ...]]:
    """[n] int32 and the names that it numbers as they first appear; an empty text stands for the manager's."""
    found = {text: code for code, text in enumerate(dict.fromkeys(filter(None, texts)))}
    code = inherit(np.array([found.get(text, -1) for text in texts], np.int32), lines)
    # An empty cell can take a name from a manager further down the file: number again, by first appearance.
    by_appearance = list(dict.fromkeys(code.tolist()))
    renumbered = np.empty(len(found), np.int32)
    renumbered[by_appearance] = np.arange(len(by_appearance))
    all_names = list(found)
    return renumbered[code], tuple(all_names[number] for number in by_appearance)
