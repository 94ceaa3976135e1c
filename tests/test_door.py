"""The door itself, before an application that answers everything: who comes in, and what answers tell the browser."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import logging
import os
import stat
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import HTMLResponse, PlainTextResponse

from dashboards import serving
from dashboards.door.asgi import Door
from dashboards.door.headers import inline_scripts, page_policy
from dashboards.door.keys import LIFETIME, TOKEN_VARIABLE, Keys, make_token, take_token, user_secret
from dashboards.door.origin import Hosts, is_loopback
from sim.errors import InputError

PORT = 8765
HOST = f"127.0.0.1:{PORT}"
TOKEN = "the-right-token-" + "0" * 27
KEYS = Keys(TOKEN, b"s" * 32, PORT)
COOKIE = f"{KEYS.cookie_name}={KEYS.new_cookie()}"
SCRIPT = "let a = '<b>' && 1;\n"
PAGE = f'<html><script>{SCRIPT}</script><script src="/a.js"></script><script type="x-template"><b></b></script></html>'
CLOSE = "/_solara/api/close/k"


class Answer(NamedTuple):
    status: int
    headers: dict[str, list[str]]
    body: str

    def header(self, name: str) -> str:
        (only,) = self.headers[name]
        return only


class Inside:
    """The application behind the door: it answers everything, and notes who got so far."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked.append(scope)
        if scope["type"] == "http":
            page = scope["path"] == "/"
            answer = HTMLResponse(PAGE) if page else PlainTextResponse("here")
            answer.set_cookie("solara-session-id", "1", expires=10**6, samesite="none", secure=True)
            await answer(scope, receive, send)


@pytest.fixture
def inside() -> Inside:
    return Inside()


def ask(
    inside: Inside, path: str = "/", query: str = "", method: str = "GET", kind: str = "http", **given: str
) -> Answer:
    """Return what the door answers; headers are given with _ for -, and a Host and the cookie unless they are empty."""
    named = {"host": HOST, "cookie": COOKIE, **given}
    headers = [(name.replace("_", "-").encode(), value.encode()) for name, value in named.items() if value]
    scope = {"type": kind, "path": path, "query_string": query.encode(), "headers": headers, "scheme": "http"}
    scope |= {"method": method} if kind == "http" else {}
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(Door(inside, KEYS, Hosts.of("127.0.0.1", PORT))(scope, receive, send))
    if kind == "websocket":
        return Answer(403 if sent and sent[0]["type"] == "websocket.close" else 101, {}, "")
    found: dict[str, list[str]] = {}
    for name, value in sent[0]["headers"]:
        found.setdefault(name.decode(), []).append(value.decode())
    return Answer(sent[0]["status"], found, b"".join(each.get("body", b"") for each in sent[1:]).decode())


def is_let_in(inside: Inside, *args: Any, **given: str) -> bool:
    """Return whether a request gets to the application; whatever does not is answered with 403."""
    before = len(inside.asked)
    answer = ask(inside, *args, **given)
    assert (answer.status == 403) == (len(inside.asked) == before)
    return answer.status != 403


# ---------------------------------------------------------------- the token and the cookie


def test_the_token_is_exchanged_for_a_cookie_and_goes_from_the_address(inside: Inside) -> None:
    answer = ask(inside, "/a b", f"seed=3&token={TOKEN}&at=1,x:y%2F", cookie="")
    assert (answer.status, answer.header("location")) == (303, "/a%20b?seed=3&at=1,x:y%2F")
    assert inside.asked == []
    name, _, rest = answer.header("set-cookie").partition("=")
    value, _, how = rest.partition("; ")
    assert TOKEN not in rest
    assert how == f"Path=/; HttpOnly; SameSite=Lax; Max-Age={LIFETIME}"
    assert is_let_in(inside, "/", "seed=3", cookie=f"{name}={value}")


@pytest.mark.parametrize("path", ["//evil.example", "/\\evil.example", "///evil.example/a", "/http://evil.example"])
def test_the_way_on_never_leads_elsewhere(inside: Inside, path: str) -> None:
    there = ask(inside, path, f"token={TOKEN}").header("location")
    assert there.startswith("/") and there[1] not in "/\\"


@pytest.mark.parametrize(
    "query",
    ["", "token=", "token=wrong", f"token={TOKEN}x", f"token={TOKEN}&token={TOKEN}", f"tokens={TOKEN}", f"a={TOKEN}"],
)
def test_without_the_right_token_or_the_cookie_nothing_answers(inside: Inside, query: str) -> None:
    answer = ask(inside, "/", query, cookie="")
    assert answer.status == 403 and inside.asked == []
    assert "ism dashboard" in answer.body and "set-cookie" not in answer.headers


def test_an_old_token_does_no_harm_to_whoever_has_the_cookie(inside: Inside) -> None:
    assert ask(inside, "/", "token=of-yesterday&seed=3").header("location") == "/?seed=3"


@pytest.mark.parametrize("name", ["tok%65n", "%74%6F%6B%65%6E"])
def test_a_token_whose_name_is_written_otherwise_goes_from_the_address_too(inside: Inside, name: str) -> None:
    assert ask(inside, "/", f"seed=3&{name}={TOKEN}", cookie="").header("location") == "/?seed=3"


def test_the_token_opens_no_websocket_and_takes_no_post(inside: Inside) -> None:
    there, query = "/jupyter/api/kernels/k/channels", f"session_id=s&token={TOKEN}"
    assert not is_let_in(inside, there, query, kind="websocket", cookie="", origin=f"http://{HOST}")
    assert not is_let_in(inside, CLOSE, query, "POST", cookie="", origin=f"http://{HOST}")


def test_a_cookie_is_good_for_a_day_at_its_own_port_and_only_as_it_was_made() -> None:
    now = 10**9
    cookie = KEYS.new_cookie(now)
    assert KEYS.fits_cookie(cookie, now + LIFETIME - 1)
    assert not KEYS.fits_cookie(cookie, now + LIFETIME + 1)
    assert not KEYS.fits_cookie(cookie, now - 3600)
    assert not KEYS._replace(port=PORT + 1).fits_cookie(cookie, now)
    assert not KEYS._replace(secret=b"t" * 32).fits_cookie(cookie, now)
    assert not KEYS.fits_cookie(cookie.replace(str(now), str(now + 1)), now)


@given(st.text() | st.from_regex(r"[0-9]{1,20}\.[0-9a-f]{64}", fullmatch=True))
def test_no_cookie_can_be_made_up(value: str) -> None:
    assert not KEYS.fits_cookie(value)
    assert not KEYS.fits_token(value)


def test_a_tab_finds_back_to_a_server_that_starts_again_but_an_old_address_does_not(tmp_path: Path) -> None:
    first, again = (Keys(make_token(), user_secret(tmp_path), PORT) for _ in range(2))
    assert again.fits_cookie(first.new_cookie())
    assert not again.fits_token(first.token)


def test_two_dashboards_do_not_log_each_other_out() -> None:
    assert KEYS.cookie_name != KEYS._replace(port=PORT + 1).cookie_name


def test_the_token_of_the_environment_is_taken_out_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN_VARIABLE, TOKEN)
    assert take_token() == TOKEN
    assert TOKEN_VARIABLE not in os.environ
    assert take_token() not in (TOKEN, "")


@pytest.mark.parametrize("weak", ["secret", "a" * 31, "a" * 40 + "&", "ä" * 40])
def test_a_token_that_could_be_guessed_is_refused(weak: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN_VARIABLE, weak)
    with pytest.raises(InputError, match="at least 32"):
        take_token()


# ---------------------------------------------------------------- the secret of a user


def test_the_secret_is_kept_for_its_user_alone(tmp_path: Path) -> None:
    secret = user_secret(tmp_path / "new")
    kept = tmp_path / "new" / "dashboard.key"
    assert user_secret(tmp_path / "new") == secret == kept.read_bytes()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert list(kept.parent.iterdir()) == [kept]


def _read_by_all(kept: Path) -> None:
    kept.chmod(0o644)


def _cut(kept: Path) -> None:
    kept.write_bytes(b"s" * 31)


def _linked(kept: Path) -> None:
    other = kept.with_name("other")
    kept.rename(other)
    kept.symlink_to(other)


def _queue(kept: Path) -> None:
    kept.unlink()
    os.mkfifo(kept, 0o600)


@pytest.mark.parametrize("spoil", [_read_by_all, _cut, _linked, _queue])
def test_a_secret_that_others_could_know_is_replaced(spoil: Any, tmp_path: Path) -> None:
    secret = user_secret(tmp_path)
    spoil(tmp_path / "dashboard.key")
    assert user_secret(tmp_path) != secret
    assert stat.S_IMODE((tmp_path / "dashboard.key").lstat().st_mode) == 0o600


def test_where_nothing_can_be_kept_the_dashboard_starts_all_the_same(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    assert len(user_secret(tmp_path / "file")) == 32
    assert "will not find back" in caplog.text


# ---------------------------------------------------------------- who asks, and for whom


@given(st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=1, max_size=30))
def test_only_known_names_are_answered(name: str) -> None:
    known = {f"{each}:{PORT}" for each in ("127.0.0.1", "localhost", "[::1]")}
    assert Hosts.of("127.0.0.1", PORT).know(name) == (name in known)


def test_names_are_compared_as_browsers_write_them() -> None:
    assert Hosts.of("::1", 80).know("[::1]")
    assert Hosts.of("localhost", 80).know("localhost:80")
    assert Hosts.of("Lab.Example", PORT).know(f"lab.example:{PORT}")
    everywhere = Hosts.of("0.0.0.0", PORT)
    assert everywhere.know(f"192.168.1.7:{PORT}") and everywhere.know(f"[fe80::1]:{PORT}")
    assert not everywhere.know(f"evil.example:{PORT}") and not everywhere.know("192.168.1.7:1")


@pytest.mark.parametrize("host", [f"evil.example:{PORT}", "127.0.0.1", "127.0.0.1:1", ""])
def test_another_host_is_refused_whatever_else_is_right(inside: Inside, host: str) -> None:
    assert not is_let_in(inside, host=host)
    assert ask(inside, "/", f"token={TOKEN}", host=host).status == 403


@pytest.mark.parametrize("origin", ["http://evil.example", "null", f"https://{HOST}", f"http://localhost:{PORT}"])
def test_another_origin_is_refused_whatever_else_is_right(inside: Inside, origin: str) -> None:
    there = "/jupyter/api/kernels/k/channels"
    assert is_let_in(inside, there, "session_id=s", kind="websocket", origin=f"http://{HOST}")
    assert not is_let_in(inside, there, "session_id=s", kind="websocket", origin=origin)
    assert not is_let_in(inside, "/", origin=origin)
    assert not is_let_in(inside, CLOSE, "session_id=s", "POST", origin=origin)


@pytest.mark.parametrize("path", ["/", "/jupyter/api/kernels/k/iopub", "/jupyter/api/kernels//channels", "/other"])
def test_there_is_one_websocket_and_it_needs_an_origin_and_a_tab(inside: Inside, path: str) -> None:
    there = "/jupyter/api/kernels/k/channels"
    assert not is_let_in(inside, path, "session_id=s", kind="websocket", origin=f"http://{HOST}")
    assert not is_let_in(inside, there, "session_id=s", kind="websocket")
    assert not is_let_in(inside, there, "", kind="websocket", origin=f"http://{HOST}")


def test_a_page_that_goes_may_say_so_and_nothing_else_is_taken(inside: Inside) -> None:
    assert is_let_in(inside, CLOSE, "session_id=s", "POST", origin=f"http://{HOST}")
    assert not is_let_in(inside, CLOSE, "session_id=s", "POST")
    assert not is_let_in(inside, CLOSE, "", "POST", origin=f"http://{HOST}")
    for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"):
        assert not is_let_in(inside, "/", "session_id=s", method, origin=f"http://{HOST}")


def test_a_link_from_elsewhere_opens_the_page_but_no_part_of_it_is_loaded_from_there(inside: Inside) -> None:
    link = {"sec_fetch_mode": "navigate", "sec_fetch_dest": "document"}
    for site in ("cross-site", "same-site"):
        assert is_let_in(inside, sec_fetch_site=site, **link)
        assert not is_let_in(inside, sec_fetch_site=site, sec_fetch_mode="navigate", sec_fetch_dest="iframe")
        assert not is_let_in(inside, "/a.js", sec_fetch_site=site, sec_fetch_mode="no-cors", sec_fetch_dest="script")
    assert is_let_in(inside, "/a.js", sec_fetch_site="same-origin", sec_fetch_mode="no-cors", sec_fetch_dest="script")


def test_nobody_can_pretend_to_be_a_proxy(inside: Inside) -> None:
    ask(
        inside, x_forwarded_host="evil.example", x_script_name="/x", script_name="/x", forwarded="host=evil", accept="a"
    )
    assert {name for name, _ in inside.asked[-1]["headers"]} == {b"host", b"cookie", b"accept"}


def test_what_is_refused_stands_in_the_log_without_what_it_brought(
    inside: Inside, caplog: pytest.LogCaptureFixture
) -> None:
    ask(inside, "/a\nb", f"token={TOKEN}", host="evil.example")
    (line,) = caplog.records
    assert (line.levelno, line.getMessage()) == (logging.WARNING, r"refused GET of /a\nb: the Host is not this server")


# ---------------------------------------------------------------- answers


def test_every_answer_tells_the_browser_to_keep_it_to_itself(inside: Inside) -> None:
    let_in, file = ask(inside), ask(inside, "/file")
    for answer in (let_in, file, ask(inside, cookie=""), ask(inside, "/", f"token={TOKEN}")):
        assert answer.header("x-content-type-options") == "nosniff"
        assert answer.header("x-frame-options") == "DENY"
        assert answer.header("referrer-policy") == "no-referrer"
        assert answer.header("cross-origin-opener-policy") == "same-origin"
        assert answer.header("cross-origin-resource-policy") == "same-origin"
        assert answer.header("cache-control") == "no-store"
        assert "frame-ancestors 'none'" in answer.header("content-security-policy")
    assert "script-src" not in file.header("content-security-policy")


def test_cookies_of_the_library_are_as_closed_as_ours(inside: Inside) -> None:
    assert ask(inside, "/file").header("set-cookie") == "solara-session-id=1; Path=/; HttpOnly; SameSite=Lax"


def test_who_opens_the_page_keeps_the_cookie(inside: Inside) -> None:
    _, ours = ask(inside).headers["set-cookie"]
    value = ours.partition("=")[2].partition(";")[0]
    assert ours.startswith(KEYS.cookie_name) and KEYS.fits_cookie(value)


def test_the_policy_of_the_page_names_its_own_scripts_and_no_others(inside: Inside) -> None:
    answer = ask(inside)
    assert answer.body == PAGE
    digest = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
    scripts = next(each for each in answer.header("content-security-policy").split("; ") if "script-src" in each)
    assert scripts == f"script-src 'self' 'unsafe-eval' 'sha256-{digest}'"
    assert f"connect-src 'self' ws://{HOST} data:" in answer.header("content-security-policy")


@given(st.lists(st.text().filter(lambda text: "<" not in text and "\r" not in text), max_size=4))
def test_scripts_are_found_as_they_stand(scripts: list[str]) -> None:
    page = "<p>".join(f"<script>{script}</script>" for script in scripts)
    assert inline_scripts(page) == scripts
    assert page_policy(page, HOST).count("'sha256-") == len(scripts)


# ---------------------------------------------------------------- other machines


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.8.8.8"])
def test_this_machine_alone_needs_no_trust(host: str) -> None:
    assert is_loopback(host)
    serving.check_host(host, trusting=False)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "lab.example", "127.evil.example"])
def test_other_machines_need_it_in_so_many_words(host: str) -> None:
    with pytest.raises(InputError, match="--trust-everyone-who-can-connect"):
        serving.check_host(host, trusting=False)
    serving.check_host(host, trusting=True)
