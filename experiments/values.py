"""Values for people and for programs: numbers in figures that count, curves, and numbers as JSON can have them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import click

from experiments.columns import print_columns
from sim.wording import significant

Both = Mapping[str, tuple[float | None, float | None]]
"""A value in each of two worlds, by measure."""


def finite(value: float | None) -> float | None:
    """Return a number as JSON can have it: None where it is not finite."""
    return float(value) if value is not None and math.isfinite(value) else None


def subtract(b: float | None, a: float | None) -> float | None:
    """Return b less a; None where one is missing."""
    return None if a is None or b is None else finite(b - a)


def in_unit(value: float | str | None, unit: str) -> str:
    """Return a value as a summary shows it; a dash where there is none."""
    if value is None or isinstance(value, str):
        return value or "-"
    if unit == "%":
        return f"{100 * value:.0f}"
    if value == round(value) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"


def sparkline(values: Sequence[float | None], width: int = 20) -> str:
    """Return a curve of at most `width` signs, each the mean of a stretch of `values`; blank where there are none."""
    steps = "▁▂▃▄▅▆▇█"
    pieces = min(width, len(values))
    means: list[float | None] = []
    for n in range(pieces):
        there = [v for v in values[n * len(values) // pieces : (n + 1) * len(values) // pieces] if v is not None]
        means.append(sum(there) / len(there) if there else None)
    known = [mean for mean in means if mean is not None]
    low, high = min(known, default=0.0), max(known, default=0.0)
    span = high - low or 1.0
    return "".join(" " if m is None else steps[min(7, int(8 * (m - low) / span))] for m in means)


def print_both(values: Both, names: tuple[str, str], everything: bool) -> None:
    """Print two values of each measure and their difference; only those that differ, unless all are wanted.

    What neither world has is never listed.
    """
    known = {name: (finite(a), finite(b)) for name, (a, b) in values.items()}
    listed = {name: both for name, both in known.items() if both != (None, None) and (everything or both[0] != both[1])}
    if not listed:
        click.echo("No measure differs.")
        return
    rows = (
        (name, significant(a), significant(b), significant(subtract(b, a), sign=True))
        for name, (a, b) in listed.items()
    )
    print_columns(("measure", *names, "difference"), rows)
