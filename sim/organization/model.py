"""The organisation: members in a hierarchy, with informal ties, as arrays over rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError, nearest, quoted
from sim.keys import identity

TOP: Final = -1
"""Stands for a manager where there is none, and for a team where there is none."""
MANY: Final = 5_000
"""Among more ids than these, looking for the nearest one takes too long."""

Rows: TypeAlias = NDArray[np.integer[Any]]
"""[k] rows of members, or numbers of groups."""
Keys: TypeAlias = NDArray[np.uint64]
Amounts: TypeAlias = NDArray[np.floating[Any]]
Flags: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Organization:
    """A hierarchy of n members with m/2 informal ties, as arrays over rows (a member's row is the place in the file).

    The ids, names and titles of a made-up organisation are lazy sequences: they become strings when asked for.
    """

    ids: Sequence[str]
    """[n] str: what a member is called in files; different for each member, never empty."""
    names: Sequence[str]
    """[n] str: the person's name; the id where the file has none."""
    titles: Sequence[str]
    """[n] str: the position in words."""
    key: Keys
    """[n] uint64: blake2b hash of the id; a member's identity in every random draw."""
    role: Rows
    """[n] int8: a `Role`."""
    manager: Rows
    """[n] int32: row of the line manager; -1 for the one member at the top."""
    level: Rows
    """[n] int16: number of managers above; 0 is the top."""
    department: Rows
    """[n] int32: place in `departments`, which are numbered as they first appear."""
    departments: tuple[str, ...]
    """[d] str: names of the departments, each once."""
    location: Rows
    """[n] int32: place in `locations`, which are numbered as they first appear."""
    locations: tuple[str, ...]
    """[l] str: names of the locations, each once."""
    team: Rows
    """[n] int32: the team one belongs to as a report (same manager; numbered by the manager's row); -1 for the top."""
    led_team: Rows
    """[n] int32: the team one leads; -1 for who leads nobody."""
    children_start: Rows
    """[n + 1] int64: the direct reports of i are `children[children_start[i]:children_start[i + 1]]`."""
    children: Rows
    """[n - 1] int32: rows of direct reports, ascending for each manager."""
    first: Rows
    """[n] int32: place in a walk down the hierarchy; j is i or below i exactly if first[i] <= first[j] < last[i]."""
    last: Rows
    """[n] int32: end of the chain below in that walk; last - first - 1 people are below."""
    tie_start: Rows
    """[n + 1] int64: the ties of i are at `tie_start[i]:tie_start[i + 1]` of the two arrays below."""
    tie_member: Rows
    """[m] int32: row of the other member, ascending for each member; a tie stands in both members' rows."""
    tie_weight: Amounts
    """[m] float32: how much contact, above 0: messages counted, or a made-up weight with median 1 to 6."""

    @property
    def members(self) -> int:
        """Number of members, n."""
        return len(self.key)

    @property
    def teams(self) -> int:
        """Number of teams, that is of members who lead somebody."""
        return int(self.team.max()) + 1

    @property
    def depth(self) -> int:
        """Number of levels; 1 where there is only the top."""
        return int(self.level.max()) + 1

    @property
    def top(self) -> int:
        """Row of the one member who reports to nobody."""
        return int(np.argmin(self.level))

    def row_of(self, member: str) -> int:
        """Return the row of the member with this id; InputError, naming the nearest id, where there is none."""
        for row in np.flatnonzero(self.key == identity(member)):
            if self.ids[int(row)] == member:
                return int(row)
        raise InputError(f"There is no member {quoted(member)}", nearest=nearest_id(member, self.ids))


def nearest_id(wanted: str, ids: Sequence[str]) -> str | None:
    """Return the id most like the wanted one; None where none is like it, or looking would take long."""
    if len(ids) > MANY or len(wanted) > 60:
        return None
    return nearest(wanted, (member for member in ids if len(member) <= 60))
