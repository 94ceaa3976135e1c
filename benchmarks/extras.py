"""(e) For the record: what threads buy, and what the generator of luck costs."""

from __future__ import annotations

from statistics import median

from benchmarks import children
from benchmarks.case import Case
from benchmarks.report import Mode, Section, seconds


def measure(mode: Mode) -> Section:
    """Compare one thread with two, and splitmix64 with Philox."""
    levels = ("organization.levels=6",)
    if mode is Mode.quick:
        runs = {"one thread": (Case(members=300, days=5), "splitmix64")}
    else:
        runs = {
            "100,000 x 10, one thread": (Case(100_000, 10, levels, repeats=3), "splitmix64"),
            "100,000 x 10, two threads": (Case(100_000, 10, levels, threads=2, repeats=3), "splitmix64"),
            "1,000 x 60, splitmix64": (Case(repeats=5), "splitmix64"),
            "1,000 x 60, Philox4x32-10": (Case(repeats=5), "philox"),
        }
    rows, medians = [], []
    for name, (case, luck) in runs.items():
        found = children.engine(case, luck)
        medians.append(median(found["seconds"]))
        rows.append([name, seconds(medians[-1]), seconds(min(found["seconds"])), str(case.repeats)])
    remark = "In quick mode only the plumbing is tried."
    if mode is not Mode.quick:
        one, two, splitmix, philox = medians
        remark = (
            f"Two threads take {two / one:.2f} times as long as one (1/2 would be ideal); a run on Philox takes "
            f"{philox / splitmix:.2f} times as long as one on splitmix64. Results are the same for any number of "
            "threads, and differ between generators as they do between seeds."
        )
    return Section("(e) Threads and luck", "none, for the record", ["run", "median", "fastest", "runs"], rows, remark)
