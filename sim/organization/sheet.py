"""An organisation file while it is checked: columns of texts, and what is refused, repaired or remarked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, islice
from pathlib import Path
from typing import Final, TypeAlias

from sim.errors import InputError, quoted
from sim.organization import table
from sim.organization.headings import (
    COLUMNS,
    IDENTIFYING,
    NEEDED,
    places_of_columns,
    recognise,
    repeats_the_header,
)
from sim.organization.register import Register
from sim.wording import agree, listed

DELIMITERS: Final = (",", ";", "\t", "|")
_TITLED: Final = 20
"""Rows among which the header is looked for: reports begin with a title."""
_Rows: TypeAlias = Iterator[tuple[int, list[str]]]
"""Rows of cells, each with its line."""


@dataclass(frozen=True)
class Fault:
    """One thing wrong with a file: where, what, and what repairing makes of it."""

    line: int
    problem: str
    repaired: str


@dataclass
class Sheet:
    """For each row its line, for each column its texts."""

    file: str
    repair: bool
    line: list[int]
    column: dict[str, list[str]]
    remarks: list[str] = field(default_factory=list)

    def error(self, problem: str, line: int | None = None, likely: str | None = None) -> InputError:
        """Return an error about this file."""
        return InputError(problem, file=self.file, line=line, nearest=likely)

    def refuse_or_repair(self, faults: list[Fault], advice: str, likely: str | None = None) -> None:
        """Note what is repaired, where that is allowed; otherwise raise the first fault, with the lines of its like."""
        if faults and not self.repair:
            alike = [str(fault.line) for fault in faults[1:]]
            lines = f"{agree(len(alike), 'line', 'lines')} {listed(alike, most=5)}"
            more = f" (likewise {lines})" if alike else ""
            problem = faults[0].problem[0].upper() + faults[0].problem[1:]
            raise self.error(f"{problem}{more}. {advice}", faults[0].line, likely)
        self.remarks += [f"Line {fault.line}: {fault.repaired}." for fault in faults]

    def keep(self, rows: list[int]) -> None:
        """Drop all rows but these."""
        if len(rows) < len(self.line):
            self.line = [self.line[row] for row in rows]
            self.column = {name: [texts[row] for row in rows] for name, texts in self.column.items()}

    @cached_property
    def register(self) -> Register:
        """Who is meant by what: to be asked once the rows are those of the members."""
        column = self.column
        parts = zip(column["first_name"], column["last_name"], strict=True)
        whole = [f"{first} {last}" if first and last else "" for first, last in parts]
        return Register(column["id"], (column["name"], whole), (column["email"], column["login"], column["account"]))

    def id_of(self, row: int) -> str:
        """Return a member's id, quoted."""
        return quoted(self.column["id"][row])

    def who(self, row: int) -> str:
        """Return a member's id with the line, as messages name it."""
        return f"{self.id_of(row)} (line {self.line[row]})"


def read_sheet(path: Path, repair: bool) -> Sheet:
    """Return the table of a file; InputError where there is none, or a needed column is missing."""
    remarks: list[str] = []
    file, text = table.name_of(path), table.read_text(path, remarks)
    line, header, rows = _header(table.rows_of(text, _delimiter(text, file), file), file, remarks)
    places = places_of_columns(header, file, line)
    sheet = Sheet(file, repair, [], {name: [] for name in COLUMNS}, remarks)
    too_long = []
    for line, cells in rows:
        if any(cells[len(header) :]):
            problem = f"the row has more values than the header has columns ({len(cells)} instead of {len(header)})"
            too_long.append(Fault(line, problem, f"values beyond column {len(header)} were left out"))
        sheet.line.append(line)
        for name, texts in sheet.column.items():
            place = places.get(name, len(cells))
            texts.append(cells[place] if place < len(cells) else "")
    advice = 'Put a value that contains the separator in "quotation marks"; --repair cuts such rows.'
    sheet.refuse_or_repair(too_long, advice)
    _complete(sheet, header, places)
    return sheet


def _header(rows: _Rows, file: str, remarks: list[str]) -> tuple[int, list[str], _Rows]:
    """Return the header with its line, and the rows below it; what stands above it is passed over."""
    first = list(islice(rows, _TITLED))
    if not first:
        raise InputError("The file is empty; give a header with id and manager_id, and a row a member", file=file)
    place = next((n for n, (_, cells) in enumerate(first) if _is_header(cells)), 0)
    if place:
        remarks.append(f"In {file} the header is line {first[place][0]}; what stands above it was passed over.")
    below = chain(first[place + 1 :], rows)
    second = list(islice(below, 1))
    repeated = bool(second) and repeats_the_header(second[0][1])
    return *first[place], below if repeated else chain(second, below)


def _is_header(cells: list[str]) -> bool:
    """Say whether a row names all columns that are needed."""
    return all(any(recognise(cells, column)[0] for column in any_of) for any_of in NEEDED.values())


def _complete(sheet: Sheet, header: list[str], places: dict[str, int]) -> None:
    """Join first and last names where there is no whole name, and find ids where no column is called so."""
    column = sheet.column
    for row, name in enumerate(column["name"]):
        column["name"][row] = name or f"{column['first_name'][row]} {column['last_name'][row]}".strip()
    if "id" not in places:
        stand_in = next(name for name in IDENTIFYING if name in places)
        column["id"] = list(column["name" if stand_in == "last_name" else stand_in])
        called = quoted(header[places[stand_in]])
        sheet.remarks.append(f"{sheet.file} has no column id: members go by what {called} says.")


def _delimiter(text: str, file: str) -> str:
    """Return the delimiter under which a header names most of the known columns, then most columns."""

    def columns(delimiter: str) -> tuple[int, int]:
        rows = table.first_rows(text, delimiter, file, _TITLED)
        return max((recognise(cells) for cells in rows), default=(0, 0))

    return max(DELIMITERS, key=columns)


# ---------------------------------------------------------------- who the rows are about


def drop_rows_without_own_id(sheet: Sheet) -> None:
    """Make sure that every row has an id of its own: other rows are refused, or dropped where that is allowed."""
    seen: dict[str, int] = {}
    empty, twice, kept = [], [], []
    for row, (line, member) in enumerate(zip(sheet.line, sheet.column["id"], strict=True)):
        if not member:
            empty.append(Fault(line, "the row has no id", "the row without an id was dropped"))
        elif member in seen:
            problem = f"the id {quoted(member)} is already used in line {seen[member]}"
            twice.append(Fault(line, problem, f"{problem}; this row was dropped"))
        else:
            seen[member] = line
            kept.append(row)
    sheet.refuse_or_repair(empty, "Give each member an id; --repair drops such rows.")
    sheet.refuse_or_repair(twice, "Give each member an id of their own; --repair keeps the first row.")
    sheet.keep(kept)
    if not kept:
        raise sheet.error("The file names no members; give a row a member below the header")
