"""An arena as the facts look at it, so that what they measure in a run is measured here by the same functions."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, Final, cast

import numpy as np

from experiments.facts.observation import History, Observation
from experiments.portrait.arena import NOBODY, Arena
from sim.organization import Organization
from sim.state import TICKS_PER_DAY, Clock, World
from sim.terms import Kind

_MESSAGE: Final = [
    *(("author", "i8"), ("thread", "i8"), ("parent", "i8"), ("tick", "f8"), ("likes", "i8")),
    *(("treatment", "i1"), ("kind", "i1")),
]
"""The fields that the measures of conversation read. An export cannot tell answers of leaders from others."""


def history_of(arena: Arena) -> Observation:
    """Return an arena as an observation whose run has messages, replies and levels, and nothing else.

    Messages of threads whose first message is not there are left out: what became of a thread shows in whole ones.
    """
    whole = np.flatnonzero(arena.thread >= 0)
    place = np.full(len(arena) + 1, NOBODY)
    place[whole] = np.arange(len(whole))
    messages = np.zeros(len(whole), _MESSAGE)
    messages["author"], messages["tick"] = arena.author[whole], arena.hour[whole]
    messages["thread"], messages["parent"] = place[arena.thread[whole]], place[arena.parent[whole]]
    messages["kind"] = Kind.news
    if arena.likes is not None:
        messages["likes"] = arena.likes[whole]
    run = History(cast(World, _world(arena, messages)), cast(Organization, arena.organization), None)
    return cast(Observation, SimpleNamespace(run=run))


def _world(arena: Arena, messages: Any) -> SimpleNamespace:
    clock = np.zeros(len(Clock), np.int64)
    clock[Clock.messages], clock[Clock.tick] = len(messages), arena.days * TICKS_PER_DAY
    people = np.zeros(arena.members, [("level", "i8")])
    if arena.organization is not None:
        people["level"] = arena.organization.level
    return SimpleNamespace(messages=messages, clock=clock, members=people)
