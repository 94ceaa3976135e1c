"""The probe: would you say it now? The same wish put to the same people, whenever it is asked, in whichever world.

Occasions are luck: they come to few, and to others in another world. A probe asks the rules for P(speak | wish) of
everybody, from what they believe at that hour. It writes nothing into the world and draws no luck.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

import numpy as np

from sim import kernel
from sim.beliefs import CHANNELS
from sim.engine import Engine
from sim.room import scratch
from sim.rules import voice
from sim.rules.choice import why_silent
from sim.scenario import changed
from sim.state import World
from sim.terms import Form, Luck, Moment, Role, Scope

BELIEFS: Mapping[str, str] = CHANNELS
"""The beliefs through which a spiral may run, and the setting that freezes each."""

_NO_LUCK = Luck(*[0.0] * len(Luck._fields))  # a probability needs none

_criticality: Final = getattr(voice.criticality_of_wish, "py_func", voice.criticality_of_wish)
"""It is built into kernels; here it is read as Python, since compiling it takes longer than a probe."""
_PLACES = 2
"""One visitor's rows would lie in memory in another way than those of several, for which code is compiled already."""


class Wishes(NamedTuple):
    """One wish each, that stays the same however often it is put to them."""

    issue: int
    members: Any  # int64[k], member rows
    criticality: Any  # float64[k], in [0, 1]

    def of(self, wanted: Any) -> Wishes:
        """Return the wishes of some: `wanted` is bool[k]."""
        return Wishes(self.issue, self.members[wanted], self.criticality[wanted])


def own_wishes(world: World, issue: int) -> Wishes:
    """Return what everyone who uses the arena would have to say of an issue now, given their private stance."""
    comes = (world.members["base_visits"] > 0.0) | (world.members["role"] != Role.coworker)  # others come by policy
    members = np.flatnonzero(comes)
    weight = float(world.issues[issue]["criticality"])
    stances = world.positions[members, issue]["stance"].tolist()
    return Wishes(issue, members, np.array([_criticality(weight, stance) for stance in stances]))


def p_speak(engine: Engine, wishes: Wishes) -> Any:
    """Return P(speak | wish) of each wish as a post, now: float64[k]."""
    chances = (kernel.speak(moment, engine.coefficients, _NO_LUCK).p_spoken for moment in _moments(engine, wishes))
    return np.fromiter(chances, float, len(wishes.members))


def acquiescence(engine: Engine, wishes: Wishes) -> float:
    """Return the acquiescent share of all silence that these wishes would meet now; NaN where there would be none.

    Each wish counts by its chance to stay unspoken; its shares are those of the ledger.
    """
    silence = 1.0 - p_speak(engine, wishes)
    why = [why_silent(moment, engine.coefficients).acquiescent for moment in _moments(engine, wishes)]
    return float(silence @ np.array(why) / silence.sum()) if silence.sum() > 0.0 else float("nan")


def _moments(engine: Engine, wishes: Wishes) -> Iterator[Moment]:
    """Yield what each member would see and feel, from a row that lies outside the world."""
    world = engine.world._replace(**scratch(_PLACES, engine.world.audiences))
    row = world.rows[0, 0]
    row["issue"], row["form"], row["about"], row["meant"] = wishes.issue, Form.post, -1, Scope.organization
    for member, criticality in zip(wishes.members.tolist(), wishes.criticality.tolist(), strict=True):
        row["member"], row["criticality"] = member, criticality
        yield Moment(*kernel.see_moment(world, engine.coefficients, 0, 0))


def frozen(beliefs: Iterable[str]) -> dict[str, float]:
    """Return the settings that freeze some of `BELIEFS`."""
    return {BELIEFS[belief]: 0.0 for belief in beliefs}


def freeze(engine: Engine, settings: Mapping[str, Any]) -> None:
    """Let these settings hold from now on."""
    if settings:
        engine.set_levers(changed(engine.parameters, dict(settings)))
