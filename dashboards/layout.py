"""Where members stand in the picture of the organisation: in the hierarchy, and among those whom they know."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np

from experiments.figures.arena import wheel
from sim.organization import Organization

GOLDEN: Final = np.pi * (3.0 - np.sqrt(5.0))
"""The angle by which sunflowers turn: discs of any size are filled evenly."""
ROUNDS: Final = 12
"""How often members move towards those whom they know."""


class Places(NamedTuple):
    """Places within a square from -1 to 1, one a member."""

    x: Any  # float64[n]
    y: Any  # float64[n]


def hierarchy(organization: Organization) -> Places:
    """Return the wheel of the hierarchy: the top in the middle, each level a ring, each branch a sector."""
    seats = wheel(organization.manager.tolist())
    return _within_square(seats.x, seats.y)


def ties(organization: Organization) -> Places:
    """Return departments as discs on a ring; within each, who knows whom stands on the side of those they know.

    The same organisation gives the same places. It takes the time of a few steps over all ties.
    """
    department = organization.department
    sizes = np.bincount(department, minlength=len(organization.departments)).astype(float)
    centre = _discs(sizes)
    pulled = _pulled(organization, centre[department])
    place = np.empty((organization.members, 2))
    for number in range(len(sizes)):
        inside = np.flatnonzero(department == number)
        place[inside] = centre[number] + _seated(pulled[inside] - centre[number])
    middle = 0.5 * (place.min(axis=0) + place.max(axis=0))
    return _within_square(*(place - middle).T)


def _discs(sizes: Any) -> Any:
    """Return the centres of discs with areas as large as `sizes`, side by side around a ring; float64[d, 2]."""
    radius = np.sqrt(np.maximum(sizes, 1.0))
    if len(sizes) == 1:
        return np.zeros((1, 2))
    width = 2.2 * radius
    turn = 2.0 * np.pi * (np.cumsum(width) - width / 2.0) / width.sum()
    ring = max(width.sum() / (2.0 * np.pi), 1.1 * radius.max())
    return np.column_stack([np.sin(turn), np.cos(turn)]) * (ring + 0.4 * radius[:, None])


def _pulled(organization: Organization, home: Any) -> Any:
    """Return where members are drawn to who stand halfway between home and the middle of those whom they know."""
    degree = np.diff(organization.tie_start)
    member = np.repeat(np.arange(len(degree)), degree)
    place = home
    for _ in range(ROUNDS):
        known = place[organization.tie_member]
        middle = np.column_stack([np.bincount(member, known[:, axis], len(degree)) for axis in (0, 1)])
        middle = np.where(degree[:, None] > 0, middle / np.maximum(degree, 1)[:, None], home)
        place = 0.5 * home + 0.5 * middle
    return place


def _seated(pull: Any) -> Any:
    """Return seats on a disc, evenly filled: who is drawn outwards most sits at the rim, on that side."""
    count = len(pull)
    seats = np.sqrt(np.arange(count) + 0.5)[:, None] * _directions(np.arange(count) * GOLDEN)
    order = np.argsort(np.hypot(pull[:, 0], pull[:, 1]), kind="stable")
    place = np.empty((count, 2))
    for ring in np.array_split(np.arange(count), max(1, int(np.sqrt(count) / 2))):  # of one ring, by direction
        who = order[ring]
        by_direction = np.argsort(np.arctan2(pull[who, 1], pull[who, 0]), kind="stable")
        place[who[by_direction]] = seats[ring[np.argsort(np.arctan2(seats[ring, 1], seats[ring, 0]), kind="stable")]]
    return place


def _directions(angle: Any) -> Any:
    return np.column_stack([np.cos(angle), np.sin(angle)])


def _within_square(x: Any, y: Any) -> Places:
    reach = max(float(np.abs(x).max(initial=0.0)), float(np.abs(y).max(initial=0.0)), 1e-9)
    return Places((x / reach).round(4), (y / reach).round(4))
