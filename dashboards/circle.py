"""Some people of an organisation around one of them, as a picture shows them: who they are, and where they stand.

They are chosen by who is near and comes here, before anything happens: nobody is in the picture because something
happens to them.
"""

from __future__ import annotations

import math

import numpy as np

from sim.engine import Engine
from sim.organization import Organization
from sim.terms import Scope

INNER = 10
"""People on the inner ring."""
WIDE = 2.0
"""How many times a picture is as wide as high, about."""


def circle(engine: Engine, centre: int, scope: int, size: int) -> list[int]:
    """Return the rows of a member, their manager, and others of their team or department, from who comes most to least.

    It is the team where something is written for the team, else the department. Of more than there is room for, it is
    every second or third of those who ever came, so that the picture is as mixed as they are.
    """
    people, visits = engine.organization, engine.world.members["visits"]
    group = people.team if scope == Scope.team else people.department
    first = [row for row in (centre, int(people.manager[centre])) if row >= 0]
    others = np.setdiff1d(np.flatnonzero((group == group[centre]) & (visits > 0)), first)
    others = others[np.argsort(-visits[others], kind="stable")]
    room = size - len(first)
    if len(others) > room:
        others = others[np.linspace(0, len(others) - 1, room).round().astype(int)]
    return [*first, *others.tolist()]


def ties_among(people: Organization, rows: list[int]) -> list[list[int]]:
    """Return the ties between members, by their places among `rows`: [one, other], each once."""
    place = {row: n for n, row in enumerate(rows)}
    return [
        [n, place[other]]
        for n, row in enumerate(rows)
        for other in people.tie_member[people.tie_start[row] : people.tie_start[row + 1]].tolist()
        if place.get(other, -1) > n
    ]


def places(count: int) -> list[list[float]]:
    """Return where to stand, as [x, y] from -1 to 1: one in the middle, the others on two rings."""
    inner = min(INNER, max(0, count - 1))
    rings = [(inner, 0.52), (max(0, count - 1 - inner), 1.0)]
    return [[0.0, 0.0]] * min(1, count) + [place for number, radius in rings for place in _ring(number, radius)]


def _ring(number: int, radius: float) -> list[list[float]]:
    """Return places on a ring that are as far from each other in a picture that is `WIDE` times as wide as high."""
    angle = np.linspace(-0.5 * math.pi, 1.5 * math.pi, 721)
    x, y = np.cos(angle), np.sin(angle)
    way = np.concatenate([[0.0], np.cumsum(np.hypot(WIDE * np.diff(x), np.diff(y)))])
    at = np.interp((np.arange(number) + 0.5 * (radius == 1.0)) / max(1, number) * way[-1], way, angle)
    found: list[list[float]] = (radius * np.column_stack([np.cos(at), np.sin(at)])).round(4).tolist()
    return found
