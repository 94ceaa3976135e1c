"""Points: a design that is an explicit list of cells, one row of a CSV file each."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from experiments.sweeps.factors import Factor, Level, varied
from experiments.sweeps.identity import entries
from experiments.sweeps.reading import Source
from sim.errors import InputError, quoted, shown
from sim.limits import SWEEP_RUNS
from sim.scenario import Scenario, parse_setting, read_text
from sim.wording import count

MOST_COLUMNS: Final = 200


class Points(NamedTuple):
    """What a list of points says."""

    factors: tuple[Factor, ...]
    points: tuple[tuple[Level, ...], ...]
    """Each point: one level a factor."""
    text: str


def read_points(name: str | None, source: Source, scenario: Scenario, path: Path | None, text: str | None) -> Points:
    """Return the points of the CSV file of that name beside the study, or of `text`; InputError with line and column.

    The first row names the settings, each further row is a cell.
    """
    if name is None:
        raise source.error("points", "a design of points needs `points`, the name of a CSV file beside the study")
    for table in ("factors", "alternatives", "guesses", "samples"):
        if table in source.data:
            raise source.error(table, f"a design of points varies what {shown(name)} has columns for, and no {table}")
    if text is None:
        text = _beside(name, source, path)
    head, rows = _table(text, shown(name))
    levels = [_point(head, row, line, scenario, shown(name)) for line, row in rows]
    columns = [tuple(dict.fromkeys(point[n] for point in levels)) for n in range(len(head))]
    factors = tuple(Factor(name, column) for name, column in zip(head, columns, strict=True))
    return Points(factors, tuple(levels), text)


def _beside(name: str, source: Source, path: Path | None) -> str:
    """Return the text of a file beside the study; InputError that names both where it cannot be read."""
    try:
        return read_text(Path(name) if path is None else path.parent / name, name)
    except InputError as error:
        raise source.error("points", f"{shown(name)}: {error.problem}", likely=error.nearest) from None


def _separator(text: str) -> str:
    """Return what stands between two cells: no name of a setting has any of these signs in it."""
    head = text.lstrip().partition("\n")[0]
    return next((sign for sign in ";\t" if sign in head), ",")


def _table(text: str, file: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Return the names in the first row, and the other rows with their lines; blank rows are left out."""
    plain = text.removeprefix("\ufeff")
    reader = csv.reader(io.StringIO(plain), delimiter=_separator(plain), skipinitialspace=True)
    try:
        listed = [(reader.line_num, [cell.strip() for cell in row]) for row in reader]
    except csv.Error as error:
        raise InputError(f"this is no CSV: {error}", file=file, line=reader.line_num) from None
    rows = [(line, row) for line, row in listed if any(row)]
    if len(rows) < 2:
        raise InputError("a list of points has a row of names of settings, and at least one row of values", file=file)
    if len(rows) > SWEEP_RUNS or len(rows[0][1]) > MOST_COLUMNS:
        raise InputError(f"there are more than {SWEEP_RUNS} points or {MOST_COLUMNS} settings", file=file)
    head = rows[0][1]
    twice = [name for name in head if head.count(name) > 1]
    if twice:
        raise InputError(f"the setting {quoted(twice[0])} has two columns", file=file, line=rows[0][0])
    return head, rows[1:]


def _point(head: Sequence[str], row: Sequence[str], line: int, scenario: Scenario, file: str) -> tuple[Level, ...]:
    """Return one point; InputError where a value cannot be that of its setting."""
    if len(row) != len(head):
        said = f"this row has {count(len(row), 'value')} for {count(len(head), 'setting')}"
        raise InputError(said, file=file, line=line)
    if "" in row:
        raise InputError(f"this row has no value for {quoted(head[row.index('')])}", file=file, line=line)
    try:
        changes = tuple(parse_setting(f"{name}={value}") for name, value in zip(head, row, strict=True))
        settled: dict[str, Any] = entries(varied(scenario, changes))
    except InputError as error:
        raise InputError(error.problem, file=file, line=line, key=error.key, nearest=error.nearest) from None
    return tuple(Level(settled[name], ((name, settled[name]),)) for name, _ in changes)
