"""Leaders' answers: how often executives and line managers answer those below them, and how soon."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np

from experiments.facts.estimators import ratio
from experiments.facts.measuring.conversation import RIPE
from experiments.facts.observation import Mask, Numbers, Rows
from experiments.portrait.period import Period
from experiments.portrait.statistic import Declared, Needs
from sim.state import TICKS_PER_DAY

WAIT: Final = RIPE * TICKS_PER_DAY
"""Working hours that a leader has to answer a post."""


class Answers(NamedTuple):
    """The posts that have been there long enough, and when they were answered."""

    author: Rows
    """[k] who wrote the post."""
    waited: Numbers
    """[k] working hours until the first comment by somebody asked for; infinite where none came."""

    def of(self, who: Mask) -> Answers:
        """Return the posts of some members, [m] bool."""
        kept = who[self.author]
        return Answers(self.author[kept], self.waited[kept])


def answers_by(period: Period, who: Callable[[Rows, Rows], Mask]) -> Answers:
    """Return when posts were answered by one of `who`, other than their author.

    `who` takes the authors of comments, and those of the posts above them, and says which comments count, [n] bool.
    """
    messages = period.run.messages
    begun = messages["thread"]
    comments = np.flatnonzero((messages["parent"] >= 0) & (messages["author"] != messages["author"][begun]))
    comments = comments[who(messages["author"][comments], messages["author"][begun[comments]])]
    first = np.full(len(messages), math.inf)
    np.minimum.at(first, begun[comments], messages["tick"][comments])
    ripe = messages["tick"] + WAIT <= period.arena.days * TICKS_PER_DAY
    posts = np.flatnonzero((messages["parent"] < 0) & ripe)
    return Answers(messages["author"][posts], first[posts] - messages["tick"][posts])


def by_anyone(period: Period) -> Answers:
    """Return when posts were answered at all."""
    return answers_by(period, lambda one, _: np.ones(len(one), bool))


def by_leaders(period: Period) -> Answers:
    """Return when posts were answered by an executive or a line manager."""
    return answers_by(period, lambda one, _: period.leads[one])


def by_own_manager(period: Period) -> Answers:
    """Return when posts were answered by their author's own line manager."""
    return answers_by(period, lambda one, other: period.people.manager[other] == one)


def in_time(answers: Answers) -> Mask:
    """Return which posts were answered within ten workdays, [k]."""
    return np.asarray(answers.waited <= WAIT)


def answered_share(answers: Answers) -> float:
    """Return the share of posts that were answered within ten workdays."""
    return ratio(in_time(answers).sum(), len(answers.waited))


def median_delay(answers: Answers) -> float:
    """Return the median of the working hours until an answer, of those that came within ten workdays."""
    waited = answers.waited[in_time(answers)]
    return float(np.median(waited)) if len(waited) else math.nan


def written_by_leaders(period: Period) -> float:
    """Return the share of messages that executives and line managers wrote."""
    return ratio(period.written[period.leads].sum(), period.written.sum())


def contributing_leaders(period: Period) -> float:
    """Return the share of executives and line managers who wrote something."""
    return ratio((period.written[period.leads] > 0).sum(), period.leads.sum())


_ORGANIZATION: Final = (Needs.organization,)
_THREADS: Final = (Needs.threads, Needs.organization)

STATISTICS: Final = (
    Declared(
        "leaders_answered_share",
        "share",
        "Posts of those who lead nobody that a leader answered within ten workdays",
        lambda period: answered_share(by_leaders(period).of(~period.leads)),
        (),
        _THREADS,
    ),
    Declared(
        "leaders_delay_hours",
        "working hours",
        "Median time until a leader's first answer, where one came within ten workdays",
        lambda period: median_delay(by_leaders(period).of(~period.leads)),
        (),
        _THREADS,
    ),
    Declared(
        "own_manager_answered_share",
        "share",
        "Posts of those who lead nobody that their own manager answered within ten workdays",
        lambda period: answered_share(by_own_manager(period).of(~period.leads)),
        (),
        _THREADS,
    ),
    Declared("leaders_messages_share", "share", "Messages that leaders wrote", written_by_leaders, (), _ORGANIZATION),
    Declared(
        "leaders_contributing_share",
        "share",
        "Leaders who wrote something in a quarter",
        contributing_leaders,
        (),
        _ORGANIZATION,
    ),
)
