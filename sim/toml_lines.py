"""On which line each key of a TOML text stands, which `tomllib` does not say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress


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
