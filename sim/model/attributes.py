"""What a member has: attributes that are fields of the world, read as they are now, and set within their bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sim.beliefs import BELIEFS, Belief
from sim.errors import InputError, as_typed
from sim.state import BELIEF_FIELDS, MEMBER_FIELDS

if TYPE_CHECKING:
    pass

WHOLE: Final = (int, np.integer)
NUMBER: Final = (*WHOLE, float, np.floating)
LOG_BOUND: Final = 10.0
"""How far the two attributes on a log scale can be set from 0; e**10 is 22,000."""
LARGEST_RATE: Final = 1000.0
_MEANING: Final = {name: meaning for name, *_, meaning in (*MEMBER_FIELDS, *BELIEF_FIELDS)}


class Live:
    """An attribute that is a field of the world: read as it is now; set, where bounds are given, within them.

    Named by the attribute it is assigned to; its meaning is that of the field in state.py.
    """

    def __init__(self, table: str, low: float | None = None, high: float | None = None) -> None:
        self.table, self.low, self.high = table, low, high

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name
        self.fields: tuple[str, ...] = (name,)
        self.__doc__ = _MEANING[name]

    def __get__(self, member: Any, owner: type | None = None) -> Any:
        if member is None:
            return self
        table = getattr(member.model.engine.world, self.table)
        values = [table[field][member.row].item() for field in self.fields]
        return values[0] if len(values) == 1 else sum(values) / len(values)

    def __set__(self, member: Any, value: float) -> None:
        if self.low is None or self.high is None:
            raise AttributeError(f"{self.name} cannot be set: it is what happened in the run, or who the member is.")
        world, now = member.model.engine.world, check_number(self.name, value, self.low, self.high)
        for field in self.fields:
            table = getattr(world, self.table)
            if table[field].dtype.kind == "i" and now != int(now):
                raise InputError(f"{self.name} = {as_typed(value)} is not a whole number", key=self.name)
            table[field][member.row] = now
            if self.table == "beliefs" and member.model.tick == 0:
                world.start[field][member.row] = now

    def column(self, world: Any) -> list[Any]:
        """Return the attribute of all members, in row order."""
        columns = [getattr(world, self.table)[field] for field in self.fields]
        found: list[Any] = (columns[0] if len(columns) == 1 else sum(columns) / len(columns)).tolist()
        return found


class Mean(Live):
    """An attribute that is the mean of several fields; setting it sets them all."""

    def __init__(self, table: str, fields: tuple[str, ...], meaning: str) -> None:
        super().__init__(table, 0.0, 1.0)
        self._of, self._meaning = fields, meaning

    def __set_name__(self, owner: type, name: str) -> None:
        self.name, self.fields, self.__doc__ = name, self._of, self._meaning


def _belief(each: Belief) -> Any:
    return Live("beliefs", *((0.0, 1.0) if each.is_share else (-LOG_BOUND, LOG_BOUND)))


Beliefs: Any = type("Beliefs", (), {each.name: _belief(each) for each in BELIEFS})
"""What a member believes, one attribute each."""


def trait(low: float = 0.0, high: float = 1.0) -> Any:
    """Return an attribute that is a trait."""
    return Live("members", low, high)


def fact() -> Any:
    """Return an attribute that can only be read."""
    return Live("members")


def check_number(name: str, value: Any, low: float, high: float) -> float:
    """Return `value` as a float; InputError where it is no number from `low` to `high`."""
    if isinstance(value, NUMBER) and not isinstance(value, bool) and low <= value <= high:
        return float(value)
    expected = f"a number from {low:g} to {high:g}"
    raise InputError(f"{name} = {as_typed(value)} is not {expected}", key=name, expected=expected)
