"""Twins on a page: shared luck, the first divergence, the leader's answers, and the tab in Chromium."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sim
from dashboards import leading
from dashboards.frame import draw_frame
from dashboards.twins import Pair
from dashboards.twins_tab import TwinHub
from dashboards.view import View
from dashboards.world import Arena
from sim.errors import InputError
from sim.kernel import message_ids
from sim.scenario import from_toml
from sim.terms import SPOKEN, Response, Role
from tests.browser import ADMITTED, chromium, let_in
from tests.conftest import state_bytes

FORK = 13
LEVER = {"visibility.scope": "team"}


@pytest.fixture(scope="module")
def simulated(lively):
    """A lively arena a day and a half old; nobody moves it."""
    arena = Arena(lively, seed=3)
    arena.look_at(FORK)
    return arena


@pytest.fixture(scope="module")
def parted(simulated):
    """Twins that parted by a lever, at the end of their run."""
    pair = Pair.forked(simulated, LEVER)
    pair.look_at(pair.ticks)
    return pair


def engines(pair):
    return tuple(side.engine for side in pair.sides)


def cards(reported):
    return [card for thread in reported["threads"] for card in thread["cards"]]


def open_critique(arena) -> int:
    return int(leading.critical(arena)[0])


def manager(arena, message) -> leading.Leader:
    return leading.leaders(arena, message)[0]


# ---------------------------------------------------------------- shared luck


@given(start=st.integers(0, 20), end=st.integers(20, 48), iceberg=st.booleans())
@settings(max_examples=5)
def test_without_a_change_both_frames_are_the_same_at_every_hour(lively, start, end, iceberg):
    arena = Arena(lively, seed=2)
    arena.look_at(start)
    pair = Pair.forked(arena)
    pair.look_at(end)
    reported = pair.frame(View(iceberg=iceberg))
    assert reported["a"] == reported["b"]
    assert reported["difference"] is reported["act"] is None
    assert reported["broken"]["count"] == [0, 0]
    assert all(each["less"] in (0, None) for each in reported["numbers"])
    assert not any(card["only"] or card["otherwise"] or card["said_there"] for card in cards(reported["a"]))
    assert state_bytes(engines(pair)[0]) == state_bytes(engines(pair)[1])


def test_two_scenarios_run_as_each_would_alone(lively):
    other = lively.with_(LEVER)
    pair = Pair.of(lively, other, seed=2)
    pair.advance(20)
    for side, scenario in zip(pair.sides, (lively, other), strict=True):
        alone = sim.engine.Engine(scenario, seed=2)
        alone.advance(20)
        assert state_bytes(side.engine) == state_bytes(alone)
    assert [each["words"] for each in pair.frame()["sides"][1]["own"]]


def test_a_frame_is_the_frame_of_each_world_with_marks(parted):
    reported = parted.frame()
    for side, name in zip(parted.sides, "ab", strict=True):
        plain = draw_frame(side, View())
        assert plain["numbers"] == reported[name]["numbers"]
        assert [card["id"] for card in cards(plain)] == [card["id"] for card in cards(reported[name])]
    assert json.loads(json.dumps(reported, allow_nan=False)) == reported


def test_worlds_that_share_no_luck_are_refused(lively):
    with pytest.raises(InputError, match="seed"):
        Pair(Arena(lively, 1), Arena(lively, 2))
    with pytest.raises(InputError, match="members"):
        Pair.of(lively, lively.with_({"organization.members": 60}))


# ---------------------------------------------------------------- what differs


def test_what_is_marked_is_what_twins_run_from_the_start_have(parted, lively):
    whole = sim.twin(lively, {"day": FORK / 8, "set": LEVER}, seed=3)
    found = parted.compared()
    assert (found.only_a, found.only_b) == (whole.only_a, whole.only_b)
    assert {each.message for each in found.broken} == {each.message for each in whole.broken}
    assert found.changed == whole.changed
    reported = parted.frame(View(threads=100))
    for name, only in (("a", whole.only_a), ("b", whole.only_b)):
        assert {card["id"] for card in cards(reported[name]) if card["only"]} <= set(map(str, only))
        assert any(card["only"] for card in cards(reported[name]))
    assert [each["only"] for each in reported["sides"]] == [len(whole.only_a), len(whole.only_b)]


def test_the_first_divergence_is_that_of_twins_run_from_the_start(parted, lively):
    whole = sim.twin(lively, {"day": FORK / 8, "set": LEVER}, seed=3)
    assert parted.first() == (whole.difference, whole.act)
    reported = parted.frame()["act"]
    assert reported["tick"] >= FORK
    assert reported["who"] in reported["words"]


def test_wishes_are_read_on_as_if_they_were_read_at_once(simulated):
    slow, quick = Pair.forked(simulated, LEVER), Pair.forked(simulated, LEVER)
    for tick in (FORK, 20, 33, 25, 48, 41):
        slow.look_at(tick)
        slow.frame()
    quick.look_at(41)
    reported = [pair.frame(View(iceberg=True)) for pair in (slow, quick)]
    assert all(reported[0][name]["threads"] == reported[1][name]["threads"] for name in "ab")
    assert all(reported[0][name] == reported[1][name] for name in ("broken", "sides", "numbers", "act", "difference"))


def test_nothing_has_diverged_before_the_change(simulated):
    pair = Pair.forked(simulated, LEVER)
    pair.advance(8)
    assert pair.frame()["act"] is not None
    pair.look_at(FORK)
    assert pair.frame()["act"] is pair.frame()["difference"] is None
    assert pair.frame()["a"]["threads"] == pair.frame()["b"]["threads"]


def test_a_draft_that_was_said_in_the_other_world_leads_there(parted):
    reported = parted.frame(View(threads=100, iceberg=True))
    found = {card["said_there"] for name in "ab" for card in cards(reported[name]) if card["said_there"]}
    assert found
    assert found <= {str(each.message) for each in parted.compared().broken}


def test_who_intervenes_in_one_world_leaves_the_other_alone(simulated):
    pair = Pair.forked(simulated)
    before = draw_frame(pair.sides[0], View())
    pair.advance(3)
    pair.look_at(FORK)
    pair.intervene(1, LEVER)
    assert draw_frame(pair.sides[0], View())["threads"] == before["threads"]
    assert pair.generation == 1
    pair.advance(16)
    assert pair.frame()["act"]["tick"] >= FORK
    with pytest.raises(InputError):
        pair.intervene(1, {"visibility.scope": "nowhere"})
    assert pair.generation == 1


def test_the_world_without_changes_stands_beside_the_changed_one(lively):
    arena = Arena(lively, seed=3)
    arena.look_at(FORK)
    arena.intervene(LEVER)
    arena.advance(9)
    pair = Pair.without_changes(arena)
    plain = sim.engine.Engine(lively, seed=3)
    plain.advance(FORK + 9)
    assert state_bytes(pair.sides[0].engine) == state_bytes(plain)
    assert state_bytes(pair.sides[1].engine) == state_bytes(arena.engine)
    assert pair.since == FORK


# ---------------------------------------------------------------- chains


def test_a_chain_leads_from_the_change_to_the_message(parted, lively):
    whole = sim.twin(lively, {"day": FORK / 8, "set": LEVER}, seed=3)
    for message in (whole.only_b[0], whole.only_a[-1]):
        reported = parted.chain(message, patience=20)
        assert not reported["thinking"] and reported["links"]
        assert [link["words"] for link in reported["links"]] == [link.text for link in whole.chain(message)]


def test_whoever_does_not_wait_hears_when_a_chain_is_found(simulated):
    pair = Pair.forked(simulated, LEVER)
    pair.look_at(pair.ticks)
    message, heard = pair.compared().only_b[0], []
    assert pair.chain(message, patience=0.0, done=lambda: heard.append(1))["thinking"]
    assert not pair.chain(message, patience=20)["thinking"]
    while not heard:
        time.sleep(0.01)
    assert heard == [1]


def test_a_message_of_both_worlds_has_no_chain(parted):
    both = message_ids(parted.compared().messages[0][:1])[0]
    assert "both worlds have" in parted.chain(int(both), patience=20)["problem"]


# ---------------------------------------------------------------- the leader


def test_leaders_who_may_answer_are_the_line_manager_and_executives(simulated):
    message = open_critique(simulated)
    may = leading.leaders(simulated, message)
    people = simulated.organization
    author = (message >> 8) & 0xFFFFFF
    assert may[0].row in (int(people.manager[author]), people.top)
    assert {each.row for each in may[1:]} <= set(np.flatnonzero(people.role == Role.executive).tolist())
    assert author not in {each.row for each in may}


def test_nobody_answers_the_nameless_as_their_line_manager(lively):
    arena = Arena(lively.with_({"visibility.identity": "pseudonym"}), seed=3)
    arena.look_at(FORK)
    nameless = [each for message in leading.critical(arena) for each in leading.leaders(arena, int(message))]
    assert nameless
    assert not [each for each in nameless if each.why.startswith("line manager")]


@pytest.mark.parametrize("how", [way.key for way in leading.WAYS])
def test_the_first_divergence_is_the_answer(simulated, how):
    message = open_critique(simulated)
    by = manager(simulated, message)
    otherwise = "supportive" if how == "none" else "none"
    pair = leading.answer(simulated, message, how, by.id, otherwise)
    pair.advance(6)
    act = pair.frame()["act"]
    assert (act["row"], act["tick"]) == (by.row, pair.since)
    treated = [
        (record["author"], record["treatment"])
        for engine in engines(pair)
        for record in engine.world.messages
        if record["treatment"] and record["tick"] == pair.since and record["author"] == by.row
    ]
    assert (by.row, Response[otherwise if how == "none" else how]) in treated


def test_two_answers_are_shown_as_both_treatments(simulated):
    message = open_critique(simulated)
    pair = leading.answer(simulated, message, "sanction", manager(simulated, message).id, "supportive")
    pair.advance(1)
    reported = pair.frame()
    assert "support in A and rebuke in B" in reported["act"]["words"]
    assert any("rebuke here, support there" in (card["otherwise"] or "") for card in cards(reported["b"]))


def test_who_answers_as_really_happened_changes_nothing(lively):
    arena = Arena(lively, seed=3)
    arena.look_at(arena.ticks)
    messages = arena.engine.world.messages
    happened = next(
        record.copy()
        for record in messages[messages["treatment"] > Response.none]
        if messages["criticality"][record["parent"]] > 0 and record["treatment"] != Response.action
    )
    treated = int(message_ids(messages[happened["parent"] :][:1])[0])
    arena.look_at(int(happened["tick"]))
    by = str(arena.organization.ids[int(happened["author"])])
    how = Response(happened["treatment"]).name
    pair = leading.answer(arena, treated, how, by, leading.OWN_WAY)
    pair.look_at(pair.ticks)
    arena.look_at(arena.ticks)
    reported = pair.frame()
    assert reported["a"] == reported["b"] and reported["act"] is None
    for engine in engines(pair):
        assert state_bytes(engine) == state_bytes(arena.engine)


def test_whoever_steps_in_is_faster_than_the_own_answer_of_a_leader(lively):
    arena = Arena(lively, seed=3)
    arena.look_at(arena.ticks)
    messages = arena.engine.world.messages
    late = [r for r in messages if r["treatment"] > Response.none and messages["tick"][r["parent"]] < r["tick"] - 2]
    happened = late[0].copy()
    row = int(happened["parent"])
    treated = int(message_ids(messages[row:][:1])[0])
    arena.look_at(int(happened["tick"]))
    by = str(arena.organization.ids[int(happened["author"])])
    other = next(way for way in ("sanction", "supportive") if way != Response(happened["treatment"]).name)
    pair = leading.answer(arena, treated, other, by)
    pair.advance(1)
    found = [leading._answers(side, row) for side in pair.sides]
    assert [len(each) for each in found] == [0, 1]
    assert pair.sides[1].engine.world.messages["treatment"][found[1][0]] == Response[other]


def test_the_answer_of_a_scenario_is_replaced_and_not_doubled(lively):
    scripted = lively.with_events(
        {"day": FORK / 8, "respond": {"by": "ceo", "to": "latest_critique", "how": "sanction"}}
    )
    arena = Arena(scripted, seed=3)
    arena.look_at(FORK)
    row = arena.engine.find_message("latest_critique")
    message = int(message_ids(arena.engine.world.messages[row:][:1])[0])
    ceo = str(arena.organization.ids[arena.organization.top])
    pair = leading.answer(arena, message, "supportive", ceo, "sanction")
    pair.advance(1)
    treatments = [
        [int(side.engine.world.messages["treatment"][each]) for each in leading._answers(side, row)]
        for side in pair.sides
    ]
    assert treatments == [[Response.sanction], [Response.supportive]]


def test_an_exported_world_runs_again_to_the_same_bytes(simulated):
    message = open_critique(simulated)
    pair = leading.answer(simulated, message, "sanction", manager(simulated, message).id)
    pair.look_at(pair.ticks)
    for side in pair.sides:
        again = sim.engine.Engine(from_toml(side.scenario.to_toml()), seed=3)
        again.advance(again.ticks)
        assert state_bytes(again) == state_bytes(side.engine)


@pytest.mark.parametrize(
    ("how", "by", "otherwise"), [("shout", None, "none"), ("action", "nobody", "none"), ("action", None, "shout")]
)
def test_an_answer_that_cannot_be_is_refused(simulated, how, by, otherwise):
    message = open_critique(simulated)
    with pytest.raises(InputError):
        leading.answer(simulated, message, how, by or manager(simulated, message).id, otherwise)
    with pytest.raises(InputError, match="no message"):
        leading.choices(simulated, 77)


def test_a_change_taken_out_was_never_made(lively):
    arena = Arena(lively, seed=3)
    arena.look_at(8)
    arena.intervene({"voice.peer_threat": 90.0})
    arena.look_at(FORK)
    arena.intervene(LEVER)
    arena.advance(10)
    reported = leading.timeline(arena)
    assert [(each["number"], each["tick"], each["kind"]) for each in reported] == [(0, 8, "set"), (1, FORK, "set")]
    once = Arena(lively, seed=3)
    once.look_at(FORK)
    once.intervene(LEVER)
    once.advance(10)
    assert state_bytes(leading.without(arena, 0).engine) == state_bytes(once.engine)
    assert leading.without(leading.without(arena, 0), 0).scenario.digest == lively.digest
    with pytest.raises(InputError):
        leading.without(arena, 2)


def test_silence_breaks_only_where_a_wish_is_spoken_in_one_world(parted):
    reported = parted.frame()["broken"]
    twin = parted.compared()
    assert sum(reported["count"]) == len(twin.broken) > 0
    for each in twin.broken:
        assert (each.strategy_a < SPOKEN) != (each.strategy_b < SPOKEN)


# ---------------------------------------------------------------- the runner


class Listener:
    """What a page would be sent; it acknowledges each frame at once."""

    def __init__(self, hub):
        self.hub, self.frames, self.scenes, self.notices, self.files = hub, [], [], [], []
        hub.attach(self)

    def __call__(self, kind, what):
        json.dumps(what, allow_nan=False)
        {"frame": self.frames, "scene": self.scenes, "notice": self.notices, "file": self.files}[kind].append(what)
        if kind == "frame":
            self.hub.drawn(what["number"])

    def wait(self, holds, seconds=20.0):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if holds():
                return
            time.sleep(0.01)
        raise AssertionError(f"it never came; said so far: {self.notices}")


@pytest.fixture
def listening(lively):
    arena = Arena(lively, seed=3)
    arena.look_at(FORK)
    hub = TwinHub(lambda: arena)
    page = Listener(hub)
    page.wait(lambda: page.frames)
    yield page
    hub.close()


def test_the_leader_answers_and_both_worlds_live_on(listening):
    page = listening
    page.hub.ask({"do": "choose", "side": 1, "card": page.frames[-1]["critical"][0]})
    page.wait(lambda: page.frames[-1]["answering"])
    offered = page.frames[-1]["answering"]
    page.hub.ask({"do": "answer", "how": "sanction", "by": offered["leaders"][0]["id"]})
    page.wait(lambda: page.frames[-1]["act"] and page.frames[-1]["playing"])
    assert page.frames[-1]["sides"][1]["name"] == "Rebuked"
    assert page.scenes[-1]["changes"][1]
    page.wait(lambda: page.frames[-1]["clock"]["shown"] > FORK + 3)
    page.hub.ask({"do": "play", "on": False})
    page.hub.ask({"do": "export", "side": 1})
    page.wait(lambda: page.files)
    assert 'how = "sanction"' in page.files[0]["text"]
    page.hub.ask({"do": "remove", "side": 1, "number": 0})
    page.wait(lambda: not page.scenes[-1]["changes"][1])


def test_a_lever_moved_in_one_world_parts_them_and_a_chain_is_found(listening):
    page = listening
    page.hub.ask({"do": "change", "side": 1, "change": LEVER})
    page.hub.ask({"do": "seek", "tick": 40})
    page.wait(lambda: page.frames[-1]["clock"]["shown"] == 40 and page.frames[-1]["sides"][1]["only"])
    page.hub.ask({"do": "trace", "card": str(page.hub.pair.compared().only_b[0])})
    page.wait(lambda: page.frames[-1]["chain"] and page.frames[-1]["chain"]["links"])


@pytest.mark.parametrize(
    "command",
    [{"do": "levers"}, {"do": "change", "side": 2, "change": LEVER}, {"do": "answer", "how": "action", "by": "m1"},
     {"do": "trace", "card": "draft-1"}, {"do": "change", "side": True, "change": LEVER}],
)  # fmt: skip
def test_what_cannot_be_done_is_reported_and_changes_nothing(listening, command):
    listening.hub.ask(command)
    listening.wait(lambda: listening.notices)
    assert listening.hub.pair.generation == 0
    assert "log" not in listening.notices[0]["words"]


# ---------------------------------------------------------------- in a browser


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The address of the tab alone, served on this machine."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    environment = {**os.environ, **ADMITTED, "XDG_STATE_HOME": str(tmp_path_factory.mktemp("state"))}
    command = [sys.executable, "-m", "tests.serve_page", "dashboards.twins_tab", str(port)]
    server = subprocess.Popen(command, env=environment, cwd=Path(__file__).parents[1])
    try:
        for _ in range(1200):
            with socket.socket() as asked:
                if asked.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/?scenario=one-public-rebuke&day=20"
    finally:
        server.terminate()
        server.wait(10)


@pytest.fixture
def page(address, request):
    with chromium() as browser:
        context = browser.new_context(viewport={"width": 1440, "height": 1000}, color_scheme="light")
        let_in(context, address.partition("?")[0])
        found = context.new_page()
        wrong = []
        found.on("console", lambda said: said.type == "error" and wrong.append(said.text))
        found.on("pageerror", lambda error: wrong.append(str(error)))
        found.on(
            "request",
            lambda asked: "127.0.0.1" in asked.url or asked.url[:5] in ("data:", "blob:") or wrong.append(asked.url),
        )
        found.on(
            "response", lambda reported: reported.status >= 400 and wrong.append(f"{reported.status} {reported.url}")
        )
        found.goto(address)
        found.wait_for_selector(".ism-twins-worlds", timeout=60_000)
        yield found
        context.close()
        assert not wrong


def test_a_visitor_answers_as_leader_and_watches_both_worlds(page):
    page.get_by_role("button", name="Be the leader").click()
    panel = page.get_by_role("region", name="You are the leader")
    panel.wait_for()
    assert panel.locator(".ism-answer-ways button").count() == 5
    panel.get_by_label("In the other world they").select_option("supportive")
    panel.locator("[data-way=sanction]").focus()
    page.keyboard.press("Enter")
    page.get_by_text("First divergence").wait_for()
    assert page.get_by_role("heading", name="Rebuked").is_visible()
    drawn = page.evaluate("ismDraws")
    page.wait_for_function(f"ismDraws > {drawn + 5}")
    page.get_by_role("button", name="Pause").click()
    page.get_by_label("The hour shown").fill("120")
    with page.expect_download() as taken:
        page.get_by_role("button", name="Scenario file").last.click()
    assert 'how = "sanction"' in Path(taken.value.path()).read_text("utf-8")
    assert page.locator(".ism-line-former").count() == 0
    page.get_by_role("button", name="Be the leader").click()
    panel.locator("[data-way=dismissive]").click()
    page.get_by_text("Pale dots: B before the last change").wait_for()
    assert len(page.locator(".ism-line-former").first.get_attribute("points").split()) > 10


def test_a_visitor_changes_a_lever_of_one_world(page):
    page.get_by_role("button", name="Change a world").click()
    form = page.get_by_role("form", name="Change a world from this hour on")
    form.locator("select").last.select_option("team")
    form.get_by_role("button", name="From now on").click()
    page.get_by_role("button", name="Take out").wait_for()
    page.keyboard.press("Shift+ArrowRight")
    page.get_by_text("First divergence").wait_for()


def test_a_visitor_sees_what_is_only_here_first_and_asks_how_it_came(page):
    page.get_by_role("button", name="Change a world").click()
    form = page.get_by_role("form", name="Change a world from this hour on")
    form.locator("select").last.select_option("team")
    form.get_by_role("button", name="From now on").click()
    page.get_by_role("button", name="Take out").wait_for()
    page.get_by_label("The hour shown").fill(str(24 * 8))
    page.wait_for_function("document.querySelector('.ism-clock')?.innerText.includes('workday 24 ')")
    page.get_by_role("button", name="Differences first").click()
    page.locator("[data-only=yes]").first.wait_for()
    assert page.locator(".ism-world-b [data-only=yes], .ism-world-a [data-only=yes]").count() > 1
    page.get_by_role("button", name="How did the change lead here?").first.click()
    page.locator(".ism-chain ol li").first.wait_for(timeout=60_000)


def test_on_request_what_exists_in_one_world_only_stands_first(parted):
    plain, first = (parted.frame(View(threads=8, differing=wanted)) for wanted in (False, True))

    def marked(reported):
        return [any(card["only"] for card in thread["cards"]) for thread in reported["threads"]]

    for side, only in (("a", parted.compared().only_a), ("b", parted.compared().only_b)):
        now = marked(first[side])
        assert now == sorted(now, reverse=True)
        assert sum(now) >= min(sum(marked(plain[side])), 8)
        assert not len(only) or now[0]
