"""Tables as text: what a file of rows and separators says, whatever program has written it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Final

from sim import input_files, limits
from sim.errors import InputError
from sim.spreadsheet import restored

_SEPARATOR: Final = re.compile(r"""\A(?:"?sep=.?"?|#TYPE [^\r\n]*)(?=\r?\n|\r|\Z)""", re.IGNORECASE)
"""A first line by which spreadsheets tell each other the separator, which is found without, or in which a shell names a
type. The line is left empty."""
_LOOKED_AT: Final = 4096
"""Bytes that say whether a text has two a sign."""
_NO_TEXT: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
"""Signs that stand in no text that a spreadsheet has saved."""


def read_text(path: Path, remarks: list[str]) -> str:
    """Return a file's text, from UTF-8, UTF-16 or Windows-1252; what is only inferred is remarked.

    Raises InputError where it is no text.
    """
    file = name_of(path)
    content = input_files.read_bytes(path, limits.ORGANIZATION_BYTES, file)
    if content.startswith(b"PK\x03\x04"):
        raise InputError("This is a workbook or an archive, not a CSV file; save the table as CSV (UTF-8)", file=file)
    wide = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else _unmarked_utf_16(content)
    try:
        text = content.decode(wide or "utf-8-sig")
    except UnicodeDecodeError as error:
        line = None if wide else content.count(b"\n", 0, error.start) + 1
        text = "" if wide else _as_windows_1252(content)
        if not text:
            problem = "The file is no UTF-8 text; save it as CSV with the encoding UTF-8"
            raise InputError(problem, file=file, line=line) from None
        remarks.append(f"{file} is no UTF-8 text (line {line}), so it was read as Windows-1252.")
    if "\0" in text:
        raise InputError("The file is binary, not text; save the table as CSV (UTF-8)", file=file)
    if wide.endswith("e"):
        remarks.append(f"{file} was read as UTF-16, which it does not say that it is.")
    return _SEPARATOR.sub("", text)


def _unmarked_utf_16(content: bytes) -> str:
    """Return the byte order of a text of two bytes a sign that lacks its mark; empty where it looks like none.

    Every separator and line end has a byte of zeros, all on the same side.
    """
    beginning = content[:_LOOKED_AT]
    zeros = (beginning[0::2].count(0), beginning[1::2].count(0))
    if len(content) % 2 or min(zeros) or 4 * max(zeros) < len(beginning):
        return ""
    return "utf-16-be" if zeros[0] else "utf-16-le"


def _as_windows_1252(content: bytes) -> str:
    """Return the text that a spreadsheet saved in the encoding of western Windows; empty where it cannot be one."""
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError:
        return ""
    return "" if _NO_TEXT.search(text) else text


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
    """Return the first rows as this delimiter would cut them, up to one that it cannot."""
    rows: list[list[str]] = []
    with suppress(InputError):
        rows.extend(cells for _, cells in islice(rows_of(text, delimiter, file), wanted))
    return rows
