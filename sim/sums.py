"""Sums that measures are made from: what the kernel counts in each cell of role and department, added up for groups."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.state import TICKS_PER_DAY, Clock, Column, Whole, World
from sim.terms import Role

Numbers = NDArray[np.float64]
_WHOLE: Final = {name: int(place) for name, place in Whole.__members__.items()}
_COLUMN: Final = {name: int(place) for name, place in Column.__members__.items()}
_FIRST_STATE: Final = int(Column.members)  # columns before it are counted in a day, the others stand at its end


@dataclass(frozen=True)
class Sums:
    """Sums of g groups over t stretches of time: single days, or one whole run."""

    column: Numbers  # [columns, g, t]
    whole: Numbers  # [len(Whole), t], of the organisation as a whole
    leading: Numbers  # [columns, t], of executives alone
    leaders: Numbers  # [columns, t], of executives and line managers
    others: Numbers  # [columns, t], of everyone else
    days: Numbers  # [t], length of the stretch

    def __getitem__(self, name: str) -> Numbers:
        """Return what is summed under this name, [g, t]; that of the organisation as a whole, [t]."""
        found: Numbers = self.whole[_WHOLE[name]] if name in _WHOLE else self.column[_COLUMN[name]]
        return found


class Cells(NamedTuple):
    """Sums of single cells (a role in a department) over t stretches of time."""

    column: Numbers  # [t, cells, columns]
    whole: Numbers  # [t, len(Whole)]
    days: Numbers  # [t]


def days_of(world: World) -> int:
    """Return how many days are finished."""
    return int(world.clock[Clock.tick]) // TICKS_PER_DAY


def cells_by_day(world: World) -> Cells:
    """Return each finished day as a stretch."""
    days = days_of(world)
    column = world.daily[:days]
    return Cells(column, world.whole[:days], np.ones(days))


def cells_over_the_run(world: World) -> Cells:
    """Return one stretch: the whole run so far, a day that has only begun included in what is counted."""
    ticks = int(world.clock[Clock.tick])
    days, begun = ticks // TICKS_PER_DAY, -(-ticks // TICKS_PER_DAY)
    cells = world.daily.shape[1]
    column = np.zeros((1, cells, len(Column)))
    column[0, :, :_FIRST_STATE] = world.daily[:begun, :, :_FIRST_STATE].sum(axis=0)
    if days:
        column[0, :, _FIRST_STATE:] = world.daily[days - 1, :, _FIRST_STATE:]
    members = world.members
    wrote, visited = (members["posts"] + members["comments"]) > 0, members["visits"] > 0

    def counted(who: Any) -> Any:
        return np.bincount(members["cell"][who], minlength=cells)

    column[0, :, Column.contributors] = counted(wrote)
    column[0, :, Column.visitors] = counted(visited)
    column[0, :, Column.readers] = counted(visited & ~wrote)
    whole = world.whole[days - 1 : days] if days else np.zeros((1, len(Whole)))
    return Cells(column, whole, np.array([ticks / TICKS_PER_DAY]))


_A_DAY: Final = [int(Column[name]) for name in ("visitors", "contributors", "readers")]
"""Counts of members, which do not add up over days: some come on several."""


def cells_over(world: World, first: int, end: int) -> Cells:
    """Return one stretch, the days [first, end): counts added up, states and the numbers of members as means."""
    days = world.daily[first:end]
    column = days.sum(axis=0, keepdims=True)
    column[..., _FIRST_STATE:] /= end - first
    column[..., _A_DAY] /= end - first
    return Cells(column, world.whole[end - 1 : end], np.array([float(end - first)]))


def sum_groups(cells: Cells, departments: int, wanted: Iterable[tuple[int, int]]) -> Sums:
    """Add up the cells of each wanted group: (role, department), -1 for any."""
    shape = (len(cells.days), len(Role), departments, len(Column))
    column = cells.column.reshape(shape)
    role_sums = column.sum(axis=2)  # [t, roles, columns]
    leaders = [Role.line_manager, Role.executive]
    columns = []
    for role, department in wanted:
        place = (
            slice(None),
            slice(None) if role < 0 else slice(role, role + 1),
            slice(None) if department < 0 else slice(department, department + 1),
        )
        columns.append(column[place].sum(axis=2).sum(axis=1).T)
    return Sums(
        np.stack(columns, axis=1),
        cells.whole.T,
        role_sums[:, Role.executive].T,
        role_sums[:, leaders].sum(axis=1).T,
        np.delete(role_sums, leaders, axis=1).sum(axis=1).T,
        cells.days,
    )
