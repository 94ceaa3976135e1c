"""The network as the page draws it: what members are coloured by, who answers whom, and who is lively."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from dashboards.numbers import belief_of
from dashboards.view import BELIEFS, CHANGES, OPINIONS, WEEK, WILLINGNESS, View
from dashboards.willing import willing_now
from sim.engine import Engine
from sim.errors import InputError, as_typed, nearest
from sim.scenario import issue_number
from sim.state import Clock
from sim.terms import Identity

MOST_EDGES: Final = 400
MOST_CHANGE: Final = 0.1
"""The change of a belief that has the full colour: a tenth of the scale."""
MOST_WILLING: Final = 0.5
"""The willingness that has the full colour: hardly anyone is sure to speak."""
UNKNOWN: Final = -1
"""The colour of those of whom nothing is known: who never comes, or has nothing critical to say, is not asked."""


def draw_network(engine: Engine, view: View, change: Any) -> dict[str, Any]:
    """Return the network's colours, its edges, and who wrote lately; `change` as for `draw_frame`."""
    world = engine.world
    used = np.asarray(world.messages[: int(world.clock[Clock.messages])])
    lately = used[int(np.searchsorted(used["tick"], engine.tick - WEEK)) :]
    named = lately[lately["identity"] != Identity.anonymous]
    return {
        "colour": _colours(engine, view, change),
        "edges": _edges(used, named, len(world.members)),
        "lively": np.unique(named["author"]).tolist(),
    }


def _edges(messages: Any, named: Any, members: int) -> list[list[int]]:
    """Return who answered whom how often, the most frequent first; whoever gave no name is on neither end."""
    answers = named[named["parent"] >= 0]
    above = messages[answers["parent"]]
    kept = (above["identity"] != Identity.anonymous) & (above["author"] != answers["author"])
    code = answers["author"][kept].astype(np.int64) * members + above["author"][kept]
    pairs, count = np.unique(code, return_counts=True)
    first = np.lexsort((pairs, -count))[:MOST_EDGES]
    edges: list[list[int]] = np.column_stack([pairs[first] // members, pairs[first] % members, count[first]]).tolist()
    return edges


def _colours(engine: Engine, view: View, change: Any) -> list[int]:
    """Return what members are coloured by, from 0 to 255; no change is in the middle, and `UNKNOWN` below all."""
    known = (*BELIEFS, *CHANGES)
    if view.belief not in known:
        raise InputError(
            f"members cannot be coloured by {as_typed(view.belief)}",
            key="belief",
            nearest=nearest(view.belief, known),
        )
    if view.belief in CHANGES:
        values = 0.5 + (np.zeros(len(engine.world.members)) if change is None else change) / (2.0 * MOST_CHANGE)
    elif view.belief == WILLINGNESS:
        values = willing_now(engine) / MOST_WILLING
    elif view.belief in OPINIONS:
        values = engine.world.positions[view.belief][:, issue_number(engine.parameters, view.issue)]
        values = 0.5 + 0.5 * values if view.belief == "stance" else values
    else:
        values = belief_of(engine.world.beliefs, view.belief)
    shades = np.where(np.isnan(values), UNKNOWN, np.rint(255.0 * np.clip(values, 0.0, 1.0)))
    colours: list[int] = shades.astype(int).tolist()
    return colours
