"""Changing numbers and settings by their dotted names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sim.errors import InputError, as_typed
from sim.parameters import Parameters, registry
from sim.scenario.complaints import check, unknown_name
from sim.scenario.names import Value, flatten, parameter_names, pattern_of
from sim.scenario.places import NOWHERE, Place


def changed(parameters: Parameters, changes: Mapping[str, Any], place: Place = NOWHERE) -> Parameters:
    """Return `parameters` with values changed by dotted name, as the `set` of an event does; InputError if wrong.

    Only the tables that the changes name are checked again.
    """
    flat = dict(flatten(changes))
    if not flat:
        return parameters
    tables = {name.partition(".")[0] for name in flat} & Parameters.model_fields.keys()
    tree = parameters.model_dump(mode="json", include=tables)
    _put(tree, flat, place)
    checked = check(Parameters, tree, place)
    return parameters.model_copy(update={name: getattr(checked, name) for name in tables})


def _put(tree: dict[str, Any], changes: Mapping[str, Any], place: Place) -> None:
    """Write values by dotted name into tables; InputError where there is no such parameter, or no such issue."""
    for name, value in changes.items():
        here = place.under(name)
        if pattern_of(name) not in registry():
            raise unknown_name(here, parameter_names(name.split(".")))
        *tables, last = name.split(".")
        table: Any = tree
        for part in tables:
            if isinstance(table, list) and int(part) >= len(table):
                number = "1 issue, number 0" if len(table) == 1 else f"{len(table)} issues, 0 to {len(table) - 1}"
                raise here.error(f"{name}: there is no issue {part}, only {number}")
            table = table[int(part) if isinstance(table, list) else part]
        table[last] = value


def read_changes(tables: Any, place: Place) -> dict[str, Any]:
    """Return the entries of a `set` table by dotted name, whether they were written with dots or as tables."""
    if not isinstance(tables, dict):
        rule = "a table of dotted names and values"
        raise place.error(f"{place.at} = {as_typed(tables)} is not {rule}", expected=rule)
    return dict(flatten(tables))


def settle_values(changes: Iterable[tuple[str, Value]], parameters: Parameters) -> Iterator[tuple[str, Value]]:
    """Yield changes of single parameters with the values as these take them."""
    wanted = dict(changes)
    taken = changed(parameters, wanted)
    for name in wanted:
        value: Any = taken
        for part in name.split("."):
            value = value[int(part)] if isinstance(value, tuple) else getattr(value, part)
        yield name, value


@contextmanager
def blame(place: Place) -> Iterator[None]:
    """Let an error name the place of a change, and not that of the parameter."""
    try:
        yield
    except InputError as error:
        here = place.under(error.key)
        raise here.error(error.problem, expected=error.expected, likely=error.nearest) from None
