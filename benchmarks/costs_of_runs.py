"""(m) What a run takes: a model fitted to a few sizes, held against others that it has not seen."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Sequence
from typing import Any, Final

from benchmarks import children
from benchmarks.case import Case
from benchmarks.cost_model import Model, Size, fitted
from benchmarks.kept import keep
from benchmarks.report import Mode, Section, met, seconds

GOAL: Final = 0.15
JUDGED: Final = ("seconds", "bytes", "disk_bytes")
GRID: Final = (
    *(Size(members, 60) for members in (100, 300, 1_000, 3_000, 10_000, 30_000)),
    *(Size(members, 10) for members in (1_000, 10_000, 100_000)),
    *(Size(members, 20, visits) for members in (1_000, 10_000, 50_000) for visits in (0.3, 1.2)),
    Size(300, 400),
    Size(1_000, 200),
)
HELD_OUT: Final = (Size(600, 120), Size(5_000, 90, 0.9), Size(80_000, 30))
ROUNDS: Final = 2
"""How often all are measured, one after the other, so that other work on the machine is not all in one of them."""
MILLION: Final = Size(1_000_000, 60)
QUICK: Final = tuple(Size(members, days) for members in (60, 120, 240) for days in (5, 10))
QUICK_HELD_OUT: Final = (Size(180, 8),)
HeldOut = tuple[Size, dict[str, float], dict[str, Any]]
"""A size, what was predicted, and what was measured."""
SMALL: Final = 600_000
"""Member-days up to which a size is run several times."""


def measure(mode: Mode) -> Section:
    """Measure the grid, fit, predict the sizes held out, and measure these."""
    grid, held_out = (QUICK, QUICK_HELD_OUT) if mode is Mode.quick else (GRID, HELD_OUT)
    true = _all((*grid, *held_out), 1 if mode is Mode.quick else ROUNDS)
    if mode is Mode.full:
        held_out, true = (*held_out, MILLION), [*true, measured(MILLION)]
    found = true[: len(grid)]
    model = fitted(grid, found)
    held = [(size, model.of(size), each) for size, each in zip(held_out, true[len(grid) :], strict=True)]
    if mode is not Mode.quick:
        keep("runs", kept(model, found, held))
    return _section(mode, grid, min(each["ready_seconds"] for each in found), held)


def _section(mode: Mode, grid: Sequence[Size], start: float, held: Sequence[HeldOut]) -> Section:
    members = [size.members for size in grid]
    worst = _worst(each for each in held if each[0] != MILLION)
    beyond = [each for each in held if each[0] == MILLION]
    further = (
        f" A million members, ten times the most that were fitted, are off by {_worst(beyond):+.0%}." if beyond else ""
    )
    return Section(
        "(m) What a run takes, predicted",
        f"time, memory and disk of three sizes that the model has not seen within {GOAL:.0%}",
        ["members x days, visits a day", "", "predicted", "measured", "off by"],
        [row for each in held for row in _rows(*each)],
        f"Goal {met(abs(worst) <= GOAL, mode)}: the worst is off by {worst:+.0%}.{further}",
        f"A model of few numbers (`benchmarks/cost_model.py`) was fitted to {len(grid)} sizes from {min(members):,} to "
        f"{max(members):,} members, each in a process of its own, all in turn and then once more, of which the fastest "
        "counts. What it knows of a size is what stands in the first column; how much is read there, it predicts, too. "
        "Seconds are the processor's, on one core, of a run as sweeps make it; a start adds "
        f"{seconds(start)} a process. Memory is the peak of the process. Disk is that of a run folder with all tables.",
    )


def _worst(held: Iterable[HeldOut]) -> float:
    return max((_error(predicted[name], true[name]) for _, predicted, true in held for name in JUDGED), key=abs)


def _all(sizes: Sequence[Size], rounds: int) -> list[dict[str, Any]]:
    """Measure all sizes in turn, as often as there are rounds, and return what each took with the shortest times."""
    found = [[measured(size) for size in sizes] for _ in range(rounds)]
    return [_fastest(each) for each in zip(*found, strict=True)]


def measured(size: Size) -> dict[str, Any]:
    """Measure a size; once more where it had to compile first."""
    print(f"    {size.members:,} members x {size.days} days, {size.visits:g} visits a day", file=sys.stderr)
    levels = max(4, min(6, 4 + round(math.log10(size.members / 1_000))))
    settings = (f"organization.levels={levels}", f"population.visits_per_day.mean={size.visits}")
    repeats = 5 if size.members * size.days <= SMALL else 1
    return children.cost(Case(size.members, size.days, settings, repeats=repeats))


def _fastest(rounds: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return what one size took, with the shortest of its times."""
    times = {name: min(each[name] for each in rounds) for name in rounds[0] if name.endswith("seconds")}
    return rounds[0] | times


def kept(model: Model, found: Sequence[dict[str, Any]], held: Sequence[HeldOut]) -> dict[str, Any]:
    """Return what the documentation makes its tables of."""
    return {
        "read": model.read,
        "sums": model.sums,
        "start_seconds": min(each["ready_seconds"] for each in found),
        "held_out": [
            {**size._asdict(), "predicted": predicted, "measured": {name: true[name] for name in predicted}}
            for size, predicted, true in held
        ],
    }


def _megabytes(size: float) -> str:
    return f"{size / 1e6:,.1f} MB"


def _error(predicted: float, true: float) -> float:
    return predicted / true - 1.0


def _rows(size: Size, predicted: dict[str, float], true: dict[str, Any]) -> list[list[str]]:
    names = {"seconds": ("time", seconds), "bytes": ("memory", _megabytes), "disk_bytes": ("disk", _megabytes)}
    first = f"{size.members:,} x {size.days}, {size.visits:g}"
    return [
        [first, what, write(predicted[name]), write(true[name]), f"{_error(predicted[name], true[name]):+.0%}"]
        for name, (what, write) in names.items()
    ]
