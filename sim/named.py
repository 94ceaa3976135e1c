"""Words that a file may say where the model has an enum: a new member of the enum is a word at once."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import Any, Final

from pydantic_core import CoreSchema, core_schema


class OneOf:
    """The names of some members of an enum, as the type of a field: `scope: Annotated[str, OneOf(Scope)]`.

    Members below 0, which say that there is none, have no name in files.
    """

    def __init__(self, members: Iterable[IntEnum]) -> None:
        self.words: Final = tuple(member.name.rstrip("_") for member in members if member >= 0)

    def __str__(self) -> str:
        return f"one of {', '.join(self.words)}"

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> CoreSchema:
        """Return what pydantic checks a value by."""
        return core_schema.literal_schema(list(self.words))
