"""What a study asks for: its runs in their order, the table of them, and the seeds that precision still needs."""

from __future__ import annotations

import gc
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from experiments.sweeps.designs import Cell, cells
from experiments.sweeps.identity import Identity
from experiments.sweeps.store import Store
from experiments.sweeps.study import Study
from experiments.sweeps.trials import Trial

if TYPE_CHECKING:
    import polars as pl

Shard = tuple[int, int]
"""(k, n): the k-th of n shares, counted from 1."""


class Asked:
    """The cells of a study, and how their runs are called."""

    def __init__(self, study: Study, rules: str) -> None:
        self.study = study
        self.identity = identity_of(study, rules)
        with _no_garbage():
            self.cells: tuple[Cell, ...] = cells(study)
            self._worlds = [(self.identity.of_world(cell.changes), cell.changes) for cell in self.cells]
        self._trials: dict[int, list[Trial]] = {}

    def trials(self, seeds: Sequence[int]) -> list[Trial]:
        """Return all runs, seed by seed, so that a sweep that is stopped is balanced over its cells."""
        return [trial for seed in seeds for trial in self._of_seed(seed)]

    def _of_seed(self, seed: int) -> list[Trial]:
        if seed not in self._trials:
            name = self.identity.of_run
            with _no_garbage():
                self._trials[seed] = [Trial(name(world, seed), seed, changes) for world, changes in self._worlds]
        return self._trials[seed]

    @cached_property
    def alike(self) -> dict[int, int]:
        """Cells that are the same world as an earlier one, each with that one."""
        first: dict[str, int] = {}
        earlier = [first.setdefault(world, number) for number, (world, _) in enumerate(self._worlds)]
        return {number: cell for number, cell in enumerate(earlier) if cell != number}

    def share(self, trials: Sequence[Trial], shard: Shard | None) -> list[Trial]:
        """Return each run once, of one share of them; each share has all cells, and as many of each."""
        count, (k, n) = len(self.cells), shard or (1, 1)
        chosen = (trial for place, trial in enumerate(trials) if (place + place // count) % n == k - 1)
        return list({trial.run_id: trial for trial in chosen}.values())

    @cached_property
    def columns(self) -> dict[str, pl.Series]:
        """The values of the factors, cell by cell."""
        return {
            f.name: _column([cell.levels[n].value for cell in self.cells]) for n, f in enumerate(self.study.factors)
        }

    def table(self, store: Store, seeds: Sequence[int]) -> pl.DataFrame:
        """Return a row a run in the order of the design; status is null where it has not been made."""
        import polars as pl

        count = len(self.cells)
        asked = pl.DataFrame(
            {
                "run": pl.Series(range(count * len(seeds)), dtype=pl.Int64),
                "cell": pl.Series([cell.number for cell in self.cells] * len(seeds), dtype=pl.Int64),
                "seed": pl.Series([seed for seed in seeds for _ in range(count)], dtype=pl.Int64),
                **{name: pl.concat([values] * len(seeds)) for name, values in self.columns.items()},
                "run_id": [trial.run_id for trial in self.trials(seeds)],
            }
        )
        return asked.join(store.rows().drop("seed"), on="run_id", how="left", maintain_order="left")


def identity_of(study: Study, rules: str) -> Identity:
    """Return what names the runs of a study."""
    return Identity(study.scenario, rules, study.table.record, _further(study))


def _further(study: Study) -> tuple[str, ...]:
    """Return what rows of this study depend on beyond their world: nothing, where it asks for nothing special."""
    said = {"stop_when": study.table.stop_when, "collect_when": study.table.collect_when}
    digests = {own.name: own.digest for own in study.own}
    asked = [f"{name}={digests.get(name, '')}" for name in study.further]
    return tuple([f"{key}={text!r}" for key, text in said.items() if text] + asked)


@contextmanager
def _no_garbage() -> Iterator[None]:
    """Do not look for garbage: among a million small objects that all stay, that takes as long as making them."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


def _column(values: Sequence[object]) -> pl.Series:
    """Return values of one factor; as text where they are of several kinds."""
    import polars as pl

    kinds = {type(value) for value in values}
    kind = next((k for t, k in ((bool, pl.Boolean), (int, pl.Int64), (float, pl.Float64)) if kinds == {t}), pl.String)
    return pl.Series([str(value) for value in values] if kind == pl.String else list(values), dtype=kind)


# ---------------------------------------------------------------- precision


@dataclass(frozen=True)
class Imprecise:
    """A mean that is not known as well as the study asks for."""

    cell: int
    measure: str
    half_width: float
    """Of its 95% interval; infinite where there are too few values."""
    wanted: float


def further(asked: Asked, store: Store, seeds: tuple[int, ...]) -> tuple[int, ...]:
    """Return the block of seeds that precision still asks for, after those made; none where it is satisfied."""
    wanted = asked.study.table.precision
    if wanted is None or len(seeds) >= wanted.most:
        return ()
    table = asked.table(store, seeds)
    if table["status"].null_count() or not imprecise_of(asked.study, table):
        return ()
    return tuple(range(len(seeds) + 1, min(len(seeds) + wanted.block, wanted.most) + 1))


def imprecise_of(study: Study, runs: pl.DataFrame) -> list[Imprecise]:
    """Return the means of cells that are not known as well as the study asks for."""
    if study.table.precision is None:
        return []
    from experiments.statistics import mean_interval  # brings SciPy's statistics, which takes half a second

    found = []
    for (cell,), rows in runs.group_by(["cell"], maintain_order=True):
        for name, wanted in study.table.precision.half_width.items():
            reached = mean_interval(rows[name].to_list()).half_width
            if not reached <= wanted:
                found.append(Imprecise(int(str(cell)), name, math.inf if math.isnan(reached) else reached, wanted))
    return found
