"""One stretch of an arena with what several statistics need of it, each worked out when it is first asked for."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from experiments.facts.observation import History, Observation, Replies, Rows
from experiments.portrait.arena import Arena
from experiments.portrait.history import history_of
from sim.organization import Organization
from sim.terms import LEADERS


class Period:
    """One stretch of an arena."""

    def __init__(self, arena: Arena) -> None:
        self.arena = arena

    @cached_property
    def written(self) -> Rows:
        """[m] messages of each member."""
        return np.bincount(self.arena.author, minlength=self.arena.members)

    @cached_property
    def started(self) -> Rows:
        """[m] threads that each member began."""
        return np.bincount(self.arena.author[self.arena.posts], minlength=self.arena.members)

    @cached_property
    def observed(self) -> Observation:
        """Its threads, as the facts look at them."""
        return history_of(self.arena)

    @property
    def run(self) -> History:
        """The run of `observed`."""
        return self.observed.run

    @property
    def replies(self) -> Replies:
        """Who answered whom."""
        return self.run.replies

    @property
    def threaded(self) -> bool:
        """Whether anything answers anything: in a plain chat nothing says so."""
        return bool((self.arena.parent >= 0).any())

    @property
    def people(self) -> Organization:
        """Who reports to whom; only to be asked for where that is known."""
        assert self.arena.organization is not None
        return self.arena.organization

    @cached_property
    def leads(self) -> Any:
        """[m] bool: who is an executive or a line manager."""
        return np.isin(self.people.role, LEADERS)
