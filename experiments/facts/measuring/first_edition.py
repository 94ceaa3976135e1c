"""Measures of the first edition of the facts that the second one replaced; what was wrong is said in its `CHANGES`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from experiments.facts.estimators import ratio, slopes
from experiments.facts.measuring import activity, beliefs, silence
from experiments.facts.measuring.activity import RECENT
from experiments.facts.measuring.conversation import RIPE
from experiments.facts.observation import MONTH, History, Mask, Numbers, Observation
from sim.state import TICKS_PER_DAY, Column
from sim.terms import Kind, Motive


def _motive_shares(observed: Observation) -> dict[str, float]:
    motives = (*silence.REASONS, Motive.disengaged.name)
    return silence.mean_shares(silence.unspoken(silence.critique_of(observed.run)), motives)


def lead_of_fear(observed: Observation) -> float:
    """F2a: how far fear of superiors is ahead of the next motive of silence, in shares."""
    shares = _motive_shares(observed)
    return shares["defensive"] - max(share for motive, share in shares.items() if motive != "defensive")


def futility(observed: Observation) -> float:
    """F2b: share of futility among the motives of silence."""
    return _motive_shares(observed)["acquiescent"]


def silent_from_fear(observed: Observation) -> float:
    """F4: of coworkers with critique to voice, those who withheld one mainly from fear of superiors."""
    wishes = silence.critique_of(observed.run)
    return silence.share_of_members(wishes, wishes[wishes["motive"] == Motive.defensive])


def imagined_over_true_audience(observed: Observation) -> float:
    """F7: imagined size of the audience at the start over the share of it that posts really reach."""
    world = observed.run.world
    views, matured = (world.daily[:, :, column].sum() for column in (Column.views_share, Column.matured))
    return ratio(world.start["imagined_audience_size"].mean(), ratio(views, matured))


def openness_and_safety(observed: Observation) -> float:
    """F12b: correlation over teams of leaders' openness and members' safety at the end."""
    return beliefs.openness_and_safety(observed.run, observed.run.world.beliefs)


def engaged(observed: Observation) -> float:
    """F33a: share of members in the upper third of the scale of engagement at the start."""
    return float((observed.run.world.start["engagement"] > 2.0 / 3.0).mean())


def actively_disengaged(observed: Observation) -> float:
    """F33b: share of members in the lower third at the start."""
    return float((observed.run.world.start["engagement"] < 1.0 / 3.0).mean())


def likes_a_comment(observed: Observation) -> float:
    """S1: likes over comments, leaders' formal answers left aside."""
    run = observed.run
    return ratio(run.messages["likes"].sum(), ((run.messages["parent"] >= 0) & run.conversational).sum())


def posts_without_reply(observed: Observation) -> float:
    """F23: share of thread starts that nobody had replied to ten workdays later or more."""
    messages, end = observed.run.messages, observed.run.days * TICKS_PER_DAY
    posts = messages[(messages["parent"] < 0) & (messages["tick"] < end - RIPE * TICKS_PER_DAY)]
    return ratio((posts["comments"] == 0).sum(), len(posts))


def lift_of_a_reply(observed: Observation) -> float:
    """F24: chance to post again within a month after a first post that was replied to, less that after one not so."""
    run = observed.run
    messages, first = run.messages, activity.first_posts(run)
    posts = messages[(messages["parent"] < 0) & run.conversational]
    again = np.array([_posted_again(posts, messages[row]) for row in first.tolist()], bool)
    reply = messages["first_reply"][first]
    replied = (reply >= 0) & (reply - messages["tick"][first] <= activity.SOON * TICKS_PER_DAY)
    if not replied.any() or replied.all():
        return math.nan
    return float(again[replied].mean() - again[~replied].mean())


def _posted_again(posts: Any, post: Any) -> bool:
    later = posts["tick"][posts["author"] == post["author"]] - post["tick"]
    return bool(((later > 0) & (later <= MONTH * TICKS_PER_DAY)).any())


def _within_weeks(values: Numbers, who: Mask) -> Numbers:
    """Return values less their week's mean over `who`, for `who` alone: the ups and downs of weeks taken out."""
    mean = np.where(who, values, 0.0).sum(axis=0) / np.maximum(who.sum(axis=0), 1)
    return np.asarray((values - mean)[who])


def _weekly_slopes(outcome: Any, causes: list[Numbers], who: Mask) -> Numbers:
    return slopes(_within_weeks(outcome.astype(float), who), [_within_weeks(cause, who) for cause in causes])


def comments_bring_messages(observed: Observation) -> float:
    """F26a: slope of writing this week on comments received in the last four, own writing in them held constant."""
    run = observed.run
    if not activity.has_weeks_to_look_back_on(run):
        return math.nan
    written = activity.written_weekly(run)
    own = activity.recent(written)
    causes = [np.log1p(activity.recent(activity.received_weekly(run))), np.log1p(own)]
    return float(_weekly_slopes(written[:, RECENT:] > 0, causes, own > 0)[0])


def _starting(observed: Observation) -> Numbers:
    run = observed.run
    if not activity.has_weeks_to_look_back_on(run):
        return np.full(2, np.nan)
    manager, peers, who = activity.activity_around(run)
    return _weekly_slopes(activity.written_weekly(run)[:, RECENT:] > 0, [manager, peers], who)


def managers_bring_starters(observed: Observation) -> float:
    """F26b: slope of starting (again) to write on the manager's writing in the last four weeks."""
    return float(_starting(observed)[0])


def peers_bring_starters(observed: Observation) -> float:
    """F26c: slope of starting (again) to write on the share of team mates who wrote in the last four weeks."""
    return float(_starting(observed)[1])


def _responses(run: History) -> Numbers:
    kept = run.conversational & (run.messages["kind"] != Kind.announcement)
    return activity.response_slopes(run, kept, run.replied)


def rank_brings_responses(observed: Observation) -> float:
    """F27a: how many more responses a message gets, in logs, with each level that its author stands higher."""
    return float(_responses(observed.run)[0])


def activity_brings_responses(observed: Observation) -> float:
    """F27b: the same with the log of its author's messages."""
    return float(_responses(observed.run)[1])
