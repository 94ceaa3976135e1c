"""The model's own measures, of a role, a department or some days of a world that was run."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from experiments.measures.scopes import Scope
from sim.measures import MEASURES, multivocality
from sim.sums import Cells, Numbers, cells_by_day, cells_over, cells_over_the_run, days_of, sum_groups
from sim.terms import Role

if TYPE_CHECKING:
    from sim.engine import Engine


def members_of(scope: Scope, engine: Engine) -> NDArray[np.bool_]:
    """Return who belongs to the group of a scope, bool[members]."""
    members, departments = engine.world.members, engine.organization.departments
    inside = np.ones(len(members), bool)
    if scope.role is not None:
        inside &= members["role"] == Role[scope.role]
    if scope.department is not None:
        number = departments.index(scope.department) if scope.department in departments else -1
        inside &= members["department"] == number
    return inside


def is_there(scope: Scope, engine: Engine) -> bool:
    """Say whether a world has these days, and members of this group."""
    ended = scope.days is None or scope.days[1] <= days_of(engine.world)
    return ended and bool(members_of(scope, engine).any())


def measured_over(base: str, scope: Scope, engine: Engine) -> float:
    """Return one of the model's measures for a scope, by the rule that sums up days and whole runs; NaN for none."""
    if MEASURES[base].value is None:
        return multivocality(engine.world)
    if not is_there(scope, engine):
        return math.nan
    cells = cells_over_the_run(engine.world) if scope.days is None else cells_over(engine.world, *scope.days)
    return float(_of_group(base, scope, cells, engine)[0])


def of_group_by_day(base: str, scope: Scope, engine: Engine) -> Numbers:
    """Return one of the model's measures of a scope's group on each finished day, float64[days]."""
    return _of_group(base, scope, cells_by_day(engine.world), engine)


def _of_group(base: str, scope: Scope, cells: Cells, engine: Engine) -> Numbers:
    """Return a measure of a scope's group in each stretch of time; NaN where the group has no members."""
    departments = engine.organization.departments
    if not members_of(scope, engine).any():
        return np.full(len(cells.days), math.nan)
    role = -1 if scope.role is None else int(Role[scope.role])
    department = -1 if scope.department is None else departments.index(scope.department)
    rule = MEASURES[base].value
    assert rule is not None
    return np.asarray(rule(sum_groups(cells, len(departments), [(role, department)]))[0], float)
