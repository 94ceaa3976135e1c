"""Other seeds of a world: which they are, and whether what happens here can happen there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sim.errors import InputError
from sim.scenario import Event
from sim.simulation import LARGEST_SEED

SEEDS: Final = 12
"""Other seeds that are asked."""


def other_seeds(seed: int, number: int = SEEDS) -> list[int]:
    """Return the seeds that follow one."""
    return [(seed + each) % (LARGEST_SEED + 1) for each in range(1, number + 1)]


def check(events: Iterable[Event]) -> None:
    """Refuse what only its own seed can have: an answer to one certain message."""
    for event in events:
        if event.respond is not None and isinstance(event.respond.to, int):
            raise InputError(
                "Other seeds cannot have what happens here: "
                f"on day {event.day:g} a leader answers one certain message, which was written on this seed"
            )
