"""The door in a browser: its user comes in once and stays in, and a page from elsewhere gets nothing."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from dashboards.address import TABS
from tests.browser import chromium

SMALL = "organization.members=60&days=5&day=2"
SPY = """window.broken = [];
addEventListener('securitypolicyviolation', (seen) => broken.push(`${seen.violatedDirective} ${seen.blockedURI}`));"""
ATTACKS = """async (there) => {
  const outcome = {};
  const tried = (name, promise) => promise.then((what) => { outcome[name] = what; }, () => { outcome[name] = 'refused'; });
  const loaded = (tag, address) => new Promise((done, failed) => {
    const made = document.createElement(tag);
    made.onload = () => done('loaded');
    made.onerror = failed;
    made.src = address;
    document.body.append(made);
  });
  const spoken = (address) => new Promise((done, failed) => {
    const socket = new WebSocket(address);
    socket.onopen = () => done('open');
    socket.onerror = failed;
  });
  const kernel = '/jupyter/api/kernels/00000000-0000-4000-8000-000000000000/channels?session_id=s';
  await Promise.all([
    tried('websocket', spoken(there.replace('http', 'ws') + kernel)),
    tried('fetch', fetch(there + '/', { credentials: 'include' }).then((got) => got.text())),
    tried('fetch of files', fetch(there + '/resourcez', { credentials: 'include' }).then((got) => got.text())),
    tried('post', fetch(there + '/_solara/api/close/k?session_id=s', { method: 'POST', credentials: 'include' }).then((got) => got.text())),
    tried('script', loaded('script', there + '/static/assets/custom.js')),
    tried('image', loaded('img', there + '/static/assets/favicon.png')),
  ]);
  return outcome;
}"""  # noqa: E501
FORM = "<form method=post action='{there}/_solara/api/close/k?session_id=s'></form><iframe src='{there}/'></iframe>"


class Served(NamedTuple):
    """A dashboard, as its user sees it in the terminal."""

    address: str
    """With the token."""
    log: Path

    @property
    def origin(self) -> str:
        return self.address.partition("/?")[0]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A dashboard that was started with the command, at any port; its address is what it prints."""
    place = tmp_path_factory.mktemp("served")
    command = [sys.executable, "-c", "from experiments.cli import main; main()", "dashboard", "--port", "0"]
    with (place / "log.txt").open("w") as log:
        running = subprocess.Popen(
            command, env={**os.environ, "XDG_STATE_HOME": str(place)}, stdout=log, stderr=log, start_new_session=True
        )
    try:
        yield Served(_printed(place / "log.txt", running), place / "log.txt")
    finally:
        os.killpg(running.pid, 9)
        running.wait(20)


def _printed(log: Path, running: subprocess.Popen[bytes]) -> str:
    """Return the address that a dashboard printed, once it can be opened."""
    for _ in range(1200):
        assert running.poll() is None, log.read_text()
        found = re.search(r"http://127\.0\.0\.1:(\d+)/\?token=[\w-]{43}(?= )", log.read_text())
        if found and _listens(int(found[1])):
            return found[0]
        threading.Event().wait(0.1)
    raise AssertionError("the dashboard did not start")


def _listens(port: int) -> bool:
    with socket.socket() as asked:
        return asked.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as running:
        yield running


@contextmanager
def visiting(browser: Any, address: str) -> Iterator[Any]:
    """Give a page that was opened in a browser of its own."""
    context = browser.new_context()
    context.add_init_script(SPY)
    try:
        page = context.new_page()
        page.goto(address)
        yield page
    finally:
        context.close()


def draws(page: Any) -> None:
    page.wait_for_function("window.ismDraws > 0", timeout=60_000)


def test_the_printed_address_lets_in_for_good_and_leaves_no_token_behind(browser: Any, served: Served) -> None:
    with visiting(browser, f"{served.address}&{SMALL}") as page:
        draws(page)
        assert "token" not in page.url and "organization.members=60" in page.url
        page.reload()
        draws(page)
        second = page.context.new_page()
        second.goto(f"{served.origin}/?{SMALL}&tab=studies")
        second.wait_for_selector("#ism-main", timeout=60_000)
        second.goto("about:blank")
        second.go_back()
        second.wait_for_selector("#ism-main", timeout=60_000)
        assert second.evaluate("document.cookie") == ""
        assert "token" not in page.evaluate("JSON.stringify([document.referrer, location.href, {...localStorage}])")


def test_whoever_has_no_token_reads_how_to_get_in(browser: Any, served: Served) -> None:
    with visiting(browser, f"{served.origin}/") as page:
        assert "ism dashboard" in page.locator("main").inner_text()
        assert page.evaluate("broken") == []


@pytest.mark.parametrize("tab", TABS)
def test_no_tab_breaks_the_policy_of_the_page_or_asks_for_anything_elsewhere(
    browser: Any, served: Served, tab: str
) -> None:
    asked: list[str] = []
    faults: list[str] = []
    with visiting(browser, f"{served.origin}/") as page:
        page.on("request", lambda each: asked.append(each.url))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: said.type == "error" and faults.append(said.text))
        page.goto(f"{served.address}&{SMALL}&tab={tab}")
        page.wait_for_selector("#ism-main", timeout=60_000)
        if tab in ("arena", "twins"):
            draws(page)
        page.evaluate("document.fonts.ready")
        assert page.evaluate("broken") == []
        assert faults == []
        assert all(each.startswith((served.origin, "data:", "blob:")) for each in asked)


def test_the_policy_of_the_page_stops_what_it_did_not_send(browser: Any, served: Served) -> None:
    with visiting(browser, f"{served.address}&{SMALL}") as page:
        draws(page)
        page.evaluate(
            """() => { document.body.insertAdjacentHTML('beforeend', '<img src="x:" onerror="window.mine = 1">');
            const made = document.createElement('script'); made.text = 'window.mine = 2'; document.body.append(made);
            fetch('http://127.0.0.1:9/').catch(() => 0); }"""
        )
        page.wait_for_function("broken.length >= 3")
        assert page.evaluate("window.mine") is None


def test_a_page_that_lost_its_connection_finds_back(browser: Any, served: Served) -> None:
    with visiting(browser, f"{served.address}&{SMALL}") as page:
        draws(page)
        page.evaluate("solara.debug.dropConnection()")
        page.wait_for_function("solara.debug.reconnectCount > 0 && solara.debug.connectionStatus === 'connected'")
        before = page.evaluate("window.ismDraws")
        page.get_by_role("button", name="One hour on").click()
        page.wait_for_function("n => window.ismDraws > n", arg=before, timeout=60_000)


# ---------------------------------------------------------------- from elsewhere


@contextmanager
def elsewhere(text: str) -> Iterator[str]:
    """Give the address of a page on another port of this machine: another origin, though the same site."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


def test_a_page_from_elsewhere_gets_nothing_from_a_browser_that_has_the_cookie(browser: Any, served: Served) -> None:
    with visiting(browser, f"{served.address}&{SMALL}") as page, elsewhere(FORM.format(there=served.origin)) as other:
        draws(page)
        attacker = page.context.new_page()
        attacker.goto(other)
        outcome = attacker.evaluate(ATTACKS, served.origin)
        assert set(outcome.values()) == {"refused"} and len(outcome) == 6
        framed = next(frame for frame in attacker.frames if frame is not attacker.main_frame)
        assert not framed.url.startswith(served.origin) or framed.locator("#app").count() == 0
        with attacker.expect_navigation():
            attacker.evaluate("document.forms[0].submit()")
        assert "This page is locked" in attacker.content()
        before = page.evaluate("window.ismDraws")
        page.get_by_role("button", name="One hour on").click()
        page.wait_for_function("n => window.ismDraws > n", arg=before, timeout=60_000)
    refused = served.log.read_text()
    assert "refused a websocket" in refused and "refused POST" in refused and "refused GET" in refused
    assert served.address.partition("token=")[2] not in refused.partition("Ctrl+C")[2]
