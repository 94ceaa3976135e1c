"""Checking values against the tables that describe them; what is wrong becomes one sentence with the nearest name."""

from __future__ import annotations

import json
import numbers
import re
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from sim import limits
from sim.errors import InputError, as_typed, nearest, shown
from sim.parameters import IssueTable, Parameters, Table, registry
from sim.scenario.names import allowed, parameter_names, pattern_of
from sim.scenario.parsing import NESTING
from sim.scenario.places import Place

Checked = TypeVar("Checked", bound=Table)


def check(model: type[Checked], data: Any, place: Place) -> Checked:
    """Return `data` as a `model`; InputError about the first thing that is wrong, unknown names before all else.

    By way of JSON, where pydantic's strict mode means what a user means: 1 is a number, true and "1" are not.
    """
    try:
        return model.model_validate_json(json.dumps(_plain(data)), strict=True)
    except ValidationError as error:
        first = min(error.errors(), key=lambda e: e["type"] != "extra_forbidden")
        raise _complaint(model, data, place, first["type"], first["loc"]) from None


_UNUSABLE: Final[list[Any]] = [[]]  # stands for what no parameter can be, so that the check refuses it


def _plain(value: Any, depth: int = 0) -> Any:
    """Return a value as JSON has it: numpy's scalars and enums by what they stand for, and no -0.0."""
    if getattr(value, "shape", None) == () and hasattr(value, "item"):
        value = value.item()
    if isinstance(value, Enum):
        value = value.name.rstrip("_")
    if isinstance(value, bool):
        return value
    if isinstance(value, numbers.Integral):
        return int(value) if abs(int(value)) < 2**63 else _UNUSABLE
    if isinstance(value, float):
        return value + 0.0
    if isinstance(value, str):
        return value if value.isascii() or not re.search("[\ud800-\udfff]", value) else _UNUSABLE
    if isinstance(value, Mapping) and depth <= NESTING:
        return {str(key): _plain(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, list | tuple) and depth <= NESTING:
        return [_plain(inner, depth + 1) for inner in value]
    return _UNUSABLE


def _complaint(model: type[Table], data: Any, place: Place, kind: str, where: tuple[int | str, ...]) -> InputError:
    names, value = _reached(data, where)
    missing = kind == "missing" and isinstance(value, dict) and len(names) == len(where) - 1
    if missing:
        names, value = [*names, str(where[-1])], None
    for name in names:
        place = place.under(name)
    if kind == "extra_forbidden":
        return unknown_name(place, _names_beside(model, place, names))
    expected = _expected(model, names, place)
    if missing:
        return place.error(f"'{names[-1]}' is missing: '{place.at}' must be {expected}", expected=expected)
    name = place.at or "the value"
    problem = f"{shown(name)} = {as_typed(value)} is not {expected}"
    return place.error(problem, expected=expected, likely=_word(value, expected))


def _reached(data: Any, where: tuple[int | str, ...]) -> tuple[list[str], Any]:
    """Return the names on the way to what is wrong, as far as it is there, and what stands there.

    pydantic also names which branch of a choice it tried, and the entry that a list is too short to have.
    """
    names: list[str] = []
    for part in where:
        is_entry = isinstance(data, list | tuple) and isinstance(part, int) and part < len(data)
        if not is_entry and not (isinstance(data, dict) and part in data):
            break
        data = data[part]
        names.append(str(part))
    return names, data


def _word(value: Any, expected: str) -> str | None:
    """Return the word among those of `expected` that a wrong one was probably meant to be."""
    if not isinstance(value, str):
        return None
    if expected.startswith("one of "):
        return nearest(value, expected.removeprefix("one of ").split(", "))
    return nearest(value, ["true", "false"] if expected == "true or false" else re.findall(r"'(\w+)'", expected))


def _expected(model: type[Table], names: Sequence[str], place: Place) -> str:
    """Say what may stand at a place in a `model`."""
    if model not in (Parameters, IssueTable):
        return (model.model_fields[names[0]].description if names else "") or f"a table, such as {_example(model)}"
    prefix = "issues.<n>." if model is IssueTable else ""
    described = registry().get(pattern_of(prefix + ".".join(names)))
    if described is not None:
        return allowed(described)
    if names and names[0] == "issues":
        return f"a list of 1 to {limits.ISSUES} tables, each under a line [[issues]]"
    return f"a table, under a line [{place.at}]" if model is Parameters else 'a table, such as {name = "Canteen"}'


def _example(model: type[Table]) -> str:
    return "{" + ", ".join(f"{name} = …" for name in model.model_fields) + "}"


def unknown_name(place: Place, names: Iterable[str]) -> InputError:
    """Return an error about a name that nothing has, with the nearest of those that there are."""
    known = list(names)
    inside = next((name for name in known if name.startswith(f"{place.at}.")), None)
    if inside is not None:
        return place.error(f"'{place.at}' is a whole table; name one of its entries, such as {inside}")
    likely = nearest(place.at, known)
    return place.error(f"unknown key '{shown(place.at)}'", expected="a known name", likely=likely)


def _names_beside(model: type[Table], place: Place, names: Sequence[str]) -> list[str]:
    if model is Parameters:
        return parameter_names(names)
    return [f"{place.at.removesuffix(names[-1])}{name}" for name in model.model_fields]
