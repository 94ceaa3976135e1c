"""The arena as a portrait sees it: who wrote when, in answer to what. The one form of an export and of a run alike.

Texts are no part of it. What an export and a run know of messages goes through the same `assemble`, so that whatever is
measured of both is measured of the same thing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from experiments.facts.observation import Numbers, Rows
from sim.organization import Organization
from sim.state import DAYS_PER_WEEK, TICKS_PER_DAY

if TYPE_CHECKING:
    import polars as pl

    from sim.record import Run

NOBODY: Final = -1
QUARTER: Final = 60
"""Workdays of a quarter: what depends on how long one looks is measured quarter by quarter."""


@dataclass(frozen=True, eq=False)
class Arena:
    """Everything that was written in a stretch of time, in order of time, n messages by m people."""

    author: Rows
    """[n] int64: row of who wrote it."""
    hour: Numbers
    """[n] float64: working hours since the stretch began."""
    thread: Rows
    """[n] int64: row of the message that began its thread, its own for such a one; -1 where that is not there."""
    parent: Rows
    """[n] int64: row of the message that it answers; -1 for what begins a thread, and where its thread is -1."""
    likes: Rows | None
    """[n] int64: likes and other reactions; None where nothing says."""
    group: Rows
    """[n] int64: number of the community or channel, -1 where there is none."""
    members: int
    """How many people there are, whether they wrote or not, m."""
    days: int
    """How long it is, in workdays."""
    organization: Organization | None = None
    """Who reports to whom, its rows those of the people; None where nobody knows."""
    groups: tuple[str, ...] = ()
    """Names of the communities or channels."""
    direct: bool = True
    """Whether it is known which message each one answers; else all of a thread answer the one that began it."""

    def __len__(self) -> int:
        return len(self.author)

    @property
    def weeks(self) -> int:
        """Weeks that it touches."""
        return -(-self.days // DAYS_PER_WEEK)

    @property
    def posts(self) -> Any:
        """[n] bool: which messages began a thread."""
        return self.thread == np.arange(len(self))

    def between(self, first: int, last: int) -> Arena:
        """Return what was written from workday `first` until before workday `last`.

        A thread that began before is one whose first message is not there.
        """
        lower, upper = np.searchsorted(self.hour, (first * TICKS_PER_DAY, last * TICKS_PER_DAY)).tolist()
        upper = len(self) if last == self.days else upper  # what is written when the last day ends, too
        kept = slice(lower, upper)
        thread = np.where(self.thread[kept] >= lower, self.thread[kept] - lower, NOBODY)
        return replace(
            self,
            author=self.author[kept],
            hour=self.hour[kept] - float(first * TICKS_PER_DAY),
            thread=thread,
            parent=np.where(thread >= 0, np.maximum(self.parent[kept] - lower, NOBODY), NOBODY),
            likes=None if self.likes is None else self.likes[kept],
            group=self.group[kept],
            days=last - first,
        )

    def quarters(self) -> Iterator[Arena]:
        """Yield stretches of equal length, at least a quarter each, the last of them at the end.

        Where it is no whole number of days, the first days are left out: fewer than there are stretches. What is
        shorter than two quarters is one stretch.
        """
        count = max(1, self.days // QUARTER)
        length = self.days // count
        start = self.days - count * length
        for number in range(count):
            yield self.between(start + number * length, start + (number + 1) * length)


# ---------------------------------------------------------------- from a table of messages


def assemble(
    messages: pl.DataFrame, members: int, days: int, organization: Organization | None = None, direct: bool = True
) -> Arena:
    """Return messages as an arena.

    The table has `id`, `author` (row), `hour`, and `thread` and `parent` as ids, null where there is none; `likes` and
    `group` may be null. Messages of one hour stay in their order. Where an answer's own message is not there, it
    answers the one that began its thread; so it does where `direct` is false, since nothing says which one it answers.
    """
    table = _rows(messages)
    row = np.arange(table.height)
    thread = _begun(_filled(table["thread_row"]), _filled(table["parent_row"]), _names_thread(table), row)
    parent = _filled(table["parent_row"]) if direct else np.full(table.height, NOBODY)
    known = (parent >= 0) & (parent < row) & (thread >= 0) & (_at(thread, parent) == thread)
    parent = np.where(known, parent, np.where(thread == row, NOBODY, thread))
    groups, group = _numbered(table["group"])
    return Arena(
        author=_filled(table["author"]),
        hour=table["hour"].to_numpy(),
        thread=thread,
        parent=parent,
        likes=None if table["likes"].null_count() == table.height else _filled(table["likes"].fill_null(0)),
        group=group,
        members=members,
        days=days,
        organization=organization,
        groups=groups,
        direct=direct,
    )


def _numbered(names: pl.Series) -> tuple[tuple[str, ...], Rows]:
    """Return the names that there are, sorted, and for each place the number of its name; -1 for none."""
    import polars as pl

    known = names.drop_nulls().unique().sort()
    return tuple(known.to_list()), _filled(names.cast(pl.Enum(known)).to_physical().cast(pl.Int64))


def _rows(messages: pl.DataFrame) -> pl.DataFrame:
    """Return the messages in order of time, with the rows of the messages that begin their threads and they answer."""
    import polars as pl

    table = messages.sort("hour", maintain_order=True).with_row_index("row")
    rows = table.select("id", pl.col("row").cast(pl.Int64)).unique("id", keep="first")
    for name in ("thread", "parent"):
        found = rows.select(pl.col("id").alias(name), pl.col("row").alias(f"{name}_row"))
        table = table.join(found, on=name, how="left", maintain_order="left")
    return table


def _names_thread(table: pl.DataFrame) -> Any:
    """[n] bool: which messages say what thread they belong to, or which message they answer."""
    return (table["thread"].is_not_null() | table["parent"].is_not_null()).to_numpy()


def _begun(thread: Rows, parent: Rows, named: Any, row: Rows) -> Rows:
    """Return for each message the row of the one that began its thread; -1 where that is not there.

    A message that names neither thread nor parent begins one. One that names its parent alone belongs to whatever
    thread that belongs to.
    """
    begun = np.where(named, thread, row)
    begun = np.where((begun < 0) & (parent >= 0) & (parent < row), parent, begun)
    begun = np.where(begun > row, NOBODY, begun)
    while True:
        further = _at(begun, begun)
        if (further == begun).all():
            return np.asarray(begun, np.int64)
        begun = further


def _at(values: Rows, rows: Rows) -> Rows:
    """Return the values at these rows; -1 at row -1."""
    return np.append(values, NOBODY)[rows]


def _filled(column: pl.Series) -> Rows:
    return np.asarray(column.fill_null(NOBODY).to_numpy(), np.int64)


# ---------------------------------------------------------------- from a run


def messages_of(run: Run) -> pl.DataFrame:
    """Return the messages of a run as a platform knows them: what is anonymous has no author to be counted for."""
    import polars as pl

    signed = run.messages.filter(~pl.col("anonymous"))
    return signed.select(
        pl.col("message_id").alias("id"),
        "author",
        pl.col("tick").cast(pl.Float64).alias("hour"),
        pl.col("thread_id").alias("thread"),
        pl.col("parent_id").alias("parent"),
        "likes",
        pl.col("audience").alias("group"),
    )


def of_run(run: Run, direct: bool = True) -> Arena:
    """Return the arena of a run, as an export of it would show it; `direct` as for `assemble`."""
    return assemble(messages_of(run), run.members.height, run.days, run.organization, direct)
