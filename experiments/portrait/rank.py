"""Rank and distance: who answers whom up and down the hierarchy, and across departments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from experiments.facts import replies
from experiments.facts.estimators import ratio
from experiments.facts.measuring import activity, conversation
from experiments.portrait.period import Period
from experiments.portrait.statistic import Declared, Needs


def _share(which: Callable[[Any, Any], Any], field: str) -> Callable[[Period], float]:
    """Return the share of answers for which `which` holds of this field of the one who answers and the other."""

    def measure(period: Period) -> float:
        values = getattr(period.people, field)
        found = which(values[period.replies.one], values[period.replies.other])
        return ratio(np.sum(found), len(found))

    return measure


_ORGANIZATION: Final = (Needs.threads, Needs.organization)

STATISTICS: Final = (
    Declared(
        "upward_share",
        "share",
        "Answers to someone higher up",
        _share(np.greater, "level"),
        (),
        _ORGANIZATION,
        of_directs=True,
    ),
    Declared(
        "downward_share",
        "share",
        "Answers to someone further down",
        _share(np.less, "level"),
        (),
        _ORGANIZATION,
        of_directs=True,
    ),
    Declared(
        "horizontal_share",
        "share",
        "Answers to someone of one's own level",
        _share(np.equal, "level"),
        (),
        _ORGANIZATION,
        of_directs=True,
    ),
    Declared(
        "cross_department_share",
        "share",
        "Answers to someone of another department",
        _share(np.not_equal, "department"),
        (),
        _ORGANIZATION,
        of_directs=True,
    ),
    Declared(
        "distance_decay",
        "per step",
        "Rate at which answers a pair of members fall with their distance in the hierarchy",
        lambda period: replies.decay_with_distance(period.replies, period.people),
        ("F34",),
        _ORGANIZATION,
        of_directs=True,
    ),
    Declared(
        "rank_responses",
        "log replies a level",
        "How many more answers a post gets with each level that its author stands higher",
        lambda period: activity.rank_brings_responses(period.observed),
        ("F27a",),
        _ORGANIZATION,
        of_directs=True,
    ),
    Declared(
        "activity_responses",
        "log replies a log message",
        "The same with the log of its author's messages",
        lambda period: activity.activity_brings_responses(period.observed),
        ("F27b",),
        _ORGANIZATION,
        of_directs=True,
    ),
    Declared(
        "rank_latency",
        "log hours a level",
        "How much longer a first answer takes with each level that the author answered stands higher",
        lambda period: conversation.rank_slows_answers(period.observed),
        ("N25",),
        _ORGANIZATION,
        of_directs=True,
    ),
)
