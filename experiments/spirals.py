"""Spirals over many seeds: what one voice does to the others, and through which beliefs P(speak | wish) has a trend.

Two questions, on one issue of one scenario. How much does one voice more or less change the chance that others speak,
and how much of that is left where climate and licence are frozen? And how does that chance move as the issue grows
older, under leaders who support, punish or are absent, and what is left of it with each belief frozen in turn?
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from scipy import stats

from experiments.statistics import CONFIDENCE, Interval, mean_interval
from experiments.workers import results
from sim.engine import Engine
from sim.organization import Organization
from sim.scenario import Scenario, issue_number
from sim.spiral import (
    BELIEFS,
    HotStove,
    VoiceChange,
    acquiescence,
    change_by,
    frozen,
    own_wishes,
    p_speak,
    voices_to_change,
)
from sim.spiral.hot_stove import Burns
from sim.spiral.voice import whole_ledger
from sim.state import TICKS_PER_DAY

SEEDS: Final = 8
VOICES: Final = 16
"""Voices tried out in each run: half of them removed, half of them added."""
TIMES: Final = 7
"""How often the same wishes are asked in a run, from the issue's beginning to the run's end, evenly spread."""
SLOPE_DAYS: Final = 10
"""A trend is reported as the change in so many workdays."""

AS_IT_IS: Final = "as it is"
REGIMES: Final[Mapping[str, Mapping[str, float]]] = {
    AS_IT_IS: {},
    "supportive": {"openness": 0.95, "sanction": 0.0, "follow_through": 0.9, "responsiveness": 0.8},
    "punishing": {"openness": 0.1, "sanction": 0.9, "follow_through": 0.0, "responsiveness": 0.8},
    "absent": {"presence": 0.0},
}
"""Levers of both groups of leaders, by the name of how they lead."""

NOTHING: Final = "nothing"
BOTH: Final = "climate and licence"
ALL: Final = "all five"
IN_TURN: Final[Mapping[str, tuple[str, ...]]] = {NOTHING: (), **{one: (one,) for one in BELIEFS}, ALL: tuple(BELIEFS)}
"""What is frozen, by name: nothing, each belief in turn, all of them."""
WITH_VOICES: Final[Mapping[str, tuple[str, ...]]] = {**IN_TURN, BOTH: ("climate", "licence")}


# ---------------------------------------------------------------- one run


class Piece(NamedTuple):
    """One piece of work: the voices of one run, or its trends under one way to lead."""

    scenario: Scenario
    issue: int
    seed: int
    organization: Organization | None
    regime: str | None  # None: the voices
    voices: int = VOICES


class Trend(NamedTuple):
    """How the same critical wishes of the same people fared as the issue grew older."""

    slope: float
    """Change of mean P(speak | wish) in `SLOPE_DAYS` workdays, by least squares."""
    level: float
    """Mean P(speak | wish) at the run's end."""


class RegimeRun(NamedTuple):
    """One seed under one way to lead."""

    trends: dict[str, Trend]  # by what was frozen
    acquiescent: Trend  # the acquiescent share of silence, with nothing frozen
    of_wishes: float  # slope of P(speak | wish) over the critical wishes that came up
    stove: HotStove


class VoiceRun(NamedTuple):
    """One seed: the mean change by one voice, by what was frozen, over the voices removed and over those added."""

    removed: dict[str, VoiceChange]
    added: dict[str, VoiceChange]


def work(piece: Piece) -> RegimeRun | VoiceRun:
    """Do one piece of work."""
    return voice_run(piece) if piece.regime is None else regime_run(piece)


def regime_run(piece: Piece) -> RegimeRun:
    """Return the trends of one seed under one way to lead, with nothing frozen and with each belief frozen in turn."""
    scenario = led(piece.scenario, piece.regime or AS_IT_IS)
    trends = {}
    for name, beliefs in IN_TURN.items():
        if beliefs:
            engine = Engine(scenario.with_(frozen(beliefs)), piece.organization, piece.seed)
            asked = _ask(engine, piece.issue, engine.advance)
            trends[name] = trend(asked.ages, asked.chances)
    engine = Engine(scenario, piece.organization, piece.seed)
    burns = Burns(engine)
    asked = _ask(engine, piece.issue, burns.advance, why=True)
    trends[NOTHING] = trend(asked.ages, asked.chances)
    return RegimeRun(trends, trend(asked.ages, asked.acquiescent), _lived(engine, piece.issue), burns.count())


def led(scenario: Scenario, regime: str) -> Scenario:
    """Return a scenario with both groups of leaders leading in one way from the beginning."""
    groups = ("line_managers", "executives")
    return scenario.with_({f"leadership.{who}.{name}": to for who in groups for name, to in REGIMES[regime].items()})


class Asked(NamedTuple):
    """What was answered, time after time."""

    ages: list[float]  # of the issue, in workdays
    chances: list[float]  # mean P(speak | wish)
    acquiescent: list[float]  # share of silence


def _ask(engine: Engine, issue: int, advance: Callable[[int], object], why: bool = False) -> Asked:
    """Put to all critics of an issue's first day the wishes they had then, again and again until the run's end."""
    onset = int(engine.world.issues[issue]["onset"])
    advance(onset)
    wishes = own_wishes(engine.world, issue)
    critics = wishes.of(wishes.criticality > 0.0)
    asked = Asked([], [], [])
    for tick in np.linspace(onset, engine.ticks, TIMES).round().astype(int).tolist():
        advance(tick)
        asked.ages.append((tick - onset) / TICKS_PER_DAY)
        asked.chances.append(float(p_speak(engine, critics).mean()) if len(critics.members) else math.nan)
        if why:
            asked.acquiescent.append(acquiescence(engine, critics))
    return asked


def trend(ages: Sequence[float], values: Sequence[float]) -> Trend:
    """Return the slope of values over ages, in workdays, and the last value."""
    return Trend(_slope(ages, values), values[-1])


def _slope(ages: Any, values: Any) -> float:
    """Return the least-squares change in `SLOPE_DAYS` workdays; NaN where there are fewer than two ages."""
    ages, values = np.asarray(ages, float), np.asarray(values, float)
    if len(ages) < 2 or not np.ptp(ages) > 0.0:
        return math.nan
    centred = ages - ages.mean()
    return float(SLOPE_DAYS * (centred @ values) / (centred @ centred))


def _lived(engine: Engine, issue: int) -> float:
    """Return the slope over the critical wishes that came up: noisier, and other people from day to day."""
    ledger = whole_ledger(engine)
    wishes = ledger[(ledger["issue"] == issue) & (ledger["criticality"] > 0.0)]
    return _slope((wishes["tick"] - engine.world.issues[issue]["onset"]) / TICKS_PER_DAY, wishes["p_spoken"])


def voice_run(piece: Piece, under: Mapping[str, tuple[str, ...]] = WITH_VOICES) -> VoiceRun:
    """Return what one voice changes, as a mean over some voices of one seed; `under` names what is frozen in turn."""
    ended = Engine(piece.scenario, piece.organization, piece.seed)
    ended.advance(ended.ticks)
    chosen = [voices_to_change(ended, piece.issue, spoken, piece.voices // 2) for spoken in (True, False)]
    engine = Engine(piece.scenario, piece.organization, piece.seed)
    found: dict[bool, dict[str, list[VoiceChange]]] = {spoken: {name: [] for name in under} for spoken in (True, False)}
    for voice in sorted(chosen[0] + chosen[1], key=lambda each: each.occasion):
        engine.advance(voice.tick)
        for name, beliefs in under.items():
            found[voice.spoken][name].append(change_by(engine, voice, frozen(beliefs)))
    return VoiceRun(*({name: _mean(changes) for name, changes in found[spoken].items()} for spoken in (True, False)))


def amplification(scenario: Scenario, seed: int, organization: Organization | None, voices: int) -> float:
    """Return by how much one voice moves others more than where climate and licence are frozen, on one seed.

    It is the change of P(speak | wish) summed over critics, mean over the voices removed and added; NaN without any.
    """
    piece = Piece(scenario, issue_number(scenario.parameters), seed, organization, None, voices)
    run = voice_run(piece, {name: WITH_VOICES[name] for name in (NOTHING, BOTH)})
    free, held = (mean_interval(side[name].critics for side in run).mean for name in (NOTHING, BOTH))
    return free - held


def _mean(changes: list[VoiceChange]) -> VoiceChange:
    if not changes:
        return VoiceChange(*[math.nan] * len(VoiceChange._fields))
    return VoiceChange(*np.mean(changes, axis=0).tolist())


# ---------------------------------------------------------------- over seeds


class Ratio(NamedTuple):
    """A ratio of two means, with the interval of Fieller (1954)."""

    value: float | None
    low: float | None
    high: float | None
    """All None where the interval of the lower mean includes 0: then no ratio is ruled out."""


def ratio_interval(upper: Sequence[float], lower: Sequence[float], confidence: float = CONFIDENCE) -> Ratio:
    """Return the ratio of two means of paired values; undefined where the lower could as well be 0."""
    pairs = np.array([pair for pair in zip(upper, lower, strict=True) if not np.isnan(pair).any()], float)
    if len(pairs) < 2:
        return Ratio(None, None, None)
    one, other = pairs.mean(axis=0)
    spread = np.cov(pairs.T) / len(pairs) * stats.t.ppf(0.5 + confidence / 2.0, len(pairs) - 1) ** 2
    a, b, c = other**2 - spread[1, 1], one * other - spread[0, 1], one**2 - spread[0, 0]
    if a <= 0.0:
        return Ratio(None, None, None)
    root = math.sqrt(max(b * b - a * c, 0.0))
    return Ratio(float(one / other), float((b - root) / a), float((b + root) / a))


@dataclass(frozen=True)
class VoiceEffect:
    """What one voice changes, over seeds: sums over the other members, mean over voices, interval over runs."""

    by: dict[str, Interval]
    """Each field of `sim.spiral.VoiceChange`, with nothing frozen; voices removed and added together."""
    removed: Interval
    added: Interval
    """The change for critics by the voices removed, and by those added; both as with less without."""
    with_frozen: dict[str, Interval]
    """The change for critics with something frozen."""
    through: dict[str, Interval]
    """What each belief contributes to it: with nothing frozen less with this one frozen."""
    amplification: Ratio
    """With nothing frozen, over with climate and licence frozen."""
    difference: Interval
    """The same as a difference, which is always defined."""


@dataclass(frozen=True)
class RegimeEffect:
    """Trends under one way to lead, over seeds."""

    slope: Interval
    level: Interval
    of_wishes: Interval
    acquiescent_slope: Interval
    acquiescent_level: Interval
    through: dict[str, Interval]
    """What each belief contributes to the slope: with nothing frozen less with this one frozen."""
    through_level: dict[str, Interval]
    """And to the level at the end."""
    other: Interval
    """The slope with all five frozen: what comes by stance, concern, engagement, loyalty and imagined readers."""
    together: Interval
    """What is left of the slope: what beliefs do only together (or each could do alone)."""
    hot_stove: Interval
    """The hot-stove share, and"""
    silent_in_the_dark: Interval
    """the share in the dark among those burnt who are silent, and"""
    outspoken_in_the_dark: Interval
    """among those burnt who are not."""


@dataclass(frozen=True)
class Decomposition:
    """All of it, for one issue of one scenario."""

    scenario: str
    issue: int
    name: str
    seeds: int
    voices: VoiceEffect
    regimes: dict[str, RegimeEffect]

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as JSON can have it; None where there is no number."""
        found: dict[str, Any] = _plain(self)
        return found


def decompose(
    scenario: Scenario,
    issue: str | int | None = None,
    seeds: int = SEEDS,
    organization: Organization | None = None,
    voices: int = VOICES,
    workers: int | None = None,
    done: Callable[[int, int], object] | None = None,
) -> Decomposition:
    """Return what one voice does, and through which beliefs there are trends, over the seeds 1 to `seeds`.

    `issue` is a name or a number, by default the issue that challenges those in charge most; `organization` takes the
    place of those that each seed would make up. Raises InputError where there is no such issue.
    """
    number = issue_number(scenario.parameters, issue)
    every = range(1, seeds + 1)
    parts = [None, *REGIMES]
    pieces = [Piece(scenario, number, seed, organization, part, voices) for part in parts for seed in every]
    found = list(results(work, pieces, workers, done))
    led_by: dict[str, list[RegimeRun]] = {regime: [] for regime in REGIMES}
    for piece, run in zip(pieces, found, strict=True):
        if isinstance(run, RegimeRun):
            led_by[str(piece.regime)].append(run)
    return Decomposition(
        scenario=scenario.name,
        issue=number,
        name=scenario.parameters.issues[number].name,
        seeds=seeds,
        voices=voice_effect([run for run in found if isinstance(run, VoiceRun)]),
        regimes={regime: regime_effect(runs) for regime, runs in led_by.items()},
    )


def voice_effect(runs: Sequence[VoiceRun]) -> VoiceEffect:
    """Sum up what one voice changed in runs of different seeds."""
    both = {name: [_mean([run.removed[name], run.added[name]]) for run in runs] for name in WITH_VOICES}
    critics = {name: [change.critics for change in changes] for name, changes in both.items()}
    free = critics[NOTHING]
    return VoiceEffect(
        by={field: mean_interval(getattr(change, field) for change in both[NOTHING]) for field in VoiceChange._fields},
        removed=mean_interval(run.removed[NOTHING].critics for run in runs),
        added=mean_interval(run.added[NOTHING].critics for run in runs),
        with_frozen={name: mean_interval(critics[name]) for name in WITH_VOICES if name != NOTHING},
        through={belief: mean_interval(_less(free, critics[belief])) for belief in BELIEFS},
        amplification=ratio_interval(free, critics[BOTH]),
        difference=mean_interval(_less(free, critics[BOTH])),
    )


def regime_effect(runs: Sequence[RegimeRun]) -> RegimeEffect:
    """Sum up runs of different seeds under one way to lead."""
    slopes = {name: [run.trends[name].slope for run in runs] for name in IN_TURN}
    levels = {name: [run.trends[name].level for run in runs] for name in IN_TURN}
    through = {belief: _less(slopes[NOTHING], slopes[belief]) for belief in BELIEFS}
    alone = [sum(parts) for parts in zip(*through.values(), strict=True)]
    return RegimeEffect(
        slope=mean_interval(slopes[NOTHING]),
        level=mean_interval(levels[NOTHING]),
        of_wishes=mean_interval(run.of_wishes for run in runs),
        acquiescent_slope=mean_interval(run.acquiescent.slope for run in runs),
        acquiescent_level=mean_interval(run.acquiescent.level for run in runs),
        through={belief: mean_interval(values) for belief, values in through.items()},
        through_level={belief: mean_interval(_less(levels[NOTHING], levels[belief])) for belief in BELIEFS},
        other=mean_interval(slopes[ALL]),
        together=mean_interval(_less(_less(slopes[NOTHING], slopes[ALL]), alone)),
        hot_stove=mean_interval(run.stove.share for run in runs),
        silent_in_the_dark=mean_interval(run.stove.silent_share for run in runs),
        outspoken_in_the_dark=mean_interval(run.stove.outspoken_share for run in runs),
    )


def _less(values: Iterable[float], others: Iterable[float]) -> list[float]:
    return [one - other for one, other in zip(values, others, strict=True)]


def _plain(value: Any) -> Any:
    """Return dataclasses and intervals as JSON can have them."""
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return _plain(value._asdict())
    if hasattr(value, "__dataclass_fields__"):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value
