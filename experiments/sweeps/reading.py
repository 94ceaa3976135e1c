"""A TOML file of the user's, and where each of its keys stands."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeVar, get_args

from pydantic import ValidationError

from sim.errors import InputError, as_typed, nearest, shown
from sim.parameters import Table
from sim.toml_lines import toml_lines

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

    def without(self, key: str) -> Source:
        """Return this source without one of its tables."""
        return replace(self, data={name: value for name, value in self.data.items() if name != key})

    def overlaid(self, key: str) -> Source:
        """Return this source with the entries of one of its tables in the place of those at the top."""
        table = self.data.get(key, {})
        if not isinstance(table, Mapping):
            raise self.error(key, f"'{key}' is not a table, under a line [{key}]")
        inner = {name.removeprefix(f"{key}."): line for name, line in self.lines.items() if name.startswith(f"{key}.")}
        kept = {name: line for name, line in self.lines.items() if name.split(".")[0] not in table}
        return Source(self.file, {**self.without(key).data, **table}, kept | inner)

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
        names, value = _place(first["loc"], data)
        if first["type"] == "missing":
            names.append(str(first["loc"][-1]))
            raise self.error(".".join(names), f"{'.'.join(names[:-1])} does not say '{names[-1]}'")
        key, table = ".".join(names), _table_at(model, names[:-1])
        if first["type"] == "extra_forbidden":
            known = [*table.model_fields, *(more if table is model else ())]
            raise self.error(key, f"unknown key '{shown(key)}'", likely=nearest(names[-1], known))
        field = table.model_fields.get(names[-1])
        said = f"{shown(key)} = {as_typed(value)}"
        if field and field.description:
            raise self.error(key, f"{said} is not {field.description}")
        raise self.error(key, f"{said} is wrong: {first['msg'].lower()}")

    def flat(self, tables: Any, key: str, leaf: Callable[[Any], bool] = lambda _: False) -> dict[str, Any]:
        """Return the entries of a table by dotted name, whether they were written with dots or as tables."""
        if not isinstance(tables, Mapping):
            raise self.error(key, f"{key} = {as_typed(tables)} is not a table of dotted names and values")
        return dict(_flat(tables, "", leaf))


def _place(location: Sequence[str | int], data: Any) -> tuple[list[str], Any]:
    """Return the names on the way to what is wrong, and what stands there; pydantic also names the types it tried."""
    names: list[str] = []
    for part in location:
        if isinstance(data, Mapping) and part in data:
            data = data[part]
            names.append(str(part))
        elif isinstance(data, list) and isinstance(part, int) and part < len(data):
            data = data[part]
    return names, data


def _table_at(model: type[Table], names: Sequence[str]) -> type[Table]:
    """Return the model of the table that stands under these names."""
    for name in names:
        field = model.model_fields.get(name)
        kinds = (field.annotation, *get_args(field.annotation)) if field else ()
        model = next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Table)), model)
    return model


def _flat(value: Any, name: str, leaf: Callable[[Any], bool]) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and not leaf(value):
        for key, inner in value.items():
            yield from _flat(inner, f"{name}.{key}" if name else str(key), leaf)
    else:
        yield name, value
