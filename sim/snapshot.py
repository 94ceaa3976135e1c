"""A snapshot: all that a paused run needs to go on, as values that never change.

Engines are forked, looked back on and explained from snapshots, in memory; `sim.record` writes them to files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from sim.errors import InputError
from sim.organization import Organization
from sim.parameters import Parameters
from sim.room import SPARE, copied, grown, scratch_of
from sim.scenario import Scenario
from sim.state import MESSAGE, OCCASION, PENDING, SCRATCH, TICKS_PER_DAY, Clock, World

KEPT: Final = tuple(name for name in World._fields if name not in SCRATCH)
"""The arrays of a world that last beyond a tick."""
GROWING: Final = {"messages": MESSAGE, "pending": PENDING, "occasions": OCCASION}
"""Those of them that have room for more, with what they hold."""
DAILY: Final = ("daily", "whole")
"""Those of them with an entry a day of the whole run."""


@dataclass(frozen=True)
class Snapshot:
    """A run between two ticks."""

    scenario: Scenario
    parameters: Parameters
    """The settings in force: those of the scenario, with whatever was changed since."""
    seed: int
    events_done: int
    """How many events of the scenario have happened, in the order of time."""
    organization: Organization
    arrays: Mapping[str, Any]
    """The arrays `KEPT` of the world, as far as they are used; they cannot be written to."""

    @property
    def tick(self) -> int:
        """The working hour that comes next."""
        return int(self.arrays["clock"][Clock.tick])

    @property
    def scripted(self) -> list[int]:
        """The rows of the members for whom Python code decides."""
        found: list[int] = np.flatnonzero(self.arrays["members"]["scripted"]).tolist()
        return found

    @property
    def nbytes(self) -> int:
        """Bytes of its arrays."""
        return sum(array.nbytes for array in self.arrays.values())

    def continued_in(self, scenario: Scenario, undone: int = 0) -> Snapshot:
        """Return the same run, to go on in a scenario that differs only in what comes later and in `undone` events.

        Raises InputError where the scenario has other issues or days.
        """
        if not fit_one_world(self.parameters, scenario.parameters):
            raise InputError("a run can only go on with the issues and the days that it began with")
        return replace(self, scenario=scenario, events_done=self.events_done - undone)

    def world(self) -> World:
        """Return a world of its own that stands where this one does, with room to go on."""
        days = self.scenario.parameters.days
        kept = {name: _with_room(name, self.arrays[name], days) for name in KEPT}
        return World(**kept, **scratch_of(len(self.arrays["members"]), self.arrays["audiences"]))


def fit_one_world(one: Parameters, other: Parameters) -> bool:
    """Say whether a world can go on under both settings: with the same days and issues."""
    return one.days == other.days and [issue.name for issue in one.issues] == [issue.name for issue in other.issues]


def arrays_of(world: World, ledger: Iterable[Any]) -> Mapping[str, Any]:
    """Return what is used of a world's lasting arrays, as copies that cannot be written to.

    `ledger` has all occasions, in parts; those on disk come back into memory.
    """
    begun = -(-int(world.clock[Clock.tick]) // TICKS_PER_DAY)
    kept = {name: getattr(world, name) for name in KEPT}
    kept |= {name: kept[name][:begun] for name in DAILY}
    kept |= {name: kept[name][: world.clock[Clock[name]]] for name in ("messages", "pending")}
    arrays = {name: copied(array) for name, array in kept.items() if name != "occasions"}
    arrays["occasions"] = copied(kept["occasions"][:0], *ledger)
    arrays["clock"][Clock.occasions] = len(arrays["occasions"])
    for array in arrays.values():
        array.setflags(write=False)
    return arrays


def _with_room(name: str, kept: Any, days: int) -> Any:
    """Return a copy of one array of a world, with room for more where more may come."""
    if name in GROWING:
        return grown(kept, len(kept) + SPARE)
    if name in DAILY:
        room = np.zeros((days, *kept.shape[1:]))
        room[: len(kept)] = kept
        return room
    return copied(kept).view(np.recarray) if kept.dtype.names else copied(kept)
