"""Claims about willingness: a standard wish is held still, asked of everyone in turn, and asking changes nothing."""

import numpy as np
import pytest

import sim
from sim import kernel
from sim.engine import Engine
from sim.room import bytes_of
from sim.spiral import Wishes, own_wishes, p_speak
from sim.state import DAYS_PER_WEEK, TICKS_PER_DAY, Column
from sim.terms import Role

DAYS = 20


@pytest.fixture(scope="module")
def engine():
    engine = Engine(sim.load("baseline").with_({"organization.members": 150, "days": DAYS}), None, 4)
    engine.advance(engine.ticks)
    return engine


def critical(world):
    """Return whether a member would have had critique of an issue on the first day, [members, issues]."""
    return (world.positions["start_stance"] < 0.0) & (world.issues["criticality"] > 0.0)


def users(world):
    members = world.members
    return (members["base_visits"] > 0.0) | (members["role"] != Role.coworker)


def frozen_bytes(world):
    return {name: bytes_of(getattr(world, name)).tobytes() for name in world._fields}


def test_on_the_first_day_willingness_is_the_mean_of_what_the_rules_say_of_each_critical_wish():
    engine = Engine(sim.load("baseline").with_({"organization.members": 60}), None, 2)
    world = engine.world
    issues = len(world.issues)
    chances = np.full((60, issues), np.nan)
    for issue in range(issues):
        wishes = own_wishes(world, issue).of(critical(world)[own_wishes(world, issue).members, issue])
        chances[wishes.members, issue] = p_speak(engine, wishes)
    asked = ~np.isnan(chances).all(axis=1)
    found = kernel.willingness_of(world, engine.coefficients)
    np.testing.assert_array_equal(~np.isnan(found), asked)
    np.testing.assert_allclose(found[asked], np.nanmean(chances[asked], axis=1), rtol=1e-12)


def test_what_is_asked_is_the_wish_of_the_first_day_however_views_have_moved(engine):
    other = engine.copy()
    other.world.positions["stance"] = 0.7
    other.world.positions["concern"] = 0.01
    now, then = (kernel.willingness_of(each.world, each.coefficients) for each in (other, engine))
    np.testing.assert_array_equal(now, then)
    other.world.beliefs["safety_executives"] = 1.0
    safer = kernel.willingness_of(other.world, other.coefficients)
    assert np.nanmean(safer) > np.nanmean(then)


def test_asking_changes_nothing(engine):
    before = frozen_bytes(engine.world)
    kernel.willingness_of(engine.world, engine.coefficients)
    assert frozen_bytes(engine.world) == before


def test_every_user_is_asked_about_each_critical_issue_once_in_as_many_weeks_as_there_are_issues(engine):
    world = engine.world
    weeks = len(world.issues)
    pairs = (critical(world) & users(world)[:, None]).sum()
    assert weeks * DAYS_PER_WEEK == DAYS
    assert world.daily[:, :, Column.asked].sum() == pairs
    by_day = world.daily[:, :, Column.asked].sum(axis=1)
    assert by_day.max() < 2.5 * by_day.mean()  # keys are hashes, so days have about as many


def due(world, day):
    """Return who is asked on a day, and about which issue: everyone on a weekday of their own, issue after issue."""
    whose = (world.keys + np.uint64(day)) % np.uint64(DAYS_PER_WEEK) == 0
    weeks = world.keys // np.uint64(DAYS_PER_WEEK) + np.uint64(day // DAYS_PER_WEEK)
    return whose & users(world), weeks % np.uint64(len(world.issues))


def as_at_the_start(engine):
    """Return a copy in which everybody thinks of all issues as on the first day."""
    held = engine.copy()
    for name in ("stance", "concern"):
        held.world.positions[name] = held.world.positions[f"start_{name}"]
    return held


@pytest.mark.parametrize("day", [0, 4, 11])
def test_a_day_counts_what_the_rules_say_at_its_end(day):
    engine = Engine(sim.load("baseline").with_({"organization.members": 80, "days": DAYS}), None, 3)
    engine.advance((day + 1) * TICKS_PER_DAY)
    world, said = engine.world, 0.0
    who, about = due(world, day)
    for issue in range(len(world.issues)):
        rows = np.flatnonzero(who & (about == issue) & critical(world)[:, issue])
        stances = world.positions["start_stance"][rows, issue]
        said += p_speak(
            as_at_the_start(engine), Wishes(issue, rows, world.issues[issue]["criticality"] * -stances)
        ).sum()
    assert said > 0.0
    assert world.daily[day, :, Column.willingness].sum() == pytest.approx(said)


def test_measures_of_roles_and_days_add_up(engine):
    run = sim.simulate(engine.scenario, seed=4)
    everyone = engine.world.daily.sum(axis=(0, 1))
    assert run.measures["willingness"] == pytest.approx(everyone[Column.willingness] / everyone[Column.asked])
    assert 0.0 < run.measures["willingness"] < 1.0
    roles = {f"role:{role.name}" for role in Role}
    series = run.series.filter(measure="willingness")
    assert roles & set(series["group"].unique())


def test_where_nobody_has_critique_there_is_no_willingness():
    content = sim.load("baseline").with_({"organization.members": 40, "days": 5})
    engine = Engine(content, None, 1)
    engine.world.positions["start_stance"] = 0.5
    engine.advance(engine.ticks)
    assert engine.world.daily[:, :, Column.asked].sum() == 0.0
    assert np.isnan(kernel.willingness_of(engine.world, engine.coefficients)).all()
