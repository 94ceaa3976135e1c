"""The pictures of the dashboard in the documentation: `python -m docs.screens`. Needs a Chromium that is installed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from dashboards.door.keys import TOKEN_VARIABLE, make_token
from dashboards.lifetime import free_port
from sim import files
from tests.browser import chromium

IMAGES: Final = Path(__file__).parent / "images" / "dashboard"
HOST: Final = "127.0.0.1"
WORLD: Final = "scenario=one-public-rebuke&day=24"
PATIENCE: Final = 60_000  # milliseconds


def story(page: Any) -> None:
    """The film of one rebuke, on the second evening."""
    page.wait_for_selector(".ism-story-face", timeout=PATIENCE)
    while not page.locator(".ism-story-way").count():
        page.keyboard.press("ArrowRight")


def sentence(page: Any) -> None:
    """How the film ends: both worlds, and what differs."""
    page.wait_for_selector(".ism-story-face", timeout=PATIENCE)
    while not page.locator(".ism-story-first").count():
        page.keyboard.press("ArrowRight")


def arena(page: Any) -> None:
    """The arena, some days after the rebuke."""
    page.get_by_label("Close what came after").click()


def rebuke(page: Any) -> None:
    """Who saw the rebuke, and whom it reached."""
    page.get_by_role("button", name="Show whom it reached").click()
    page.wait_for_selector(".ism-net-moved", timeout=PATIENCE)
    page.locator(".ism-after").scroll_into_view_if_needed()


def sure(page: Any) -> None:
    """The lines of one run before those of twelve others."""
    page.get_by_role("button", name="How sure is this?").click()
    page.wait_for_selector(".ism-lines-sure", timeout=PATIENCE)


def iceberg(page: Any) -> None:
    """What was not said, between what was."""
    page.keyboard.press("i")
    page.wait_for_selector(".ism-card--ghost", timeout=PATIENCE)
    page.locator(".ism-card--ghost").first.scroll_into_view_if_needed()


def why(page: Any) -> None:
    """Why a wish stayed unsaid."""
    iceberg(page)
    page.locator(".ism-card--ghost .ism-why").first.click()
    page.wait_for_selector(".why h2", timeout=PATIENCE)


def twins(page: Any) -> None:
    """Two worlds on one luck: with what happened, and without."""
    page.locator(".ism-tabs").get_by_role("button", name="Twins").click()
    page.locator(".ism-twins-main").wait_for(timeout=PATIENCE)
    page.get_by_role("button", name="Be the leader").click()


def verdict(page: Any) -> None:
    """What a leader's answer did, a week later."""
    twins(page)
    page.locator("[data-way=sanction]").click()
    page.wait_for_selector(".ism-verdict", timeout=PATIENCE)
    shows = "() => document.querySelector('.ism-clock')?.innerText.includes('workday 29')"
    page.wait_for_function(shows, timeout=PATIENCE)
    page.keyboard.press("Space")


def debrief(page: Any) -> None:
    """The end of a run."""
    page.get_by_label("anonymous posts").check(force=True)
    page.locator(".ism-scrub input").fill("480")
    page.get_by_text("It cannot tell").wait_for(timeout=PATIENCE)
    page.locator(".ism-debrief").scroll_into_view_if_needed()


def predict(page: Any) -> None:
    """A room guesses before the reveal."""
    page.locator(".ism-tabs").get_by_role("button", name="Predict").click()
    page.wait_for_selector("h1", timeout=PATIENCE)


def projector(page: Any) -> None:
    """One number, one map, one thread, for the last row."""
    page.set_viewport_size({"width": 1920, "height": 1080})
    page.keyboard.press("p")
    page.wait_for_selector(".ism-project .ism-thread", timeout=PATIENCE)


def gallery(page: Any) -> None:
    """The scenarios, in an order for teaching."""
    page.get_by_role("button", name="Choose a scenario").click()


FIRST_VISIT: Final = (story, sentence)
"""Pictures of a first visit."""
PICTURES: Final[dict[str, tuple[Callable[[Any], None], bool]]] = {
    "story": (story, False),
    "sentence": (sentence, False),
    "arena": (arena, False),
    "rebuke": (rebuke, False),
    "sure": (sure, False),
    "iceberg": (iceberg, True),
    "why": (why, False),
    "twins": (twins, False),
    "verdict": (verdict, False),
    "debrief": (debrief, False),
    "predict": (predict, True),
    "projector": (projector, False),
    "gallery": (gallery, False),
}
"""By name: what is done before the picture is taken, and whether it is dark."""


@contextmanager
def served() -> Iterator[str]:
    """Run a dashboard, and give its address."""
    port = free_port(0, HOST)
    token = make_token()
    command = [sys.executable, "-m", "dashboards", "--port", str(port)]
    server = subprocess.Popen(command, env={**os.environ, TOKEN_VARIABLE: token}, stdout=subprocess.PIPE)
    try:
        assert server.stdout is not None
        server.stdout.readline()  # it prints its address when the port answers
        yield f"http://{HOST}:{port}/?token={token}"
    finally:
        server.terminate()
        server.wait(timeout=20)


def main() -> None:
    """Take all pictures."""
    with served() as address, chromium() as browser:
        for name, (prepare, dark) in PICTURES.items():
            page = browser.new_page(
                viewport={"width": 1280, "height": 800},
                color_scheme="dark" if dark else "light",
                reduced_motion="reduce",
            )
            if prepare not in FIRST_VISIT:
                page.add_init_script("localStorage.setItem('ism.hinted', 'yes')")
            page.goto(f"{address}&{'seed=2' if prepare in FIRST_VISIT else WORLD}")
            page.wait_for_function("window.ismDraws > 0", timeout=PATIENCE)
            prepare(page)
            page.mouse.move(0, 0)  # nothing is explained of what the mouse rests on
            page.wait_for_timeout(1500)  # charts draw themselves
            files.write(IMAGES / f"{name}.png", page.screenshot())
            page.close()
            sys.stdout.write(f"docs/images/dashboard/{name}.png\n")


if __name__ == "__main__":
    main()
