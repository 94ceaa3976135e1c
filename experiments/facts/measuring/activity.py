"""What brings what: a reply and the next message, others' activity and one's own, rank and responses."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from experiments.facts.estimators import log_slopes, slopes, within
from experiments.facts.measuring.conversation import first_answers
from experiments.facts.measuring.participation import written_by_each
from experiments.facts.observation import MONTH, History, Mask, Numbers, Observation, Rows
from sim.state import DAYS_PER_WEEK, TICKS_PER_DAY
from sim.terms import Kind

SOON = 3
"""Workdays within which a first post must find a reply to count as one that did."""
RECENT = 4
"""Weeks that count as recent, where activity is followed from week to week."""


# ---------------------------------------------------------------- a first reply


def first_posts(run: History) -> Rows:
    """Return each author's first post, of those with a month still to come."""
    messages = run.messages
    posts = np.flatnonzero((messages["parent"] < 0) & run.conversational)
    first = posts[np.unique(messages["author"][posts], return_index=True)[1]]
    return np.asarray(first[messages["tick"][first] + MONTH * TICKS_PER_DAY < run.days * TICKS_PER_DAY])


def wrote_elsewhere(run: History, posts: Rows) -> Mask:
    """Return whether the author of each post wrote anything later outside its thread."""
    messages = run.messages[run.conversational]
    return np.array([_wrote_elsewhere(messages, run.messages[post], post) for post in posts.tolist()], bool)


def _wrote_elsewhere(messages: Any, post: Any, row: int) -> bool:
    later = (messages["author"] == post["author"]) & (messages["tick"] > post["tick"])
    return bool((later & (messages["thread"] != row)).any())


def lift_of_a_reply(observed: Observation) -> float:
    """F24: chance to write again, outside the thread, after a first post that was replied to, less after one not so.

    Over six months; a reply counts that somebody else wrote within three workdays.
    """
    run = observed.half_year
    first = first_posts(run)
    again = wrote_elsewhere(run, first)
    replied = first_answers(run)[first] - run.messages["tick"][first] <= SOON * TICKS_PER_DAY
    if not replied.any() or replied.all():
        return math.nan
    return float(again[replied].mean() - again[~replied].mean())


# ---------------------------------------------------------------- from week to week


def weekly(run: History, who: Any, when: Any) -> Numbers:
    """Return a count for each member in each whole week, [members, weeks]."""
    weeks = run.days // DAYS_PER_WEEK
    week = when // (TICKS_PER_DAY * DAYS_PER_WEEK)
    inside = week < weeks
    place = who[inside].astype(np.int64) * weeks + week[inside]
    return np.bincount(place, minlength=len(run.world.members) * weeks).reshape(-1, weeks).astype(float)


def written_weekly(run: History) -> Numbers:
    """Return the messages of each member in each whole week, leaders' formal answers left aside."""
    return weekly(run, run.messages["author"][run.conversational], run.messages["tick"][run.conversational])


def received_weekly(run: History) -> Numbers:
    """Return the comments by others on the messages of each member, in each whole week."""
    messages = run.messages
    replied = np.flatnonzero(messages["parent"] >= 0)
    receiver = messages["author"][messages["parent"][replied]]
    others = receiver != messages["author"][replied]
    return weekly(run, receiver[others], messages["tick"][replied][others])


def recent(weekly: Numbers) -> Numbers:
    """Return for each week but the first ones the sum over the weeks before it that count as recent."""
    total = np.cumsum(np.pad(weekly, ((0, 0), (1, 0))), axis=1)
    return np.asarray(total[:, RECENT:-1] - total[:, : -1 - RECENT])


def has_weeks_to_look_back_on(run: History) -> bool:
    """Say whether there is a week with enough weeks before it."""
    return run.days // DAYS_PER_WEEK > RECENT


def _slopes_within(outcome: Any, causes: list[Numbers], who: Mask) -> Numbers:
    """Return the slopes over member-weeks, the means of each member and of each week taken out of all numbers."""
    return slopes(within(np.asarray(outcome, float), who), [within(cause, who) for cause in causes])


def comments_bring_messages(observed: Observation) -> float:
    """F26a: slope of writing this week on comments received in the last four, own writing in them held constant."""
    run = observed.half_year
    if not has_weeks_to_look_back_on(run):
        return math.nan
    written = written_weekly(run)
    own = recent(written)
    causes = [np.log1p(recent(received_weekly(run))), np.log1p(own)]
    return float(_slopes_within(written[:, RECENT:] > 0, causes, own > 0)[0])


def activity_around(run: History) -> tuple[Numbers, Numbers, Mask]:
    """Return the recent activity of one's manager, that of one's peers, and who could start or resume, by week."""
    members, active = run.world.members, (recent(written_weekly(run)) > 0).astype(float)
    manager = members["manager"].astype(np.int64)
    led = np.where(manager >= 0, manager, 0)
    size = np.bincount(led[manager >= 0], minlength=len(members))
    team = np.zeros_like(active)
    np.add.at(team, led[manager >= 0], active[manager >= 0])
    peers = (team[led] - active) / np.maximum(size[led] - 1, 1)[:, None]
    who = (active == 0.0) & ((manager >= 0) & (size[led] > 1) & (members["visits"] > 0))[:, None]
    return active[led], peers, who


def _starting(observed: Observation) -> Numbers:
    """Return the slopes of starting or resuming to write on the recent writing of one's manager and of one's peers."""
    run = observed.half_year
    if not has_weeks_to_look_back_on(run):
        return np.full(2, np.nan)
    manager, peers, who = activity_around(run)
    return _slopes_within(written_weekly(run)[:, RECENT:] > 0, [manager, peers], who)


def managers_bring_starters(observed: Observation) -> float:
    """F26b: slope of starting or resuming to write on the manager's writing in the last four weeks."""
    return float(_starting(observed)[0])


def peers_bring_starters(observed: Observation) -> float:
    """F26c: slope of starting or resuming to write on the share of team mates who wrote in the last four weeks."""
    return float(_starting(observed)[1])


# ---------------------------------------------------------------- rank


def answers_by_members(run: History) -> Rows:
    """Return for each message the replies to it by others, leaders' formal answers left out, [messages]."""
    messages = run.messages
    replies = np.flatnonzero((messages["parent"] >= 0) & run.conversational)
    parent = messages["parent"][replies]
    others = messages["author"][parent] != messages["author"][replies]
    return np.bincount(parent[others], minlength=len(messages))


def response_slopes(run: History, kept: Mask, counts: Rows) -> Numbers:
    """Return the slopes of log counts on their author's rank, counted upwards, and log activity."""
    author = run.messages["author"][kept]
    rank = (run.world.members["level"].max() - run.world.members["level"][author]).astype(float)
    return log_slopes(counts[kept], [rank, np.log(written_by_each(run)[author])])


def _responses(observed: Observation) -> Numbers:
    run = observed.run
    posts = (run.messages["parent"] < 0) & run.conversational & (run.messages["kind"] != Kind.announcement)
    return response_slopes(run, posts, answers_by_members(run))


def rank_brings_responses(observed: Observation) -> float:
    """F27a: how many more replies a post gets, in logs, with each level that its author stands higher."""
    return float(_responses(observed)[0])


def activity_brings_responses(observed: Observation) -> float:
    """F27b: the same with the log of its author's messages."""
    return float(_responses(observed)[1])
