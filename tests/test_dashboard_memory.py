"""What visitors leave behind goes back to the system, and not only to the pools of the C library."""

from __future__ import annotations

import gc
import sys
import threading
import weakref

import numpy as np
import psutil
import pytest

from dashboards import memory
from dashboards.hub import Hub

SMALL = "organization.members=30&days=5"
PIECE, PIECES, EVERY = 8_000, 40_000, 400


@pytest.fixture
def releases(monkeypatch: pytest.MonkeyPatch) -> threading.Semaphore:
    """How often memory was given back, while the thread that does so is not waiting."""
    found = threading.Semaphore(0)
    monkeypatch.setattr(memory, "SOON", 0.0)
    monkeypatch.setattr(memory, "release", found.release)
    monkeypatch.setattr(memory, "_left", threading.Event())
    memory.start()
    return found


def test_whoever_leaves_has_what_they_used_given_back(releases: threading.Semaphore) -> None:
    hub = Hub(SMALL)
    assert hub.arena.simulated == 0
    assert not releases.acquire(blocking=False)
    hub.close()
    assert releases.acquire(timeout=20)


def test_whoever_leaves_before_their_world_began_does_too(releases: threading.Semaphore) -> None:
    Hub(SMALL).close()
    assert releases.acquire(timeout=20)


def test_what_refers_to_itself_is_collected() -> None:
    class Session:
        def __init__(self) -> None:
            self.own = self

    gc.disable()
    try:
        left = weakref.ref(Session())
        assert left() is not None
        memory.release()
        assert left() is None
    finally:
        gc.enable()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system's library decides")
def test_pages_between_what_is_still_used_go_back_to_the_system() -> None:
    process = psutil.Process()
    made = [np.ones(PIECE, np.uint8) for _ in range(PIECES)]
    kept = made[::EVERY]
    full = process.memory_info().rss
    del made
    memory.release()
    assert full - process.memory_info().rss > 0.8 * PIECE * PIECES
    assert len(kept) == PIECES // EVERY
