"""A part of a run, as a measure of the user's own sees it where it is asked of a role, a department or some days."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NoReturn

import numpy as np
from numpy.typing import NDArray

from experiments.measures.scoped_values import measured_over, members_of, of_group_by_day
from experiments.measures.scopes import Scope
from sim.measures import MEASURES
from sim.sums import days_of

if TYPE_CHECKING:
    import polars as pl

    from sim.engine import Engine
    from sim.record import Run

LASTING: Final = (
    *("id", "name", "title", "role", "level", "department", "location", "team", "manager_id"),
    *("voice_propensity", "risk_sensitivity", "implicit_voice_theory", "attention", "base_visits"),
    *("occasions_per_visit", "openness_leaning"),
)
"""Columns of members that are the same on every day; the others are of a run's first day, or of its end."""
_HAS: Final = "scenario, seed, days, members, messages, occasions, positions, ties, series and measures"


class PartOfRun:
    """The tables of a run, cut to the members of a scope and to its days.

    Members keep their order; `author`, `member` and `other` are rows of this table of members, as they are in a run.
    """

    def __init__(self, run: Run, engine: Engine, scope: Scope) -> None:
        self._run, self._engine, self._scope = run, engine, scope
        self.scenario, self.seed = run.scenario, run.seed
        first, end = scope.days or (0, run.days)
        self.days: int = end - first
        """Workdays of it that are looked at."""

    def __getattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"a part of a run has no {name}, only {_HAS}")

    @cached_property
    def members(self) -> pl.DataFrame:
        """A row a member of the part; of some days, only with what is the same on every day."""
        found = self._run.members.filter(self._inside)
        return found if self._scope.days is None else found.select(LASTING)

    @cached_property
    def messages(self) -> pl.DataFrame:
        """What these members published on these days."""
        return self._of_days(self._renumbered(self._run.messages, "author"))

    @cached_property
    def occasions(self) -> pl.DataFrame:
        """What these members had to say on these days."""
        return self._of_days(self._renumbered(self._run.occasions, "member"))

    @cached_property
    def positions(self) -> pl.DataFrame:
        """A row a member of the part and issue."""
        if self._scope.days is not None:
            raise ValueError("positions are known of a run's start and end only, not of some days")
        return self._renumbered(self._run.positions, "member")

    @cached_property
    def ties(self) -> pl.DataFrame:
        """A row a tie between two members of the part."""
        return self._renumbered(self._run.ties, "member", "other")

    @cached_property
    def measures(self) -> dict[str, float | None]:
        """Each of the model's measures that is known of this part; None where there is nothing to divide by."""
        found = {name: measured_over(name, self._scope, self._engine) for name in MEASURES if self._known(name)}
        return {name: None if np.isnan(value) else value for name, value in found.items()}

    @cached_property
    def series(self) -> pl.DataFrame:
        """Day by day: day, measure, group (`all`: everyone in this part), value."""
        import polars as pl

        first, end = self._scope.days or (0, days_of(self._engine.world))
        days = np.arange(first, end, dtype=np.int32)
        frames = [
            pl.DataFrame({"day": days, "value": of_group_by_day(name, self._scope, self._engine)[first:end]}).select(
                "day", pl.lit(name).alias("measure"), pl.lit("all").alias("group"), pl.col("value").fill_nan(None)
            )
            for name, measure in MEASURES.items()
            if measure.value is not None and self._known(name)
        ]
        return pl.concat(frames)

    def _known(self, name: str) -> bool:
        measure = MEASURES[name]
        return (measure.of_groups or not self._scope.of_group) and (measure.value is not None or not self._scope.days)

    @cached_property
    def _inside(self) -> NDArray[np.bool_]:
        return members_of(self._scope, self._engine)

    def _renumbered(self, table: pl.DataFrame, *columns: str) -> pl.DataFrame:
        """Return the rows that are about members of the part alone, with their rows in its table of members."""
        import polars as pl

        rows = np.cumsum(self._inside, dtype=np.int32) - 1
        places = {name: table[name].to_numpy() for name in columns}
        mine = np.logical_and.reduce([self._inside[place] for place in places.values()])
        found: Any = [pl.Series(name, rows[place]) for name, place in places.items()]
        return table.with_columns(found).filter(mine)

    def _of_days(self, table: pl.DataFrame) -> pl.DataFrame:
        if self._scope.days is None:
            return table
        first, end = self._scope.days
        return table.filter(table["day"].is_between(first, end - 1))
