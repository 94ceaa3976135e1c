"""Calibration of the default scenario: which numbers that are guesses fit what is known, and which is the default.

    python -m experiments.calibration            the whole procedure; writes experiments/calibration.json
    python -m experiments.calibration --quick    the same with few runs, into a file of your choice (--out)
    python -m experiments.calibration --screen   which guesses matter at all
    python -m experiments.calibration --report   the tables of docs/calibration.md, from the record
    python -m experiments.calibration --apply    the record's default, written into sim/parameters.py

Only parameters whose status is a guess (or that came out of this procedure) are free, within bounds declared here. They
are fitted to facts of use `calib` and `input`, never to a `test` fact, by history matching (Craig et al. 1997): a Sobol
design over the bounds, then waves of sets that a regression on all sets tried so far expects to be near. A set is
acceptable if, over seeds of its own, no fact that it is fitted to is missed, and the arena has no trend. All acceptable
sets are kept (equifinality), with the test facts and the conclusions measured on other seeds.
"""

from __future__ import annotations

import argparse
import ast
import json
import math
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.stats import qmc

from experiments.facts.conclusions import CONCLUSIONS, differences
from experiments.facts.declared import FACTS, Part, Use, facts_for
from experiments.facts.scorecard import Verdict, judge, together
from experiments.facts.trial import Trial
from experiments.statistics import Interval, mean_interval
from experiments.workers import results
from sim import files
from sim.engine import make_organization
from sim.organization import Organization
from sim.parameters import Parameter, Status, registry
from sim.scenario import Scenario, load
from sim.state import Column
from sim.terms import STRATEGIES, Motive, Strategy

Points = NDArray[np.float64]
Values = Mapping[str, float]
Tell = Callable[[str], object]

RECORD: Final = Path(__file__).with_name("calibration.json")


# ---------------------------------------------------------------- what is free


@dataclass(frozen=True)
class Free:
    """A parameter that may move, its first guess, and how far it may go: about a factor of three around that."""

    name: str
    guess: float
    low: float
    high: float

    def at(self, place: Any) -> Any:
        """Return the value at a place in [0, 1]: on a scale of logs, or plain where it can be negative."""
        if self.low > 0.0:
            return self.low * (self.high / self.low) ** place
        return self.low + (self.high - self.low) * place

    def place(self, value: float) -> float:
        """Return the place of a value."""
        if self.low > 0.0:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)


FREE: Final = (
    Free("population.occasions_per_visit.mean", 0.016, 0.005, 0.048),
    Free("population.occasions_per_visit.sd", 0.09, 0.03, 0.27),
    Free("population.voice_propensity.mean", 0.4, 0.18, 0.67),
    Free("population.voice_propensity.sd", 0.2, 0.09, 0.33),
    Free("population.risk_sensitivity.mean", 0.5, 0.25, 0.75),
    Free("population.voice_efficacy.mean", 0.4, 0.18, 0.67),
    Free("population.imagined_audience_size.mean", 0.023, 0.008, 0.07),
    Free("learning.engagement_rate", 0.05, 0.017, 0.15),
    Free("learning.unsaid_days", 4, 1.33, 12.0),
    Free("learning.dismissive", 0.3, 0.125, 0.56),
    Free("voice.efficacy", 5, 1.67, 15.0),
    Free("voice.act_gain", 1.6, 0.53, 4.8),
    Free("voice.superior_threat", 24, 8.0, 72.0),
    Free("voice.audience", 35, 12.0, 105.0),
    Free("voice.peer_threat", 700, 230.0, 2100.0),
    Free("voice.loyalty", 44, 15.0, 130.0),
    Free("voice.post_cost", 0.2, 0.07, 0.6),
    Free("reaction.propensity", 6, 2.0, 18.0),
    Free("reaction.like", -5, -6.5, -2.5),
    Free("reaction.like_agreement", 2.2, 0.73, 6.6),
    Free("reaction.to", -6.2, -7.7, -4.7),
    Free("reaction.to_question", 2.2, 0.73, 6.6),
    Free("reaction.nested", 1.5, 0.5, 4.5),
    Free("attendance.expected", 0.4, 0.18, 0.67),
    Free("leading.criticality", 1.5, 0.5, 4.5),
    Free("leading.orphan_hours", 4, 1.33, 12.0),
)
"""What the screening found to matter: a rank correlation of .15 or more with something that is fitted.

Left as they are: policies of leaders, which are levers; the twelve items read at a visit and the three supporters of a
reframing, which have a source; three of the four numbers of attendance, which do the same as the fourth; and how
stances move. Added: the weights that multiply the imagined audience; and its size at the start, which is known as a
share of the true audience, and so can only be told with the arena running."""


def free_by_rule(parameter: Parameter) -> Free | None:
    """Return a guess with bounds around its value: odds by three for shares, a factor of three for amounts.

    None for what is no guess, is no number, or stands at an end of its range, and for what the default scenario does
    not use or a calibration should not settle: the shape of the organisation and what it talks about.
    """
    name, value, low, high = parameter.name, parameter.default, parameter.low, parameter.high
    if parameter.status not in (Status.guess, Status.calibrated) or name.startswith(("organization.", "issues.")):
        return None
    if low is None or high is None or not low < value < high or isinstance(value, bool):
        return None
    if low < 0.0:
        return Free(name, value, value - 1.5, value + 1.5)
    if high <= 1.0:
        odds = value / (high - value) / 3.0, value / (high - value) * 3.0
        return Free(name, value, *(high * ratio / (1.0 + ratio) for ratio in odds))
    return Free(name, value, max(value / 3.0, low), min(value * 3.0, high))


def values_at(point: Points, free: Sequence[Free]) -> dict[str, float]:
    """Return the parameters at a point of the unit cube, to four digits."""
    return {each.name: float(f"{each.at(place):.4g}") for each, place in zip(free, point, strict=True)}


# ---------------------------------------------------------------- what it is fitted to


TREND: Final = (-0.15, 0.15)
BURN_IN: Final = 20


def _trend(above: Any, below: Any) -> float:
    """Return the change of a daily ratio after the burn-in, on a straight line, as a share of its mean."""
    series = (above / np.maximum(below, 1.0))[BURN_IN:]
    if len(series) < 2 or series.mean() == 0.0:
        return math.nan
    return float(np.polyfit(np.arange(len(series)), series, 1)[0] * len(series) / series.mean())


def _daily_trend(above: str, below: str | None = None) -> Callable[[Trial], float]:
    def trend(trial: Trial) -> float:
        daily = trial.run.world.daily.sum(axis=1)
        return _trend(daily[:, Column[above]], daily[:, Column[below]] if below else np.ones(len(daily)))

    return trend


def _movement(trial: Trial) -> float:
    """Return how far visitors' safety towards the line manager has moved, in standard deviations of its start."""
    world = trial.run.world
    there = world.members["visits"] > 0
    moved = world.beliefs["safety_line_manager"] - world.start["safety_line_manager"]
    return float(np.abs(moved[there]).mean() / trial.scenario.parameters.population.safety.sd) if there.any() else 0.0


def _loyal_silences(trial: Trial) -> float:
    return float((trial.run.ledger["motive"] == Motive.prosocial).sum())


def _rarest_way(trial: Trial) -> float:
    """Return how often the rarest strategy was chosen, `anonymous` left aside."""
    counts = np.bincount(trial.run.ledger["strategy"], minlength=STRATEGIES)
    return float(np.delete(counts, Strategy.anonymous).min())


REQUIRED: Final = (
    Part("T1", "trend of the chance to speak after day 20", *TREND, _daily_trend("p_spoken", "wishes")),
    Part("T2", "trend of wishes spoken", *TREND, _daily_trend("spoken")),
    Part("T3", "trend of comments", *TREND, _daily_trend("comments")),
    Part("T4", "trend of visits", *TREND, _daily_trend("visits")),
    Part("T5", "how far safety towards the line manager moves (sd)", 0.06, math.inf, _movement),
    Part("T6", "silences mainly from loyalty", 1.0, math.inf, _loyal_silences),
    Part("T7", "how often the rarest strategy is chosen", 8.0, math.inf, _rarest_way),
)
"""With levers constant, the default arena must have no trend after its burn-in; and it must be alive: beliefs move, and
every way of dealing with a wish and every motive occurs."""

REQUIRED_IDS: Final = frozenset(part.id for part in REQUIRED)

BY_CONSTRUCTION: Final = ("F15", "F33")
"""Facts that starting values settle alone, whatever the free parameters are."""
FITTED_FACTS: Final = tuple(fact for fact in facts_for(Use.calib, Use.input) if fact.id not in BY_CONSTRUCTION)
FITTED: Final = tuple(part for fact in FITTED_FACTS for part in fact.parts)
TESTED: Final = tuple(part for fact in facts_for(Use.test) for part in fact.parts)
TARGETS: Final = (*FITTED, *REQUIRED)
assert not {part.id for part in TARGETS} & {part.id for part in TESTED}
PARTS: Final = {part.id: part for part in (*TARGETS, *TESTED)}


def beyond(part: Part, values: Any) -> Any:
    """Return how far values lie outside a part's range: 0 inside, infinite where there is no value."""
    return np.nan_to_num(np.maximum(np.maximum(part.low - values, values - part.high), 0.0), nan=np.inf)


class Goal(NamedTuple):
    """What a set is measured by."""

    counted: list[bool]
    """Which of the targets count."""
    precision: Points
    """How far outside its range each target's mean must lie to be missed, [targets]."""


def distance(means: Points, goal: Goal) -> Points:
    """Return about how many of the targets that count sets miss, from what they show on average, [sets, targets].

    A target adds 1/2 where it is just missed and nearly 1 far outside: what cannot be reached must not outweigh what
    can.
    """
    total = np.zeros(len(means))
    for number, part in enumerate(TARGETS):
        if goal.counted[number]:
            away = np.minimum(beyond(part, means[:, number]) / goal.precision[number], 1e6) ** 2
            total += away / (1.0 + away)
    return total


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if not math.isnan(value)]
    return sum(known) / len(known) if known else math.nan


def verdicts(shown: Mapping[str, Sequence[float]], parts: Sequence[Part]) -> dict[str, Verdict]:
    """Return the verdict on each part over a set's seeds."""
    return {part.id: judge(mean_interval(shown[part.id]), part.low, part.high) for part in parts}


# ---------------------------------------------------------------- trying sets


@dataclass(frozen=True)
class Try:
    """One set of parameters to be tried on seeds, as it is sent to another process."""

    values: tuple[tuple[str, float], ...]
    seeds: tuple[int, ...]
    members: int
    parts: tuple[str, ...]


def tried(piece: Try) -> dict[str, list[float]]:
    """Return what each part shows on each seed."""
    scenario = default_scenario(piece.members).with_(dict(piece.values))
    trials = [Trial(scenario, seed, _organization(piece.members, seed)) for seed in piece.seeds]
    return {name: [float(PARTS[name].measure(trial)) for trial in trials] for name in piece.parts}


def concluded(piece: Try) -> dict[str, list[float]]:
    """Return the difference that each conclusion is about, on each seed."""
    scenario = default_scenario(piece.members).with_(dict(piece.values))
    found = [differences(scenario, seed, _organization(piece.members, seed)) for seed in piece.seeds]
    return {name: [each[name] for each in found] for name in CONCLUSIONS}


@lru_cache(maxsize=4)
def default_scenario(members: int) -> Scenario:
    """Return the default scenario with so many members."""
    return load("baseline").with_({"organization.members": members})


@lru_cache(maxsize=32)
def _organization(members: int, seed: int) -> Organization:
    """Return the organisation of a seed, which no free parameter changes."""
    return make_organization(default_scenario(members), seed)


def tries(sets: Iterable[Mapping[str, float]], seeds: Sequence[int], members: int, parts: Sequence[Part]) -> list[Try]:
    """Return the pieces of work for some sets, all on the same seeds."""
    names = tuple(part.id for part in parts)
    return [Try(tuple(values.items()), tuple(seeds), members, names) for values in sets]


def searching(sets: Iterable[Mapping[str, float]], plan: Plan, before: int = 0) -> list[Try]:
    """Return the pieces of work for sets of the search, each on seeds of its own, `before` sets coming earlier.

    On shared seeds all sets would share the oddities of these few organisations, and be fitted to them; on seeds of
    their own, the regression averages over a thousand organisations.
    """
    names, each = tuple(part.id for part in TARGETS), plan.search_seeds
    first = plan.search_from + before * each
    return [
        Try(
            tuple(values.items()), tuple(range(first + n * each, first + (n + 1) * each)), plan.members_in_search, names
        )
        for n, values in enumerate(sets)
    ]


# ---------------------------------------------------------------- the procedure


@dataclass(frozen=True)
class Plan:
    """How much is tried, on which seeds. Seeds of the search, of acceptance and of the test facts never meet."""

    design: int = 512  # a power of 2, as Sobol's sequence wants
    waves: int = 6
    wave: int = 256
    cloud: int = 40_000  # points a wave's sets are chosen from
    parents: int = 64
    members_in_search: int = 1000  # as in the end: how busy an arena is depends on its size
    members: int = 1000
    candidates: int = 144
    enough: int = 50  # acceptable sets
    search_from: int = 10_000  # each set of the search has seeds of its own, counted from here,
    search_seeds: int = 2  # so many
    accept_seeds: tuple[int, ...] = (201, 202, 203, 204, 205, 206, 207, 208)
    test_seeds: tuple[int, ...] = (301, 302, 303, 304, 305, 306)
    conclusion_seeds: tuple[int, ...] = (401, 402)
    luck: int = 1
    workers: int | None = None


QUICK: Final = Plan(
    design=64,
    waves=2,
    wave=32,
    cloud=1000,
    parents=8,
    members_in_search=120,
    members=150,
    candidates=8,
    enough=2,
    accept_seeds=(201, 202, 203),
    test_seeds=(301, 302, 303),
    conclusion_seeds=(401,),
)


@dataclass(frozen=True)
class Search:
    """All sets tried so far: n points of the unit cube and what they show on each of the search's seeds."""

    points: Points  # [n, free]
    shown: Points  # [n, seeds, targets], NaN where there was nothing to measure

    def joined(self, other: Search) -> Search:
        """Return both together."""
        return Search(np.vstack((self.points, other.points)), np.vstack((self.shown, other.shown)))

    @property
    def within_reach(self) -> list[bool]:
        """Which targets a set comes near, as far as these sets tell; the others are misses of the model, of no number.

        The tenth of the sets that came nearest on the first seed is looked at on the others: what was only their luck
        is then gone.
        """
        tenth = max(1, len(self.points) // 10)
        found = []
        for number, part in enumerate(TARGETS):
            best = np.argsort(beyond(part, self.shown[:, 0, number]), kind="stable")[:tenth]
            again = self.shown[best, 1:, number]
            found.append(bool(beyond(part, _mean(again.ravel().tolist())) == 0.0))
        return found

    def goal(self, seeds: int) -> Goal:
        """Return the targets within reach, and the half-widths of the 95% intervals of means over so many seeds."""
        apart = np.abs(self.shown[:, 0] - self.shown[:, -1])
        deviation = np.nanmedian(apart, axis=0) / (math.sqrt(2.0) * float(stats.norm.ppf(0.75)))
        width = deviation * float(stats.t.ppf(0.975, seeds - 1)) / math.sqrt(seeds)
        return Goal(self.within_reach, np.maximum(width, 1e-6))

    def expected(self, points: Points) -> Points:
        """Return what points would show, [k, targets]: a quadratic regression of each target on all sets tried.

        It smooths over the luck of single runs, and costs nothing to ask (an emulator: Craig et al. 1997).
        """
        average = np.nanmean(self.shown, axis=(0, 1))
        known = np.where(np.isnan(self.shown), average, self.shown).mean(axis=1)
        design = _quadratic(self.points)
        penalty = RIDGE * np.eye(design.shape[1])
        penalty[0, 0] = 0.0
        return _quadratic(points) @ np.linalg.solve(design.T @ design + penalty, design.T @ known)

    def distances(self, points: Points, goal: Goal) -> Points:
        """Return how many of the targets the points are expected to miss."""
        return distance(self.expected(points), goal)

    def nearest(self, points: Points, count: int, goal: Goal) -> NDArray[np.int64]:
        """Return the rows of the points that are expected to miss fewest targets, those first."""
        return np.argsort(self.distances(points, goal), kind="stable")[:count]


RIDGE: Final = 1.0
"""Penalty on slopes, in sets tried: keeps the regression sober where there are few."""


def _quadratic(points: Points) -> Points:
    """Return 1, all coordinates from -1 to 1, and all products of two."""
    centred = 2.0 * points - 1.0
    one, other = np.triu_indices(points.shape[1])
    return np.column_stack((np.ones(len(points)), centred, centred[:, one] * centred[:, other]))


def search(plan: Plan, free: Sequence[Free], tell: Tell) -> tuple[Search, Goal, list[float]]:
    """Return all sets tried, what they are measured by, and how much each wave's parents are expected to miss."""
    luck = np.random.default_rng(plan.luck)
    found = _try_points(qmc.Sobol(len(free), rng=np.random.default_rng(plan.luck)).random(plan.design), plan, free)
    goal, reached = found.goal(len(plan.accept_seeds)), []
    far = [part.id for part, near in zip(TARGETS, goal.counted, strict=True) if not near]
    tell(f"out of reach: {', '.join(far) or 'nothing'}")
    for wave in range(plan.waves + 1):
        parents = found.points[found.nearest(found.points, plan.parents, goal)]
        reached.append(float(found.distances(parents, goal).mean()))
        tell(f"{len(found.points)} sets tried; expected misses of the {len(parents)} nearest {reached[-1]:.2f}")
        if wave < plan.waves:
            cloud = around(parents, plan.cloud, luck)
            promising = found.nearest(cloud, plan.wave * 4, goal)
            drawn = cloud[luck.permutation(promising)[: plan.wave]]
            found = found.joined(_try_points(drawn, plan, free, len(found.points)))
    return found, goal, reached


def around(parents: Points, count: int, luck: np.random.Generator) -> Points:
    """Return points near the parents: normal steps of twice their variance in each direction, inside the cube.

    Such steps waste least (Beaumont et al. 2009). Each direction takes its own variance: some dozens of parents tell
    little about how twenty directions go together.
    """
    spread = np.sqrt(2.0) * parents.std(axis=0) + 1e-3
    chosen = parents[luck.integers(len(parents), size=count)]
    moved = np.abs(chosen + luck.normal(size=chosen.shape) * spread)  # what would leave is reflected
    return np.clip(1.0 - np.abs(1.0 - moved), 0.0, 1.0)


def _try_points(points: Points, plan: Plan, free: Sequence[Free], before: int = 0) -> Search:
    sets = [values_at(point, free) for point in points]
    shown = results(tried, searching(sets, plan, before), plan.workers)
    return Search(points, np.array([np.transpose([each[part.id] for part in TARGETS]) for each in shown]))


def calibrate(plan: Plan, tell: Tell, free: Sequence[Free] = FREE) -> dict[str, Any]:
    """Do the whole procedure and return its record."""
    found, goal, reached = search(plan, free, tell)
    counted = [part for part, reachable in zip(TARGETS, goal.counted, strict=True) if reachable]
    rows = found.nearest(found.points, plan.candidates, goal)
    sets = [values_at(point, free) for point in found.points[rows]]
    shown = list(results(tried, tries(sets, plan.accept_seeds, plan.members, TARGETS), plan.workers))
    missed = [_missed(each, counted) for each in shown]
    alive = [n for n, parts in enumerate(missed) if not REQUIRED_IDS & set(parts)] or list(range(len(missed)))
    allowed = sorted(len(missed[n]) for n in alive)[min(plan.enough, len(alive)) - 1]
    accepted = [n for n in alive if len(missed[n]) <= allowed]
    tell(f"{len(accepted)} of {len(sets)} sets acceptable, with at most {allowed} parts missed")
    ensemble = _ensemble([sets[n] for n in accepted], [shown[n] for n in accepted], plan, tell)
    for one, n in zip(ensemble, accepted, strict=True):
        one["missed"] = len(missed[n])
    return {
        "scenario": "baseline",
        "plan": {name: value for name, value in vars(plan).items() if name != "workers"},
        "free": [{"name": e.name, "guess": e.guess, "low": e.low, "high": e.high} for e in free],
        "waves": [round(each, 4) for each in reached],
        "unreachable": [part.id for part in TARGETS if part not in counted],
        "allowed": allowed,
        "missed": {part.id: sum(part.id in missed[n] for n in accepted) for part in counted},
        "default": chosen(ensemble, free),
        "ensemble": ensemble,
    }


def _missed(shown: Mapping[str, Sequence[float]], parts: Sequence[Part]) -> list[str]:
    return [name for name, verdict in verdicts(shown, parts).items() if verdict == Verdict.missed]


def _ensemble(
    sets: Sequence[dict[str, float]], shown: Sequence[Mapping[str, list[float]]], plan: Plan, tell: Tell
) -> list[dict[str, Any]]:
    """Return the acceptable sets with what they were fitted to, and with test facts and conclusions on other seeds."""
    tested = list(results(tried, tries(sets, plan.test_seeds, plan.members, TESTED), plan.workers))
    tell("test facts measured")
    pieces = tries(sets, plan.conclusion_seeds, plan.members, ())
    drawn = list(results(concluded, pieces, plan.workers))
    tell("conclusions drawn")
    return [
        {"values": values, "fitted": _brief(fit), "tested": _brief(test), "concluded": _brief(ends)}
        for values, fit, test, ends in zip(sets, shown, tested, drawn, strict=True)
    ]


def _brief(shown: Mapping[str, Sequence[float]]) -> dict[str, list[float | None]]:
    """Return mean, low and high of each part, to four digits, as JSON can have them."""
    intervals = {name: mean_interval(values) for name, values in shown.items()}
    return {name: [_short(i.mean), _short(i.low), _short(i.high)] for name, i in intervals.items()}


def _short(value: float) -> float | None:
    return float(f"{value:.4g}") if math.isfinite(value) else None


def chosen(ensemble: Sequence[Mapping[str, Any]], free: Sequence[Free]) -> dict[str, float]:
    """Return the default: the acceptable set nearest the first guesses, to three digits.

    The first guesses carry what the literature tells; nothing moves further from them than the facts demand.
    """
    guesses = np.array([each.place(each.guess) for each in free])
    places = np.array([[each.place(one["values"][each.name]) for each in free] for one in ensemble])
    nearest = int(np.argmin(((places - guesses) ** 2).sum(axis=1)))
    return {name: float(f"{value:.3g}") for name, value in ensemble[nearest]["values"].items()}


# ---------------------------------------------------------------- screening


def screen(points: int, plan: Plan) -> list[tuple[str, float, str]]:
    """Return each guess with its strongest rank correlation with any target, and which, strongest first."""
    free = [each for each in map(free_by_rule, registry().values()) if each]
    design = qmc.Sobol(len(free), rng=np.random.default_rng(plan.luck)).random(points)
    pieces = searching([values_at(point, free) for point in design], replace(plan, search_seeds=1))
    shown = list(results(tried, pieces, plan.workers))
    table = np.array([[_mean(each[part.id]) for part in TARGETS] for each in shown])
    found = []
    for number, each in enumerate(free):
        strengths = [_rank_correlation(design[:, number], column) for column in table.T]
        best = int(np.argmax(np.abs(strengths)))
        found.append((each.name, float(strengths[best]), TARGETS[best].id))
    return sorted(found, key=lambda one: -abs(one[1]))


def _rank_correlation(one: Points, other: Points) -> float:
    known = ~np.isnan(other)
    if known.sum() < 10 or np.ptp(other[known]) == 0.0:
        return 0.0
    return float(stats.spearmanr(one[known], other[known]).statistic)


# ---------------------------------------------------------------- the record, told


def read_record(path: Path = RECORD) -> dict[str, Any]:
    """Return the record of a calibration."""
    return dict(json.loads(path.read_text("utf-8")))


def held(record: Mapping[str, Any], name: str) -> float:
    """Return the share of acceptable sets in which a conclusion holds: mean difference over its seeds above 0."""
    found = [(one["concluded"][name][0] or 0.0) > 0.0 for one in record["ensemble"]]
    return sum(found) / len(found)


def standing(record: Mapping[str, Any], fact: str, kind: str) -> dict[Verdict, float]:
    """Return in which shares of the acceptable sets a fact is matched, missed or undecided."""
    parts = FACTS[fact].parts
    found = [together([_verdict(part, one[kind][part.id]) for part in parts]) for one in record["ensemble"]]
    return {verdict: found.count(verdict) / len(found) for verdict in Verdict}


def _verdict(part: Part, told: Sequence[float | None]) -> Verdict:
    if told[0] is None or told[1] is None or told[2] is None:
        return Verdict.undecided
    return judge(Interval(told[0], told[1], told[2], 2), part.low, part.high)


HOLDS: Final = 0.9


def robust(record: Mapping[str, Any]) -> float:
    """Return the share of the conclusions that hold in nine of ten acceptable sets or more."""
    return sum(held(record, name) >= HOLDS for name in CONCLUSIONS) / len(CONCLUSIONS)


def report(record: Mapping[str, Any]) -> str:
    """Return the tables of the documentation, as Markdown."""
    return "\n".join(
        (
            *_told_procedure(record),
            *_told_parameters(record),
            *_told_facts(record, "fitted", (Use.calib, Use.input)),
            *_told_facts(record, "tested", (Use.test,)),
            *_told_conclusions(record),
        )
    )


def _told_procedure(record: Mapping[str, Any]) -> Iterator[str]:
    plan = record["plan"]
    tries_made = plan["design"] + plan["waves"] * plan["wave"]
    seeds = plan["search_seeds"]
    yield f"{tries_made:,} sets of {len(record['free'])} parameters were tried on {seeds} seeds of their own each;"
    yield f"the {plan['candidates']} nearest again on {len(plan['accept_seeds'])} other seeds;"
    yield f"{len(record['ensemble'])} of them are acceptable."
    yield f"Out of reach, and so no part of the choice: {', '.join(record['unreachable']) or 'nothing'}."
    told = ", ".join(f"{part} in {count}" for part, count in record["missed"].items() if count)
    yield f"An acceptable set misses at most {record['allowed']} parts; missed are {told or 'none'}."
    yield ""


def _spread(values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    if not known:
        return "-"
    low, middle, high = np.percentile(known, [5, 50, 95])
    return f"{middle:.3g} ({low:.3g} to {high:.3g})"


def _told_parameters(record: Mapping[str, Any]) -> Iterator[str]:
    yield from ("**Parameters: first guesses, and what is acceptable**", "")
    yield "| parameter | first guess | bounds | default | acceptable sets: median (5 to 95%) |"
    yield "| --- | --- | --- | --- | --- |"
    for free in record["free"]:
        name = free["name"]
        spread = _spread([one["values"][name] for one in record["ensemble"]])
        bounds = f"{free['low']:.3g} to {free['high']:.3g}"
        yield f"| `{name}` | {free['guess']:g} | {bounds} | {record['default'][name]:g} | {spread} |"
    yield ""


def _told_facts(record: Mapping[str, Any], kind: str, uses: Sequence[Use]) -> Iterator[str]:
    title = "What they were fitted to" if kind == "fitted" else "Test facts, on other seeds"
    yield from (f"**{title}: shares of the acceptable sets**", "")
    yield "| fact | part | source | acceptable sets: median (5 to 95%) | matched | undecided | missed |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for fact in facts_for(*uses):
        if fact.id in BY_CONSTRUCTION:
            continue
        shares = standing(record, fact.id, kind)
        for part in fact.parts:
            means = [one[kind][part.id][0] for one in record["ensemble"]]
            spread = _spread(means)
            told = [f"{shares[v]:.0%}" for v in (Verdict.matched, Verdict.undecided, Verdict.missed)]
            told = told if part is fact.parts[0] else ["", "", ""]
            yield f"| {part.id} | {part.what} | {part.range} | {spread} | {' | '.join(told)} |"
    yield ""


def _told_conclusions(record: Mapping[str, Any]) -> Iterator[str]:
    yield from ("**Conclusions: in which share of the acceptable sets each holds**", "")
    yield "| conclusion | source | holds in | difference: median (5 to 95%) |"
    yield "| --- | --- | --- | --- |"
    for name, conclusion in CONCLUSIONS.items():
        spread = _spread([one["concluded"][name][0] or 0.0 for one in record["ensemble"]])
        yield f"| {conclusion.says} | {conclusion.source} | {held(record, name):.0%} | {spread} |"
    firm = sum(held(record, name) >= HOLDS for name in CONCLUSIONS)
    yield ""
    yield f"{firm} of {len(CONCLUSIONS)} conclusions ({robust(record):.0%}) hold in at least nine of ten sets."
    yield ""


PAGE: Final = Path(__file__).resolve().parent.parent / "docs" / "calibration.md"
BEGIN, END = "<!-- calibration: the record's tables -->\n", "<!-- end -->"


def renewed(page: str, record: Mapping[str, Any]) -> str:
    """Return a page with the record's tables between its marks."""
    before, _, rest = page.partition(BEGIN)
    return before + BEGIN + "\n" + report(record) + rest[rest.index(END) :]


# ---------------------------------------------------------------- the defaults


DECLARED: Final = Path(__file__).resolve().parent.parent / "sim" / "parameters.py"
TABLES: Final = {
    "population": "PopulationTable",
    "voice": "VoiceTable",
    "learning": "LearningTable",
    "reaction": "ReactionTable",
    "attendance": "AttendanceTable",
    "leading": "LeadingTable",
}


def applied(source: str, default: Mapping[str, float]) -> str:
    """Return the declarations of parameters with these defaults, their status `calibrated`."""
    tree = ast.parse(source)
    tables = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    edits: dict[tuple[int, int, int, int], str] = {}
    for name, value in default.items():
        table, field, *part = name.split(".")
        call = _declaration(tables[TABLES[table]], field)
        edits[_span(call.args[{"mean": 1, "sd": 2}[part[0]] if part else 0])] = f"{value!r}"
        known = {word.arg: word.value for word in call.keywords}
        if "status" in known:
            edits[_span(known["status"])] = "CALIBRATED"
        else:
            last = call.keywords[-1].value if call.keywords else call.args[-1]
            _, _, line, column = _span(last)
            edits[(line, column, line, column)] = ", status=CALIBRATED"
    lines = source.splitlines(keepends=True)
    for (line, column, last_line, end), text in sorted(edits.items(), reverse=True):
        head, tail = lines[line - 1][:column], lines[last_line - 1][end:]
        lines[line - 1 : last_line] = [head + text + tail]
    return "".join(lines)


def _declaration(table: ast.ClassDef, field: str) -> ast.Call:
    """Return the call by which a field of a table is declared."""
    for node in table.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == field:
            assert isinstance(node.value, ast.Call)
            return node.value
    raise KeyError(field)


def _span(node: ast.expr) -> tuple[int, int, int, int]:
    return node.lineno, node.col_offset, node.end_lineno or node.lineno, node.end_col_offset or node.col_offset


# ---------------------------------------------------------------- from the command line


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(
        prog="python -m experiments.calibration", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--quick", action="store_true", help="few runs, to see that it works; needs --out")
    parser.add_argument("--out", type=Path, default=RECORD, help="where the record goes")
    parser.add_argument("--workers", type=int, help="processes; as many as there are cores")
    parser.add_argument("--screen", action="store_true", help="which guesses matter at all")
    parser.add_argument(
        "--report", action="store_true", help="the tables, from the record, also into the documentation"
    )
    parser.add_argument("--apply", action="store_true", help="write the record's default into sim/parameters.py")
    told = parser.parse_args(arguments)
    if told.apply:
        source = DECLARED.read_text("utf-8")
        files.write(DECLARED, applied(source, read_record(told.out)["default"]).encode())
        return
    if told.report:
        record = read_record(told.out)
        sys.stdout.write(report(record))
        if told.out == RECORD:
            files.write(PAGE, renewed(PAGE.read_text("utf-8"), record).encode())
        return
    if told.quick and told.out == RECORD:
        parser.error("--quick needs --out FILE: a quick calibration is none to keep")
    if told.out != RECORD and told.out.exists() and not told.screen:
        parser.error(f"--out: {told.out} is there already, and is not replaced")
    plan = replace(QUICK if told.quick else Plan(), workers=told.workers)
    if told.screen:
        for name, strength, part in screen(SCREENED, plan):
            sys.stdout.write(f"{strength:+.2f}  {part:4}  {name}\n")
        return
    record = calibrate(plan, lambda line: sys.stderr.write(line + "\n"))
    content = json.dumps(record, separators=(",", ":"), allow_nan=False) + "\n"
    files.write(told.out, content.encode(), replace=told.out == RECORD)


SCREENED: Final = 1024
"""Sets of the screening: a rank correlation of .1 is then three standard errors."""


if __name__ == "__main__":
    main()
