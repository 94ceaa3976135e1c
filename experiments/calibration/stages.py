"""Stages: what a long calibration has finished is kept, so that an interrupted one goes on where it was."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sim import files


class Stages:
    """Finished stages of one procedure by name, in a file beside its record; without a file, nothing is kept.

    `key` tells procedures apart: what was kept for another one (other rules, facts, plan) is left aside.
    """

    def __init__(self, path: Path | None = None, key: str = "") -> None:
        self._path, self._key = path, key
        self._kept: dict[str, Any] = _kept(path, key) if path else {}

    def once(self, name: str, work: Callable[[], Any]) -> Any:
        """Return what a stage came to: as it was kept, or by doing the work; JSON that may hold NaN."""
        if name not in self._kept:
            self._kept[name] = work()
            if self._path:
                content = json.dumps({"key": self._key, "stages": self._kept}, separators=(",", ":"))
                files.write(self._path, content.encode())
        return self._kept[name]


def _kept(path: Path, key: str) -> dict[str, Any]:
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        found = json.loads(path.read_bytes())
        if found["key"] == key:
            return dict(found["stages"])
    return {}
