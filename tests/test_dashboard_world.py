"""Claims about watched worlds: an hour always looks the same, changes are events, addresses are true."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboards import address, levers
from dashboards import view as views
from dashboards.address import Address
from dashboards.frame import draw_frame
from dashboards.scene import draw_scene
from dashboards.view import View
from dashboards.world import STATE_EVERY, Arena
from sim.engine import Engine
from sim.errors import InputError, shown
from sim.organization import generate
from sim.parameters import OrganizationTable, registry
from sim.record import TABLES, values_digest
from sim.replay import check
from sim.scenario import Event, Scenario, load, may_change
from sim.simulation import simulate
from sim.state import TICKS_PER_DAY
from tests.conftest import differing, livelier, state_bytes

DAYS = 12
TICKS = DAYS * TICKS_PER_DAY
FEW = OrganizationTable(members=33, span_of_control=4, levels=3, locations=1, ties_per_member=4, communicators_share=0)
EVENTS: list[dict[str, Any]] = [
    {"day": 2, "set": {"visibility.audience_cues": False}},
    {"day": 4, "campaign": {"issue": 0, "salience": 3.0, "days": 4}},
    {"day": 5, "respond": {"by": "ceo", "to": "latest_critique", "how": "sanction"}},
    {"day": 5.5, "post": {"by": "m7", "issue": 2, "stance": -0.8, "criticality": 0.7}},
]
CHANGES: list[dict[str, Any]] = [
    {"visibility.scope": "team"},
    {"leadership.executives.openness": 0.1, "visibility.identity": "pseudonym"},
    {"issues.0.salience": 2.5},
    {"set": {"rules.voice": "no_fear"}},
    {"respond": {"by": "ceo", "to": "latest_critique", "how": "action"}},
    {"post": {"by": "m3", "issue": 1, "stance": 0.5, "criticality": 0.0}},
    {"announce": {"by": "ceo", "openness": 0.9}},
    {"campaign": {"issue": 1, "salience": 4.0, "days": 1}},
]
WRONG: list[Any] = [
    {},
    {"visibility.scope": "moon"},
    {"visibility.skope": "team"},
    {"organization.members": 10},
    {"days": 3},
    {"leadership.executives.openness": 7},
    {"leadership.executives.openness": float("nan")},
    {"respond": {"by": "nobody at all", "to": "latest_critique", "how": "action"}},
    {"respond": {"by": "ceo", "to": 17, "how": "action"}},
    {"respond": {"by": "ceo", "to": "latest_critique", "how": "hug"}},
    {"post": {"by": "m3", "issue": 99, "stance": 0.5}},
    {"issue": {"name": "One more"}},
    {"day": 1, "set": {"visibility.scope": "team"}},
    {"set": {}},
    {"set": {"visibility.scope": "team"}, "announce": {"by": "ceo", "openness": 1.0}},
    [("visibility.scope", "team")],
    None,
]
ANY_HOUR = st.integers(0, TICKS)


@pytest.fixture(scope="module")
def eventful() -> Scenario:
    """A lively world in which something happens."""
    return livelier(load("baseline").with_({"organization.members": 80}), DAYS).with_events(*EVENTS)


@pytest.fixture(scope="module")
def first_seen(eventful: Scenario) -> dict[int, Any]:
    """Each hour's frame, as it was when it was first run."""
    arena = Arena(eventful, 3)
    found = {0: _seen(arena)}
    for tick in range(1, TICKS + 1):
        arena.advance()
        found[tick] = _seen(arena)
    return found


def _seen(arena: Arena) -> dict[str, Any]:
    """Return all that is drawn, but for how far the run has come."""
    found = draw_frame(arena, View(iceberg=True))
    found["clock"].pop("simulated")
    return found


def _engine_at(scenario: Scenario, seed: int, tick: int) -> Engine:
    engine = Engine(scenario, seed=seed)
    engine.advance(tick)
    return engine


# ---------------------------------------------------------------- looking back


@settings(max_examples=15)
@given(hours=st.lists(ANY_HOUR, min_size=1, max_size=6), steps=st.integers(0, 20))
def test_an_hour_looks_the_same_whenever_it_is_shown(eventful, first_seen, hours, steps):
    arena = Arena(eventful, 3)
    furthest = 0
    for hour in hours:
        arena.look_at(hour)
        arena.advance(steps)
        tick = min(TICKS, hour + steps)
        furthest = max(furthest, tick)
        assert (arena.shown, arena.simulated, arena.generation) == (tick, furthest, 0)
        assert {**_seen(arena), "generation": 0} == first_seen[tick]


@pytest.mark.parametrize("hour", [-5, 0, TICKS, TICKS + 1, 10**9])
def test_no_hour_outside_the_run_is_shown(eventful, hour):
    arena = Arena(eventful, 3)
    arena.look_at(hour)
    assert arena.shown == min(max(hour, 0), TICKS)
    arena.advance(5)
    assert arena.shown <= arena.ticks


def test_looking_on_lives_nothing_again(eventful, monkeypatch):
    arena = Arena(eventful, 3)
    arena.look_at(TICKS)
    arena.look_at(50)
    spent: list[int] = []
    advance = Engine.advance
    monkeypatch.setattr(
        Engine, "advance", lambda self, until, *_: spent.append(until - self.tick) or advance(self, until)
    )
    arena.advance(3)
    assert sum(spent) == 3
    spent.clear()
    arena.look_at(5 * TICKS_PER_DAY + 2)
    assert 0 < sum(spent) < STATE_EVERY
    spent.clear()
    arena.look_at(TICKS)
    assert sum(spent) == 0


# ---------------------------------------------------------------- changes


@settings(max_examples=25)
@given(simulated=ANY_HOUR, hour=st.integers(0, TICKS - 1), change=st.sampled_from(CHANGES), end=ANY_HOUR)
def test_to_intervene_is_to_have_had_that_event(eventful, simulated, hour, change, end):
    arena = Arena(eventful, 3)
    arena.look_at(simulated)
    arena.look_at(hour)
    arena.intervene(change)
    assert (arena.shown, arena.simulated, arena.generation) == (hour, hour, 1)
    table = change if set(change) & {"set", "respond", "post", "announce", "campaign"} else {"set": change}
    written = eventful.with_events({"day": hour / TICKS_PER_DAY, **table})
    assert arena.scenario.digest == written.digest
    for tick in (hour, max(hour, end), hour // 2):
        arena.look_at(tick)
        assert differing(arena.engine, _engine_at(written, 3, tick)) == []


@settings(max_examples=10)
@given(steps=st.lists(st.tuples(st.integers(0, TICKS - 1), st.sampled_from(CHANGES)), min_size=2, max_size=5))
def test_what_comes_after_a_change_is_forgotten_and_what_came_before_is_kept(eventful, steps):
    arena = Arena(eventful, 3)
    for hour, change in steps:
        earlier = [event for event in arena.interventions if event.tick <= hour]
        arena.look_at(hour)
        try:
            arena.intervene(change)
        except InputError:  # two campaigns for one issue at one time
            assert "campaign" in change
            continue
        assert arena.interventions[: len(earlier) - 1] == tuple(earlier[:-1])
        assert arena.interventions[-1].tick == hour
        assert arena.scenario.written == (*eventful.written, *arena.interventions)
    arena.look_at(TICKS)
    assert differing(arena.engine, _engine_at(arena.scenario, 3, TICKS)) == []


def test_levers_moved_in_one_hour_are_one_event(eventful):
    arena = Arena(eventful, 3)
    arena.look_at(33)
    arena.intervene({"visibility.scope": "team", "leadership.executives.openness": 0.2})
    arena.intervene({"visibility.scope": "department"})
    arena.intervene({"visibility.ranking": "popular"})
    assert [dict(event.set) for event in arena.interventions] == [
        {"visibility.scope": "department", "leadership.executives.openness": 0.2, "visibility.ranking": "popular"}
    ]
    assert arena.engine.parameters.visibility.scope == "department"
    arena.look_at(10)
    arena.look_at(TICKS)
    assert differing(arena.engine, _engine_at(arena.scenario, 3, TICKS)) == []


@pytest.mark.parametrize("hour", [0, 20, TICKS])
@pytest.mark.parametrize("change", WRONG, ids=lambda change: str(change)[:40])
def test_what_cannot_be_changes_nothing(eventful, hour, change):
    arena = Arena(eventful, 3)
    arena.look_at(hour)
    before = (state_bytes(arena.engine), arena.scenario, arena.generation, arena.interventions, arena.simulated)
    with pytest.raises(InputError):
        arena.intervene(change)
    with pytest.raises(InputError):
        arena.forked(change if change is not None else {})
    assert before == (state_bytes(arena.engine), arena.scenario, arena.generation, arena.interventions, arena.simulated)
    arena.advance(9)
    assert differing(arena.engine, _engine_at(eventful, 3, min(TICKS, hour + 9))) == []


def test_nothing_can_be_changed_when_the_run_is_over(eventful):
    arena = Arena(eventful, 3)
    arena.look_at(TICKS)
    with pytest.raises(InputError, match="over"):
        arena.intervene({"visibility.scope": "team"})


# ---------------------------------------------------------------- forks


@settings(max_examples=10)
@given(simulated=ANY_HOUR, hour=ANY_HOUR, end=ANY_HOUR)
def test_a_fork_without_a_change_stays_the_same(eventful, simulated, hour, end):
    arena = Arena(eventful, 3)
    arena.look_at(simulated)
    arena.look_at(hour)
    twin = arena.forked()
    assert twin.shown == twin.simulated == min(hour, TICKS)
    for tick in (end, hour // 2, TICKS):
        arena.look_at(tick)
        twin.look_at(tick)
        assert differing(arena.engine, twin.engine) == []
        assert _seen(arena) == _seen(twin)


def test_a_fork_with_a_change_leaves_its_origin_alone(eventful):
    arena = Arena(eventful, 3)
    arena.look_at(60)
    arena.look_at(45)
    before = state_bytes(arena.engine)
    twin = arena.forked({"leadership.line_managers.openness": 0.0})
    twin.look_at(TICKS)
    assert (arena.shown, arena.simulated, arena.generation, arena.interventions) == (45, 60, 0, ())
    assert state_bytes(arena.engine) == before
    arena.look_at(TICKS)
    assert differing(arena.engine, _engine_at(eventful, 3, TICKS)) == []
    assert differing(arena.engine, twin.engine) != []
    assert differing(twin.engine, _engine_at(twin.scenario, 3, TICKS)) == []


# ---------------------------------------------------------------- starting again


def test_a_reset_starts_again(eventful, small):
    arena = Arena(eventful, 3)
    arena.look_at(50)
    arena.intervene({"visibility.scope": "team"})
    arena.reset()
    assert (arena.shown, arena.simulated, arena.interventions, arena.generation) == (0, 0, (), 2)
    assert arena.scenario is arena.base is eventful
    arena.reset(seed=4)
    arena.look_at(30)
    assert differing(arena.engine, _engine_at(eventful, 4, 30)) == []
    arena.reset(scenario=small)
    assert (arena.organization.members, arena.seed) == (120, 4)


def test_an_organisation_that_was_given_stays_until_another_is_wanted(eventful):
    people = generate(FEW, seed=8)
    arena = Arena(eventful, 3, people)
    assert (arena.organization.members, arena.given) == (33, True)
    arena.reset(seed=9)
    assert arena.organization.members == 33
    arena.reset(organization="generated")
    assert (arena.organization.members, arena.given) == (80, False)


@pytest.mark.parametrize("seed", [-1, 2**63, 1.5, True, "1"])
def test_a_wrong_seed_is_refused_and_changes_nothing(eventful, seed):
    arena = Arena(eventful, 3)
    arena.look_at(9)
    with pytest.raises(InputError, match="seed"):
        arena.reset(seed=seed)
    assert (arena.seed, arena.shown, arena.generation) == (3, 9, 0)


# ---------------------------------------------------------------- what is left behind


def test_the_run_of_an_arena_is_the_run_of_its_scenario(eventful, tmp_path):
    arena = Arena(eventful, 3)
    arena.look_at(45)
    arena.intervene({"leadership.executives.openness": 0.0})
    arena.look_at(TICKS)
    arena.look_at(9 * TICKS_PER_DAY)
    found = arena.run()
    arena.look_at(TICKS)
    expected = simulate(arena.scenario, 3, until=9)
    assert (found.days, found.seed, found.scenario.digest) == (9, 3, arena.scenario.digest)
    for table in TABLES:
        assert values_digest(getattr(found, table)) == values_digest(getattr(expected, table)), table
    assert len(found.states) == 1
    assert check(found.save(tmp_path / "run")).identical


# ---------------------------------------------------------------- levers


def test_every_lever_is_a_parameter_described_as_it_is_declared(eventful):
    for group in levers.groups(eventful):
        assert group.live == all(lever.live for lever in group.levers)
        for lever in group.levers:
            known = levers.parameter(lever.key)
            assert (lever.meaning, lever.source, lever.status, lever.unit) == (
                known.meaning, known.source, known.status, known.unit,
            )  # fmt: skip
            assert lever.live == may_change(lever.key)
            assert lever.label and lever.meaning
            assert {"slider": lever.step, "choice": lever.options, "switch": not lever.options}[lever.kind]
    assert json.dumps(levers.groups(eventful), allow_nan=False)


def test_what_the_arena_shows_and_leaders_do_is_all_there(eventful):
    there = {lever.key for group in levers.groups(eventful) for lever in group.levers}
    wanted = {name for name in registry() if name.partition(".")[0] in ("visibility", "leadership", "communicators")}
    assert wanted | {name for name in registry() if name.startswith("organization.")} <= there


def test_sliders_reach_no_further_than_their_bounds():
    for name, (low, high) in levers.REACH.items():
        known = registry()[name]
        assert known.low <= low < high <= known.high
        assert low <= known.default <= high
    wide = levers.lever("organization.members", 20_000)
    assert wide.max == 20_000


@settings(max_examples=40)
@given(data=st.data())
def test_each_step_of_a_slider_can_be_moved_to(eventful, data):
    sliders = [each for group in levers.groups(eventful) for each in group.levers if each.kind == "slider"]
    slider = data.draw(st.sampled_from(sliders))
    steps = int((slider.max - slider.min) / slider.step)
    value = min(slider.max, slider.min + data.draw(st.integers(0, steps)) * slider.step)
    changed = eventful.with_({"days": 100_000}).with_({slider.key: levers.read(slider.key, value)})
    assert levers.values(changed.parameters)[slider.key] == pytest.approx(value, abs=0.51 if slider.step == 1 else 1e-9)
    assert steps >= 20 or slider.step == 1 or slider.scale == "log"


def test_levers_act_at_once_where_they_can_and_else_begin_a_new_world(eventful):
    arena = Arena(eventful, 3)
    arena.look_at(20)
    levers.move(arena, {"leadership.executives.openness": "0.25", "visibility.anonymous_posts": "false"})
    assert (arena.shown, arena.engine.parameters.leadership.executives.openness) == (20, 0.25)
    assert arena.engine.parameters.visibility.anonymous_posts is False
    levers.move(arena, {"organization.members": 40.0, "visibility.scope": "team"})
    assert (arena.shown, arena.organization.members, arena.interventions) == (0, 40, ())
    assert arena.base.parameters.visibility.scope == "team"
    with pytest.raises(InputError):
        levers.move(arena, {"organization.members": 41, "visibility.scope": "moon"})
    with pytest.raises(InputError, match="no lever"):
        levers.move(arena, {"no.such.lever": 1})
    assert (arena.organization.members, arena.generation) == (40, 2)


# ---------------------------------------------------------------- addresses

_LEVERS: dict[str, st.SearchStrategy[Any]] = {
    "visibility.scope": st.sampled_from(["team", "department"]),
    "visibility.anonymous_posts": st.just(True),
    "leadership.executives.openness": st.floats(0, 1),
    "organization.members": st.integers(20, 300),
    "population.safety.mean": st.floats(0.1, 0.9),
    "issues.0.salience": st.floats(0, 20),
    "issues.2.name": st.text("aé ,:&=%+#;ß“", min_size=1, max_size=20).filter(lambda text: text.strip() == text),
}
_DAY = st.integers(0, 59 * TICKS_PER_DAY).map(lambda tick: tick / TICKS_PER_DAY)
_MEMBER = st.one_of(st.just("ceo"), st.text("abc1,:&=% +\u202e<", min_size=1, max_size=12))
_TABLES = st.one_of(
    st.fixed_dictionaries({"set": st.fixed_dictionaries({"leadership.executives.openness": st.floats(0, 1)})}),
    st.fixed_dictionaries({"announce": st.fixed_dictionaries({"by": _MEMBER, "openness": st.floats(0, 1)})}),
    st.fixed_dictionaries(
        {"respond": st.fixed_dictionaries({"by": _MEMBER, "to": st.integers(0, 2**50), "how": st.just("none")})}
    ),
    st.fixed_dictionaries(
        {"post": st.fixed_dictionaries(
            {"by": _MEMBER, "issue": st.integers(0, 3), "stance": st.floats(-1, 1), "criticality": st.floats(0, 1),
             "anonymous": st.booleans()}
        )}
    ),
)  # fmt: skip


@given(
    scenario=st.sampled_from(["baseline", "one-public-rebuke"]),
    seed=st.integers(0, 2**63 - 1),
    moved=st.fixed_dictionaries({}, optional=_LEVERS),
    happened=st.lists(st.tuples(_DAY, _TABLES), max_size=4),
    tick=st.integers(0, 60 * TICKS_PER_DAY),
    view=st.builds(
        View()._replace,
        belief=st.sampled_from([*views.BELIEFS, *views.CHANGES]),
        iceberg=st.booleans(),
        issue=st.none() | st.integers(0, 3),
        layout=st.sampled_from(views.LAYOUTS),
        against=st.integers(0, 60 * TICKS_PER_DAY),
    ),
    tab=st.sampled_from(address.TABS),
    why=st.none() | st.tuples(st.sampled_from(address.ASKED), st.integers(0, 2**50).map(str)),
)
def test_an_address_says_again_what_was_said(scenario, seed, moved, happened, tick, view, tab, why):
    base = load(scenario).with_(moved)
    happened.sort(key=lambda each: each[0])
    changed = base.with_events(*({"day": day, **table} for day, table in happened))
    kept = levers.values(base.parameters)
    world = (scenario, seed, tuple((key, kept[key]) for key in moved), changed.written[len(base.written) :])
    wanted = Address(*world, tick, view, tab, why)
    text = address.query(wanted)
    assert text.isascii() and " " not in text
    found, reasons = address.read("?" + text)
    assert reasons == ()
    assert found == wanted


@given(st.text(max_size=200))
def test_any_text_is_some_address(text):
    found, reasons = address.read(text)
    assert found.scenario == "baseline" or found.scenario in text
    assert address.read(address.query(found)) == (found, ())
    assert all(shown(reason, 10_000) == reason for reason in reasons)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["scenario", "seed", "day", "at", "visibility.scope", "organization.members", "days", "x"]),
            st.one_of(st.text(max_size=30), st.sampled_from(["nan", "-1", "1e999", "1,set,a:b", "2,respond,by:ceo"])),
        ),
        max_size=6,
    )
)
def test_hostile_addresses_are_reported_and_left_out(pairs):
    from urllib.parse import urlencode

    found, reasons = address.read(urlencode(pairs))
    assert found.seed >= 0 and found.tick >= 0
    assert all(shown(reason, 700) == reason for reason in reasons)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("scenario=../../etc/passwd", "no scenario"),
        ("seed=-3", "seed"),
        ("seed=" + "9" * 5000, "seed"),
        ("day=noon", "day"),
        ("day=nan", "day"),
        ("organization.members=10000000", "more than the dashboard takes"),
        ("days=100000", "more than the dashboard takes"),
        ("visibility.scope=moon", "visibility.scope"),
        ("no.lever=1", "no lever"),
        ("at=3,organization.members:5", "settled at the start"),
        ("at=3", "name:value"),
        ("at=1e9,visibility.scope:team", "day"),
        ("tab=cellar", "tab"),
        ("colour=mauve", "colour"),
        ("layout=heap", "layout"),
        ("iceberg=perhaps", "iceberg"),
        ("issue=17", "issue"),
        ("against=never", "against"),
        ("why=everybody", "why"),
        ("why=card:<b>", "why"),
        ("x" * 9000, "characters"),
        ("&".join(["at=1,visibility.scope:team"] * 200), "first 100"),
    ],
)
def test_what_an_address_cannot_ask_for_is_reported(text, said):
    found, reasons = address.read(text)
    assert any(said in reason for reason in reasons), reasons
    assert found.seed == 1 and found.tick == 0 and found.scenario == "baseline" and not found.levers
    assert (found.view, found.tab, found.why) == (View(), "arena", None)


def test_an_address_gives_the_world_back():
    arena = Arena(load("one-public-rebuke").with_({"organization.members": 60, "visibility.ranking": "popular"}), 5)
    arena.look_at(30)
    arena.intervene({"leadership.executives.openness": 0.125})
    arena.look_at(41)
    arena.intervene({"respond": {"by": "ceo", "to": "latest_critique", "how": "action"}})
    arena.look_at(61)
    found, reasons = address.describe(arena)
    assert reasons == ()
    again = address.arena_at(address.read(address.query(found)).address)
    assert (again.shown, again.scenario.digest) == (61, arena.scenario.digest)
    assert differing(arena.engine, again.engine) == []
    arena.generation = again.generation
    assert draw_scene(arena) == draw_scene(again)


def test_what_no_address_can_say_is_reported(eventful):
    arena = Arena(eventful, 3, generate(FEW, seed=8))
    reasons = address.describe(arena).reasons
    assert len(reasons) == 2 and "organisation" in reasons[1]


def test_someone_unknown_in_an_address_is_an_input_error():
    found = address.read("at=3,announce,by:nobody%2520here,openness:1").address
    assert [event.kind for event in found.interventions] == ["announce"]
    with pytest.raises(InputError, match="nobody here"):
        address.arena_at(found)


def test_events_of_an_arena_can_be_given_at_once(eventful):
    events = (Event(3, set=(("visibility.scope", "team"),)), Event(20 / 8, set=(("visibility.scope", "department"),)))
    arena = Arena(eventful, 3, interventions=sorted(events, key=lambda event: event.tick))
    arena.look_at(TICKS)
    assert differing(arena.engine, _engine_at(eventful.with_events(*events), 3, TICKS)) == []
