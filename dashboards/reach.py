"""Whom a leader's answer has reached: who has read it, and whom ties told of it, each with the hour."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from sim import chance
from sim.engine import Engine
from sim.state import TICKS_PER_DAY, Clock

NEVER: Final = -1


class Reach:
    """An observer of one world, in which `answer` is the row of the answer.

    `saw_at` and `heard_at` are the hours at which each member read it, and was told of it; `NEVER` where they were not.
    """

    def __init__(self, answer: int, members: int) -> None:
        self.answer = answer
        self.saw_at, self.heard_at = (np.full(members, NEVER) for _ in range(2))

    def count_answered(self, engine: Engine) -> None:
        """Count the one who is answered among those who read it: the answer is to them."""
        written = engine.world.messages
        self.saw_at[written["author"][written["parent"][self.answer]]] = written["tick"][self.answer]

    def note(self, engine: Engine) -> None:
        """Note who reads it in this hour, and who was told of it in the night before."""
        self.note_hearers(engine)
        world = engine.world
        count = int(world.clock[Clock.visitors])
        read = np.arange(world.seen.shape[1]) < world.seen_count[:count, None]
        readers = world.visitors[:count][((world.seen[:count] == self.answer) & read).any(axis=1)]
        new = readers[self.saw_at[readers] == NEVER]
        self.saw_at[new] = engine.tick

    def note_hearers(self, engine: Engine) -> None:
        """Note whom ties told of it at the end of the last day."""
        heard = engine.world.members["heard_of"] == self.answer
        night = engine.tick // TICKS_PER_DAY * TICKS_PER_DAY - 1
        self.heard_at[heard & (self.heard_at == NEVER)] = night

    def groups(self) -> dict[str, Any]:
        """Return who read it, who only heard of it, and all others: bool[n] each."""
        saw, heard = self.saw_at != NEVER, self.heard_at != NEVER
        return {"saw": saw, "heard": heard & ~saw, "others": ~(saw | heard)}

    def since(self) -> Any:
        """Return the hour at which it reached each member: when they read it, else when they heard of it; int[n]."""
        return np.where(self.saw_at != NEVER, self.saw_at, self.heard_at)


def teller_of(engine: Engine, listener: int, answer: int) -> int:
    """Return which tie told a member of an answer in the night that has just ended; -1 where none did.

    Of several who tell, the listener hears it from the first; each tells by the luck of that night.
    """
    world = engine.world
    ties = world.tie_member[world.tie_start[listener] : world.tie_start[listener + 1]]
    tellers = ties[world.members["witnessed"][ties] == answer]
    if not len(tellers):
        return -1
    pairs = [chance.pair(np.uint64(key), np.uint64(world.keys[listener])) for key in world.members["key"][tellers]]
    drawn = chance.uniforms(engine.seed, chance.Purpose.GOSSIP, engine.tick - 1, np.array(pairs, np.uint64))
    told = tellers[drawn < engine.coefficients.learning.gossip * world.members["striking"][tellers]]
    return int(told[0]) if len(told) else -1
