"""Effects that a user names, as `willingness=0.02`: how large a difference has to be to matter."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from experiments.measures.catalogue import Catalogue
from sim.errors import InputError, shown
from sim.wording import count

POWER: Final = 0.8
"""The chance to see a difference that is there, where none is named (Cohen 1988)."""


def effects_of(typed: Sequence[str], catalogue: Catalogue) -> dict[str, float]:
    """Return the size that matters by measure; InputError where there is no such measure, or no such size."""
    found = {}
    for text in typed:
        name, _, value = text.rpartition("=")
        size = _number(value)
        if not name or not 0.0 < abs(size) < 1e12:
            raise InputError(f"--effect {shown(text, 80)} is not MEASURE=SIZE with a size other than 0, such as .02")
        catalogue.find(name.strip())
        found[name.strip()] = abs(size)
    return found


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def pairs_in_words(number: float) -> str:
    """Return a number of pairs; in words where there are too many to be made."""
    return count(int(number), "pair") if math.isfinite(number) else "more than ten million pairs"


def seeds_in_words(number: float) -> str:
    """Return a number of seeds; in words where there are too many to be made."""
    return count(int(number), "seed") if math.isfinite(number) else "more than ten million seeds"
