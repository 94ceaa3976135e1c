"""A decision explained afterwards is the decision that was taken; what is said to flip it does flip it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from functools import cache
from typing import Any

import numpy as np
import pytest
from conftest import copy_of, livelier
from hypothesis import given
from hypothesis import strategies as st

from sim import kernel
from sim.engine import Engine
from sim.explanation import Counterfactual, Occasion, changes, considerations, explain
from sim.explanation.account import TOGETHER
from sim.explanation.moments import WEEK, find
from sim.parameters import coefficients
from sim.record import Run
from sim.rules import learning
from sim.rules.choice import why_silent
from sim.scenario import load
from sim.simulation import simulate
from sim.state import NUMBER_BITS, ROW_BITS, TICKS_PER_DAY, Clock
from sim.terms import SPOKEN, Luck, Moment, Role, Strategy, Theory

WORLDS: dict[str, dict[str, Any]] = {
    "as it is": {},
    "named posts only": {"visibility.anonymous_posts": False, "visibility.persistence_days": 20},
    "teams": {"visibility.scope": "team", "visibility.identity": "pseudonym"},
    "departments": {"visibility.scope": "department", "visibility.ranking": "popular", "rules.nightmare_reader": 0.2},
    "frozen beliefs": {"learning.of_climate": 0.0, "learning.of_safety": 0.0},
    **{theory.name: {"rules.voice": theory.name} for theory in Theory if theory != Theory.arena},
}


@cache
def finished(world: str) -> Run:
    base = load("baseline").with_({"organization.members": 60, "days": 15})
    return simulate(livelier(base, days=8).with_(WORLDS[world]), seed=3)


def told_of(run: Run, rows: Iterable[int]) -> tuple[Occasion, ...]:
    return tuple(each for row in rows for each in explain(run, row).occasions)


@cache
def explained(world: str) -> tuple[Occasion, ...]:
    """Every occasion of a part of the members: of all of them in the slow test."""
    run = finished(world)
    return told_of(run, range(0, run.organization.members, 2 if world in ("as it is", "named posts only") else 6))


def member_of(each: Occasion) -> int:
    return each.occasion_id >> NUMBER_BITS & (1 << ROW_BITS) - 1


def every_world(test: Any) -> Any:
    return pytest.mark.parametrize("world", WORLDS)(test)


# ---------------------------------------------------------------- the decision that was taken


def check_against_the_ledger(run: Run, occasions: tuple[Occasion, ...]) -> None:
    answer = {each.occasion_id: each for each in occasions}
    rows = run.occasions.filter(run.occasions["member"].is_in({member_of(each) for each in occasions}))
    assert len(answer) == rows.height
    for row in rows.to_dicts():
        each = answer[row["occasion_id"]]
        assert (each.tick, each.wish.issue, each.wish.form.name) == (row["tick"], row["issue"], row["form"])
        assert (each.wish.about, each.wish.draft_of) == (row["about"], row["draft_of"])
        assert each.strategy.name == row["strategy"] == Strategy(each.choice.strategy).name
        assert each.choice.p_spoken == row["p_spoken"]
        assert (each.urge, each.inhibition) == (row["urge"], row["inhibition"])
        assert (each.wish.criticality, each.wish.concern) == (row["criticality"], row["concern"])
        assert each.message_id == row["message_id"]
        assert (each.silence is None) == (row["motive"] is None)
        if each.silence is not None:
            assert each.motive.name == row["motive"]
            assert each.silence.defensive == row["motive_defensive"]
            assert each.silence.unmotivated == row["motive_unmotivated"]


@every_world
def test_every_decision_explained_is_the_one_in_the_ledger_number_by_number(world: str) -> None:
    assert len(explained(world)) > 20
    check_against_the_ledger(finished(world), explained(world))


@pytest.mark.slow
@every_world
def test_so_it_is_for_all_members_over_three_weeks(world: str) -> None:
    base = load("baseline").with_({"organization.members": 120, "days": 15})
    run = simulate(livelier(base, days=15).with_(WORLDS[world]), seed=5, checkpoint_days=4)
    occasions = told_of(run, range(run.organization.members))
    assert len(occasions) == run.occasions.height > 500
    check_against_the_ledger(run, occasions)


@every_world
def test_the_ways_sum_to_one_and_those_of_speaking_to_the_chance_to_speak(world: str) -> None:
    for each in explained(world):
        ways = each.choice[2:]
        assert sum(ways) == pytest.approx(1.0, abs=1e-12)
        assert sum(ways[:SPOKEN]) == pytest.approx(each.choice.p_spoken, abs=1e-12)


# ---------------------------------------------------------------- term by term


@pytest.mark.parametrize("world", ["as it is", "named posts only", "teams", "departments"])
def test_terms_sum_to_what_drew_and_to_what_held_back(world: str) -> None:
    for each in explained(world):
        assert sum(amount for _, amount in each.drew) == pytest.approx(each.urge, abs=1e-12)
        assert sum(amount for _, amount in each.held) == pytest.approx(each.inhibition, abs=1e-9)
        if each.held:
            looked = kernel.appraise(each.moment, coefficients_of(world))
            assert dict(each.held)["loyalty"] == pytest.approx(looked.loyalty, abs=1e-9)


def coefficients_of(world: str) -> Any:
    return coefficients(finished(world).scenario.parameters)


def test_who_threatens_more_holds_back_more() -> None:
    for each in explained("as it is"):
        looked, held = kernel.appraise(each.moment, coefficients_of("as it is")), dict(each.held)
        if held and looked.threat_manager > looked.threat_executives:
            assert held["line_manager"] >= held["executives"] - 1e-12


def test_under_a_rival_theory_only_what_it_knows_takes_part() -> None:
    for each in explained("spiral_of_silence"):
        assert {name for name, amount in each.held if abs(amount) > 1e-12} <= {"peers"}
    for each in explained("expected_utility"):
        assert {name for name, amount in each.held if abs(amount) > 1e-12} <= {"line_manager", "executives"}
        assert [name for name, _ in each.drew] == ["propensity", "efficacy"]
    for theory in ("no_fear", "threshold", "random"):
        assert all(not each.held for each in explained(theory))
    for theory in ("threshold", "random"):
        assert all(not each.drew for each in explained(theory))
    assert {change.name for each in explained("threshold") for change in each.flipping} <= {
        "agreement_up",
        "agreement_down",
        "three_more_agree",
        "three_more_disagree",
    }


def test_the_threshold_is_where_speaking_is_worth_as_much_as_silence() -> None:
    for each in explained("threshold"):
        assert each.needed_agreement == pytest.approx(1.0 - each.moment.voice_propensity, abs=1e-9)
    assert all(each.needed_agreement is None for each in explained("as it is"))


# ---------------------------------------------------------------- what would have changed it


def after(each: Occasion, change: Counterfactual) -> Moment:
    return each.moment._replace(**{move.field: move.after for move in change.moves})


def carried_out(before: Engine, each: Occasion, moment: Moment) -> Any:
    """Return the ledger row of an occasion, had it been decided on another moment: in a world of its own."""
    other = copy_of(before)

    def decide(engine: Engine) -> None:
        found = next(one for one in find(engine, member_of(each)) if int(one.row["occasion_id"]) == each.occasion_id)
        engine.decide_otherwise(
            found.place, found.number, moment, changes.decide(moment, engine.coefficients, found.luck)
        )

    other.advance(each.tick + 1, decide)
    ledger = other.world.occasions[: int(other.world.clock[Clock.occasions])]
    row = ledger[ledger["occasion_id"] == each.occasion_id][0]
    if row["message"] >= 0:
        assert other.world.messages[row["message"]]["strategy"] == row["strategy"]
    return row


@every_world
def test_every_counterfactual_named_as_flipping_does_flip_when_simulated(world: str) -> None:
    engine, flipped = finished(world).engine_at(0), 0
    for each in sorted(explained(world), key=lambda one: one.tick)[:: 3 if world == "as it is" else 1]:
        engine.advance(each.tick)
        for change in each.flipping:
            if change.name == "answered_last_week":
                continue
            row = carried_out(engine, each, after(each, change))
            assert (row["strategy"] < SPOKEN) == (not each.spoken), change
            assert row["strategy"] == change.strategy
            assert row["p_spoken"] == change.p_spoken
            assert (row["message"] >= 0) == (row["strategy"] < SPOKEN or row["strategy"] == Strategy.only_positive)
            flipped += 1
    assert flipped > 10 or world == "random"


def test_what_is_said_not_to_flip_does_not() -> None:
    seen = 0
    for each in explained("as it is"):
        for change in each.changes:
            if change.flips is False and change.size is None and change.name != "answered_last_week":
                made = changes.decide(after(each, change), coefficients_of("as it is"), each.luck)
                assert (made.strategy < SPOKEN) == each.spoken
                seen += 1
    assert seen > 500


def test_under_the_random_theory_only_another_way_can_change_anything() -> None:
    names = {change.name for each in explained("random") for change in each.flipping}
    assert names <= {"anonymous_posts", "no_anonymous_posts"}


def test_a_size_is_the_smallest_that_can_be_said() -> None:
    """Searched step by step where the explanation bisects."""
    numbers = coefficients_of("as it is")
    dials = {f"{dial.name}_{way}": (dial, sign) for dial in changes.DIALS for way, sign in (("up", 1), ("down", -1))}
    seen = 0
    for each in explained("as it is"):
        for change in each.flipping:
            if change.size is not None and seen < 150 and all(part in dials for part in change.name.split(TOGETHER)):
                turns = [dials[part] for part in change.name.split(TOGETHER)]
                for step in range(1, 101):
                    moment = each.moment
                    for dial, sign in turns:
                        by = sign * round(step * changes.STEP, 2)
                        moment = changes.turned(moment, dial.fields or (dial.name,), by)
                    made = changes.decide(moment, numbers, each.luck)
                    if (made.strategy < SPOKEN) != each.spoken:
                        break
                assert change.size == round(step * changes.STEP, 2), change
                seen += 1
    assert seen > 100


def test_those_that_flip_come_first_and_the_smallest_of_them_before() -> None:
    for each in explained("as it is"):
        flags = [bool(change.flips) for change in each.changes]
        assert flags == sorted(flags, reverse=True)
        distances = [change.distance for change in each.flipping]
        assert distances == sorted(distances)
        assert all(0.0 < distance <= 1.0 for distance in distances)


def test_pairs_are_offered_only_where_no_single_change_is_enough_and_neither_half_of_one_is() -> None:
    pairs = 0
    for each in explained("as it is"):
        singles, together = ([one for one in each.flipping if one.is_pair == pair] for pair in (False, True))
        assert not (singles and together)
        pairs += len(together)
        flips = {change.name: change.flips for change in each.changes}
        for change in together:
            assert [flips[part] for part in change.name.split(TOGETHER)] == [False, False]
            assert len({move.field for move in change.moves}) == len(change.moves) >= 2
    assert pairs > 20


def test_what_plays_no_part_is_not_named() -> None:
    """No name is hidden where nothing critical is said; nobody at the top has a line manager who could read."""
    for each in explained("as it is"):
        names = {change.name for change in each.changes}
        if each.moment.criticality == 0.0:
            assert not names & {"identification_up", "identification_down", "licence_to_critique_up", "anonymous_posts"}
    for each in explain(finished("as it is"), "ceo").occasions:
        assert each.moment.manager_reads == 0.0
        assert each.imagined.manager_reads is None
        assert "manager_does_not_read" not in {change.name for change in each.changes}


def test_anonymous_posts_flip_what_they_are_said_to_flip_when_the_lever_itself_is_set() -> None:
    ways: list[Any] = []
    engine = finished("named posts only").engine_at(0)
    parameters = engine.parameters
    allowed = parameters.model_copy(
        update={"visibility": parameters.visibility.model_copy(update={"anonymous_posts": True})}
    )
    for each in sorted(explained("named posts only"), key=lambda one: one.tick):
        for change in each.flipping:
            if change.name == "anonymous_posts":
                engine.advance(each.tick)
                other = copy_of(engine)
                other.set_levers(allowed)
                other.advance(each.tick + 1)
                ledger = other.world.occasions[: int(other.world.clock[Clock.occasions])]
                row = ledger[ledger["occasion_id"] == each.occasion_id][0]
                assert (row["strategy"], row["p_spoken"]) == (change.strategy, change.p_spoken)
                ways.append(change.strategy)
    assert Strategy.anonymous in ways
    assert all(way < SPOKEN for way in ways)


def test_three_more_colleagues_count_as_three_voices_read() -> None:
    numbers = coefficients_of("as it is")
    weight = numbers.learning.impression_weight * numbers.learning.of_climate
    for each in explained("as it is")[:40]:
        for change in each.changes:
            if change.name in ("three_more_agree", "three_more_disagree"):
                seen, climate = float(change.name == "three_more_agree"), each.moment.agreement
                for _ in range(3):
                    climate = learning.estimate(climate, seen, weight, numbers.learning)
                assert [(move.field, move.after) for move in change.moves] == [("agreement", climate)]


def test_nobody_learns_from_colleagues_where_that_is_switched_off() -> None:
    names = {change.name for each in explained("frozen beliefs") for change in each.changes}
    assert "agreement_up" in names
    assert not names & {"three_more_agree", "three_more_disagree"}


# ---------------------------------------------------------------- other courses of events


def answered(run: Run, each: Occasion) -> Run:
    """Return the run in which what was said before had an answer: by an event of the scenario, from its start on."""
    change = next(change for change in each.changes if change.name == "answered_last_week")
    row = member_of(each)
    said = run.occasions.filter(run.occasions["member"] == row)
    recent = said.filter(
        (said["tick"] >= each.tick - WEEK)
        & (said["tick"] <= each.tick - 2)
        & said["strategy"].is_in(["plain", "rephrase", "narrow", "anonymous"])
    )
    critical = recent.filter(recent["criticality"] > 0.0)
    asked = critical if critical.height else recent  # critique comes first
    last = asked.sort("tick", maintain_order=True).row(-1, named=True)
    candidates = asked.filter(asked["tick"] == last["tick"])["message_id"].to_list()
    assert str(last["day"]) in change.words
    manager = run.organization.ids[run.organization.manager[row]]
    how = {"by": manager, "to": candidates[0], "how": "supportive"}
    event = {"day": (last["tick"] + 1) / TICKS_PER_DAY, "respond": how}
    return simulate(run.scenario.with_events(event), seed=run.seed, organization=run.organization)


def test_an_answered_post_last_week_is_a_course_of_events_of_its_own() -> None:
    run, seen, flipped = finished("as it is"), 0, 0
    order = sorted(
        (each for each in explained("as it is") if any(c.name == "answered_last_week" for c in each.changes)),
        key=lambda each: next(not c.flips for c in each.changes if c.name == "answered_last_week"),
    )
    for each in order[:15]:
        change = next(change for change in each.changes if change.name == "answered_last_week")
        said = run.occasions.filter(run.occasions["occasion_id"] == each.occasion_id).row(0, named=True)
        there = answered(run, each).occasions
        same = there.filter(
            (there["member"] == said["member"])
            & (there["tick"] == each.tick)
            & (there["issue"] == said["issue"])
            & (there["form"] == said["form"])
        )
        if change.flips is None:
            assert change.remark
        elif same.height == 1:
            row = same.row(0, named=True)
            assert (row["strategy"], row["p_spoken"]) == (change.strategy.name, change.p_spoken)
            assert (Strategy[row["strategy"]] < SPOKEN) == (each.spoken != change.flips)
            seen, flipped = seen + 1, flipped + bool(change.flips)
    assert seen > 5
    assert flipped > 0


def readers_of(run: Run, tick: int, message_id: int, otherwise: Any = None) -> set[int]:
    """Return who reads a message within a week: found by looking on at everything from the hour before it."""
    engine, readers = run.engine_at(tick), set()
    if otherwise is not None:
        engine.advance(tick + 1, otherwise)

    def look(engine: Engine) -> None:
        ids = kernel.message_ids(engine.world.messages)
        for place in range(int(engine.world.clock[Clock.visitors])):
            seen = engine.world.seen[place, : engine.world.seen_count[place]]
            if message_id in ids[seen]:
                readers.add(int(engine.world.visitors[place]))

    engine.advance(min(run.tick, tick + WEEK + 1), look)
    return readers


def above(run: Run, row: int, readers: set[int]) -> tuple[bool | None, int]:
    manager, role = int(run.organization.manager[row]), run.organization.role
    executives = {int(each) for each in np.flatnonzero(role == Role.executive)} - {row}
    return (manager in readers if manager >= 0 else None), len(readers & executives)


def test_readers_are_those_who_really_read_it_within_a_week() -> None:
    run, checked = finished("as it is"), 0
    for each in [one for one in explained("as it is") if one.spoken][::6]:
        assert each.readers is not None
        assert each.message_id is not None
        readers = readers_of(run, each.tick, each.message_id)
        assert each.readers.people == len(readers)
        assert (each.readers.manager, each.readers.executives) == above(run, member_of(each), readers)
        if each.tick + WEEK >= run.tick:
            assert each.views == each.readers.people
        assert each.views >= each.readers.people
        checked += 1
    assert checked > 10


def test_readers_of_what_was_not_said_are_those_who_would_have_read_it() -> None:
    run, checked = finished("as it is"), 0
    for each in [one for one in explained("as it is") if not one.spoken][::4]:
        row = member_of(each)
        published: list[int] = []

        def say(engine: Engine, each: Occasion = each, row: int = row) -> None:
            for one in find(engine, row):
                if int(one.row["occasion_id"]) == each.occasion_id:
                    engine.decide_otherwise(one.place, one.number, one.moment, Strategy.plain)

        engine = run.engine_at(each.tick)
        engine.advance(each.tick + 1, say)
        ledger = engine.world.occasions[: int(engine.world.clock[Clock.occasions])]
        at = int(ledger[ledger["occasion_id"] == each.occasion_id]["message"][0])
        published.append(int(kernel.message_ids(engine.world.messages)[at]))
        readers = readers_of(run, each.tick, published[0], say)
        assert each.readers is not None
        assert each.readers.people == len(readers)
        assert (each.readers.manager, each.readers.executives) == above(run, row, readers)
        checked += 1
    assert checked > 10


@every_world
def test_the_imagined_audience_is_the_one_that_the_moment_was_made_from(world: str) -> None:
    for each in explained(world):
        seen = each.imagined
        assert seen.people == pytest.approx(seen.share * seen.possible)
        if seen.audience == "organization":
            assert each.moment.audience == pytest.approx(seen.share)
        assert seen.executives_read == each.moment.executives_read
        if world == "teams" and each.wish.form.name == "post":
            assert seen.audience.startswith(("team:", "department:"))  # who is in no team, posts to the department


# ---------------------------------------------------------------- any moment whatever

shares = st.floats(0.0, 1.0)
moments = st.builds(
    Moment,
    **dict.fromkeys(Moment._fields, shares)
    | {"stance": st.floats(-1.0, 1.0), "criticality": st.one_of(st.just(0.0), shares)}
    | {name: st.sampled_from([0.0, 1.0]) for name in ("narrow_open", "anonymous_open", "is_comment")},
)
lucks = st.builds(Luck, **{name: st.floats(-2.0, 8.0) for name in Luck._fields})
theories = st.sampled_from([theory.name for theory in Theory])


@cache
def numbers_of(theory: str) -> Any:
    return coefficients(load("baseline").with_({"rules.voice": theory}).parameters)


@given(moments, lucks, theories)
def test_whatever_flips_flips_by_the_rules_and_stays_within_bounds(moment: Moment, luck: Luck, theory: str) -> None:
    numbers = numbers_of(theory)
    taken = kernel.speak(moment, numbers, luck)
    for change in changes.try_each(moment, numbers, luck):
        moved = moment._replace(**{move.field: move.after for move in change.moves})
        assert all(0.0 <= move.after <= 1.0 and move.before != move.after for move in change.moves)
        made = kernel.speak(moved, numbers, luck)
        assert made.strategy == change.strategy
        assert change.flips == ((made.strategy < SPOKEN) != (taken.strategy < SPOKEN))
        assert change.flips or made.p_spoken != taken.p_spoken


@given(moments, theories)
def test_terms_leave_nothing_over_whatever_the_moment(moment: Moment, theory: str) -> None:
    numbers = numbers_of(theory)
    lightest = considerations.Weighed(moment, numbers)
    for take in considerations.HELD.values():
        lightest = take(lightest)
    lost = kernel.weigh(*lightest).worth.plain - kernel.weigh(moment, numbers).worth.plain
    held = considerations.held(moment, numbers)
    assert sum(amount for _, amount in held) == pytest.approx(lost, abs=1e-9)
    assert all(amount > -1e-9 for _, amount in held)
    assert why_silent(moment, numbers)


def test_records_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        explained("as it is")[0].tick = 3  # type: ignore[misc]
