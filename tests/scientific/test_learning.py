"""What is learned outside one's own experience: from the page, in the team, from ties, and from words held to deeds."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest
from conftest import differing, run
from hypothesis import given
from hypothesis import strategies as st

from sim.engine import Engine
from sim.parameters import coefficients
from sim.replay import hour_of
from sim.rules import learning
from sim.scenario import Scenario, load
from sim.state import TICKS_PER_DAY
from sim.terms import Response, Role

RATES = coefficients(load("baseline").parameters).learning
GROUPS = ("line_managers", "executives")
CERTAIN_AFTER = 4.0  # standard deviations

shares = st.floats(0.0, 1.0)


def of_leaders(**levers: float) -> dict[str, float]:
    return {f"leadership.{group}.{name}": value for group in GROUPS for name, value in levers.items()}


# ---------------------------------------------------------------- how long things stay


@pytest.mark.parametrize("half_life", [0.5, 1.0, 3.0])
def test_believed_persistence_comes_to_what_the_page_shows(lively, half_life):
    engine = run(lively.with_({"visibility.persistence_days": half_life, "days": 16}))
    often = engine.world.members["visits"] >= 20
    assert often.sum() > 20
    seen = engine.world.beliefs["persistence"][often].mean()
    assert seen == pytest.approx(half_life / (half_life + RATES.persistence_half), abs=0.05)


def test_while_nothing_has_gone_one_only_learns_that_things_stay_so_long(lively):
    engine = run(lively.with_({"visibility.persistence_days": 250.0, "organization.members": 60}))
    world, departments = engine.world, len(engine.organization.departments)
    lost = np.append(world.audiences["lost"], 0) != 0  # the last stands for no page
    pages = [np.zeros(len(world.members), int), 1 + world.members["department"]]
    teams = (world.members[field] for field in ("team", "led_team"))
    pages += [np.where(team >= 0, 1 + departments + team, len(lost) - 1) for team in teams]
    whole = ~np.any([lost[page] for page in pages], axis=0)  # whose pages are short enough that nothing had to leave
    assert whole.sum() > 10
    assert (world.beliefs["persistence"] >= world.start["persistence"])[whole].all()


def test_believed_persistence_can_be_frozen(lively):
    engine = run(lively.with_({"visibility.persistence_days": 0.5, "learning.persistence_weight": 0.0}))
    assert (engine.world.beliefs["persistence"] == engine.world.start["persistence"]).all()


# ---------------------------------------------------------------- team talk


def absent(small: Scenario, **levers: float) -> Scenario:
    """Return a world in which nobody ever visits, so that only what happens outside the arena can teach."""
    nobody = {"population.non_users": 1.0, "communicators.presence": 0.0} | of_leaders(presence=0.0)
    return small.with_(nobody | of_leaders(**levers))


@pytest.mark.parametrize(("openness", "sanction", "sign"), [(1.0, 0.0, 1), (0.0, 1.0, -1)])
def test_where_nobody_visits_teams_learn_how_their_manager_takes_critique(small, openness, sanction, sign):
    world = run(absent(small, openness=openness, sanction=sanction, responsiveness=1.0)).world
    moved = world.beliefs["safety_line_manager"] - world.start["safety_line_manager"]
    assert world.members["visits"].sum() == 0
    assert (sign * moved >= 0.0).all()
    assert (sign * moved > 0.0).mean() > 0.3
    assert (world.beliefs["safety_executives"] == world.start["safety_executives"]).all()
    assert moved[world.members["manager"] < 0].tolist() == [0.0]


@pytest.mark.parametrize("still", [{"learning.team_talks": 0.0}, of_leaders(responsiveness=0.0)])
def test_without_team_talk_or_answers_nothing_is_learned_where_nobody_visits(small, still):
    world = run(absent(small).with_(still)).world
    assert (world.beliefs["safety_line_manager"] == world.start["safety_line_manager"]).all()
    assert (world.beliefs["voice_efficacy"] == world.start["voice_efficacy"]).all()


def test_teams_talk_as_often_as_their_rate_says(small):
    days, rate = 60, 0.5 * 0.4
    engine = Engine(absent(small, responsiveness=0.4).with_({"learning.team_talks": 0.5, "days": days}))
    talks = 0
    for day in range(days):
        engine.advance((day + 1) * TICKS_PER_DAY)
        talks += int((engine.world.members["team_talk"] != Response.none).sum())
    leaders = int(np.isin(engine.world.members["role"], (Role.line_manager, Role.executive)).sum())
    expected = leaders * days * rate
    assert abs(talks - expected) < CERTAIN_AFTER * math.sqrt(expected * (1.0 - rate))


# ---------------------------------------------------------------- gossip


def nights(scenario: Scenario, seed: int = 1) -> Iterator[tuple[Engine, set[tuple[int, int]], np.ndarray]]:
    """Yield, after each day: the engine, who has read which message until then, and what each had witnessed before."""
    engine, read = Engine(scenario, seed=seed), set[tuple[int, int]]()

    def look(now: Engine) -> None:
        hour = hour_of(now)
        for member in hour.visitors.tolist():
            read.update((member, message) for message in hour.read_by(member).tolist())

    for day in range(scenario.parameters.days):
        engine.advance((day + 1) * TICKS_PER_DAY, look)
        yield engine, read, engine.world.members["witnessed"].copy()


def test_ties_retell_only_what_they_read_and_no_story_counts_twice(lively):
    heard: set[tuple[int, int]] = set()
    for engine, read, witnessed in nights(lively.with_({"learning.gossip": 1.0, "days": 8})):
        world = engine.world
        for member in np.flatnonzero(world.members["heard_of"] >= 0).tolist():
            story = int(world.members["heard_of"][member])
            ties = world.tie_member[world.tie_start[member] : world.tie_start[member + 1]]
            assert any(witnessed[tie] == story and (int(tie), story) in read for tie in ties)
            assert (member, story) not in read | heard
            message = world.messages[story]
            assert message["treatment"] != Response.none
            assert member not in (message["author"], world.messages["author"][message["parent"]])
            heard.add((member, story))
    assert len(heard) > 50
    assert world.members["hearsay"].sum() == len(heard)


def test_nobody_hears_anything_where_nobody_retells(lively):
    members = run(lively.with_({"learning.gossip": 0.0})).world.members
    assert members["hearsay"].sum() == 0
    assert (members["witnessed"] >= 0).sum() > 10


def test_what_ties_tell_teaches_those_who_never_visit(lively):
    scenario = lively.with_(
        {"learning.gossip": 1.0, "learning.team_talks": 0.0, "population.non_users": 0.5, "days": 10}
    )
    world = run(scenario).world
    away = (world.members["visits"] == 0) & (world.members["hearsay"] > 0)
    assert away.sum() > 5
    assert (world.beliefs["credibility"][away] != world.start["credibility"][away]).all()
    in_silence = (world.members["visits"] == 0) & (world.members["hearsay"] == 0)
    assert (world.beliefs["credibility"][in_silence] == world.start["credibility"][in_silence]).all()


def test_gossip_depends_on_no_thread(lively):
    scenario = lively.with_({"learning.gossip": 1.0, "organization.members": 300, "days": 3})
    assert differing(run(scenario), run(scenario, threads=2)) == []


# ---------------------------------------------------------------- word and deed


@given(promised=shares, worth=shares)
def test_a_deed_counts_more_only_as_far_as_it_breaks_a_promise(promised, worth):
    weight = learning.weight_of_deed(promised, worth, RATES)
    assert weight >= 1.0
    assert (weight == 1.0) == (worth >= promised or promised - worth < 1e-15)
    assert learning.weight_of_deed(0.0, worth, RATES) == 1.0


@given(announced=shares, promised=shares)
def test_only_what_goes_beyond_what_was_promised_is_news(announced, promised):
    assert 0.0 <= learning.news_in_promise(announced, promised) <= 1.0
    assert learning.news_in_promise(promised, promised) == 0.0
    if announced > 0.0:
        assert learning.news_in_promise(announced, 0.0) == 1.0


def test_a_promise_is_forgotten_by_half_in_its_half_life(small):
    scenario = small.with_({"learning.promise_days": 5.0, "days": 6} | of_leaders(presence=0.0))
    engine = Engine(scenario)
    engine.world.members["promised"] = 0.8
    engine.advance(5 * TICKS_PER_DAY)
    assert engine.world.members["promised"] == pytest.approx(0.4)


def test_promises_that_deeds_break_cost_credibility(lively):
    closed = of_leaders(openness=0.1, sanction=0.5, espoused_openness=0.9)
    kept, forgotten = (run(lively.with_(closed | {"learning.promise_memory": memory})) for memory in (1.0, 0.0))
    assert kept.world.members["promised"].max() > 0.5
    assert forgotten.world.members["promised"].max() == 0.0
    assert kept.world.beliefs["credibility"].mean() < forgotten.world.beliefs["credibility"].mean()


def test_silence_disappoints_those_who_were_promised_an_answer(lively):
    silent = of_leaders(responsiveness=0.0, espoused_openness=0.9) | {"learning.unanswered_days": 0.5}
    kept, forgotten = (run(lively.with_(silent | {"learning.promise_memory": memory})) for memory in (1.0, 0.0))
    for belief in ("voice_efficacy", "credibility"):
        assert kept.world.beliefs[belief].mean() < forgotten.world.beliefs[belief].mean()
