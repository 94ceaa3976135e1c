"""What measures promise: one rule for days and runs, groups that add up, and numbers that the tables bear out."""

import subprocess
import sys

import numpy as np
import polars as pl
import pytest

import sim
from sim import sums
from sim.measures import ARENA_TYPES, MEASURES, final, groups_of, multivocality, series
from sim.state import Clock, Column, Whole
from sim.terms import Orientation, Role, Strategy

NAMES = """
wishes spoken p_speak willingness critical_voice silence_rate silence_defensive silence_relational silence_acquiescent
silence_prosocial silence_disengaged posts comments likes replies_per_post orphan_share contributors_share readers_share
gini_contribution upward downward horizontal cross_department engagement psychological_safety safety_line_manager
safety_executives voice_efficacy licence_to_critique imagined_audience_ratio pluralistic_ignorance leader_blind_spot
agenda_share issues_surfaced days_to_surface issues_resolved days_to_resolve answered_questions metaknowledge
identity_distance stance_dispersion influence_coworkers multivocality reply_latency_hours arena_type
"""


@pytest.fixture(scope="module")
def run():
    scenario = sim.load("baseline").with_({"organization.members": 200, "days": 20, "visibility.anonymous_posts": True})
    return sim.simulate(scenario, seed=3)


@pytest.fixture(scope="module")
def engine(run):
    return run._source.engine


@pytest.fixture(scope="module")
def daily(engine):
    return series(engine.world, engine.organization)


def values(daily, name, group="all"):
    return daily.values[daily.measures.index(name), daily.groups.index(group)]


def mean(numbers):
    return sum(numbers) / len(numbers)


# ---- The registry ----------------------------------------------------------------------------------------------------


def test_every_measure_of_the_contract_is_there_and_no_other():
    strategies = [f"strategy_{strategy.name}" for strategy in Strategy if strategy >= 0]
    assert set(MEASURES) == {*NAMES.split(), *strategies, "silence_unmotivated", "silence_diffident"}
    assert len(strategies) == 9


def test_every_measure_says_its_unit_what_it_means_and_how_it_is_summed():
    for name, measure in MEASURES.items():
        assert measure.name == name
        assert measure.unit and measure.formula
        assert measure.meaning[0].isupper() and not measure.meaning.endswith(".")
        assert (measure.how == "run") == (measure.value is None)


# ---- One rule for days and runs --------------------------------------------------------------------------------------


def test_days_add_up_to_the_run_for_whatever_is_counted(run, daily):
    for name, measure in MEASURES.items():
        if measure.how == "total":
            assert values(daily, name).sum() == run.measures[name], name


def test_states_are_those_of_the_last_day(run, daily):
    for name, measure in MEASURES.items():
        if measure.how == "state":
            last = values(daily, name)[-1]
            assert run.measures[name] == (None if np.isnan(last) else last), name


def test_a_run_of_one_day_has_that_days_values(daily):
    one = sim.simulate(sim.load("baseline").with_({"organization.members": 50}), seed=2, until=1)
    found = series(one._source.engine.world, one.organization)
    for name in found.measures:
        if name != "readers_share":  # of a day it is a bound, as the kernel does not count readers
            value = one.measures[name]
            np.testing.assert_equal(np.nan if value is None else value, values(found, name)[0], name)


def test_roles_and_departments_add_up_to_everyone(daily):
    for kind in ("role:", "department:"):
        parts = [group for group in daily.groups if group.startswith(kind)]
        for name, measure in MEASURES.items():
            if measure.how == "total":
                total = sum(values(daily, name, group) for group in parts)
                np.testing.assert_array_equal(total, values(daily, name), name)


def test_shares_lie_between_0_and_1(run, daily):
    for name, measure in MEASURES.items():
        if measure.unit == "share":
            found = [run.measures[name], *daily.values[daily.measures.index(name)].ravel()] if measure.value else []
            assert all(v is None or np.isnan(v) or 0 <= v <= 1 for v in found), name


def test_silence_has_motives_that_sum_to_one(run, daily):
    motives = [name for name in MEASURES if name.startswith("silence_") and name != "silence_rate"]
    assert sum(run.measures[name] for name in motives) == pytest.approx(1)
    by_day = sum(values(daily, name) for name in motives)
    np.testing.assert_allclose(by_day[~np.isnan(by_day)], 1)


def test_what_has_nothing_to_divide_by_is_none():
    silent = sim.load("baseline").with_({"organization.members": 30, "population.non_users": 1.0, "days": 2})
    off = {f"leadership.{who}.{what}": 0 for who in ("executives", "line_managers") for what in ("presence",)}
    run = sim.simulate(silent.with_({**off, "communicators.presence": 0}), seed=1)
    assert run.measures["wishes"] == 0
    assert run.measures["contributors_share"] == 0
    for name in ("p_speak", "silence_rate", "replies_per_post", "orphan_share", "upward", "multivocality"):
        assert run.measures[name] is None, name
    assert ARENA_TYPES[int(run.measures["arena_type"])] == "quiet"
    assert run.series["value"].is_nan().sum() == 0


def test_groups_have_a_final_value_too(run, engine):
    for group in groups_of(engine.world, engine.organization):
        found = final(engine.world, engine.organization, group)
        assert found["spoken"] <= run.measures["spoken"]
        assert ("gini_contribution" in found) == (group == "all")
    executives = final(engine.world, engine.organization, "role:executive")
    assert executives["pluralistic_ignorance"] == run.measures["leader_blind_spot"]


# ---- The tables bear them out ----------------------------------------------------------------------------------------


def test_voice_and_silence_are_those_of_the_ledger(run):
    ledger, found = run.occasions, run.measures
    spoken = ledger["strategy"].is_in(["plain", "rephrase", "narrow", "anonymous"])
    assert found["wishes"] == ledger.height
    assert found["spoken"] == spoken.sum()
    assert found["p_speak"] == pytest.approx(ledger["p_spoken"].mean())
    assert found["silence_rate"] == pytest.approx(1 - spoken.mean())
    said = ledger.filter(spoken & (ledger["criticality"] > 0)).join(
        run.messages.select("message_id", "kind"), on="message_id"
    )
    assert found["critical_voice"] == (said["kind"] != "question").sum()
    assert found["silence_defensive"] == pytest.approx(ledger["motive_defensive"].mean())
    for strategy in Strategy:
        if strategy >= 0:
            assert found[f"strategy_{strategy.name}"] == (ledger["strategy"] == strategy.name).sum()


def test_participation_is_that_of_messages_and_members(run):
    messages, members, found = run.messages, run.members, run.measures
    comments = messages.filter(pl.col("parent_id").is_not_null())
    wrote = (members["posts"] + members["comments"]) > 0
    assert found["posts"] == messages.height - comments.height
    assert found["comments"] == comments.height
    assert found["likes"] == members["likes_given"].sum() == messages["likes"].sum()
    assert found["replies_per_post"] == comments.height / (messages.height - comments.height)
    assert found["contributors_share"] == wrote.mean()
    assert found["readers_share"] == ((members["visits"] > 0) & ~wrote).mean()
    assert found["gini_contribution"] == pytest.approx(gini((members["posts"] + members["comments"]).to_list()))


def gini(numbers):
    """The mean absolute difference, over twice the mean."""
    return mean([abs(a - b) for a in numbers for b in numbers]) / (2 * mean(numbers))


def test_directions_are_those_of_the_messages(run):
    messages, members = run.messages, run.members.with_row_index("author")
    who = members.select(pl.col("author").cast(pl.Int32), "level", "department")
    replies = (
        messages.filter(pl.col("parent_id").is_not_null())
        .join(who, on="author")
        .join(
            messages.select(parent_id="message_id", above="author").join(who, left_on="above", right_on="author"),
            on="parent_id",
            suffix="_above",
        )
        .filter(pl.col("author") != pl.col("above"))
    )
    assert run.measures["upward"] == pytest.approx((replies["level"] > replies["level_above"]).mean())
    assert run.measures["downward"] == pytest.approx((replies["level"] < replies["level_above"]).mean())
    assert run.measures["horizontal"] == pytest.approx((replies["level"] == replies["level_above"]).mean())
    crosses = replies["department"] != replies["department_above"]
    assert run.measures["cross_department"] == pytest.approx(crosses.mean())


def test_beliefs_are_means_over_members(run):
    for name in ("engagement", "psychological_safety", "safety_executives", "voice_efficacy", "licence_to_critique"):
        assert run.measures[name] == pytest.approx(run.members[name].mean()), name


def test_ignorance_and_dispersion_are_those_of_positions(run):
    positions = run.positions.join(
        run.members.with_row_index("member").select(pl.col("member").cast(pl.Int32), "role"), on="member"
    ).with_columns(
        side=(pl.col("stance") > 0).cast(pl.Float64), deviation=pl.col("stance") - pl.col("stance").mean().over("issue")
    )
    gap = (positions["climate"] - positions.select(pl.col("side").mean().over("issue"))["side"]).abs().mean()
    assert run.measures["pluralistic_ignorance"] == pytest.approx(gap)
    assert run.measures["stance_dispersion"] == pytest.approx(positions["deviation"].std(ddof=0))
    identity = positions.filter(pl.col("issue") == 3)
    leads = identity["role"].is_in(["executive", "line_manager"])
    distance = abs(identity.filter(leads)["stance"].mean() - identity.filter(~leads)["stance"].mean())
    assert run.measures["identity_distance"] == pytest.approx(distance)


def test_department_values_are_those_of_its_members(run, daily):
    members = run.members
    for department in members["department"].unique():
        group = f"department:{department}"
        here = members.filter(pl.col("department") == department)
        assert values(daily, "wishes", group).sum() == here["occasions"].sum()
        assert values(daily, "engagement", group)[-1] == pytest.approx(here["engagement"].mean())


# ---- Rules of their own, on worlds made by hand ----------------------------------------------------------------------


def thread(engine, *comments):
    """A world whose only thread is begun by member 0 and has these comments: (author, orientation)."""
    messages = engine.world.messages[: 1 + len(comments)].copy()
    messages["thread"], messages["author"], messages["orientation"], messages["parent"] = 0, 0, -1, -1
    for row, (author, orientation) in enumerate(comments, 1):
        messages["author"][row], messages["orientation"][row], messages["parent"][row] = author, orientation, 0
    clock = engine.world.clock.copy()
    clock[Clock.messages] = len(messages)
    return engine.world._replace(messages=messages, clock=clock)


def test_multivocality_counts_voices_times_ways(engine):
    with_, against = Orientation.with_, Orientation.against
    assert multivocality(thread(engine, (0, with_), (0, with_))) == pytest.approx(1)
    assert multivocality(thread(engine, (1, with_), (2, with_))) == pytest.approx(3)
    assert multivocality(thread(engine, (1, with_), (2, against))) == pytest.approx(6)
    assert 2 < multivocality(thread(engine, (1, with_), (2, with_), (2, with_))) < 3


def test_multivocality_needs_a_thread_with_two_comments(engine):
    assert np.isnan(multivocality(thread(engine, (1, Orientation.to))))


def counted(engine, **columns):
    """A world of one day in which these things were counted in the first cell."""
    world = engine.world
    daily, clock = np.zeros_like(world.daily), world.clock.copy()
    clock[Clock.tick] = 8
    for name, value in columns.items():
        daily[0, 0, Column[name]] = value
    return world._replace(daily=daily, clock=clock, whole=np.zeros((len(daily), len(Whole))))


@pytest.mark.parametrize(
    ("messages", "concerns", "expected"),
    [
        (0, 0, "quiet"),
        (9, 9, "quiet"),
        (10, 1, "knowledge_sharing"),
        (100, 14, "knowledge_sharing"),
        (100, 15, "participatory"),
    ],
)
def test_the_arena_type_is_read_from_kinds_of_messages(engine, messages, concerns, expected):
    world = counted(engine, members=1000, posts=messages, kind_concern=concerns)
    assert ARENA_TYPES[int(final(world, engine.organization)["arena_type"])] == expected


def test_the_imagined_audience_is_held_against_the_real_one(engine):
    world = counted(engine, members=10, imagined_audience_size=1.0, views_share=2.0, matured=4.0)
    assert final(world, engine.organization)["imagined_audience_ratio"] == pytest.approx(0.1 / 0.5)


def test_a_day_that_has_only_begun_counts_but_has_no_state(engine):
    world = counted(engine, members=10, wishes=4, spoken=1, engagement=5)
    world.clock[Clock.tick] = 5
    found = final(world, engine.organization)
    assert (found["wishes"], found["silence_rate"], found["engagement"]) == (4, 0.75, None)
    assert series(world, engine.organization).values.shape[2] == 0


def test_sums_of_groups_are_those_of_their_cells(engine):
    world, departments = engine.world, len(engine.organization.departments)
    found = series(world, engine.organization)
    wishes = world.daily[:, :, Column.wishes]
    for role in Role:
        if f"role:{role.name}" in found.groups:
            cells = wishes[:, role * departments : (role + 1) * departments].sum(axis=1)
            np.testing.assert_array_equal(values(found, "wishes", f"role:{role.name}"), cells)
    for number, name in enumerate(engine.organization.departments):
        cells = wishes[:, number::departments].sum(axis=1)
        np.testing.assert_array_equal(values(found, "wishes", f"department:{name}"), cells)


# ---- Cost ------------------------------------------------------------------------------------------------------------


def test_measures_need_no_frames():
    code = (
        "import sys, sim\n"
        "run = sim.simulate(sim.load('baseline').with_({'organization.members': 20, 'days': 1}))\n"
        "run.measures\n"
        "assert 'polars' not in sys.modules and 'mesa' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=300)


def test_reading_the_registry_needs_no_compiler():
    code = "import sys, sim.measures; assert not {'numba', 'polars', 'mesa'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_measures_know_how_many_days_are_finished(engine):
    assert sums.days_of(engine.world) == 20
