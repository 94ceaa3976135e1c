"""Measures that the command line asked for: the debrief shows them below its own numbers.

They are the same for all pages of a server. Functions of the user's own run because their file was named where the
server was started; no page, address or file that a page opens can name one.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from experiments.measures import scoped
from experiments.measures.typed import NOTHING, Wanted
from experiments.values import finite
from sim.engine import Engine
from sim.errors import InputError, shown

_asked: Final[list[Wanted]] = []
"""At most one."""


class Found(NamedTuple):
    """One of them in one world that was run."""

    value: float | None = None
    fault: str = ""
    """Why there is no value, where the user's function failed."""


def ask(wanted: Wanted) -> None:
    """Have pages show these from now on."""
    _asked[:] = [wanted]


def asked() -> Wanted:
    """Return what pages show."""
    return _asked[0] if _asked else NOTHING


def found_in(engine: Engine) -> dict[str, Found]:
    """Return what each measure finds in a world that was run to its end, by name; a function that fails has a fault."""
    return {name: _found(name, engine) for name in asked().all}


def _found(name: str, engine: Engine) -> Found:
    try:
        (value,) = asked().catalogue.measured([name], engine)
    except InputError as problem:
        return Found(fault=f"{str(problem).rstrip('.')}.")
    return Found(finite(value))


def label_of(name: str) -> str:
    """Return what a measure is called where other numbers are about some days only."""
    return shown(name, 120) if scoped(name)[1].days else f"{shown(name, 120)} (all days)"
