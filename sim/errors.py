"""What is wrong with something a user typed or wrote, and where: one gentle sentence, safe to show on any terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from difflib import SequenceMatcher
from typing import Any, Final

SHOWN: Final = 200
"""The most characters of a text from a file that a message repeats."""
_SENTENCE: Final = 1000
_CLOSE: Final = 0.6


class InputError(ValueError):
    """The user's input is wrong. `problem` is one sentence; the other attributes say where, and what would be right."""

    def __init__(
        self,
        problem: str,
        *,
        file: str | None = None,
        line: int | None = None,
        key: str | None = None,
        expected: str | None = None,
        nearest: str | None = None,
    ) -> None:
        super().__init__(problem)  # the one positional argument: so that a worker process can hand the error on
        self.problem = problem
        self.file = file
        self.line = line
        self.key = key
        self.expected = expected
        self.nearest = nearest

    def __str__(self) -> str:
        place = [] if self.file is None else [shown(self.file)]
        place += [] if self.line is None else [f"line {self.line}"]
        said = shown(self.problem, _SENTENCE)
        said = said if said.endswith((".", "?", "!")) else f"{said}."
        said += "" if self.nearest is None else f" Did you mean '{shown(self.nearest)}'?"
        return f"{', '.join(place)}: {said}" if place else said


def shown(text: object, limit: int = SHOWN) -> str:
    """Return `text` with everything that could steer a terminal escaped, and cut to `limit` characters."""
    written = str(text)
    cut = written if len(written) <= limit else written[: limit - 1] + "…"
    return "".join(map(_escaped, cut))


def _escaped(sign: str) -> str:
    if unicodedata.category(sign)[0] != "C" and sign not in "\u2028\u2029":
        return sign
    return sign.encode("unicode_escape").decode("ascii")


def quoted(text: str, limit: int = 40) -> str:
    """Return a text as a sentence can quote it: short, and safe to show."""
    return f"'{shown(text, limit)}'"


def as_typed(value: Any) -> str:
    """Return a value much as a user would write it in a TOML file."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f"'{shown(value)}'"
    if isinstance(value, int) and abs(value) >= 2**64:  # Python refuses to write out very long integers
        return f"a number of about {value.bit_length() * 3 // 10} digits"
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    return shown(value)


def nearest(word: str, names: Iterable[str]) -> str | None:
    """Return the name that `word` was probably meant to be; None where nothing is close.

    A word without a dot is also held against the last part of dotted names: `salience` is `issues.<n>.salience`.
    """
    wanted = word[:SHOWN].casefold()
    scored = [(_likeness(wanted, name.casefold()), -place, name) for place, name in enumerate(names)]
    best = max(scored, default=(0.0, 0, ""))
    return best[2] if best[0] >= _CLOSE else None


def _likeness(wanted: str, name: str) -> float:
    whole = SequenceMatcher(None, wanted, name).ratio()
    ends = SequenceMatcher(None, wanted.rpartition(".")[2], name.rpartition(".")[2]).ratio()
    return max(whole, (0.7 if "." in wanted else 0.95) * ends)
