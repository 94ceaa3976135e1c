"""What the tests share: how hard Hypothesis looks, small worlds, and worlds compared byte by byte."""

from __future__ import annotations

import copy
import os
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

from sim.engine import Engine
from sim.parameters import registry
from sim.scenario import Scenario, load
from sim.state import SCRATCH, Clock, World

IN_CI = os.environ.get("CI", "").lower() in ("1", "true", "yes")

settings.register_profile(
    "house",
    deadline=None,  # the first example may have to compile
    max_examples=60,
    derandomize=IN_CI,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("house")

"""Arrays that only live within a tick: what is left in them belongs to nobody."""
USED = {"messages": Clock.messages, "pending": Clock.pending, "occasions": Clock.occasions}
"""Arrays with more room than rows, and the counter of the rows in use."""
LEVERS = ("policies", "arena")


# ---------------------------------------------------------------- runs


def run(scenario: Scenario, seed: int = 1, until: int | None = None, **further: Any) -> Engine:
    """Return the engine of a scenario after all of its days, or before the tick `until`."""
    engine = Engine(scenario, seed=seed, **further)
    engine.advance(engine.ticks if until is None else until)
    return engine


def copy_of(engine: Engine) -> Engine:
    """Return an engine of its own that stands where this one does: cheaper than to make the world again."""
    twin = copy.copy(engine)
    twin.world = World(*(array.copy() for array in engine.world))
    return twin


def ledger_of(engine: Engine) -> np.ndarray:
    """Return the whole silence ledger: one record for each occasion, in order."""
    return np.concatenate([np.asarray(part) for part in engine.ledger()])


# ---------------------------------------------------------------- worlds as bytes


def used(world: World, name: str) -> np.ndarray:
    """Return those rows of an array of the world that are in use, as a plain array."""
    array = getattr(world, name)
    if name in USED:
        array = array[: int(world.clock[USED[name]])]
    elif name == "slots":
        pages = [array[page["first"] : page["first"] + page["threads"]] for page in world.audiences]
        array = np.concatenate(pages)
    return np.asarray(array)


def state(engine: Engine, without: tuple[str, ...] = ()) -> dict[str, bytes]:
    """Return the world's bytes, array by array and field by field (so without the padding between fields)."""
    found = {}
    for name in World._fields:
        if name in SCRATCH or name in without:
            continue
        array = used(engine.world, name)
        for field in array.dtype.names or ("",):
            values = array[field] if field else array
            found[f"{name}.{field}".rstrip(".")] = repr(values.shape).encode() + values.tobytes()
    return found


def state_bytes(engine: Engine, without: tuple[str, ...] = ()) -> bytes:
    """Return the bytes of all arrays of the world in their order, used rows only, less the arrays named."""
    return b"\0".join(state(engine, without).values())


def differing(one: Engine, other: Engine, without: tuple[str, ...] = ()) -> list[str]:
    """Return the names (array.field) of whatever differs between two worlds; none where they are the same."""
    mine, theirs = state(one, without), state(other, without)
    assert mine.keys() == theirs.keys()
    return [name for name, content in mine.items() if content != theirs[name]]


# ---------------------------------------------------------------- small worlds


def livelier(scenario: Scenario, days: int = 6) -> Scenario:
    """Return a scenario in which so much is said in a few days that hardly any branch is left out."""
    spoken = ("like", "to", "with_", "against", "past", "about")
    changes: dict[str, Any] = {f"reaction.{name}": registry()[f"reaction.{name}"].default + 3.0 for name in spoken}
    changes |= {
        "days": days,
        "population.visits_per_day.mean": 2.0,
        "population.occasions_per_visit.mean": 0.2,
        "leadership.line_managers.presence": 3.0,
        "leadership.executives.presence": 3.0,
        "leadership.line_managers.responsiveness": 0.7,
        "leadership.executives.responsiveness": 0.7,
        "visibility.anonymous_posts": True,
        "visibility.audience_cues": True,
    }
    return scenario.with_(changes)


@pytest.fixture(scope="session")
def small() -> Scenario:
    """An ordinary organisation of 120 members for three weeks."""
    return load("baseline").with_({"organization.members": 120, "days": 15})


@pytest.fixture(scope="session")
def lively(small: Scenario) -> Scenario:
    """The same members in six days so lively that hardly any branch of the model is left out."""
    return livelier(small)
