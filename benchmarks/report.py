"""Tables of measurements, as text."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

SHOWN = ("numba", "llvmlite", "numpy", "mesa", "polars")


class Mode(Enum):
    """How much is measured."""

    quick = "quick"  # does everything work?
    normal = "normal"
    full = "full"  # with the million members


@dataclass(frozen=True)
class Section:
    """One item of the benchmarks: what was wished for, what was measured, and what to think of it."""

    title: str
    goal: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    remark: str  # one honest sentence
    note: str = ""  # how it was measured

    def text(self) -> str:
        """Return the section in Markdown."""
        lines = [f"## {self.title}", "", f"Goal: {self.goal}", ""]
        lines += [_line(self.header), _line(["---"] * len(self.header)), *(_line(row) for row in self.rows)]
        return "\n".join([*lines, "", self.remark, *(["", f"*How measured.* {self.note}"] if self.note else []), ""])


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def document(sections: Sequence[Section], mode: Mode) -> str:
    """Return RESULTS.md."""
    command = "uv run python -m benchmarks" + ("" if mode is Mode.normal else f" --{mode.value}")
    head = ["# Benchmarks", "", f"Written by `{command}`; every measurement ran in a process of its own.", ""]
    if mode is Mode.quick:
        head += [
            "This was the quick mode: sizes are small, the numbers mean nothing, and no goal is judged by them.",
            "",
        ]
    versions = [f"Python {platform.python_version()}", *(f"{name} {_version(name)}" for name in SHOWN)]
    facts = [("Processor", processor()), ("Cores", str(cores())), ("Memory", memory()), ("System", platform.system())]
    head += ["| Machine | |", "| --- | --- |", *(_line(fact) for fact in facts)]
    head += [_line(("Versions", ", ".join(versions))), ""]
    return "\n".join([*head, *(section.text() for section in sections)])


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def processor() -> str:
    """Return the model of the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{models[0]} ({platform.machine()})" if models else platform.machine()


def memory() -> str:
    """Return the machine's memory."""
    try:
        return gibibytes(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (OSError, ValueError, AttributeError):
        return "unknown"


def gibibytes(size: float) -> str:
    """Return a number of bytes in GiB."""
    return f"{size / 2**30:.2f} GiB"


def seconds(value: float) -> str:
    """Return a time, with as many digits as it deserves."""
    return f"{value:.3f} s" if value < 1.0 else f"{value:.2f} s" if value < 10.0 else f"{value:.1f} s"


def millions(value: float) -> str:
    """Return a number in millions."""
    return f"{value / 1e6:.2f} million"


def met(reached: bool, mode: Mode = Mode.normal) -> str:
    """Say whether a goal was reached; the quick mode says nothing about that."""
    return "not judged in quick mode" if mode is Mode.quick else "met" if reached else "**not met**"
