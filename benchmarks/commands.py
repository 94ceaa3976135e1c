"""(d) How long the commands take that a person waits for."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from benchmarks import children
from benchmarks.report import Mode, Section, met, seconds

GOALS = {"ism run": 2.0, "ism --help": 0.3, "first run": 20.0}
CALL = [sys.executable, "-c", "from experiments.cli import main; main(prog_name='ism')"]


def ism() -> list[str]:
    """Return how `ism` is called in this environment."""
    beside = Path(sys.executable).with_name("ism")
    return [str(beside)] if beside.exists() else CALL


def measure(mode: Mode) -> Section:
    """Time `ism run` warm, `ism --help`, and the very first run, which compiles."""
    quick = mode is Mode.quick
    size = ["--members", "100", "--days", "2"] if quick else []
    repeats = 1 if quick else 5
    with tempfile.TemporaryDirectory(prefix="ism-benchmark-") as scratch:
        out = Path(scratch)
        runs = [_run(out, size) for _ in range(repeats + 1)][1:]
        helps = [timed([*ism(), "--help"])[0] for _ in range(repeats + 1)][1:]
        rows = [
            _row("ism run", runs, mode, "warm: " + " ".join(["ism run", *size])),
            _row("ism --help", helps, mode, "warm"),
        ]
        if not quick:
            rows.append(_first_run(out, mode))
    return Section(
        "(d) Commands",
        "`ism run` warm at most 2 s, `ism --help` at most 0.3 s, the very first run with compilation at most 20 s, "
        "with a line that says what is happening",
        ["command", "median", "fastest", "goal", "", "remark"],
        rows,
        "Goal " + ", ".join(f"{row[4]} by {row[0]}" for row in rows) + ".",
        "Times are of the whole process as a person types the command in the project's environment, without uv's own "
        "start; byte code is kept (PYTHONDONTWRITEBYTECODE unset) and each ran once before it was timed. The first run "
        "has an empty NUMBA_CACHE_DIR and is measured once.",
    )


def _row(name: str, times: Sequence[float], mode: Mode, remark: str) -> list[str]:
    goal = GOALS[name]
    return [
        f"`{name}`",
        seconds(median(times)),
        seconds(min(times)),
        f"{goal:g} s",
        met(median(times) <= goal, mode),
        remark,
    ]


def timed(command: Sequence[str], numba_cache: Path | None = None) -> tuple[float, str]:
    """Return how long a command takes, and what it says on its error stream."""
    further = {} if numba_cache is None else {"NUMBA_CACHE_DIR": str(numba_cache)}
    began = time.perf_counter()
    done = children.run(command, further)
    return time.perf_counter() - began, done.stderr


def _run(scratch: Path, size: Sequence[str], numba_cache: Path | None = None) -> float:
    shutil.rmtree(scratch / "run", ignore_errors=True)
    return timed([*ism(), "run", *size, "--out", str(scratch / "run")], numba_cache)[0]


def _first_run(scratch: Path, mode: Mode) -> list[str]:
    """Time a run that finds no machine code, and look whether it says so."""
    shutil.rmtree(scratch / "run", ignore_errors=True)
    took, said = timed([*ism(), "run", "--out", str(scratch / "run")], scratch / "numba")
    line = next((line for line in said.splitlines() if "ompil" in line), "")
    remark = f"it says: {line}" if line else "**it does not say that it compiles**"
    return _row("first run", [took], mode, remark)
