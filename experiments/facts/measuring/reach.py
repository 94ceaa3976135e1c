"""Who reads: what authors think of it, and how far posts get."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from experiments.facts.estimators import ratio
from experiments.facts.observation import MONTH, History, Observation
from sim.state import TICKS_PER_DAY
from sim.terms import Kind, Scope


def _posts_for_everyone(run: History) -> Any:
    """Return the organisation-wide posts of the first month, leaders' announcements left out."""
    messages = run.messages
    first = (messages["parent"] < 0) & (messages["tick"] < MONTH * TICKS_PER_DAY)
    return messages[first & (messages["scope"] == Scope.organization) & (messages["kind"] != Kind.announcement)]


def guessed_over_real_readers(observed: Observation) -> float:
    """F7: median audience that authors imagined at the start over the median one, a post for everyone each.

    Both are shares of the members who visit at all.
    """
    world, posts = observed.run.world, _posts_for_everyone(observed.run)
    if not len(posts):
        return math.nan
    guessed = np.median(world.start["imagined_audience_size"][posts["author"]])
    real = np.median(posts["views"] / np.maximum(world.audiences["visited"][posts["audience"]], 1))
    return ratio(float(guessed), float(real))


def reach_of_a_month(observed: Observation) -> float:
    """N10: readers of at least one post that a member wrote in a month, over the readers of one of these posts.

    Means over members and months (20 workdays) in which they posted; nobody counts as reader of own posts.
    """
    messages, read = observed.run.messages, observed.readings
    posts = (messages["parent"] < 0) & observed.run.conversational & (messages["kind"] != Kind.announcement)
    months = observed.run.days // MONTH + 1
    batch = messages["author"].astype(np.int64) * months + messages["tick"] // (MONTH * TICKS_PER_DAY)
    others = posts[read.message] & (messages["author"][read.message] != read.reader)
    reached = np.column_stack([batch[read.message], read.reader])[others]
    a_post = ratio(len(reached), posts.sum())
    return ratio(ratio(len(np.unique(reached, axis=0)), len(np.unique(batch[posts]))), a_post)
