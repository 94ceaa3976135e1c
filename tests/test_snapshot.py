"""A snapshot is all that a run needs to go on: values that stay, from which nothing has to be made again."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from conftest import differing, livelier

import sim
from dashboards import why
from dashboards.world import Arena
from sim.engine import Engine
from sim.errors import InputError
from sim.room import copied, grown
from sim.scenario import Scenario
from sim.state import TICKS_PER_DAY
from sim.terms import Strategy

MIDDAY = 3 * TICKS_PER_DAY + 5


@pytest.fixture(scope="module")
def lively() -> Scenario:
    scenario = livelier(sim.load("baseline").with_({"organization.members": 60}), days=8)
    return scenario.with_events({"day": 2, "set": {"visibility.scope": "team"}})


@pytest.fixture
def engine(lively: Scenario) -> Engine:
    begun = Engine(lively, None, 5)
    begun.advance(MIDDAY)
    return begun


@pytest.fixture
def arena(lively: Scenario) -> Arena:
    return Arena(lively, 5)


@pytest.fixture
def nothing_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on nobody is drawn, no organisation made up, no scenario written out or read."""

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("made again")

    for made in ("sim.world.populate", "sim.world.make_pages", "sim.engine.generate", "sim.record.states.from_toml"):
        monkeypatch.setattr(made, refuse)
    monkeypatch.setattr(Scenario, "to_toml", refuse)


def test_an_engine_goes_on_from_a_snapshot_to_the_last_bit(engine: Engine, nothing_is_made: None) -> None:
    again, copied = Engine.from_snapshot(engine.snapshot()), engine.copy()
    for each in (engine, again, copied):
        each.advance(each.ticks)
    assert differing(engine, again) == differing(engine, copied) == []
    assert again.parameters.visibility.scope == "team"


def test_without_its_ledger_a_run_goes_on_the_same(engine: Engine) -> None:
    other = engine.copy(with_ledger=False)
    before = sum(len(part) for part in engine.ledger())
    for each in (engine, other):
        each.advance(each.ticks)
    rows, later = (np.concatenate([np.asarray(part) for part in each.ledger()]) for each in (engine, other))
    assert 0 < before < len(rows)
    assert rows["occasion_id"][before:].tolist() == later["occasion_id"].tolist()
    assert rows["p_spoken"][before:].tolist() == later["p_spoken"].tolist()


def test_nothing_of_a_snapshot_can_be_written_to(engine: Engine) -> None:
    snapshot = engine.snapshot()
    for name, array in snapshot.arrays.items():
        with pytest.raises(ValueError, match="read-only"):
            array[...] = array
        assert not np.shares_memory(array, getattr(engine.world, name)), name
    with pytest.raises(AttributeError):
        snapshot.seed = 3  # type: ignore[misc]


def test_two_engines_from_one_snapshot_share_nothing(engine: Engine) -> None:
    snapshot = engine.snapshot()
    one, other = Engine.from_snapshot(snapshot), Engine.from_snapshot(snapshot)
    one.advance(one.ticks)
    assert (one.tick, other.tick, snapshot.tick) == (one.ticks, MIDDAY, MIDDAY)
    assert differing(other, engine) == []


@pytest.mark.parametrize("change", [{"days": 9}, {"issues.0.name": "Another"}])
def test_a_run_goes_on_only_with_its_own_days_and_issues(engine: Engine, change: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="the issues and the days that it began with"):
        engine.snapshot().continued_in(engine.scenario.with_(change))


def test_members_whom_python_decides_for_are_asked_for_again(lively: Scenario) -> None:
    engine = Engine(lively, None, 5, {4: lambda *_: Strategy.withhold})
    engine.advance(MIDDAY)
    with pytest.raises(InputError, match="rows 4"):
        Engine.from_snapshot(engine.snapshot())
    assert engine.copy().behaviours == engine.behaviours


def test_an_arena_is_forked_looked_back_on_and_explained_without_making_anything(
    arena: Arena, nothing_is_made: None
) -> None:
    arena.advance(6 * TICKS_PER_DAY)
    row = int(arena.run().occasions["member"][-1])
    assert why.explain_card(arena, {"member": row})["occasion"]
    twin = arena.forked({"visibility.scope": "organization"})
    twin.advance(TICKS_PER_DAY)
    arena.look_at(TICKS_PER_DAY)
    assert (arena.shown, twin.shown) == (TICKS_PER_DAY, 7 * TICKS_PER_DAY)


def test_a_copy_of_records_has_every_field_of_all_parts_and_is_nobody_elses(engine: Engine) -> None:
    members = engine.world.members
    together = copied(members[:20], members[20:])
    assert together.dtype == members.dtype
    assert all((together[name] == members[name]).all() for name in members.dtype.names)
    assert not np.shares_memory(together, members)


def test_what_grows_keeps_what_it_held_and_is_blank_beyond(engine: Engine) -> None:
    positions = engine.world.positions[:, 0]
    larger = grown(positions, len(positions) + 3)
    assert all((larger[name][:-3] == positions[name]).all() for name in positions.dtype.names)
    assert not larger[-3:].tobytes().strip(b"\0")
