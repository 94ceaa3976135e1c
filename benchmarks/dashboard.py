"""(g) The page: how soon it can be used, how often it draws, and how soon a control answers while it plays."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

from benchmarks.report import Mode, Section, met, seconds
from dashboards.door.keys import TOKEN_VARIABLE, make_token

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DRAWN = "window.ismDraws || 0"
TITLE = "(g) The page"
GOAL = "usable within 3 s of opening; at least 5 draws a second at 1,000 members; controls never blocked"


def measure(mode: Mode) -> Section:
    """Open the page in Chromium, play, and count what it draws."""
    header = ["members", "usable after", "draws a second while playing", "the iceberg after a click, while playing"]
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        return Section(TITLE, GOAL, header, [["no Chromium is installed", "", "", ""]], "Not measured.")
    sizes = (60,) if mode is Mode.quick else (1000, 10_000)
    rows, first = [], (0.0, 0.0)
    from playwright.sync_api import sync_playwright

    with _served() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for members in sizes:
            tries = [_tried(browser, address, members) for _ in range(1 if mode is Mode.quick else 3)]
            opened, rate, answer = (median(values) for values in zip(*tries, strict=True))
            first = (opened, rate) if members == sizes[0] else first
            rows.append([f"{members:,}", seconds(opened), f"{rate:.1f}", seconds(answer)])
        browser.close()
    remark = f"Goals at 1,000 members: usable {met(first[0] <= 3.0, mode)}; draws {met(first[1] >= 5.0, mode)}."
    note = "Server and browser share this machine; speed 40 hours a second, from day 20 on; median of three openings."
    return Section(TITLE, GOAL, header, rows, remark, note)


@contextmanager
def _served() -> Iterator[str]:
    """Give the address of a dashboard that runs in a process of its own."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    command = [sys.executable, "-c", "from experiments.cli import main; main()", "dashboard", "--port", str(port)]
    token = make_token()
    nowhere = subprocess.DEVNULL
    server = subprocess.Popen(command, env={**os.environ, TOKEN_VARIABLE: token}, stdout=nowhere, stderr=nowhere)
    try:
        for _ in range(600):
            with socket.socket() as knock:
                if knock.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/?token={token}"
    finally:
        server.terminate()
        server.wait(20)


def _tried(browser: Any, address: str, members: int) -> tuple[float, float, float]:
    """Return the seconds until the page can be used, draws a second, and the seconds until a control answers."""
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    try:
        page = context.new_page()
        began = time.perf_counter()
        page.goto(f"{address}&day=20&organization.members={members}")
        page.wait_for_function(f"({DRAWN}) > 0", timeout=60_000)
        opened = time.perf_counter() - began
        page.get_by_label("Speed").select_option("40")
        page.get_by_label("Play").click()
        page.wait_for_timeout(1500)
        before, at = page.evaluate(DRAWN), time.perf_counter()
        page.wait_for_timeout(5000)
        rate = (page.evaluate(DRAWN) - before) / (time.perf_counter() - at)
        clicked = time.perf_counter()
        page.get_by_role("button", name="Iceberg").click()
        page.wait_for_selector(".ism-waterline", timeout=60_000)
        return opened, rate, time.perf_counter() - clicked
    finally:
        context.close()
