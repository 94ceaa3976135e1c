"""(c) From ten thousand to a million members: do time and memory grow linearly?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from benchmarks import children
from benchmarks.case import Case
from benchmarks.report import Mode, Section, gibibytes, met, millions, seconds

GOAL_SECONDS, GOAL_BYTES = 45.0, 1.5 * 2**30
MILLION = 1_000_000
HEADER = ["members", "days", "building", "run", "both", "peak memory", "items/s", "occasions", "messages"]

NOTE = (
    "Each size ran once, in a process of its own, with the baseline's settings and `Engine(threads=2)`: two threads "
    "share the visits of an hour from 50,000 members on, so the exponent of the clock mixes one thread and two. The "
    "goal for time is judged by the run without building the world. The peak is that of the whole process "
    "(`resource.getrusage`); parts of the ledger that were spilled lie on disk, and are not memory."
)


def measure(mode: Mode) -> Section:
    """Run ever larger organisations, each once in a process of its own, with two threads."""
    days = 5 if mode is Mode.quick else 60
    sizes = {10_000: 5, 100_000: 6, MILLION: 6} if mode is Mode.full else {10_000: 5, 100_000: 6}
    if mode is Mode.quick:
        sizes = {500: 4, 2_000: 5}
    found = {}
    for members, levels in sizes.items():
        settings = (f"organization.levels={levels}",)
        found[members] = children.engine(Case(members=members, days=days, settings=settings, threads=2))
    rows = [_row(members, days, each) for members, each in found.items()]
    if mode is not Mode.full:
        rows.append([f"{MILLION:,}", "60", "only with `--full`", *[""] * (len(HEADER) - 3)])
    return Section(
        "(c) 10,000, 100,000 and 1,000,000 members",
        "time and memory grow linearly; a million members x 60 days in at most 45 s and 1.5 GiB on two cores",
        HEADER,
        rows,
        _remark(found, mode),
        NOTE,
    )


def _row(members: int, days: int, found: dict[str, Any]) -> list[str]:
    building, running, counts = found["build_seconds"][0], found["seconds"][0], found["counts"]
    times = [seconds(building), seconds(running), seconds(building + running)]
    work = [millions(counts["items"] / running), f"{counts['wishes']:,.0f}", f"{found['messages']:,}"]
    return [f"{members:,}", str(days), *times, gibibytes(found["peak_bytes"]), *work]


def _remark(found: dict[int, dict[str, Any]], mode: Mode) -> str:
    sizes = list(found)
    wall = exponent(sizes, [each["seconds"][0] for each in found.values()])
    work = exponent(sizes, [each["processor_seconds"][0] for each in found.values()])
    grown = exponent(sizes, [max(1, each["peak_bytes"] - each["ready_bytes"]) for each in found.values()])
    fitted = (
        f"fitted over members, the run grows with exponent {wall:.2f} by the clock and {work:.2f} in processor time, "
        f"memory beyond that of Python and the compiled code with {grown:.2f} (1 is linear)."
    )
    if MILLION not in found:
        return f"The million was not measured in this run; {fitted}"
    run, peak = found[MILLION]["seconds"][0], found[MILLION]["peak_bytes"]
    time, memory = met(run <= GOAL_SECONDS, mode), met(peak <= GOAL_BYTES, mode)
    return f"Goal {time} for time, {memory} for memory; {fitted}"


def exponent(sizes: Sequence[float], values: Sequence[float]) -> float:
    """Return the slope of log(value) over log(size), by least squares."""
    x, y = [math.log(size) for size in sizes], [math.log(value) for value in values]
    middle_x, middle_y = sum(x) / len(x), sum(y) / len(y)
    spread = sum((each - middle_x) ** 2 for each in x)
    return sum((a - middle_x) * (b - middle_y) for a, b in zip(x, y, strict=True)) / spread
