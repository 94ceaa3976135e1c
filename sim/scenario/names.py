"""The dotted names of a world's numbers and settings, and what each can be, in words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from sim.parameters import Parameter, Parameters, registry

Value: TypeAlias = bool | int | float | str
"""What a number or a setting of a world can be."""
FIXED: Final = ("days", "organization", "population")
"""What is settled at the start of a run."""
OF_AN_ISSUE: Final = ("salience", "salience_half_life_days", "criticality")
"""What of an issue may change during a run."""


def allowed(parameter: Parameter) -> str:
    """Say in words what a parameter can be: `a number between 0 and 1`, `one of team, department, organization`."""
    if parameter.choices:
        return f"one of {', '.join(parameter.choices)}"
    if parameter.kind == "yes or no":
        return "true or false"
    if parameter.kind == "text":
        return "a text of 1 to 200 characters"
    unit = "" if parameter.unit in ("", "share") else f" ({parameter.unit})"
    return f"a {parameter.kind} between {parameter.low:g} and {parameter.high:.10g}{unit}"


def pattern_of(name: str) -> str:
    """Return a dotted name as the registry has it: `issues.2.salience` is `issues.<n>.salience`."""
    return re.sub(r"^issues\.(0|[1-9][0-9]{0,3})\.", "issues.<n>.", name)


def may_change(name: str) -> bool:
    """Say whether a parameter, by dotted name, may change during a run (and so stand in the `set` of an event)."""
    pattern = pattern_of(name)
    if pattern.startswith("issues.<n>."):
        return pattern.removeprefix("issues.<n>.") in OF_AN_ISSUE
    return pattern in registry() and pattern.partition(".")[0] not in FIXED


def parameter_names(names: Sequence[str]) -> list[str]:
    """Return all dotted names of parameters and tables; an issue's with the number that `names` has."""
    counted = len(names) > 1 and names[0] == "issues" and re.fullmatch(r"0|[1-9][0-9]{0,3}", names[1])
    number = names[1] if counted else "0"
    found: dict[str, None] = {}
    for name in registry():
        parts = name.replace("<n>", number).split(".")
        found.update(dict.fromkeys(".".join(parts[:n]) for n in range(1, len(parts) + 1)))
    return list(found)


def flat_parameters(parameters: Parameters) -> dict[str, Any]:
    """Return all values by dotted name."""
    return dict(flatten(dump(parameters)))


def dump(parameters: Parameters) -> dict[str, Any]:
    """Return all values, table by table, as JSON has them."""
    return parameters.model_dump(mode="json")


def flatten(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each value of a table and of those in it with its dotted name."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from flatten(inner, f"{name}.{key}" if name else str(key))
    elif name == "issues" and isinstance(value, list):
        for place, entry in enumerate(value):
            yield from flatten(entry, f"{name}.{place}")
    else:
        yield name, value
