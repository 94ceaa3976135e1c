"""Where a value stands: in which file, on which line, under which key."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from sim.errors import InputError
from sim.toml_lines import toml_lines


@dataclass(frozen=True)
class Source:
    """One scenario file, or a text in the place of one."""

    file: str
    text: str
    data: dict[str, Any]
    path: Path | None
    folder: Path | None

    @cached_property
    def lines(self) -> dict[str, int]:
        """The line of each key."""
        return toml_lines(self.text)


@dataclass(frozen=True)
class Place:
    """Where a value comes from: the files that may hold it, the nearest descendant first, and its dotted key there."""

    sources: tuple[Source, ...] = ()
    at: str = ""

    def under(self, name: object) -> Place:
        """Return the place of an entry of what stands here."""
        return Place(self.sources, f"{self.at}.{name}" if self.at else str(name))

    def error(self, problem: str, *, expected: str | None = None, likely: str | None = None) -> InputError:
        """Return an error about what stands here."""
        file, line = self._found()
        return InputError(problem, file=file, line=line, key=self.at or None, expected=expected, nearest=likely)

    def _found(self) -> tuple[str | None, int | None]:
        name = self.at
        while name:
            for source in self.sources:
                line = source.lines.get(f"set.{name}", source.lines.get(name))
                if line is not None:
                    return source.file, line
            name = name.rpartition(".")[0]
        return (self.sources[0].file if self.sources else None), None


NOWHERE: Final = Place()
"""The place of what stands in no file."""
