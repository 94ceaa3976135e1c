"""Numbers that the documentation makes tables of, beside RESULTS.md: `scale.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from benchmarks.report import cores, memory, processor
from sim import files

SCALE: Final = Path(__file__).with_name("scale.json")


def keep(part: str, found: Mapping[str, Any]) -> None:
    """Put what one part found in the place of what it found before, with the machine that it was found on."""
    machine = {"processor": processor(), "cores": cores(), "memory": memory()}
    everything = read() | {part: {**found, "machine": machine}}
    files.write(SCALE, f"{json.dumps(everything, indent=1)}\n".encode(), replace=True)


def read() -> dict[str, Any]:
    """Return what was found last, by part; nothing where nothing was measured yet."""
    return json.loads(SCALE.read_text("utf-8")) if SCALE.is_file() else {}
