"""The pictures of the dashboard in the documentation: `python -m docs.screens`. Needs a Chromium that is installed."""

from __future__ import annotations

import os
import socket
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
    page.get_by_text("Two worlds, one luck").wait_for(timeout=PATIENCE)
    page.get_by_role("button", name="Be the leader").click()


def predict(page: Any) -> None:
    """A room guesses before the reveal."""
    page.locator(".ism-tabs").get_by_role("button", name="Predict").click()
    page.wait_for_selector("h1", timeout=PATIENCE)


PICTURES: Final[dict[str, tuple[Callable[[Any], None], bool]]] = {
    "arena": (arena, False),
    "rebuke": (rebuke, False),
    "sure": (sure, False),
    "iceberg": (iceberg, True),
    "why": (why, False),
    "twins": (twins, False),
    "predict": (predict, True),
}
"""By name: what is done before the picture is taken, and whether it is dark."""


@contextmanager
def served() -> Iterator[str]:
    """Run a dashboard, and give its address."""
    port = free_port(0, HOST)
    token = make_token()
    command = [sys.executable, "-m", "dashboards", "--port", str(port)]
    server = subprocess.Popen(command, env={**os.environ, TOKEN_VARIABLE: token})
    try:
        while server.poll() is None:
            with socket.socket() as asked:
                if asked.connect_ex((HOST, port)) == 0:
                    break
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
            page.goto(f"{address}&{WORLD}")
            page.wait_for_function("window.ismDraws > 0", timeout=PATIENCE)
            page.get_by_label("Close this hint").click()
            prepare(page)
            page.wait_for_timeout(1500)  # charts draw themselves
            files.write(IMAGES / f"{name}.png", page.screenshot())
            page.close()
            sys.stdout.write(f"docs/images/dashboard/{name}.png\n")


if __name__ == "__main__":
    main()
