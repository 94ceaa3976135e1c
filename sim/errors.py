"""What is wrong with something a user typed or wrote, and where: one gentle sentence, safe to show on any terminal.

Also finds the line of a key in a TOML file, which `tomllib` does not tell.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
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
        told = shown(self.problem, _SENTENCE)
        told = told if told.endswith((".", "?", "!")) else f"{told}."
        told += "" if self.nearest is None else f" Did you mean '{shown(self.nearest)}'?"
        return f"{', '.join(place)}: {told}" if place else told


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


def listed(items: Sequence[str], limit: int = 5, last: str = ", ") -> str:
    """Return `a, b and 3 more`; `last` stands before the last one where all are named."""
    if len(items) > limit:
        return f"{', '.join(items[:limit])} and {len(items) - limit:,} more"
    return last.join(filter(None, (", ".join(items[:-1]), *items[-1:])))


def told(value: Any) -> str:
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


# ---------------------------------------------------------------- lines of a TOML file


def toml_lines(text: str) -> dict[str, int]:
    """Return the line, counted from 1, of every key of a TOML text that `tomllib` has accepted.

    Keys are dotted from the top, with the place in an array as a number: `issues.2.salience`. Quotes are left off.
    """
    finder = _LineFinder(text)
    with suppress(IndexError, RecursionError):  # a line is a kindness: better none than another error
        finder.read()
    return finder.lines


class _LineFinder:
    """Walks over a TOML text, knowing only as much of the language as it takes to tell where each key stands."""

    def __init__(self, text: str) -> None:
        self.text = text.replace("\r\n", "\n") + "\n"
        self.at = 0
        self.lines: dict[str, int] = {}
        self._counted = 0  # newlines before `_counted_to`: counting on, never again from the start
        self._counted_to = 0
        self._arrays: dict[str, int] = {}  # place of the last entry of each [[array]]

    def read(self) -> None:
        """Fill `lines`."""
        table: list[str] = []
        while self._skip("\n") < len(self.text):
            if self.text[self.at] == "[":
                table = self._header()
            else:
                self._pair(table)
            end = self.text.find("\n", self.at)
            self.at = len(self.text) if end < 0 else end

    def _skip(self, also: str = "") -> int:
        """Step over blanks, comments, and the signs of `also`; return where that ends."""
        while self.at < len(self.text):
            if self.text[self.at] == "#":
                self.at = self.text.index("\n", self.at)
            elif self.text[self.at] in " \t" + also:
                self.at += 1
            else:
                break
        return self.at

    def _note(self, path: Iterable[str]) -> None:
        self._counted += self.text.count("\n", self._counted_to, self.at)
        self._counted_to = self.at
        line = self._counted + 1
        for name in _beginnings(path):
            self.lines.setdefault(name, line)

    def _header(self) -> list[str]:
        start = self.at
        is_array = self.text.startswith("[[", start)
        self.at += 2 if is_array else 1
        names = self._names()
        path: list[str] = []
        for depth, name in enumerate(names):
            path.append(name)
            dotted = ".".join(path)
            if is_array and depth == len(names) - 1:
                self._arrays[dotted] = self._arrays.get(dotted, -1) + 1
            if dotted in self._arrays:
                path.append(str(self._arrays[dotted]))
        self._note(path)
        return path

    def _names(self) -> list[str]:
        names = [self._name()]
        while self.text[self._skip()] == ".":
            self.at += 1
            self._skip()
            names.append(self._name())
        return names

    def _name(self) -> str:
        self._skip()
        start = self.at
        if self.text[start] in "\"'":
            return self._quoted()
        while self.text[self.at] not in " \t\n.=]#":
            self.at += 1
        return self.text[start : self.at]

    def _quoted(self) -> str:
        quote = self.text[self.at]
        mark = quote * 3 if self.text.startswith(quote * 3, self.at) else quote
        start = self.at = self.at + len(mark)
        while not self.text.startswith(mark, self.at):
            self.at += 2 if quote == '"' and self.text[self.at] == "\\" else 1
            if self.at >= len(self.text):
                raise IndexError
        end = self.at
        self.at += len(mark)
        while len(mark) == 3 and self.text[self.at] == quote:  # up to two quotes may stand before the closing three
            self.at += 1
        return self.text[start:end]

    def _pair(self, table: list[str]) -> None:
        self._skip()
        start = self.at
        path = table + self._names()
        end, self.at = self.at, start
        self._note(path)
        self.at = end
        self._skip()
        self.at += 1  # the equals sign
        self._value(path)

    def _value(self, path: list[str]) -> None:
        sign = self.text[self._skip()]
        if sign in "\"'":
            self._quoted()
        elif sign == "[":
            self._entries(path)
        elif sign == "{":
            self.at += 1
            while self.text[self._skip("\n,")] != "}":
                self._pair(path)
            self.at += 1
        else:
            start = self.at
            while self.text[self.at] not in ",]}\n#":
                self.at += 1
            if self.at == start:
                raise IndexError

    def _entries(self, path: list[str]) -> None:
        self.at += 1
        place = 0
        while self.text[self._skip("\n,")] != "]":
            entry = [*path, str(place)]
            self._note(entry)
            self._value(entry)
            place += 1
        self.at += 1


def _beginnings(path: Iterable[str]) -> Iterator[str]:
    dotted = ""
    for name in path:
        dotted = f"{dotted}.{name}" if dotted else name
        yield dotted
