"""No visitor can exhaust the machine: each way to ask for work has the same bounds, and gives way to newer orders."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from dashboards import address, commands, levers, living, visitors
from dashboards import hub as hubs
from dashboards import world as worlds
from dashboards.hub import Hub
from dashboards.room import Room
from dashboards.twins import Pair
from dashboards.world import Arena
from sim import limits
from sim.engine import Engine
from sim.errors import InputError
from sim.scenario import Scenario, load

SMALL = {"organization.members": 60, "days": 20}
TOO_MUCH: list[dict[str, Any]] = [
    {"organization.members": 10_000_000},
    {"organization.members": limits.VISITOR_MEMBERS + 1},
    {"days": limits.VISITOR_DAYS + 1},
    {"organization.members": 20_000, "organization.ties_per_member": 200.0},
    {"population.visits_per_day.mean": 1000.0, "organization.members": 1000},
    {"population.visits_per_day.mean": 100.0, "population.occasions_per_visit.mean": 1000.0},
]


@pytest.fixture
def small() -> Scenario:
    return load("baseline").with_(SMALL)


def of_arena(scenario: Scenario) -> None:
    Arena(scenario)


def of_reset(scenario: Scenario) -> None:
    arena = Arena(load("baseline").with_(SMALL))
    before = arena.scenario
    try:
        arena.reset(scenario)
    finally:
        assert arena.scenario is before


def of_room(scenario: Scenario) -> None:
    room = Room("X")
    room.enter("a")
    room.host("a")
    room.ask("a", "unsaid", scenario)


def of_twins(scenario: Scenario) -> None:
    Pair.of(load("baseline").with_(SMALL), scenario)


WAYS: list[Callable[[Scenario], None]] = [of_arena, of_reset, of_room, of_twins]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("changes", TOO_MUCH, ids=str)
def test_a_world_that_is_too_large_is_refused_before_it_is_made(
    way: Callable[[Scenario], None], changes: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario = load("baseline").with_(changes)
    made = worlds.make_organization
    monkeypatch.setattr(worlds, "make_organization", lambda asked, seed: asked is not scenario and made(asked, seed))
    with pytest.raises(InputError, match="more than the dashboard takes"):
        way(scenario)


@pytest.mark.parametrize("changes", TOO_MUCH, ids=str)
def test_levers_and_addresses_have_the_same_bounds(small: Scenario, changes: dict[str, Any]) -> None:
    arena = Arena(small)
    with pytest.raises(InputError, match="more than the dashboard takes"):
        levers.move(arena, changes)
    assert arena.scenario is small
    reading = address.read("&".join(f"{key}={value}" for key, value in changes.items()))
    assert "more than the dashboard takes" in " ".join(reading.reasons)
    visitors.check(address.base_of(reading.address))


def test_no_more_is_changed_on_the_way_than_an_address_can_say(
    small: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "ADDRESS_CHANGES", 2)
    arena = Arena(small)
    for _ in range(2):
        arena.advance(1)
        arena.intervene({"visibility.scope": "team"})
    arena.advance(1)
    with pytest.raises(InputError, match="3 changes on the way"):
        arena.intervene({"visibility.scope": "organization"})


def test_where_memory_is_short_no_world_is_begun(small: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "machine", lambda: limits.Machine(4e8, 8e9))
    with pytest.raises(InputError, match="too little memory"):
        Arena(small)


def test_states_that_do_not_fit_are_thinned_and_the_past_stays_the_same(
    small: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Arena(small)
    whole.look_at(whole.ticks)
    monkeypatch.setattr(limits, "KEPT_BYTES", 3 * whole._states[0].nbytes)
    arena = Arena(small)
    arena.look_at(arena.ticks)
    assert len(arena._states) < len(whole._states)
    assert arena._states[0].tick == 0 and arena._states[-1].tick == whole._states[-1].tick
    for tick in (0, 39, 41, 97, 120):
        for each in (arena, whole):
            each.look_at(tick)
        assert (arena.engine.world.beliefs == whole.engine.world.beliefs).all()


# ---------------------------------------------------------------- a newer command cancels a long one


class Slow:
    """An engine whose hours take long, and that counts them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
        self.hours = 0
        advance = Engine.advance

        def slowly(engine: Engine, until: int, *rest: Any) -> None:
            hours = max(0, until - engine.tick)
            self.hours += hours
            time.sleep(seconds * hours)
            advance(engine, until, *rest)

        monkeypatch.setattr(Engine, "advance", slowly)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    monkeypatch.setattr(hubs, "SHORT", 0.2)
    return Slow(monkeypatch, 0.1)


def wait(condition: Callable[[], bool]) -> None:
    for _ in range(400):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it does not come")


@pytest.mark.parametrize(
    "newer",
    [
        {"do": "seek", "tick": 1},
        {"do": "levers", "changes": {"visibility.scope": "team"}},
        {"do": "reset", "seed": 9},
        {"do": "play", "on": False},
        {"do": "go", "query": "organization.members=60&days=20", "number": 1},
    ],
    ids=lambda command: str(command["do"]),
)
def test_a_newer_command_cancels_a_long_way(slow: Slow, newer: dict[str, Any]) -> None:
    hub = Hub("organization.members=60&days=20")
    try:
        hub.ask({"do": "seek", "tick": 160})
        wait(lambda: hub.arena.shown > 3)
        hub.ask(newer)
        hub.settle()
        assert hub.arena.simulated < 100 and hub._goal is None
    finally:
        hub.close()


def test_how_the_world_is_seen_changes_on_a_long_way_which_goes_on(slow: Slow) -> None:
    hub = Hub("organization.members=60&days=20")
    sent: list[tuple[str, Any]] = []
    try:
        hub.attach(lambda kind, what: (sent.append((kind, what)), kind == "frame" and hub.drawn(what["number"])))
        hub.ask({"do": "seek", "tick": 24})
        wait(lambda: hub.arena.shown > 3)
        hub.ask({"do": "view", "iceberg": True})
        wait(lambda: hub.arena.shown == 24)
        seen = [(what["clock"]["shown"], what["view"]["iceberg"]) for kind, what in sent if kind == "frame"]
        assert any(0 < tick < 24 and iceberg for tick, iceberg in seen)
    finally:
        hub.close()


def test_a_way_that_fails_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    hub = Hub("organization.members=60&days=20")
    said: list[Any] = []
    try:
        hub.settle()
        hub.attach(lambda kind, what: kind == "notice" and said.append(what))
        monkeypatch.setattr(hub.arena, "look_at", lambda _: 1 / 0)
        hub.ask({"do": "seek", "tick": 80})
        hub.settle()
        assert hub._goal is None and len(said) == 1
    finally:
        hub.close()


def test_what_is_sought_and_then_changed_at_once_is_changed_there() -> None:
    hub = Hub("organization.members=60&days=20")
    try:
        hub.ask({"do": "seek", "tick": 80})
        hub.ask({"do": "levers", "changes": {"visibility.scope": "team"}})
        hub.settle()
        assert [event.tick for event in hub.arena.interventions] == [80]
    finally:
        hub.close()


def test_an_address_far_on_is_open_at_once_and_closing_ends_the_work(slow: Slow) -> None:
    hub = Hub("organization.members=60&days=20&day=20")
    assert hub.arena.simulated < 160
    hub.close()
    hub._thread.join(5)
    assert not hub._thread.is_alive() and slow.hours < 160


def test_twins_stay_side_by_side_when_they_are_interrupted(small: Scenario) -> None:
    pair = Pair.of(small, small.with_({"visibility.scope": "team"}))
    for after in range(1, 12):
        asked = iter([False] * after)
        with pytest.raises(living.InterruptedWork), living.watched(lambda asked=asked: next(asked, True)):
            pair.look_at(pair.ticks)
        assert pair.sides[0].shown == pair.sides[1].shown
        pair.look_at(0)


def test_an_interrupted_arena_goes_on_as_if_nothing_had_been(small: Scenario) -> None:
    whole, arena = Arena(small), Arena(small)
    whole.look_at(100)
    for target in (100, 30, 100):
        for _ in range(200):
            asked = iter([False, False])
            try:
                with living.watched(lambda asked=asked: next(asked, True)):
                    arena.look_at(target)
                break
            except living.InterruptedWork:
                continue
    assert arena.shown == 100
    assert (arena.engine.world.beliefs == whole.engine.world.beliefs).all()


def test_a_command_of_megabytes_is_not_kept_and_small_ones_do_not_grow_to_one() -> None:
    with pytest.raises(InputError, match="more at once"):
        commands.queued([], {"do": "levers", "changes": {"x": "y" * 20_000}})
    waiting: list[Any] = []
    for number in range(1000):
        waiting = commands.queued(waiting, {"do": "levers", "changes": {f"{number}" * 20: 1}})
    assert max(len(str(each)) for each in waiting) <= commands.LONGEST_COMMAND
    assert len(waiting) <= commands.LONGEST_QUEUE


def test_a_flood_of_commands_is_cut() -> None:
    hub = Hub("organization.members=60&days=20")
    try:
        stop = threading.Event()
        hub.do(lambda _: stop.wait(10) and None)  # type: ignore[func-returns-value]
        for number in range(5000):
            hub.ask({"do": "play", "on": bool(number % 2)})
        assert len(hub._commands) <= commands.LONGEST_QUEUE
        stop.set()
    finally:
        hub.close()


@pytest.mark.parametrize("number", [10**400, -(10**400), 1e308, -1e308, float("inf"), 0.4, 7])
def test_every_number_of_a_page_is_brought_within_its_ends(number: float) -> None:
    assert 1 <= commands.whole(number, 1, 5) <= 5


@pytest.mark.parametrize("number", [None, True, "7", float("nan"), [], {}])
def test_what_is_no_number_is_refused(number: Any) -> None:
    with pytest.raises(InputError, match="is no number"):
        commands.whole(number, 1, 5)
