"""Replaying is running again; a run continued with a change is a run of its own; who read what can be asked."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sim
from sim import replay
from sim.errors import InputError
from sim.record import TABLES, Run, values_digest
from sim.record.manifest import with_digest
from sim.scenario import Event
from sim.state import TICKS_PER_DAY, Clock
from tests.conftest import state_bytes

RESPOND = {"by": "ceo", "to": "latest_critique", "how": "supportive"}
CHANGES = [
    {"visibility.scope": "team"},
    {"leadership.executives.openness": 0.1, "voice.peer_threat": 100.0},
    {"issues.0.salience": 3.0},
    {"respond": RESPOND},
    {"respond": RESPOND | {"how": "none"}},
    {"post": {"by": "ceo", "issue": 0, "stance": -0.5, "criticality": 0.4}},
    {"campaign": {"issue": 1, "salience": 4.0, "days": 2.0}},
    [{"visibility.anonymous_posts": False}, {"announce": {"by": "ceo", "openness": 0.9}}],
]


@pytest.fixture(scope="module")
def finished(lively):
    eventful = lively.with_events(
        {"day": 2, "set": {"visibility.scope": "department"}},
        {"day": 1.5, "post": {"by": "ceo", "issue": 1, "stance": 0.5, "criticality": 0.0}},
        {"day": 3, "campaign": {"issue": 0, "salience": 2.0, "days": 1.0}},
    )
    return sim.simulate(eventful, seed=5, checkpoint_days=2)


def digests(run: Run) -> dict[str, str]:
    return {name: values_digest(getattr(run, name)) for name in TABLES}


def end(run: Run) -> bytes:
    return state_bytes(run.engine_at(run.tick))


# ---------------------------------------------------------------- forks


@given(eighths=st.integers(0, 6 * TICKS_PER_DAY - 1), change=st.sampled_from(CHANGES))
@settings(max_examples=25)
def test_a_fork_is_the_run_of_its_scenario_from_the_beginning_byte_for_byte(finished, eighths, change):
    forked = replay.fork(finished, eighths / TICKS_PER_DAY, change)
    engine = sim.Engine(forked.scenario, seed=finished.seed)
    engine.advance(engine.ticks)
    assert end(forked) == state_bytes(engine)


@given(eighths=st.integers(0, 6 * TICKS_PER_DAY - 1))
@settings(max_examples=10)
def test_a_fork_without_a_change_is_the_run_itself(finished, eighths):
    forked = replay.fork(finished, eighths / TICKS_PER_DAY)
    assert forked.scenario.digest == finished.scenario.digest
    assert end(forked) == end(finished)


def test_before_its_day_a_fork_is_its_parent(finished):
    forked = sim.fork(finished, 3, {"leadership.executives.presence": 8.0})
    assert state_bytes(forked.engine_at(24)) != state_bytes(finished.engine_at(24))  # the lever itself
    for tick in (8, 17, 23):
        assert state_bytes(forked.engine_at(tick)) == state_bytes(finished.engine_at(tick))
    early = pl.col("day") < 3
    assert forked.series.filter(early).equals(finished.series.filter(early))
    assert not forked.series.filter(~early).equals(finished.series.filter(~early))


def test_a_fork_can_be_saved_loaded_checked_and_forked_again(finished, tmp_path):
    forked = sim.fork(finished, 3, {"visibility.scope": "team"})
    forked.save(tmp_path / "fork")
    loaded = Run.load(tmp_path / "fork")
    assert digests(loaded) == digests(forked)
    assert replay.check(loaded).identical
    again = sim.fork(tmp_path / "fork", 4, {"visibility.identity": "pseudonym"})
    engine = sim.Engine(again.scenario, seed=finished.seed)
    engine.advance(engine.ticks)
    assert end(again) == state_bytes(engine)
    assert len(again.scenario.events) == len(finished.scenario.events) + 2


def test_a_fork_of_an_organisation_of_ones_own_keeps_it(lively, tmp_path):
    people = sim.Engine(lively, seed=77).organization
    run = sim.simulate(lively, seed=2, organization=people)
    forked = sim.fork(run, 2, {"visibility.scope": "team"})
    assert forked.organization.ids == people.ids
    engine = sim.Engine(forked.scenario, people, seed=2)
    engine.advance(engine.ticks)
    assert end(forked) == state_bytes(engine)


def test_a_run_stopped_early_goes_on_to_the_end_or_as_far_as_wanted(lively):
    stopped = sim.simulate(lively, seed=3, until=2)
    whole = sim.simulate(lively, seed=3)
    assert end(replay.fork(stopped, 2)) == end(whole)
    assert end(replay.fork(stopped, 4)) == end(whole)
    part = replay.fork(stopped, 1, {"visibility.scope": "team"}, until=3)
    assert part.days == 3
    assert not part.complete


def test_behaviours_decide_in_a_fork_too(lively):
    from sim.terms import Strategy

    def silent(*_):
        return Strategy.withhold

    run = sim.simulate(lively, seed=3, behaviours={5: silent})
    forked = replay.fork(run, 2, {"visibility.scope": "team"}, behaviours={5: silent})
    engine = sim.Engine(forked.scenario, seed=3, behaviours={5: silent})
    engine.advance(engine.ticks)
    assert state_bytes(forked.engine_at(forked.tick, {5: silent})) == state_bytes(engine)
    with pytest.raises(InputError, match="Python code decided"):
        replay.fork(run, 2, {"visibility.scope": "team"})


@pytest.mark.parametrize(
    ("day", "change", "said"),
    [
        (6, {}, "no day of this run"),
        (-1, {}, "no day of this run"),
        (float("nan"), {}, "no day of this run"),
        ("3", {}, "no day of this run"),
        (2, {"visibility.scop": "team"}, "unknown key"),
        (2, {"visibility.scope": "nowhere"}, "not one of"),
        (2, {"days": 90}, "settled at the start"),
        (2, {"day": 1, "set": {"visibility.scope": "team"}}, "lies before day 2"),
        (2, {"day": 9, "set": {"visibility.scope": "team"}}, "not a day before the end"),
        (2, {"respond": {"by": "ceo", "to": "latest_critique", "how": "kindly"}}, "supportive"),
        (2, {"respond": RESPOND | {"by": "nobody"}}, "nobody"),
        (2, {"issue": {"name": "Late"}}, "scenario file"),
        (2, 7, "no change"),
    ],
)
def test_what_cannot_be_forked_is_reported(finished, day, change, said):
    with pytest.raises(InputError, match=said):
        replay.fork(finished, day, change)


def test_a_scenario_is_no_change_of_a_run(finished, small):
    with pytest.raises(InputError, match="its own scenario"):
        replay.fork(finished, 2, small)


# ---------------------------------------------------------------- events of a changed world


def test_an_event_is_the_same_from_python_and_from_a_table(lively):
    event = Event(2, set=(("visibility.scope", "team"),))
    table = {"day": 2, "set": {"visibility.scope": "team"}}
    assert lively.with_events(event).digest == lively.with_events(table).digest
    assert replay.altered(lively, {"visibility.scope": "team"}, 2).digest == lively.with_events(event).digest
    assert replay.altered(lively, [event, {"visibility.ranking": "popular"}]).parameters.visibility.ranking == "popular"


def test_nobody_answers_what_an_event_leaves_unanswered(lively):
    answering = lively.with_(
        {"leadership.executives.responsiveness": 1.0, "leadership.line_managers.responsiveness": 1.0}
    )
    usual = sim.simulate(answering, seed=4)
    early = sim.simulate(answering, seed=4, until=2).messages
    waiting = early.filter(pl.col("leader_response").is_null())["message_id"]
    treated = usual.messages.filter(
        pl.col("leader_response").is_not_null() & pl.col("message_id").is_in(waiting.implode())
    )
    assert treated.height > 3
    message = int(treated["message_id"][0])
    left = sim.simulate(
        answering.with_events({"day": 15 / 8, "respond": {"by": "ceo", "to": message, "how": "none"}}), seed=4
    )
    assert left.messages.filter(pl.col("message_id") == message)["leader_response"].to_list() == [None]
    engine = left.engine_at(left.tick)
    waiting = engine.world.pending[: int(engine.world.clock[Clock.pending])]
    assert engine.find_message(message) not in waiting["message"]


# ---------------------------------------------------------------- checking


def test_a_run_replays_identically_from_its_start_and_from_each_state(finished, tmp_path):
    found = replay.check(finished)
    assert found.identical
    assert found.starts == (0, 16, 32)
    finished.save(tmp_path / "run")
    assert replay.check(tmp_path / "run").starts == (0, 16, 32, 48)


@pytest.mark.parametrize("table", ["messages", "members", "occasions", "positions"])
def test_a_table_that_was_altered_is_found(lively, table):
    run = sim.simulate(lively, seed=1, checkpoint_days=3)
    column = next(name for name, kind in getattr(run, table).schema.items() if kind.is_float())
    changed = getattr(run, table).with_columns(
        pl.when(pl.int_range(pl.len()) == 7).then(0.123).otherwise(pl.col(column)).alias(column)
    )
    run.__dict__[table] = changed
    found = replay.check(run)
    assert not found.identical
    assert {(each.start, each.table) for each in found.deviations} == {(0, table), (24, table)}
    assert all(each.expected != each.found for each in found.deviations)


def test_a_state_that_was_altered_is_found(lively, tmp_path):
    run = sim.simulate(lively, seed=1, checkpoint_days=3)
    kept = run.snapshot(24)
    beliefs = kept.arrays["beliefs"].copy()
    beliefs["voice_efficacy"] = 0.9
    altered = replace(kept, arrays={**kept.arrays, "beliefs": beliefs})
    run = Run(run.engine_at(run.tick), states=[altered])
    found = replay.check(run)
    assert {each.start for each in found.deviations} == {24}


def test_a_run_of_other_rules_cannot_be_checked(finished, tmp_path):
    finished.save(tmp_path / "run")
    path = tmp_path / "run" / "manifest.json"
    manifest = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(with_digest(manifest | {"rules": "0" * 32})), "utf-8")
    with pytest.raises(InputError, match="other rules"):
        replay.check(tmp_path / "run")


# ---------------------------------------------------------------- hour by hour


def test_who_read_what_adds_up_to_what_the_run_counted(finished):
    found = replay.readings(finished)
    views = np.bincount(found.message, minlength=finished.messages.height)
    assert views.tolist() == finished.messages["views"].to_list()
    read = np.bincount(found.member, minlength=finished.members.height)
    assert read.tolist() == finished.members["items_read"].to_list()
    assert (np.diff(found.tick) >= 0).all()


def test_hours_hold_visits_likes_and_decisions(finished):
    kept = list(replay.hours(finished))
    assert [hour.tick for hour in kept] == list(range(finished.tick))
    visits = np.bincount(np.concatenate([hour.visitors for hour in kept]), minlength=finished.members.height)
    assert visits.tolist() == finished.members["visits"].to_list()
    assert sum(int(hour.liked.sum()) for hour in kept) == finished.measures["likes"]
    wishes = np.concatenate([hour.rows[hour.rows["errand"] == 0] for hour in kept])
    assert wishes["occasion_id"].tolist() == finished.occasions["occasion_id"].to_list()


def test_part_of_a_run_is_read_like_the_whole(finished):
    whole, part = replay.readings(finished), replay.readings(finished, 20, 30)
    mine = (whole.tick >= 20) & (whole.tick < 30)
    assert all(np.array_equal(each[mine], few) for each, few in zip(whole, part, strict=True))
    hour = next(replay.hours(finished, 21))
    member = int(hour.visitors[0])
    both = (whole.tick == 21) & (whole.member == member)
    assert hour.read_by(member).tolist() == whole.message[both].tolist()
    absent = next(row for row in range(120) if row not in hour.visitors)
    assert len(hour.read_by(absent)) == 0
