"""Every measurement runs in a process of its own, so that none inherits the memory, caches or threads of another."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.case import Case

ROOT = Path(__file__).resolve().parents[1]
OURS = ("PYTHONDONTWRITEBYTECODE", "NUMBA_DISABLE_JIT", "ISM_CHANCE")


class ChildError(RuntimeError):
    """A measurement that ended with an error."""


def environment(further: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return this process's environment, less what would change a measurement."""
    return {name: value for name, value in os.environ.items() if name not in OURS} | dict(further or {})


def engine(case: Case, chance: str = "splitmix64") -> dict[str, Any]:
    """Run the compiled engine; once more where it had to compile first, for that takes memory too."""
    further = {} if chance == "splitmix64" else {"ISM_CHANCE": chance}
    found = _ask("engine_run", case, further)
    return _ask("engine_run", case, further) if found["compiled"] else found


def objects(case: Case) -> dict[str, Any]:
    """Run the object agents, in plain Python."""
    return _ask("object_run", case, {"NUMBA_DISABLE_JIT": "1"})


def need(*tools: str) -> None:
    """Raise ChildError unless this machine has all these commands."""
    if missing := [tool for tool in tools if shutil.which(tool) is None]:
        raise ChildError(f"this machine has no {' and no '.join(missing)}, which this part needs")


def limit(case: Case) -> dict[str, Any]:
    """Measure the visits of the kernel and of C."""
    need("cc")
    return _ask("limit_run", case, {})


def shares(case: Case) -> dict[str, Any]:
    """Look where a run's time goes; once more where machine code with line numbers had to be made first."""
    need("cc", "addr2line", "readelf")
    further = {"NUMBA_DEBUGINFO": "1"}
    found = _ask("shares_run", case, further)
    return _ask("shares_run", case, further) if found["compiled"] else found


def cost(case: Case) -> dict[str, Any]:
    """Measure what a run takes; once more where it had to compile first."""
    found = _ask("cost_run", case, {})
    return _ask("cost_run", case, {}) if found["compiled"] else found


def _ask(module: str, case: Case, further: Mapping[str, str]) -> dict[str, Any]:
    command = [sys.executable, "-m", f"benchmarks.{module}", *case.arguments()]
    found: dict[str, Any] = json.loads(run(command, further).stdout)
    return found


def run(command: Sequence[str], further: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; ChildError, with what it said, where it fails."""
    done = subprocess.run(
        command, cwd=ROOT, env=environment(further), capture_output=True, text=True, errors="replace", check=False
    )
    if done.returncode:
        raise ChildError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return done
