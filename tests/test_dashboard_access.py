"""The page for everybody in the room: keyboard, screen reader, telephone, last row; and what is seen at once."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import dashboards
from dashboards import address as addresses
from dashboards import app, cells, gallery, own
from dashboards.hub import Hub
from dashboards.numbers import draw_lines
from dashboards.own import Upload, examine
from dashboards.plainly import how_to_read, measure
from dashboards.world import Arena
from sim.measures import MEASURES
from sim.scenario import gallery as all_scenarios
from sim.scenario import load
from tests.browser import faults_of
from tests.test_dashboard import (  # the fixtures, too
    SMALL,
    Page,
    address,  # noqa: F401
    browser,  # noqa: F401
    drawn,
    first_visit,
    until,
    visit,
)

CSS = (Path(dashboards.__file__ or "").parent / "assets" / "custom.css").read_text("utf-8")
VISIBLE = "(each) => each.checkVisibility({ visibilityProperty: true })"
TABS = ("arena", "twins", "predict", "studies", "organisation", "take")
PEOPLE = "id,manager_id,name\n1,,Ann\n" + "".join(f"{n},1,Member {n}\n" for n in range(2, 40))


# ---------------------------------------------------------------- colours, without a browser


def tokens(theme: str) -> dict[str, str]:
    """Return the colours that a theme declares."""
    block = CSS.split(":root[data-theme='dark'] {")[theme == "dark"].split("}")[0]
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours as WCAG 2 defines it."""

    def luminance(colour: str) -> float:
        parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_stands_out_from_whatever_is_behind_it(theme: str) -> None:
    colour = tokens(theme)
    for text in ("ink", "soft", "faint", "accent"):
        for behind in ("paper", "card", "sunk", "accent-wash", "warn-wash", "good-wash"):
            assert contrast(colour[text], colour[behind]) >= 4.5, (text, behind)
    assert contrast(colour["silence"], colour["warn-wash"]) >= 4.5
    assert contrast(colour["engagement"], colour["good-wash"]) >= 4.5
    for role in ("coworker", "line_manager", "executive", "communicator"):
        assert contrast("#ffffff", colour[role]) >= 4.5, role
    assert contrast("#ffffff", tokens("light")["nobody"]) >= 4.5


# ---------------------------------------------------------------- what a hub says at once


@pytest.fixture
def hub() -> Iterator[Hub]:
    made = Hub(f"{SMALL}&population.occasions_per_visit.mean=0.3&day=6")
    yield made
    made.close()


def test_a_page_that_comes_while_another_is_drawn_for_gets_everything(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, later, came = Page(hub), [], threading.Event()
    first.until(lambda frame: frame["clock"]["shown"] == 48)
    draw = hub._frame

    def meanwhile() -> dict[str, Any]:
        frame = draw()
        if not later:
            later.append(Page(hub))
            came.set()
        return frame

    monkeypatch.setattr(hub, "_frame", meanwhile)
    hub.ask({"do": "step", "hours": 1})
    assert came.wait(30)
    later[0].until(lambda frame: frame["clock"]["shown"] == 49)
    assert next(kind for kind, _ in later[0].got) == "scene"


def test_a_page_that_comes_later_hears_of_former_lines(hub: Hub) -> None:
    first = Page(hub)
    first.until(lambda frame: frame["clock"]["shown"] == 48)
    hub.ask({"do": "levers", "changes": {"visibility.audience_cues": True}})
    before = first.until(lambda former: former["series"], "former")
    assert Page(hub).until(bool, "former") == before


def test_what_comes_in_the_next_hour_is_announced_while_time_stands_still(hub: Hub) -> None:
    page = Page(hub)
    page.until(lambda frame: frame["clock"]["shown"] == 48 and not frame["coming"])
    hub.ask({"do": "event", "change": {"respond": {"by": "ceo", "to": "latest_critique", "how": "sanction"}}})
    assert page.until(lambda frame: frame["coming"])["coming"] == ["the chief executive rebukes the latest critique"]
    hub.ask({"do": "step", "hours": 1})
    after = page.until(lambda frame: frame["clock"]["shown"] == 49)
    assert not after["coming"] and bool(after["after"]) != after["missed"]


def test_an_answer_that_finds_nothing_to_answer_says_so() -> None:
    hub = Hub("organization.members=30&days=10")
    try:
        page = Page(hub)
        page.until(bool)
        hub.ask({"do": "event", "change": {"respond": {"by": "ceo", "to": "latest_critique", "how": "sanction"}}})
        hub.ask({"do": "step", "hours": 1})
        assert page.until(lambda frame: frame["clock"]["shown"] == 1)["missed"]
    finally:
        hub.close()


def test_a_day_that_has_not_ended_is_no_point_of_a_line() -> None:
    arena = Arena(load("baseline").with_({"organization.members": 60, "days": 10}))
    arena.look_at(5 * 8)
    whole = draw_lines(arena.engine, arena.willing)
    arena.look_at(5 * 8 + 3)
    assert draw_lines(arena.engine, arena.willing) == whole


# ---------------------------------------------------------------- addresses of what is not in the gallery


def test_an_organisation_of_ones_own_comes_back_by_its_address() -> None:
    people = examine(Upload("people.csv", PEOPLE.encode())).organization
    arena = Arena(load("baseline").with_({"days": 10}), 2, people)
    arena.look_at(9)
    text = addresses.query(addresses.describe(arena).address)
    again = addresses.arena_at(addresses.read(text).address)
    assert (again.given, again.organization.members, again.shown) == (True, 39, 9)
    assert list(again.organization.names) == list(arena.organization.names)
    assert addresses.tells_of(text, arena) and not addresses.tells_of(text.replace("people=", "x="), arena)


def test_an_organisation_that_is_not_remembered_is_missed_in_words() -> None:
    found, reasons = addresses.read("people=00112233445566778899aabbccddeeff")
    assert found.people == "" and "bring it again" in reasons[0]
    files = [f"id,manager_id\n1,\n2,1\n{n + 10},1\n" for n in range(own.MOST_KEPT + 1)]
    people = [examine(Upload("p.csv", file.encode())).organization for file in files]
    keys = [own.keep(each) for each in people if each is not None]
    assert len(set(keys)) == own.MOST_KEPT + 1
    assert own.kept(keys[0]) is None and own.kept(keys[-1]) is people[-1]


def test_the_organisation_that_the_server_was_started_with_is_in_pages_without_an_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(own, "_brought", [])
    people = examine(Upload("people.csv", PEOPLE.encode())).organization
    assert people is not None
    own.bring_along(people)
    for number in range(own.MOST_KEPT + 1):  # more than are remembered of what visitors bring
        file = f"id,manager_id\n1,\n2,1\n{number + 10},1\n"
        own.keep(examine(Upload("p.csv", file.encode())).organization or people)
    found, reasons = addresses.read(app._opened())
    assert own.kept(found.people) is people and reasons == ()
    assert addresses.arena_at(found).organization.members == 39


def test_a_cell_that_is_nowhere_is_an_ordinary_world_and_says_why() -> None:
    found, reasons = addresses.read("study=../../etc&cell=1&seed=4")
    assert (found.scenario, found.cell, found.seed) == ("baseline", None, 4)
    assert "cannot be opened" in reasons[0]
    assert cells.place_of("baseline") is None


# ---------------------------------------------------------------- words, and the shelf


def test_every_measure_has_words_without_code() -> None:
    for name in MEASURES:
        assert measure(name).startswith("the ") and "_" not in measure(name), name
    assert how_to_read("map-p_speak-0") and how_to_read("effects-p_speak")


def test_every_scenario_of_the_gallery_has_its_place_for_teaching_and_a_picture() -> None:
    drawn_ones = gallery.draw_gallery()
    assert sorted(each["name"] for each in drawn_ones) == sorted(all_scenarios())
    assert drawn_ones[0]["name"] == "baseline" and gallery.OTHERS not in {each["chapter"] for each in drawn_ones}
    for each in drawn_ones:
        assert len(each["picture"]) == 3 and len(set(map(len, each["picture"]))) == 1
    pictures = [tuple(each["picture"]) for each in drawn_ones]
    assert len(set(pictures)) == len(pictures)


# ---------------------------------------------------------------- in Chromium


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("tab", TABS)
def test_axe_finds_nothing_on_any_tab(browser: Any, address: str, tab: str, theme: str) -> None:  # noqa: F811
    with visit(browser, address, f"{SMALL}&day=9", color_scheme=theme) as page:
        name = {"take": "Take home"}.get(tab, tab.capitalize())
        page.locator(".ism-tabs").get_by_role("button", name=name).click()
        until(page, f"document.querySelector('.ism-tabs [aria-current]')?.innerText === '{name}'")
        until(page, "document.querySelectorAll('main').length === 1 && document.querySelector('main h1')")
        until(page, f"![...document.querySelectorAll('[role=progressbar]')].some({VISIBLE})")
        assert faults_of(page) == []


@pytest.mark.slow
def test_axe_finds_nothing_where_something_is_open(browser: Any, address: str) -> None:  # noqa: F811
    rebuked = "scenario=one-public-rebuke&organization.members=250&days=40&day=24&iceberg=true"
    with visit(browser, address, rebuked, reduced_motion="reduce") as page:
        page.locator(".ism-card--ghost .ism-why").first.click()
        until(page, "document.querySelector('.why h2')")
        assert faults_of(page) == []
        page.keyboard.press("Escape")
        page.locator(".why h2").wait_for(state="hidden")
        page.get_by_role("button", name="Choose a scenario").click()
        assert faults_of(page) == []
        page.keyboard.press("Escape")
        page.keyboard.press("p")
        until(page, "document.querySelector('.ism-project canvas')")
        assert faults_of(page) == []


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_the_story_from_its_promise_to_its_last_sentence(
    browser: Any,  # noqa: F811
    address: str,  # noqa: F811
    theme: str,
) -> None:
    with first_visit(browser, address, reduced_motion="reduce", color_scheme=theme) as page:
        assert faults_of(page) == []
        while not page.locator(".ism-story-first").count():
            page.keyboard.press("ArrowRight")
        assert faults_of(page) == []


def test_the_story_waits_while_the_projector_is_on(browser: Any, address: str) -> None:  # noqa: F811
    with first_visit(browser, address, reduced_motion="reduce") as page:
        page.keyboard.press("p")
        until(page, "document.querySelector('.ism-project canvas')")
        assert page.locator(".ism-story").count() == 0 and page.locator("main").count() == 1
        page.keyboard.press("p")
        page.wait_for_selector(".ism-story-face", timeout=60_000)
        assert page.locator("main").count() == 1


def test_space_plays_after_a_lever_was_clicked_and_writes_where_one_writes(browser: Any, address: str) -> None:  # noqa: F811
    with visit(browser, address, f"{SMALL}&day=2") as page:
        lever = page.locator("label", has_text="audience cues").locator("input")
        lever.check()
        page.keyboard.press("Space")
        page.get_by_label("Pause").wait_for()
        assert lever.is_checked()
        page.keyboard.press("Space")
        page.get_by_label("Play", exact=True).wait_for()
        page.get_by_role("button", name="Choose a scenario").click()
        search = page.get_by_label("Search the scenarios")
        search.press_sequentially("one public")
        assert search.input_value() == "one public"
        page.keyboard.press("Escape")
        assert page.get_by_label("Pause").count() == 0


def test_whoever_has_no_mouse_keeps_the_space_bar_of_a_control(browser: Any, address: str) -> None:  # noqa: F811
    with visit(browser, address, f"{SMALL}&day=2") as page:
        lever = page.locator("label", has_text="audience cues").locator("input")
        page.keyboard.press("Tab")
        lever.focus()
        page.keyboard.press("Space")
        assert lever.is_checked() and page.get_by_label("Pause").count() == 0


def test_the_hint_is_among_the_first_stops_of_the_tab_key(browser: Any, address: str) -> None:  # noqa: F811
    with visit(browser, address) as page:
        page.evaluate("localStorage.removeItem('ism.hinted')")
        page.add_init_script("localStorage.removeItem('ism.hinted')")
        page.reload()
        until(page, "document.querySelector('#ism-hint button')")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.innerText") == "How to begin"
        before = page.evaluate("location.href")
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('#ism-hint') !== null")
        assert page.evaluate("location.href") == before


SMALLEST = """() => {
    const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), sizes = [];
    for (let node = words.nextNode(); node; node = words.nextNode()) {
        const at = node.parentElement;
        if (!node.textContent.trim() || !at.getClientRects().length || /SCRIPT|STYLE/.test(at.tagName)) continue;
        sizes.push([parseFloat(getComputedStyle(at).fontSize), node.textContent.trim().slice(0, 40)]);
    }
    return sizes.sort((one, other) => one[0] - other[0])[0];
}"""


def test_the_projector_shows_one_number_one_map_one_thread_for_the_last_row(browser: Any, address: str) -> None:  # noqa: F811
    with visit(browser, address, f"{SMALL}&day=9", viewport={"width": 1920, "height": 1080}) as page:
        page.keyboard.press("p")
        until(page, "document.querySelector('.ism-project .ism-thread')")
        assert page.locator(".ism-project-number b").count() == 1
        assert page.locator("canvas").count() == 1 and page.locator(".ism-thread").count() == 1
        assert page.locator(".ism-lever, .ism-now, .ism-plot, .ism-tile").count() == 0
        assert page.evaluate(SMALLEST)[0] >= 28, page.evaluate(SMALLEST)
        assert page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]") == [
            1920,
            1080,
        ]
        page.keyboard.press("Space")
        page.get_by_role("button", name="Pause").wait_for()
        page.reload()
        until(page, "document.querySelector('.ism-project .ism-thread')")
        page.keyboard.press("p")
        until(page, "document.querySelector('.ism-tile')")


def test_on_a_telephone_the_story_stands_first_and_everything_can_be_hit(browser: Any, address: str) -> None:  # noqa: F811
    phone = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
    with visit(browser, address, f"{SMALL}&day=9", **phone) as page:
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        top = "s => document.querySelector(s).getBoundingClientRect().top"
        assert page.evaluate(top, "h1") < page.evaluate(top, ".ism-thread") < page.evaluate(top, ".ism-plot")
        small = """[...document.querySelectorAll('button, a, input, select, summary')]
            .map((each) => [each, each.getBoundingClientRect()])
            .filter(([each, box]) => box.width && !each.matches('.ism-skip') && (box.width < 24 || box.height < 24))
            .map(([each]) => each.outerHTML.slice(0, 90))"""
        assert page.evaluate(small) == []
        page.locator(".ism-tabs").get_by_role("button", name="Take home").tap()
        page.get_by_role("heading", name="Take it home").wait_for()


def test_ones_own_people_are_run_in_the_arena_and_stay_on_reload(browser: Any, address: str) -> None:  # noqa: F811
    with visit(browser, address, f"{SMALL}&day=2") as page:
        page.locator(".ism-tabs").get_by_role("button", name="Organisation").click()
        file = {"name": "people.csv", "mimeType": "text/csv", "buffer": PEOPLE.encode()}
        page.get_by_label("The people").set_input_files(files=[file])
        page.get_by_role("button", name="Run it").click()
        until(page, "document.querySelector('canvas')?.ariaLabel.includes('39 members')")
        until(page, "location.search.includes('people=')")
        page.reload()
        until(page, "document.querySelector('canvas')?.ariaLabel.includes('39 members')")
        page.go_back()
        until(page, "document.querySelector('canvas')?.ariaLabel.includes('120 members')")


def test_the_answer_to_how_so_is_brought_into_view(browser: Any, address: str) -> None:  # noqa: F811
    with visit(browser, address, f"{SMALL}&population.occasions_per_visit.mean=0.3&day=6") as page:
        page.get_by_label("audience of posts").select_option("team")
        drawn(page)
        page.locator(".ism-tabs").get_by_role("button", name="Twins").click()
        page.locator(".ism-twins-main").wait_for(timeout=60_000)  # its heading stands before
        for _ in range(3):
            page.keyboard.press("Shift+ArrowRight")
        until(page, "document.querySelector('.ism-scrub input')?.value === '72'")
        page.get_by_role("button", name="How did the change lead here?").last.click()
        until(page, "document.activeElement.matches('.ism-chain')")
        until(
            page,
            "(b => b.top >= 0 && b.top < innerHeight)(document.querySelector('.ism-chain').getBoundingClientRect())",
        )
