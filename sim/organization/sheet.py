"""An organisation file while it is checked: columns of texts, and what is refused, repaired or remarked."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from sim.errors import InputError, quoted
from sim.organization import table
from sim.organization.headings import COLUMNS, places_of_columns, recognise
from sim.wording import agree, listed

DELIMITERS = (",", ";", "\t")


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

    def id_of(self, row: int) -> str:
        """Return a member's id, quoted."""
        return quoted(self.column["id"][row])

    def who(self, row: int) -> str:
        """Return a member's id with the line, as messages name it."""
        return f"{self.id_of(row)} (line {self.line[row]})"


def read_sheet(path: Path, repair: bool) -> Sheet:
    """Return the table of a file; InputError where there is none, or a needed column is missing."""
    file, text = table.name_of(path), table.read_text(path)
    rows = table.rows_of(text, _delimiter(text, file), file)
    line, header = next(rows, (0, []))
    if not header:
        raise InputError("The file is empty; give a header with id and manager_id, and a row a member", file=file)
    places = places_of_columns(header, file, line)
    sheet = Sheet(file, repair, [], {name: [] for name in COLUMNS})
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
    return sheet


def _delimiter(text: str, file: str) -> str:
    """Return the delimiter under which the header names most of the known columns, then most columns."""

    def columns(delimiter: str) -> tuple[int, int]:
        return recognise(cell for cells in table.first_rows(text, delimiter, file, 1) for cell in cells)

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
