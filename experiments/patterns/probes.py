"""What expectations can be about beyond the measures of a run: shares of shares, and worlds asked what they would say.

A probe looks at one replication. `main` is that in which the scenario happens: where one group of people is to be
followed in two worlds, it is the group that `main` makes.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from experiments.patterns.replications import Replication, Span
from sim.engine import Engine
from sim.measures import groups_of, sums_over
from sim.scenario import Event, issue_number
from sim.state import TICKS_PER_DAY, Clock
from sim.terms import Kind, Response

Value = Callable[[Replication, Replication, Span | None, str], float]


@dataclass(frozen=True)
class Probe:
    """One named outcome of one replication."""

    unit: str
    meaning: str
    value: Value
    of_groups: bool = False


def _over(above: float, below: float) -> float:
    return above / below if below > 0.0 else math.nan


def _share(unit: str, meaning: str, above: tuple[str, ...], below: tuple[str, ...]) -> Probe:
    """Return a ratio of what was counted in some days."""

    def value(replication: Replication, _main: Replication, days: Span | None, group: str) -> float:
        world, people = replication.ended.world, replication.ended.organization
        if group not in groups_of(world, people):
            return math.nan
        sums = sums_over(world, people, replication.whole_days(days), [group])
        return _over(*(sum(float(sums[name][0, 0]) for name in names) for names in (above, below)))

    return Probe(unit, meaning, value, of_groups=True)


def _visits(replication: Replication, _main: Replication, days: Span | None, group: str) -> float:
    world, people = replication.ended.world, replication.ended.organization
    if group not in groups_of(world, people):
        return math.nan
    sums = sums_over(world, people, replication.whole_days(days), [group])
    return _over(float(sums["visits"][0, 0]), float(sums["members"][0, 0] * sums.days[0]))


# ---------------------------------------------------------------- A: one voice


VOICES: Final = 8
"""Voices tried out in each run."""


def _amplification(replication: Replication, _main: Replication, _days: Span | None, _group: str) -> float:
    from experiments.spirals import amplification

    return amplification(replication.scenario, replication.seed, replication.organization, VOICES)


# ---------------------------------------------------------------- D: who did not see it


def _p_speak_unexposed(replication: Replication, main: Replication, days: Span | None, _group: str) -> float:
    from sim.spiral import own_wishes, p_speak

    answer = next((event for event in main.scenario.events if event.respond is not None), None)
    if answer is None:
        return math.nan
    end = min(main.scenario.ticks, math.ceil(days[1] * TICKS_PER_DAY) if days else main.scenario.ticks)
    unexposed = _unexposed(main, answer, end)
    asked = replication.until(end)
    wishes = own_wishes(asked.world, issue_number(replication.scenario.parameters))
    wishes = wishes.of(unexposed[wishes.members] & (wishes.criticality > 0.0))
    return float(p_speak(asked, wishes).mean()) if len(wishes.members) else math.nan


def _unexposed(replication: Replication, event: Event, end: int) -> Any:
    """Return who had no part in a leader's answer and did not read it until a tick: bool[n]."""
    from sim.spiral.voice import Readers

    engine = replication.until(event.tick + 1)
    answer = row_of_answer(engine, event)
    unexposed = np.ones(len(engine.world.members), bool)
    if answer < 0:
        return unexposed
    messages = engine.world.messages
    unexposed[[messages["author"][answer], messages["author"][messages["parent"][answer]]]] = False
    readers = Readers(answer)
    engine.advance(end, readers)
    unexposed[list(readers.found)] = False
    return unexposed


def row_of_answer(engine: Engine, event: Event) -> int:
    """Return the row of the message by which a leader's answer was given; -1 where there was nothing to answer."""
    assert event.respond is not None
    world = engine.world
    written = world.messages[: int(world.clock[Clock.messages])]
    wanted = (written["tick"] == event.tick) & (written["author"] == engine.row_of(event.respond.by))
    found = np.flatnonzero(wanted & (written["treatment"] > Response.none))
    return int(found[-1]) if len(found) else -1


# ---------------------------------------------------------------- I: ignorance


class _Sampled:
    """An observer that learns the climate from random colleagues: as often and as strongly as from voices."""

    def __init__(self, engine: Engine, seed: int) -> None:
        self.climate = np.array(engine.world.positions["start_climate"], float)
        self._luck = np.random.default_rng([seed, 1947])

    def __call__(self, engine: Engine) -> None:
        world, rates = engine.world, engine.coefficients.learning
        count = int(world.clock[Clock.visitors])
        visitors, seen = world.visitors[:count], world.seen[:count]
        favour = (world.positions["stance"] > 0.0).mean(axis=0)
        shown = world.arena[0]["visible_reactions"] != 0
        for place in range(int(world.seen_count[:count].max(initial=0))):
            read = world.messages[seen[:, place]]
            heard = (world.seen_count[:count] > place) & (read["treatment"] == Response.none)
            heard &= read["kind"] != Kind.announcement
            who, issue = visitors[heard], read["issue"][heard].astype(int)
            support = read["supporters"][heard] - (0 if shown else read["likes"][heard])
            weight = (
                rates.rate * rates.impression_weight * (1.0 + np.log1p(np.maximum(support, 0.0))) * rates.of_climate
            )
            side = self._luck.random(len(who)) < favour[issue]
            self.climate[who, issue] += np.minimum(weight, 1.0) * (side - self.climate[who, issue])


def _ignorance_beyond_sample(replication: Replication, _main: Replication, _days: Span | None, _group: str) -> float:
    engine = replication.until(0)
    sampled = _Sampled(engine, replication.seed)
    engine.advance(replication.scenario.ticks, sampled)
    truth = (engine.world.positions["stance"] > 0.0).mean(axis=0)
    own, fair = (np.abs(climate - truth).mean() for climate in (engine.world.positions["climate"], sampled.climate))
    return float(own - fair)


# ---------------------------------------------------------------- J and K


FEWEST_DEPARTMENTS: Final = 4


def _licence_by_arena_type(replication: Replication, _main: Replication, days: Span | None, _group: str) -> float:
    world, people = replication.ended.world, replication.ended.organization
    groups = [name for name in groups_of(world, people) if name.startswith("department:")]
    sums = sums_over(world, people, replication.whole_days(days), groups)
    messages = (sums["posts"] + sums["comments"])[:, 0]
    wrote = messages > 0.0
    if wrote.sum() < FEWEST_DEPARTMENTS:
        return math.nan
    licence = (sums["licence_to_critique"] / sums["members"])[wrote, 0]
    participatory = (sums["kind_concern"] + sums["kind_suggestion"])[wrote, 0] / messages[wrote]
    if licence.std() == 0.0 or participatory.std() == 0.0:
        return math.nan
    return float(np.corrcoef(licence, participatory)[0, 1])


def _hysteresis_area(replication: Replication, main: Replication, _days: Span | None, _group: str) -> float:
    from experiments.analysis.hysteresis import mean_gap, ramp_of
    from sim.measures import series

    ramp = ramp_of(main.scenario)
    if ramp is None:
        return math.nan
    found = series(replication.ended.world, replication.ended.organization)
    return float(mean_gap(ramp, found.values[found.measures.index("psychological_safety"), :1])[0])


PROBES: Final[dict[str, Probe]] = {
    "rephrase_share": _share(
        "share", "Share of what is spoken that is said in softer words", ("strategy_rephrase",), ("spoken",)
    ),
    "softened_share": _share(
        "share",
        "Wishes said in softer words, for each critical wish voiced: what is uncritical cannot be softened",
        ("strategy_rephrase",),
        ("critical",),
    ),
    "elsewhere_share": _share(
        "share", "Share of wishes that are taken out of the arena", ("strategy_other_channel",), ("wishes",)
    ),
    "only_positive_share": _share(
        "share", "Share of wishes replaced by something pleasant", ("strategy_only_positive",), ("wishes",)
    ),
    "participatory_share": _share(
        "share",
        "Share of messages that are concerns or suggestions",
        ("kind_concern", "kind_suggestion"),
        ("posts", "comments"),
    ),
    "support_per_critique": _share(
        "answers a critique",
        "Supportive answers and actions of leaders for each critical wish voiced",
        ("response_supportive", "response_action"),
        ("critical",),
    ),
    "visits": Probe("visits/workday", "Visits a member and day", _visits, of_groups=True),
    "amplification": Probe(
        "voices",
        "What one voice changes in P(speak | wish) of others, summed over critics, less what it changes where climate "
        "and licence are frozen",
        _amplification,
    ),
    "p_speak_unexposed": Probe(
        "share",
        "Mean P(speak | wish) of critics who had not read the leader's answer by the end of the days, asked then",
        _p_speak_unexposed,
    ),
    "ignorance_beyond_sample": Probe(
        "share",
        "Pluralistic ignorance at the end, less what it would be had members heard random colleagues instead",
        _ignorance_beyond_sample,
    ),
    "licence_by_arena_type": Probe(
        "correlation",
        "Correlation over departments of the licence to critique with the share of concerns and suggestions",
        _licence_by_arena_type,
    ),
    "hysteresis_area": Probe(
        "share",
        "Psychological safety on the lever's way back less that on its way there, mean over the lever's values",
        _hysteresis_area,
    ),
}
"""By name."""
