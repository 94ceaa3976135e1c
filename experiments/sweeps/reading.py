"""A TOML file of the user's, and where each of its keys stands."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import ValidationError

from sim.errors import InputError, nearest, shown, told, toml_lines
from sim.parameters import Table

_Model = TypeVar("_Model", bound=Table)


@dataclass(frozen=True)
class Source:
    """A file's name, what it says, and the line of each dotted key."""

    file: str
    data: Mapping[str, Any]
    lines: Mapping[str, int]

    @classmethod
    def of(cls, file: str, text: str, data: Mapping[str, Any]) -> Source:
        """Return the source of a text that has been read."""
        return cls(file, data, toml_lines(text))

    def error(self, key: str, problem: str, *, likely: str | None = None) -> InputError:
        """Return the error about a key, with the line where it, or the table around it, stands."""
        name = key
        while name and name not in self.lines:
            name = name.rpartition(".")[0]
        return InputError(problem, file=self.file, line=self.lines.get(name), key=key, nearest=likely)

    @contextmanager
    def at(self, key: str) -> Iterator[None]:
        """Tell what goes wrong inside as an error about this key."""
        try:
            yield
        except InputError as error:
            raise self.error(key, error.problem, likely=error.nearest) from None

    def checked(self, model: type[_Model], data: Mapping[str, Any], more: Sequence[str] = ()) -> _Model:
        """Return `data` as a model; InputError about the first thing that is wrong, unknown names first."""
        try:
            return model.model_validate_json(json.dumps(data, default=str), strict=True)
        except ValidationError as error:
            first = min(error.errors(), key=lambda e: e["type"] != "extra_forbidden")
        names = [str(part) for part in first["loc"] if isinstance(part, str) and part[:1].islower()]
        key = ".".join(names)
        if first["type"] == "extra_forbidden":
            known = [*model.model_fields, *more]
            raise self.error(key, f"unknown key '{shown(key)}'", likely=nearest(names[-1], known))
        field = model.model_fields.get(names[0]) if names else None
        expected = (field.description if field else None) or first["msg"].lower()
        if len(names) > 1 or first["type"] == "missing":
            expected = first["msg"].lower()
        value: Any = data
        for name in names:
            value = value.get(name) if isinstance(value, Mapping) else None
        raise self.error(key, f"{shown(key)} = {told(value)} is not right: expected {expected}")

    def flat(self, tables: Any, key: str, leaf: Callable[[Any], bool] = lambda _: False) -> dict[str, Any]:
        """Return the entries of a table by dotted name, whether they were written with dots or as tables."""
        if not isinstance(tables, Mapping):
            raise self.error(key, f"{key} = {told(tables)} is not a table of dotted names and values")
        return dict(_flat(tables, "", leaf))


def _flat(value: Any, name: str, leaf: Callable[[Any], bool]) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and not leaf(value):
        for key, inner in value.items():
            yield from _flat(inner, f"{name}.{key}" if name else str(key), leaf)
    else:
        yield name, value
