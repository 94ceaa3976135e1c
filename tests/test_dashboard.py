"""The dashboard: the hub between a world and a page, the page in a browser without a network, and the command."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from click.testing import CliRunner

import dashboards
from dashboards import hub as hubs
from dashboards.hub import Hub
from dashboards.lifetime import free_port
from experiments.cli import main
from tests.browser import ADMITTED, Opened, chromium, let_in

SMALL = "organization.members=120&days=30"
HERE = "127.0.0.1"


# ---------------------------------------------------------------- the hub, without a browser


class Page:
    """A page that answers as a browser does, or stops answering."""

    def __init__(self, hub: Hub) -> None:
        self.hub, self.answers = hub, True
        self.got: list[tuple[str, Any]] = []
        self.news = threading.Condition()
        hub.attach(self.hear)

    def hear(self, kind: str, what: Any) -> None:
        with self.news:
            self.got.append((kind, json.loads(json.dumps(what, allow_nan=False))))
            self.news.notify_all()
        if kind == "frame" and self.answers:
            self.hub.drawn(what["number"])

    def all(self, kind: str) -> list[Any]:
        return [what for each, what in self.got if each == kind]

    def until(self, wanted: Any, kind: str = "frame") -> Any:
        """Return the first thing of a kind, from now on or the last before, that is as wanted."""
        start = max(0, len(self.all(kind)) - 1)

        def found() -> Any:
            return next((what for what in self.all(kind)[start:] if wanted(what)), None)

        with self.news:
            assert self.news.wait_for(found, timeout=30), f"no {kind} as wanted"
            return found()


@pytest.fixture
def hub() -> Iterator[Hub]:
    made = Hub(SMALL)
    yield made
    made.close()


def test_a_page_that_comes_gets_a_scene_and_then_a_frame(hub: Hub) -> None:
    page = Page(hub)
    page.until(lambda frame: frame["clock"]["shown"] == 0)
    assert [kind for kind, _ in page.got][:2] == ["scene", "frame"]
    scene = page.all("scene")[0]
    assert scene["members"] == 120
    assert {"baseline", "one-public-rebuke"} <= {each["name"] for each in scene["gallery"]}


def test_time_runs_and_at_most_one_frame_is_on_its_way(hub: Hub) -> None:
    page = Page(hub)
    page.until(bool)
    page.answers = False
    hub.ask({"do": "speed", "value": 40})
    hub.ask({"do": "play", "on": True})
    first = page.until(lambda frame: frame["playing"])
    before = len(page.all("frame"))
    hub.ask({"do": "view", "iceberg": True})
    hub.ask({"do": "step"})
    time.sleep(0.5)  # in which nothing may come: there is nothing to wait for
    assert len(page.all("frame")) == before
    page.answers = True
    hub.drawn(first["number"])
    assert page.until(lambda frame: frame["view"]["iceberg"])


def test_time_stops_when_a_page_draws_no_more(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hubs, "PATIENCE", 0.2)
    page = Page(hub)
    page.until(bool)
    page.answers = False
    hub.ask({"do": "play", "on": True})
    page.until(lambda frame: frame["playing"])
    page.until(lambda frame: not frame["playing"])
    assert not hub.playing


def test_what_cannot_be_is_reported_and_the_hub_goes_on(hub: Hub) -> None:
    page = Page(hub)
    page.until(bool)
    for nonsense in (
        {"do": "fly"},
        {},
        {"do": "seek", "tick": "soon"},
        {"do": "step", "hours": float("nan")},
        {"do": "view", "belief": "in fairies"},
        {"do": "levers", "changes": ["a"]},
        {"do": "levers", "changes": {"visibility.scope": "the moon"}},
        {"do": "event", "change": {"respond": {"by": "nobody"}}},
        {"do": "reset", "scenario": "/etc/passwd"},
        {"do": "reset", "scenario": ["baseline"]},
    ):
        seen = len(page.all("notice"))
        hub.ask(nonsense)
        page.until(lambda answer, seen=seen: len(page.all("notice")) > seen and answer["words"], "notice")
    hub.ask({"do": "step", "hours": 8})
    assert page.until(lambda frame: frame["clock"]["shown"] == 8)["generation"] == 0


def test_the_program_itself_may_change_the_world(hub: Hub) -> None:
    page = Page(hub)
    page.until(bool)
    hub.do(lambda arena: arena.reset(seed=9))
    assert page.until(lambda scene: scene["seed"] == 9, "scene")


def test_moves_that_wait_are_one_move(hub: Hub) -> None:
    page = Page(hub)
    page.until(bool)
    with hub.arena.lock:  # so that all of them wait
        for tick in range(1, 60):
            hub.ask({"do": "seek", "tick": tick})
        hub.ask({"do": "levers", "changes": {"visibility.scope": "department"}})
        hub.ask({"do": "levers", "changes": {"visibility.audience_cues": True}})
    frame = page.until(lambda frame: frame["generation"] > 0)
    assert frame["clock"]["shown"] == 59
    values = frame["values"]
    assert (values["visibility.scope"], values["visibility.audience_cues"]) == ("department", True)
    assert len(hub.arena.interventions) == 1


def test_an_address_that_cannot_be_used_is_reported_and_gives_an_ordinary_world() -> None:
    hub = Hub("scenario=nowhere&organization.members=-5&day=x")
    try:
        page = Page(hub)
        assert "nowhere" in page.until(bool, "notice")["words"]
        assert page.all("scene")[0]["scenario"] == "baseline"
    finally:
        hub.close()


def test_a_hub_that_is_closed_ends_its_thread() -> None:
    hub = Hub(SMALL)
    hub.ask({"do": "play", "on": True})
    hub.close()
    hub._thread.join(timeout=20)
    assert not hub._thread.is_alive()


def test_no_component_shows_text_as_html() -> None:
    for file in Path(dashboards.__file__ or "").parent.glob("components/*.vue"):
        assert "v-html" not in file.read_text("utf-8"), file.name


# ---------------------------------------------------------------- the command


def test_an_unknown_scenario_is_reported_with_the_nearest() -> None:
    found = CliRunner().invoke(main, ["dashboard", "one-public-rebuk"])
    assert found.exit_code == 2
    assert "one-public-rebuke" in found.output


def test_a_port_that_is_taken_is_passed_over() -> None:
    with socket.create_server((HERE, 0)) as taken:
        port = taken.getsockname()[1]
        assert free_port(port, HERE) != port


# ---------------------------------------------------------------- the page, in a browser without a network


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running dashboard, which refuses nothing that its own page does."""
    kept = {"XDG_STATE_HOME": str(tmp_path_factory.mktemp("state"))}
    port = free_port(0, HERE)
    server = subprocess.Popen(
        [sys.executable, "-m", "dashboards", "--port", str(port)],
        env={**os.environ, **ADMITTED, **kept},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        _wait_for(server)
        yield f"http://{HERE}:{port}/"
    finally:
        server.terminate()
        said = server.communicate(timeout=20)[0].decode()
    assert "refused" not in said and "ignored" not in said, said


def _wait_for(server: subprocess.Popen[bytes]) -> None:
    """Wait until a dashboard has printed its address, which it does when the port answers."""
    assert server.stdout is not None
    said: list[bytes] = []
    for line in server.stdout:
        said.append(line)
        if b"http://" in line:
            return
    raise AssertionError(b"".join(said).decode())


@pytest.fixture(scope="module")  # Playwright allows one at a time, and other modules have their own
def browser() -> Iterator[Any]:
    with chromium() as running:
        yield running


@contextmanager
def visit(browser: Any, address: str, query: str = SMALL, **context: Any) -> Iterator[Any]:
    """Give a page that has drawn; afterwards it must have asked for nothing elsewhere, and nothing went wrong."""
    made = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **context})
    made.route(lambda asked: not asked.startswith((address, "data:", "blob:")), lambda route: route.abort())
    made.add_init_script("localStorage.getItem('ism.hinted') || localStorage.setItem('ism.hinted', 'yes')")
    try:
        let_in(made, address)
        page = made.new_page()
        found = Opened(page)
        watch(found, address)
        page.goto(f"{address}?{query}")
        drawn(page)
        day = parse_qs(query).get("day")
        if day:  # on a busy machine, frames come from hours on the way
            shows_day(page, float(day[0]))
        yield page
        assert found.errors == []
        assert found.asked_for == []
    finally:
        made.close()


def watch(found: Opened, address: str) -> None:
    """Note every request to somewhere else, every refusal, and every error."""
    page = found.page
    page.on("console", lambda said: said.type == "error" and found.errors.append(said.text))
    page.on("pageerror", lambda error: found.errors.append(str(error)))
    page.on("response", lambda got: got.status >= 400 and found.errors.append(f"{got.status} {got.url}"))
    page.on(
        "request",
        lambda asked: asked.url.startswith((address, "data:", "blob:")) or found.asked_for.append(asked.url[:200]),
    )


def drawn(page: Any, more: int = 1) -> None:
    """Wait until the page has drawn some frames more."""
    before = page.evaluate("window.ismDraws || 0")
    page.wait_for_function("n => window.ismDraws >= n", arg=before + more, timeout=60_000)


def until(page: Any, condition: str, arg: Any = None) -> None:
    page.wait_for_function(condition, arg=arg, timeout=60_000)


def shows_day(page: Any, day: float) -> None:
    until(page, "t => Number(document.querySelector('.ism-scrub input')?.value) === t", day * 8)


def test_the_page_opens_with_a_world(browser: Any, address: str) -> None:
    with visit(browser, address, f"{SMALL}&day=10") as page:
        assert page.locator("html").get_attribute("lang") == "en"
        assert page.locator("h1").inner_text() == "An ordinary organisation"
        assert page.locator(".ism-tile").count() == 5
        assert page.locator(".ism-tile dt").first.inner_text() == "willing to voice a critique"
        assert page.locator(".ism-thread").count() > 3
        until(page, "document.querySelector('.ism-plot .scatterlayer path.js-line')")
        nameless = "[...document.querySelectorAll('button')].filter(b => !b.innerText.trim() && !b.ariaLabel).length"
        assert page.evaluate(nameless) == 0


def test_play_moves_feed_chart_and_clock_and_pause_holds_them(browser: Any, address: str) -> None:
    with visit(browser, address) as page:
        assert "Nobody has written" in page.locator(".ism-feed").text_content()
        page.get_by_label("Speed").select_option("40")
        page.get_by_label("Play").click()
        until(page, "document.querySelectorAll('.ism-thread').length > 2")
        until(page, "document.querySelector('.ism-plot').data?.[0].x.length > 2")
        page.get_by_label("Pause").click()
        until(page, "document.querySelector('[aria-label=Play]')")
        stood = page.locator(".ism-clock").inner_text()
        page.keyboard.press("i")
        drawn(page, 0)
        until(page, "document.querySelector('.ism-waterline')")
        assert page.locator(".ism-clock").inner_text() == stood


def test_what_is_seen_comes_back_on_reload(browser: Any, address: str) -> None:
    with visit(browser, address, f"{SMALL}&seed=3&day=6") as page:
        page.locator("label", has_text="audience cues").locator("input").check()
        until(page, "document.querySelector('.ism-events')")
        page.get_by_role("button", name="One hour on").click()
        shows_day(page, 6.125)
        until(page, "location.search.includes('day=6.125') && location.search.includes('at=')")
        feed = page.locator(".ism-feed").text_content()
        page.reload()
        until(page, "window.ismDraws > 0")
        shows_day(page, 6.125)
        assert page.locator(".ism-feed").text_content() == feed
        assert "by you" in page.locator(".ism-events").inner_text()


def test_a_lever_moved_while_time_runs_acts_from_then_on(browser: Any, address: str) -> None:
    with visit(browser, address) as page:
        page.get_by_label("Play").click()
        until(page, "Number(document.querySelector('.ism-scrub input')?.value) > 3")
        page.get_by_label("audience of posts").select_option("team")
        until(page, "document.querySelector('.ism-events')?.innerText.includes('by you')")
        assert page.get_by_label("audience of posts").input_value() == "team"
        assert page.get_by_label("Pause").count() == 1


def test_to_look_back_shows_what_was_seen_then(browser: Any, address: str) -> None:
    with visit(browser, address, f"{SMALL}&day=12") as page:
        feed = page.locator(".ism-feed").text_content()
        scrub = page.get_by_label("The hour shown")
        for day in (3, 12):
            scrub.fill(str(day * 8))
            shows_day(page, day)
            until(page, "d => document.querySelector('.ism-clock')?.innerText.includes('workday ' + d + ' ')", day)
        assert page.locator(".ism-feed").text_content() == feed


def test_keys_work_and_leave_inputs_alone(browser: Any, address: str) -> None:
    with visit(browser, address, f"{SMALL}&day=5") as page:
        page.keyboard.press("ArrowRight")
        shows_day(page, 5.125)
        page.keyboard.press("Space")
        until(page, "document.querySelector('[aria-label=Pause]')")
        page.keyboard.press("Space")
        until(page, "document.querySelector('[aria-label=Play]')")
        seed = page.get_by_label("seed")
        seed.focus()
        stood = page.locator(".ism-clock").inner_text()
        page.keyboard.press("r")
        page.keyboard.press("i")
        page.locator("h1").click()
        page.keyboard.press("i")
        until(page, "document.querySelector('[aria-pressed=true].ism-pill')")
        assert page.locator(".ism-clock").inner_text() == stood
        page.keyboard.press("r")
        shows_day(page, 0)


def test_the_iceberg_shows_drafts_with_their_motive(browser: Any, address: str) -> None:
    with visit(browser, address, f"{SMALL}&day=25") as page:
        assert page.locator(".ism-card--ghost").count() == 0
        page.get_by_role("button", name="Iceberg").click()
        until(page, "document.querySelector('.ism-card--ghost')")
        ghost = page.locator(".ism-card--ghost").first
        assert (ghost.locator(".ism-unsaid").text_content() or "").strip()
        ghost.scroll_into_view_if_needed()
        assert ghost.get_by_text("Why?").is_visible()


FIRST = "seed=5&organization.members=400"


@contextmanager
def first_visit(browser: Any, address: str, query: str = FIRST, **context: Any) -> Iterator[Any]:
    """Give the page of somebody who has never been here."""
    with visit(browser, address, query, **context) as page:
        page.add_init_script("localStorage.removeItem('ism.hinted')")
        page.evaluate("localStorage.removeItem('ism.hinted')")
        page.reload()
        page.wait_for_selector(".ism-story-face", timeout=60_000)
        yield page


def test_a_first_visit_sees_the_story_of_this_world_step_by_step(browser: Any, address: str) -> None:
    with first_visit(browser, address, reduced_motion="reduce") as page:
        assert 20 <= page.locator(".ism-story-face").count() <= 30  # in a small organisation, a department is smaller
        asked = page.locator("h1").inner_text()
        page.keyboard.press("ArrowRight")
        assert "writes a critique" in page.locator("h1").inner_text()
        page.keyboard.press("ArrowRight")
        assert "rebukes it" in page.locator("h1").inner_text()
        for _ in range(80):
            page.keyboard.press("ArrowRight")
        said = page.locator(".ism-story-first")
        assert "95% interval" in said.inner_text()
        assert ("within noise" in asked) == ("no difference outside noise" in said.inner_text())
        assert page.locator(".ism-story-face--saw").count() > 2
        assert page.locator(".ism-story-world").count() == 2
        page.keyboard.press("ArrowLeft")
        assert page.locator(".ism-story-world").count() == 1


def test_the_story_is_skipped_and_leads_into_the_arena(browser: Any, address: str) -> None:
    with first_visit(browser, address, reduced_motion="reduce") as page:
        page.keyboard.press("Escape")
        page.wait_for_selector(".ism-columns")
        page.get_by_role("button", name="Tell the story").click()
        page.wait_for_selector(".ism-story-face")
        for _ in range(80):
            page.keyboard.press("ArrowRight")
        page.get_by_role("button", name="See it in the whole organisation").click()
        card = page.get_by_role("region", name="After the rebuke")
        card.wait_for(timeout=60_000)
        until(page, "location.search.includes('colour=willingness_answer')")
        until(page, "location.search.includes('respond')")
        assert "would voice a critique with a chance of" in card.locator(".ism-after-lead").inner_text()


def test_both_worlds_of_the_story_stand_side_by_side(browser: Any, address: str) -> None:
    with first_visit(browser, address, reduced_motion="reduce") as page:
        for _ in range(80):
            page.keyboard.press("ArrowRight")
        page.get_by_role("button", name="Compare both worlds").click()
        page.get_by_role("heading", name="Without the rebuke").wait_for(timeout=60_000)
        page.get_by_text("First divergence").wait_for(timeout=60_000)


def test_a_lever_is_taken_back_by_one_key_and_its_line_stays_pale(browser: Any, address: str) -> None:
    with visit(browser, address, f"{SMALL}&day=10") as page:
        page.get_by_label("anonymous posts").check(force=True)
        until(page, "location.search.includes('visibility.anonymous_posts:true')")
        page.get_by_label("Speed").select_option("40")
        page.get_by_label("Play").click()
        until(page, "document.querySelector('.ism-lines-pale')?.innerText.includes('before your last change')")
        until(page, "document.querySelector('.ism-plot').data?.some(each => each.name === 'before')")
        page.get_by_label("Pause").click()
        page.locator("h1").click()
        page.keyboard.press("Control+z")
        until(page, "!location.search.includes('anonymous_posts')")
        shows_day(page, 10)


def test_what_lies_ahead_stays_visible_when_one_goes_back(browser: Any, address: str) -> None:
    with visit(browser, address, f"{SMALL}&day=12") as page:
        page.locator(".ism-scrub input").fill("40")
        shows_day(page, 5)
        until(
            page, "document.querySelector('.ism-plot').data?.some(each => each.name === 'ahead' && each.x.length > 10)"
        )


def test_the_end_of_a_run_opens_its_debrief(browser: Any, address: str) -> None:
    query = "organization.members=120&days=12&day=11&at=5,visibility.anonymous_posts:true"
    with visit(browser, address, query) as page:
        page.get_by_label("Speed").select_option("40")
        page.get_by_label("Play").click()
        debrief = page.get_by_role("region", name="The debrief")
        debrief.get_by_text("It cannot tell").wait_for(timeout=60_000)
        assert "What you did" in debrief.inner_text()
        debrief.get_by_role("button", name="Take it home").click()
        until(page, "location.search.includes('tab=take')")


@pytest.mark.parametrize("size", [(1366, 768), (390, 844)])
def test_the_iceberg_is_what_one_sees_once_it_is_switched_on(browser: Any, address: str, size: Any) -> None:
    viewport = {"width": size[0], "height": size[1]}
    with visit(
        browser, address, "scenario=one-public-rebuke&organization.members=250&day=24", viewport=viewport
    ) as page:
        page.get_by_role("button", name="Iceberg").click()
        seen = """() => { const card = document.querySelector('.ism-card--ghost')?.getBoundingClientRect();
            return card && card.top >= 0 && card.bottom <= innerHeight; }"""
        until(page, seen)


def at_rest(page: Any, day: int) -> None:
    until(page, "d => document.querySelector('.ism-clock')?.innerText.includes('workday ' + d + ' ')", day)
    until(page, "document.querySelector('[aria-label=Play]')")


REBUKED = "scenario=one-public-rebuke&organization.members=250&days=40&day=24"


def test_after_a_rebuke_the_map_shows_whom_it_reached(browser: Any, address: str) -> None:
    with visit(browser, address, REBUKED) as page:
        card = page.get_by_role("region", name="After the rebuke")
        assert card.locator(".ism-after-axis").count() >= 3
        card.get_by_text("In numbers").click()
        assert "points (" in card.locator("table").inner_text()
        card.get_by_role("button", name="Show whom it reached").click()
        until(page, "document.querySelector('.ism-net-moved')")
        until(page, "location.search.includes('colour=willingness_answer')")
        page.get_by_label("Colour members by").select_option("safety_since")
        page.get_by_label("Since", exact=True).select_option("160")
        until(page, "location.search.includes('against=20')")
        card.get_by_label("Close what came after").click()
        assert card.count() == 0
        page.get_by_role("button", name="After the rebuke").click()
        card.wait_for()
        page.get_by_label("The hour shown").fill("80")
        until(page, "document.querySelector('.ism-clock')?.innerText.includes('workday 10 ')")
        assert page.get_by_role("region", name="After the rebuke").count() == 0


def test_a_rebuke_of_ones_own_is_followed_and_compared(browser: Any, address: str) -> None:
    with visit(browser, address, "organization.members=400&days=30&day=15") as page:  # enough for a critique
        page.get_by_role("button", name="Rebuke the latest critique").click()
        page.get_by_role("button", name="One hour on").click()
        card = page.get_by_role("region", name="After the rebuke")
        card.wait_for()
        for _ in range(2):
            page.keyboard.press("Shift+ArrowRight")
        shows_day(page, 17.125)
        card.get_by_role("button", name="Compare both worlds").click()
        page.get_by_role("heading", name="Without the rebuke").wait_for(timeout=60_000)
        page.get_by_role("button", name="From the arena").click()
        page.get_by_role("heading", name="As it was").wait_for(timeout=60_000)  # and not those asked for before


def test_how_sure_a_line_is_comes_on_request_and_goes_when_a_lever_moves(browser: Any, address: str) -> None:
    with visit(browser, address, f"{SMALL}&day=12") as page:
        until(page, "document.querySelector('.ism-plot').data?.length === 5")
        page.get_by_role("button", name="How sure is this?").click()
        until(page, "document.querySelector('.ism-plot').data.length === 25")
        answer = page.locator(".ism-lines-sure").inner_text()
        assert "95% interval of the mean of 12 other seeds" in answer
        assert "This run is" in answer
        drawn_band = "document.querySelector('.ism-plot').data.filter(each => each.fill === 'tonexty').length"
        assert page.evaluate(drawn_band) == 10
        page.get_by_label("audience of posts").select_option("team")
        until(page, f"{drawn_band} === 0")
        assert page.locator(".ism-lines-sure").count() == 0


def test_other_seeds_can_be_stopped_and_block_nothing(browser: Any, address: str) -> None:
    with visit(browser, address, "organization.members=4000&days=60&day=4") as page:
        page.get_by_role("button", name="How sure is this?").click()
        page.get_by_role("button", name="Stop").wait_for()
        page.get_by_role("button", name="One hour on").click()
        shows_day(page, 4.125)
        page.get_by_role("button", name="Stop").click()
        page.get_by_role("button", name="How sure is this?").wait_for()


def test_back_and_forward_lead_through_what_was_done(browser: Any, address: str) -> None:
    with visit(browser, address, f"{SMALL}&day=9") as page:
        page.get_by_role("button", name="Iceberg").click()
        until(page, "location.search.includes('iceberg=true')")
        page.locator(".ism-card--ghost .ism-why").first.click()
        until(page, "document.querySelector('.why h2') && location.search.includes('why=card:')")
        page.keyboard.press("Escape")
        until(page, "!document.querySelector('.why') && !location.search.includes('why=')")
        page.locator(".ism-tabs").get_by_role("button", name="Predict").click()
        until(page, "location.search.includes('tab=predict')")
        page.go_back()
        until(page, "document.querySelector('.ism-waterline') && !location.search.includes('tab=')")
        page.go_back()
        until(page, "document.querySelector('.why h2')")
        page.go_back()
        until(page, "!document.querySelector('.why') && document.querySelector('.ism-waterline')")
        page.go_back()
        until(page, "!document.querySelector('.ism-waterline') && !location.search.includes('iceberg')")
        shows_day(page, 9)
        for _ in range(4):
            page.go_forward()
        until(page, "document.querySelector('.ism-tabs [aria-current]')?.innerText === 'Predict'")


def test_back_leads_to_the_scenario_before(browser: Any, address: str) -> None:
    with visit(browser, address, f"{SMALL}&day=9") as page:
        feed = page.locator(".ism-feed").text_content()
        choose(page, "Trust lost and regained")
        until(page, "location.search.includes('scenario=trust-lost-and-regained')")
        page.go_back()
        until(page, "document.querySelector('h1')?.innerText === 'An ordinary organisation'")
        shows_day(page, 9)
        assert page.locator(".ism-feed").text_content() == feed


def test_how_the_world_is_seen_comes_back_on_reload(browser: Any, address: str) -> None:
    seen = "&iceberg=true&colour=engagement&layout=ties&issue=2&why=member:5"
    with visit(browser, address, f"{SMALL}&day=9{seen}") as page:
        until(page, "document.querySelector('.ism-waterline') && document.querySelector('.why h2')")
        assert page.get_by_label("Colour members by").input_value() == "engagement"
        assert page.get_by_role("button", name="Ties").get_attribute("aria-pressed") == "true"
        assert page.locator(".ism-chip[aria-pressed=true]").count() == 1
    with visit_tab(browser, address, f"{SMALL}&day=9&tab=twins") as page:
        page.locator(".ism-twins-main").wait_for(timeout=60_000)  # its heading stands before


@contextmanager
def visit_tab(browser: Any, address: str, query: str) -> Iterator[Any]:
    made = browser.new_context()
    try:
        let_in(made, address)
        page = made.new_page()
        page.goto(f"{address}?{query}")
        yield page
    finally:
        made.close()


def choose(page: Any, title: str) -> None:
    page.get_by_role("button", name="Choose a scenario").click()
    shelf = page.get_by_role("dialog", name="Scenarios")
    shelf.get_by_label("Search the scenarios").fill(title[:12])
    shelf.get_by_role("button", name=title).click()
    until(page, "t => document.querySelector('h1')?.innerText === t", title)


def test_a_scenario_is_found_and_its_notes_are_for_the_trainer_alone(browser: Any, address: str) -> None:
    with visit(browser, address, f"{SMALL}&day=3") as page:
        page.get_by_role("button", name="Choose a scenario").click()
        shelf = page.get_by_role("dialog", name="Scenarios")
        shelf.get_by_label("Search the scenarios").fill("rebuke silence")
        assert shelf.locator("li").count() == 1
        page.keyboard.press("Escape")
        assert shelf.count() == 0
        choose(page, "One public rebuke")
        notes = page.locator(".ism-notes")
        assert not notes.get_by_text("How many saw the rebuke").is_visible()
        notes.locator("summary").click()
        assert notes.get_by_text("How many saw the rebuke").is_visible()
        assert notes.get_by_text("Madsen & Johansen 2019").is_visible()
        page.reload()
        page.get_by_text("How many saw the rebuke").wait_for()


def test_visitors_do_not_see_each_other(browser: Any, address: str) -> None:
    with visit(browser, address) as one, visit(browser, address) as other:
        one.keyboard.press("ArrowRight")
        shows_day(one, 0.125)
        other.keyboard.press("i")
        until(other, "document.querySelector('.ism-waterline')")
        shows_day(other, 0)
        assert one.locator(".ism-waterline").count() == 0


@pytest.mark.parametrize("width", [800, 1280, 1920])
def test_nothing_sticks_out(browser: Any, address: str, width: int) -> None:
    query = f"{SMALL}&day=9"
    with visit(browser, address, query, viewport={"width": width, "height": 800}, color_scheme="dark") as page:
        assert page.evaluate("document.documentElement.dataset.theme") == "dark"
        page.get_by_label("Light colours").click()
        assert page.evaluate("document.documentElement.dataset.theme") == "light"
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        before = page.evaluate("parseFloat(getComputedStyle(document.querySelector('h1')).fontSize)")
        page.get_by_label("Larger letters").click()
        assert page.evaluate("parseFloat(getComputedStyle(document.querySelector('h1')).fontSize)") > 1.2 * before


@pytest.mark.slow
def test_a_thousand_members_are_drawn_while_the_controls_answer(browser: Any, address: str) -> None:
    with visit(browser, address, "day=20") as page:
        page.get_by_label("Speed").select_option("40")
        page.get_by_label("Play").click()
        drawn(page, 3)
        drawn(page, 15)
        page.get_by_role("button", name="Iceberg").click()
        until(page, "document.querySelector('.ism-waterline')")


def test_a_draft_is_explained_and_what_might_have_changed_it_is_run_as_a_twin(browser: Any, address: str) -> None:
    with visit(browser, address, f"{SMALL}&day=12") as page:
        page.keyboard.press("i")
        until(page, "document.querySelectorAll('.ism-opinion').length > 3")
        page.locator(".ism-card--ghost .ism-why").first.click()
        until(page, "document.querySelector('.why h2')")
        assert page.locator(".why").get_by_text("Why it stayed unsaid").count() == 1
        page.keyboard.press("Escape")
        until(page, "!document.querySelector('.why')")
        page.locator(".ism-card:not(.ism-card--ghost) button.ism-avatar").first.click()
        until(page, "document.querySelector('.why h2')")


@pytest.mark.parametrize("room", ["Twins", "Predict", "Studies", "Organisation", "Take home"])
def test_every_room_opens_and_one_comes_back_to_the_same_hour(browser: Any, address: str, room: str) -> None:
    with visit(browser, address, f"{SMALL}&day=4") as page:
        tabs = page.locator(".ism-tabs")
        tabs.get_by_role("button", name=room).click()
        until(page, "!document.querySelector('.ism-scrub') || document.querySelector('.ism-twins, .tw, main')")
        page.wait_for_function("r => document.querySelector('.ism-tabs [aria-current]')?.innerText === r", arg=room)
        until(page, "document.querySelectorAll('h1').length === 1")
        before = page.evaluate("window.ismDraws || 0")
        tabs.get_by_role("button", name="Arena").click()
        page.wait_for_function("n => window.ismDraws > n", arg=before)
        shows_day(page, 4)


@pytest.mark.parametrize("room", ["Arena", "Twins", "Predict", "Studies", "Organisation", "Take home"])
def test_in_the_dark_no_room_is_bright(browser: Any, address: str, room: str) -> None:
    with visit(browser, address, f"{SMALL}&day=4", color_scheme="dark") as page:
        page.locator(".ism-tabs").get_by_role("button", name=room).click()
        page.wait_for_function("r => document.querySelector('.ism-tabs [aria-current]')?.innerText === r", arg=room)
        until(page, "document.querySelectorAll('h1').length === 1 && !!document.querySelector('.ism h1, .ism-page h1')")
        bright = """[...document.querySelectorAll('.ism *')].filter(e => {
            const [r, g, b, a] = getComputedStyle(e).backgroundColor.match(/[\\d.]+/g).map(Number);
            return e.offsetWidth > 300 && e.offsetHeight > 100 && (a ?? 1) > 0.5 && r + g + b > 500;
        }).map(e => e.className)"""
        assert page.evaluate(bright) == []
        until(
            page, "[...document.querySelectorAll('h1')].some(e => getComputedStyle(e).color !== 'rgba(0, 0, 0, 0.87)')"
        )
