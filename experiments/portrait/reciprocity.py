"""Reciprocity: whether those who are answered answer back."""

from __future__ import annotations

from typing import Final

import numpy as np

from experiments.facts.estimators import ratio
from experiments.portrait.period import Period
from experiments.portrait.statistic import Declared, Needs


def reciprocity(period: Period) -> float:
    """Return the share of ties from one who answered to one answered that run the other way, too."""
    replies, people = period.replies, period.arena.members
    ties = np.unique(replies.one * people + replies.other)
    back = ties % people * people + ties // people
    return ratio(np.isin(back, ties, assume_unique=True).sum(), len(ties))


def answered_per_person(period: Period) -> float:
    """Return how many different people somebody who answered anyone answered."""
    replies, people = period.replies, period.arena.members
    ties = np.unique(replies.one * people + replies.other)
    return ratio(len(ties), len(np.unique(ties // people)))


_NEEDS: Final = (Needs.threads,)

STATISTICS: Final = (
    Declared(
        "reciprocity",
        "share",
        "Ties of answering that run both ways in a quarter",
        reciprocity,
        (),
        _NEEDS,
        of_directs=True,
    ),
    Declared(
        "answered_per_person",
        "people",
        "Different people whom one who answers answers in a quarter",
        answered_per_person,
        (),
        _NEEDS,
        of_directs=True,
    ),
)
