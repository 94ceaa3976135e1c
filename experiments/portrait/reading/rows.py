"""Rows of a CSV file of any length, a block at a time, and only the columns asked for: texts are skipped unread.

A block ends where a row ends, outside quotation marks, so rows may hold line breaks. polars cuts the cells.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Final

import numpy as np

from experiments.portrait import limits
from experiments.portrait.reading.place import Place
from sim.errors import InputError, shown
from sim.spreadsheet import FORMULA

if TYPE_CHECKING:
    import polars as pl

DELIMITERS: Final = (",", ";", "\t")
_QUOTE, _LINE = ord('"'), ord("\n")
_MARKED: Final = "^'(?:" + FORMULA + ")"


def plain(cell: str) -> str:
    """Return a column's name in small letters and digits only."""
    return "".join(letter for letter in cell[:60].casefold() if letter.isalnum())


@dataclass
class Table:
    """A CSV file of an export, about to be read."""

    place: Place
    name: str
    columns: list[str]
    """What its header calls them."""
    delimiter: str
    remarks: list[str] = field(default_factory=list)

    def column(self, spellings: str) -> str | None:
        """Return the column that is spelled in one of these ways, the best first; None where none is."""
        known = {plain(column): column for column in reversed(self.columns)}
        return next((known[name] for name in spellings.split() if name in known), None)

    def error(self, problem: str, line: int | None = None) -> InputError:
        """Return an error about this file."""
        return self.place.error(self.name, problem, line)

    def blocks(self, wanted: Mapping[str, str], progress: Callable[[int], object]) -> Iterator[Block]:
        """Yield the rows a block at a time: the `wanted` columns under new names, as texts, null where empty.

        `progress` is given how many bytes have been read. Raises InputError where the file is no CSV.
        """
        with self.place.opened(self.name, limits.FILE_BYTES) as stream:
            done = 0
            for start, block in _whole_rows(_utf8(stream), self):
                done += len(block)
                progress(done)
                yield Block(start, block, self._cells(block, wanted, start), self.delimiter)

    def _cells(self, block: bytes, wanted: Mapping[str, str], start: int) -> pl.DataFrame:
        import polars as pl

        places = {name: f"c{self.columns.index(column)}" for name, column in wanted.items()}
        header = self.delimiter.join(f"c{place}" for place in range(len(self.columns)))
        try:
            cells = pl.read_csv(
                f"{header}\n".encode() + block,  # or polars counts the columns of the first row
                columns=sorted(set(places.values())),
                separator=self.delimiter,
                infer_schema=False,
                truncate_ragged_lines=True,
            )
        except pl.exceptions.PolarsError as error:
            raise self._broken(block, start, error) from None
        cells = cells.select(pl.col(place).alias(name) for name, place in places.items())
        text = pl.all().str.strip_chars()
        text = pl.when(text.str.contains(_MARKED)).then(text.str.slice(1)).otherwise(text)  # as in sim.spreadsheet
        return cells.with_columns(text).with_columns(pl.when(pl.all() != "").then(pl.all()))

    def _broken(self, block: bytes, start: int, error: Exception) -> InputError:
        """Return what is wrong with a block that polars cannot cut, and in which line, as Python sees it."""
        reader = csv.reader(
            io.StringIO(block.decode("utf-8", "replace"), newline=""), delimiter=self.delimiter, strict=True
        )
        line = start
        try:
            for _ in reader:
                line = start + reader.line_num
        except csv.Error as found:
            return self.error(f"the row that starts here is no CSV ({shown(found, 80)})", line)
        return self.error(f"this is no CSV that can be read ({shown(error, 80)})", start)


@dataclass(frozen=True)
class Block:
    """Some rows of a file that stand below one another."""

    start: int
    """The line in which they begin."""
    text: bytes
    cells: pl.DataFrame
    delimiter: str

    def line_of(self, row: int) -> int:
        """Return the line in which a row begins."""
        text = io.StringIO(self.text.decode("utf-8", "replace"), newline="")
        reader = csv.reader(text, delimiter=self.delimiter)
        for _ in range(row):
            next(reader)
        return self.start + reader.line_num

    @property
    def blank(self) -> pl.Series:
        """Which rows hold nothing, as a series of truth values: lines that are empty count as rows."""
        import polars as pl

        return self.cells.select(pl.all_horizontal(pl.all().is_null())).to_series()


def table_of(place: Place, name: str) -> Table:
    """Return a CSV file of an export with its header read; InputError where it has none."""
    with place.opened(name, limits.FILE_BYTES) as stream:
        head = b"".join(block for block, _ in zip(_utf8(stream), range(1), strict=False))
    place.read -= place.sizes()[name]
    text = _without_separator_line(head.decode("utf-8", "replace"))
    header = max((_first_row(text, delimiter) for delimiter in DELIMITERS), key=len)
    delimiter = next(each for each in DELIMITERS if _first_row(text, each) == header)
    if not any(header):
        raise place.error(name, "the file is empty; it needs a header, and a row a message")
    return Table(place, name, _unique(header), delimiter)


def _first_row(text: str, delimiter: str) -> list[str]:
    try:
        cells: list[str] = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
    except csv.Error:
        return []
    return [cell.strip() for cell in cells]


def _unique(header: Sequence[str]) -> list[str]:
    """Return names of columns, each once."""
    seen: dict[str, int] = {}
    return [name if seen.setdefault(name, place) == place else f"{name}#{place}" for place, name in enumerate(header)]


def _without_separator_line(text: str) -> str:
    first, _, rest = text.partition("\n")
    return rest if first.strip().strip('"').casefold().startswith("sep=") else text


# ---------------------------------------------------------------- bytes


def _utf8(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield a file in blocks of UTF-8, whatever western encoding it has."""
    first = stream.read(limits.BLOCK_BYTES)
    if wide := _wide(first):
        decoder = codecs.getincrementaldecoder(wide)("replace")
        yield from (decoder.decode(block).encode() for block in _blocks(first, stream))
    else:
        yield from _blocks(first.removeprefix(codecs.BOM_UTF8), stream)


def _wide(first: bytes) -> str:
    """Return the encoding of two bytes a sign that a file has, whether a mark says so or not; empty for others."""
    if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return "utf-16-le" if first[1:2] == b"\0" else "utf-16-be" if first[:1] == b"\0" else ""


def _blocks(first: bytes, stream: IO[bytes]) -> Iterator[bytes]:
    block = first
    while block:
        yield block
        block = stream.read(limits.BLOCK_BYTES)


def _whole_rows(blocks: Iterator[bytes], table: Table) -> Iterator[tuple[int, bytes]]:
    """Yield blocks that end where a row ends, without the header, each with the number of its first line."""
    line, rest, header = 1, b"", True
    for block in blocks:
        rest += block
        end = _end_of_rows(rest)
        if not end and len(rest) > limits.ROW_BYTES:
            raise table.error("the row that starts here never ends; is a quotation mark opened and not closed?", line)
        whole, rest = rest[:end], rest[end:]
        if header and whole:
            whole, skipped = _below_header(whole)
            line, header = line + skipped, False
        if whole:
            yield line, _western(whole, line, table)
            line += whole.count(b"\n")
    if rest.strip() and not header:
        yield line, _western(rest + b"\n", line, table)


def _end_of_rows(block: bytes) -> int:
    """Return where the last whole row of a block ends; 0 where none does."""
    signs = np.frombuffer(block, np.uint8)
    quotes, lines = np.flatnonzero(signs == _QUOTE), np.flatnonzero(signs == _LINE)
    outside = lines[np.searchsorted(quotes, lines) % 2 == 0]
    return int(outside[-1]) + 1 if len(outside) else 0


def _below_header(block: bytes) -> tuple[bytes, int]:
    """Return what stands below the header, and how many lines were skipped."""
    kept = block
    while True:
        first = kept[: _first_end(kept)]
        kept = kept[len(first) :]
        if not first.strip().strip(b'"').lower().startswith(b"sep="):
            return kept, block[: len(block) - len(kept)].count(b"\n")


def _first_end(block: bytes) -> int:
    """Return where the first row of a block that holds whole rows ends."""
    at = 0
    while True:
        at = block.index(b"\n", at) + 1
        if block.count(b'"', 0, at) % 2 == 0:
            return at


def _western(block: bytes, line: int, table: Table) -> bytes:
    """Return a block as UTF-8; where it is none, it is read as Windows-1252, and that is remarked once."""
    try:
        block.decode()
        return block
    except UnicodeDecodeError as error:
        if not table.remarks:
            line += block.count(b"\n", 0, error.start)
            table.remarks.append(
                f"{shown(table.name)} is no UTF-8 text (line {line:,}), so it was read as Windows-1252."
            )
        return block.decode("cp1252", "replace").encode()
