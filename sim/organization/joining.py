"""One member more: everybody else stays who they were."""

from dataclasses import replace

import numpy as np

from sim.errors import InputError, quoted
from sim.keys import identity
from sim.organization.headings import title_of
from sim.organization.lines import chains, lines_of
from sim.organization.model import Organization
from sim.terms import Role


def with_member(
    organization: Organization,
    id: str,  # noqa: A002  (the file's own word)
    manager_id: str,
    *,
    name: str | None = None,
    title: str | None = None,
    role: Role = Role.coworker,
    department: str | None = None,
    location: str | None = None,
) -> Organization:
    """Return the organisation with one member more, in the last row and without ties.

    Every other row, key and tie stays; only places in the walk and numbers of teams may shift. Department and location
    are the manager's where not given, the name is the id. Raises InputError where the id is empty or taken, or nobody
    has the id `manager_id`.
    """
    id = _usable(id)  # noqa: A001
    key = identity(id)
    if (organization.key == key).any():
        raise InputError(f"There is already a member {quoted(id)}; choose another id")
    boss = organization.row_of(manager_id.strip())
    departments, place = _extend(organization.departments, department, int(organization.department[boss]))
    locations, site = _extend(organization.locations, location, int(organization.location[boss]))
    lines = lines_of(np.append(organization.manager, np.int32(boss)))
    return replace(
        organization,
        ids=(*organization.ids, id),
        names=(*organization.names, _usable(name or id)),
        titles=(*organization.titles, _usable(title or title_of(role))),
        key=np.append(organization.key, key),
        role=np.append(organization.role, np.int8(role)),
        department=np.append(organization.department, np.int32(place)),
        departments=departments,
        location=np.append(organization.location, np.int32(site)),
        locations=locations,
        tie_start=np.append(organization.tie_start, organization.tie_start[-1]),
        **chains(lines),
    )


def _usable(text: str) -> str:
    """Refuse what no file could hold."""
    text = text.strip()
    if not text or "\0" in text or text != text.encode("utf-8", "replace").decode():
        raise InputError(f"{quoted(text)} cannot be written to a file: give letters, digits or signs")
    return text


def _extend(known: tuple[str, ...], wanted: str | None, otherwise: int) -> tuple[tuple[str, ...], int]:
    """Return the names, longer by the wanted one if it is new, and the place where it stands."""
    if wanted is None:
        return known, otherwise
    wanted = _usable(wanted)
    known = known if wanted in known else (*known, wanted)
    return known, known.index(wanted)
