"""What becomes of a post: whether anybody answers, who takes part in the thread, how long and how heated it gets.

A leader's formal answer is a reply like any other here: whoever counts replies on a platform counts it too.
"""

from __future__ import annotations

import math

import numpy as np

from experiments.facts.estimators import ratio, slopes
from experiments.facts.observation import History, Mask, Numbers, Observation, Rows
from sim.state import TICKS_PER_DAY
from sim.terms import Kind, Orientation

RIPE = 10
"""Workdays that a post has to find a reply."""


def starter_of(run: History) -> Rows:
    """Return for each message who started its thread."""
    return np.asarray(run.messages["author"][run.messages["thread"]], np.int64)


def comments_by_others(run: History) -> Mask:
    """Return which messages are comments in a thread that somebody else started."""
    return np.asarray((run.messages["parent"] >= 0) & (run.messages["author"] != starter_of(run)))


def first_answers(run: History) -> Numbers:
    """Return for each message the tick at which somebody else first commented in its thread; infinite if never.

    It says something of first posts alone, [messages].
    """
    ticks = np.full(len(run.messages), math.inf)
    comments = comments_by_others(run)
    np.minimum.at(ticks, run.messages["thread"][comments], run.messages["tick"][comments])
    return ticks


def comments_a_post(observed: Observation) -> float:
    """F21: comments over posts."""
    comments = observed.run.messages["parent"] >= 0
    return ratio(comments.sum(), (~comments).sum())


def posts_without_answer(observed: Observation) -> float:
    """F23: share of posts without a comment by somebody else in ten workdays, of those that have been there so long."""
    run = observed.run
    wait = RIPE * TICKS_PER_DAY
    posts = (run.messages["parent"] < 0) & (run.messages["tick"] + wait <= run.days * TICKS_PER_DAY)
    waited = first_answers(run)[posts] - run.messages["tick"][posts]
    return ratio((waited > wait).sum(), posts.sum())


def disagreement(observed: Observation) -> float:
    """N13: share of those reactions that object, of all that agree (with a comment or a like) or object."""
    messages = observed.run.messages
    joined, objected = ((messages["orientation"] == way).sum() for way in (Orientation.with_, Orientation.against))
    return ratio(objected, objected + joined + messages["likes"].sum())


def comments_by_starters(observed: Observation) -> float:
    """N15: share of the comments that the thread's own starter wrote."""
    run = observed.run
    comments = run.messages["parent"] >= 0
    return ratio((comments & ~comments_by_others(run)).sum(), comments.sum())


def _replied_threads(run: History) -> Rows:
    """Return the messages of each thread with at least one comment, its first post included, [threads]."""
    length = np.bincount(run.messages["thread"], minlength=1)
    return length[length > 1]


def people_in_threads(observed: Observation) -> float:
    """N16: how many people write in a thread with a comment, on average, whoever started it included."""
    run = observed.run
    pairs = np.unique(np.column_stack([run.messages["thread"], run.messages["author"]]), axis=0)
    length = np.bincount(run.messages["thread"], minlength=1)
    return ratio((length[pairs[:, 0]] > 1).sum(), (length > 1).sum())


def longest_over_median(observed: Observation) -> float:
    """N17: length of the longest tenth of threads with a comment (90th percentile) over that of the median one."""
    length = _replied_threads(observed.run)
    return float(np.quantile(length, 0.9) / np.median(length)) if len(length) else math.nan


def questions_over_others(observed: Observation) -> float:
    """N19: comments per question over comments per other post."""
    messages = observed.run.messages
    posts = messages[messages["parent"] < 0]
    asks = posts["kind"] == Kind.question
    a_question, another = (ratio(posts["comments"][those].sum(), those.sum()) for those in (asks, ~asks))
    return ratio(a_question, another)


def rank_slows_answers(observed: Observation) -> float:
    """N25: slope of the log of the hours until a message's first reply on its author's level, counted upwards."""
    run = observed.run
    known = ~np.isnan(run.replies.hours)
    level = run.world.members["level"].max() - run.world.members["level"][run.replies.other[known]]
    return float(slopes(np.log1p(run.replies.hours[known]), [level.astype(float)])[0])
