"""An informal network that is made up: like meets like, first in the team, then in the department and at the site.

McPherson, Smith-Lovin & Cook 2001. How strongly is said by `organization.ties_*` and `organization.weight_*`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sim.organization.luck import Luck, draw_normal, draw_uniform
from sim.organization.model import Amounts, Keys, Organization, Rows
from sim.organization.ties import PORTION, pairs, with_pairs
from sim.parameters import OrganizationTable

ROUNDS = 6
"""How often what was lost is sought again: plenty."""
CLOSE_ENOUGH = 0.005
"""What share of the ties wanted may be missing in the end."""


def with_made_ties(organization: Organization, wanted: OrganizationTable, seed: int) -> Organization:
    """Return the organisation with a made-up network, `ties_per_member` on average."""
    pair = _make_pairs(organization, wanted, seed)
    return with_pairs(organization, pair, _weights(organization, wanted, pair, seed))


# ---------------------------------------------------------------- seeking


def _make_pairs(organization: Organization, wanted: OrganizationTable, seed: int) -> Rows:
    """[k] int64: numbers of pairs, ascending, each once.

    Members seek ties in circles from near to far. What is lost because a pair found each other twice, or somebody found
    nobody, is sought again, so that the mean number of ties comes out.
    """
    members = organization.members
    ties = members * min(wanted.ties_per_member, members - 1) / 2
    circles = _circles(organization)
    spread = wanted.ties_spread
    sociability = spread * draw_normal(seed, Luck.sociability, organization.key) - spread**2 / 2
    pair: Rows = np.zeros(0, np.int64)
    for turn in range(ROUNDS):
        missing = (ties - len(pair)) / members
        if missing * members < max(CLOSE_ENOUGH * ties, 1):
            break
        seeks = missing * (np.exp(sociability) if turn == 0 else np.ones(members))
        count = (seeks + draw_uniform(seed, Luck.ties_sought, organization.key, turn)).astype(np.int64)
        pair = np.concatenate((pair, *_seek(organization, circles, wanted, count, seed, turn)))
        pair.sort()  # np.unique alone would hash, which takes ten times as long for millions
        pair = np.concatenate((pair[:1], pair[1:][pair[1:] != pair[:-1]]))
    return pair


@dataclass(frozen=True)
class Circle:
    """Groups in which a tie is sought: members in a row for each group, ordered by key so that rows mean nothing."""

    group: Rows
    """[n] int64: the group in which each member seeks."""
    start: Rows
    size: Rows
    order: Rows

    @classmethod
    def of(cls, belongs: Rows, by_key: Rows, seeks: Rows | None = None) -> Circle:
        """Groups by the number of the group that each belongs to; members may seek in another one."""
        size = np.bincount(belongs)
        order = by_key[np.argsort(belongs[by_key], kind="stable")]
        return cls(belongs if seeks is None else seeks, np.cumsum(size) - size, size, order)

    def pick(self, rows: Rows, luck: Amounts) -> Rows:
        """[k] rows: for each row somebody of the group, by luck in (0, 1); oneself is possible."""
        group = self.group[rows]
        return self.order[self.start[group] + (luck * self.size[group]).astype(np.int64)]


def _circles(organization: Organization) -> list[Circle]:
    """Team; department at the same location; department; everybody at the same location; everybody."""
    by_key = np.argsort(organization.key, kind="stable")
    team = organization.team.astype(np.int64) + 1
    # The top, alone in group 0, is in no team as a report, and so seeks ties among the own reports.
    seeks = team.copy()
    seeks[organization.top] = organization.led_team[organization.top] + 1
    department, location = organization.department.astype(np.int64), organization.location.astype(np.int64)
    _, here = np.unique(department * len(organization.locations) + location, return_inverse=True)
    return [
        Circle.of(team, by_key, seeks),
        Circle.of(here, by_key),
        Circle.of(department, by_key),
        Circle.of(location, by_key),
        Circle.of(np.zeros(organization.members, np.int64), by_key),
    ]


def _seek(
    organization: Organization, circles: list[Circle], wanted: OrganizationTable, count: Rows, seed: int, turn: int
) -> Iterator[Rows]:
    """Yield numbers of pairs: a tie for each of the `count` [n] that each seeks."""
    for some in np.array_split(np.flatnonzero(count), 1 + count.sum() // PORTION):
        rows = np.repeat(some, count[some])
        nth = np.arange(len(rows)) - np.repeat(np.cumsum(count[some]) - count[some], count[some])
        which = _choose_circles(wanted, seed, organization.key[rows], turn, nth)
        luck = draw_uniform(seed, Luck.tie_other, organization.key[rows], turn, nth)
        other = np.empty(len(rows), np.int64)
        for place, groups in enumerate(circles):
            here = which == place
            other[here] = groups.pick(rows[here], luck[here])
        # One's own place in the team stands for the manager, who is part of it but not a report.
        other = np.where((other == rows) & (which == 0), organization.manager[rows], other)
        found = (other != rows) & (other >= 0)
        yield pairs(rows[found], other[found], organization.members)


def _choose_circles(wanted: OrganizationTable, seed: int, key: Keys, turn: int, nth: Rows) -> Rows:
    """[k] places in `_circles`: where each seeks this tie."""
    circle = draw_uniform(seed, Luck.tie_circle, key, turn, nth)
    beyond_site = draw_uniform(seed, Luck.tie_site, key, turn, nth) >= wanted.ties_at_own_site
    in_department = circle < wanted.ties_in_team + wanted.ties_in_department
    return np.where(circle < wanted.ties_in_team, 0, np.where(in_department, 1, 3) + beyond_site)


# ---------------------------------------------------------------- weighing


def _weights(organization: Organization, wanted: OrganizationTable, pair: Rows, seed: int) -> Amounts:
    """[k] float32: heavier in the team (its manager included), then in the department, and at the same location."""
    weight = np.empty(len(pair), np.float32)
    for begin in range(0, len(pair), PORTION):
        one, other = np.divmod(pair[begin : begin + PORTION], organization.members)
        keys = organization.key[one], organization.key[other]
        spread = draw_normal(seed, Luck.tie_weight, np.minimum(*keys), np.maximum(*keys))
        typical = _typical_weights(organization, wanted, one, other)
        weight[begin : begin + PORTION] = typical * np.exp(wanted.weight_spread * spread)
    return weight


def _typical_weights(organization: Organization, wanted: OrganizationTable, one: Rows, other: Rows) -> Amounts:
    """[k] float64: the median weight of a tie between these rows."""
    team, manager = organization.team, organization.manager
    same_team = (team[one] == team[other]) | (manager[one] == other) | (manager[other] == one)
    same_department = organization.department[one] == organization.department[other]
    same_site = organization.location[one] == organization.location[other]
    weight = np.where(same_team, wanted.weight_in_team, np.where(same_department, wanted.weight_in_department, 1.0))
    return weight * np.where(same_site, wanted.weight_at_own_site, 1.0)
