"""Who takes part: who visits, who only reads, who writes, and how unequally."""

from __future__ import annotations

import math

import numpy as np

from experiments.facts.estimators import gini, ratio, share_of_top
from experiments.facts.observation import MONTH, History, Mask, Observation, Rows


def _active(run: History) -> Mask:
    """Return who wrote or liked anything."""
    members = run.world.members
    return np.asarray(members["posts"] + members["comments"] + members["likes_given"] > 0)


def visited(observed: Observation) -> float:
    """F16a: share of members who visited at all in six months."""
    return float((observed.half_year.world.members["visits"] > 0).mean())


def only_read(observed: Observation) -> float:
    """F16b: share of members who visited in six months and neither wrote nor liked anything."""
    run = observed.half_year
    return float(((run.world.members["visits"] > 0) & ~_active(run)).mean())


def wrote_or_liked(observed: Observation) -> float:
    """N11: share of members who wrote or liked something in six months."""
    return float(_active(observed.half_year).mean())


def only_read_of_visitors(observed: Observation) -> float:
    """N12: share of those who visited in a quarter who neither wrote nor liked anything in it."""
    there = observed.run.world.members["visits"] > 0
    return ratio((there & ~_active(observed.run)).sum(), there.sum())


def visits_of_median(observed: Observation) -> float:
    """S3: visits a workday of the median member among those who visited at all."""
    visits = observed.run.world.members["visits"]
    return float(np.median(visits[visits > 0]) / observed.run.days) if visits.any() else math.nan


# ---------------------------------------------------------------- who writes


def written_by_each(run: History) -> Rows:
    """Return how many messages each member wrote, leaders' formal answers left aside."""
    return np.bincount(run.messages["author"][run.conversational], minlength=len(run.world.members))


def contributors(observed: Observation) -> float:
    """F18a: share of members who wrote something."""
    return float((written_by_each(observed.run) > 0).mean())


def written_by_top_percent(observed: Observation) -> float:
    """F18b: share of the messages that the most active hundredth of all members wrote."""
    return share_of_top(written_by_each(observed.run), 0.01)


def written_by_top_fifth(written: Rows) -> float:
    """F19a and N27b: share of the messages that the most active fifth of the contributors wrote."""
    return share_of_top(written[written > 0], 0.2)


def gini_of_contributors(written: Rows) -> float:
    """F19b and N27a: Gini coefficient of messages among contributors."""
    return gini(written[written > 0])


def gini_of_members(observed: Observation) -> float:
    """F19c: Gini coefficient of messages among all members."""
    return gini(written_by_each(observed.run))


def wrote_only_once(written: Rows) -> float:
    """N27c: share of contributors who wrote a single message."""
    return ratio((written == 1).sum(), (written > 0).sum())


def starters(observed: Observation) -> float:
    """N22: share of those who visited who started at least one thread."""
    run = observed.run
    started = np.unique(run.messages["author"][(run.messages["parent"] < 0) & run.conversational])
    return ratio(len(started), (run.world.members["visits"] > 0).sum())


def _each_month(run: History, messages: Mask) -> float:
    """Return how many of these messages there are a month for each member who wrote something."""
    return ratio(messages.sum() * MONTH / run.days, (written_by_each(run) > 0).sum())


def messages_of_active(observed: Observation) -> float:
    """S2a: messages a month of members who wrote something."""
    return _each_month(observed.run, observed.run.conversational)


def posts_of_active(observed: Observation) -> float:
    """S2b: posts a month of members who wrote something."""
    run = observed.run
    return _each_month(run, (run.messages["parent"] < 0) & run.conversational)


def likes_a_message(observed: Observation) -> float:
    """S1: likes over messages."""
    messages = observed.run.messages
    return ratio(messages["likes"].sum(), len(messages))
