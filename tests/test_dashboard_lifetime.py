"""The server's life: it ends when its command ends, frees its port at once, and comes back to the same one."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import pytest

from dashboards.lifetime import claimed
from dashboards.serving import SERVER
from sim import limits
from sim.errors import InputError
from tests.browser import ADMITTED, chromium, let_in
from tests.soak import soak

HERE = "127.0.0.1"
SOON = 10.0
SOAK = {"ISM_SOAK_CLIENTS": "5", "ISM_SOAK_SECONDS": "60"}
"""Clients and seconds of the slow test; in full it is 20 for 300."""
POSIX = pytest.mark.skipif(os.name != "posix", reason="signals are those of POSIX")


@contextmanager
def command(port: int, folder: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Give `ism dashboard` and its port, once it answers; at the end, nothing of it is left."""
    typed = [sys.executable, "-c", "from experiments.cli import main; main()", "dashboard", "--port", str(port)]
    kept = {"PYTHONPATH": str(Path(__file__).parents[1]), "XDG_STATE_HOME": str(folder / "state")}
    environment = {**os.environ, **ADMITTED, **kept}
    with subprocess.Popen(typed, stdout=subprocess.PIPE, text=True, cwd=folder, env=environment) as process:
        try:
            yield process, port_of(process)
        finally:
            process.kill()


def port_of(process: subprocess.Popen[str]) -> int:
    """Return the port that a dashboard says it has, once it answers there."""
    assert process.stdout is not None
    found = next(found for line in process.stdout if (found := re.search(r"http://[^/]*:(\d+)/", line)))
    port = int(found[1])
    while process.poll() is None and not answers(port):
        time.sleep(0.1)
    assert process.poll() is None
    return port


def answers(port: int) -> bool:
    with suppress(URLError, ConnectionError, TimeoutError):
        try:
            with urlopen(f"http://{HERE}:{port}/readyz", timeout=5):
                return True
        except HTTPError:
            return True
    return False


def is_free(port: int) -> bool:
    try:
        with socket.create_connection((HERE, port), 1):
            return False
    except OSError:
        return True


def comes(condition: object, seconds: float = SOON) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():  # type: ignore[operator]
            return True
        time.sleep(0.05)
    return False


@POSIX
@pytest.mark.parametrize(
    ("sent", "code"), [("SIGTERM", -signal.SIGTERM), ("SIGKILL", -9), ("SIGINT", 0)], ids=["TERM", "KILL", "Ctrl-C"]
)
def test_the_server_ends_with_its_command_and_frees_its_port(sent: str, code: int, tmp_path: Path) -> None:
    with command(0, tmp_path) as (process, port):
        process.send_signal(getattr(signal, sent))
        assert process.wait(SOON) == code
        assert comes(lambda: is_free(port), 2)


@POSIX
def test_a_page_that_is_open_does_not_hold_up_the_end(tmp_path: Path) -> None:
    with command(0, tmp_path) as (process, port), socket.create_connection((HERE, port)) as open_one:
        open_one.sendall(b"GET / HTTP/1.1\r\n")  # never finished
        process.terminate()
        assert process.wait(SOON) in (-signal.SIGTERM, 128 + signal.SIGTERM)


@POSIX
def test_started_again_at_once_it_has_the_same_port(tmp_path: Path) -> None:
    with command(0, tmp_path) as (first, port), socket.create_connection((HERE, port)) as visitor:
        visitor.sendall(b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n")
        visitor.recv(1)
        first.kill()  # it closes first, so that the port waits for late packets
        first.wait(SOON)
        with command(port, tmp_path) as (_, again):
            assert again == port


def test_a_port_with_late_packets_is_taken_again(tmp_path: Path) -> None:
    with claimed(0, HERE) as listening:
        port = listening.getsockname()[1]
        visitor = socket.create_connection((HERE, port))
        served, _ = listening.accept()
        served.close()  # the server's side closes first
        visitor.close()
    with claimed(port, HERE) as again:
        assert again.getsockname()[1] == port


def test_two_claims_of_one_port_get_two_ports() -> None:
    with claimed(0, HERE) as first:
        port = first.getsockname()[1]
        with claimed(port, HERE) as second:
            assert second.getsockname()[1] > port


def test_a_port_is_claimed_and_not_only_looked_at() -> None:
    with claimed(0, HERE) as listening, socket.create_connection(listening.getsockname(), 1) as visitor:
        assert visitor.getpeername() == listening.getsockname()


@pytest.mark.parametrize(
    ("port", "host"), [(65_536, HERE), (0, "192.0.2.1"), (0, "no.such.host.invalid"), (0, "\0"), (0, "a" * 300)]
)
def test_what_cannot_be_served_is_one_sentence(port: int, host: str) -> None:
    with pytest.raises(InputError):
        claimed(port, host)


# ---------------------------------------------------------------- a tab that was open


@POSIX
def test_an_open_tab_says_that_the_server_is_gone_and_comes_back_to_the_same_world(tmp_path: Path) -> None:
    with chromium() as browser:
        context = browser.new_context()
        page = context.new_page()
        with command(0, tmp_path) as (first, port):
            let_in(context, f"http://{HERE}:{port}/")
            page.goto(f"http://{HERE}:{port}/?organization.members=60&days=10&seed=7&day=3")
            page.wait_for_function("window.ismDraws > 0", timeout=120_000)
            page.wait_for_function("location.search.startsWith('?seed=7&day=3')")
            said, feed = page.evaluate("location.search"), page.locator(".ism-feed").text_content()
            page.evaluate("window.before = true")
            first.kill()
        page.locator("#ism-gone", has_text="ism dashboard").wait_for(timeout=30_000)
        with command(port, tmp_path) as (_, again):
            assert again == port
            page.wait_for_function("!window.before && window.ismDraws > 0", timeout=120_000)
            assert page.evaluate("location.search") == said
            assert page.locator(".ism-feed").text_content() == feed
            assert page.locator("#ism-gone:visible").count() == 0


@POSIX
def test_a_tab_whose_connection_was_only_lost_goes_on_with_its_session(tmp_path: Path) -> None:
    with chromium() as browser, command(0, tmp_path) as (_, port):
        context = browser.new_context()
        page = context.new_page()
        let_in(context, f"http://{HERE}:{port}/")
        page.add_init_script("localStorage.setItem('ism.hinted', 'yes')")
        page.goto(f"http://{HERE}:{port}/?organization.members=60&days=10")
        page.wait_for_function("window.ismDraws > 0", timeout=120_000)
        page.evaluate("window.before = true; solara.debug.dropConnection()")
        page.wait_for_function("solara.debug.reconnectCount > 0", timeout=30_000)
        drawn = page.evaluate("window.ismDraws")
        page.get_by_role("button", name="One hour on").click()
        page.wait_for_function("n => window.ismDraws > n", arg=drawn, timeout=30_000)
        assert page.evaluate("window.before")


# ---------------------------------------------------------------- many clients


def test_a_message_has_room_for_both_files_of_an_upload_and_for_one_that_is_too_large() -> None:
    assert SERVER["ws_max_size"] == limits.MESSAGE_BYTES > 2 * limits.UPLOAD_BYTES + 1_000_000


@pytest.mark.slow
def test_memory_is_flat_after_all_clients_have_gone() -> None:
    clients, seconds = (float(os.environ.get(name, usual)) for name, usual in SOAK.items())
    found = soak(int(clients), seconds)
    assert found.frames > 10 * clients
    assert found.after - found.rest < 100e6
