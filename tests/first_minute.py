"""The first minute, tried: `python -m tests.first_minute [SEED ...]`.

For each seed it starts the dashboard as anybody does, opens the page as somebody who has never been here, lets the
story play by itself, and says after how many seconds there stood a sentence with a difference, and whether it is
outside noise. It needs a Chromium; how long it takes depends on the machine, so no test asks for it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import Any

from dashboards.lifetime import free_port
from tests.browser import ADMITTED, TOKEN, chromium

HOST = "127.0.0.1"
ENOUGH = 60.0
"""Seconds within which a sentence is to stand there."""


def try_once(browser: Any, seed: int) -> tuple[float, bool, str]:
    """Return the seconds from the command to the sentence, whether it is outside noise, and the sentence."""
    port, began = free_port(0, HOST), time.monotonic()
    server = subprocess.Popen(
        [sys.executable, "-m", "dashboards", "--port", str(port)],
        env={**os.environ, **ADMITTED},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        server.stdout.readline()  # the address is printed when it can be opened
        return _watch(browser, f"http://{HOST}:{port}/?token={TOKEN}&seed={seed}", began)
    finally:
        server.terminate()
        server.wait(timeout=30)


def _watch(browser: Any, address: str, began: float) -> tuple[float, bool, str]:
    page = browser.new_page(viewport={"width": 1366, "height": 768})
    try:
        while True:  # a port that is printed may answer a moment later
            try:
                page.goto(address)
                break
            except Exception:
                if time.monotonic() - began > ENOUGH:
                    raise
                time.sleep(0.2)
        page.wait_for_selector(".ism-story-first", timeout=180_000)
        said = page.locator(".ism-story-first").inner_text()
        return time.monotonic() - began, "outside noise" not in said and "interval" in said, said
    finally:
        page.close()


def main(*seeds: str) -> None:
    """Try it on some seeds; without any, on 1 to 10."""
    held = 0
    tried = [int(each) for each in seeds] or list(range(1, 11))
    with chromium() as browser:
        for seed in tried:
            seconds, clear, said = try_once(browser, seed)
            held += clear and seconds < ENOUGH
            sys.stdout.write(f"seed {seed}: {seconds:.0f} s, {'clear' if clear else 'within noise'}: {said}\n")
            sys.stdout.flush()
    sys.stdout.write(f"It holds on {held} of {len(tried)} seeds.\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
