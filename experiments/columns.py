"""Rows of texts and numbers on a terminal: as a table where it is wide enough, else below one another. Nothing is ever
cut."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions
    from rich.text import Text

_WIDEST: Final = 10_000
_READABLE: Final = 14
"""Characters that a column of sentences has at least: in a narrower one they are read word by word."""


def print_columns(headings: Sequence[str], rows: Iterable[Sequence[str | Text]]) -> None:
    """Print rows, the first cell of which says what the others are about."""
    from rich.console import Console

    Console(highlight=False).print(Columns(headings, rows))


class Columns:
    """Rows that are printed as the terminal is wide enough for them.

    The first cell of a row says what the others are about; a cell without a heading goes on with what the cell before
    says. Columns whose headings are in `words` hold sentences, which may be broken into lines; those in `left` begin at
    the left, like the first and like sentences.
    """

    def __init__(
        self,
        headings: Sequence[str],
        rows: Iterable[Sequence[str | Text]],
        *,
        title: str = "",
        words: Collection[str] = (),
        left: Collection[str] = (),
    ) -> None:
        self.headings = headings
        self.rows = [list(map(_plain, row)) for row in rows]
        self.title = title
        self.words = words
        self.left = {*left, *words}

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Any]:
        table = self._table()
        if console.measure(table, options=options.update(max_width=_WIDEST)).minimum <= options.max_width:
            yield table
            return
        if self.title:
            yield _plain(self.title, "bold")
        for row in self.rows:
            yield row[0]
            yield self._below(row)

    def _table(self) -> Any:
        from rich.table import Table

        title = _plain(self.title, "bold") if self.title else None
        heads = any(self.headings)
        table = Table(title=title, title_justify="left", box=None, padding=(0, 2, 0, 0), show_header=heads)
        for place, heading in enumerate(self.headings):
            words, left = heading in self.words, heading in self.left or place == 0
            width = _READABLE if words else max((row[place].cell_len for row in self.rows), default=0)
            table.add_column(heading, justify="left" if left else "right", no_wrap=not words, min_width=width)
        for row in self.rows:
            table.add_row(*row)
        return table

    def _below(self, row: Sequence[Text]) -> Any:
        """Return the cells of a row after its first, each beside its heading."""
        from rich.table import Table

        grid = Table.grid(padding=(0, 2))
        last: Text | None = None
        for heading, cell in zip(self.headings[1:], row[1:], strict=True):
            if not cell:
                continue
            if heading or last is None:
                last = cell.copy()
                grid.add_row("  " + " ".join(heading.split()), last)
            else:
                last.append(" ").append_text(cell)
        return grid


def _plain(text: str | Text, style: str = "") -> Text:
    """Return a text in which brackets are no markup: departments may have any name."""
    from rich.text import Text

    return Text(text, style=style) if isinstance(text, str) else text
