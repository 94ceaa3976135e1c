"""Claims about the rooms beside the arena: guesses stay hidden, cells become worlds, uploads answer, exports live."""

from __future__ import annotations

import io
import os
import re
import socket
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from statistics import fmean
from typing import Any

import polars as pl
import pytest
from browser import ADMITTED, chromium, let_in
from conftest import differing
from hypothesis import given
from hypothesis import strategies as st

from dashboards import guesses, own, room, studies
from dashboards.exports import EXPORTS, base_name, charts, drawing, make, safe
from dashboards.guesses import Guess, Score, find_closest, read_guess, score
from dashboards.outcomes import outcomes
from dashboards.room import Room, Rooms
from dashboards.shelf import Shelf
from dashboards.world import Arena
from experiments.analysis.figures import means_over
from experiments.report.page import page
from experiments.sweeps.store import ABOUT
from experiments.sweeps.study import study_from
from experiments.sweeps.sweep import sweep
from sim.engine import Engine
from sim.errors import InputError
from sim.organization import read
from sim.record import Run
from sim.scenario import Scenario, from_toml, load
from sim.simulation import simulate
from sim.terms import SPOKEN, Strategy

ROOT = Path(__file__).resolve().parents[1]
LOCAL = ("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:")
HOSTILE = "<img src=x onerror=alert(1)>"
STUDY = """
title = "Tiny <b>study</b>"
seeds = 2
measures = ["p_speak", "engagement"]
[set]
days = 6
"organization.members" = 40
[factors]
"leadership.executives.sanction" = [0.9, 0.0, 0.4]
"visibility.persistence_days" = [1, 3, 9]
"visibility.scope" = ["team", "organization"]
"""


@pytest.fixture(scope="module")
def rebuke() -> Scenario:
    """A small organisation with a rebuke on day 20."""
    return load("one-public-rebuke").with_({"organization.members": 150, "days": 25})


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a sweep in `sweeps`."""
    folder = tmp_path_factory.mktemp("rooms")
    with ThreadPoolExecutor(1) as here:
        sweep(study_from(STUDY), folder / "sweeps" / "tiny", executor=here)
    return folder


@pytest.fixture(scope="module")
def opened(place: Path) -> studies.Opened:
    """The sweep, opened."""
    return studies.opened("tiny", Shelf(place / "sweeps"))


# ---------------------------------------------------------------- predict, then reveal


def asked(scenario: Scenario, *visitors: str, key: str = "after", seeds: int = 2) -> Room:
    """Return a room in which the first visitor has asked a question, and everybody has a name."""
    found = Room("TEST", seeds)
    for visitor in visitors:
        found.enter(visitor)
        found.name(visitor, f"{visitor}!")
    found.host(visitors[0])
    found.ask(visitors[0], key, scenario)
    return found


def revealed(found: Room, host: str) -> dict[str, Any]:
    """Reveal, and return what the host sees when the runs are there."""
    found.reveal(host)
    wait_until(lambda: found.seen_by(host)["phase"] != "running")
    return found.seen_by(host)


def wait_until(so: Callable[[], bool], seconds: float = 180) -> None:
    end = time.monotonic() + seconds
    while not so():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.01)


def test_nobody_sees_what_others_guess_before_the_reveal_and_everybody_after_it(rebuke: Scenario) -> None:
    found = asked(rebuke, "ann", "bo")
    found.vote("ann", 61.25, 40, 70)
    before = found.seen_by("bo")
    assert before["voted"] == 1 and before["mine"] is None and before["revealed"] is None
    assert "61.25" not in str(before) and "61.25" in str(found.seen_by("ann"))
    found.vote("bo", 20, 10, 30)
    after = revealed(found, "ann")
    assert [each["guess"] for each in after["revealed"]["guesses"]] == [[20, 10, 30], [61.25, 40, 70]]
    assert [each["me"] for each in found.seen_by("bo")["revealed"]["guesses"]] == [True, False]


def test_the_outcome_is_the_mean_of_runs_that_anybody_can_make_again(rebuke: Scenario) -> None:
    found = asked(rebuke, "ann", seeds=3)
    found.vote("ann", 50, 0, 100)
    answer = revealed(found, "ann")["revealed"]
    shares = []
    for seed in (1, 2, 3):
        ledger = simulate(rebuke, seed).occasions.filter((pl.col("criticality") > 0) & (pl.col("day") >= 20))
        ways = [Strategy[way] for way in ledger["strategy"]]
        shares.append(100 * fmean(way < SPOKEN for way in ways))
    assert answer["runs"] == pytest.approx(shares)
    assert answer["mean"] == pytest.approx(fmean(shares))
    assert answer["interval"][0] <= answer["mean"] <= answer["interval"][1]
    assert answer["held"] == 1 and answer["median"] == 50 and answer["nearest"] == ["ann!"]


@pytest.fixture(scope="module")
def several(rebuke: Scenario) -> list[Run]:
    return [simulate(rebuke, seed) for seed in range(1, 7)]


@pytest.mark.parametrize("key", ["after", "speak_up", "willingness", "unsaid", "fear", "writers", "safety", "replies"])
def test_every_outcome_lies_on_its_slider(rebuke: Scenario, several: list[Run], key: str) -> None:
    """A small organisation has few critical wishes in five days, so a single run may have none that was spoken."""
    found = {one.key: one for one in outcomes(rebuke)}[key]
    values = [found.value(run) for run in several]
    assert all(value is not None and 0 <= value <= found.most for value in values)
    mean = fmean(value or 0.0 for value in values)
    assert 0 < mean < found.most
    assert "100" not in found.unit or mean > 1, "a share is given as one of a hundred"


def test_a_scenario_without_events_asks_nothing_about_after(small: Scenario) -> None:
    assert "after" not in {one.key for one in outcomes(small)}


def test_a_guess_may_be_changed_until_the_reveal_and_not_after_it(rebuke: Scenario) -> None:
    found = asked(rebuke, "ann", "bo")
    found.vote("bo", 1, 0, 2)
    found.vote("bo", 50, 40, 60)
    answer = revealed(found, "ann")
    assert [each["guess"][0] for each in answer["revealed"]["guesses"]] == [50]
    with pytest.raises(InputError, match="over"):
        found.vote("bo", 1, 0, 2)
    with pytest.raises(InputError):
        found.reveal("ann")


def test_only_the_host_asks_and_reveals_and_a_host_who_leaves_makes_room(rebuke: Scenario) -> None:
    found = asked(rebuke, "ann", "bo")
    found.vote("bo", 50, 40, 60)
    for forbidden in (
        lambda: found.reveal("bo"),
        lambda: found.put_away("bo"),
        lambda: found.ask("bo", "fear", rebuke),
    ):
        with pytest.raises(InputError, match="whoever asks"):
            forbidden()
    with pytest.raises(InputError, match="somebody else asks"):
        found.host("bo")
    found.leave("ann")
    found.host("bo")
    assert revealed(found, "bo")["phase"] == "revealed"


def test_names_are_cleaned_cut_and_different() -> None:
    found = Room("TEST")
    for visitor in ("ann", "bo"):
        found.enter(visitor)
    found.name("ann", f"  {HOSTILE}\x1b[2J{'x' * 900}  ")
    name = found.seen_by("ann")["me"]
    assert name.startswith("<img src=x") and "\x1b" not in name and len(name) <= 4 * guesses.LONGEST_NAME
    found.name("ann", "Ann")
    with pytest.raises(InputError, match="another name"):
        found.name("bo", "ANN")
    for nothing in ("", "   ", "\n"):
        with pytest.raises(InputError):
            found.name("bo", nothing)


@pytest.mark.parametrize(
    "guess", [(101, 0, 101), (-1, -1, 5), (5, 6, 7), ("5", 0, 9), (float("nan"), 0, 1), (1, 0, None)]
)
def test_what_is_no_guess_is_refused(guess: tuple[Any, Any, Any]) -> None:
    with pytest.raises(InputError):
        read_guess(*guess, 100.0)


def test_a_room_takes_as_many_as_it_can_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST_VISITORS", 2)
    found = Room("TEST")
    found.enter("ann")
    found.enter("bo")
    found.enter("bo")
    with pytest.raises(InputError, match="full"):
        found.enter("cy")


def test_many_may_vote_at_once(rebuke: Scenario) -> None:
    visitors = [f"v{n}" for n in range(24)]
    found = asked(rebuke, *visitors)
    start = threading.Barrier(len(visitors))

    def votes(n: int) -> None:
        start.wait()
        for value in range(20):
            found.vote(visitors[n], n + value / 100, 0, 100)

    with ThreadPoolExecutor(len(visitors)) as room_full:
        list(room_full.map(votes, range(len(visitors))))
    assert found.seen_by("v3")["voted"] == 24
    assert found.seen_by("v3")["mine"] == [3.19, 0, 100]


def test_where_nothing_can_be_counted_the_votes_stay_and_a_sentence_says_why(rebuke: Scenario) -> None:
    mute = rebuke.with_({"population.occasions_per_visit.mean": 0.0})
    found = asked(mute, "ann", key="fear")
    found.vote("ann", 50, 40, 60)
    answer = revealed(found, "ann")
    assert answer["phase"] == "voting" and "anything to count" in answer["trouble"] and answer["mine"] == [50, 40, 60]
    assert answer["rounds"] == []


def test_rooms_are_found_by_their_code_and_gone_with_their_last_visitor() -> None:
    rooms = Rooms()
    main = rooms.room_of("ann")
    assert main.code == room.MAIN and rooms.room_of("bo") is main
    mine = rooms.open("bo")
    assert rooms.room_of("bo") is mine and mine.seen_by("bo")["host"] == "me"
    assert rooms.enter("ann", f" {mine.code.lower()} ") is mine
    assert len(rooms) == 1, "nobody is in the main room any more"
    with pytest.raises(InputError, match="no room"):
        rooms.enter("ann", "<b>")
    assert rooms.room_of("ann") is mine, "a wrong code leads nowhere"
    for visitor in ("ann", "bo"):
        rooms.leave(visitor)
    assert len(rooms) == 0


def test_runs_end_when_nobody_wants_to_know_any_more(rebuke: Scenario) -> None:
    before = threading.active_count()
    found = asked(rebuke.with_({"days": 250, "organization.members": 2000}), "ann", seeds=50)
    found.vote("ann", 50, 40, 60)
    found.reveal("ann")
    found.leave("ann")
    wait_until(lambda: threading.active_count() <= before)


def test_calibration_is_kept_over_rounds_for_the_room_and_for_each(rebuke: Scenario) -> None:
    found = asked(rebuke, "ann", "bo")
    for number in range(2):
        found.vote("ann", 50, 0, 100)
        found.vote("bo", 0, 0, 0)
        revealed(found, "ann")
        if number == 0:
            found.ask("ann", "safety", rebuke)
            assert found.seen_by("bo")["mine"] is None
    assert [(each["held"], each["asked"]) for each in found.seen_by("ann")["rounds"]] == [(1, 2), (1, 2)]
    assert found.seen_by("ann")["own"] == [2, 2] and found.seen_by("bo")["own"] == [0, 2]


numbers = st.floats(0, 100)
votes = st.lists(st.tuples(numbers, numbers, numbers).map(lambda each: Guess(*(sorted(each)[n] for n in (1, 0, 2)))))


@given(votes, votes, numbers)
def test_calibration_counts_ranges_and_adds_up(ours: list[Guess], theirs: list[Guess], outcome: float) -> None:
    one, other = score(ours, outcome), score(theirs, outcome)
    assert 0 <= one.held <= one.asked == len(ours)
    assert score([*ours, *theirs], outcome) == one.plus(other)
    assert one.share is None if not ours else one.share == one.held / len(ours)
    wider = [guess._replace(low=0.0, high=100.0) for guess in ours]
    assert score(wider, outcome) == Score(len(ours), len(ours))
    assert score([guess._replace(low=outcome + 1, high=outcome + 2) for guess in ours], outcome).held == 0


@given(votes.filter(bool), numbers)
def test_nobody_is_nearer_than_the_nearest(given_ones: list[Guess], outcome: float) -> None:
    by_name = {str(n): guess for n, guess in enumerate(given_ones)}
    near = find_closest(by_name, outcome)
    best = abs(by_name[near[0]].value - outcome)
    assert set(near) == {name for name, guess in by_name.items() if abs(guess.value - outcome) == best}
    assert all(abs(guess.value - outcome) >= best for guess in given_ones)


# ---------------------------------------------------------------- studies


def test_sweep_folders_are_found_and_others_are_left_out(place: Path) -> None:
    (place / "sweeps" / "nothing").mkdir(exist_ok=True)
    broken = place / "sweeps" / "broken"
    broken.mkdir(exist_ok=True)
    (broken / ABOUT).write_text("{}")
    assert [each.title for each in studies.folders(Shelf(place, ("sweeps",)))] == ["Tiny <b>study</b>"]
    assert studies.folders(Shelf(place / "elsewhere")) == []


def test_a_cell_becomes_the_very_world_that_the_sweep_has_run(opened: studies.Opened) -> None:
    results = opened.analysis.results
    chart = opened.chart("map-p_speak-0")
    assert chart["clickable"] and [axis["name"] for axis in chart["others"]] == ["visibility: scope"]
    for across, up, other, seed in ((0, 0, 0, 1), (2, 1, 1, 2), (1, 2, 0, 2)):
        cell = opened.cell("map-p_speak-0", across, up, {"visibility: scope": other})
        world, luck = opened.world(cell, seed)
        known = results.sweep.runs.filter((pl.col("cell") == cell.number) & (pl.col("seed") == seed))
        assert simulate(world, luck).measures["p_speak"] == known["p_speak"].item()
        names = [axis["levels"] for axis in chart["along"]]
        assert f"{names[0][across]}" in world.title and f"{names[1][up]}" in world.title


def test_a_point_of_the_map_is_the_cell_that_is_drawn_there(opened: studies.Opened) -> None:
    """Levels are drawn in order, not as they stand in the study: 0.9, 0, 0.4."""
    results = opened.analysis.results
    chart = opened.chart("map-p_speak-0")
    axes = {axis.name: axis for axis in results.axes}
    across, up = (axes[each["name"]] for each in chart["along"])
    drawn = means_over(results, "p_speak", across, up)
    for y in range(3):
        for x in range(3):
            cells = [opened.cell("map-p_speak-0", x, y, {"visibility: scope": n}).number for n in (0, 1)]
            assert drawn[y][x].mean == pytest.approx(results.values["p_speak"][cells].mean())


def test_a_point_outside_of_a_map_and_a_figure_without_cells_are_reported(opened: studies.Opened) -> None:
    for name, across, up in (("map-p_speak-0", 3, 0), ("map-p_speak-0", 0, -1), ("effects-p_speak", 0, 0)):
        with pytest.raises(InputError):
            opened.cell(name, across, up)
    with pytest.raises(InputError, match="no seed"):
        opened.world(opened.cell("map-p_speak-0", 0), 99)
    with pytest.raises(InputError, match="no figure"):
        opened.chart("<b>")


# ---------------------------------------------------------------- an organisation of one's own


def upload(text: str, name: str = "people.csv") -> own.Upload:
    return own.Upload(name, text.encode())


def test_hostile_names_are_texts_and_nothing_else() -> None:
    answer = own.examine(upload(f"id,manager_id,name\n1,,{HOSTILE}\x1b[2J\n2,1,B\n")).describe()
    assert answer["problem"] == "" and answer["members"] == 2
    assert HOSTILE in answer["tree"][0] and "\x1b" not in str(answer)


def test_faults_are_reported_and_repaired_as_ism_org_does(tmp_path: Path) -> None:
    text = "id,manager_id,name\n1,,A\n2,9,B\n2,1,C\n"
    found = own.examine(upload(text))
    assert found.repaired and "people.csv, line 4" in found.problem
    file = tmp_path / "people.csv"
    file.write_text(text)
    organization, remarks = read(file, repair=True, seed=1)
    assert list(found.remarks) == remarks
    assert found.organization is not None and list(found.organization.ids) == list(organization.ids)


@pytest.mark.parametrize(
    ("text", "says"),
    [("name\nA\n", "id"), ("", "empty"), ("PK\x03\x04", "workbook"), ("id,manager_id\n\0,\n", "binary")],
)
def test_what_cannot_be_used_is_a_sentence_with_the_file(text: str, says: str) -> None:
    found = own.examine(upload(text, "../../etc/übel <b>.csv"))
    assert found.organization is None and says in found.problem and ".csv" in found.problem
    assert "/" not in found.problem.partition(":")[0]


def test_too_large_files_and_too_many_members_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "id,manager_id\n1,\n2,1\n3,1\n"
    monkeypatch.setattr(own.limits, "VISITOR_MEMBERS", 2)
    assert "people.csv: 3 members are more than the dashboard takes" in own.examine(upload(text)).problem
    monkeypatch.setattr(own.limits, "UPLOAD_BYTES", 10)
    assert "larger" in own.examine(upload(text)).problem


def test_ties_come_with_the_people_and_the_example_needs_no_repair() -> None:
    example = own.Upload("example.csv", own.example())
    alone = own.examine(example)
    assert alone.organization is not None and not alone.problem and own.example() == example.content
    with_ties = own.examine(example, upload("a;b\nm0;m1\nm1;m2\nm1;zz\n", "ties.csv"))
    assert with_ties.organization is not None and len(with_ties.organization.tie_member) == 4
    assert any("ties.csv" in remark for remark in with_ties.remarks)
    Arena(load("baseline").with_({"days": 5}), organization=with_ties.organization).advance(8)


# ---------------------------------------------------------------- exports


@pytest.fixture(scope="module")
def arena(rebuke: Scenario) -> Arena:
    """An arena in which something was changed at an odd hour, looked at before its end."""
    found = Arena(rebuke, seed=3)
    found.advance(11)
    found.intervene({"visibility.scope": "team", "leadership.executives.sanction": 0.9})
    found.advance(70)
    found.look_at(60)
    return found


def test_the_zip_is_a_run_folder(arena: Arena, tmp_path: Path) -> None:
    file = make("run", arena)
    with zipfile.ZipFile(io.BytesIO(file.content)) as archive:
        archive.extractall(tmp_path)
    run = Run.load(tmp_path / file.name.removesuffix(".zip"))
    assert (run.tick, run.seed) == (60, 3)
    assert differing(run.engine_at(60), arena.engine) == []
    assert run.measures == arena.run().measures


def test_the_scenario_file_lives_again_as_the_same_world(arena: Arena) -> None:
    text = make("scenario", arena).content.decode()
    assert "--seed 3" in text
    again = Engine(from_toml(text, "again"), seed=3)
    again.advance(60)
    assert differing(again, arena.engine) == []
    untouched = Engine(arena.base, seed=3)
    untouched.advance(60)
    assert differing(untouched, arena.engine) != [], "the change must have made a difference"


def test_the_people_come_back_as_the_same_organisation(arena: Arena) -> None:
    found = own.examine(own.Upload("people.csv", make("people", arena).content)).organization
    assert found is not None and list(found.names) == list(arena.organization.names)
    assert (found.manager == arena.organization.manager).all()


def test_the_report_is_that_of_ism_report(arena: Arena) -> None:
    assert make("report", arena).content.decode() == page(arena.run())


def test_there_is_nothing_to_take_home_before_the_first_day(rebuke: Scenario) -> None:
    fresh = Arena(rebuke)
    for key in ("run", "report"):
        with pytest.raises(InputError, match="play"):
            make(key, fresh)
    with pytest.raises(InputError):
        make("<b>", fresh)
    assert make("scenario", fresh).content


def test_a_figure_can_be_drawn_by_the_page_itself(arena: Arena) -> None:
    chart = charts(arena.run())["voice"]
    drawn = drawing(chart)
    assert drawn["layout"]["title"]["text"] == chart.subject and drawn["layout"]["paper_bgcolor"] == "white"
    assert len(drawn["data"]) == len(chart.figure.data)


@given(st.text())
def test_names_of_files_mean_nothing_to_any_system(text: str) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", safe(text)) and len(safe(text)) <= 400


def test_exports_have_different_names(arena: Arena) -> None:
    assert len({export.ending for export in EXPORTS}) == len(EXPORTS)
    assert base_name(arena.scenario, 3) == "one-public-rebuke-changed-3"


# ---------------------------------------------------------------- in a browser


@pytest.fixture(scope="module")
def server(place: Path) -> Iterator[str]:
    """The address of a server of `rooms_page.py`, in the folder with the sweep."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    further = {"SOLARA_KERNEL_CULL_TIMEOUT": "1s", "XDG_STATE_HOME": str(place / "state"), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tests.serve_page", str(ROOT / "tests" / "rooms_page.py"), str(port)]
    environment = {**os.environ, **ADMITTED, **further}
    with (place / "server.log").open("w") as log:
        process = subprocess.Popen(command, cwd=place, env=environment, stdout=log, stderr=log)
        try:
            wait_until(lambda: _listens(port), 180)
            yield f"http://127.0.0.1:{port}/"
        finally:
            process.kill()
            process.wait(10)
    assert "was ignored" not in (place / "server.log").read_text()


def _listens(port: int) -> bool:
    with socket.socket() as asked_for:
        return asked_for.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def visiting(browser: Any, server: str, tab: str, dark: bool = False) -> Iterator[Any]:
    """Give the page of a visitor of their own; it must ask for nothing foreign, and complain about nothing."""
    context = browser.new_context(color_scheme="dark" if dark else "light", viewport={"width": 1280, "height": 900})
    let_in(context, server)
    page: Any = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: said.type == "error" and faults.append(said.text))
    page.on("request", lambda each: each.url.startswith(LOCAL) or faults.append(each.url))
    page.on("response", lambda each: each.status >= 400 and faults.append(f"{each.status} {each.url}"))
    try:
        page.goto(f"{server}?tab={tab}")
        page.wait_for_selector("#ism-main", timeout=60_000)
        yield page
        assert faults == []
    finally:
        context.close()


def guesses_in_page(page: Any, name: str, value: int) -> None:
    page.get_by_label("Your name here").fill(name)
    page.get_by_label("My guess").fill(str(value))
    page.get_by_role("button", name="my guess").click()
    page.wait_for_selector(".ism-predict-kept")


@pytest.mark.slow
def test_two_browsers_see_both_guesses_only_after_the_reveal(server: str) -> None:
    with chromium() as browser, visiting(browser, server, "predict") as ann:
        with visiting(browser, server, "predict", dark=True) as bo:
            ann.get_by_role("button", name="I ask the questions").click()
            ann.locator(".ism-predict-choices button").first.click()
            bo.wait_for_selector(".ism-predict-form")
            guesses_in_page(ann, "Ann", 83)
            bo.get_by_text("1 guess is in").wait_for()
            assert "83" not in bo.locator("#ism-main").inner_text() and "Ann" not in bo.content()
            guesses_in_page(bo, HOSTILE, 17)
            ann.get_by_role("button", name="Reveal").click()
            for page in (ann, bo):
                page.wait_for_selector(".ism-predict-chart", timeout=60_000)
                names = page.locator(".ism-predict-nick").all_text_contents()
                assert len(names) == 2 and names[0].startswith("<img src=x") and names[1] == "Ann"
                assert page.locator("img").count() == 0
            assert bo.get_by_role("button", name="Ask something else").count() == 0
        ann.get_by_text("person").wait_for(timeout=20_000)  # whoever closes the page leaves the room
        ann.get_by_role("button", name="Ask something else").click()
        ann.wait_for_selector(".ism-predict-choices")


@pytest.mark.slow
@pytest.mark.parametrize("dark", [False, True])
def test_a_cell_of_a_study_is_clicked_and_opened(server: str, dark: bool) -> None:
    with chromium() as browser, visiting(browser, server, "studies", dark) as page:
        page.get_by_label("path of a folder").fill("sweeps")
        page.get_by_role("button", name="Open", exact=True).click()
        page.get_by_text("there is no such sweep here").wait_for()
        page.get_by_label("Sweeps in").select_option("sweeps/tiny")
        page.wait_for_selector("[data-drawn='map-p_speak-0']")
        assert page.locator("h1").inner_text() == "Tiny <b>study</b>"
        plot = page.locator(".nsewdrag").first
        box = plot.bounding_box()
        plot.click(position={"x": box["width"] * 0.9, "y": box["height"] * 0.1})
        page.wait_for_selector(".ism-study-chosen")
        assert page.locator(".ism-study-chosen").inner_text().count("9") >= 1
        page.get_by_label("seed", exact=True).select_option("2")
        page.get_by_label("audience of posts", exact=True).select_option("1")
        page.get_by_role("button", name="Open as an arena").click()
        page.get_by_text("study-cell-5, seed 2").wait_for()  # sanction 0.9, shown for 9 days, to the organisation


@pytest.mark.slow
def test_an_upload_is_described_repaired_and_used(server: str) -> None:
    with chromium() as browser, visiting(browser, server, "own") as page:
        bring(page, "empty.csv", "name\nA\n")
        page.get_by_role("alert").get_by_text("empty.csv").wait_for()
        assert page.get_by_role("button", name="Run it").count() == 0
        bring(page, "people.csv", f"id,manager_id,name\n1,,{HOSTILE}\n2,9,B\n")
        page.get_by_text("people.csv, line 3").wait_for()
        assert HOSTILE in page.locator(".ism-own-tree").inner_text() and page.locator("img").count() == 0
        page.get_by_role("button", name="Run it as repaired").click()
        page.get_by_text("2 members", exact=True).wait_for()
        with page.expect_download() as example:
            page.get_by_role("button", name="Download an example file").click()
        page.get_by_label("The people").set_input_files(example.value.path())
        page.get_by_role("button", name="Run it", exact=True).wait_for()


def bring(page: Any, name: str, text: str) -> None:
    file = {"name": name, "mimeType": "text/csv", "buffer": text.encode()}
    page.get_by_label("The people").set_input_files(files=[file])


@pytest.mark.slow
def test_exports_are_downloaded_whole(server: str, tmp_path: Path) -> None:
    with chromium() as browser, visiting(browser, server, "exports") as page:
        names = [downloaded(page, export.title, tmp_path) for export in EXPORTS]
        assert names == [f"one-public-rebuke-changed-3.{export.ending}" for export in EXPORTS]
        with zipfile.ZipFile(tmp_path / "one-public-rebuke-changed-3.zip") as archive:
            archive.extractall(tmp_path)
        assert Run.load(tmp_path / "one-public-rebuke-changed-3").tick == 20
        page.get_by_role("button", name="Show the figures").click()
        page.get_by_role("button", name="SVG of What members think, and what can be heard").wait_for()
        with page.expect_download() as figure:
            page.get_by_role("button", name="SVG of What members think, and what can be heard").click()
        assert Path(figure.value.path()).read_text().startswith("<svg")


def downloaded(page: Any, title: str, folder: Path) -> str:
    with page.expect_download() as file:
        page.get_by_role("button", name=f"Download {title}").click()
    file.value.save_as(folder / file.value.suggested_filename)
    name: str = file.value.suggested_filename
    return name
