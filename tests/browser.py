"""A page opened in Chromium, with the network cut: what it shows, what it asks for, and what goes wrong in it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from dashboards.door.keys import TOKEN_VARIABLE

TOKEN = "the-token-of-all-dashboards-that-tests-start"
ADMITTED = {TOKEN_VARIABLE: TOKEN}
"""What the environment of such a dashboard has besides."""
LAID_OUT = "document.querySelectorAll('.ism-thread').forEach((each) => { each.style.contentVisibility = 'visible'; })"
"""What is far below is not laid out until somebody scrolls there, so that its parts seem to lie upon each other."""
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@dataclass
class Opened:
    """A page that was opened, with everything that it complained about and asked for."""

    page: Any
    errors: list[str] = field(default_factory=list)
    """Errors and warnings of its console, and exceptions that nothing caught."""
    asked_for: list[str] = field(default_factory=list)
    """Addresses of everything that it loaded or wanted to load, itself left aside."""


@contextmanager
def chromium() -> Iterator[Any]:
    """Give a running Chromium; the test is skipped where there is none."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip(f"no Chromium is installed: none of {', '.join(NAMES)} is on the path")
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


def let_in(context: Any, address: str) -> None:
    """Give a browser the cookie of a dashboard that was started with `ADMITTED`."""
    assert context.request.get(f"{address}?token={TOKEN}").ok


@contextmanager
def opened(browser: Any, file: Path, ready: str = "body", dark: bool = False, width: int = 1100) -> Iterator[Opened]:
    """Give a file opened without a network, once the element `ready` is there."""
    context = browser.new_context(
        offline=True, color_scheme="dark" if dark else "light", viewport={"width": width, "height": 900}
    )
    try:
        found = Opened(context.new_page())
        address = file.resolve().as_uri()
        found.page.on("console", lambda said: said.type in ("error", "warning") and found.errors.append(said.text))
        found.page.on("pageerror", lambda error: found.errors.append(str(error)))
        found.page.on("request", lambda asked: asked.url == address or found.asked_for.append(asked.url[:200]))
        found.page.goto(address)
        found.page.wait_for_selector(ready, timeout=60_000)
        yield found
    finally:
        context.close()


def faults_of(page: Any) -> list[str]:
    """Return what axe finds on a page, with names that differ from labels, and targets that are too small."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page.evaluate(LAID_OUT)
    rules = {"label-content-name-mismatch": {"enabled": True}, "target-size": {"enabled": True}}
    found = axe.run(page, options={"resultTypes": ["violations"], "rules": rules}).response["violations"]
    return [f"{each['id']}: {[node['html'][:90] for node in each['nodes'][:3]]}" for each in found]
