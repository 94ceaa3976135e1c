"""What a run is called: a hash of all that its results depend on, so that the same run is never made twice.

A world is a set of named values, and its hash the sum of the hashes of these (Bellare & Micciancio 1997): the world of
a cell differs from that of the study in a few values, and so costs a few hashes instead of a hash of everything.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from typing import Any, Final, Literal

from sim.scenario import Scenario, flat_parameters

SCHEMA: Final[Literal[1]] = 1
"""Raised whenever a stored row comes to mean something else."""
_BITS: Final = 128


def entries(scenario: Scenario) -> dict[str, Any]:
    """Return all values of a scenario by dotted name: its parameters, what happens in it as `events.<n>.…`, and who

    works in it, where files say so, as `organization`.
    """
    found = flat_parameters(scenario.parameters)
    found |= {} if scenario.people is None else {"organization": scenario.people.digest}
    for number, event in enumerate(scenario.written):
        at = f"events.{number}"
        found[f"{at}.day"] = event.day
        found |= {f"{at}.set.{name}": value for name, value in event.set}
        if event.kind != "set":
            table = getattr(event, event.kind).model_dump(mode="json", exclude_none=True)
            found |= {f"{at}.{event.kind}.{name}": value for name, value in table.items()}
    return {name: plain(value) for name, value in found.items()}


def plain(value: Any) -> Any:
    """Return a value with one zero only: -0.0 is the same setting as 0.0."""
    return value + 0.0 if isinstance(value, float) else value


class Identity:
    """Names the runs of one study, by the digest of the rules that they are made by.

    `further` is what else a row depends on: what was asked for beyond the usual measures, and when a run stops.
    """

    def __init__(self, scenario: Scenario, rules: str, record: str, further: tuple[str, ...] = ()) -> None:
        self._hashes = {name: _hash(name, value) for name, value in entries(scenario).items()}
        self._total = sum(self._hashes.values())
        self._salt = " ".join((str(SCHEMA), rules, record, *further))

    def of_world(self, changes: Iterable[tuple[str, Any]]) -> str:
        """Return the name of the world in which these values of the scenario are changed."""
        total = self._total
        for name, value in changes:
            total += _hash(name, value) - self._hashes.get(name, 0)
        return f"{total % 2**_BITS:032x}"

    def of_run(self, world: str, seed: int) -> str:
        """Return the name of a run: 32 hexadecimal digits."""
        return blake2b(f"{self._salt} {world} {seed}".encode(), digest_size=16).hexdigest()


def _hash(name: str, value: Any) -> int:
    """Return a number for a named value; 1, 1.0 and true are three values."""
    return int.from_bytes(blake2b(f"{name}={value!r}".encode(), digest_size=_BITS // 8).digest(), "big")
