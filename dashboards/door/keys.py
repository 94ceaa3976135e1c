"""The secrets of a dashboard: the token in its address, and the cookie that a browser gets in exchange for it.

The token is new with every start. The cookie is signed with a secret of the user's own, which outlives the server: so a
tab that was open when the server started again still has its way back, and nobody else does.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
import secrets
import stat
import string
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

import platformdirs

from sim.errors import InputError

TOKEN_VARIABLE: Final = "ISM_DASHBOARD_TOKEN"
"""The variable that may hold the token, for a program that starts the dashboard; never the command line, which all
users of a machine can read."""
SHORTEST: Final = 32
"""Characters that a token has at least: 192 bits, as they are made here."""
LIFETIME: Final = 24 * 60 * 60
"""Seconds for which a cookie is good; each page that is opened renews it."""
_SECRET_BYTES: Final = 32
_LETTERS: Final = frozenset(string.ascii_letters + string.digits + "-_")

_log = logging.getLogger(__name__)


class Keys(NamedTuple):
    """What opens the door of one dashboard."""

    token: str
    secret: bytes
    port: int

    @property
    def cookie_name(self) -> str:
        """The name of the cookie. Cookies ignore ports, so that two dashboards need two names."""
        return f"ism-dashboard-{self.port}"

    def fits_token(self, text: str) -> bool:
        """Return whether a text is the token; how long that takes says nothing about it."""
        return hmac.compare_digest(text.encode(), self.token.encode())

    def new_cookie(self, now: float | None = None) -> str:
        """Return a cookie that is good from now on (seconds since 1970), for `LIFETIME`."""
        issued = str(int(time.time() if now is None else now))
        return f"{issued}.{self._signature(issued)}"

    def fits_cookie(self, value: str, now: float | None = None) -> bool:
        """Return whether a cookie was made here, for this port, and is still good."""
        issued, _, signature = value.partition(".")
        if not (issued.isascii() and issued.isdigit() and len(issued) < 16):
            return False
        age = (time.time() if now is None else now) - int(issued)
        return -60 <= age <= LIFETIME and hmac.compare_digest(signature.encode(), self._signature(issued).encode())

    def _signature(self, issued: str) -> str:
        return hmac.new(self.secret, f"{self.cookie_name} {issued}".encode(), hashlib.sha256).hexdigest()


def make_token() -> str:
    """Return a new token, fit for an address."""
    return secrets.token_urlsafe(SHORTEST)


def take_token() -> str:
    """Return the token of the environment, which then forgets it, or else a new one.

    Raises InputError where the environment has one that could be guessed.
    """
    given = os.environ.pop(TOKEN_VARIABLE, "")
    if given and (len(given) < SHORTEST or not set(given) <= _LETTERS):
        raise InputError(f"the token in {TOKEN_VARIABLE} needs at least {SHORTEST} letters, digits, '-' or '_'")
    return given or make_token()


def keys_for(port: int, token: str) -> Keys:
    """Return the keys of a dashboard at a port."""
    return Keys(token, user_secret(), port)


def user_secret(folder: Path | None = None) -> bytes:
    """Return the secret of this user that only they can read, made where there is none yet.

    Where none can be kept, it is made for this process alone: then tabs do not find back to a server that starts again.
    """
    kept = (folder or _state()) / "dashboard.key"
    try:
        return _read_secret(kept) or _write_secret(kept)
    except OSError as problem:
        _log.warning("open tabs will not find back after a restart: %s cannot be kept (%s)", kept, problem.strerror)
        return secrets.token_bytes(_SECRET_BYTES)


def _state() -> Path:
    return Path(platformdirs.user_state_path("internal-social-media", appauthor=False))


def _read_secret(file: Path) -> bytes | None:
    """Return a secret that was kept; None where there is none, or others could have read or written it."""
    try:
        opened = os.open(file, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError:
        return None
    with os.fdopen(opened, "rb") as found:
        content = found.read(_SECRET_BYTES + 1) if _is_private(os.fstat(opened)) else b""
    return content if len(content) == _SECRET_BYTES else None


def _is_private(found: os.stat_result) -> bool:
    if not stat.S_ISREG(found.st_mode):
        return False
    if os.name != "posix":  # elsewhere the folder of a user is closed to others, and these bits say nothing
        return True
    return found.st_uid == os.getuid() and not found.st_mode & 0o077


def _write_secret(file: Path) -> bytes:
    """Keep a new secret, whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = secrets.token_bytes(_SECRET_BYTES)
    opened, draft = tempfile.mkstemp(dir=file.parent, prefix=".dashboard-")  # it is readable by its owner alone
    try:
        with os.fdopen(opened, "wb") as out:
            out.write(made)
        Path(draft).replace(file)
    except BaseException:
        with suppress(OSError):
            Path(draft).unlink()
        raise
    return made
