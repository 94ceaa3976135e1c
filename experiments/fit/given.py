"""Values that are known of an arena beyond its portrait, typed as `--target willingness@role:coworker=0.31±0.02`."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from experiments.measures.typed import Wanted
from experiments.portrait.measuring import STATISTICS
from sim.errors import InputError, as_typed, shown

_ERROR: Final = re.compile(r"\s*(?:±|\+/?-)\s*")
FORM: Final = "--target is typed as MEASURE=VALUE or MEASURE=VALUE±ERROR, such as willingness=0.31±0.02"


class Given(NamedTuple):
    """A measure whose value in the arena is known."""

    name: str
    value: float
    error: float
    """Its standard error; 0 where it is taken for exact."""


def given_targets(typed: Sequence[str], offered: Wanted) -> list[Given]:
    """Return what was typed after --target; `offered` has the measures of the user's own.

    Raises InputError where something is no number, where there is no such measure, or it is there twice.
    """
    found = [_given(text) for text in typed]
    names = [each.name for each in found]
    for name in names:
        measure = offered.catalogue.find(name)
        if name in STATISTICS:
            raise InputError(f"{name} is among the statistics of the portrait, and is taken from there", key="--target")
        if measure.words:
            raise InputError(f"{shown(name)} is a word, no number", key="--target")
        if names.count(name) > 1:
            raise InputError(f"{shown(name)} is there twice", key="--target")
    return found


def wanted_of(given: Sequence[Given], offered: Wanted) -> Wanted:
    """Return what is measured of each run so that it can be held against what is given."""
    names = tuple(each.name for each in given)
    return Wanted(tuple(each for each in offered.own if each.name in names), names)


def _given(text: str) -> Given:
    name, sign, number = text.rpartition("=")
    value, *error = _ERROR.split(number.strip(), maxsplit=1)
    if not sign or not name.strip() or not value:
        raise InputError(f"'{shown(text, 120)}': {FORM}")
    known = Given(name.strip(), _number(value, text), _number(error[0], text) if error else 0.0)
    if known.error < 0.0:
        raise InputError(f"'{shown(text, 120)}': an error is not below 0")
    return known


def _number(text: str, whole: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise InputError(f"'{shown(whole, 120)}': {as_typed(text)} is no number; {FORM}")
    return found
