"""Who is meant: members found by whatever files call them, an id, a number, an address, an account or a name.

A text is taken at its word first. Only what is nobody's id is understood more freely, and only where one member alone
can be meant.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Final, TypeAlias

Index: TypeAlias = Mapping[str, Sequence[int]]
"""The rows of the members whom a text can mean."""

NOBODY: Final = frozenset({
    *("", "-", "--", "---", "–", "—", "null", "(null)", "none", "(none)", "<none>", "nil", "nan"),
    *("n/a", "#n/a", "na", "n.a.", "no_manager", "no manager", "not applicable", "not assigned", "unassigned"),
})  # fmt: skip
"""What stands in a cell for no manager, in small letters."""
_NUMBER: Final = re.compile(r"0*([0-9]+?)(?:[.,](?:0{1,2}|0{4,}))?", re.ASCII)
"""A whole number as tables spoil it: 2.0 and 002. Three noughts could as well stand for thousands."""
_WITH_ID: Final = re.compile(r"(.*\S)\s*[(\[<]\s*([^()\[\]<>]+?)\s*[)\]>]")
"""`Vera Holm (100)`, `Vera Holm <v.holm@example.org>`."""
_BEFORE_NAME: Final = re.compile(r"([^\s-]+)\s+-\s+(\S.*)")
"""`100 - Vera Holm`."""
_COMMON_NAME: Final = re.compile(r"CN=((?:\\.|[^,\\])+)(?:,|$)", re.IGNORECASE)
"""The first part of the name by which a directory knows somebody: `CN=Holm\\, Vera,OU=Sales,DC=example`."""


class Register:
    """Members by their ids, and by all else that a file says of them. What is never asked for is never made."""

    def __init__(
        self, ids: Sequence[str], names: Iterable[Sequence[str]] = (), accounts: Iterable[Sequence[str]] = ()
    ) -> None:
        """`names` and `accounts` hold columns of texts, one text a member; empty ones stand for nothing."""
        self._ids, self._names, self._accounts = ids, list(names), list(accounts)
        self._known: dict[str, int] = {}

    def row(self, text: str) -> int:
        """Return the row of the one member whom a text means; -1 where it means nobody, or more than one."""
        row = self._by_id.get(text, self._known.get(text))
        if row is None:
            found = self.find(text)
            row = self._known[text] = found[0] if len(found) == 1 else -1
        return row

    def find(self, text: str) -> Sequence[int]:
        """Return the rows of all whom a text can mean, by the plainest way to understand it that leads to anybody."""
        if text in self._by_id:
            return (self._by_id[text],)
        for reading in _readings(text):
            for index, key in self._ways():
                if found := index().get(key(reading)):
                    return found
        return ()

    def is_nobody(self, text: str) -> bool:
        """Say whether a text stands for no manager; 0 does where nobody has that number."""
        if text in self._by_id:
            return False
        return text.casefold() in NOBODY or (_number(text) == "0" and "0" not in self._numbers)

    def _ways(self) -> Iterator[tuple[Callable[[], Index], Callable[[str], str]]]:
        """Yield ways to look a text up, the most certain first: where, and by which form of it."""
        yield lambda: self._numbers, _number
        yield lambda: self._folded, str.casefold
        yield lambda: self._called, known_as

    @cached_property
    def _by_id(self) -> dict[str, int]:
        return {member: row for row, member in enumerate(self._ids)}

    @cached_property
    def _numbers(self) -> Index:
        return _index([self._ids], _number)

    @cached_property
    def _folded(self) -> Index:
        return _index([self._ids, *self._accounts], str.casefold)

    @cached_property
    def _called(self) -> Index:
        return _index(self._names, known_as)


def _index(columns: Iterable[Sequence[str]], key: Callable[[str], str]) -> Index:
    """Return the rows of each text, by its key; texts without one are left out."""
    found: dict[str, dict[int, None]] = {}
    for column in columns:
        for row, text in enumerate(column):
            if known := key(text):
                found.setdefault(known, {})[row] = None
    return {text: tuple(rows) for text, rows in found.items()}


def _number(text: str) -> str:
    """Return a whole number without what tables add to it; an empty text for what is none."""
    found = _NUMBER.fullmatch(text)
    return found[1] if found else ""


def known_as(name: str) -> str:
    """Return a name in the one form in which names are compared: `Holm, Vera` is `vera holm`."""
    last, comma, first = name.partition(",")
    turned = f"{first} {last}" if comma and "," not in first else name
    return " ".join(unicodedata.normalize("NFKC", turned).casefold().split())


def _readings(text: str) -> Iterator[str]:
    """Yield a text, and then its parts, where it has some: an id beside a name, the name within a directory's."""
    yield text
    if found := _WITH_ID.fullmatch(text):
        yield found[2]
        yield found[1]
    if found := _BEFORE_NAME.fullmatch(text):
        yield from found.groups()
    if found := _COMMON_NAME.match(text):
        yield re.sub(r"\\(.)", r"\1", found[1])
