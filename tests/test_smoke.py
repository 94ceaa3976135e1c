"""In a few seconds: does the simulation run at all? For other versions of Python."""

from __future__ import annotations

from sim.engine import Engine
from sim.scenario import load
from sim.state import Clock
from sim.terms import Strategy


def test_the_baseline_runs_and_somebody_says_something():
    engine = Engine(load("baseline").with_({"organization.members": 100, "days": 3}), seed=1)
    engine.advance(engine.ticks)
    world = engine.world
    assert engine.tick == 24
    assert world.clock[Clock.messages] > 0
    assert world.members["visits"].sum() > 0
    assert set(world.occasions["strategy"][: world.clock[Clock.occasions]].tolist()) <= {int(way) for way in Strategy}
