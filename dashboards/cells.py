"""Cells of studies as worlds that an address can name: the path of the sweep on the shelf, and the cell's number."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from functools import lru_cache
from typing import Final, NamedTuple

from dashboards.shelf import LONGEST, shelf
from experiments.analysis.results import axes_of, written
from experiments.sweeps.designs import Cell, cells
from experiments.sweeps.factors import varied
from experiments.sweeps.study import Study
from experiments.sweeps.sweep import study_of
from sim.errors import InputError, as_typed, shown
from sim.scenario import Scenario

MOST: Final = 1000
"""Worlds of cells of which is known where they come from; of more, the oldest are forgotten."""
LARGEST: Final = 2**31
"""Cells have numbers below it."""

_known: OrderedDict[str, Place] = OrderedDict()


class Place(NamedTuple):
    """Where a cell is found."""

    study: str
    """The path of its sweep on the shelf."""
    cell: int


def place_of(name: str) -> Place | None:
    """Return the cell from which a scenario of this name was made; None where it is of none."""
    return _known.get(name)


@lru_cache(maxsize=32)
def world_at(place: Place) -> Scenario:
    """Return the world of a cell. Raises InputError where there is no such sweep on the shelf, or no such cell."""
    try:
        study = study_of(shelf().find(place.study[:LONGEST]))
        found = next((cell for cell in cells(study) if cell.number == place.cell), None)
    except InputError as error:
        raise InputError(error.problem, file=shown(place.study, 60)) from None
    except (OSError, ValueError):
        raise InputError("this sweep cannot be read", file=shown(place.study, 60)) from None
    if found is None:
        raise InputError(f"this sweep has no cell {as_typed(place.cell)}")
    return world_of(study, found, place)


def world_of(study: Study, cell: Cell, place: Place) -> Scenario:
    """Return the world of a cell of a study that was opened, and note where it comes from."""
    name = f"{study.name}-cell-{cell.number}"
    _known[name] = place
    while len(_known) > MOST:
        _known.popitem(last=False)
    said = [f"{axis.name} {written(value)}" for axis, value in zip(axes_of(study), cell.values, strict=True)]
    world = varied(study.scenario, cell.changes)
    return replace(world, name=name, title=f"{study.table.title}: {', '.join(said)}")
