"""How sure, and what an answer did: other seeds beside the one watched; a world beside the one without the answer."""

from __future__ import annotations

import gc
import json
import time
import weakref
from dataclasses import replace

import numpy as np
import pytest

from dashboards import address, aftermath, leading
from dashboards import ensemble as ensembles
from dashboards.aftermath import WINDOW, Aftermath
from dashboards.ensemble import LINES, Ensemble, bands, verdict
from dashboards.frame import draw_frame
from dashboards.hub import Hub
from dashboards.numbers import belief_of, draw_lines
from dashboards.reach import NEVER
from dashboards.view import SAFETY, View
from dashboards.world import Arena
from experiments.statistics import mean_interval
from sim.engine import make_organization
from sim.replay import readings
from sim.scenario import load
from sim.simulation import simulate
from sim.state import TICKS_PER_DAY
from sim.terms import SPOKEN, Response
from tests.conftest import state_bytes

DAY = 8
REBUKE = {"respond": {"by": "ceo", "to": "latest_critique", "how": "sanction"}}


def until(holds, seconds=30.0):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.01)


# ---------------------------------------------------------------- other seeds


@pytest.fixture(scope="module")
def found(lively):
    """Three other seeds of a lively world that is watched, made to the end."""
    arena = Arena(lively, seed=5)
    arena.look_at(3 * DAY)
    made = Ensemble(arena, lambda: None, seeds=3)
    until(lambda: len(made.runs) == 3 and made.describe(draw_lines(arena.engine, arena.willing))["bands"])
    return arena, made


def test_an_ensemble_is_what_the_same_scenario_gives_on_the_seeds_that_follow(found, lively):
    _, made = found
    for run, seed in zip(made.runs, (6, 7, 8), strict=True):
        daily = simulate(lively, seed).series.filter(measure="p_speak", group="all").sort("day")["value"].to_list()
        assert run["voice"] == pytest.approx(daily, abs=1e-4, nan_ok=True)


def test_its_bands_are_the_interval_of_the_mean_and_the_range_of_the_runs(found):
    arena, made = found
    said = made.describe(draw_lines(arena.engine, arena.willing))["bands"]
    for line in LINES:
        for day in range(len(made.runs[0]["day"])):
            values = [run[line.key][day] for run in made.runs]
            interval = mean_interval(values)
            assert said[line.key]["low"][day] == pytest.approx(interval.low, abs=1e-4)
            assert said[line.key]["high"][day] == pytest.approx(interval.high, abs=1e-4)
            assert (said[line.key]["least"][day], said[line.key]["most"][day]) == (min(values), max(values))


def test_what_is_said_fits_json_and_people_are_named(found):
    arena, made = found
    said = json.loads(json.dumps(made.describe(draw_lines(arena.engine, arena.willing)), allow_nan=False))
    assert (said["done"], said["of"], said["people"]) == (3, 3, "other people")
    assert len(said["words"]) == 1 + len(LINES)


def test_people_from_a_file_stay_on_other_seeds(lively):
    people = make_organization(lively, 99)
    made = Ensemble(Arena(lively, 1, people), lambda: None, seeds=1)
    until(lambda: made.runs)
    alike = Arena(lively, 2, people)
    alike.look_at(alike.ticks)
    assert made.runs[0] == draw_lines(alike.engine, alike.willing)
    assert made.describe(made.runs[0])["people"] == "the same people"


def a_run(value):
    return {"day": [0, 1], **{line.key: [value, value] for line in LINES}}


def test_a_run_among_the_others_is_usual_and_one_beyond_them_is_not():
    others = [a_run(value) for value in (0.2, 0.3, 0.4)]
    assert verdict(a_run(0.25), others)[0].startswith("This run is usual")
    strange = verdict({**a_run(0.25), "safety": [0.5, 0.5]}, others)[0]
    assert "unusual: safety above all 3 other seeds" in strange
    assert "2 of 4 runs" in strange


def test_days_without_a_value_have_no_band():
    runs = [{**a_run(0.2), "voice": [None, 0.2]}, {**a_run(0.4), "voice": [None, None]}]
    band = bands(runs)["voice"]
    assert band["low"] == [None, None]
    assert (band["least"], band["most"]) == ([None, 0.2], [None, 0.2])


def test_an_answer_to_one_certain_message_has_no_like_on_other_seeds(lively):
    arena = Arena(lively, seed=3)
    arena.look_at(2 * DAY)
    message = leading.critical(arena)[0]
    arena.intervene({"respond": {"by": "ceo", "to": int(message), "how": "sanction"}})
    made = Ensemble(arena, lambda: None, seeds=2)
    until(lambda: made.problem)
    assert "certain message" in made.describe(a_run(0.2))["problem"]
    assert made.describe(a_run(0.2))["bands"] is None


def test_nothing_runs_on_once_it_is_stopped(small):
    made = Ensemble(Arena(small.with_({"organization.members": 400})), lambda: None, seeds=40)
    made.stop()
    made._thread.join(20)
    assert not made._thread.is_alive()
    assert len(made.runs) < 40


# ---------------------------------------------------------------- after an answer


@pytest.fixture(scope="module")
def rebuked():
    """A small world with a rebuke on day 6, four days later; nobody moves it."""
    base = load("baseline").with_(
        {"organization.members": 150, "days": 40, "population.occasions_per_visit.mean": 0.12}
    )
    arena = Arena(base.with_events({"day": 6, **REBUKE}), seed=2)
    arena.look_at(10 * DAY)
    return arena


@pytest.fixture
def after(rebuked):
    made = Aftermath(rebuked, aftermath.latest(rebuked))
    made.follow(rebuked.shown)
    return made


def test_without_it_is_the_world_of_the_scenario_without_the_event(rebuked, after):
    plain = Arena(aftermath.without(rebuked.scenario, after.event), rebuked.seed)
    plain.look_at(rebuked.shown)
    assert not plain.scenario.written
    apart = belief_of(rebuked.engine.world.beliefs, SAFETY) - belief_of(plain.engine.world.beliefs, SAFETY)
    assert after.cost().tolist() == apart.tolist()
    assert apart.any()


def test_who_saw_it_is_who_read_it_and_the_one_rebuked(rebuked, after):
    messages = rebuked.run().messages
    answer = messages.with_row_index("row").filter(
        (messages["tick"] == 6 * DAY) & (messages["author"] == rebuked.organization.top)
    )["row"][0]
    read = readings(rebuked.run(), 6 * DAY)
    readers = set(read.member[read.message == answer].tolist())
    rows = rebuked.engine.world.messages
    readers |= {int(rows["author"][rows["parent"][answer]])}
    said = after.describe()
    assert set(np.flatnonzero(after.reach.saw_at != NEVER).tolist()) == readers
    assert said["saw"]["members"] == len(readers) > 5
    assert sum(said[group]["members"] for group in ("saw", "heard", "others")) == said["members"] == 150


def test_who_heard_of_it_is_whom_ties_told_and_who_had_not_read_it(rebuked, after):
    engine, told = rebuked.engine_at(6 * DAY + 1), set()
    while engine.tick < rebuked.shown:
        engine.advance(engine.tick + 1)
        told |= set(np.flatnonzero(engine.world.members["heard_of"] == after.reach.answer).tolist())
    assert set(np.flatnonzero(after.reach.heard_at != NEVER).tolist()) == told
    saw = set(np.flatnonzero(after.reach.saw_at != NEVER).tolist())
    assert after.describe()["heard"]["members"] == len(told - saw) > 0


def test_its_counts_are_those_of_the_silence_ledger(rebuked, after):
    said, rows = after.describe(), np.concatenate([np.asarray(part) for part in rebuked.engine.ledger()])
    critical = rows[(rows["tick"] >= 6 * DAY) & (rows["criticality"] > 0)]
    saw_at, heard_at = (reached[critical["member"]] for reached in (after.reach.saw_at, after.reach.heard_at))
    since = np.maximum(np.where(saw_at != NEVER, saw_at, heard_at), 6 * DAY)
    later = critical[critical["tick"] > since]
    saw, heard = (reached[later["member"]] != NEVER for reached in (after.reach.saw_at, after.reach.heard_at))
    for group, which in (("saw", saw), ("heard", heard & ~saw), ("others", ~saw & ~heard)):
        assert said[group]["wishes"] == which.sum()
        assert said[group]["unsaid"] == (later[which]["strategy"] >= SPOKEN).sum()
    assert said["saw"]["wishes"] > 0


def test_a_rebuke_costs_safety_where_it_was_seen_and_nowhere_else_at_first(rebuked):
    made = Aftermath(rebuked, aftermath.latest(rebuked))
    made.follow(6 * DAY + 1)
    assert not made.cost().any()
    made.follow(6 * DAY + 4)
    unseen = made.reach.saw_at == NEVER
    assert not made.cost()[unseen].any()
    assert made.cost()[~unseen].min() < 0
    assert made.describe()["saw"]["safety"]["less"] < 0


def test_the_same_hour_says_the_same_whichever_way_it_is_reached(rebuked):
    made, again = (Aftermath(rebuked, aftermath.latest(rebuked)) for _ in range(2))
    made.follow(9 * DAY)
    made.follow(7 * DAY)
    again.follow(7 * DAY)
    assert made.describe() == again.describe()
    assert made.cost().tolist() == again.cost().tolist()


def test_it_is_followed_for_some_time_and_then_stands(rebuked):
    made = Aftermath(rebuked, aftermath.latest(rebuked))
    made.follow(6 * DAY + WINDOW)
    then = made.describe()
    made.follow(6 * DAY + WINDOW + 30)
    assert made.describe() == then
    assert then["over"]


def test_as_twins_both_worlds_are_whole(rebuked, after):
    pair = after.pair()
    pair.look_at(12 * DAY)
    assert pair.since == 6 * DAY
    assert not pair.sides[0].scenario.written
    ahead = rebuked.forked()
    ahead.look_at(12 * DAY)
    assert state_bytes(pair.sides[1].engine) == state_bytes(ahead.engine)


def test_before_the_answer_and_where_there_was_nothing_to_answer_there_is_no_card(rebuked):
    early = rebuked.forked()
    early.look_at(6 * DAY)
    assert aftermath.latest(early) is None
    morning = Arena(load("baseline").with_({"organization.members": 30}).with_events({"day": 0, **REBUKE}), seed=2)
    morning.look_at(DAY)
    assert Aftermath(morning, aftermath.latest(morning)).describe() is None  # nobody had written yet


def test_any_answer_of_a_visitor_is_followed_and_silence_is_none(rebuked):
    arena = rebuked.forked()
    arena.intervene({"respond": {"by": "ceo", "to": "latest_critique", "how": "none"}})
    arena.advance(2)
    assert aftermath.latest(arena).tick == 6 * DAY
    arena.intervene({"respond": {"by": "ceo", "to": "latest_critique", "how": "supportive"}})
    arena.advance(DAY)
    event = aftermath.latest(arena)
    made = Aftermath(arena, event)
    made.follow(arena.shown)
    assert made.describe()["how"] == Response.supportive.name
    assert len(without_events(arena, event)) == len(arena.scenario.written) - 1


def without_events(arena, event):
    return aftermath.without(arena.scenario, event).written


# ---------------------------------------------------------------- what members are coloured by


def test_a_change_is_coloured_from_the_middle(rebuked, after):
    colour = np.array(draw_frame(rebuked, View(belief="safety_answer"), after.cost())["network"]["colour"])
    assert set(colour[after.cost() == 0]) <= {127, 128}
    assert (colour[after.cost() < -0.01] < 115).all()
    assert set(draw_frame(rebuked, View(belief="safety_answer"))["network"]["colour"]) <= {127, 128}


class Page:
    """A page that hears everything, and draws at once."""

    def __init__(self, hub):
        self.hub, self.got = hub, []
        hub.attach(self.hear)

    def hear(self, kind, what):
        self.got.append((kind, json.loads(json.dumps(what, allow_nan=False))))
        if kind == "frame":
            self.hub.drawn(what["number"])

    def last(self, kind):
        return next((what for each, what in reversed(self.got) if each == kind), None)


@pytest.fixture
def page():
    hub = Hub(
        "scenario=one-public-rebuke&organization.members=120&days=30&seed=2&day=22&colour=safety_since&against=21"
    )
    found = Page(hub)
    until(lambda: found.last("frame"))
    yield found
    hub.close()


def test_a_page_hears_of_the_rebuke_and_colours_since_a_chosen_hour(page):
    said = page.last("frame")
    assert said["after"]["how"] == "sanction"
    arena = page.hub.arena
    apart = belief_of(arena.engine.world.beliefs, SAFETY) - belief_of(arena.engine_at(21 * DAY).world.beliefs, SAFETY)
    wanted = np.rint(255 * np.clip(0.5 + 5 * apart, 0, 1)).tolist()
    assert said["network"]["colour"] == wanted
    page.hub.ask({"do": "view", "against": 22 * DAY})
    until(lambda: set(page.last("frame")["network"]["colour"]) <= {127, 128})


def test_other_seeds_come_on_request_and_go_when_a_lever_moves(page):
    assert page.last("ensemble") is None
    page.hub.ask({"do": "others"})
    until(lambda: page.last("ensemble") and page.last("ensemble")["bands"])
    assert page.last("ensemble")["words"]
    page.hub.ask({"do": "step"})
    until(lambda: page.last("frame")["clock"]["shown"] == 22 * DAY + 1)
    assert page.last("ensemble")["bands"]
    page.hub.ask({"do": "levers", "changes": {"visibility.scope": "team"}})
    until(lambda: page.last("ensemble") is None)


def test_a_page_that_looks_while_the_last_seed_is_added_still_hears_what_all_say(page, monkeypatch):
    def looked_at_meanwhile(runs):
        seen = page.last("frame")["number"]
        page.hub.refresh()
        until(lambda: page.last("frame")["number"] > seen)
        return bands(runs)

    monkeypatch.setattr(ensembles, "bands", looked_at_meanwhile)
    page.hub.ask({"do": "others"})
    until(lambda: page.last("ensemble") and page.last("ensemble")["bands"])
    assert page.last("ensemble")["done"] == page.last("ensemble")["of"]


def test_a_step_back_restores_world_hour_and_view(page):
    before = page.last("frame")
    page.hub.ask({"do": "reset", "scenario": "baseline"})
    page.hub.ask({"do": "view", "iceberg": True})
    until(lambda: page.last("frame")["view"]["iceberg"])
    page.hub.ask({"do": "go", "query": "?" + before["address"], "number": 7})
    until(lambda: (at := page.last("frame"))["went"] == 7 and at["clock"]["shown"] == before["clock"]["shown"])
    now = page.last("frame")
    assert now["address"] == before["address"]
    assert now["threads"] == before["threads"]
    assert page.last("scene")["scenario"] == "one-public-rebuke"


def test_a_step_back_within_one_world_keeps_what_was_run(page):
    generation, simulated = page.hub.arena.generation, page.hub.arena.simulated
    page.hub.ask({"do": "go", "query": page.last("frame")["address"].replace("day=22", "day=3"), "number": 1})
    until(lambda: page.last("frame")["went"] == 1)
    assert (page.hub.arena.shown, page.hub.arena.simulated) == (3 * TICKS_PER_DAY, simulated)
    assert page.hub.arena.generation == generation


def test_a_step_back_from_a_world_of_no_gallery_leads_back(page):
    before = page.last("frame")["address"]
    other = load("one-public-rebuke").with_({"organization.members": 120, "days": 30})
    page.hub.do(lambda arena: arena.reset(replace(other, name="of-a-study")))
    until(lambda: page.last("scene")["scenario"] == "of-a-study")
    there = page.last("frame")["address"]
    page.hub.ask({"do": "go", "query": "?scenario=baseline&organization.members=120&days=30", "number": 1})
    until(lambda: page.last("frame")["went"] == 1)
    assert page.last("scene")["scenario"] == "baseline"
    assert not address.tells_of(there, page.hub.arena)
    page.hub.ask({"do": "go", "query": "?" + before, "number": 2})
    until(lambda: page.last("frame")["went"] == 2)
    assert page.last("frame")["address"] == before


def test_twins_that_were_asked_for_are_made_once(page):
    hub = page.hub
    hub.want_twins(hub.rebuked)
    assert hub.origin().since == 20 * DAY
    assert hub.origin() is hub.arena


def test_a_page_that_goes_leaves_nothing_behind():
    hub = Hub("scenario=one-public-rebuke&organization.members=120&days=30&day=22&colour=safety_answer")
    page = Page(hub)
    until(lambda: page.last("frame"))
    hub.ask({"do": "others"})
    until(lambda: page.last("ensemble"))
    world = weakref.ref(hub.arena)
    threads = [hub._thread, hub._beside.get("ensemble")._thread]
    hub.close()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()
    hub = page = threads = thread = None
    gc.collect()
    assert world() is None
