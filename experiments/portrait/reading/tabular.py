"""Messages from a CSV file whose columns have known names: what is kept of each row, what is left out, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from experiments.portrait import limits
from experiments.portrait.reading.found import Advance, empty_messages
from experiments.portrait.reading.rows import Block, Table
from experiments.portrait.reading.times import Clock
from sim.errors import InputError, quoted
from sim.wording import listed

if TYPE_CHECKING:
    import polars as pl

UNREADABLE: Final = "no id, author or time that can be read"
NOTHING: Final = ("null", "none", "nan", "n/a", "na", "-", "0", "-1", "false")
"""How programs write that there is none."""
TWICE: Final = "there twice"


@dataclass
class Messages:
    """The messages of a table, gathered block by block."""

    table: Table
    columns: Mapping[str, str]
    """Which column of the table is what: id, account, time, and others."""
    clock: Clock
    leave_out: Mapping[str, pl.Expr] = field(default_factory=dict)
    """Reasons to leave a row out, each with what says so, on `columns`; the first that holds is counted."""
    left_out: Counter[str] = field(default_factory=Counter)
    _bad: tuple[int, str] | None = None

    def gather(self, progress: Advance) -> pl.DataFrame:
        """Return the messages in order of time; InputError where too many rows cannot be read."""
        import polars as pl

        total = self.table.place.sizes()[self.table.name]
        parts, rows = [pl.DataFrame(schema=empty_messages())], 0
        for block in self.table.blocks(self.columns, lambda done: progress(done, total)):
            rows += block.cells.height - int(block.blank.sum())
            self._check_size(rows)
            parts.append(self._kept(block))
        self._check_bad(rows)
        whole = pl.concat(parts)
        once = whole.unique("id", keep="first", maintain_order=True)
        if once.height < whole.height:
            self.left_out[TWICE] += whole.height - once.height
        return once.sort("moment", maintain_order=True)

    def _kept(self, block: Block) -> pl.DataFrame:
        """Return the rows of a block that are messages of people."""
        import polars as pl

        try:
            moment = self.clock.read(block.cells["time"])
        except InputError as error:
            raise self.table.error(error.problem, block.line_of(0)) from None
        cells = _without_empty_words(block.cells).with_columns(moment.alias("moment"))
        reason = pl.lit(None, pl.String)
        unreadable = pl.any_horizontal(pl.col("id", "account", "moment").is_null())
        for why, holds in reversed({**self.leave_out, UNREADABLE: unreadable}.items()):
            reason = pl.when(holds.fill_null(value=False)).then(pl.lit(why)).otherwise(reason)
        cells = cells.with_columns(pl.when(~block.blank).then(reason).alias("reason"))
        self._count(cells, block)
        return self._formed(cells.filter(pl.col("reason").is_null() & ~block.blank))

    def _formed(self, cells: pl.DataFrame) -> pl.DataFrame:
        import polars as pl

        form = empty_messages()
        there = [pl.col(name).cast(kind, strict=False) for name, kind in form.items() if name in cells.columns]
        none = [pl.lit(None, kind).alias(name) for name, kind in form.items() if name not in cells.columns]
        return cells.select(*there, *none).select(*form)

    def _count(self, cells: pl.DataFrame, block: Block) -> None:
        reasons = cells["reason"].drop_nulls()
        self.left_out.update(dict(reasons.value_counts().rows()))
        if self._bad is None and (reasons == UNREADABLE).any():
            row = (cells["reason"] == UNREADABLE).fill_null(value=False).arg_max()
            values = cells.row(row or 0, named=True)
            self._bad = block.line_of(row or 0), _what_is_wrong(values)

    def _check_size(self, rows: int) -> None:
        if rows > limits.MESSAGES:
            raise self.table.error(f"the table has more than {limits.MESSAGES:,} rows, the most there may be")

    def _check_bad(self, rows: int) -> None:
        bad = self.left_out[UNREADABLE]
        if self._bad is not None and bad > limits.BAD_ROWS * rows:
            line, what = self._bad
            more = f"; so it is in {bad:,} of {rows:,} rows" if bad > 1 else ""
            raise self.table.error(f"{what}{more}", line)
        if not rows:
            raise self.table.error("the table has no rows; a row a message is needed")
        if not self.left_out[UNREADABLE]:
            del self.left_out[UNREADABLE]


def _without_empty_words(cells: pl.DataFrame) -> pl.DataFrame:
    """Return rows in which a message that answers nothing, or itself, has no thread or parent named."""
    import polars as pl

    named = [name for name in ("thread", "parent") if name in cells.columns]
    empty = [pl.col(name).str.to_lowercase().is_in(NOTHING) for name in named]
    cells = cells.with_columns(pl.when(~no).then(name).alias(name) for no, name in zip(empty, named, strict=True))
    own = pl.col("parent") == pl.col("id")
    return cells.with_columns(pl.when(~own).then("parent").alias("parent")) if "parent" in named else cells


def _what_is_wrong(values: Mapping[str, str | None]) -> str:
    for name, called in (("id", "message"), ("account", "author"), ("time", "time")):
        if values[name] is None:
            return f"the row has no {called}"
    return f"{quoted(str(values['time']))} is no time; write it as 2024-01-31 09:00"


def columns_of(table: Table, spellings: Mapping[str, str], needed: tuple[str, ...]) -> dict[str, str]:
    """Return which column of a table is what; InputError where a needed one is not there."""
    found = {name: column for name, spelled in spellings.items() if (column := table.column(spelled)) is not None}
    for name in needed:
        if name not in found:
            there = listed([quoted(column) for column in table.columns], most=12)
            raise table.error(f"a column {spellings[name].split()[0]} is needed; the columns found are {there}", 1)
    return found
