"""Claims about effect sizes and conclusions: what each measures, on worlds of which the answer is known."""

from __future__ import annotations

import io
import math
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

import sim
from experiments.facts import sizes
from experiments.facts.conclusions import CONCLUSIONS
from experiments.facts.effects import EFFECTS, SPOKEN, Piece, effects_of, judged
from experiments.facts.scorecard import Match
from experiments.facts.sizes import SIZES, commonest_way, rarest_motive, rarest_way
from experiments.facts.telling import tables_of_effects
from experiments.facts.worlds import Worlds, mean_of, willing_now, willingness_over
from experiments.spirals import led
from sim.state import OCCASION, Column
from sim.terms import SPOKEN as FIRST_UNSPOKEN
from sim.terms import Kind, Motive, Strategy


@pytest.fixture(scope="module")
def small():
    return sim.load("baseline").with_({"organization.members": 150, "days": 30})


@pytest.fixture(scope="module")
def worlds(small):
    return Worlds(small, 3)


def occasions(ways, motive=Motive.none, criticality=0.5, kind=Kind.concern):
    ledger = np.zeros(len(ways), OCCASION)
    ledger["strategy"], ledger["motive"], ledger["criticality"], ledger["kind"] = ways, motive, criticality, kind
    return ledger


def test_every_effect_has_a_range_a_source_and_a_sentence():
    assert set(EFFECTS) == {*SIZES, *CONCLUSIONS}
    for effect in EFFECTS.values():
        assert effect.low < effect.high
        assert effect.says.endswith(".") and effect.source
        assert effect.range


def test_a_world_is_run_once_and_worlds_that_do_not_differ_are_one(worlds):
    default = worlds.scenario.parameters.learning.bystander
    assert worlds.changed({}) is worlds.changed({"learning.bystander": default})
    assert worlds.changed({}) is not worlds.changed({"learning.bystander": default + 1.0})


def test_nobody_is_asked_otherwise_in_worlds_that_members_cannot_tell_apart(worlds):
    same = worlds.changed({"rules.nightmare_reader": worlds.scenario.parameters.rules.nightmare_reader})
    np.testing.assert_array_equal(willing_now(worlds.changed({})), willing_now(same))


def test_willingness_from_a_day_on_is_that_of_the_days_from_it_on(worlds):
    engine = worlds.changed({})
    daily = engine.world.daily.sum(axis=1)
    late = daily[20:, Column.willingness].sum() / daily[20:, Column.asked].sum()
    assert willingness_over(engine, 20) == pytest.approx(late)
    assert math.isnan(willingness_over(engine, 30))


def test_where_nobody_learns_leaders_explain_nothing_and_a_rebuke_does_nothing(small):
    frozen = {f"learning.{name}": 0.0 for name in ("of_safety", "of_efficacy")}
    untaught = Worlds(small.with_(frozen), 3)
    assert SIZES["explained_by_leaders"].measure(untaught) == pytest.approx(0.0, abs=1e-12)
    assert SIZES["hysteresis"].measure(untaught) == pytest.approx(0.0, abs=1e-12)


def test_the_share_that_leaders_explain_is_one_where_nothing_else_differs(worlds):
    engine = worlds.changed({}).copy()
    for name in ("beliefs", "start"):
        getattr(engine.world, name)[:] = getattr(engine.world, name)[0]
    for name in ("voice_propensity", "risk_sensitivity", "implicit_voice_theory"):
        engine.world.members[name] = 0.5
    for name in engine.world.positions.dtype.names:
        engine.world.positions[name] = engine.world.positions[name][0, 0]
    engine.world.positions["start_stance"] = -0.5
    engine.world.members["department"] = engine.world.members["team"] = engine.world.members["manager"] = 0
    engine.world.members["led_team"] = -1
    engine.world.beliefs["safety_executives"] = np.linspace(0.2, 0.8, 150)
    alike = Worlds(worlds.scenario, worlds.seed, worlds.organization)
    alike._ended[worlds.scenario.digest] = engine
    assert SIZES["explained_by_leaders"].measure(alike) == pytest.approx(1.0, abs=1e-6)


def test_leaders_who_punish_differ_more_than_line_managers_who_do(worlds):
    whole = SIZES["supportive_less_punishing"].measure(worlds)
    assert whole > 0.0
    assert abs(SIZES["closed_line_managers"].measure(worlds)) < whole


def test_a_rebuke_lowers_the_willingness_of_those_who_read_it(worlds):
    found = sizes.rebuke(worlds)
    assert 0.0 < found.fall < 1.0
    assert math.isnan(found.reach) or found.reach >= 1.0


def test_where_there_is_no_critique_there_is_nothing_to_rebuke(small):
    silent = Worlds(small.with_({"population.occasions_per_visit.mean": 0.0001, "organization.members": 20}), 1)
    assert all(map(math.isnan, sizes.rebuke(silent)))


def trend(worlds):
    return SIZES["trend"].measure(worlds)


def test_willingness_has_no_trend_where_nothing_is_learned_and_one_where_leaders_teach_silence(small):
    """Under punishing leaders, as the default is meant to have no trend with learning or without."""
    size, punishing = SIZES["trend"], led(small, "punishing")
    taught, untaught = (
        [trend(Worlds(world, seed)) for seed in range(1, 7)]
        for world in (punishing, punishing.with_({"learning.rate": 0.0}))
    )
    assert all(size.low < each < size.high for each in untaught)
    assert np.mean(taught) < size.low


def test_the_commonest_way_leaves_silence_and_questions_aside():
    ways = [Strategy.withhold] * 6 + [Strategy.plain] * 3 + [Strategy.postpone]
    assert commonest_way(occasions(ways)) == pytest.approx(0.3)
    assert math.isnan(commonest_way(occasions(ways, kind=Kind.question)))
    assert math.isnan(commonest_way(occasions(ways, criticality=0.0)))


def test_the_rarest_way_and_motive_are_counted_from_none():
    ways = [way for way in range(9) if way != Strategy.anonymous] * 2
    assert rarest_way(occasions(ways)) == 2.0
    assert rarest_way(occasions(ways[:-1])) == 1.0
    silent = [way for way in ways if way >= FIRST_UNSPOKEN]
    assert rarest_motive(occasions(silent, motive=Motive.defensive)) == 0.0


def test_an_effect_is_judged_by_its_interval():
    values = [dict.fromkeys([*EFFECTS, *(name + SPOKEN for name in CONCLUSIONS)], value) for value in (0.2, 0.21, 0.22)]
    verdicts = {each.name: each.verdict for each in judged(values)}
    assert verdicts["supportive_less_punishing"] == verdicts["safety"] == Match.matched
    assert verdicts["closed_line_managers"] == Match.missed
    assert judged([])[0].verdict == Match.undecided


@pytest.mark.slow
def test_one_seed_shows_every_effect(small):
    found = effects_of(Piece(replace(small), 2))
    assert set(found) == {*EFFECTS, *(name + SPOKEN for name in CONCLUSIONS)}
    assert mean_of(np.array([found["safety"]])) > 0.0


def test_effects_can_be_read_on_a_narrow_terminal():
    seeds = [
        dict.fromkeys((*EFFECTS, *(sign + SPOKEN for sign in CONCLUSIONS)), -0.0234 + 0.0011 * seed)
        for seed in range(3)
    ]
    console = Console(width=80, file=io.StringIO())
    for part in tables_of_effects(judged(seeds)):
        console.print(part)
    lines = console.file.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    assert not any("\u2026" in line for line in lines), "something was cut off"
    assert sum(line.split()[-1:] in ([verdict.value] for verdict in Match) for line in lines) == len(EFFECTS)
    assert lines.index("") <= 2 + 2 * len(SIZES), "a name takes two lines at most"
    running = " ".join(" ".join(lines).split())
    for name, effect in EFFECTS.items():
        assert f"{name.replace('_', ' ')}: {effect.says}" in running
