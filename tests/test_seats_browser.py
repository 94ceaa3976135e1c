"""Three telephones and the trainer's page in Chromium, through a whole session over the network of this machine."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from browser import ADMITTED, TOKEN, chromium, faults_of

from dashboards.seats import records

SIZES = ((390, 844), (360, 640), (430, 932))
SPY = """window.broken = [];
addEventListener('securitypolicyviolation', (seen) => broken.push(`${seen.violatedDirective} ${seen.blockedURI}`));"""
SMALL_TARGETS = """() => [...document.querySelectorAll('button, input:not([type=radio]), .pick, select')]
  .filter((each) => each.offsetParent && each.getBoundingClientRect().height < 40).map((each) => each.outerHTML)"""


class Served(NamedTuple):
    """Both doors, as the terminal names them."""

    trainer: str
    telephones: str
    code: str


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    command = [sys.executable, "-c", "from experiments.cli import main; main()", "dashboard", "--port", "0"]
    command += ["--room", "--room-port", "0", "--room-host", "127.0.0.1"]
    with (tmp_path / "log.txt").open("w") as log:
        env = {**os.environ, **ADMITTED, "XDG_STATE_HOME": str(tmp_path)}
        running = subprocess.Popen(command, env=env, stdout=log, stderr=log, start_new_session=True)
    try:
        yield _printed(tmp_path / "log.txt", running)
    finally:
        os.killpg(running.pid, 9)
        running.wait(20)


def _printed(log: Path, running: subprocess.Popen[bytes]) -> Served:
    end = time.monotonic() + 120
    while not (
        found := re.search(r"(http://\S+)\?token.*?(http://\S+) with the code ([A-Z]{4});", log.read_text(), re.S)
    ):
        assert running.poll() is None and time.monotonic() < end, log.read_text()
        time.sleep(0.1)
    return Served(*found.groups())


@contextmanager
def watched(browser: Any, heard: list[str], size: tuple[int, int], phone: bool = True) -> Iterator[Any]:
    """Give a page of a device of its own; what goes wrong in it, and what it loads from elsewhere, is written down."""
    width, height = size
    context = browser.new_context(viewport={"width": width, "height": height}, has_touch=phone, is_mobile=phone)
    context.add_init_script(SPY)
    page = context.new_page()
    page.on("console", lambda said: said.type == "error" and heard.append(said.text))
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("request", lambda asked: asked.url.startswith(("http://127.", "data:", "blob:")) or heard.append(asked.url))
    page.on("dialog", lambda dialog: dialog.accept())
    try:
        yield page
        heard += page.evaluate("window.broken")
    finally:
        context.close()


def lead(page: Any, words: str) -> None:
    page.locator(".ism-seats").get_by_role("button", name=words).click()


def decide(telephone: Any, way: str, motive: str | None) -> None:
    """Answer what a telephone asks, as a thumb does."""
    assert telephone.evaluate(SMALL_TARGETS) == [] and faults_of(telephone) == []
    telephone.locator("#ask input[type=range]").fill("3")
    telephone.locator("label.pick", has_text=way).tap()
    assert telephone.locator("text=What held you back?").is_visible() == (motive is not None)
    if motive:
        telephone.locator("label.pick", has_text=motive).tap()
    else:
        tries_where_the_network_is_gone(telephone)
    telephone.get_by_role("button", name="Decide").tap()
    telephone.wait_for_selector("#imagined .story", timeout=10_000)


def tries_where_the_network_is_gone(telephone: Any) -> None:
    """What was not taken is said, and can be sent again."""
    telephone.evaluate(
        "window.fetched = fetch; window.fetch = () => Promise.reject(new TypeError('gone')); 0"
    )  # the page would call what this returns
    telephone.get_by_role("button", name="Decide").tap()
    telephone.locator("#ask .trouble", has_text="connection is lost").wait_for()
    telephone.evaluate("window.fetch = window.fetched; 0")


@pytest.mark.slow
def test_three_telephones_and_the_trainers_page_go_through_a_whole_session(served: Served, tmp_path: Path) -> None:
    heard: list[str] = []
    with chromium() as browser, watched(browser, heard, (1366, 768), phone=False) as trainer:
        assert trainer.context.request.get(f"{served.trainer}?token={TOKEN}", timeout=120_000).ok
        trainer.goto(f"{served.trainer}?tab=predict", timeout=120_000)
        trainer.get_by_text("Several seats behind one address").click(timeout=120_000)
        trainer.get_by_text("0 of 60 seats taken").wait_for()
        with ExitStack() as devices:
            made = [devices.enter_context(watched(browser, heard, size)) for size in SIZES]
            for n, telephone in enumerate(made):
                come_in(telephone, served, n)
            assert faults_of(trainer) == []
            keeps_its_seat(made[0])
            assert trainer.get_by_role("button", name="Delete all that is kept").is_visible()
            trainer.get_by_role("button", name="Start").click(timeout=120_000)
            chosen = play(made)
            trainer.reload()  # the trainer leads on
            trainer.wait_for_selector(".ism-seats", timeout=60_000)
            lead(trainer, "End, and show the mirror")
            trainer.get_by_role("heading", name="The mirror").wait_for()
            for telephone in made:
                telephone.get_by_role("heading", name="The session is over").wait_for()
                assert telephone.evaluate("document.documentElement.scrollWidth <= innerWidth")
                assert faults_of(telephone) == []
            assert faults_of(trainer) == []
            check_file(trainer, chosen, tmp_path)
            leaves(made[1], trainer)
    assert [said for said in heard if "401 (Unauthorized)" not in said] == [] and len(heard) == 1  # the wrong code


def come_in(telephone: Any, served: Served, number: int) -> None:
    """Take a seat by the link of the drawn code; the second mistypes the link, and types the code, and a name."""
    telephone.goto(served.telephones + ("#%zz" if number == 1 else f"#{served.code}"))
    if number == 1:
        assert faults_of(telephone) == []
        telephone.get_by_label("The four letters on the screen").fill("XXXX")
        telephone.get_by_role("button", name="Take a seat").tap()
        telephone.get_by_text("not the code of this room").wait_for()
        telephone.get_by_label("The four letters on the screen").fill(served.code.lower())
        telephone.get_by_label("A name, if you like").fill("<i>Ada</i>")
    telephone.get_by_role("button", name="Take a seat").tap()
    telephone.wait_for_selector("#called:not(:empty)")


def keeps_its_seat(telephone: Any) -> None:
    called = telephone.inner_text("#called")
    telephone.reload()
    telephone.wait_for_selector("#called:not(:empty)")
    assert telephone.inner_text("#called") == called


def play(made: list[Any]) -> list[str]:
    """Let each telephone decide twice; return what was decided."""
    times, chosen = [0] * len(made), []
    end = time.monotonic() + 240
    while min(times) < 2:
        assert time.monotonic() < end, times
        for n, telephone in enumerate(made):
            if telephone.locator("#ask form").count():
                said = times[n] % 2 == 0
                decide(telephone, "say it plainly" if said else "keep it to themselves", None if said else "loyalty")
                chosen.append("plain" if said else "withhold")
                times[n] += 1
        time.sleep(0.1)
    return chosen


def check_file(trainer: Any, chosen: list[str], folder: Path) -> None:
    """Hold the file that the trainer takes home against what was decided."""
    with trainer.expect_download() as coming:
        lead(trainer, "seats.parquet")
    coming.value.save_as(folder / "seats.parquet")
    kept = records.read((folder / "seats.parquet").read_bytes())
    assert sorted(each.choice for each in kept.records if each.choice) == sorted(chosen)
    assert {each.motive for each in kept.records if each.choice == "withhold"} == {"prosocial"}
    assert all(each.audience_guess == 3 for each in kept.records if each.choice)
    assert b"Ada" not in (folder / "seats.parquet").read_bytes()
    (engine,) = records.relive(kept).values()
    (ledger,) = engine.ledger()
    done = {int(each["occasion_id"]) for each in ledger}
    assert {each.moment for each in kept.records} <= done


def leaves(telephone: Any, trainer: Any) -> None:
    trainer.get_by_text("<i>Ada</i>").wait_for()
    telephone.get_by_role("button", name="Leave").tap()
    telephone.get_by_text("You have left").wait_for()
    trainer.get_by_text("2 of 60 seats taken").wait_for()
    assert trainer.get_by_text("<i>Ada</i>").count() == 0
