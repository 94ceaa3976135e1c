"""(j) What a visit touches, and how long that would take if nothing but this machine's memory counted."""

from __future__ import annotations

from typing import Any

from benchmarks.limit import limit, seconds_of, sizes
from benchmarks.machine_memory import LINE
from benchmarks.report import Mode, Section, processor
from benchmarks.visits_in_c import STAGES

HEADER = [
    "members",
    "lines a visit",
    "of them ranking",
    "reading",
    "else",
    "lines an item",
    "bytes used of a line",
    "working set",
    "a line, one by one",
    "among many",
    "in a row",
    "its lines alone, each among many",
    "it takes",
    "cache misses a visit",
]
NOTE = (
    "A line is 64 bytes; what a visit touches more than once counts once. It is counted in the loop in C, which the "
    "compiler lets tell of each access (`benchmarks/c/touched.c`), and so follows from the records as they are laid "
    "out. Memory is measured in the same run on a block as large as the arrays that visits read and write "
    "(`benchmarks/c/memory.c`): lines at random of which each is known only when the one before has come, lines at "
    "random that are known beforehand, and bytes in a row. Its lines alone are what a visit would take if each line "
    "came from anywhere in that block, was known in time, and nothing else had to be done; what one visit after the "
    "other reads, such as the page of everyone, stays in the cache and comes sooner. Cache misses are the "
    "processor's own count, where the system lends it (perf_event_open)."
)


def measure(mode: Mode) -> Section:
    """Tell what the visits touch at each size, and what memory allows."""
    found = {members: limit(members, mode) for members in sizes(mode)}
    largest = found[max(found)]
    return Section(
        "(j) What a visit touches, and what memory allows",
        "none, for the record",
        HEADER,
        [_row(members, each) for members, each in found.items()],
        f"On {processor()}, at {max(found):,} members, {_share(largest):.0%} of the lines that a visit touches are "
        f"those of {_most(largest)}; it takes {_takes(largest) / _of_lines(largest):.1f} times what those alone would.",
        NOTE,
    )


def _row(members: int, found: dict[str, Any]) -> list[str]:
    visits, lines, memory = found["counts"]["visits"], lines_by_stage(found), found["memory"]
    total = sum(lines.values())
    ranking, reading = lines["ranking"], lines["reading"]
    used = sum(found["touched"]["bytes"].values()) / total
    return [
        f"{members:,}",
        *(f"{each / visits:,.0f}" for each in (total, ranking, reading, total - ranking - reading)),
        f"{total / found['counts']['items']:,.1f}",
        f"{used:.0f} of {LINE}",
        f"{memory['bytes'] / 2**20:,.1f} MiB",
        f"{memory['alone_ns']:.1f} ns",
        f"{memory['among_ns']:.1f} ns",
        f"{memory['bandwidth'] / 1e9:.1f} GB/s",
        f"{_of_lines(found):,.0f} ns",
        f"{_takes(found):,.0f} ns",
        _misses(found),
    ]


def _misses(found: dict[str, Any]) -> str:
    """Return how many cache misses the processor counted in a visit by the kernel, where it could be asked."""
    counted = found.get("counters", {}).get("misses", {})
    return f"{counted['kernel'] / found['counts']['visits']:,.1f}" if "kernel" in counted else "not counted here"


def lines_by_stage(found: dict[str, Any]) -> dict[str, int]:
    """Return the distinct lines that visits touch, by the stage that touches them first."""
    return {stage: sum(each[n] for each in found["touched"]["lines"].values()) for n, stage in enumerate(STAGES)}


def _of_lines(found: dict[str, Any]) -> float:
    lines = sum(lines_by_stage(found).values())
    return float(lines / found["counts"]["visits"] * found["memory"]["among_ns"])


def _takes(found: dict[str, Any]) -> float:
    return 1e9 * seconds_of(found) / float(found["counts"]["visits"])


def _by_array(found: dict[str, Any]) -> list[tuple[int, str]]:
    return sorted(((sum(each), name) for name, each in found["touched"]["lines"].items()), reverse=True)


def _share(found: dict[str, Any]) -> float:
    by_array = _by_array(found)
    return sum(count for count, _ in by_array[:2]) / sum(count for count, _ in by_array)


def _most(found: dict[str, Any]) -> str:
    visits = found["counts"]["visits"]
    return " and ".join(f"`{name}` ({count / visits:,.0f})" for count, name in _by_array(found)[:2])
