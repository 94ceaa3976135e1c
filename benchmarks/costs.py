"""What whole runs take, saving included, held against `sim.limits.estimate`: `uv run python -m benchmarks.costs`."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from sim.limits import estimate

CASES: Final = (
    {"members": 10_000, "days": 60},
    {"members": 100_000, "days": 60},
    {"members": 300_000, "days": 20},
    {"members": 300_000, "days": 5, "issues": 32},
    {"members": 300_000, "days": 5, "ties": 60},
    {"members": 500, "days": 5_000},
)
"""Three sizes, then much of each other thing that costs something."""


def main() -> None:
    """Print a line a case: measured and estimated."""
    for case in CASES:
        found, guess = measured(**case), expected(**case)
        print(json.dumps({**case, **{name: f"{found[name]:.3g} / {guess[name]:.3g}" for name in found}}))


def expected(members: int, days: int, issues: int = 4, ties: float = 8.0) -> dict[str, float]:
    """Return what the model says."""
    departments = members ** (1 / 3)
    return vars(estimate(members, days, issues, ties, departments))


def measured(members: int, days: int, issues: int = 4, ties: float = 8.0) -> dict[str, float]:
    """Return what `ism run` took, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        scenario = Path(folder) / "world.toml"
        names = "".join(f"\n[[issues]]\nname = 'issue {n}'" for n in range(issues))
        scenario.write_text('extends = "baseline"\n' + (names if issues != 4 else ""))
        arguments = ["--members", members, "--days", days, "--set", f"organization.ties_per_member={ties}"]
        out = Path(folder) / "run"
        usage = _finished("run", scenario, *arguments, "--out", out, "--yes")
        disk = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
        return {"memory": usage.ru_maxrss * 1024.0, "seconds": usage.ru_utime + usage.ru_stime, "disk": float(disk)}


def _finished(*arguments: Any) -> Any:
    """Run `ism` to its end and return what it used."""
    code = "from experiments.cli import main; main()"
    command = [sys.executable, "-c", code, *map(str, arguments)]
    actions = [(os.POSIX_SPAWN_OPEN, descriptor, os.devnull, os.O_WRONLY, 0) for descriptor in (1,)]
    child = os.posix_spawn(sys.executable, command, os.environ, file_actions=actions)
    _, status, usage = os.wait4(child, 0)
    if status:
        raise SystemExit(f"ism {' '.join(map(str, arguments))} failed")
    return usage


if __name__ == "__main__":
    main()
