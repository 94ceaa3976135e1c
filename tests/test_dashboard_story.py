"""The story: its film is what the engine does, its promise no more than it keeps, its verdicts those of both worlds."""

from __future__ import annotations

import json
import time

import numpy as np
import pytest
from click.testing import CliRunner

from dashboards import address, asked, circle, leading
from dashboards.aftermath import Aftermath, latest, without
from dashboards.debrief import NUMBERS, Debrief, means, unchanged
from dashboards.differences import difference, is_clear
from dashboards.film import HOURS, LASTS, PEOPLE, Film, answer_in
from dashboards.former import Former
from dashboards.hub import Hub
from dashboards.numbers import draw_lines, draw_tiles
from dashboards.reach import NEVER, teller_of
from dashboards.story import NOTHING, Story, promise, said_elsewhere, sentences
from dashboards.twins import Pair
from dashboards.verdict import Verdict, answer_to
from dashboards.willing import mean_willing, willing_now
from dashboards.world import Arena
from experiments.cli import main
from experiments.measures.typed import Wanted, wanted_measures
from experiments.statistics import mean_interval
from sim.replay import readings
from sim.scenario import load
from sim.terms import SPOKEN, Scope
from tests.conftest import state_bytes
from tests.test_dashboard import Page

DAY = 8
REBUKE = {"by": "ceo", "to": "latest_critique", "how": "sanction"}


def _talkative(**further):
    changes = {"organization.members": 150, "population.occasions_per_visit.mean": 0.12}
    return load("baseline").with_({**changes, **further})


@pytest.fixture(scope="module")
def scenario():
    """A small world in which much is on people's minds, with a rebuke on day 6."""
    base = load("baseline").with_(
        {"organization.members": 150, "days": 20, "population.occasions_per_visit.mean": 0.12}
    )
    return base.with_events({"day": 6, "respond": REBUKE})


@pytest.fixture(scope="module")
def film(scenario):
    return Film(answer_in(Arena(scenario, 2)))


@pytest.fixture(scope="module")
def shot(film):
    return film.describe()


def until(holds, seconds=60.0):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)


# ---------------------------------------------------------------- the film is what the engine does


def test_who_reads_it_in_the_film_reads_it_in_the_run(film, shot, scenario):
    arena = Arena(scenario, 2)
    arena.look_at(6 * DAY + HOURS)
    run = arena.run()
    answer = film.found.reach.answer
    read = readings(run, 6 * DAY)
    of_it = read.message == answer
    first = {}
    for member, tick in zip(read.member[of_it].tolist(), read.tick[of_it].tolist(), strict=True):
        first.setdefault(member, tick)
    seen = {film.rows[n]: step["tick"] for step in shot["steps"] if step["kind"] != "answer" for n in step["read"]}
    author = film.rows[0]
    wanted = {row: first[row] for row in film.rows if row in first and row != author}
    assert seen == wanted
    assert len(seen) > 3
    assert shot["steps"][-1]["known"]["saw"] == len({*first, author})


def test_who_hears_of_it_in_the_film_was_told_by_a_tie_who_had_read_it(film, shot, scenario):
    arena, told_by = Arena(scenario, 2), {}
    arena.look_at(6 * DAY + 1)
    answer, engine = film.found.reach.answer, arena.engine_at(6 * DAY + 1)
    while engine.tick < 6 * DAY + HOURS:
        engine.advance(engine.tick + 1)
        for row in np.flatnonzero(engine.world.members["heard_of"] == answer).tolist():
            if engine.tick % DAY == 0:
                told_by.setdefault(row, teller_of(engine, row, answer))
    ties = film.found.here.organization
    for row, teller in told_by.items():
        assert teller in ties.tie_member[ties.tie_start[row] : ties.tie_start[row + 1]]
        assert film.found.reach.saw_at[teller] != NEVER
    shown = {film.rows[to]: way for step in shot["steps"] for way, to in step["heard"]}
    for row, way in shown.items():
        teller = told_by[row]
        assert way == (film.rows.index(teller) if teller in film.rows else -1)
    assert told_by


def test_its_last_numbers_are_those_of_both_worlds(film, shot, scenario):
    here, there = Arena(scenario, 2), Arena(without(scenario, scenario.written[0]), 2)
    for arena in (here, there):
        arena.look_at(6 * DAY + HOURS)
    willing = [willing_now(arena.engine) for arena in (here, there)]
    last = shot["steps"][-1]
    for name, values in zip(("here", "there"), willing, strict=True):
        expected = [None if np.isnan(v) else round(v, 3) for v in values[film.rows].tolist()]
        assert last[name] == expected
    saw = film.found.reach.groups()["saw"]
    apart = (willing[0] - willing[1])[saw]
    found = mean_interval(apart.tolist())
    group = shot["groups"]["saw"]
    assert (group["less"], group["low"], group["high"]) == pytest.approx(found[:3], abs=1e-4)
    assert last["lost"]["saw"] == pytest.approx(-np.nansum(apart), abs=0.01)


def test_drafts_in_the_film_are_those_of_the_silence_ledger(film, shot):
    rows = np.concatenate([np.asarray(part) for part in film.found.here.ledger()])
    begin, end = 6 * DAY, 6 * DAY + HOURS
    there = (
        (rows["tick"] > begin) & (rows["tick"] < end) & (rows["criticality"] > 0) & np.isin(rows["member"], film.rows)
    )
    wanted = [(film.rows.index(r["member"]), bool(r["strategy"] < SPOKEN)) for r in rows[there]]
    found = [(draft["of"], draft["said"]) for step in shot["steps"] for draft in step["drafts"]]
    assert found == wanted
    assert found


def test_a_film_is_the_same_each_time_and_another_on_another_seed(scenario, shot):
    again = Film(answer_in(Arena(scenario, 2))).describe()
    assert again == shot
    assert json.loads(json.dumps(shot, allow_nan=False)) == shot
    assert Film(answer_in(Arena(scenario, 3))).describe()["text"] != shot["text"]


def test_it_lasts_as_long_as_it_says_and_shows_a_week(shot):
    assert sum(step["seconds"] for step in shot["steps"]) == pytest.approx(LASTS, abs=0.1)
    hours = [step["tick"] for step in shot["steps"] if step["kind"] in ("hour", "quiet", "draft")]
    assert [step["kind"] for step in shot["steps"]][:3] == ["people", "critique", "answer"]
    assert shot["steps"][-1]["kind"] == "twins"
    assert {6 * DAY + 1, 6 * DAY + HOURS - 1} <= set(hours)


def test_nobody_is_in_the_picture_because_of_what_happens_to_them(film, scenario):
    quiet = Arena(without(scenario, scenario.written[0]), 2)
    quiet.look_at(6 * DAY + 1)
    alike = circle.circle(quiet.engine, film.author, film.scope, PEOPLE + 1)
    assert [row for row in alike if row != film.leader][:PEOPLE] == film.rows
    assert len(set(film.rows)) == len(film.rows) <= PEOPLE
    assert film.scope in tuple(Scope)


def test_places_are_apart_and_within_the_picture():
    for count in (1, 2, 11, 30):
        found = np.array(circle.places(count))
        assert found.shape == (count, 2)
        assert np.abs(found).max() <= 1.0
        apart = np.hypot(*(found[:, None] - found[None]).transpose(2, 0, 1)) + 9.0 * np.eye(count)
        assert count == 1 or apart.min() > 0.15


# ---------------------------------------------------------------- any world has its own


def test_a_world_without_an_answer_gets_one_rebuke_and_is_then_that_world(scenario):
    plain = load("baseline").with_(
        {"organization.members": 150, "days": 40, "population.occasions_per_visit.mean": 0.12}
    )
    found = answer_in(Arena(plain, 2))
    assert found.event.respond.how == "sanction"
    with_it = Arena(plain.with_events({"day": found.event.day, "respond": REBUKE}), 2)
    with_it.look_at(found.event.tick + HOURS)
    found.follow(found.event.tick + HOURS)
    assert state_bytes(found.here) == state_bytes(with_it.engine)


def test_where_nobody_criticises_there_is_no_story():
    silent = load("baseline").with_(
        {"organization.members": 40, "days": 30, "population.occasions_per_visit.mean": 0.0}
    )
    story = Story(Arena(silent, 1), lambda: None)
    until(lambda: story.problem)
    assert story.problem == NOTHING
    assert story.describe()["film"] is None


def test_a_story_asks_other_seeds_and_says_where_it_leads(scenario):
    story = Story(Arena(scenario, 2), lambda: None, seeds=2)
    until(lambda: not story._thread.is_alive())
    found = story.describe()
    assert found["seeds"]["done"] == found["seeds"]["of"] == 2
    assert "other seeds" in found["seeds"]["words"]
    other = Arena(scenario, 3)
    own = Aftermath(other, scenario.written[0])
    own.follow(6 * DAY + HOURS)
    assert story.others[0] == own.known()
    assert address.read(found["address"]).address.tick == 6 * DAY + HOURS
    pair = story.pair()
    assert pair.shown == 6 * DAY + HOURS
    assert not pair.sides[0].scenario.written


# ---------------------------------------------------------------- what is promised


def _group(less, low, high, members=20):
    return {
        "members": members,
        "count": members,
        "here": 0.2 + less,
        "without": 0.2,
        "less": less,
        "low": low,
        "high": high,
    }


def _film(saw, heard, others, know):
    return {"called": "the rebuke", "groups": {"saw": saw, "heard": heard, "others": others, "know": know}}


def test_within_noise_nothing_is_promised_or_claimed():
    noise, clear = _group(-0.01, -0.03, 0.01), _group(-0.03, -0.04, -0.02)
    assert not is_clear(noise)
    assert is_clear(clear)
    assert not is_clear(_group(-0.03, None, None, 1))
    assert "within noise" in promise(_film(noise, noise, noise, noise))
    assert "within noise" not in promise(_film(clear, noise, noise, clear))
    assert "outside noise" in difference("They", noise)
    assert difference("They", clear) == (
        "They (20) are 3.0 points less willing to voice a critique (95% interval 2.0 to 4.0 points): 17.0%, not 20.0%."
    )
    first = sentences(_film(noise, clear, noise, clear))[0]
    assert first.startswith("All who know of it")
    assert "outside noise on 1 of 2" in said_elsewhere([noise, clear])


# ---------------------------------------------------------------- willingness leads


def test_willingness_is_of_all_members_at_the_end_of_each_day_whichever_way_it_is_reached(scenario):
    arena, steps = Arena(scenario, 4), Arena(scenario, 4)
    arena.look_at(9 * DAY + 3)
    while steps.shown < 9 * DAY + 3:
        steps.advance(5)
    assert arena.willing == steps.willing
    assert len(arena.willing) == 9
    for day in (1, 6, 8):
        assert arena.willing[day] == mean_willing(arena.engine_at((day + 1) * DAY))
    arena.look_at(4 * DAY)
    assert draw_lines(arena.engine, arena.willing)["willing"] == steps.willing[:4]
    tile = draw_tiles(arena.engine, arena.willing)[0]
    assert (tile["key"], tile["value"]) == ("willingness", arena.willing[3])
    arena.intervene({"visibility.scope": "team"})
    assert len(arena.willing) == 4
    assert arena.forked().willing == arena.willing


# ---------------------------------------------------------------- consequences


@pytest.fixture(scope="module")
def answered(scenario):
    """A critique answered by a rebuke, beside the world in which nobody answers; three days later."""
    arena = Arena(scenario, 2)
    arena.look_at(9 * DAY)
    message = int(leading.critical(arena)[0])
    leader = leading.leaders(arena, message)[0]
    pair = leading.answer(arena, message, "sanction", leader.id)
    pair.look_at(13 * DAY)
    return pair, message


def test_a_verdict_counts_those_who_read_and_heard_and_compares_both_worlds(answered):
    pair, message = answered
    found = Verdict(pair, message).describe()
    run = pair.sides[1].run()
    row = answer_to(pair.sides[1].engine, message)
    read = readings(run, pair.since)
    author = int(pair.sides[1].engine.world.messages["author"][pair.sides[1].engine.find_message(message)])
    readers = {*read.member[read.message == row].tolist(), author}
    assert found["groups"]["saw"]["members"] == len(readers)
    willing = [willing_now(side.engine) for side in pair.sides]
    apart = (willing[1] - willing[0])[sorted(readers)]
    assert found["groups"]["saw"]["less"] == pytest.approx(np.nanmean(apart), abs=1e-4)
    assert found["world"] == "B"
    assert len(found["drafts"]) == 3
    assert len({draft["row"] for draft in found["drafts"]}) == 3
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_a_verdict_says_the_same_whichever_way_its_hour_is_reached(answered):
    pair, message = answered
    made = Verdict(pair, message)
    late = made.describe()
    pair.look_at(11 * DAY)
    early = made.describe()
    assert early != late
    assert Verdict(pair, message).describe() == early
    pair.look_at(13 * DAY)
    assert made.describe() == late


def test_whose_next_critique_dies_is_in_the_ledgers_of_both_worlds(answered):
    pair, message = answered
    verdict = Verdict(pair, message)
    found = verdict.describe()
    this, other = verdict._next_critiques()
    assert found["next"] == len(this) == len(np.unique(this["member"]))
    since = verdict._reach.since()
    assert (since[this["member"]] != NEVER).all()
    assert (this["tick"] > since[this["member"]]).all()
    dies = (this["strategy"] >= SPOKEN) & (other["strategy"] < SPOKEN)
    assert found["dies"]["members"] == dies.sum()


def test_the_same_answer_in_both_worlds_is_said_before_it_is_played(scenario):
    arena = Arena(scenario, 2)
    arena.look_at(9 * DAY)
    message = int(leading.critical(arena)[0])
    leader = leading.leaders(arena, message)[0]
    same = leading.answer(arena, message, "none", leader.id, "none")
    assert same.identical
    assert same.frame()["identical"]
    assert same.same_until(14 * DAY)
    unlike = leading.answer(arena, message, "sanction", leader.id, "none")
    assert not unlike.identical
    assert not unlike.same_until(14 * DAY)
    assert unlike.shown == 9 * DAY
    assert Pair.forked(arena).identical


def test_a_former_world_lives_on_and_what_lies_ahead_stays(scenario):
    arena = Arena(scenario, 2)
    former = Former(arena)
    arena.look_at(10 * DAY)
    arena.look_at(7 * DAY)
    ahead = former.describe(None)["ahead"]
    assert ahead == draw_lines(arena.latest, arena.willing)
    assert len(ahead["day"]) == 10
    former.keep("before")
    arena.intervene({"visibility.anonymous_posts": True})
    assert former.describe(None)["series"] == ahead  # as it was, future and all
    assert former.describe(None)["ahead"] is None
    arena.look_at(12 * DAY)
    plain = Arena(scenario, 2)
    plain.look_at(12 * DAY)
    assert former.describe(None)["series"] == draw_lines(plain.engine, plain.willing)
    assert draw_lines(arena.engine, arena.willing)["willing"] != former.describe(None)["series"]["willing"]


def test_levers_that_are_dragged_leave_one_former_world(scenario):
    arena = Arena(scenario, 2)
    former = Former(arena)
    arena.look_at(5 * DAY)
    for value in (0.2, 0.4, 0.6):
        former.keep(f"before {value}")
        arena.intervene({"leadership.executives.sanction": value})
    assert former.describe(None)["words"] == "before 0.2"


def test_a_debrief_says_what_was_done_and_what_it_did(scenario):
    arena = Arena(scenario, 2)
    arena.look_at(10 * DAY)
    arena.intervene({"visibility.anonymous_posts": True})
    arena.look_at(arena.ticks)
    debrief = Debrief(arena, lambda: None, seeds=2)
    until(lambda: not debrief._thread.is_alive())
    found = debrief.describe()
    assert found["mine"]
    assert len(found["did"]) == 1
    plain = Arena(scenario, 2)
    for row, number in zip(found["rows"], NUMBERS, strict=True):
        assert (row["here"], row["without"]) == (means(arena, 10)[number.key], means(plain, 10)[number.key])
        assert row["clear"] in (True, False)
        assert row["low"] <= row["mean"] <= row["high"]


OWN = """from experiments import measure
@measure("share")
def heat(run):
    \"\"\"Share of comments against.\"\"\"
    return (run.messages["orientation"] == "against").mean()
@measure
def broken(run):
    return run.nothing
"""


@pytest.fixture
def wanted(tmp_path):
    (tmp_path / "my.py").write_text(OWN)
    asked.ask(wanted_measures([str(tmp_path / "my.py"), "likes@role:coworker", "likes@days:12-20"]))
    yield asked.asked()
    asked.ask(Wanted())


def test_a_debrief_has_what_the_command_line_asked_for(scenario, wanted):
    arena = Arena(scenario, 2)
    arena.look_at(10 * DAY)
    arena.intervene({"visibility.anonymous_posts": True})
    debrief = Debrief(arena, lambda: None, seeds=2)
    until(lambda: not debrief._thread.is_alive())
    rows = {row["key"]: row for row in debrief.describe()["rows"]}
    assert list(rows) == [*(number.key for number in NUMBERS), *wanted.all]
    assert json.dumps(rows)
    arena.look_at(arena.ticks)
    for name in ("heat", "likes@role:coworker", "likes@days:12-20"):
        assert rows[name]["here"] == wanted.catalogue.measured([name], arena.engine)[0]
        assert rows[name]["low"] <= rows[name]["mean"] <= rows[name]["high"]
        assert rows[name]["means"] == wanted.catalogue[name].meaning
    assert rows["heat"]["is_share"] and rows["heat"]["label"] == "heat (all days)"
    assert rows["likes@days:12-20"]["label"] == "likes@days:12-20"
    assert "my.py, line 8: in broken: AttributeError" in rows["broken"]["fault"]
    assert rows["broken"]["here"] is None and not rows["heat"]["fault"]


def test_the_dashboard_refuses_measures_that_its_world_cannot_have():
    for name, problem in (
        ("p_speak@days:0-9999", "days end at"),
        ("arena_type", "no mean"),
        ("p_speek", "Did you mean"),
    ):
        said = CliRunner().invoke(main, ["dashboard", "--measures", name])
        assert (said.exit_code, problem in said.stderr) == (2, True), said.stderr


def test_a_debrief_of_an_untouched_run_is_about_what_its_scenario_does(scenario):
    arena = Arena(scenario, 2)
    plain, events = unchanged(arena)
    assert events == scenario.written
    assert not plain.written
    assert unchanged(Arena(plain, 2))[1] == ()


def test_an_answer_to_one_message_cannot_be_asked_of_other_seeds(scenario):
    arena = Arena(scenario, 2)
    arena.look_at(9 * DAY)
    message = int(leading.critical(arena)[0])
    arena.intervene({"respond": {"by": "ceo", "to": message, "how": "sanction"}})
    assert latest(arena) is not None
    arena.look_at(arena.ticks)
    debrief = Debrief(arena, lambda: None, seeds=1)
    until(lambda: not debrief._thread.is_alive())
    assert "one certain message" in debrief.describe()["problem"]
    assert debrief.describe()["rows"][0]["clear"] is None


# ---------------------------------------------------------------- as a page hears it


def test_a_hub_tells_the_story_keeps_the_former_line_and_debriefs():
    hub = Hub("scenario=one-public-rebuke&organization.members=120&days=30&seed=2")
    try:
        page = Page(hub)
        hub.ask({"do": "story"})
        story = page.until(lambda story: story and story["film"], "story")
        assert story["promise"]
        hub.ask({"do": "seek", "tick": 12 * DAY})
        page.until(lambda frame: frame["clock"]["shown"] == 12 * DAY)
        hub.ask({"do": "levers", "changes": {"visibility.anonymous_posts": True}})
        former = page.until(lambda found: found and found["series"], "former")
        assert former["words"] == "before your last change"
        until(lambda: page.all("story")[-1] is None)  # it was about another world
        hub.ask({"do": "seek", "tick": 30 * DAY})
        page.until(lambda frame: frame["clock"]["shown"] == 30 * DAY)
        hub.ask({"do": "debrief"})
        assert page.until(lambda found: found and found["rows"], "debrief")["mine"]
    finally:
        hub.close()
