"""Who writes: how many do, how much, and what they get for it."""

from __future__ import annotations

from typing import Final

from experiments.facts.estimators import ratio
from experiments.facts.observation import MONTH
from experiments.portrait.period import Period
from experiments.portrait.statistic import Declared, Needs


def _months(period: Period) -> float:
    return period.arena.days / MONTH


def contributors(period: Period) -> float:
    """Return the share of members who wrote something."""
    return ratio((period.written > 0).sum(), period.arena.members)


def starters(period: Period) -> float:
    """Return the share of members who began a thread."""
    return ratio((period.started > 0).sum(), period.arena.members)


def commenters(period: Period) -> float:
    """Return the share of members who commented on something."""
    return ratio((period.written > period.started).sum(), period.arena.members)


def messages_per_member(period: Period) -> float:
    """Return the messages a member and month."""
    return ratio(len(period.arena), period.arena.members * _months(period))


def messages_per_writer(period: Period) -> float:
    """Return the messages a month of each member who wrote something."""
    return ratio(len(period.arena), (period.written > 0).sum() * _months(period))


def posts_per_writer(period: Period) -> float:
    """Return the threads begun a month by each member who wrote something."""
    return ratio(period.started.sum(), (period.written > 0).sum() * _months(period))


def likes_per_message(period: Period) -> float:
    """Return likes and other reactions over messages."""
    likes = period.arena.likes
    return float("nan") if likes is None else ratio(likes.sum(), len(likes))


STATISTICS: Final = (
    Declared("contributors_share", "share", "Members who wrote something in a quarter", contributors, ("F18a",)),
    Declared("starters_share", "share", "Members who began a thread in a quarter", starters, (), (Needs.threads,)),
    Declared(
        "commenters_share", "share", "Members who commented on something in a quarter", commenters, (), (Needs.threads,)
    ),
    Declared("messages_per_member", "messages a month", "Messages a member and month", messages_per_member),
    Declared(
        "messages_per_writer",
        "messages a month",
        "Messages a month of those who wrote something in the quarter",
        messages_per_writer,
        ("S2a",),
    ),
    Declared(
        "posts_per_writer",
        "threads a month",
        "Threads begun a month by those who wrote something in the quarter",
        posts_per_writer,
        ("S2b",),
        (Needs.threads,),
    ),
    Declared(
        "likes_per_message",
        "likes a message",
        "Likes and other reactions a message",
        likes_per_message,
        ("S1",),
        (Needs.likes,),
    ),
)
