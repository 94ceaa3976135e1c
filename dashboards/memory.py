"""Memory that visitors have left goes back to the system.

A world is thousands of arrays, made and dropped by several threads. The C library keeps what was freed for later, a
pool for each thread: after five visitors a gigabyte that nothing uses. On Linux it can be asked to give that back;
elsewhere the system's own library decides.
"""

from __future__ import annotations

import ctypes
import gc
import sys
import threading
import time
from typing import Final

SOON: Final = 2.0
"""Seconds after a visitor has left in which their session lets go of everything; those who leave meanwhile are one."""

_left = threading.Event()


def release_soon() -> None:
    """Note that a visitor has left."""
    _left.set()


def start() -> None:
    """Begin to give back what visitors leave, in a thread that belongs to none of them."""
    threading.Thread(target=_keep_releasing, daemon=True, name="ism-memory").start()


def _keep_releasing() -> None:
    while _left.wait():
        time.sleep(SOON)
        _left.clear()
        release()


def release() -> None:
    """Give back to the system what nothing uses: sessions that are over refer to themselves, so they are collected."""
    gc.collect()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc has it; other C libraries keep less
        if trim is not None:
            trim(0)
