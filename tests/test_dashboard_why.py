"""Claims about the panel that says why somebody spoke or stayed silent: what it is given, and what it shows."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser import chromium

from dashboards import why
from dashboards.world import Arena
from sim.errors import InputError
from sim.explanation import explain, words
from sim.kernel import message_ids
from sim.record import Run
from sim.scenario import Scenario
from sim.simulation import simulate
from sim.state import Clock
from sim.terms import SPOKEN, Form, Strategy

Answer = dict[str, Any]
LOCAL = ("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:")
HOSTILE = "<img src=x onerror=alert(1)>\x1b[2J"


@pytest.fixture(scope="module")
def run(lively: Scenario) -> Run:
    changes = {"organization.members": 60, "visibility.anonymous_posts": False}
    return simulate(lively.with_(changes), seed=1, checkpoint_days=2)


@pytest.fixture(scope="module")
def answers(run: Run) -> list[Answer]:
    """What is said about each third occasion."""
    return [why.explain_card(run, f"draft-{number}") for number in run.occasions["occasion_id"].to_list()[::3]]


def occasions(run: Run, spoken: bool) -> list[dict[str, Any]]:
    return [each for each in run.occasions.to_dicts() if (Strategy[each["strategy"]] < SPOKEN) == spoken]


# ---------------------------------------------------------------- what is asked about


def test_a_card_a_member_and_an_occasion_are_asked_about_alike(run: Run) -> None:
    said = occasions(run, spoken=True)[0]
    by_message = why.explain_card(run, str(said["message_id"]))
    by_occasion = why.explain_card(run, {"occasion": str(said["occasion_id"])})
    assert by_message["occasion"] == by_occasion["occasion"]
    assert by_message["occasion"]["spoken"]
    assert by_message["about"] == {"kind": "message", "id": str(said["message_id"])}
    assert why.explain_card(run, {"card": f"draft-{said['occasion_id']}"}) == by_occasion
    member = why.explain_card(run, said["member"])
    assert member["member"]["row"] == said["member"] == by_message["member"]["row"]
    assert why.explain_card(run, {"member": run.organization.ids[said["member"]]}) == member


def test_of_a_member_a_draft_is_explained_that_a_change_would_have_turned_or_that_of_the_day(run: Run) -> None:
    silent = occasions(run, spoken=False)
    latest = {each["member"]: each for each in silent}
    for row in list(latest)[:5]:
        drafts = [one for one in reversed(silent) if one["member"] == row][: why.MOST_TRIED]
        answers = [why.explain_card(run, {"occasion": one["occasion_id"]})["occasion"] for one in drafts]
        single = [one for one in answers if any(c["flips"] and not c["pair"] and c["deed"] for c in one["changes"])]
        pairs = [one for one in answers if any(c["flips"] for c in one["changes"])]
        assert why.explain_card(run, row)["occasion"]["id"] == (single or pairs or answers)[0]["id"]
    first = silent[0]
    assert why.explain_card(run, first["member"], first["day"])["occasion"]["when"].startswith(f"day {first['day']},")


@pytest.mark.parametrize(
    "about", ["draft-12", "12", "", "draft-x", "٣", -1, 60, True, None, {"card": None}, {}, {"x": 1}]
)
def test_what_there_is_not_is_refused_gently(run: Run, about: Any) -> None:
    with pytest.raises(InputError):
        why.explain_card(run, about)


def test_every_message_can_be_asked_and_what_was_not_weighed_is_said_plainly(run: Run) -> None:
    weighed = set(run.occasions["message_id"].drop_nulls().to_list())
    notes = set()
    for number in run.messages["message_id"].to_list():
        if number not in weighed:
            answer = why.explain_card(run, str(number))
            assert answer["occasion"] is None
            assert answer["text"]
            notes.add(answer["note"])
    assert why.HARMLESS in notes
    leaders = {note for note in notes if note.startswith(why.ANSWERED)}
    assert any("a dismissive answer from above" in note for note in leaders)
    assert notes == leaders | {why.HARMLESS}


def test_what_the_scenario_says_was_weighed_by_nobody(run: Run) -> None:
    boss = run.organization.ids[run.organization.top]
    events = (
        {"day": 0, "announce": {"by": boss, "openness": 0.9}},
        {"day": 1, "post": {"by": boss, "issue": 0, "stance": 0.5, "criticality": 0.0}},
    )
    simulated = simulate(run.scenario.with_events(*events), seed=1, until=2)
    weighed = set(simulated.occasions["message_id"].drop_nulls().to_list())
    begun = simulated.messages.filter(simulated.messages["parent_id"].is_null())["message_id"].to_list()
    notes = [why.explain_card(simulated, str(each))["note"] for each in begun if each not in weighed]
    assert notes == [why.ANNOUNCED, why.SET]


def test_who_never_had_anything_to_say_is_still_shown(run: Run) -> None:
    row = int(np.flatnonzero(run.members["occasions"].to_numpy() == 0)[0])
    answer = why.explain_card(run, row)
    assert answer["note"].endswith("and never had anything to say.")
    assert (answer["occasion"], answer["others"]) == (None, [])
    assert answer["beliefs"]


def test_of_an_unnamed_message_it_is_said_that_colleagues_do_not_see_who_it_was(lively: Scenario) -> None:
    simulated = simulate(lively.with_({"organization.members": 60, "days": 3}), seed=1)
    said = simulated.messages.filter(simulated.messages["anonymous"])["message_id"][0]
    assert why.explain_card(simulated, str(said))["note"] == why.UNNAMED
    assert why.explain_card(simulated, str(occasions(simulated, spoken=True)[0]["message_id"]))["note"] in (
        None,
        why.UNNAMED,
    )
    named = simulated.messages.filter(~simulated.messages["anonymous"] & simulated.messages["strategy"].eq("plain"))[
        "message_id"
    ]
    assert why.explain_card(simulated, str(named[0]))["note"] is None


# ---------------------------------------------------------------- what is said


def test_the_numbers_and_sentences_are_those_of_the_explanation(run: Run) -> None:
    for each in run.occasions.to_dicts()[::9]:
        answer = why.explain_card(run, f"draft-{each['occasion_id']}")["occasion"]
        found = explain(run, each["member"], each["day"]).occasions
        occasion = next(one for one in found if one.occasion_id == each["occasion_id"])
        assert answer["deed"] == words.deed_of(occasion.strategy)
        assert [(line["label"], line["text"]) for line in answer["story"]] == occasion.lines()[1:]
        assert answer["p_spoken"] == each["p_spoken"]
        assert answer["balance"]["drew"] == pytest.approx(each["urge"])
        assert answer["balance"]["held"] == pytest.approx(each["inhibition"])
        assert [one["name"] for one in answer["changes"]] == [one.name for one in occasion.changes]
        assert [one["flips"] for one in answer["changes"]] == [one.flips for one in occasion.changes]


def test_terms_stand_the_largest_first_and_point_where_they_push(answers: list[Answer]) -> None:
    for reported in (answer["occasion"] for answer in answers):
        amounts = [abs(term["amount"]) for term in reported["balance"]["terms"]]
        assert amounts == sorted(amounts, reverse=True)
        sums = {"drew": 0.0, "held": 0.0}
        for term in reported["balance"]["terms"]:
            sums[term["side"]] += term["amount"]
        assert sums["drew"] == pytest.approx(reported["balance"]["drew"], abs=0.03)
        assert -sums["held"] == pytest.approx(reported["balance"]["held"], abs=0.03)


def test_shares_are_shares(answers: list[Answer]) -> None:
    silent = 0
    for reported in (answer["occasion"] for answer in answers):
        assert sum(way["share"] for way in reported["ways"]) == pytest.approx(1.0)
        assert sum(way["share"] for way in reported["ways"] if way["spoken"]) == pytest.approx(reported["p_spoken"])
        assert [way["name"] for way in reported["ways"] if way["taken"]] == [reported["strategy"]]
        assert bool(reported["motives"]) == (not reported["spoken"])
        if reported["motives"]:
            assert sum(motive["share"] for motive in reported["motives"]) == pytest.approx(1.0, abs=0.03)
            silent += 1
    assert silent > 5


def test_each_change_shows_what_comes_of_it(answers: list[Answer]) -> None:
    flips = 0
    for reported in (answer["occasion"] for answer in answers):
        spoken = [way["spoken"] for way in reported["ways"]]
        for change in reported["changes"]:
            if change["flips"] is None:
                assert change["shares"] == []
                continue
            voiced = sum(share for share, is_voice in zip(change["shares"], spoken, strict=True) if is_voice)
            assert voiced == pytest.approx(change["p_spoken"], abs=1e-3)
            assert (Strategy[change["taken"]] < SPOKEN) == (reported["spoken"] != change["flips"])
            flips += change["flips"]
    assert flips > 10


def test_it_is_plain_json_and_cleaned_of_what_a_joker_writes(run: Run, answers: list[Answer]) -> None:
    assert all(json.loads(json.dumps(answer, allow_nan=False)) == answer for answer in answers)
    people = replace(run.organization, names=tuple(HOSTILE for _ in range(60)))
    simulated = simulate(run.scenario, seed=1, until=2, organization=people)
    answer = why.explain_card(simulated, simulated.occasions["member"][0])
    assert "\x1b" not in json.dumps(answer, ensure_ascii=False)
    assert answer["member"]["name"].startswith("<img src=x")  # the page escapes; here nothing is lost


def test_of_many_occasions_those_nearest_in_time_are_offered(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(why, "MOST_OCCASIONS", 4)
    row = int(run.members["occasions"].arg_max() or 0)
    mine = run.occasions.filter(run.occasions["member"] == row)["occasion_id"].sort().to_list()
    assert len(mine) > 6
    for number in mine:
        offered = why.explain_card(run, {"occasion": number})["others"]
        assert [each["id"] for each in offered if each["chosen"]] == [str(number)]
        assert len(offered) == 4
        assert [int(each["id"]) for each in offered] == sorted((int(each["id"]) for each in offered), reverse=True)


def test_beliefs_are_those_of_the_hour_shown(run: Run) -> None:
    boss = why.explain_card(run, run.organization.top)["beliefs"]
    assert {"safety_line_manager", "manager_reads"}.isdisjoint(each["name"] for each in boss)
    row = int(run.members["occasions"].arg_max() or 0)
    for belief in why.explain_card(run, row)["beliefs"]:
        assert belief["now"] == run.members[belief["name"]][row]
        assert belief["start"] == run.members[f"start_{belief['name']}"][row]


# ---------------------------------------------------------------- played as a twin


def test_a_twin_that_acts_at_once_decides_as_the_panel_says(run: Run, answers: list[Answer]) -> None:
    played = {"anonymous_posts": 0, "answered_last_week": 0}
    arena = Arena(run.scenario, run.seed, run.organization)
    for reported in (answer["occasion"] for answer in answers):
        for change in reported["changes"]:
            if change["try_caveat"] == why.AT_ONCE and change["flips"] is not None and played[change["name"]] < 6:
                arena.look_at(change["try_tick"])
                assert _decided(arena.forked(change["try"]), run, reported) == pytest.approx(
                    change["p_spoken"], abs=1e-12
                )
                played[change["name"]] += 1
    assert min(played.values()) >= 2


def _decided(twin: Arena, run: Run, reported: Answer) -> float:
    """Return the chance to speak with which the same member decides about the same in the twin.

    With other things to say in the same visit, the occasion there may have another number. One visit may make a member
    want to answer several messages about one issue, so what is answered tells these apart.
    """
    one = run.occasions.filter(run.occasions["occasion_id"] == int(reported["id"])).to_dicts()[0]
    twin.look_at(one["tick"] + 1)
    world = twin.engine.world
    ledger = world.occasions[: int(world.clock[Clock.occasions])]
    ids = message_ids(world.messages[: int(world.clock[Clock.messages])])
    same = (ledger["tick"] == one["tick"]) & (ledger["member"] == one["member"]) & (ledger["issue"] == one["issue"])
    same &= (ledger["form"] == Form[one["form"]]) & (
        ledger["draft_of"] == (-1 if one["draft_of"] is None else one["draft_of"])
    )
    same &= np.where(ledger["about"] < 0, -1, ids[ledger["about"]]) == (-1 if one["about"] is None else one["about"])
    found = ledger["p_spoken"][same]
    assert len(found) == 1
    return float(found[0])


def test_each_lever_of_a_twin_can_be_set_and_is_not_set_already(run: Run, answers: list[Answer]) -> None:
    arena = Arena(run.scenario, run.seed, run.organization)
    arena.look_at(8)
    seen = set()
    for change in (change for answer in answers for change in answer["occasion"]["changes"] if change["try"]):
        assert change["try_words"].startswith("From day ")
        if change["name"] not in seen and change["name"] != "answered_last_week":
            assert arena.forked(change["try"]).scenario != arena.scenario
            seen.add(change["name"])
    assert {"anonymous_posts", "pseudonym", "nobody_above_reads"} <= seen
    assert "no_anonymous_posts" not in seen


def test_an_arena_is_asked_like_its_run_and_stays_as_it_is(run: Run) -> None:
    arena = Arena(run.scenario, run.seed, run.organization)
    arena.look_at(40)
    arena.look_at(24)
    before = arena.shown, arena.simulated, arena.generation
    number = arena.run().occasions["occasion_id"][-1]
    assert why.explain_card(arena, {"occasion": number}) == why.explain_card(arena.run(), {"occasion": number})
    assert (arena.shown, arena.simulated, arena.generation) == before
    later = next(each for each in run.occasions["occasion_id"] if each >> 32 > 24)
    with pytest.raises(InputError, match="up to the hour that is shown"):
        why.explain_card(arena, f"draft-{later}")


# ---------------------------------------------------------------- the panel in a browser


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a page with nothing but the panel."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    page = Path(__file__).with_name("why_page.py")
    quiet = {"SOLARA_TELEMETRY_MIXPANEL_ENABLE": "False", "SOLARA_ASSETS_FONTAWESOME_ENABLED": "False"}
    options = ["--port", str(port), "--production", "--no-open", "--no-check-version"]
    command = [sys.executable, "-m", "solara", "run", str(page), *options]
    process = subprocess.Popen(
        command, env={**os.environ, **quiet}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_for(port)
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(port: int) -> None:
    for _ in range(300):
        with socket.socket() as asked:
            if asked.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("the page's server did not start")


@pytest.mark.slow
@pytest.mark.parametrize("dark", [False, True])
def test_the_panel_opens_tries_a_change_asks_on_and_closes(server: str, dark: bool) -> None:
    from why_page import simulated

    run = simulated()
    number, change = _with_a_twin(run)
    with chromium() as browser:
        page = browser.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("request", lambda each: errors.extend([] if each.url.startswith(LOCAL) else [each.url]))
        page.goto(f"{server}?about=draft-{number}{'&dark=1' if dark else ''}")
        page.get_by_role("button", name="ask why").click(timeout=30_000)
        panel = page.get_by_role("dialog")
        panel.wait_for()
        assert panel.locator(".why-count").count() == 2
        assert ("why--dark" in (panel.get_attribute("class") or "")) == dark
        assert page.evaluate("document.activeElement.id") == "why-name"
        more = panel.get_by_role("button", name="not enough on its own")
        if more.count():
            more.click()
        panel.get_by_role("button", name=f"Try it: {change['words']}", exact=True).click()
        assert change["deed"] in panel.locator(".why-result").inner_text()
        panel.get_by_role("button", name="Play it as a twin").click()
        page.get_by_text("try_change").wait_for()
        panel.locator(".why-others button:not(.why-chosen)").first.click()
        page.get_by_text('["ask", {"occasion"').wait_for()
        page.keyboard.press("Escape")
        panel.wait_for(state="detached")
        assert page.evaluate("document.activeElement.innerText").lower() == "ask why"
        assert errors == []


def _with_a_twin(run: Run) -> tuple[str, Answer]:
    """Return an unsaid occasion of a member who had several, and a change of it that can be played."""
    for each in occasions(run, spoken=False):
        answer = why.explain_card(run, f"draft-{each['occasion_id']}")
        for change in answer["occasion"]["changes"]:
            if change["try"] and change["deed"] and len(answer["others"]) > 1:
                return str(each["occasion_id"]), change
    raise AssertionError("nothing can be played")
