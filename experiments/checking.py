"""All that is wrong with a scenario file, not only the first.

The checks stop at the first thing that is wrong, as a run does. To find the next, that line is taken for a comment and
the file is checked again: line numbers stay, and so does everything else that the file says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from experiments.patterns.claims import claims_of
from sim.errors import InputError
from sim.scenario import LISTS, from_toml, load, read_text

MOST: Final = 50
_HEADER: Final = re.compile(r"\s*\[")


def complaints(file: str) -> list[InputError]:
    """Return what is wrong with a scenario file, in the order of its lines; nothing where it is in order."""
    try:
        claims_of(load(file))
    except InputError as error:
        first = error
    else:
        return []
    path = Path(file)
    if first.file != file or first.line is None or first.key in LISTS or not path.is_file():
        return [first]
    further = [each for each in _found(file, path, read_text(path, file).split("\n")) if each.line != first.line]
    return sorted([first, *further], key=lambda error: error.line or 0)


def _found(file: str, path: Path, lines: list[str]) -> Iterator[InputError]:
    silenced: set[int] = set()  # headers of tables of which a line was taken for a comment
    for _ in range(MOST):
        error = _first(file, path, "\n".join(lines))
        if error is None:
            return
        if error.file != file or error.line is None or error.key is None:  # of another file, or not even TOML
            yield error
            return
        at = error.line - 1
        header = _header(lines, at)
        if at == header and header in silenced:  # it lacks what was just taken away
            _silence(lines, range(header, _end(lines, header)))
            silenced.add(_header(lines, header - 1))
            continue
        if lines[at].startswith("#"):
            return
        yield error
        if error.key in LISTS:  # the list as a whole: its entries are not looked into
            return
        if at == header:
            _silence(lines, range(header, _end(lines, header)))
        else:
            _silence(lines, range(at, _end_of_value(lines, at)))
            silenced.add(header)


def _first(file: str, path: Path, text: str) -> InputError | None:
    try:
        scenario = from_toml(text, file, path.parent)
        claims_of(replace(scenario, path=path))
    except InputError as error:
        return error
    return None


def _header(lines: list[str], at: int) -> int:
    """Return the line that begins the table in which a line stands; -1 at the top of the file."""
    return next((n for n in range(at, -1, -1) if _HEADER.match(lines[n])), -1)


def _end(lines: list[str], header: int) -> int:
    return next((n for n in range(header + 1, len(lines)) if _HEADER.match(lines[n])), len(lines))


def _end_of_value(lines: list[str], at: int) -> int:
    """Return the line after a value, which may go over several: the next that begins a key, a table or a comment."""
    begins = re.compile(r"\s*(#|\[|$|[\w\"'.-]+\s*=)")
    if lines[at].count('"""') == 1 or lines[at].count("'''") == 1:
        mark = '"""' if '"""' in lines[at] else "'''"
        return next((n + 1 for n in range(at + 1, len(lines)) if mark in lines[n]), len(lines))
    return next((n for n in range(at + 1, len(lines)) if begins.match(lines[n])), len(lines))


def _silence(lines: list[str], those: range) -> None:
    for n in those:
        if n >= 0 and not lines[n].startswith("#"):
            lines[n] = f"#{lines[n]}"
