"""Fitting: from a portrait and a scenario to an ensemble, what the data could not tell, and whether the model fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import numpy as np

from experiments.calibration.design import Points
from experiments.calibration.record import path_of, read_record
from experiments.fit.given import Given
from experiments.fit.inference import Inference, Posterior
from experiments.fit.misfit import UNLIKE, Misfit
from experiments.fit.points import BATCH, Tried, table_of, tried_points
from experiments.fit.prior import prior_of
from experiments.fit.setting import FIRST_SEED, Batch, Setting, as_long_as, tried
from experiments.fit.surveys import Answer
from experiments.fit.theories import SHARE, Classifier, Compared
from experiments.measures.typed import Wanted
from experiments.portrait.measuring import STATISTICS
from experiments.progress import QUIET, Progress
from experiments.workers import results
from sim.errors import InputError
from sim.organization import People
from sim.scenario import Scenario

DRAWS: Final = 100
"""Scenarios of an ensemble."""
CHECK_SEED: Final = 2_000_000
"""The seed of the first run that checks the ensemble; each of its scenarios has one of its own."""
INTERVAL: Final = (0.05, 0.95)
"""The ends of the intervals: they hold 90%."""


@dataclass(frozen=True, eq=False)
class Target:
    """What was observed of an arena."""

    values: Mapping[str, float]
    """Statistics of its portrait that could be measured."""
    workdays: int
    stretches: int
    members: int
    direct: bool
    digest: str
    """Of the portrait."""
    survey: Sequence[Answer] = ()
    given: Sequence[Given] = ()
    """Further measures whose value is known."""

    @cached_property
    def all(self) -> dict[str, float]:
        """Statistics, means of the survey, and further measures."""
        said = {each.asked.name: each.mean for each in self.survey}
        return {**self.values, **said, **{each.name: each.value for each in self.given}}

    @cached_property
    def errors(self) -> dict[str, float]:
        """Standard errors of what a survey or somebody said; what is not there is exact."""
        return {each.asked.name: each.error for each in self.survey} | {each.name: each.error for each in self.given}


def target_of(portrait: Mapping[str, Any], survey: Sequence[Answer] = (), given: Sequence[Given] = ()) -> Target:
    """Return what a portrait shows, as `experiments.portrait.folder.read` returns it.

    Raises InputError where it is not what this version writes, or shows nothing.
    """
    try:
        found = {name: one["value"] for name, one in portrait["statistics"].items() if name in STATISTICS}
        values = {name: float(value) for name, value in found.items() if value is not None}
        window, members = portrait["window"], int(portrait["members"])
        days, stretches = int(window["workdays"]), int(window["stretches"])
        known = Target(
            values, days, stretches, members, bool(portrait["direct"]), str(portrait["digest"]), survey, given
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise InputError("this portrait lacks what a fit needs; import the export again") from None
    if not known.values:
        raise InputError("nothing could be measured in this portrait, so there is nothing to fit to")
    return known


def setting_of(
    scenario: Scenario,
    target: Target,
    people: People | None,
    fixed: Sequence[str] = (),
    wanted: Wanted = Wanted(),  # noqa: B008  it never changes
) -> Setting:
    """Return the setting in which a scenario is fitted; `people` are those of the portrait, `fixed` is what is known.

    `wanted` are the measures that the target gives beyond portrait and survey.
    Raises InputError where the people are not as many as the portrait has.
    """
    world = scenario.with_people(people or scenario.people)
    if world.people is None:
        world = world.with_({"organization.members": target.members})
    elif (members := world.parameters.organization.members) != target.members:
        raise InputError(f"the portrait is of {target.members:,} members, and the organisation has {members:,}")
    asked = tuple(each.asked for each in target.survey)
    prior = prior_of(fixed, read_record(path_of(world.parameters.rules.voice)))
    return Setting(as_long_as(world, target.workdays, target.stretches), prior, target.direct, asked, wanted)


class Check(NamedTuple):
    """A statistic as it was observed, and as runs of the ensemble have it."""

    name: str
    observed: float
    low: float
    middle: float
    high: float

    @property
    def within(self) -> bool:
        """Whether what was observed lies within the middle 90% of the runs."""
        return self.low <= self.observed <= self.high


@dataclass(frozen=True, eq=False)
class Fit:
    """What a fit comes to."""

    target: Target
    setting: Setting
    inference: Inference
    posterior: Posterior
    p: float
    """The share of the design's runs that lie as far from the others as what was observed."""
    draws: Points
    """[DRAWS, free] sets of equal weight, as places in the unit cube."""
    shown: Points
    """[DRAWS, names] what a run of each shows."""
    theories: Compared | None = None
    """The theory of the fit beside rivals, where some were asked for."""

    @property
    def fits(self) -> bool:
        """Whether the arena is like what the model makes, and goes with its theory no worse than with rivals.

        Of two tests each may err in half as many arenas.
        """
        return not self.unlike and (self.theories is None or 2.0 * self.theories.p >= UNLIKE)

    @property
    def unlike(self) -> bool:
        """Whether the arena lies where hardly any run does."""
        return self.p < (UNLIKE if self.theories is None else UNLIKE / 2.0)

    @cached_property
    def checks(self) -> list[Check]:
        """Each statistic that was observed, against the runs of the ensemble."""
        names = self.setting.names
        return [self._check(name, value, self.shown[:, names.index(name)]) for name, value in self.target.all.items()]

    def _check(self, name: str, value: float, shown: Points) -> Check:
        known = shown[~np.isnan(shown)]
        if not len(known):
            return Check(name, value, np.nan, np.nan, np.nan)
        low, middle, high = np.quantile(known, (INTERVAL[0], 0.5, INTERVAL[1])).tolist()
        return Check(name, value, low, middle, high)

    @property
    def scenarios(self) -> list[Scenario]:
        """The ensemble: the scenario with each set of guesses."""
        return [self.setting.world(self.setting.prior.values(place)) for place in self.draws]


def fit(
    setting: Setting,
    target: Target,
    sets: int,
    folder: Path | None = None,
    workers: int | None = None,
    progress: Progress = QUIET,
    executor: Executor | None = None,
    rivals: Mapping[str, Setting] = MappingProxyType({}),
) -> Fit:
    """Fit a setting to what was observed, by a design of so many sets; those kept in `folder` are not run again.

    `executor` makes the runs in place of processes of this machine; `rivals` are the settings of rival theories.
    Ctrl-C ends it with KeyboardInterrupt, and what is finished is kept.
    """
    points = tried_points(setting, sets, folder, workers, progress, executor)
    inference = _inference(points, target)
    observed = np.array([target.all[setting.names[column]] for column in inference.columns])
    posterior = inference.posterior(observed)
    draws = posterior.drawn(DRAWS, np.random.default_rng(FIRST_SEED))
    p = Misfit(inference.shown).p(observed)
    shown = {setting.scenario.parameters.rules.voice: inference.shown}
    for number, (theory, rival) in enumerate(rivals.items(), 1):
        place = folder / theory if folder else None
        found = tried_points(rival, rival_sets(sets), place, workers, partial(progress, what=theory), executor)
        shown[theory] = inference.as_observed(found, 1 + number)
    theories = Classifier(shown).compared(observed) if rivals else None
    checked = _checked(setting, draws, workers, executor)
    return Fit(target, setting, inference, posterior, p, draws, checked, theories)


def rival_sets(sets: int) -> int:
    """Return how many sets are tried under each rival theory, where so many are under the fit's own."""
    return max(BATCH, sets // SHARE // BATCH * BATCH)


def _inference(points: Tried, target: Target) -> Inference:
    """Return the inference from those statistics that were observed, and that some run shows as well."""
    shown: Any = ~np.isnan(points.shown).all(axis=0)
    columns = [n for n, name in enumerate(points.setting.names) if name in target.all and shown[n]]
    errors = [target.errors.get(points.setting.names[column], 0.0) for column in columns]
    return Inference(points, tuple(columns), np.array(errors))


def _checked(setting: Setting, draws: Points, workers: int | None, executor: Executor | None) -> Points:
    """Return what one run of each set of an ensemble shows, on seeds that nothing was learned from."""
    sets = [(CHECK_SEED + number, setting.prior.values(place)) for number, place in enumerate(draws)]
    batches = [Batch(setting, (each,)) for each in sets]
    return table_of(setting, [found for part in results(tried, batches, workers, executor=executor) for found in part])
