"""A component that is drawn again whenever something happens that others bring about."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final, Protocol

import solara

_BEAT: Final = 5.0
"""Seconds after which a thread that waits for news looks whether it is still needed."""


class Followed(Protocol):
    """Something that has news."""

    def wait(self, version: int, seconds: float) -> int:
        """Return the version as soon as it is another one, or when the time is over."""


def follow(what: Followed, breath: float = 0.0) -> None:
    """Draw the component that calls this again at all news, and at most once in `breath` seconds."""
    _, set_version = solara.use_state(-1)

    def begin() -> Callable[[], None]:
        over = threading.Event()

        def watch() -> None:
            version = -1
            while not over.is_set():
                news = what.wait(version, _BEAT)
                if news != version and not over.is_set():
                    version = news
                    set_version(news)
                    time.sleep(breath)

        threading.Thread(target=watch, daemon=True, name="ism-follow").start()
        return over.set

    solara.use_effect(begin, [what])
