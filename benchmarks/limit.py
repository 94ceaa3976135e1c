"""(h) How far the kernel's visits are from the same loop written by hand in C, on the same records and luck."""

from __future__ import annotations

from typing import Any

from benchmarks import children
from benchmarks.case import Case
from benchmarks.report import Mode, Section, met

GOAL = 1.5
SIZES = {1_000: (4, 20), 10_000: (5, 6), 100_000: (6, 3)}
"""By members: levels of the hierarchy, and how often each way is measured."""
HEADER = [
    "members",
    "kernel, ns a visit",
    "an item",
    "C, ns a visit",
    "an item",
    "times C",
    "instructions a visit: kernel",
    "C",
]
NOTE = (
    "The loop in C (`benchmarks/c/visits.c`) makes all that a visit is: the inbox, the walk through the reader's "
    "pages, learning from each item and reacting to it, leaders' answers, wishes, decisions with their luck and the "
    "reasons of each silence. It is compiled by `cc -O3 -march=native`, without fast arithmetic, from a header that is "
    "written from the numpy types, and works on the arrays of a world itself. Kernel and C take turns on worlds of "
    "their own over the last 16 hours of 12 days, everything else of an hour is done by the kernel, and of each hour "
    "the fastest time counts; afterwards every field of every array has the same bits in both worlds (checked in this "
    "very run). What it costs to call the kernel from Python for no visits at all is taken off. Instructions are those "
    "of the first 100 visits of an hour, counted one by one by the system (ptrace)."
)


def measure(mode: Mode) -> Section:
    """Compare the visits of the kernel with those in C at three sizes."""
    found = {members: limit(members, mode) for members in sizes(mode)}
    ratios = [_ratio(each) for each in found.values()]
    worst = max(ratios)
    return Section(
        "(h) The limit: visits by the kernel against the same loop in C",
        f"at most {GOAL:g} times the time of C",
        HEADER,
        [_row(members, each) for members, each in found.items()],
        f"Goal {met(worst <= GOAL, mode)}: the kernel takes {min(ratios):.2f} to {worst:.2f} times as long as C.",
        NOTE,
    )


def sizes(mode: Mode) -> list[int]:
    """Return the numbers of members that a mode measures."""
    return [500] if mode is Mode.quick else list(SIZES)


_known: dict[tuple[int, Mode], dict[str, Any]] = {}


def limit(members: int, mode: Mode) -> dict[str, Any]:
    """Return what `limit_run` measured at one size; once for all sections that tell of it."""
    if (members, mode) not in _known:
        levels, repeats = SIZES.get(members, (4, 2))
        settings = (f"organization.levels={levels}",)
        days = 4 if mode is Mode.quick else 12
        _known[members, mode] = children.limit(Case(members, days, settings, repeats=repeats))
    return _known[members, mode]


def seconds_of(found: dict[str, Any]) -> float:
    """Return how long the kernel's visits took, without what it costs to call it."""
    return float(found["seconds"]["kernel"] - found["seconds"]["calling"])


def _ratio(found: dict[str, Any]) -> float:
    return seconds_of(found) / float(found["seconds"]["c"])


def _row(members: int, found: dict[str, Any]) -> list[str]:
    times = []
    for seconds in (seconds_of(found), found["seconds"]["c"]):
        times += [f"{1e9 * seconds / found['counts'][what]:,.0f}" for what in ("visits", "items")]
    stepped = [f"{found['instructions'][way]:,.0f}" for way in ("kernel", "c") if way in found["instructions"]]
    return [f"{members:,}", *times, f"{_ratio(found):.2f}", *(stepped or ["not counted here"] * 2)]
