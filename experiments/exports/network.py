"""Who answered whom in a run: members as nodes, and an arrow from each who answered to each who was answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from sim.errors import shown
from sim.record import Run

Value = str | int | float


class Edge(NamedTuple):
    """One member who answered another."""

    one: int
    other: int
    answers: int
    hours: float
    """Mean working hours from a message to its answer."""


def nodes(run: Run) -> Iterator[dict[str, Value]]:
    """Yield what is said of each member, in order of rows; signs that no XML may hold are escaped."""
    signed = run.messages.filter(~run.messages["anonymous"])
    written = Counter(signed["author"].to_list())
    wanted = run.members.select("id", "name", "title", "role", "level", "department", "location")
    for row, member in enumerate(wanted.iter_rows(named=True)):
        yield {name: _safe(value) for name, value in member.items()} | {"messages": written[row]}


def _safe(value: Any) -> Value:
    return value if isinstance(value, int) else shown("" if value is None else value, 1000)


def edges(run: Run) -> list[Edge]:
    """Return who answered whom, ordered by rows; what was written or answered anonymously is left out."""
    import polars as pl

    signed = run.messages.filter(~run.messages["anonymous"])
    asked = signed.select(
        pl.col("message_id").alias("parent_id"), pl.col("author").alias("other"), pl.col("tick").alias("asked")
    )
    answers = signed.join(asked, on="parent_id").filter(pl.col("author") != pl.col("other"))
    hours = (pl.col("tick") - pl.col("asked")).mean()
    found = answers.group_by("author", "other").agg(pl.len(), hours.alias("hours")).sort("author", "other")
    return [Edge(*row) for row in found.iter_rows()]
