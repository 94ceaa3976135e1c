"""Claims about the scorecard: what each fact measures on tables made by hand, and how it is judged over seeds."""

from __future__ import annotations

import json
import math
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import experiments.commands.facts as facts_command
from experiments.cli import main
from experiments.facts import (
    FACTS,
    Match,
    Use,
    count,
    facts_for,
    judge,
    read_mail,
    scorecard,
    seed_by_seed,
)
from experiments.facts import estimators as e
from experiments.facts import measuring as m
from experiments.facts import replies as r
from experiments.facts.declared import about, near
from experiments.facts.mail import replies_in, working_hours
from experiments.facts.observation import (
    BURN_IN,
    HALF_YEAR,
    History,
    Observation,
    Replies,
    Talks,
    in_private,
    lasting,
    willing_to_talk,
    without_visits,
)
from experiments.facts.page import PAGE, renew
from experiments.facts.scorecard import seeds_to_decide, together
from experiments.facts.worlds import mean_willingness
from experiments.statistics import Interval
from sim import kernel
from sim.engine import Engine
from sim.organization import Organization, read
from sim.parameters import coefficients
from sim.scenario import load
from sim.spiral.voice import whole_ledger
from sim.state import BELIEF, ISSUE, MEMBER, MESSAGE, OCCASION, POSITION, TICKS_PER_DAY, Clock, Column
from sim.terms import Choice, Form, IssueKind, Kind, Luck, Moment, Motive, Orientation, Response, Role, Strategy

REAL = Path(__file__).resolve().parents[2] / "shared" / "data" / "manufacturing"
real_data = pytest.mark.skipif(
    not REAL.is_dir(), reason="the real company's files are not here (doi:10.7910/DVN/6Z3CGX)"
)
DAY = 8


# ---------------------------------------------------------------- tables made by hand


def _table(record: np.dtype, rows: list[dict[str, Any]], /, **otherwise: Any) -> Any:
    table = np.zeros(len(rows), record).view(np.recarray)
    for number, row in enumerate(rows):
        for name, value in (otherwise | row).items():
            table[number][name] = value
    return table


def occasions(*rows: dict[str, Any]) -> Any:
    """Wishes: critical concerns of high concern, withheld, unless a row says otherwise."""
    plain = {"criticality": 0.5, "concern": 0.8, "strategy": Strategy.withhold, "kind": Kind.concern, "form": Form.post}
    return _table(OCCASION, list(rows), **plain, message=-1, motive=Motive.none)


def messages(*rows: dict[str, Any]) -> Any:
    """Posts of one's own strategy `plain`, unless a row says otherwise; `thread` and first replies follow."""
    plain = {"parent": -1, "first_reply": -1, "strategy": Strategy.plain, "orientation": Orientation.none}
    table = _table(MESSAGE, list(rows), **plain)
    for number, row in enumerate(table):
        row["thread"] = number if row["parent"] < 0 else table["thread"][row["parent"]]
        if row["parent"] >= 0:
            above = table[row["parent"]]
            table["comments"][row["thread"]] += 1
            if above["first_reply"] < 0:
                table["first_reply"][row["parent"]] = row["tick"]
    return table


def trial(
    members: int = 4,
    days: int = 60,
    wishes: Any = None,
    said: Any = None,
    talks: Talks | None = None,
    organization: Any = None,
    **columns: Any,
) -> Any:
    """A trial whose run, half year and unused arena are one and the same hand-made world."""
    said = messages() if said is None else said
    clock = np.zeros(len(Clock), np.int64)
    clock[Clock.tick], clock[Clock.messages] = days * DAY, len(said)
    world = SimpleNamespace(
        members=_table(MEMBER, [{}] * members, manager=0, visits=1),
        beliefs=_table(BELIEF, [{}] * members),
        start=_table(BELIEF, [{}] * members),
        positions=np.zeros((members, 2), POSITION).view(np.recarray),
        issues=_table(ISSUE, [{"kind": IssueKind.concern}, {"kind": IssueKind.knowledge}]),
        messages=said,
        daily=np.zeros((days, 1, len(Column))),
        clock=clock,
    )
    world.members["manager"][0] = -1
    for name, values in columns.items():
        table, _, field = name.partition("__")
        getattr(world, table)[field] = values
    run = History(world, organization, occasions() if wishes is None else wishes)  # type: ignore[arg-type]
    return SimpleNamespace(run=run, half_year=run, unused=run, talks=talks)


# ---------------------------------------------------------------- small tools


def test_equal_amounts_have_no_inequality_and_one_owner_has_nearly_all_of_it():
    assert e.gini([3, 3, 3, 3]) == pytest.approx(0.0)
    assert e.gini([0, 0, 0, 8]) == pytest.approx(0.75)
    assert math.isnan(e.gini([0, 0]))


@given(st.lists(st.integers(0, 50), min_size=1, max_size=60))
def test_gini_is_half_the_mean_difference_of_pairs_over_the_mean(amounts):
    values = np.array(amounts, float)
    if values.sum() == 0:
        return
    expected = np.abs(values[:, None] - values).mean() / (2.0 * values.mean())
    assert e.gini(amounts) == pytest.approx(expected)


def test_the_share_of_the_top_counts_part_of_a_member_in_part():
    assert e.share_of_top([1, 4, 3, 2], 0.25) == pytest.approx(0.4)
    assert e.share_of_top([1, 4, 3, 2], 0.375) == pytest.approx(0.55)
    assert e.share_of_top([1, 4, 3, 2], 1.0) == pytest.approx(1.0)


def test_each_member_and_issue_counts_once_however_many_wishes_there_were():
    member, issue = np.array([1, 1, 1, 2]), np.array([0, 0, 0, 0])
    assert e.each_pair_once(member, issue, np.array([1.0, 1.0, 1.0, 0.0])) == pytest.approx(0.5)
    assert e.each_pair_once(member, np.array([0, 0, 1, 0]), np.array([1.0, 1.0, 0.0, 0.0])) == pytest.approx(1 / 3)


def test_a_regression_finds_the_slopes_that_made_the_numbers():
    luck = np.random.default_rng(1)
    one, other = luck.normal(size=(2, 4000))
    assert e.slopes(3.0 + 0.5 * one - 2.0 * other, [one, other]) == pytest.approx([0.5, -2.0])
    counts = luck.poisson(np.exp(0.2 + 0.4 * one - 0.3 * other))
    assert e.log_slopes(counts, [one, other]) == pytest.approx([0.4, -0.3], abs=0.05)


def test_a_regression_on_what_does_not_vary_says_nothing():
    assert np.isnan(e.slopes(np.arange(9.0), [np.ones(9)])).all()
    assert np.isnan(e.log_slopes(np.zeros(9), [np.arange(9.0)])).all()


# ---------------------------------------------------------------- silence


SILENCES = occasions(
    {"member": 0, "motive": Motive.defensive, "motive_defensive": 0.6, "motive_acquiescent": 0.4},
    {"member": 0, "motive": Motive.defensive, "motive_defensive": 0.6, "motive_acquiescent": 0.4},
    {"member": 1, "motive": Motive.acquiescent, "motive_defensive": 0.3, "motive_acquiescent": 0.7},
    {"member": 2, "strategy": Strategy.rephrase},
    {"member": 3, "concern": 0.2, "motive": Motive.prosocial, "motive_prosocial": 1.0},
    {"member": 2, "criticality": 0.0},  # no critique
    {"member": 2, "kind": Kind.question},  # a question
)


def test_f1_counts_coworkers_with_an_important_concern_once():
    assert m.unable_to_raise(trial(wishes=SILENCES)) == pytest.approx(2 / 3)


def test_f1_leaves_leaders_out():
    world = trial(wishes=SILENCES, members__role=[Role.line_manager, 0, 0, 0])
    assert m.unable_to_raise(world) == pytest.approx(1 / 2)


def test_f2_weighs_each_member_and_issue_once():
    world = trial(wishes=SILENCES)
    assert m.futility(world) == pytest.approx((0.4 + 0.7 + 0.0) / 3)
    assert m.lead_of_fear(world) == pytest.approx((0.6 + 0.3) / 3 - (0.4 + 0.7) / 3)


def test_f4_counts_who_was_silent_mainly_from_fear():
    assert m.silent_from_fear(trial(wishes=SILENCES)) == pytest.approx(1 / 4)


def test_f5_looks_at_twelve_workdays_at_a_time():
    wishes = occasions(
        {"member": 0, "tick": 0}, {"member": 1, "tick": 1, "strategy": Strategy.plain}, {"member": 0, "tick": 12 * DAY}
    )
    said = messages({"author": 2, "tick": 3}, {"author": 3, "tick": 12 * DAY})
    assert m.abandoned_a_draft(trial(days=24, wishes=wishes, said=said)) == pytest.approx((1 / 3 + 1 / 2) / 2)


def test_f6_counts_comments_that_needed_no_weighing_as_wished():
    wishes = occasions(
        {"member": 0}, {"member": 1, "strategy": Strategy.plain}, {"member": 2, "form": Form.comment, "issue": 1}
    )
    said = messages({"author": 0}, *({"author": n, "parent": 0, "strategy": Strategy.none} for n in (1, 2, 3)))
    assert m.posts_over_comments_abandoned(trial(wishes=wishes, said=said)) == pytest.approx((1 / 2) / (1 / 4))


def test_f6_leaves_formal_answers_of_leaders_out():
    wishes = occasions({"member": 0}, {"member": 2, "form": Form.comment})
    answer = {"author": 1, "parent": 0, "strategy": Strategy.none, "treatment": Response.supportive}
    assert m.posts_over_comments_abandoned(trial(wishes=wishes, said=messages({}, answer))) == pytest.approx(1.0)


def test_f8_is_the_ratio_of_the_mean_chances():
    talks = Talks(np.array([0, 1]), np.array([0, 0]), np.array([0.2, 0.4]), np.array([0.9, 0.6]))
    assert m.private_over_arena(trial(talks=talks)) == pytest.approx(0.75 / 0.3)


def test_in_private_no_superior_hears_it_and_nothing_stays(small):
    moment = Moment(*[0.5] * len(Moment._fields))
    private = in_private(moment, 100)
    assert (private.manager_reads, private.executives_read, private.persistence) == (0.0, 0.0, 0.0)
    assert private.audience == 0.01
    assert private.stance == moment.stance
    assert private.safety_executives == moment.safety_executives
    engine = Engine(small)
    appraisal = kernel.appraise(private._replace(criticality=1.0), engine.coefficients)
    assert appraisal.threat_manager == appraisal.threat_executives == 0.0


def test_in_a_talk_the_ways_that_are_talks_are_no_alternatives(small):
    """Closing these ways by their costs gives the same chance as taking them out of the logit."""
    dear = small.with_({"voice.other_channel_cost": 10.0, "voice.second_opinion_cost": 10.0, "voice.efficacy": 0.0})
    luck = Luck(*[0.0] * len(Luck._fields))
    moment = in_private(Moment(*[0.5] * len(Moment._fields)), 100)._replace(is_comment=0.0, others_know=0.0)
    cheap = Choice(*kernel.speak(moment, coefficients(dear.parameters), luck))
    assert cheap.other_channel + cheap.second_opinion < 1e-4
    open_ways = dear.with_({"voice.other_channel_cost": 1.2, "voice.second_opinion_cost": 1.6})
    choice = Choice(*kernel.speak(moment, coefficients(open_ways.parameters), luck))
    assert choice.other_channel > 0.05
    assert willing_to_talk(choice, coefficients(open_ways.parameters)) == pytest.approx(cheap.p_spoken, abs=1e-3)


def test_the_talks_are_the_critical_wishes_of_the_first_days(lively):
    heard = Observation(lively, 1)
    ledger = heard.run.ledger
    critique = ledger[(ledger["criticality"] > 0.0) & (ledger["kind"] != Kind.question)]
    assert len(critique) > 50
    assert np.array_equal(heard.talks.arena, critique["p_spoken"])
    assert np.array_equal(heard.talks.member, critique["member"])


# ---------------------------------------------------------------- beliefs


def test_f12_correlates_teams_not_members():
    """Two teams of three under open and closed managers: safety follows exactly."""
    manager = [-1, 0, 0, 0, 1, 1, 1, 2, 2, 2]
    leaning = [0.0, 1.0, -1.0, *[0.0] * 7]
    safety = np.array([0.0, 0.5, 0.5, 0.5, 0.8, 0.9, 1.0, 0.0, 0.1, 0.2])
    world = trial(
        10,
        members__manager=manager,
        members__openness_leaning=leaning,
        beliefs__safety_line_manager=safety,
        start__safety_line_manager=1.0 - safety,
    )
    assert m.openness_and_safety(world) == pytest.approx(1.0)
    assert m.openness_and_safety_rise(world) == pytest.approx(2.0)


def test_f13_correlates_over_members():
    safety = np.array([0.1, 0.2, 0.3, 0.4])
    world = trial(
        beliefs__safety_line_manager=safety, beliefs__safety_executives=safety, beliefs__engagement=1.0 - safety
    )
    assert m.safety_and_engagement(world) == pytest.approx(-1.0)


def test_f13b_counts_messages_of_those_who_visit():
    safety = np.array([0.1, 0.2, 0.3, 0.9])
    world = trial(
        beliefs__safety_line_manager=safety,
        beliefs__safety_executives=safety,
        members__posts=np.round(np.expm1([0, 1, 2, 0])),
        members__visits=[1, 1, 1, 0],
    )
    assert m.safety_and_sharing(world) > 0.95


def test_f15_and_f33_read_the_start():
    world = trial(
        6,
        members__level=[0, 1, 1, 2, 2, 2],
        start__safety_line_manager=[0.9, 0.9, 0.4, 0.4, 0.4, 0.4],
        start__safety_executives=[0.9, 0.9, 0.4, 0.4, 0.4, 0.4],
        start__engagement=[0.1, 0.2, 0.5, 0.5, 0.5, 0.9],
    )
    assert m.feels_safe_at_the_base(world) == 0.0
    assert m.feels_safe_a_level_up(world) == pytest.approx(0.5)
    assert m.engaged(world) == pytest.approx(1 / 6)
    assert m.actively_disengaged(world) == pytest.approx(2 / 6)


def test_f7_divides_the_imagined_by_the_true_audience():
    world = trial(start__imagined_audience_size=0.05)
    world.run.world.daily[:, 0, Column.views_share] = 0.4
    world.run.world.daily[:, 0, Column.matured] = 2.0
    assert m.imagined_over_true_audience(world) == pytest.approx(0.25)


CRITIQUE = messages(
    {"author": 0, "criticality": 0.5, "kind": Kind.concern, "leader_response": Response.sanction},
    {"author": 1, "criticality": 0.5, "kind": Kind.concern, "leader_response": Response.supportive},
    {"author": 1, "criticality": 0.5, "kind": Kind.concern},
    {"author": 1, "criticality": 0.5, "kind": Kind.concern},
    {"author": 1, "criticality": 0.5, "kind": Kind.question, "leader_response": Response.sanction},
    {"author": 2, "criticality": 0.5, "author_role": Role.executive, "leader_response": Response.dismissive},
    {"author": 2, "criticality": 0.0, "leader_response": Response.dismissive},
)


def test_f32_and_s4_look_at_the_critique_of_coworkers():
    world = trial(said=CRITIQUE)
    assert m.rebuked(world) == pytest.approx(1 / 4)
    assert m.answered_by_leaders(world) == pytest.approx(2 / 4)
    assert m.unsupportive(world) == pytest.approx(1 / 2)


# ---------------------------------------------------------------- participation


def test_f16_tells_visitors_readers_and_those_who_react():
    world = trial(
        5, members__visits=[0, 3, 3, 3, 3], members__posts=[0, 1, 0, 0, 0], members__likes_given=[0, 0, 1, 0, 0]
    )
    assert m.visited(world) == pytest.approx(4 / 5)
    assert m.only_read(world) == pytest.approx(2 / 5)


def test_f18_and_f19_count_messages_but_not_formal_answers():
    said = messages(*({"author": 0} for _ in range(6)), {"author": 1}, {"author": 2, "treatment": Response.supportive})
    world = trial(said=said)
    written = m.written_by_each(world.run)
    assert written.tolist() == [6, 1, 0, 0]
    assert m.contributors(world) == pytest.approx(2 / 4)
    assert m.written_by_top_percent(world) == pytest.approx(0.04 * 6 / 7)
    assert m.written_by_top_fifth(written) == pytest.approx(0.4 * 6 / 7)
    assert m.gini_of_contributors(written) == pytest.approx(e.gini([6, 1]))
    assert m.gini_of_members(world) == pytest.approx(e.gini([6, 1, 0, 0]))


THREADS = messages(
    {"author": 0, "tick": 0, "likes": 6},
    {"author": 1, "tick": 0},
    {"author": 1, "tick": 3, "parent": 0},
    {"author": 2, "tick": 9, "parent": 0},
    {"author": 2, "tick": 30, "parent": 2},
    {"author": 3, "tick": 59 * DAY},
)


def test_f21_and_s1_and_s2_count_posts_comments_and_likes():
    world = trial(said=THREADS)
    assert m.comments_a_post(world) == pytest.approx(3 / 3)
    assert m.likes_a_comment(world) == pytest.approx(6 / 3)
    assert m.posts_of_active(world) == pytest.approx(3 / 3 / 4)


def test_f23_leaves_posts_of_the_last_days_out():
    assert m.posts_without_reply(trial(said=THREADS)) == pytest.approx(1 / 2)


def test_s3_is_the_median_of_those_who_visited():
    assert m.visits_of_median(trial(days=10, members__visits=[0, 2, 4, 9])) == pytest.approx(0.4)


def test_f24_compares_authors_who_were_replied_to_with_those_who_were_not():
    said = messages(
        {"author": 0, "tick": 0},
        {"author": 1, "tick": 0},
        {"author": 2, "tick": 0},
        {"author": 3, "tick": 5, "parent": 0},
        {"author": 0, "tick": 40},  # the one who was replied to posts again
        {"author": 1, "tick": 20 * DAY + 1},  # too late
        {"author": 3, "tick": 55 * DAY},  # no month left
    )
    assert m.lift_of_a_reply(trial(said=said)) == pytest.approx(1.0)
    assert math.isnan(m.lift_of_a_reply(trial(said=THREADS[:1])))


# ---------------------------------------------------------------- what goes with what


def _weeks_of(*weeks: tuple[int, int], parent: int = -1) -> list[dict[str, Any]]:
    """One message for each (author, week)."""
    return [{"author": author, "tick": week * 5 * DAY, "parent": parent} for author, week in weeks]


def test_f26a_finds_that_comments_received_bring_messages():
    """Members 1 to 20 write in week 0; the first ten are commented on, and they alone write again."""
    authors = range(1, 21)
    first = _weeks_of(*((a, 0) for a in authors))
    comments = [{"author": 0, "tick": 1, "parent": a - 1} for a in range(1, 11)]
    again = _weeks_of(*((a, 4) for a in range(1, 11)))
    assert m.comments_bring_messages(trial(21, days=25, said=messages(*first, *comments, *again))) > 0.5
    others = _weeks_of(*((a, 4) for a in range(11, 21)))
    assert m.comments_bring_messages(trial(21, days=25, said=messages(*first, *comments, *others))) < -0.5


@pytest.mark.parametrize(("followers", "by_manager", "by_peer"), [((2, 3), 1, 0), ((7, 8), 0, 1)])
def test_f26bc_tell_the_manager_from_the_peers(followers, by_manager, by_peer):
    """Team 2, 3, 4 has a manager who writes; in team 6, 7, 8 a peer writes; in team 10, 11, 12 nobody does."""
    manager = [-1, 0, 1, 1, 1, 0, 5, 5, 5, 0, 9, 9, 9]
    said = messages(*_weeks_of((1, 0), (6, 0), *((f, 4) for f in followers)))
    world = trial(13, days=25, said=said, members__manager=manager)
    assert (m.managers_bring_starters(world) > 0.1) == bool(by_manager)
    assert (m.peers_bring_starters(world) > 0.1) == bool(by_peer)


def test_f26_needs_weeks_to_look_back_on():
    assert math.isnan(m.comments_bring_messages(trial(days=20, said=THREADS)))
    assert math.isnan(m.peers_bring_starters(trial(days=20, said=THREADS)))


def test_f27_finds_rank_and_activity_apart():
    """Rank 1 (members 0, 1) gets twice the responses of rank 0; the active get what the others get."""
    said: list[dict[str, Any]] = []
    for author, written in ((0, 2), (1, 8), (2, 2), (3, 8)):
        said += [{"author": author} for _ in range(written)]
    replies = []
    for number, post in enumerate(said):
        replies += [{"author": 4, "parent": number, "treatment": Response.supportive}] * (
            2 if post["author"] < 2 else 1
        )
    world = trial(5, said=messages(*said, *replies), members__level=[0, 0, 1, 1, 1])
    assert m.rank_brings_responses(world) == pytest.approx(math.log(2.0), abs=1e-6)
    assert m.activity_brings_responses(world) == pytest.approx(0.0, abs=1e-6)


# ---------------------------------------------------------------- replies and distance


def test_replies_of_a_run_keep_the_first_answer_and_leave_self_answers_out():
    said = messages(
        {"author": 0, "tick": 2},
        {"author": 1, "tick": 5, "parent": 0},
        {"author": 2, "tick": 9, "parent": 0},
        {"author": 1, "tick": 9, "parent": 1},
    )
    replies = trial(said=said).run.replies
    assert replies.one.tolist() == [1, 2]
    assert replies.other.tolist() == [0, 0]
    assert replies.hours[0] == 3.0
    assert math.isnan(replies.hours[1])


def _replies(hours: Any) -> Replies:
    return Replies(np.zeros(len(hours), np.int64), np.zeros(len(hours), np.int64), np.asarray(hours, float))


def test_f29_counts_first_replies_within_eight_hours():
    assert r.within_a_day(_replies([1, 8, 9, math.nan]), None) == pytest.approx(2 / 3)


@given(st.floats(0.8, 3.0))
def test_f29_finds_the_exponent_of_a_power_law(exponent):
    hours = np.arange(1, 4001) / 4000.0
    assert r.tail_exponent(_replies(hours ** (-1.0 / exponent)), None) == pytest.approx(exponent, rel=0.05)


def _organization(small: Any) -> Organization:
    return Engine(small).organization


def test_distance_is_one_step_to_the_manager_and_to_those_who_share_one():
    #            0
    #        1       2
    #      3   4     5
    organization = SimpleNamespace(manager=np.array([-1, 0, 0, 1, 1, 2]), level=np.array([0, 1, 1, 2, 2, 2]))
    one, other = np.array([3, 3, 3, 3, 3, 0, 4]), np.array([1, 4, 0, 2, 5, 3, 4])
    assert r.hierarchical_distance(organization, one, other).tolist() == [1, 1, 2, 2, 3, 2, 0]


def test_distance_is_the_same_both_ways_and_obeys_the_triangle(small):
    organization = _organization(small)
    luck = np.random.default_rng(3)
    a, b, c = luck.integers(0, organization.members, (3, 300))
    ab, bc, ac = (r.hierarchical_distance(organization, *pair) for pair in ((a, b), (b, c), (a, c)))
    assert np.array_equal(ab, r.hierarchical_distance(organization, b, a))
    assert (ac <= ab + bc).all()
    assert ((ab == 0) == (a == b)).all()


def test_f34_finds_the_rate_at_which_answers_were_made_to_fall(small):
    organization = _organization(small)
    one, other = np.triu_indices(organization.members, 1)
    apart = r.hierarchical_distance(organization, one, other)
    times = np.rint(400.0 * np.exp(-0.7 * apart)).astype(int)
    replies = Replies(np.repeat(one, times), np.repeat(other, times), np.zeros(int(times.sum())))
    assert r.decay_with_distance(replies, organization) == pytest.approx(0.7, abs=0.02)


# ---------------------------------------------------------------- metaknowledge


def test_f31_is_growth_relative_to_the_start():
    world = trial(start__knows_whom=0.2, beliefs__knows_whom=0.3)
    world.run.world.positions["start_knows_what"] = 0.4
    world.run.world.positions["knows_what"][:, 1] = 0.5  # the topic of knowledge
    assert m.learned_who_knows_whom(world) == pytest.approx(0.5)
    assert m.learned_who_knows_what(world) == pytest.approx(0.25)
    assert m.learned_without_arena(world) == pytest.approx(0.5)


def test_nobody_visits_an_unused_arena(small):
    engine = Engine(without_visits(small))
    engine.advance(engine.ticks)
    assert engine.world.members["visits"].sum() == 0


def test_a_longer_and_a_shorter_run_are_asked_for_by_days(small):
    assert lasting(small, 15) is small
    assert lasting(small, 4).parameters.days == 4
    assert lasting(small, 40).parameters.days == 40


# ---------------------------------------------------------------- judging


NUMBERS = st.floats(-10.0, 10.0)


@st.composite
def intervals(draw: Any) -> Interval:
    low, mean, high = sorted(draw(st.tuples(NUMBERS, NUMBERS, NUMBERS)))
    return Interval(mean, low, high, 5)


@given(intervals(), st.tuples(NUMBERS, NUMBERS).map(sorted))
def test_an_interval_is_matched_inside_missed_outside_and_undecided_astride(interval, bounds):
    low, high = bounds
    inside = low <= interval.low and interval.high <= high
    apart = interval.high < low or interval.low > high
    expected = Match.matched if inside else Match.missed if apart else Match.undecided
    assert judge(interval, low, high) == expected


@given(intervals(), st.tuples(NUMBERS, NUMBERS).map(sorted), st.floats(0.0, 5.0))
def test_a_wider_range_never_unmatches_and_never_makes_a_miss(interval, bounds, more):
    low, high = bounds
    before, after = judge(interval, low, high), judge(interval, low - more, high + more)
    assert before != Match.matched or after == Match.matched
    assert after != Match.missed or before == Match.missed


def test_one_seed_or_none_decides_nothing():
    assert judge(Interval(0.5, -math.inf, math.inf, 1), 0.0, 1.0) == Match.undecided
    assert judge(Interval(math.nan, -math.inf, math.inf, 0), -math.inf, math.inf) == Match.undecided


def test_a_fact_is_matched_only_if_all_of_its_parts_are():
    matched, missed, undecided = Match
    assert together([matched, matched]) == Match.matched
    assert together([matched, undecided]) == Match.undecided
    assert together([matched, undecided, missed]) == Match.missed


def test_the_seeds_that_would_decide_do_decide_if_mean_and_spread_stay():
    straddling = Interval(0.45, 0.35, 0.55, 10)
    wanted = seeds_to_decide(straddling, 0.4, 0.9)
    assert wanted is not None
    narrower = 0.1 * math.sqrt(10 / wanted)
    assert judge(Interval(0.45, 0.45 - narrower, 0.45 + narrower, wanted), 0.4, 0.9) == Match.matched
    assert seeds_to_decide(Interval(0.4, 0.3, 0.5, 10), 0.4, 0.9) is None


@given(st.floats(0.01, 0.99))
def test_the_range_of_a_share_without_a_spread_stays_within_0_and_1(share):
    low, high = about(share)
    assert 0.0 < low < share < high < 1.0
    assert near(share)[0] < share < near(share)[1]


# ---------------------------------------------------------------- the declarations


def test_every_fact_is_declared_whole():
    for fact in FACTS.values():
        assert fact.statement
        assert fact.source
        assert fact.why.endswith(".")
        assert all(part.low < part.high and part.id.startswith(fact.id[:3].rstrip("ab")) for part in fact.parts)
    ids = [part.id for fact in FACTS.values() for part in fact.parts]
    assert len(set(ids)) == len(ids)


def test_thirteen_facts_are_held_against():
    assert len(facts_for(Use.test)) == 13


def test_every_fact_is_measured_in_an_ordinary_run(lively):
    facts = facts_for(*Use)
    values = next(iter(seed_by_seed(lively.with_({"days": 30}), [1], facts, workers=1)))
    unknown = {name for name, value in values.items() if math.isnan(value)}
    assert unknown <= {"F13b", "F26b", "F26c"}  # everyone writes there, so nobody starts


def test_the_scorecard_is_the_same_for_the_same_seeds(lively):
    facts = [FACTS["F4"], FACTS["F21"]]
    one, other = (list(seed_by_seed(lively, [3, 4], facts, workers=1)) for _ in range(2))
    assert one == other
    assert scorecard(one, facts) == scorecard(other, facts)


def test_facts_are_counted_by_use_and_verdict():
    facts = [FACTS["F4"], FACTS["F21"], FACTS["F23"]]
    values = [{"F4": 0.4 + 0.01 * n, "F21": 9.0 + 0.01 * n, "F23": 0.4 + 0.2 * n} for n in range(3)]
    counted = count(scorecard(values, facts), Use.test)
    assert counted == {Match.matched: 1, Match.missed: 1, Match.undecided: 1}


# ---------------------------------------------------------------- real e-mail


def test_working_hours_stop_at_night_and_at_weekends():
    friday, monday = datetime(2010, 1, 8, 16, 30), datetime(2010, 1, 11, 8, 0)
    assert working_hours(monday) - working_hours(friday) == pytest.approx(0.0)
    assert working_hours(datetime(2010, 1, 11, 10, 30)) - working_hours(monday) == pytest.approx(2.5)
    assert working_hours(datetime(2010, 1, 12, 8)) - working_hours(monday) == pytest.approx(8.0)


def test_a_reply_answers_the_last_message_that_waits():
    hours, one, other = np.array([0.0, 1.0, 3.0, 4.0, 9.0]), np.array([0, 0, 1, 1, 0]), np.array([1, 1, 0, 0, 1])
    replies = replies_in(hours, one, other)
    assert replies.one.tolist() == [1, 0]
    assert replies.hours.tolist() == [2.0, 5.0]


def test_a_file_without_times_gives_no_column(tmp_path, small):
    organization = _organization(small)
    ties = tmp_path / "ties.csv"
    ties.write_text("from,to\nm0,m1\nm1,m0\n")
    assert read_mail(ties, organization) is None
    ties.write_text(
        "from,to,at\nm0,m1,2024-01-08 09:00\nm1,m0,2024-01-08 11:00\nm1,nobody,2024-01-08 11:00\nm0,m1,soon\n"
    )
    mail = read_mail(ties, organization)
    assert mail is not None
    assert mail.replies.hours.tolist() == [2.0]
    assert mail.written.sum() == 2


@real_data
def test_a_real_company_shows_fast_replies_with_a_long_tail_and_a_decay_with_distance():
    organization, _ = read(REAL / "reportsto.csv", ties=REAL / "communication.csv", repair=True)
    mail = read_mail(REAL / "communication.csv", organization)
    assert mail is not None
    assert 0.6 < r.within_a_day(mail.replies, organization) < 0.95
    assert r.tail_exponent(mail.replies, organization) < 3.0
    assert 0.3 < r.decay_with_distance(mail.replies, organization) < 1.2


# ---------------------------------------------------------------- the command


def ism(*arguments: str) -> Any:
    return CliRunner().invoke(main, ["facts", *arguments])


SMALL = ("--members", "80", "--set", "days=25", "--seeds", "2")


def test_the_command_prints_every_part_and_how_many_test_facts_are_matched():
    done = ism("baseline", *SMALL)
    assert done.exit_code == 0
    assert "of 13 test facts matched" in done.stdout
    for fact in FACTS.values():
        for part in fact.parts:
            assert f"\n{part.id}" in done.stdout
    assert "F1*" in done.stdout  # a proxy is marked


def test_json_is_one_object_with_every_fact_and_no_other_word():
    done = ism("baseline", *SMALL, "--json")
    found = json.loads(done.stdout)
    assert [fact["id"] for fact in found["facts"]] == [fact.id for fact in facts_for(*Use)]
    assert sum(found["test"].values()) == 13
    first = found["facts"][0]["parts"][0]
    assert first["seeds"] <= 2
    assert first["range"] == [0.7, 0.95]


def test_rival_theories_each_get_a_line():
    done = ism("baseline", *SMALL, "--rules", "all")
    assert done.exit_code == 0
    assert len([line for line in done.stdout.splitlines() if "test facts matched" in line]) == 6
    assert ism("baseline", *SMALL, "--rules", "no_fear").exit_code == 0


@pytest.mark.parametrize("wrong", [("nowhere",), ("baseline", "--ties", "x.csv"), ("baseline", "--rules", "nothing")])
def test_what_cannot_be_is_refused_with_exit_code_2(wrong):
    done = ism(*wrong)
    assert done.exit_code == 2
    assert "Traceback" not in done.output


def test_ctrl_c_keeps_the_seeds_that_are_finished(monkeypatch):
    def interrupted(*arguments: Any, **named: Any) -> Any:
        yield {part.id: 0.5 for fact in FACTS.values() for part in fact.parts}
        raise KeyboardInterrupt

    monkeypatch.setattr(facts_command, "seed_by_seed", interrupted)
    done = ism("baseline", "--seeds", "5", "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["facts"][0]["parts"][0]["seeds"] == 1
    assert "the seeds finished are counted" in done.stderr


@real_data
def test_a_column_of_real_data_comes_with_a_file_of_times():
    files = ("--org", str(REAL / "reportsto.csv"), "--ties", str(REAL / "communication.csv"), "--repair")
    done = ism("baseline", "--set", "days=25", "--seeds", "2", "--json", *files)
    parts = {part["id"]: part["real"] for fact in json.loads(done.stdout)["facts"] for part in fact["parts"]}
    assert parts["F34"] == pytest.approx(0.56, abs=0.02)
    assert parts["F1"] is None


def test_the_page_shows_the_facts_as_they_are_declared():
    page = PAGE.read_text("utf-8")
    assert renew(page) == page


# ---------------------------------------------------------------- one way, looked at


@pytest.mark.parametrize("days", [6, 30])
def test_runs_that_share_their_first_days_are_what_they_are_alone(days):
    scenario = load("baseline").with_({"organization.members": 60, "days": days})
    observed = Observation(scenario, 2)
    for history, alone in ((observed.run, scenario), (observed.half_year, lasting(scenario, HALF_YEAR))):
        engine = Engine(alone, None, 2)
        engine.advance(engine.ticks)
        assert history.days == alone.parameters.days
        assert history.messages.tobytes() == engine.world.messages[: len(history.messages)].tobytes()
        assert history.ledger.tobytes() == whole_ledger(engine).tobytes()
        assert history.world.beliefs.tobytes() == engine.world.beliefs.tobytes()
        assert np.array_equal(history.world.daily[:days], engine.world.daily[:days])


def test_a_trend_is_the_change_of_willingness_after_the_burn_in():
    scenario = load("baseline").with_({"organization.members": 60, "days": 30})
    engine = Engine(scenario, None, 2)
    engine.advance(BURN_IN * TICKS_PER_DAY)
    before = mean_willingness(engine)
    engine.advance(engine.ticks)
    assert Observation(scenario, 2).trend == pytest.approx(mean_willingness(engine) - before)
    assert math.isnan(Observation(scenario.with_({"days": 20}), 2).trend)
