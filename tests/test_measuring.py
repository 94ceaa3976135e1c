"""Claims about how facts are measured: what each measure says of worlds that were made by hand."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.facts import Observation
from experiments.facts import estimators as e
from experiments.facts import replies as r
from experiments.facts.measuring import activity, beliefs, conversation, knowledge, participation, reach, silence
from experiments.facts.measuring import first_edition as old
from experiments.facts.observation import (
    Replies,
    Talks,
    in_private,
    lasting,
    willing_to_talk,
    without_visits,
)
from sim import kernel
from sim.engine import Engine
from sim.organization import Organization
from sim.parameters import coefficients
from sim.state import Column
from sim.terms import Choice, Form, Kind, Luck, Moment, Motive, Orientation, Response, Role, Scope, Strategy
from tests.hand_made import DAY, messages, occasions, trial

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


AFRAID = {
    "member": 0,
    "motive": Motive.defensive,
    "motive_defensive": 0.6,
    "motive_acquiescent": 0.2,
    "motive_disengaged": 0.2,
}
SILENCES = occasions(
    {
        "member": 0,
        "motive": Motive.defensive,
        "motive_defensive": 0.6,
        "motive_acquiescent": 0.2,
        "motive_disengaged": 0.2,
    },
    {
        "member": 0,
        "motive": Motive.defensive,
        "motive_defensive": 0.6,
        "motive_acquiescent": 0.2,
        "motive_disengaged": 0.2,
    },
    {"member": 1, "motive": Motive.acquiescent, "motive_defensive": 0.3, "motive_acquiescent": 0.7},
    {"member": 2, "strategy": Strategy.rephrase},
    {"member": 3, "concern": 0.2, "motive": Motive.prosocial, "motive_prosocial": 1.0},
    {"member": 2, "criticality": 0.0},  # no critique
    {"member": 2, "kind": Kind.question},  # a question
)


def test_f1_counts_coworkers_with_an_important_concern_once():
    assert silence.unable_to_raise(trial(wishes=SILENCES)) == pytest.approx(2 / 3)


def test_f1_leaves_leaders_out():
    world = trial(wishes=SILENCES, members__role=[Role.line_manager, 0, 0, 0])
    assert silence.unable_to_raise(world) == pytest.approx(1 / 2)


def test_f2_shares_out_what_was_named_of_concerns_that_matter():
    """Low concern is no reason, and the loyalty of member 3 kept back what mattered little."""
    world = trial(wishes=SILENCES)
    assert silence.mentions_of("defensive")(world) == pytest.approx(0.9 / 1.8)
    assert silence.mentions_of("acquiescent")(world) == pytest.approx(0.9 / 1.8)
    assert silence.mentions_of("diffident", "relational")(world) == 0.0
    assert silence.lead_of_image(world) == pytest.approx(-0.5)
    shares = [silence.mentions_of(motive)(world) for motive in silence.REASONS]
    assert sum(shares) == pytest.approx(1.0)
    assert math.isnan(silence.mentions_of("defensive")(trial()))


def test_f4_and_n1_count_all_motives_that_are_named():
    world = trial(wishes=SILENCES)
    assert silence.fear_among_silent()(world) == pytest.approx(2 / 2)
    assert silence.fear_among_silent(0.5)(world) == pytest.approx(1 / 2)
    assert silence.futility_over_fear()(world) == pytest.approx(2 / 2)
    assert silence.futility_over_fear(0.5)(world) == pytest.approx(1 / 1)
    assert math.isnan(silence.futility_over_fear(0.9)(world))


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(0.0, 1.0)), min_size=1, max_size=20))
def test_f4_falls_with_the_share_from_which_a_motive_is_named(silent):
    wishes = occasions(*({"member": member, "motive_defensive": share} for member, share in silent))
    shares = [silence.fear_among_silent(named)(trial(wishes=wishes)) for named in (0.0, 0.15, 0.2, 0.3)]
    assert shares[0] == 1.0
    assert shares == sorted(shares, reverse=True)


def test_n3_counts_who_spoke_here_or_elsewhere():
    wishes = occasions(
        {"member": 0},
        {"member": 0, "strategy": Strategy.rephrase},
        {"member": 1, "strategy": Strategy.other_channel},
        {"member": 2, "strategy": Strategy.postpone},
        {"member": 3, "strategy": Strategy.plain, "concern": 0.4},
    )
    assert silence.voiced_somewhere(trial(wishes=wishes)) == pytest.approx(2 / 3)


def test_n5_is_a_share_of_what_was_spoken():
    ways = (Strategy.anonymous, Strategy.plain, Strategy.rephrase, Strategy.narrow, Strategy.withhold)
    wishes = occasions(*({"strategy": way} for way in ways))
    assert silence.anonymous_of_spoken(trial(wishes=wishes)) == pytest.approx(1 / 4)


def test_f5_looks_at_twelve_workdays_at_a_time():
    wishes = occasions(
        {"member": 0, "tick": 0}, {"member": 1, "tick": 1, "strategy": Strategy.plain}, {"member": 0, "tick": 12 * DAY}
    )
    said = messages({"author": 2, "tick": 3}, {"author": 3, "tick": 12 * DAY})
    assert silence.abandoned_a_draft(trial(days=24, wishes=wishes, said=said)) == pytest.approx((1 / 3 + 1 / 2) / 2)


def test_f6_counts_comments_that_needed_no_weighing_as_wished():
    wishes = occasions(
        {"member": 0}, {"member": 1, "strategy": Strategy.plain}, {"member": 2, "form": Form.comment, "issue": 1}
    )
    said = messages({"author": 0}, *({"author": n, "parent": 0, "strategy": Strategy.none} for n in (1, 2, 3)))
    assert silence.posts_over_comments_abandoned(trial(wishes=wishes, said=said)) == pytest.approx((1 / 2) / (1 / 4))


def test_f6_leaves_formal_answers_of_leaders_out():
    wishes = occasions({"member": 0}, {"member": 2, "form": Form.comment})
    answer = {"author": 1, "parent": 0, "strategy": Strategy.none, "treatment": Response.supportive}
    assert silence.posts_over_comments_abandoned(trial(wishes=wishes, said=messages({}, answer))) == pytest.approx(1.0)


def test_f8_is_the_ratio_of_the_mean_chances():
    talks = Talks(np.array([0, 1]), np.array([0, 0]), np.array([0.2, 0.4]), np.array([0.9, 0.6]))
    assert silence.private_over_arena(trial(talks=talks)) == pytest.approx(0.75 / 0.3)


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
    assert beliefs.openness_and_safety_rise(world) == pytest.approx(2.0)


def test_f13_correlates_over_members():
    safety = np.array([0.1, 0.2, 0.3, 0.4])
    world = trial(
        beliefs__safety_line_manager=safety, beliefs__safety_executives=safety, beliefs__engagement=1.0 - safety
    )
    assert beliefs.safety_and_engagement(world) == pytest.approx(-1.0)


ANSWERED = messages(
    {"author": 1, "criticality": 0.5},
    {"author": 0, "parent": 0, "treatment": Response.supportive, "tick": 5},
    {"author": 2, "criticality": 0.5},
    {"author": 0, "parent": 2, "treatment": Response.sanction, "tick": 5},
    {"author": 3},
    {"author": 0, "parent": 4, "treatment": Response.supportive, "tick": 5},  # to what is not critical
)


def test_f12b_follows_what_each_member_saw_of_the_own_manager():
    """Members 1 and 2 wrote what was answered, 3 read both, 4 only praise, 5 the answers to another team."""
    safety = np.array([0.5, 0.9, 0.1, 0.5, 0.0, 0.9])
    world = trial(
        6,
        said=ANSWERED,
        read=[(3, 1), (3, 3), (4, 5), (5, 1), (5, 3)],
        members__manager=[-1, 0, 0, 0, 0, 4],
        members__last_visit=9,
        beliefs__safety_line_manager=safety,
    )
    assert beliefs.treatment_and_safety(world) == pytest.approx(1.0)
    world.run.world.beliefs["safety_line_manager"] = 1.0 - safety
    assert beliefs.treatment_and_safety(world) == pytest.approx(-1.0)


def test_f12b_counts_no_answer_that_its_author_never_came_back_to():
    world = trial(said=ANSWERED, members__last_visit=5, beliefs__safety_line_manager=[0.1, 0.2, 0.3, 0.4])
    assert math.isnan(beliefs.treatment_and_safety(world))


def test_f13b_is_about_readiness_and_has_the_count_beside_it():
    safety = np.array([0.1, 0.2, 0.3, 0.9])
    wishes = occasions(
        *({"member": member, "p_spoken": 0.1 * member + more} for member in (0, 1, 2) for more in (0.1, 0.3))
    )
    world = trial(
        wishes=wishes,
        beliefs__safety_line_manager=safety,
        beliefs__safety_executives=safety,
        members__posts=np.round(np.expm1([0, 1, 2, 0])),
        members__visits=[1, 1, 1, 0],
    )
    assert beliefs.safety_and_voicing(world) == pytest.approx(1.0)
    assert beliefs.safety_and_messages(world) > 0.95


def test_f15_reads_the_start():
    world = trial(
        6,
        members__level=[0, 1, 1, 2, 2, 2],
        start__safety_line_manager=[0.9, 0.9, 0.4, 0.4, 0.4, 0.4],
        start__safety_executives=[0.9, 0.9, 0.4, 0.4, 0.4, 0.4],
    )
    assert beliefs.feels_safe_at_the_base(world) == 0.0
    assert beliefs.feels_safe_a_level_up(world) == pytest.approx(0.5)


def test_f7_compares_medians_of_early_posts_for_everyone():
    everyone = {"scope": Scope.organization}
    said = messages(
        {"author": 0, "views": 4, **everyone},
        {"author": 1, "views": 5, **everyone},
        {"author": 2, "views": 10, **everyone},
        {"author": 3, "views": 1, "scope": Scope.team},
        {"author": 3, "views": 1, "kind": Kind.announcement, **everyone},
        {"author": 3, "views": 1, "parent": 0, **everyone},
        {"author": 3, "views": 1, "tick": 20 * DAY, **everyone},
    )
    world = trial(10, said=said, start__imagined_audience_size=[0.1, 0.2, 0.1, *[0.9] * 7])
    assert reach.guessed_over_real_readers(world) == pytest.approx(0.1 / 0.5)
    assert math.isnan(reach.guessed_over_real_readers(trial()))


def test_n10_counts_a_reader_of_two_posts_once_a_month():
    """Member 0 writes twice in the first month and once in the second; member 1 once. Who reads own posts is nobody."""
    said = messages(
        {"author": 0},
        {"author": 0, "tick": 8},
        {"author": 0, "tick": 20 * DAY},
        {"author": 1},
        {"author": 2, "parent": 0},
    )
    read = [(1, 0), (2, 0), (1, 1), (2, 1), (3, 1), (0, 1), (1, 2), (0, 3), (2, 3), (3, 4)]
    assert reach.reach_of_a_month(trial(said=said, read=read)) == pytest.approx(
        ((3 + 1 + 2) / 3) / ((2 + 3 + 1 + 2) / 4)
    )
    assert math.isnan(reach.reach_of_a_month(trial()))


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 59)), min_size=1, max_size=8), st.data())
def test_n10_lies_between_one_reach_and_that_of_all_posts_of_a_month_together(posts, data):
    said = messages(*({"author": author, "tick": day * DAY} for author, day in posts))
    pairs = st.tuples(st.integers(0, 5), st.integers(0, len(posts) - 1))
    read = data.draw(st.lists(pairs, min_size=1, max_size=30, unique=True))
    found = reach.reach_of_a_month(trial(6, said=said, read=read))
    assert math.isnan(found) or 0.0 < found <= len(posts)


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
    assert beliefs.rebuked(world) == pytest.approx(1 / 4)
    assert beliefs.answered_by_leaders(world) == pytest.approx(2 / 4)
    assert beliefs.unsupportive(world) == pytest.approx(1 / 2)


# ---------------------------------------------------------------- participation


def test_f16_tells_visitors_readers_and_those_who_react():
    world = trial(
        5, members__visits=[0, 3, 3, 3, 3], members__posts=[0, 1, 0, 0, 0], members__likes_given=[0, 0, 1, 0, 0]
    )
    assert participation.visited(world) == pytest.approx(4 / 5)
    assert participation.only_read(world) == pytest.approx(2 / 5)


def test_n11_and_n12_count_whoever_wrote_or_liked():
    world = trial(
        5, members__visits=[0, 3, 3, 3, 3], members__comments=[0, 1, 0, 0, 0], members__likes_given=[0, 0, 1, 0, 0]
    )
    assert participation.wrote_or_liked(world) == pytest.approx(2 / 5)
    assert participation.only_read_of_visitors(world) == pytest.approx(2 / 4)


def test_n22_and_n27_look_at_starters_and_at_those_who_wrote_once():
    said = messages({"author": 0}, {"author": 0}, {"author": 1}, {"author": 2, "parent": 0})
    world = trial(said=said, members__visits=[1, 1, 1, 1])
    assert participation.starters(world) == pytest.approx(2 / 4)
    assert participation.wrote_only_once(participation.written_by_each(world.run)) == pytest.approx(2 / 3)


def test_f18_and_f19_count_messages_but_not_formal_answers():
    said = messages(*({"author": 0} for _ in range(6)), {"author": 1}, {"author": 2, "treatment": Response.supportive})
    world = trial(said=said)
    written = participation.written_by_each(world.run)
    assert written.tolist() == [6, 1, 0, 0]
    assert participation.contributors(world) == pytest.approx(2 / 4)
    assert participation.written_by_top_percent(world) == pytest.approx(0.04 * 6 / 7)
    assert participation.written_by_top_fifth(written) == pytest.approx(0.4 * 6 / 7)
    assert participation.gini_of_contributors(written) == pytest.approx(e.gini([6, 1]))
    assert participation.gini_of_members(world) == pytest.approx(e.gini([6, 1, 0, 0]))


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
    assert conversation.comments_a_post(world) == pytest.approx(3 / 3)
    assert participation.likes_a_message(world) == pytest.approx(6 / 6)
    assert participation.messages_of_active(world) == pytest.approx(6 / 3 / 4)
    assert participation.posts_of_active(world) == pytest.approx(3 / 3 / 4)


def test_f21_counts_a_formal_answer_of_a_leader_as_a_reply():
    said = messages({"author": 0}, {"author": 1, "parent": 0, "treatment": Response.supportive})
    assert conversation.comments_a_post(trial(said=said)) == 1.0
    assert conversation.posts_without_answer(trial(said=said)) == 0.0


def test_f23_asks_for_somebody_else_within_ten_workdays_of_posts_that_had_them():
    said = messages(
        {"author": 0},
        {"author": 1},
        {"author": 2},
        {"author": 3, "tick": 51 * DAY},  # not there for ten days
        {"author": 0, "parent": 0, "tick": 3},  # the author alone
        {"author": 2, "parent": 1, "tick": 10 * DAY},  # just in time
        {"author": 3, "parent": 2, "tick": 10 * DAY + 1},  # too late
    )
    assert conversation.posts_without_answer(trial(said=said)) == pytest.approx(2 / 3)
    assert math.isnan(conversation.posts_without_answer(trial(days=9, said=said)))


def test_n13_is_the_share_of_objections():
    ways = (Orientation.against, Orientation.with_, Orientation.with_, Orientation.past)
    said = messages({"author": 0, "likes": 7}, *({"author": 1, "parent": 0, "orientation": way} for way in ways))
    assert conversation.disagreement(trial(said=said)) == pytest.approx(1 / 10)


TALK = messages(
    {"author": 0},  # three people, four messages
    {"author": 1, "parent": 0},
    {"author": 0, "parent": 1},
    {"author": 2, "parent": 2},
    {"author": 3},  # two people, two messages
    {"author": 1, "parent": 4},
    {"author": 2},  # no reply
)


def test_n15_to_n17_look_at_threads_with_a_reply():
    world = trial(said=TALK)
    assert conversation.comments_by_starters(world) == pytest.approx(1 / 4)
    assert conversation.people_in_threads(world) == pytest.approx((3 + 2) / 2)
    assert conversation.longest_over_median(world) == pytest.approx((2 + 0.9 * 2) / 3)
    assert math.isnan(conversation.longest_over_median(trial()))
    assert math.isnan(conversation.people_in_threads(trial()))


@st.composite
def talks(draw: Any) -> list[dict[str, Any]]:
    """Some posts and comments in order."""
    return [
        {"author": draw(st.integers(0, 3)), "parent": draw(st.integers(-1, number - 1)), "tick": number}
        for number in range(draw(st.integers(1, 25)))
    ]


@given(talks())
def test_whoever_comments_is_the_starter_or_somebody_else(rows):
    world = trial(said=messages(*rows))
    run = world.run
    comments = int((run.messages["parent"] >= 0).sum())
    own = conversation.comments_by_starters(world)
    assert (
        math.isnan(own)
        if not comments
        else own * comments == pytest.approx(comments - conversation.comments_by_others(run).sum())
    )
    people = conversation.people_in_threads(world)
    assert math.isnan(people) or 1.0 <= people <= 4.0
    heard = np.isfinite(conversation.first_answers(run)) & (run.messages["parent"] < 0)
    others = {run.messages["thread"][row] for row in np.flatnonzero(conversation.comments_by_others(run))}
    assert set(np.flatnonzero(heard)) == others


def test_n19_compares_questions_with_all_other_posts():
    said = messages(
        {"kind": Kind.question},
        {"kind": Kind.news},
        {"kind": Kind.concern},
        *({"author": 1, "parent": parent} for parent in (0, 0, 0, 1, 2, 2)),
    )
    assert conversation.questions_over_others(trial(said=said)) == pytest.approx(3.0 / 1.5)


def test_n25_rises_where_higher_ranks_wait_longer():
    """Level 0 is the top; it waits e times as long with each level, less the hour that is added."""
    waits = [np.expm1(3.0), np.expm1(2.0), np.expm1(1.0)]
    posts = [{"author": level} for level in range(3)]
    answers = [{"author": 3, "parent": level, "tick": round(wait)} for level, wait in enumerate(waits)]
    world = trial(said=messages(*posts, *answers), members__level=[0, 1, 2, 2])
    assert conversation.rank_slows_answers(world) == pytest.approx(1.0, abs=0.1)


def test_s3_is_the_median_of_those_who_visited():
    assert participation.visits_of_median(trial(days=10, members__visits=[0, 2, 4, 9])) == pytest.approx(0.4)


def test_f24_compares_authors_whom_somebody_answered_with_those_whom_nobody_did():
    said = messages(
        {"author": 0, "tick": 0},
        {"author": 1, "tick": 0},
        {"author": 2, "tick": 0},
        {"author": 3, "tick": 5, "parent": 0},
        {"author": 1, "tick": 5, "parent": 1},  # answers herself
        {"author": 0, "tick": 55 * DAY, "parent": 1},  # the one who was answered writes again elsewhere, if late
        {"author": 2, "tick": 9 * DAY, "parent": 2},  # in the same thread
        {"author": 3, "tick": 55 * DAY},  # no month left
    )
    assert activity.lift_of_a_reply(trial(said=said)) == pytest.approx(1.0)
    assert math.isnan(activity.lift_of_a_reply(trial(said=THREADS[:1])))


def test_the_first_edition_of_f24_takes_new_posts_alone_for_writing_again():
    said = messages(
        {"author": 0, "tick": 0},
        {"author": 1, "tick": 0},
        {"author": 2, "tick": 0},
        {"author": 3, "tick": 5, "parent": 0},
        {"author": 0, "tick": 40},  # the one who was replied to posts again
        {"author": 1, "tick": 20 * DAY + 1},  # too late
        {"author": 3, "tick": 55 * DAY},  # no month left
    )
    assert old.lift_of_a_reply(trial(said=said)) == pytest.approx(1.0)
    assert math.isnan(old.lift_of_a_reply(trial(said=THREADS[:1])))


# ---------------------------------------------------------------- what goes with what


WEEKS = 24


def _in_week(author: int, week: int) -> dict[str, Any]:
    return {"author": author, "tick": week * 5 * DAY}


def _habits(seed: int, heed: float = 0.0, members: int = 300) -> Any:
    """Members of very different habits; with `heed` they write more in the four weeks after an answer."""
    luck = np.random.default_rng(seed)
    habit = luck.beta(0.5, 1.0, members)
    answered = np.zeros((members, WEEKS))
    rows: list[dict[str, Any]] = []
    for week in range(WEEKS):
        heard = answered[:, max(week - 4, 0) : week].any(axis=1)
        for who in np.flatnonzero(luck.random(members) < habit + heed * heard).tolist():
            answered[who, week] = luck.poisson(1.0)
            answer = {"author": 0, "parent": len(rows), "tick": week * 5 * DAY + 1}
            rows += [_in_week(who + 1, week), *[answer] * int(answered[who, week])]
    return trial(members + 1, days=WEEKS * 5, said=messages(*rows))


def test_f26a_finds_who_heeds_an_answer():
    assert activity.comments_bring_messages(_habits(1, heed=0.3)) > 0.05
    assert activity.comments_bring_messages(_habits(1, heed=-0.3)) < -0.05


def test_f26a_is_not_taken_in_by_habits():
    """Without effects of members the slope is positive though nothing feeds back; with them it is none."""
    worlds = [_habits(seed) for seed in range(100, 112)]
    assert min(old.comments_bring_messages(world) for world in worlds) > 0.05
    assert abs(np.mean([activity.comments_bring_messages(world) for world in worlds])) < 0.02


def _teams(seed: int, by_manager: float, by_peer: float, teams: int = 40, size: int = 5) -> Any:
    """Teams whose managers, and first members, write by chance; the others follow the one or the other."""
    luck = np.random.default_rng(seed)
    manager = np.repeat(np.arange(1, teams + 1), size)
    lone, peer = luck.random((teams, WEEKS)) < 0.1, luck.random((teams, WEEKS)) < 0.1
    rows: list[dict[str, Any]] = []
    for week in range(WEEKS):
        rows += [_in_week(int(team) + 1, week) for team in np.flatnonzero(lone[:, week])]
        recent = slice(max(week - 4, 0), week)
        follow = 0.05 + by_manager * lone[:, recent].any(axis=1) + by_peer * peer[:, recent].any(axis=1)
        for team, place in np.ndindex(teams, size):
            if peer[team, week] if place == 0 else luck.random() < follow[team]:
                rows.append(_in_week(1 + teams + team * size + place, week))
    managers = [-1, *[0] * teams, *manager]
    return trial(len(managers), days=WEEKS * 5, said=messages(*rows), members__manager=managers)


@pytest.mark.parametrize(("by_manager", "by_peer"), [(0.2, 0.0), (0.0, 0.2)])
def test_f26bc_tell_the_manager_from_the_peers(by_manager, by_peer):
    for measures in (activity, old):
        world = _teams(1, by_manager, by_peer)
        assert (measures.managers_bring_starters(world) > 0.1) == bool(by_manager)
        assert (measures.peers_bring_starters(world) > 0.1) == bool(by_peer)


def test_f26_needs_weeks_to_look_back_on():
    for measures in (activity, old):
        assert math.isnan(measures.comments_bring_messages(trial(days=20, said=THREADS)))
        assert math.isnan(measures.peers_bring_starters(trial(days=20, said=THREADS)))


@given(st.integers(0, 2**32 - 1))
def test_what_is_left_within_rows_and_columns_has_mean_0_in_each(seed):
    luck = np.random.default_rng(seed)
    who = luck.random((8, 6)) < 0.7
    left = np.zeros(who.shape)
    left[who] = e.within(luck.normal(size=who.shape) + 3.0 * luck.normal(size=(8, 1)), who)
    assert np.abs(left.sum(axis=0)).max() < 1e-6
    assert np.abs(left.sum(axis=1)).max() < 1e-6


@pytest.mark.parametrize("formal", [True, False])
def test_f27_finds_rank_and_activity_apart(formal):
    """Rank 1 (members 0, 1) gets twice the replies of rank 0; the active get what the others get."""
    said: list[dict[str, Any]] = []
    for author, written in ((0, 2), (1, 8), (2, 2), (3, 8)):
        said += [{"author": author} for _ in range(written)]
    answer = {"author": 4, "treatment": Response.supportive if formal else Response.none}
    replies = [
        answer | {"parent": number} for number, post in enumerate(said) for _ in range(2 if post["author"] < 2 else 1)
    ]
    world = trial(5, said=messages(*said, *replies), members__level=[0, 0, 1, 1, 1])
    measures: Any = old if formal else activity
    assert measures.rank_brings_responses(world) == pytest.approx(math.log(2.0), abs=1e-6)
    assert measures.activity_brings_responses(world) == pytest.approx(0.0, abs=1e-6)


def test_f27_leaves_formal_answers_out():
    said = messages(
        {"author": 0}, {"author": 1, "parent": 0, "treatment": Response.supportive}, {"author": 2, "parent": 0}
    )
    assert activity.answers_by_members(trial(said=said).run).tolist() == [1, 0, 0]


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
    assert knowledge.learned_who_knows_whom(world) == pytest.approx(0.5)
    assert knowledge.learned_who_knows_what(world) == pytest.approx(0.25)
    assert knowledge.learned_without_arena(world) == pytest.approx(0.5)


def test_nobody_visits_an_unused_arena(small):
    engine = Engine(without_visits(small))
    engine.advance(engine.ticks)
    assert engine.world.members["visits"].sum() == 0


def test_a_longer_and_a_shorter_run_are_asked_for_by_days(small):
    assert lasting(small, 15) is small
    assert lasting(small, 4).parameters.days == 4
    assert lasting(small, 40).parameters.days == 40


def test_readings_are_those_of_the_run(lively):
    observed = Observation(lively.with_({"days": 8}), 1)
    read = observed.readings
    messages = observed.run.messages
    assert np.array_equal(np.bincount(read.message, minlength=len(messages)), messages["views"])
    assert (messages["author"][read.message] != read.reader).all()


# ---------------------------------------------------------------- the first edition


def test_the_first_edition_measures_as_it_did():
    world = trial(wishes=SILENCES, said=THREADS)
    assert old.futility(world) == pytest.approx((0.2 + 0.7 + 0.0) / 3)
    assert old.lead_of_fear(world) == pytest.approx((0.6 + 0.3) / 3 - 1 / 3)
    assert old.silent_from_fear(world) == pytest.approx(1 / 4)
    assert old.likes_a_comment(world) == pytest.approx(6 / 3)
    assert old.posts_without_reply(world) == pytest.approx(1 / 2)


def test_the_first_edition_reads_beliefs_as_it_did():
    world = trial(
        10,
        members__manager=[-1, 0, 0, 0, 1, 1, 1, 2, 2, 2],
        members__openness_leaning=[0.0, 1.0, -1.0, *[0.0] * 7],
        beliefs__safety_line_manager=[0.0, 0.5, 0.5, 0.5, 0.8, 0.9, 1.0, 0.0, 0.1, 0.2],
        start__engagement=[0.1, 0.2, *[0.5] * 7, 0.9],
        start__imagined_audience_size=0.05,
    )
    world.run.world.daily[:, 0, Column.views_share] = 0.4
    world.run.world.daily[:, 0, Column.matured] = 2.0
    assert old.openness_and_safety(world) == pytest.approx(1.0)
    assert old.engaged(world) == pytest.approx(1 / 10)
    assert old.actively_disengaged(world) == pytest.approx(2 / 10)
    assert old.imagined_over_true_audience(world) == pytest.approx(0.25)
