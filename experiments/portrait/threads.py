"""Threads: whether anybody answers, how many take part, how long and how deep they get."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import numpy as np

from experiments.facts.measuring import conversation
from experiments.facts.observation import Observation, Rows
from experiments.portrait.period import Period
from experiments.portrait.statistic import Declared, Needs


def _of_observed(measure: Callable[[Observation], float]) -> Callable[[Period], float]:
    return lambda period: measure(period.observed)


def depths(parent: Rows) -> Rows:
    """[n] int64: how many messages each one is below the one that began its thread; parents come before answers."""
    depth, above = np.zeros(len(parent), np.int64), parent.copy()
    while (below := above >= 0).any():
        depth += below
        above[below] = parent[above[below]]
    return depth


def thread_size(period: Period) -> float:
    """Return the messages of a thread with a comment, its first post included."""
    size = np.bincount(period.run.messages["thread"], minlength=1)
    return float(size[size > 1].mean()) if (size > 1).any() else math.nan


def thread_depth(period: Period) -> float:
    """Return how deep a thread with a comment gets: the steps from its deepest message to its first post."""
    messages = period.run.messages
    deepest = np.zeros(len(messages), np.int64)
    np.maximum.at(deepest, messages["thread"], depths(messages["parent"]))
    return float(deepest[deepest > 0].mean()) if (deepest > 0).any() else math.nan


_THREADS: Final = (Needs.threads,)

STATISTICS: Final = (
    Declared(
        "comments_per_post",
        "comments a post",
        "Comments over posts",
        _of_observed(conversation.comments_a_post),
        ("F21",),
        _THREADS,
    ),
    Declared(
        "unanswered_share",
        "share",
        "Posts that nobody else had commented on ten workdays later",
        _of_observed(conversation.posts_without_answer),
        ("F23",),
        _THREADS,
    ),
    Declared("thread_size", "messages", "Messages of a thread with a comment", thread_size, (), _THREADS),
    Declared(
        "thread_people",
        "people",
        "People who write in a thread with a comment",
        _of_observed(conversation.people_in_threads),
        ("N16",),
        _THREADS,
    ),
    Declared(
        "longest_over_median",
        "ratio",
        "Length of the longest tenth of threads with a comment over that of the median one",
        _of_observed(conversation.longest_over_median),
        ("N17",),
        _THREADS,
    ),
    Declared(
        "thread_depth",
        "steps",
        "Steps from the deepest message of a thread with a comment to its first",
        thread_depth,
        (),
        (Needs.threads, Needs.directs),
    ),
    Declared(
        "own_comments_share",
        "share",
        "Comments by whoever began the thread",
        _of_observed(conversation.comments_by_starters),
        ("N15",),
        _THREADS,
    ),
)
