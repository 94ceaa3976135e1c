"""(k) What a person waits for who asks a stored run, or compares two worlds."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from benchmarks import children
from benchmarks.commands import ism, timed
from benchmarks.report import Mode, Section, met, seconds

EXPLAIN, TWIN, REPORT, COMPARE = 0.3, 0.5, 2.0, 6.0
PAIRS = 30


def measure(mode: Mode) -> Section:
    """Time explanations, twins and reports as a click asks for them, and the commands as they are typed."""
    quick = mode is Mode.quick
    size = ["--members", "60", "--days", "3"] if quick else ["--members", "1000", "--days", "60"]
    repeats = 1 if quick else 5
    with tempfile.TemporaryDirectory(prefix="ism-benchmark-") as scratch:
        folder = Path(scratch) / "run"
        children.run([*ism(), "run", *size, "--out", str(folder)])
        clicks = json.loads(
            children.run([sys.executable, "-m", "benchmarks.waiting_run", str(folder), str(repeats)]).stdout
        )
        pairs = ["--seeds", "2" if quick else str(PAIRS)]
        rows = [_row(name, took, _goal(name), mode) for name, took in clicks.items()]
        for goal, *arguments in (
            (None, "explain", str(folder), "--member", "ceo"),
            (REPORT, "report", str(folder)),
            (COMPARE, "compare", "baseline", "--set-b", "visibility.scope=team", *size, *pairs),
        ):
            rows.append(_row(f"`ism {arguments[0]}`, typed", _typed(arguments, repeats), goal, mode))
    return Section(
        "(k) Waiting",
        f"at 1,000 members and 60 days: an explanation in {EXPLAIN:g} s, a twin in {TWIN:g} s, a report in "
        f"{REPORT:g} s, `ism compare` of {PAIRS} pairs in {COMPARE:g} s",
        ["what", "median", "goal", ""],
        rows,
        "Goals are judged in the table.",
        "What is not typed is asked of one process in which everything is loaded, as a click on the page does; what is "
        "typed is the whole command, warm, without uv's own start. An explanation is of all that a member had to say "
        "in the run, a line each and the most telling one in full, as `ism explain` prints it: of the middle one of "
        "the members who had anything, and of the one who had most. As JSON it is all of that one's occasions in full.",
    )


def _goal(name: str) -> float | None:
    goals = {"a twin": TWIN, "a report": REPORT}
    return EXPLAIN if name.startswith("explain") else goals.get(name)


def _row(name: str, took: float, goal: float | None, mode: Mode) -> Sequence[str]:
    return [name, seconds(took), *(("", "") if goal is None else (f"{goal:g} s", met(took <= goal, mode)))]


def _typed(arguments: Sequence[str], repeats: int) -> float:
    """Return the median seconds of a command, after it ran once."""
    return median([timed([*ism(), *arguments])[0] for _ in range(repeats + 1)][1:])
