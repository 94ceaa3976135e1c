"""The catalogue: every measure that can be asked for by name, and its value in a world that was run."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from experiments.measures.named import DAYS_RUN, FURTHER
from experiments.measures.part import PartOfRun
from experiments.measures.scoped_values import is_there, measured_over, of_group_by_day
from experiments.measures.scopes import Scope, scoped
from sim.errors import InputError, nearest, shown
from sim.measures import MEASURES, Measure
from sim.state import TICKS_PER_DAY
from sim.sums import Numbers, days_of

if TYPE_CHECKING:
    from experiments.measures.own import Own
    from sim.engine import Engine
    from sim.record import Run
    from sim.scenario import Scenario


class Catalogue(Mapping[str, Measure]):
    """All measures by name, those of the user's own among them; it takes names with a scope, too."""

    def __init__(self, own: Iterable[Own] = ()) -> None:
        self.own = {each.name: each for each in own}
        mine = {name: Measure(name, each.unit, each.meaning, "run", each.file, of_groups=False)
                for name, each in self.own.items()}  # fmt: skip
        self._plain = MEASURES | FURTHER | mine

    def __iter__(self) -> Iterator[str]:
        return iter(self._plain)

    def __len__(self) -> int:
        return len(self._plain)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and _or_none(self, name) is not None

    def __getitem__(self, name: str) -> Measure:
        found = _or_none(self, name)
        if found is None:
            raise KeyError(name)
        return found

    def find(self, name: str) -> Measure:
        """Return a measure, described as far as its scope goes; InputError where there is none of that name."""
        base, scope = scoped(name)
        if base not in self._plain:
            known = nearest(base, self._plain)
            rest = name[len(base) :]
            more = "" if known else " (ism names lists them; a measure of your own comes with --measures FILE.py)"
            raise InputError(f"there is no measure '{shown(base)}'{more}", nearest=known and known + rest)
        measure = self._plain[base]
        if scope == Scope():
            return measure
        if base not in self.own:
            _check_scope(name, measure, scope)
        return replace(measure, name=name, meaning=f"{measure.meaning}, {scope.words}")

    def check(self, name: str, scenario: Scenario, seed: int = 1) -> None:
        """Refuse a measure that this world cannot have: of no department of it, or of days after its end."""
        self.find(name)
        _, scope = scoped(name)
        days = scenario.parameters.days
        if scope.days and scope.days[1] > days:
            raise InputError(f"'{shown(name)}': the run has the days 0 to {days - 1}, so days end at {days} at most")
        if scope.department is not None:
            from sim.engine import make_organization

            known = make_organization(scenario, seed).departments
            if scope.department not in known:
                rule = f"'{shown(name)}': there is no department '{shown(scope.department, 60)}'"
                raise InputError(rule, nearest=nearest(scope.department, known))

    def measured(self, names: Sequence[str], engine: Engine) -> list[float]:
        """Return what is measured in a world that was run, by these names; NaN where there is nothing to measure.

        Raises InputError where a function of the user's fails.
        """
        run: list[Run] = []  # made once, where it is needed
        return [self._value(name, engine, run) for name in names]

    def _value(self, name: str, engine: Engine, run: list[Run]) -> float:
        base, scope = scoped(name)
        if base in self.own:
            return own_measured(self.own[base], scope, engine, run)
        return engine.tick / TICKS_PER_DAY if base == DAYS_RUN else measured_over(base, scope, engine)


def _check_scope(name: str, measure: Measure, scope: Scope) -> None:
    """Refuse a scope that one of the model's measures cannot have."""
    base, _ = scoped(name)
    if scope.of_group and not measure.of_groups:
        raise InputError(f"'{shown(name)}': {base} is known of everyone only, not of a role or department")
    if scope.days and measure.value is None:
        raise InputError(f"'{shown(name)}': {base} is known of whole runs only, not of some days")


def _or_none(catalogue: Catalogue, name: str) -> Measure | None:
    try:
        return catalogue.find(name)
    except InputError:
        return None


def own_measured(own: Own, scope: Scope, engine: Engine, run: list[Run]) -> float:
    """Return what a measure of the user's own finds in a world that was run, or in a part of it; NaN for none.

    `run` is empty, or has the run of this engine; it has it afterwards. InputError: the function failed, and where.
    """
    from sim.record import Run

    if not run:
        run.append(Run(engine))
    if scope == Scope():
        return own.value(run[0])
    if not is_there(scope, engine):
        return math.nan
    return own.value(PartOfRun(run[0], engine, scope))


def by_day(name: str, engine: Engine) -> Numbers:
    """Return a measure on each finished day, float64[days]; NaN where it is not known of single days."""
    base, scope = scoped(name)
    if base not in MEASURES or scope.days is not None or MEASURES[base].value is None:
        return np.full(days_of(engine.world), math.nan)
    return of_group_by_day(base, scope, engine)
