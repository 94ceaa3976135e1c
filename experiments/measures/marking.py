"""The mark of a measure of one's own: `@measure` above a function of a run."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar, overload

if TYPE_CHECKING:
    from experiments.measures.part import PartOfRun
    from sim.record import Run

Rule = Callable[["Run | PartOfRun"], Any]
"""From a run, or a part of one, to a number, or None where there is none."""
_Rule = TypeVar("_Rule", bound=Rule)
_MARK: Final = "__measure__"


class Mark(NamedTuple):
    """What is said of a measure beside its function."""

    unit: str


@overload
def measure(unit: str = ...) -> Callable[[_Rule], _Rule]: ...
@overload
def measure(unit: _Rule) -> _Rule: ...
def measure(unit: Any = "") -> Any:
    """Mark a function as a measure, in the file that `--measures FILE.py` names.

    The function takes a finished `sim.Run`, or a part of one where it is asked of a role, a department or some days. It
    returns a number, or None where there is nothing to measure. Its name is that of the measure, and the first line of
    its docstring says what it means. `@measure("share")` says the unit, too.
    """
    if callable(unit):
        return _marked(unit, Mark(""))
    return lambda rule: _marked(rule, Mark(str(unit)))


def _marked(rule: Any, mark: Mark) -> Any:
    setattr(rule, _MARK, mark)
    return rule


def mark_of(value: Any) -> Mark | None:
    """Return the mark of a function; None where it has none."""
    found = getattr(value, _MARK, None) if callable(value) else None
    return found if isinstance(found, Mark) else None
