"""Who works here, who reports to whom, who talks with whom: an organisation made up, or read from a CSV file.

All luck is keyed: a draw is a pure function of (seed, purpose, a member's key), and the key is a hash of the id. So the
order of rows means nothing.
"""

import csv
import difflib
import io
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from functools import partial
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Final, overload

import numpy as np

from sim import files, input_files, limits
from sim import names as tables
from sim.errors import InputError
from sim.spreadsheet import defused, restored
from sim.terms import Role

SPAN_SPREAD: Final = 1.25
"""Standard deviation of the log of a manager's span of control: most lead a few, a few lead many."""
MAIN_SITE_SHARE: Final = 0.7
"""Share of a department's members who sit at its main site."""
SOCIABILITY_SPREAD: Final = 0.5
"""Standard deviation of the log of how many ties a member seeks."""
TEAM_TIES: Final = 0.5
"""Share of the ties that a member seeks in the own team, the manager included."""
DEPARTMENT_TIES: Final = 0.3
"""Share of the ties that a member seeks in the own department; what is left crosses departments."""
SAME_SITE_TIES: Final = 0.6
"""Chance that a tie sought beyond the team is sought at the own location only."""
TEAM_WEIGHT: Final = 4.0
DEPARTMENT_WEIGHT: Final = 2.0
SAME_SITE_WEIGHT: Final = 1.5
WEIGHT_SPREAD: Final = 0.5
"""Median weight of a tie: 1 across departments, times these; the spread is that of the weight's log."""
DEEPEST: Final = int(np.iinfo(np.int16).max)
"""The most levels an organisation can have: a level is kept in 16 bits."""
TOP: Final = -1
"""Stands for a manager where there is none, and for a team where there is none."""


class OrganizationError(InputError):
    """An organisation that cannot be used, told so that its author can mend it.

    `path` and `line` (counted from 1) say where, None where that is unknown; `problem` says what and what to do.
    """

    def __init__(self, problem: str, path: str | os.PathLike[str] | None = None, line: int | None = None) -> None:
        super().__init__(problem, file=None if path is None else Path(path).name or str(path), line=line)
        self.path = path


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
    key: np.ndarray
    """[n] uint64: blake2b hash of the id; a member's identity in every random draw."""
    role: np.ndarray
    """[n] int8: a `Role`."""
    manager: np.ndarray
    """[n] int32: row of the line manager; -1 for the one member at the top."""
    level: np.ndarray
    """[n] int16: number of managers above; 0 is the top."""
    department: np.ndarray
    """[n] int32: place in `departments`, which are numbered as they first appear."""
    departments: tuple[str, ...]
    """[d] str: names of the departments, each once."""
    location: np.ndarray
    """[n] int32: place in `locations`, which are numbered as they first appear."""
    locations: tuple[str, ...]
    """[l] str: names of the locations, each once."""
    team: np.ndarray
    """[n] int32: the team one belongs to as a report (same manager; numbered by the manager's row); -1 for the top."""
    led_team: np.ndarray
    """[n] int32: the team one leads; -1 for who leads nobody."""
    children_start: np.ndarray
    """[n + 1] int64: the direct reports of i are `children[children_start[i]:children_start[i + 1]]`."""
    children: np.ndarray
    """[n - 1] int32: rows of direct reports, ascending for each manager."""
    first: np.ndarray
    """[n] int32: place in a walk down the hierarchy; j is i or below i exactly if first[i] <= first[j] < last[i]."""
    last: np.ndarray
    """[n] int32: end of the chain below in that walk; last - first - 1 people are below."""
    tie_start: np.ndarray
    """[n + 1] int64: the ties of i are at `tie_start[i]:tie_start[i + 1]` of the two arrays below."""
    tie_member: np.ndarray
    """[m] int32: row of the other member, ascending for each member; a tie stands in both members' rows."""
    tie_weight: np.ndarray
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
        """Return the row of the member with this id; OrganizationError, naming the nearest id, where there is none."""
        for row in np.flatnonzero(self.key == _keys([member])[0]):
            if self.ids[int(row)] == member:
                return int(row)
        raise OrganizationError(f"There is no member {_shown(member)}.{_nearest(member, self.ids)}")


# ---- An organisation that is made up ---------------------------------------------------------------------------------


def generate(
    members: int,
    span_of_control: float,
    levels: int,
    locations: int,
    ties_per_member: float,
    communicators_share: float,
    seed: int,
) -> Organization:
    """Make up an organisation of exactly `members` people with ids m0, m1, ..., in rows level by level.

    `span_of_control` is the median number of direct reports (at least 1; spans are lognormal); where `levels` leave too
    few managers for it, spans are wider. `levels` counts the top's; there are fewer where there are fewer people, and
    two where one cannot hold everybody. `ties_per_member` is the mean number of ties, `communicators_share` that of
    those who lead nobody. Each branch under a leader who reports to the top is a department; the top and those reports
    of the top who lead nobody form the Executive Office. Raises OrganizationError for values out of range.
    """
    _check_wishes(members, span_of_control, levels, locations, ties_per_member, communicators_share)
    ids = _Made(members, _made_id)
    key = _keys(ids)
    manager = _made_hierarchy(_level_sizes(members, levels), span_of_control, key, seed)
    lines = _reporting_lines(manager)
    role = _made_roles(lines, communicators_share, key, seed)
    department, departments = _made_departments(lines)
    location, sites = _made_locations(department, locations, lines, key, seed)
    organization = Organization(
        ids=ids,
        names=_Made(members, partial(_made_name, key)),
        titles=_Made(members, partial(_made_title, role, department, departments, key)),
        key=key,
        role=role,
        department=department,
        departments=departments,
        location=location,
        locations=sites,
        **_chains(lines),
        **_no_ties(members),
    )
    return _with_made_ties(organization, ties_per_member, seed)


class _Made(Sequence[str]):
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


def _made_id(row: int) -> str:
    return f"m{row}"


def _made_name(key: np.ndarray, row: int) -> str:
    return tables.person_name(int(key[row]))


def _made_title(role: np.ndarray, department: np.ndarray, departments: Sequence[str], key: np.ndarray, row: int) -> str:
    unit = departments[department[row]]
    match Role(role[row]):
        case Role.executive:
            return "Chief Executive Officer" if row == 0 else f"Head of {unit}"
        case Role.line_manager:
            return f"{unit} manager"
        case Role.communicator:
            return "Community manager"
    # The name uses the key's low digits, so the job takes its high ones: no job goes with a name.
    return f"{unit} {tables.JOBS[(int(key[row]) >> 32) % len(tables.JOBS)]}"


def _check_wishes(
    members: int, span: float, levels: int, locations: int, ties_per_member: float, communicators_share: float
) -> None:
    within = {
        "members must be from 1 to 2,000,000,000": 1 <= members <= 2_000_000_000,
        "span_of_control must be at least 1": 1 <= span < np.inf,
        f"levels must be from 1 to {DEEPEST:,}": 1 <= levels <= DEEPEST,
        "locations must be from 1 to 1,000,000": 1 <= locations <= 1_000_000,
        "ties_per_member must be from 0 to 10,000": 0 <= ties_per_member <= 10_000,
        "communicators_share must be from 0 to 1": 0 <= communicators_share <= 1,
    }
    for demand, met in within.items():
        if not met:
            raise OrganizationError(f"An organisation cannot be made: {demand}.")


def _level_sizes(members: int, levels: int) -> np.ndarray:
    """[levels] int64: one at the top, then each level r times the one above, r such that everybody has a place."""
    levels = min(max(levels, 2), members)
    if levels == 1:
        return np.ones(1, np.int64)
    low, high = 1.0, members ** (1 / (levels - 1))
    for _ in range(100):
        ratio = (low + high) / 2
        low, high = (ratio, high) if sum(ratio**level for level in range(levels)) < members else (low, ratio)
    return 1 + _whole(high ** np.arange(levels) - 1, members - levels)


def _whole(shares: np.ndarray, total: int) -> np.ndarray:
    """Round shares (each at least 0) that sum to a whole total, so that the rounded ones do, too."""
    ends = np.floor(np.cumsum(shares) + 0.5).astype(np.int64)
    ends[-1] = total
    return np.diff(ends, prepend=0)


def _made_hierarchy(sizes: np.ndarray, span: float, key: np.ndarray, seed: int) -> np.ndarray:
    """[n] int32: each row's manager; who leads at a level, and how many, is luck."""
    mean_span = span * np.exp(SPAN_SPREAD**2 / 2)
    starts = np.cumsum(sizes) - sizes
    manager = np.full(sizes.sum(), TOP, np.int32)
    for level in range(len(sizes) - 1):
        rows = np.arange(starts[level], starts[level] + sizes[level])
        below = int(sizes[level + 1])
        wanted = min(len(rows), int(np.ceil(below / mean_span)))
        leads = np.sort(rows[np.argsort(_keyed(seed, _Luck.leads, key[rows]), kind="stable")[:wanted]])
        weight = np.exp(SPAN_SPREAD * _normal(seed, _Luck.span, key[leads]))
        start = starts[level + 1]
        manager[start : start + below] = np.repeat(leads, _spans(weight, below))
    return manager


def _spans(weight: np.ndarray, reports: int) -> np.ndarray:
    """[managers] int64, summing to `reports`: in proportion to the weights, but at least one each."""
    low, high = 0.0, reports / weight.max()
    for _ in range(60):
        scale = (low + high) / 2
        low, high = (scale, high) if np.maximum(scale * weight, 1).sum() < reports else (low, scale)
    return 1 + _whole(np.maximum(high * weight, 1) - 1, reports - len(weight))


def _made_roles(lines: "_Lines", communicators_share: float, key: np.ndarray, seed: int) -> np.ndarray:
    role = _derived_roles(lines)
    idle = np.flatnonzero(np.diff(lines.children_start) == 0)
    idle = idle[role[idle] == Role.coworker]
    wanted = round(communicators_share * len(idle))
    if communicators_share > 0 and len(key) >= 20:
        wanted = max(wanted, 1)
    chosen = np.argsort(_keyed(seed, _Luck.communicates, key[idle]), kind="stable")[:wanted]
    role[idle[chosen]] = Role.communicator
    return role


def _made_departments(lines: "_Lines") -> tuple[np.ndarray, tuple[str, ...]]:
    heads = _branch_heads(lines)
    own = np.full(len(lines.manager), -1, np.int32)
    own[lines.top] = 0
    own[heads] = 1 + np.arange(len(heads))
    return _inherited(own, lines), (tables.EXECUTIVE_OFFICE, *tables.numbered(tables.DEPARTMENTS, len(heads)))


def _made_locations(
    department: np.ndarray, locations: int, lines: "_Lines", key: np.ndarray, seed: int
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Most of a department sit at its main site, which is its head's luck; the others anywhere else."""
    heads = np.concatenate(([lines.top], _branch_heads(lines)))
    main = _index(locations, seed, _Luck.main_site, key[heads])[department]
    away = (main + 1 + _index(max(locations - 1, 1), seed, _Luck.other_site, key)) % locations
    site = np.where(_uniform(seed, _Luck.at_main_site, key) < MAIN_SITE_SHARE, main, away)
    _, first_seen, code = np.unique(site, return_index=True, return_inverse=True)
    by_appearance = np.argsort(first_seen)
    names = tables.numbered(tables.SITES, locations)
    return np.argsort(by_appearance)[code].astype(np.int32), tuple(names[site[first_seen[i]]] for i in by_appearance)


# ---- Luck ------------------------------------------------------------------------------------------------------------


class _Luck(IntEnum):
    """What a draw is for; the numbers are this file's own, so that no draw of the simulation meets one of them."""

    leads = 0x6F726700
    span = 0x6F726701
    communicates = 0x6F726702
    main_site = 0x6F726703
    at_main_site = 0x6F726704
    other_site = 0x6F726705
    sociability = 0x6F726706
    ties_sought = 0x6F726707
    tie_circle = 0x6F726708
    tie_site = 0x6F726709
    tie_other = 0x6F72670A
    tie_weight = 0x6F72670B


def _mixed(bits: np.ndarray) -> np.ndarray:
    """splitmix64's step and finaliser (Steele, Lea & Flood 2014): every bit of the answer hangs on every bit given."""
    bits = bits + np.uint64(0x9E3779B97F4A7C15)
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))


def _keyed(seed: int, purpose: _Luck, *who: np.ndarray | int) -> np.ndarray:
    """uint64 bits that hang on all arguments: chained one by one, because sums of keys give visible patterns."""
    bits = _mixed(np.array([seed & 0xFFFFFFFFFFFFFFFF], np.uint64))
    for part in (int(purpose), *who):
        bits = _mixed(bits ^ np.asarray(part, np.uint64))
    return _mixed(bits)


def _uniform(seed: int, purpose: _Luck, *who: np.ndarray | int) -> np.ndarray:
    """float64 in (0, 1), neither end included."""
    return ((_keyed(seed, purpose, *who) >> np.uint64(12)).astype(np.float64) + 0.5) * 2.0**-52


def _index(choices: np.ndarray | int, seed: int, purpose: _Luck, *who: np.ndarray | int) -> np.ndarray:
    """int64 in 0, ..., choices - 1, all alike."""
    return (_uniform(seed, purpose, *who) * choices).astype(np.int64)


def _normal(seed: int, purpose: _Luck, *who: np.ndarray | int) -> np.ndarray:
    """float64, standard normal (Box & Muller 1958)."""
    radius = np.sqrt(-2 * np.log(_uniform(seed, purpose, *who, 0)))
    return radius * np.cos(2 * np.pi * _uniform(seed, purpose, *who, 1))


def _keys(ids: Iterable[str]) -> np.ndarray:
    """[n] uint64: 64-bit blake2b of each id's UTF-8; in portions, so that a million hashes need little memory."""
    left = iter(ids)
    portions = []
    while hashes := b"".join(
        blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest() for text in islice(left, 65_536)
    ):
        portions.append(np.frombuffer(hashes, "<u8"))
    return np.concatenate(portions).astype(np.uint64)


# ---- The hierarchy ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Lines:
    """Reporting lines seen from both ends, and level by level."""

    manager: np.ndarray
    top: int
    children_start: np.ndarray
    children: np.ndarray
    ranks: list[np.ndarray]
    """Rows of each level, from the top down."""

    def leads(self) -> np.ndarray:
        """[n] bool: who has reports."""
        return np.diff(self.children_start) > 0


def _reporting_lines(manager: np.ndarray, path: Path | None = None) -> _Lines:
    """Reporting lines of a tree (one manager is -1, no cycle); OrganizationError where it is too deep."""
    by_manager = np.argsort(manager, kind="stable").astype(np.int32)
    top, children = int(by_manager[0]), by_manager[1:]
    children_start = np.zeros(len(manager) + 1, np.int64)
    np.cumsum(np.bincount(manager[children], minlength=len(manager)), out=children_start[1:])
    ranks = [np.array([top], np.int32)]
    while True:
        begin, end = children_start[ranks[-1]], children_start[ranks[-1] + 1]
        size = end - begin
        if not size.any():
            return _Lines(manager, top, children_start, children, ranks)
        if len(ranks) == DEEPEST:
            raise OrganizationError(f"The organisation has more than {DEEPEST:,} levels, the most there can be.", path)
        ranks.append(children[np.repeat(begin - np.cumsum(size) + size, size) + np.arange(size.sum())])


def _chains(lines: _Lines) -> dict[str, np.ndarray]:
    """The fields of Organization that follow from who reports to whom."""
    manager, members = lines.manager, len(lines.manager)
    level = np.zeros(members, np.int16)
    size = np.ones(members, np.int64)
    for depth, rows in reversed(list(enumerate(lines.ranks))):
        level[rows] = depth
        if depth:
            np.add.at(size, manager[rows], size[rows])
    led_team = np.full(members, -1, np.int32)
    led_team[lines.leads()] = np.arange(lines.leads().sum())
    team = led_team[manager]
    team[lines.top] = -1
    first = _walk(lines, size)
    return {
        "manager": manager,
        "level": level,
        "team": team,
        "led_team": led_team,
        "children_start": lines.children_start,
        "children": lines.children,
        "first": first,
        "last": (first + size).astype(np.int32),
    }


def chains_of(manager: np.ndarray, ids: Sequence[str]) -> dict[str, np.ndarray] | None:
    """Return the fields of an Organization that follow from who reports to whom and from the ids; None for no tree.

    `manager` has rows below its length, and -1 exactly once.
    """
    lines = _reporting_lines(manager)
    if sum(map(len, lines.ranks)) < len(manager):  # the others report to one another in a cycle
        return None
    return {"key": _keys(ids), **_chains(lines)}


def _walk(lines: _Lines, size: np.ndarray) -> np.ndarray:
    """[n] int32: everybody's place when each is visited before the chain below, and that chain before the next."""
    sizes = size[lines.children]
    before = np.concatenate(([0], np.cumsum(sizes)))[:-1]
    siblings_before = np.zeros(len(size), np.int64)
    own_first = lines.children_start[lines.manager[lines.children]]
    siblings_before[lines.children] = before - before[own_first]
    first = np.zeros(len(size), np.int32)
    for rows in lines.ranks[1:]:
        first[rows] = first[lines.manager[rows]] + 1 + siblings_before[rows]
    return first


def _branch_heads(lines: _Lines) -> np.ndarray:
    """Rows, ascending, of those who report to the top and lead somebody: each heads a department."""
    reports = lines.children[lines.children_start[lines.top] : lines.children_start[lines.top + 1]]
    return reports[lines.leads()[reports]]


def _inherited(own: np.ndarray, lines: _Lines) -> np.ndarray:
    """Fill in -1 with what the manager has, from the top down; changes `own` and returns it."""
    for rows in lines.ranks[1:]:
        own[rows] = np.where(own[rows] < 0, own[lines.manager[rows]], own[rows])
    return own


def _derived_roles(lines: _Lines) -> np.ndarray:
    """[n] int8: the top and its direct reports who lead are executives, other leaders line managers."""
    role = np.where(lines.leads(), Role.line_manager, Role.coworker).astype(np.int8)
    role[_branch_heads(lines)] = Role.executive
    role[lines.top] = Role.executive
    return role


# ---- Ties ------------------------------------------------------------------------------------------------------------


def with_ties(organization: Organization, one: np.ndarray, other: np.ndarray, weight: np.ndarray) -> Organization:
    """Return the organisation with exactly these ties: rows of two members and a weight above 0, three arrays [k].

    A pair that comes several times, in either direction, is one tie with the weights' sum. Raises OrganizationError for
    rows outside the organisation and for a tie of a member with themselves.
    """
    one, other, weight = np.asarray(one, np.int64), np.asarray(other, np.int64), np.asarray(weight, np.float64)
    outside = (np.minimum(one, other) < 0) | (np.maximum(one, other) >= organization.members)
    if outside.any() or (one == other).any() or not (weight > 0).all():
        raise OrganizationError(
            "Each tie needs two different members, as rows of the organisation, and a weight above 0."
        )
    pair, which = np.unique(_pairs(one, other, organization.members), return_inverse=True)
    return _with_pairs(organization, pair, np.bincount(which, weight, minlength=len(pair)))


def _pairs(one: np.ndarray, other: np.ndarray, members: int) -> np.ndarray:
    """[k] int64: one number for each pair of rows, the same in either direction."""
    return np.minimum(one, other).astype(np.int64) * members + np.maximum(one, other)


def _with_pairs(organization: Organization, pair: np.ndarray, weight: np.ndarray) -> Organization:
    """Lay out ties (ascending, each once) so that each stands in the rows of both its members.

    In a member's row those from lower rows come first, then those to higher ones: two sorted lists, interleaved.
    """
    members = organization.members
    low, high = (side.astype(np.int32) for side in np.divmod(pair, members))
    with_higher, with_lower = np.zeros(members + 1, np.int64), np.zeros(members + 1, np.int64)
    np.cumsum(np.bincount(low, minlength=members), out=with_higher[1:])
    np.cumsum(np.bincount(high, minlength=members), out=with_lower[1:])
    tie_member = np.empty(2 * len(pair), np.int32)
    tie_weight = np.empty(2 * len(pair), np.float32)
    turned = np.argsort(high.astype(np.int64) * members + low)
    for place, other, heavy in (
        (with_lower[low + 1], high, weight),
        (with_higher[high[turned]], low[turned], weight[turned]),
    ):
        place += np.arange(len(pair))
        tie_member[place] = other
        tie_weight[place] = heavy
    return replace(organization, tie_start=with_higher + with_lower, tie_member=tie_member, tie_weight=tie_weight)


def _no_ties(members: int) -> dict[str, np.ndarray]:
    return {
        "tie_start": np.zeros(members + 1, np.int64),
        "tie_member": np.zeros(0, np.int32),
        "tie_weight": np.zeros(0, np.float32),
    }


@dataclass(frozen=True)
class _Circle:
    """Groups in which a tie is sought: members in a row for each group, ordered by key so that rows mean nothing."""

    group: np.ndarray
    """[n] int64: the group in which each member seeks."""
    start: np.ndarray
    size: np.ndarray
    order: np.ndarray

    @classmethod
    def of(cls, belongs: np.ndarray, by_key: np.ndarray, seeks: np.ndarray | None = None) -> "_Circle":
        """Groups by the number of the group that each belongs to; members may seek in another one."""
        size = np.bincount(belongs)
        order = by_key[np.argsort(belongs[by_key], kind="stable")]
        return cls(belongs if seeks is None else seeks, np.cumsum(size) - size, size, order)

    def pick(self, rows: np.ndarray, luck: np.ndarray) -> np.ndarray:
        """[k] rows: for each row somebody of the group, by luck in (0, 1); oneself is possible."""
        group = self.group[rows]
        return self.order[self.start[group] + (luck * self.size[group]).astype(np.int64)]


def _circles(organization: Organization) -> list[_Circle]:
    """Team; department at the same location; department; everybody at the same location; everybody."""
    by_key = np.argsort(organization.key, kind="stable")
    team = organization.team.astype(np.int64) + 1
    # The top, alone in group 0, is in no team as a report, and so seeks ties among the own reports.
    seeks = team.copy()
    seeks[organization.top] = organization.led_team[organization.top] + 1
    department, location = organization.department.astype(np.int64), organization.location.astype(np.int64)
    _, here = np.unique(department * len(organization.locations) + location, return_inverse=True)
    return [
        _Circle.of(team, by_key, seeks),
        _Circle.of(here, by_key),
        _Circle.of(department, by_key),
        _Circle.of(location, by_key),
        _Circle.of(np.zeros(organization.members, np.int64), by_key),
    ]


def _with_made_ties(organization: Organization, ties_per_member: float, seed: int) -> Organization:
    """Return the organisation with a made-up informal network in which like meets like (homophily).

    Members seek ties in circles from near to far. What is lost because a pair found each other twice, or somebody found
    nobody, is sought again, so that the mean number of ties comes out; six rounds are plenty.
    """
    members = organization.members
    wanted = members * min(ties_per_member, members - 1) / 2
    circles = _circles(organization)
    sociability = SOCIABILITY_SPREAD * _normal(seed, _Luck.sociability, organization.key) - SOCIABILITY_SPREAD**2 / 2
    pair = np.zeros(0, np.int64)
    for turn in range(6):
        missing = (wanted - len(pair)) / members
        if missing * members < max(0.005 * wanted, 1):
            break
        seeks = missing * (np.exp(sociability) if turn == 0 else np.ones(members))
        count = (seeks + _uniform(seed, _Luck.ties_sought, organization.key, turn)).astype(np.int64)
        pair = np.concatenate((pair, *_sought(organization, circles, count, seed, turn)))
        pair.sort()  # np.unique alone would hash, which takes ten times as long for millions
        pair = pair[np.diff(pair, prepend=-1) > 0]
    return _with_pairs(organization, pair, _made_weights(organization, pair, seed))


def _sought(
    organization: Organization, circles: list[_Circle], count: np.ndarray, seed: int, turn: int
) -> Iterator[np.ndarray]:
    """Yield numbers of pairs: the first tie of all who seek one, then the second of all who seek two, and so on."""
    for nth in range(count.max(initial=0)):
        rows = np.flatnonzero(count > nth)
        who = (organization.key[rows], turn, nth)
        circle = _uniform(seed, _Luck.tie_circle, *who)
        near = _uniform(seed, _Luck.tie_site, *who) < SAME_SITE_TIES
        luck = _uniform(seed, _Luck.tie_other, *who)
        in_team, in_department = circle < TEAM_TIES, circle < TEAM_TIES + DEPARTMENT_TIES
        which = np.where(in_team, 0, np.where(in_department, 1, 3) + ~near)
        other = np.empty(len(rows), np.int64)
        for place, groups in enumerate(circles):
            here = which == place
            other[here] = groups.pick(rows[here], luck[here])
        # One's own place in the team stands for the manager, who is part of it but not a report.
        other = np.where((other == rows) & in_team, organization.manager[rows], other)
        found = (other != rows) & (other >= 0)
        yield _pairs(rows[found], other[found], organization.members)


def _made_weights(organization: Organization, pair: np.ndarray, seed: int) -> np.ndarray:
    """[k] float32: heavier in the team (its manager included), then in the department, and at the same location."""
    weight = np.empty(len(pair), np.float32)
    portion = 1 << 18  # so that millions of ties need little memory on the way
    for begin in range(0, len(pair), portion):
        one, other = np.divmod(pair[begin : begin + portion], organization.members)
        keys = organization.key[one], organization.key[other]
        spread = _normal(seed, _Luck.tie_weight, np.minimum(*keys), np.maximum(*keys))
        weight[begin : begin + portion] = _closeness(organization, one, other) * np.exp(WEIGHT_SPREAD * spread)
    return weight


def _closeness(organization: Organization, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """[k] float64: the median weight of a tie between these rows."""
    team, manager = organization.team, organization.manager
    same_team = (team[one] == team[other]) | (manager[one] == other) | (manager[other] == one)
    same_department = organization.department[one] == organization.department[other]
    weight = np.where(same_team, TEAM_WEIGHT, np.where(same_department, DEPARTMENT_WEIGHT, 1.0))
    return weight * np.where(organization.location[one] == organization.location[other], SAME_SITE_WEIGHT, 1.0)


# ---- One member more -------------------------------------------------------------------------------------------------


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
    are the manager's where not given, the name is the id. Raises OrganizationError where the id is empty or taken, or
    nobody has the id `manager_id`.
    """
    id = _usable(id)  # noqa: A001
    if (organization.key == _keys([id])[0]).any():
        raise OrganizationError(f"There is already a member {_shown(id)}; choose another id.")
    boss = organization.row_of(manager_id.strip())
    departments, place = _extended(organization.departments, department, int(organization.department[boss]))
    locations, site = _extended(organization.locations, location, int(organization.location[boss]))
    lines = _reporting_lines(np.append(organization.manager, np.int32(boss)))
    return replace(
        organization,
        ids=(*organization.ids, id),
        names=(*organization.names, _usable(name or id)),
        titles=(*organization.titles, _usable(title or TITLES[role])),
        key=np.append(organization.key, _keys([id])),
        role=np.append(organization.role, np.int8(role)),
        department=np.append(organization.department, np.int32(place)),
        departments=departments,
        location=np.append(organization.location, np.int32(site)),
        locations=locations,
        tie_start=np.append(organization.tie_start, organization.tie_start[-1]),
        **_chains(lines),
    )


def _usable(text: str) -> str:
    """Refuse what no file could hold."""
    text = text.strip()
    if not text or "\0" in text or text != text.encode("utf-8", "replace").decode():
        raise OrganizationError(f"{_shown(text)} cannot be written to a file: give letters, digits or signs.")
    return text


def _extended(known: tuple[str, ...], wanted: str | None, otherwise: int) -> tuple[tuple[str, ...], int]:
    """The names, longer by the wanted one if it is new, and the place where it stands."""
    if wanted is None:
        return known, otherwise
    wanted = _usable(wanted)
    known = known if wanted in known else (*known, wanted)
    return known, known.index(wanted)


# ---- An organisation from a file -------------------------------------------------------------------------------------

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

TITLES: Final = {
    Role.coworker: "Coworker",
    Role.line_manager: "Line manager",
    Role.executive: "Executive",
    Role.communicator: "Communicator",
}
"""The title of a member whose file gives none."""

ROLES: Final = {role.name: role for role in Role} | {
    "employee": Role.coworker,
    "co_worker": Role.coworker,
    "manager": Role.line_manager,
    "community_manager": Role.communicator,
}
"""How a file may spell a role, in small letters with underscores."""

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

UNKNOWN: Final = -2
"""Stands, while a file is read, for a manager whom the file does not list."""


def read(
    path: str | os.PathLike[str],
    ties: str | os.PathLike[str] | None = None,
    repair: bool = False,
    ties_per_member: float = 8,
    seed: int = 0,
) -> tuple[Organization, list[str]]:
    """Read an organisation from a CSV file, and its ties from another one; rows keep the file's order.

    Needed columns: id, manager_id; used where present: name, title, role, department, location; an empty or own id as
    manager_id marks the top. Without a file of `ties` a network with `ties_per_member` is made up from `seed`. Returns
    the organisation and plain sentences on what was mended, left out and derived. Raises OrganizationError for anything
    that cannot be read, and, unless `repair`, for rows without id, ids used twice, unknown roles, unknown managers,
    several tops and cycles.
    """
    sheet = _sheet(Path(path), repair)
    _mend_ids(sheet)
    roles = _stated_roles(sheet)
    lines = _reporting_lines(np.array(_one_tree(sheet), np.int32), sheet.path)
    organization = _from_sheet(sheet, roles, lines)
    if ties is None:
        _check_wishes(1, 1, 1, 1, ties_per_member, 0)
        sheet.remarks.append(f"The informal ties are made up, about {ties_per_member:g} a member.")
        return _with_made_ties(organization, ties_per_member, seed), sheet.remarks
    return _with_read_ties(organization, Path(ties), sheet.remarks), sheet.remarks


@dataclass(frozen=True)
class _Fault:
    """One thing wrong with a file: where, what, and what repairing makes of it."""

    line: int
    problem: str
    mended: str


@dataclass
class _Sheet:
    """An organisation file while it is checked: for each row its line, for each column its texts."""

    path: Path
    repair: bool
    line: list[int]
    column: dict[str, list[str]]
    remarks: list[str] = field(default_factory=list)

    def refuse_or_mend(self, faults: list[_Fault], advice: str) -> None:
        """Note what is mended, where that is allowed; otherwise raise the first fault, with the lines of its like."""
        if faults and not self.repair:
            alike = [str(fault.line) for fault in faults[1:]]
            more = f" (likewise line{'s' * (len(alike) > 1)} {_listed(alike)})" if alike else ""
            problem = faults[0].problem[0].upper() + faults[0].problem[1:]
            raise OrganizationError(f"{problem}{more}. {advice}", self.path, faults[0].line)
        self.remarks += [f"Line {fault.line}: {fault.mended}." for fault in faults]

    def keep(self, rows: list[int]) -> None:
        """Drop all rows but these."""
        if len(rows) < len(self.line):
            self.line = [self.line[row] for row in rows]
            self.column = {name: [texts[row] for row in rows] for name, texts in self.column.items()}

    def who(self, row: int) -> str:
        """A member's id with the line, as messages tell it."""
        return f"{_shown(self.column['id'][row])} (line {self.line[row]})"


def _sheet(path: Path, repair: bool) -> _Sheet:
    """Read the table; OrganizationError where there is none, or a needed column is missing."""
    text = _text(path)
    rows = _rows(text, _column_delimiter(text, path), path)
    try:
        header_line, header = next(rows)
    except StopIteration:
        raise OrganizationError(
            "The file is empty; give a header with id and manager_id, and a row a member.", path
        ) from None
    places = _places(header, header_line, path)
    sheet = _Sheet(path, repair, [], {name: [] for name in COLUMNS})
    too_long = []
    for line, cells in rows:
        if any(cells[len(header) :]):
            problem = f"the row has more values than the header has columns ({len(cells)} instead of {len(header)})"
            too_long.append(_Fault(line, problem, f"values beyond column {len(header)} were left out"))
        sheet.line.append(line)
        for name, texts in sheet.column.items():
            place = places.get(name, len(cells))
            texts.append(cells[place] if place < len(cells) else "")
    sheet.refuse_or_mend(
        too_long, 'Put a value that contains the separator in "quotation marks"; --repair cuts such rows.'
    )
    return sheet


def _text(path: Path) -> str:
    """The file's text, from UTF-8 or (told by its first bytes) UTF-16; OrganizationError where it is no text."""
    try:
        content = input_files.read_bytes(path, limits.ORGANIZATION_BYTES)
    except InputError as error:
        raise OrganizationError(_sentence(error.problem), path) from None
    if content.startswith(b"PK\x03\x04"):
        raise OrganizationError(
            "This is a workbook or an archive, not a CSV file; save the table as CSV (UTF-8).", path
        )
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = content.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = None if wide else content.count(b"\n", 0, error.start) + 1
        raise OrganizationError(
            "The file is no UTF-8 text; save it as CSV with the encoding UTF-8.", path, line
        ) from None
    if "\0" in text:
        raise OrganizationError("The file is binary, not text; save the table as CSV (UTF-8).", path)
    return text


def _rows(text: str, delimiter: str, path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield each row that is not blank, with the line it starts in; cells without white space at their ends."""
    reader = csv.reader(_lines(text, path), delimiter=delimiter, skipinitialspace=True, strict=True)
    line = 1
    try:
        for cells in reader:
            stripped = [restored(cell.strip()) for cell in cells]
            if any(stripped):
                yield line, stripped
            line = reader.line_num + 1
    except csv.Error as error:
        problem = f"The row that starts here is no CSV ({error}); is a quotation mark opened and not closed?"
        raise OrganizationError(problem, path, line) from None


def _lines(text: str, path: Path) -> Iterator[str]:
    """Yield the lines of a text with their ends; OrganizationError where one is too long to be a row of a table."""
    for number, line in enumerate(io.StringIO(text, newline=""), 1):
        if len(line) > limits.LINE_CHARACTERS:
            problem = f"This line has more than {limits.LINE_CHARACTERS:,} characters, which no row of a table has."
            raise OrganizationError(problem, path, number)
        yield line


def _first_rows(text: str, delimiter: str, path: Path, wanted: int) -> list[list[str]]:
    """The first rows as this delimiter would cut them; none where it cannot."""
    try:
        return [cells for _, cells in islice(_rows(text, delimiter, path), wanted)]
    except OrganizationError:
        return []


def _column_delimiter(text: str, path: Path) -> str:
    """The delimiter under which the header names most of the columns known here."""

    def recognised(delimiter: str) -> tuple[int, int]:
        header = {_plain(cell) for cells in _first_rows(text, delimiter, path, 1) for cell in cells}
        return sum(not header.isdisjoint(spellings.split()) for spellings in COLUMNS.values()), len(header - {""})

    return max((",", ";", "\t"), key=recognised)


def _places(header: list[str], line: int, path: Path) -> dict[str, int]:
    """Where each column stands; OrganizationError where a needed one is missing or one comes twice."""
    plain = [_plain(cell) for cell in header]
    places = {}
    for column, spellings in COLUMNS.items():
        present = [spelling for spelling in spellings.split() if spelling in plain]
        if present and plain.count(present[0]) > 1:
            name = _shown(header[plain.index(present[0])])
            raise OrganizationError(f"Two columns are called {name}; rename or delete one of them.", path, line)
        if present:
            places[column] = plain.index(present[0])
    for column in ("id", "manager_id"):
        if column not in places:
            found = _listed([_shown(cell, quote="") for cell in header], limit=12)
            problem = f"A column {column} is needed; the columns found are {found}."
            raise OrganizationError(problem + _meant(column, header, plain), path, line)
    return places


def _plain(cell: str) -> str:
    """A column's name in small letters and digits only, as in COLUMNS."""
    return "".join(letter for letter in cell[:60].casefold() if letter.isalnum())


def _meant(column: str, header: list[str], plain: list[str]) -> str:
    """Advice naming the column that resembles the missing one most, if any does."""
    known = {spelling for spellings in COLUMNS.values() for spelling in spellings.split()}
    best, likeness = "", 0.7
    for cell, name in list(zip(header, plain, strict=True))[:50]:
        for spelling in COLUMNS[column].split():
            ratio = difflib.SequenceMatcher(None, name, spelling).ratio() if name not in known else 0.0
            best, likeness = (cell, ratio) if ratio > likeness else (best, likeness)
    return f" If {_shown(best)} is meant, call it {column}." if best else f" Call the right one {column}."


def _mend_ids(sheet: _Sheet) -> None:
    """Every row has an id of its own, or is refused or dropped."""
    seen: dict[str, int] = {}
    empty, twice, kept = [], [], []
    for row, (line, member) in enumerate(zip(sheet.line, sheet.column["id"], strict=True)):
        if not member:
            empty.append(_Fault(line, "the row has no id", "the row without an id was dropped"))
        elif member in seen:
            told = f"the id {_shown(member)} is already used in line {seen[member]}"
            twice.append(_Fault(line, told, f"{told}; this row was dropped"))
        else:
            seen[member] = line
            kept.append(row)
    sheet.refuse_or_mend(empty, "Give each member an id; --repair drops such rows.")
    sheet.refuse_or_mend(twice, "Give each member an id of their own; --repair keeps the first row.")
    sheet.keep(kept)
    if not kept:
        raise OrganizationError("The file names no members; give a row a member below the header.", sheet.path)


def _stated_roles(sheet: _Sheet) -> np.ndarray:
    """[n] int8: the role that the file states; -1 where it states none, or one that is mended."""
    stated = np.full(len(sheet.line), -1, np.int8)
    faults = []
    for row, text in enumerate(sheet.column["role"]):
        role = ROLES.get("_".join(text.casefold().replace("-", " ").replace("_", " ").split()))
        if role is not None:
            stated[row] = role
        elif text:
            mended = f"the role {_shown(text)} of {_shown(sheet.column['id'][row])} was derived from who leads whom"
            faults.append(_Fault(sheet.line[row], f"{_shown(text)} is no role", mended))
    sheet.refuse_or_mend(faults, f"Write {_listed(list(Role.__members__), last=' or ')}; --repair derives it.")
    return stated


# ---- From rows that name a manager to one tree -----------------------------------------------------------------------


def _one_tree(sheet: _Sheet) -> list[int]:
    """Row of each member's manager, -1 for the one top; what is no tree is refused or mended."""
    row_of = {member: row for row, member in enumerate(sheet.column["id"])}
    stated = zip(sheet.column["id"], sheet.column["manager_id"], strict=True)
    manager = [TOP if boss in ("", member) else row_of.get(boss, UNKNOWN) for member, boss in stated]
    below, cycles = _below_and_cycles(manager)
    tops = [row for row, boss in enumerate(manager) if boss == TOP]
    strays = [row for row, boss in enumerate(manager) if boss == UNKNOWN]
    if not sheet.repair:
        _refuse_unknown(sheet, strays)
        _refuse_tops_and_cycles(sheet, tops, cycles)
        return manager
    cuts = [max(cycle, key=lambda row: (below[row], -row)) for cycle in cycles]
    led = dict(zip(cuts, (sum(below[row] + 1 for row in cycle) for cycle in cycles), strict=True))
    candidates = tops or strays or cuts
    top = max(candidates, key=lambda row: (led.get(row, below[row]), -row))
    _note_mended_lines(sheet, top, tops, strays, dict(zip(cuts, cycles, strict=True)))
    for row in (*tops, *strays, *cuts):
        manager[row] = top
    manager[top] = TOP
    return manager


def _below_and_cycles(manager: list[int]) -> tuple[list[int], list[list[int]]]:
    """How many are below each (for one on a cycle: not counting the cycle), and the cycles, each from its first row."""
    waiting = [0] * len(manager)
    for boss in manager:
        if boss >= 0:
            waiting[boss] += 1
    below = [0] * len(manager)
    ready = [row for row, reports in enumerate(waiting) if not reports]
    for row in ready:
        boss = manager[row]
        if boss >= 0:
            below[boss] += below[row] + 1
            waiting[boss] -= 1
            if not waiting[boss]:
                ready.append(boss)
    # Who still waits is on a cycle: nobody can be counted before somebody who is counted after them.
    cycles = []
    for row in range(len(manager)):
        cycle = []
        while waiting[row]:
            cycle.append(row)
            waiting[row] = 0
            row = manager[row]
        if cycle:
            cycles.append(cycle)
    return below, cycles


def _refuse_unknown(sheet: _Sheet, strays: list[int]) -> None:
    ids, bosses = sheet.column["id"], sheet.column["manager_id"]
    told = "{} reports to {}, who is not in the file"
    faults = [_Fault(sheet.line[row], told.format(_shown(ids[row]), _shown(bosses[row])), "") for row in strays]
    near = _nearest(bosses[strays[0]], ids).lstrip() + " " if strays else ""
    advice = "Add a row for that manager or correct the id; --repair lets them report to the top."
    sheet.refuse_or_mend(faults, near.lstrip() + advice)


def _refuse_tops_and_cycles(sheet: _Sheet, tops: list[int], cycles: list[list[int]]) -> None:
    if len(tops) > 1:
        named = _listed([sheet.who(row) for row in tops])
        problem = f"{len(tops):,} members report to nobody, but only one can be at the top: {named}."
        advice = " Give the others a manager_id; --repair keeps the one who leads most people."
        raise OrganizationError(problem + advice, sheet.path, sheet.line[tops[1]])
    if cycles:
        nobody = "" if tops else "Nobody is at the top: "
        more = f" (and {len(cycles) - 1:,} more cycles)" if len(cycles) > 1 else ""
        problem = f"{nobody}these report to one another in a cycle: {_told_cycle(sheet, cycles[0])}{more}."
        advice = " Correct one manager_id; --repair cuts the cycle at the one who leads most people."
        raise OrganizationError(problem + advice, sheet.path, sheet.line[cycles[0][0]])


def _told_cycle(sheet: _Sheet, cycle: list[int]) -> str:
    told = [sheet.who(row) for row in cycle[:6]]
    left = [f"{len(cycle) - 6:,} more"] if len(cycle) > 6 else []
    return " -> ".join([*told, *left, _shown(sheet.column["id"][cycle[0]])])


def _note_mended_lines(
    sheet: _Sheet, top: int, tops: list[int], strays: list[int], cycles: dict[int, list[int]]
) -> None:
    """Say of each manager that repairing changed why, and who it is now."""
    faults = []
    chief = _shown(sheet.column["id"][top])

    def note(row: int, why: str) -> None:
        now = "is now the top, as nobody else is" if row == top else f"now reports to {chief}, the top"
        faults.append(_Fault(sheet.line[row], "", f"{_shown(sheet.column['id'][row])} {why} and {now}"))

    for row in tops:
        if row != top:
            note(row, "was another top, with fewer people or a later row,")
    for row in strays:
        note(row, f"reported to {_shown(sheet.column['manager_id'][row])}, who is not in the file,")
    for row, cycle in cycles.items():
        note(row, f"was part of the cycle {_told_cycle(sheet, cycle)}")
    sheet.refuse_or_mend(faults, "")


# ---- From a checked table to an organisation -------------------------------------------------------------------------


def _from_sheet(sheet: _Sheet, roles: np.ndarray, lines: _Lines) -> Organization:
    """The organisation, still without ties; says what was derived because the file leaves it open."""
    ids = tuple(sheet.column["id"])
    for column, outcome in DERIVED.items():
        empty = int((roles < 0).sum()) if column == "role" else sheet.column[column].count("")
        if empty:
            whom = "members" if empty == len(ids) else f"{empty:,} of {len(ids):,} members"
            sheet.remarks.append(f"{sheet.path.name} gives {whom} no {column}: {outcome}.")
    role = np.where(roles < 0, _derived_roles(lines), roles).astype(np.int8)
    names = tuple(name or member for name, member in zip(sheet.column["name"], ids, strict=True))
    named = [TITLES[Role(number)] for number in role.tolist()]
    department, departments = _codes(_stated_departments(sheet, names, lines), lines)
    sites = sheet.column["location"]
    sites[lines.top] = sites[lines.top] or ONLY_SITE
    location, locations = _codes(sites, lines)
    return Organization(
        ids=ids,
        names=names,
        titles=tuple(title or other for title, other in zip(sheet.column["title"], named, strict=True)),
        key=_keys(ids),
        role=role,
        department=department,
        departments=departments,
        location=location,
        locations=locations,
        **_chains(lines),
        **_no_ties(len(ids)),
    )


def _stated_departments(sheet: _Sheet, names: Sequence[str], lines: _Lines) -> list[str]:
    """What the file says, and a name for each branch of which it says nothing; empty where the manager's is meant."""
    departments = sheet.column["department"]
    heads = _branch_heads(lines)
    shared = Counter(names[row] for row in heads)
    for row in heads:
        known_as = names[row] if shared[names[row]] == 1 else f"{names[row]} ({sheet.column['id'][row]})"
        departments[row] = departments[row] or f"Team of {known_as}"
    departments[lines.top] = departments[lines.top] or tables.EXECUTIVE_OFFICE
    return departments


def _codes(texts: list[str], lines: _Lines) -> tuple[np.ndarray, tuple[str, ...]]:
    """[n] int32 and the names that it numbers as they first appear; an empty text stands for the manager's."""
    found = {text: code for code, text in enumerate(dict.fromkeys(filter(None, texts)))}
    code = _inherited(np.array([found.get(text, -1) for text in texts], np.int32), lines)
    # An empty cell can take a name from a manager further down the file: number again, by first appearance.
    by_appearance = list(dict.fromkeys(code.tolist()))
    renumbered = np.empty(len(found), np.int32)
    renumbered[by_appearance] = np.arange(len(by_appearance))
    all_names = list(found)
    return renumbered[code], tuple(all_names[number] for number in by_appearance)


# ---- Ties from a file ------------------------------------------------------------------------------------------------


def _with_read_ties(organization: Organization, path: Path, remarks: list[str]) -> Organization:
    """The organisation with ties as a file counts them; adds to the remarks what was left out."""
    row_of = {member: row for row, member in enumerate(organization.ids)}
    text = _text(path)
    rows = [cells for _, cells in _rows(text, _tie_delimiter(text, row_of, path), path)]
    if not rows:
        raise OrganizationError("The file is empty; give a row a contact, with the ids of two members.", path)
    contacts = [cells for cells in rows if len(cells) > 1 and cells[0] and cells[1]]
    # A header names no member; a first row that names one is a contact with an account that is unknown.
    headed = rows[0][0] not in row_of and (len(rows[0]) < 2 or rows[0][1] not in row_of)
    contacts = contacts[1:] if headed and contacts[:1] == rows[:1] else contacts
    total = len(rows) - headed
    if len(contacts) < total:
        remarks.append(
            f"{total - len(contacts):,} of {total:,} rows in {path.name} lack a second id and were left out."
        )
    one = np.array([row_of.get(cells[0], -1) for cells in contacts], np.int64)
    other = np.array([row_of.get(cells[1], -1) for cells in contacts], np.int64)
    known, own = (one >= 0) & (other >= 0), (one >= 0) & (one == other)
    _note_unknown_accounts(contacts, row_of, int((~known).sum()), total, path, remarks)
    if own.any():
        remarks.append(f"{own.sum():,} of {total:,} rows in {path.name} tie a member to themselves and were left out.")
    if contacts and not known.any():
        problem = (
            "No row names two members of the organisation; do both files use the same ids, in the first two columns?"
        )
        raise OrganizationError(problem, path)
    kept = known & ~own
    if not kept.any():
        remarks.append(f"{path.name} leaves no ties: nobody in the organisation has informal contacts.")
    return with_ties(organization, one[kept], other[kept], np.ones(kept.sum()))


def _tie_delimiter(text: str, row_of: dict[str, int], path: Path) -> str:
    """The delimiter under which most of the first rows name two members, or at least have two columns."""

    def understood(delimiter: str) -> tuple[int, int]:
        rows = [cells for cells in _first_rows(text, delimiter, path, 50) if len(cells) > 1]
        return sum(cells[0] in row_of and cells[1] in row_of for cells in rows), len(rows)

    return max((",", ";", "\t", " "), key=understood)


def _note_unknown_accounts(
    contacts: list[list[str]], row_of: dict[str, int], rows: int, total: int, path: Path, remarks: list[str]
) -> None:
    unknown = {account for cells in contacts for account in cells[:2] if account not in row_of}
    if not unknown:
        return
    shown = [_shown(account, quote="") for account in sorted(unknown, key=lambda account: (len(account), account))[:10]]
    accounts = "1 account in {} is" if len(unknown) == 1 else f"{len(unknown):,} accounts in {{}} are"
    them = "it was" if rows == 1 else f"{'it' if len(unknown) == 1 else 'them'} were"
    remarks.append(
        f"{accounts.format(path.name)} not in the organisation; {rows:,} of {total:,} rows that name {them} left out: "
        f"{', '.join(shown)}{', ...' if len(unknown) > 10 else ''}"
    )


# ---- Writing ---------------------------------------------------------------------------------------------------------


def write(organization: Organization, path: str | os.PathLike[str]) -> None:
    """Write the members (not the ties) as CSV in UTF-8, whole or not at all; `read` gives the same arrays back.

    Raises InputError where the place cannot be written to.
    """
    files.write(path, as_csv(organization))


def as_csv(organization: Organization) -> bytes:
    """Return the content of the file that `write` writes."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(_table(organization))
    return text.getvalue().encode()


def _table(organization: Organization) -> Iterator[tuple[str, ...]]:
    yield ("id", "name", "title", "role", "department", "location", "manager_id")
    words = [role.name for role in Role]
    for row, (member, name, title) in enumerate(
        zip(organization.ids, organization.names, organization.titles, strict=True)
    ):
        boss = int(organization.manager[row])
        cells = (
            member,
            name,
            title,
            words[organization.role[row]],
            organization.departments[organization.department[row]],
            organization.locations[organization.location[row]],
            "" if boss == TOP else organization.ids[boss],
        )
        yield tuple(map(defused, cells))


# ---- Words for messages ----------------------------------------------------------------------------------------------


def _shown(text: str, limit: int = 40, quote: str = "'") -> str:
    """A text from a file as a message can carry it: short, on one line, with nothing that acts on a terminal."""
    short = text if len(text) <= limit else f"{text[:limit]}..."
    return quote + "".join(letter if letter.isprintable() else "?" for letter in short) + quote


def _listed(items: Sequence[str], limit: int = 5, last: str = ", ") -> str:
    if len(items) > limit:
        return f"{', '.join(items[:limit])} and {len(items) - limit:,} more"
    return last.join(filter(None, (", ".join(items[:-1]), *items[-1:])))


def _sentence(problem: str) -> str:
    return f"{problem[0].upper()}{problem[1:]}."


def _reason(error: Exception) -> str:
    """What the system says against a file, without the path."""
    return (getattr(error, "strerror", None) or str(error)).lower()


def _nearest(wanted: str, ids: Sequence[str]) -> str:
    """A sentence that names the id most like the wanted one; nothing where none is, or looking would take long."""
    if len(ids) > 5_000 or len(wanted) > 60:
        return ""
    found = difflib.get_close_matches(wanted, [member for member in ids if len(member) <= 60], 1)
    return f" Is {_shown(found[0])} meant?" if found else ""
