"""An organisation that is made up: so many people on so many levels, in departments and at places of work."""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from typing import overload

import numpy as np

from sim.keys import identities
from sim.organization import names
from sim.organization.homophily import with_made_ties
from sim.organization.lines import Lines, branch_heads, chains, derive_roles, inherit, lines_of
from sim.organization.luck import Luck, draw_bits, draw_index, draw_normal, draw_uniform
from sim.organization.model import TOP, Amounts, Keys, Organization, Rows
from sim.organization.ties import no_ties
from sim.parameters import OrganizationTable
from sim.terms import Role

SMALLEST_WITH_COMMUNICATOR = 20
"""From so many members on, any wish for community managers gives at least one."""


def generate(wanted: OrganizationTable, seed: int) -> Organization:
    """Make up an organisation with ids m0, m1, ..., in rows level by level.

    Spans are lognormal with the median `span_of_control`; where `levels` leave too few managers for it, they are wider.
    There are fewer levels where there are fewer people, and two where one cannot hold everybody. Each branch under a
    leader who reports to the top is a department; the top and those reports of the top who lead nobody form the
    Executive Office. `communicators_share` is that of those who lead nobody.
    """
    key = _keys(wanted.members)
    lines = lines_of(_make_hierarchy(wanted, key, seed))
    role = _make_roles(lines, wanted.communicators_share, key, seed)
    department, departments = _make_departments(lines)
    location, sites = _make_locations(department, wanted, lines, key, seed)
    organization = Organization(
        ids=LazyTexts(wanted.members, _id),
        names=LazyTexts(wanted.members, partial(_name, key)),
        titles=LazyTexts(wanted.members, partial(_title, role, department, departments, key)),
        key=key,
        role=role,
        department=department,
        departments=departments,
        location=location,
        locations=sites,
        **chains(lines),
        **no_ties(wanted.members),
    )
    return with_made_ties(organization, wanted, seed)


# ---------------------------------------------------------------- what members are called


class LazyTexts(Sequence[str]):
    """Texts that are made when asked for: a million members need no million strings."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, length: int, make: Callable[[int], str]) -> None:
        self._rows = range(length)
        self._make = make

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, row: int) -> str: ...
    @overload
    def __getitem__(self, row: slice) -> tuple[str, ...]: ...
    def __getitem__(self, row: int | slice) -> str | tuple[str, ...]:
        if isinstance(row, slice):
            return tuple(map(self._make, self._rows[row]))
        return self._make(self._rows[row])

    def __iter__(self) -> Iterator[str]:
        return map(self._make, self._rows)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)


def _id(row: int) -> str:
    return f"m{row}"


@lru_cache(maxsize=4)
def _keys(members: int) -> Keys:
    """Return the keys of so many ids: the same whatever the seed, so that organisations of one size share them."""
    return identities(LazyTexts(members, _id))


def _name(key: Keys, row: int) -> str:
    return names.person_name(int(key[row]))


def _title(role: Rows, department: Rows, departments: Sequence[str], key: Keys, row: int) -> str:
    unit = departments[department[row]]
    match Role(role[row]):
        case Role.executive:
            return "Chief Executive Officer" if row == 0 else f"Head of {unit}"
        case Role.line_manager:
            return f"{unit} manager"
        case Role.communicator:
            return "Community manager"
    # The name uses the key's low digits, so the job takes its high ones: no job goes with a name.
    return f"{unit} {names.JOBS[(int(key[row]) >> 32) % len(names.JOBS)]}"


# ---------------------------------------------------------------- who reports to whom


def _make_hierarchy(wanted: OrganizationTable, key: Keys, seed: int) -> Rows:
    """[n] int32: each row's manager; who leads at a level, and how many, is luck."""
    sizes = _level_sizes(wanted.members, wanted.levels)
    starts = np.cumsum(sizes) - sizes
    manager = np.full(sizes.sum(), TOP, np.int32)
    for level, below in enumerate(sizes[1:].tolist()):
        rows = np.arange(starts[level], starts[level] + sizes[level])
        leads = _choose_leaders(rows, below, wanted, key, seed)
        weight = np.exp(wanted.span_spread * draw_normal(seed, Luck.span, key[leads]))
        start = starts[level + 1]
        manager[start : start + below] = np.repeat(leads, _spans(weight, below))
    return manager


def _level_sizes(members: int, levels: int) -> Rows:
    """[levels] int64: one at the top, then each level r times the one above, r such that everybody has a place."""
    levels = min(max(levels, 2), members)
    if levels == 1:
        return np.ones(1, np.int64)
    low, high = 1.0, members ** (1 / (levels - 1))
    for _ in range(100):
        ratio = (low + high) / 2
        low, high = (ratio, high) if sum(ratio**level for level in range(levels)) < members else (low, ratio)
    return 1 + _whole(high ** np.arange(levels) - 1, members - levels)


def _choose_leaders(rows: Rows, below: int, wanted: OrganizationTable, key: Keys, seed: int) -> Rows:
    """Return the rows, ascending, of those at a level who lead the `below` members of the next one."""
    mean_span = wanted.span_of_control * np.exp(wanted.span_spread**2 / 2)
    leaders = min(len(rows), int(np.ceil(below / mean_span)))
    return np.sort(rows[np.argsort(draw_bits(seed, Luck.leads, key[rows]), kind="stable")[:leaders]])


def _spans(weight: Amounts, reports: int) -> Rows:
    """[managers] int64, summing to `reports`: in proportion to the weights, but at least one each."""
    low, high = 0.0, reports / weight.max()
    for _ in range(60):
        scale = (low + high) / 2
        low, high = (scale, high) if np.maximum(scale * weight, 1).sum() < reports else (low, scale)
    return 1 + _whole(np.maximum(high * weight, 1) - 1, reports - len(weight))


def _whole(shares: Amounts, total: int) -> Rows:
    """Round shares (each at least 0) that sum to a whole total, so that the rounded ones do, too."""
    ends = np.floor(np.cumsum(shares) + 0.5).astype(np.int64)
    ends[-1] = total
    rounded: Rows = np.diff(ends, prepend=0)
    return rounded


# ---------------------------------------------------------------- roles, departments, places of work


def _make_roles(lines: Lines, communicators_share: float, key: Keys, seed: int) -> Rows:
    role = derive_roles(lines)
    idle = np.flatnonzero(np.diff(lines.children_start) == 0)
    idle = idle[role[idle] == Role.coworker]
    communicators = round(communicators_share * len(idle))
    if communicators_share > 0 and len(key) >= SMALLEST_WITH_COMMUNICATOR:
        communicators = max(communicators, 1)
    chosen = np.argsort(draw_bits(seed, Luck.communicates, key[idle]), kind="stable")[:communicators]
    role[idle[chosen]] = Role.communicator
    return role


def _make_departments(lines: Lines) -> tuple[Rows, tuple[str, ...]]:
    heads = branch_heads(lines)
    own = np.full(len(lines.manager), -1, np.int32)
    own[lines.top] = 0
    own[heads] = 1 + np.arange(len(heads))
    return inherit(own, lines), (names.EXECUTIVE_OFFICE, *names.numbered(names.DEPARTMENTS, len(heads)))


def _make_locations(
    department: Rows, wanted: OrganizationTable, lines: Lines, key: Keys, seed: int
) -> tuple[Rows, tuple[str, ...]]:
    """Most of a department sit at its main site, which is its head's luck; the others anywhere else."""
    places = wanted.locations
    heads = np.concatenate(([lines.top], branch_heads(lines)))
    main = draw_index(places, seed, Luck.main_site, key[heads])[department]
    away = (main + 1 + draw_index(max(places - 1, 1), seed, Luck.other_site, key)) % places
    site = np.where(draw_uniform(seed, Luck.at_main_site, key) < wanted.main_site_share, main, away)
    _, first_seen, code = np.unique(site, return_index=True, return_inverse=True)
    by_appearance = np.argsort(first_seen)
    known = names.numbered(names.SITES, places)
    return np.argsort(by_appearance)[code].astype(np.int32), tuple(known[site[first_seen[i]]] for i in by_appearance)
