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

_TRIM_THRESHOLD: Final = -1
_MMAP_THRESHOLD: Final = -3
"""Settings of glibc: from how many free bytes on the end of a pool goes back, and a block is no part of any pool."""
_SMALL: Final = 1 << 20
"""Bytes. Unless set, both grow with what is freed: then large arrays lie in pools, between small ones that stay."""
SOON: Final = 2.0
"""Seconds after a visitor has left in which their session lets go of everything; those who leave meanwhile are one."""

_left = threading.Event()


def release_soon() -> None:
    """Note that a visitor has left."""
    _left.set()


def start() -> None:
    """Begin to give back what visitors leave, in a thread that belongs to none of them."""
    for setting in (_TRIM_THRESHOLD, _MMAP_THRESHOLD):
        _of_glibc("mallopt", setting, _SMALL)
    threading.Thread(target=_keep_releasing, daemon=True, name="ism-memory").start()


def _keep_releasing() -> None:
    while _left.wait():
        time.sleep(SOON)
        _left.clear()
        release()


def release() -> None:
    """Give back to the system what nothing uses: sessions that are over refer to themselves, so they are collected."""
    gc.collect()
    _of_glibc("malloc_trim", 0)


def _of_glibc(name: str, *values: int) -> None:
    """Call a function of the C library where it has it: glibc has, others keep less for later."""
    found = getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
    if found is not None:
        found(*values)
