"""(b) Items a second of one core."""

from __future__ import annotations

from statistics import median

from benchmarks import children
from benchmarks.case import Case
from benchmarks.report import Mode, Section, met, millions, seconds

GOAL = 5e6


def measure(mode: Mode) -> Section:
    """Time `Engine.advance` on an ordinary and on a large organisation."""
    small, large = Case(repeats=5), Case(members=100_000, days=10, settings=("organization.levels=6",), repeats=5)
    if mode is Mode.quick:
        small, large = Case(members=300, days=5, repeats=2), Case(members=1_000, days=5, repeats=2)
    rows, paces, reached = [], [], []
    for case in (small, large):
        found = children.engine(case)
        items = found["counts"]["items"]
        wall, processor = median(found["seconds"]), median(found["processor_seconds"])
        reached.append(items / processor >= GOAL)
        paces.append(millions(items / processor))
        rates = [millions(items / wall), millions(items / processor), millions(items / min(found["processor_seconds"]))]
        rows.append([f"{case.members:,} x {case.days}", f"{items:,.0f}", seconds(wall), *rates])
    verdict = met(all(reached), mode) if len(set(reached)) < 2 or mode is Mode.quick else "met for one of the two"
    return Section(
        "(b) Items a second of one core",
        f"at least {GOAL / 1e6:.0f} million",
        [
            "members x days",
            "items",
            "median",
            "items/s by the clock",
            "items/s of processor time",
            "the same, best of 5",
        ],
        rows,
        f"Goal {verdict}: a second of one core takes {paces[0]} items of the small run and {paces[1]} of the large.",
        "An item is one message shown to one reader: ranked, learned from and reacted to. The time is that of "
        "all of `Engine.advance`, with visits, decisions, the ledger, leaders and the days' measures. The goal is "
        "judged by the median of 5 in processor time, which other work on the machine disturbs less than the clock.",
    )
