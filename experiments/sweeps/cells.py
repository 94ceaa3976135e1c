"""Cells of sweeps, as `FOLDER:CELL` means them: any two can be held against each other on the seeds that both have."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from sim.errors import InputError, shown

if TYPE_CHECKING:
    from experiments.pairs import Comparison
    from experiments.sweeps.sweep import Sweep
    from sim.scenario import Scenario

_CELL: Final = re.compile(r"(?P<folder>.+):(?P<cell>\d{1,9})", re.DOTALL)


class CellOf(NamedTuple):
    """A cell of a sweep."""

    sweep: Sweep
    cell: int
    scenario: Scenario


def names_a_cell(name: str) -> bool:
    """Say whether a name is that of a cell: a folder, a colon and a number."""
    found = _CELL.fullmatch(name)
    return found is not None and Path(found["folder"]).is_dir()


def cell_of(name: str) -> CellOf:
    """Return a cell of what has been made of a sweep; InputError where there is none."""
    from experiments.sweeps.designs import cells
    from experiments.sweeps.factors import varied
    from experiments.sweeps.sweep import made_so_far

    found = _CELL.fullmatch(name)
    assert found is not None
    sweep, number = made_so_far(found["folder"]), int(found["cell"])
    if number >= sweep.study.cells:
        raise InputError(f"this sweep has the cells 0 to {sweep.study.cells - 1}", file=shown(name))
    return CellOf(sweep, number, varied(sweep.study.scenario, cells(sweep.study)[number].changes))


def compared(a: CellOf, b: CellOf) -> Comparison:
    """Return two cells as pairs on shared seeds; InputError where they share none, or were made by different rules."""
    import polars as pl

    from experiments.pairs import Comparison, Pair
    from experiments.sweeps.store import read_about
    from sim.measures import MEASURES

    if read_about(a.sweep.folder).rules != read_about(b.sweep.folder).rules:
        raise InputError("these sweeps were made under different rules, so their runs cannot be compared")
    names = [*MEASURES, *(name for name in a.sweep.study.further if name in b.sweep.study.further)]
    sides = []
    for each in (a, b):
        rows = each.sweep.runs.filter((pl.col("cell") == each.cell) & (pl.col("status") == "done"))
        sides.append({int(row["seed"]): {name: row[name] for name in names} for row in rows.iter_rows(named=True)})
    shared = [seed for seed in sides[0] if seed in sides[1]]
    if not shared:
        raise InputError("these two cells have no seed in common on which both runs are done")
    pairs = tuple(Pair(seed, sides[0][seed], sides[1][seed]) for seed in shared)
    return Comparison(a.scenario, b.scenario, len(pairs), pairs)
