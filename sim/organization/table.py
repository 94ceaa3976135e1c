"""Tables as text: what a file of rows and separators says, whatever program has written it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from sim import input_files, limits
from sim.errors import InputError
from sim.spreadsheet import restored


def read_text(path: Path) -> str:
    """Return a file's text, from UTF-8 or (its first bytes say so) UTF-16; InputError where it is no text."""
    file = name_of(path)
    content = input_files.read_bytes(path, limits.ORGANIZATION_BYTES, file)
    if content.startswith(b"PK\x03\x04"):
        raise InputError("This is a workbook or an archive, not a CSV file; save the table as CSV (UTF-8)", file=file)
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = content.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = None if wide else content.count(b"\n", 0, error.start) + 1
        problem = "The file is no UTF-8 text; save it as CSV with the encoding UTF-8"
        raise InputError(problem, file=file, line=line) from None
    if "\0" in text:
        raise InputError("The file is binary, not text; save the table as CSV (UTF-8)", file=file)
    return text


def name_of(path: Path) -> str:
    """Return what messages call a file."""
    return path.name or str(path)


def rows_of(text: str, delimiter: str, file: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each row that is not blank, with the line it starts in; cells without white space at their ends."""
    reader = csv.reader(_lines(text, file), delimiter=delimiter, skipinitialspace=True, strict=True)
    line = 1
    try:
        for cells in reader:
            stripped = [restored(cell.strip()) for cell in cells]
            if any(stripped):
                yield line, stripped
            line = reader.line_num + 1
    except csv.Error as error:
        problem = f"The row that starts here is no CSV ({error}); is a quotation mark opened and not closed?"
        raise InputError(problem, file=file, line=line) from None


def _lines(text: str, file: str) -> Iterator[str]:
    """Yield the lines of a text with their ends; InputError where one is too long to be a row of a table."""
    for number, line in enumerate(io.StringIO(text, newline=""), 1):
        if len(line) > limits.LINE_CHARACTERS:
            problem = f"This line has more than {limits.LINE_CHARACTERS:,} characters, which no row of a table has"
            raise InputError(problem, file=file, line=number)
        yield line


def first_rows(text: str, delimiter: str, file: str, wanted: int) -> list[list[str]]:
    """Return the first rows as this delimiter would cut them; none where it cannot."""
    try:
        return [cells for _, cells in islice(rows_of(text, delimiter, file), wanted)]
    except InputError:
        return []
