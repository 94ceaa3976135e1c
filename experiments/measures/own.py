"""Measures of one's own: functions marked in a Python file, which is run only when it was named on a command line.

A file travels to the workers as text, and its digest belongs to the identity of whatever was measured by it. So it
stands alone: it can import packages that are installed, and no other file beside it.
"""

from __future__ import annotations

import math
import re
import sys
import threading
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

from experiments.measures.marking import Mark, Rule, mark_of
from experiments.measures.named import TAKEN
from sim import input_files
from sim.errors import InputError, nearest, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from experiments.measures.part import PartOfRun
    from sim.record import Run

GROUP: Final = "internal_social_media.measures"
"""The entry points by which a package offers a file of measures, under a name that `--measures` takes."""
FILE_BYTES: Final = 1_000_000
MOST: Final = 100
"""Measures that one file may hold."""
LONGEST: Final = 200
"""Characters of an error's own words that are repeated."""
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,99}", re.ASCII)
_one_at_a_time: Final = threading.Lock()
"""Held while a function of the user's runs: where standard output goes is one thing for all threads."""


@dataclass(frozen=True)
class Own:
    """One measure of the user's own."""

    name: str
    unit: str
    meaning: str
    file: str
    """As it was typed."""
    digest: str
    """Of the whole file that it stands in."""
    text: str = ""
    """The file; empty where a folder only says that there was one."""

    def value(self, run: Run | PartOfRun) -> float:
        """Return what it measures in a finished run, or in a part of one; NaN for none.

        InputError: its function failed, and where.
        """
        rule = _rules(self.file, self.text)[self.name]
        code = getattr(rule, "__code__", None)
        with (
            _located(self.file, self.name, getattr(code, "co_firstlineno", None)),
            _one_at_a_time,
            redirect_stdout(sys.stderr),
        ):
            found = rule(run)
            return _number(found)


def read_own(name: str) -> tuple[Own, ...]:
    """Return the measures of a file, or of an entry point of that name; InputError where there are none.

    The file is run by this, so `name` has to come from a command line.
    """
    file, text = _file(name) if name.endswith(".py") else _offered(name)
    digest = blake2b(text.encode(), digest_size=16).hexdigest()
    found = [Own(*each, file, digest, text) for each in _described(file, text)]
    if not 1 <= len(found) <= MOST:
        rule = f"{len(found)} functions are marked with @measure, and at most {MOST} may be"
        none = "no function is marked with @measure (from experiments import measure)"
        raise InputError(rule if found else none, file=file)
    return tuple(found)


# ---------------------------------------------------------------- where it stands


def _file(name: str) -> tuple[str, str]:
    with input_files.opened(Path(name), FILE_BYTES) as file:
        content = file.read()
    try:
        return name, content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError("this file is not a text in UTF-8", file=name) from None


def offered() -> dict[str, str]:
    """Return the modules of measures that installed packages offer, by the name of their entry point."""
    return {point.name: point.module for point in metadata.entry_points(group=GROUP)}


def _offered(name: str) -> tuple[str, str]:
    known = offered()
    spec = find_spec(known[name]) if name in known else None
    if spec is None or spec.origin is None:
        rule = f"there is no file of measures '{shown(name)}': a file is named with its ending, .py"
        raise InputError(rule, nearest=nearest(name, known))
    return known[name], Path(spec.origin).read_text("utf-8")


# ---------------------------------------------------------------- running it


@lru_cache(maxsize=8)
def _rules(file: str, text: str) -> dict[str, Rule]:
    """Return the marked functions of a file, by name; InputError where it cannot be run."""
    if not text:
        raise InputError("the measures of this file are needed: name it with --measures", file=file)
    module = ModuleType("measures_of_ones_own")
    with _located(file), _one_at_a_time, redirect_stdout(sys.stderr):
        exec(compile(text, file, "exec"), module.__dict__)
    return {name: rule for name, rule in vars(module).items() if mark_of(rule) and _is_of(rule, file)}


def _is_of(rule: Any, file: str) -> bool:
    code = getattr(rule, "__code__", None)
    return code is None or code.co_filename == file


def _described(file: str, text: str) -> Iterator[tuple[str, str, str]]:
    """Yield name, unit and meaning of each measure of a file; InputError where a name cannot be that of a measure."""
    for name, rule in _rules(file, text).items():
        if not _NAME.fullmatch(name):
            raise InputError(f"'{shown(name)}' cannot be the name of a measure: small letters, digits and _", file=file)
        if name in TAKEN:
            raise InputError(f"{name} already is the name of {TAKEN[name]}; call yours otherwise", file=file)
        first = (getattr(rule, "__doc__", None) or "").strip().partition("\n")[0].strip().rstrip(".")
        mark = mark_of(rule) or Mark("")
        yield name, shown(mark.unit or "-", 40), shown(first or f"A measure of {file}", 200)


def _number(found: Any) -> float:
    """Return a number as a float, None as NaN; TypeError or ValueError for anything else."""
    if found is None:
        return math.nan
    item = getattr(found, "item", None)  # numbers of NumPy, and tables of one cell
    value = item() if item is not None else found
    if value is None:
        return math.nan
    if not isinstance(value, int | float):
        raise TypeError(f"a number or None is expected, and it returned {type(found).__name__}")
    if math.isinf(value):  # of such values there is no mean and no difference
        raise ValueError("a finite number or None is expected, and it returned an infinite one")
    return float(value)


class _located:  # noqa: N801  a context that is read as a word
    """Say of whatever goes wrong inside, in one sentence, in which file, on which line, and in which function."""

    def __init__(self, file: str, function: str = "", line: int | None = None) -> None:
        self._file, self._function, self._first = file, function, line

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if error is None or isinstance(error, KeyboardInterrupt | MemoryError | InputError | GeneratorExit):
            return
        words = error.msg if isinstance(error, SyntaxError) else str(error)
        said = (words.strip() or "it says no more").partition("\n")[0]
        line = error.lineno if isinstance(error, SyntaxError) else self._line(trace)
        where = f"in {self._function}: " if self._function else ""
        rule = f"{where}{type(error).__name__}: {shown(said, LONGEST)}"
        raise InputError(rule, file=self._file, line=line) from None

    def _line(self, trace: Any) -> int | None:
        """Return the last line of the user's file on the way to the error, or where the function begins."""
        line = self._first
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == self._file:
                line = trace.tb_lineno
            trace = trace.tb_next
        return line
