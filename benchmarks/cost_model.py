"""A model of what a run takes, fitted to measured runs: seconds of a processor, memory and disk.

What is read grows with members, days and visits, until readers find more than they have attention for; everything else
is a sum of terms, none of them below zero, each a number times how much there is of something.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from scipy.optimize import least_squares, nnls

Numbers = Mapping[str, float]


class Size(NamedTuple):
    """How large a run is, as those know who plan one."""

    members: int
    days: int
    visits: float = 0.6
    """Visits a day of those who use the arena: `population.visits_per_day.mean`."""


NEAR: Final = 10_000
"""Members whose records lie in the processor's own memory; each ten times more makes an item dearer by as much."""
MADE_OF: Final = {
    "seconds": ("once", "day", "member", "member_day", "visit", "item", "far_item"),
    "bytes": ("once", "member", "member_day"),
    "keeping_seconds": ("once", "member", "department_day"),
    "keeping_bytes": ("once", "member", "member_day", "department_day"),
    "disk_bytes": ("once", "member", "member_day", "item", "department_day"),
}
"""What is predicted, and of which terms each is the sum: a run as sweeps make it, and keeping it in a run folder.

Terms of time, and `NEAR`, are those that foresee each of the fitted sizes best from the others.
"""
READ: Final = {"most": 10.0, "power": 1.0, "half": 900.0, "closeness": 0.5, "quiet_days": 1.0}
"""Where the search for the numbers of `items_of` begins."""


def items_of(size: Size, read: Numbers) -> float:
    """Return how many items are read in a run: `most` a member and day at one visit, half of it among `half` members.

    As many more are read for more visits as `power` says, and `closeness` says how many members fewer it then takes
    for half of it; the arena begins with `quiet_days`.
    """
    most = read["most"] * size.visits ** read["power"]
    found = 1.0 + read["half"] / (size.members * size.visits ** read["closeness"])
    return size.members * max(1.0, size.days - read["quiet_days"]) * most / found


def terms_of(size: Size, items: float) -> dict[str, float]:
    """Return how much there is of everything that costs something, in a run of this size with so many items."""
    return {
        "once": 1.0,
        "day": size.days,
        "member": size.members,
        "member_day": size.members * size.days,
        "visit": size.members * size.days * size.visits,
        "department_day": size.days * size.members ** (1 / 3),
        "item": items,
        "far_item": items * max(0.0, math.log10(size.members / NEAR)),
    }


@dataclass(frozen=True)
class Model:
    """The fitted numbers: what is read, and what each thing is a sum of."""

    read: Numbers
    sums: Mapping[str, Numbers]

    def of(self, size: Size) -> dict[str, float]:
        """Return what a run of this size takes, by the names of `MADE_OF`, and its items."""
        items = items_of(size, self.read)
        there = terms_of(size, items)
        sums = {
            name: sum(number * there[term] for term, number in numbers.items()) for name, numbers in self.sums.items()
        }
        return {"items": items, **sums}


def model_in(found: Mapping[str, Any]) -> Model:
    """Return the model that was fitted last, from what part (m) of the benchmarks kept of it."""
    return Model(found["read"], found["sums"])


def fitted(sizes: Sequence[Size], measured: Sequence[Mapping[str, Any]]) -> Model:
    """Return the model whose shares of error are least, in squares, for runs of these sizes."""
    items = np.array([each["items"] for each in measured], float)
    sums = {name: _sum(terms, sizes, items, [each[name] for each in measured]) for name, terms in MADE_OF.items()}
    return Model(_read(sizes, items), sums)


def _read(sizes: Sequence[Size], items: np.ndarray) -> Numbers:
    """Fit `items_of`: on a scale of logarithms, so that no number falls below zero, and none counts for its size."""

    def errors(logs: np.ndarray) -> np.ndarray:
        read = dict(zip(READ, np.exp(logs).tolist(), strict=True))
        return np.log([items_of(size, read) for size in sizes]) - np.log(items)

    found = least_squares(errors, np.log(list(READ.values())))
    return dict(zip(READ, np.exp(found.x).tolist(), strict=True))


def _sum(terms: Sequence[str], sizes: Sequence[Size], items: np.ndarray, values: Sequence[float]) -> Numbers:
    there = [terms_of(*each) for each in zip(sizes, items.tolist(), strict=True)]
    amounts = np.array([[each[term] for term in terms] for each in there], float)
    shares = amounts / np.array(values, float)[:, None]
    largest = shares.max(axis=0)  # terms differ by many orders
    scale = np.where(largest > 0.0, largest, 1.0)  # of some there is nothing where all sizes are small
    numbers, _ = nnls(shares / scale, np.ones(len(values)))
    return dict(zip(terms, (numbers / scale).tolist(), strict=True))
