"""Reporting lines: one tree of managers and reports, seen from both ends, and all that follows from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypedDict

import numpy as np

from sim.errors import InputError
from sim.keys import identities
from sim.organization.model import Flags, Keys, Rows
from sim.terms import Role

DEEPEST: Final = int(np.iinfo(np.int16).max)
"""The most levels an organisation can have: a level is kept in 16 bits."""


@dataclass(frozen=True)
class Lines:
    """Reporting lines seen from both ends, and level by level."""

    manager: Rows
    top: int
    children_start: Rows
    children: Rows
    ranks: list[Rows]
    """Rows of each level, from the top down."""

    def leads(self) -> Flags:
        """[n] bool: who has reports."""
        return np.diff(self.children_start) > 0


class Chains(TypedDict):
    """The fields of an Organization that follow from who reports to whom."""

    manager: Rows
    level: Rows
    team: Rows
    led_team: Rows
    children_start: Rows
    children: Rows
    first: Rows
    last: Rows


def lines_of(manager: Rows, file: str | None = None) -> Lines:
    """Return the reporting lines of a tree (one manager is -1, no cycle); InputError where it is too deep."""
    by_manager = np.argsort(manager, kind="stable").astype(np.int32)
    top, children = int(by_manager[0]), by_manager[1:]
    children_start = np.zeros(len(manager) + 1, np.int64)
    np.cumsum(np.bincount(manager[children], minlength=len(manager)), out=children_start[1:])
    ranks: list[Rows] = [np.array([top], np.int32)]
    while True:
        begin, end = children_start[ranks[-1]], children_start[ranks[-1] + 1]
        size = end - begin
        if not size.any():
            return Lines(manager, top, children_start, children, ranks)
        if len(ranks) == DEEPEST:
            raise InputError(f"The organisation has more than {DEEPEST:,} levels, the most there can be", file=file)
        ranks.append(children[np.repeat(begin - np.cumsum(size) + size, size) + np.arange(size.sum())])


def chains(lines: Lines) -> Chains:
    """Return the fields of an Organization that follow from who reports to whom."""
    level, size = _levels_and_sizes(lines)
    led_team = np.full(len(lines.manager), -1, np.int32)
    led_team[lines.leads()] = np.arange(lines.leads().sum())
    team = led_team[lines.manager]
    team[lines.top] = -1
    first = _walk(lines, size)
    return {
        "manager": lines.manager,
        "level": level,
        "team": team,
        "led_team": led_team,
        "children_start": lines.children_start,
        "children": lines.children,
        "first": first,
        "last": (first + size).astype(np.int32),
    }


def chains_and_keys(manager: Rows, ids: Sequence[str]) -> dict[str, Rows | Keys] | None:
    """Return the fields of an Organization that follow from who reports to whom and from the ids; None for no tree.

    `manager` has rows below its length, and -1 exactly once.
    """
    lines = lines_of(manager)
    if sum(map(len, lines.ranks)) < len(manager):  # the others report to one another in a cycle
        return None
    return {"key": identities(ids), **chains(lines)}  # type: ignore[dict-item]


def _levels_and_sizes(lines: Lines) -> tuple[Rows, Rows]:
    """Return everybody's level, [n] int16, and how many are in the chain from them down, [n] int64."""
    level = np.zeros(len(lines.manager), np.int16)
    size = np.ones(len(lines.manager), np.int64)
    for depth, rows in reversed(list(enumerate(lines.ranks))):
        level[rows] = depth
        if depth:
            np.add.at(size, lines.manager[rows], size[rows])
    return level, size


def _walk(lines: Lines, size: Rows) -> Rows:
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


def branch_heads(lines: Lines) -> Rows:
    """Return the rows, ascending, of those who report to the top and lead somebody: each heads a department."""
    reports = lines.children[lines.children_start[lines.top] : lines.children_start[lines.top + 1]]
    return reports[lines.leads()[reports]]


def inherit(own: Rows, lines: Lines) -> Rows:
    """Fill in -1 with what the manager has, from the top down; changes `own` and returns it."""
    for rows in lines.ranks[1:]:
        own[rows] = np.where(own[rows] < 0, own[lines.manager[rows]], own[rows])
    return own


def derive_roles(lines: Lines) -> Rows:
    """[n] int8: the top and its direct reports who lead are executives, other leaders line managers."""
    role = np.where(lines.leads(), Role.line_manager, Role.coworker).astype(np.int8)
    role[branch_heads(lines)] = Role.executive
    role[lines.top] = Role.executive
    return role
