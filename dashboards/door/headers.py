"""What each answer says to the browser: which scripts may run, that nobody frames it, that no address is passed on."""

from __future__ import annotations

import base64
import hashlib
from html.parser import HTMLParser
from typing import Final

_ALONE: Final = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
NOTHING: Final = f"default-src 'none'; style-src 'unsafe-inline'; {_ALONE}"
"""The policy of whatever is not the page: it runs no script, wherever it is opened."""
ALWAYS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
FORWARDED: Final = frozenset((b"forwarded", b"script-name", b"x-script-name"))
"""Headers by which a proxy would say how it was asked; there is none, so that a client alone can have written them."""
_SCRIPTS: Final = ("", "module", "text/javascript", "application/javascript")


def page_policy(html: str, host: str) -> str:
    """Return the policy of the page: its own scripts, by their digests, and files of this server.

    Vue makes functions of its templates in the browser, hence 'unsafe-eval'; it and Plotly set styles on elements,
    hence 'unsafe-inline' for styles. Scripts within the page, and `on...` attributes, run only if the server sent them.
    """
    digests = " ".join(f"'sha256-{_digest(script)}'" for script in inline_scripts(html))
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' 'unsafe-eval' {digests}".strip(),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            f"connect-src 'self' ws://{host} data:",  # data: a figure that the page has drawn is read back
            _ALONE,
        )
    )


def inline_scripts(html: str) -> list[str]:
    """Return the scripts that stand in a page, as browsers run them."""
    found = _Scripts()
    found.feed(html)
    found.close()
    return found.scripts


class _Scripts(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.scripts: list[str] = []
        self._open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._open = tag == "script" and "src" not in given and (given.get("type") or "") in _SCRIPTS
        if self._open:
            self.scripts.append("")

    def handle_data(self, data: str) -> None:
        if self._open:
            self.scripts[-1] += data

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002
        self._open = False


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def cookie(name: str, value: str, lifetime: int | None = None) -> str:
    """Return a cookie that no script can read, and that no page of another site makes a browser send.

    Lax, not Strict: a link in a mail or on a course page may open the dashboard of whoever clicks it. All that changes
    anything is a POST or a websocket, which are refused from elsewhere.
    """
    age = "" if lifetime is None else f"; Max-Age={lifetime}"
    return f"{name}={value}; Path=/; HttpOnly; SameSite=Lax{age}"
