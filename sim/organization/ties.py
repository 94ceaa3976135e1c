"""Informal ties: who is in contact with whom, and how much; each stands in the rows of both its members."""

from dataclasses import replace
from typing import TypedDict

import numpy as np

from sim.errors import InputError
from sim.organization.model import Amounts, Organization, Rows

PORTION = 1 << 16
"""How much is worked on at a time, so that millions of ties need little memory on the way."""


class Ties(TypedDict):
    """The fields of an Organization that hold its ties."""

    tie_start: Rows
    tie_member: Rows
    tie_weight: Amounts


def with_ties(organization: Organization, one: Rows, other: Rows, weight: Amounts) -> Organization:
    """Return the organisation with exactly these ties: rows of two members and a weight above 0, three arrays [k].

    A pair that comes several times, in either direction, is one tie with the weights' sum. Raises InputError for rows
    outside the organisation and for a tie of a member with themselves.
    """
    one, other, weight = np.asarray(one, np.int64), np.asarray(other, np.int64), np.asarray(weight, np.float64)
    outside = (np.minimum(one, other) < 0) | (np.maximum(one, other) >= organization.members)
    if outside.any() or (one == other).any() or not (weight > 0).all():
        raise InputError("Each tie needs two different members, as rows of the organisation, and a weight above 0")
    pair, which = np.unique(pairs(one, other, organization.members), return_inverse=True)
    total: Amounts = np.bincount(which, weight, minlength=len(pair))  # type: ignore[assignment]  # floats, as weights are
    return with_pairs(organization, pair, total)


def pairs(one: Rows, other: Rows, members: int) -> Rows:
    """[k] int64: one number for each pair of rows, the same in either direction."""
    return np.minimum(one, other).astype(np.int64) * members + np.maximum(one, other)


def with_pairs(organization: Organization, pair: Rows, weight: Amounts) -> Organization:
    """Lay out ties (ascending, each once) so that each stands in the rows of both its members.

    In a member's row those from lower rows come first, then those to higher ones: two sorted lists, interleaved.
    """
    members = organization.members
    low, high = (pair // members).astype(np.int32), (pair % members).astype(np.int32)
    with_higher, with_lower = np.zeros(members + 1, np.int64), np.zeros(members + 1, np.int64)
    np.cumsum(np.bincount(low, minlength=members), out=with_higher[1:])
    np.cumsum(np.bincount(high, minlength=members), out=with_lower[1:])
    tie_member = np.empty(2 * len(pair), np.int32)
    tie_weight = np.empty(2 * len(pair), np.float32)
    turned = np.argsort(high.astype(np.int64) * members + low)
    for begin in range(0, len(pair), PORTION):
        some, back = slice(begin, begin + PORTION), turned[begin : begin + PORTION]
        for before, one, other, heavy in (
            (with_lower[1:], low[some], high[some], weight[some]),
            (with_higher, high[back], low[back], weight[back]),
        ):
            place = before[one] + np.arange(begin, begin + len(back))
            tie_member[place] = other
            tie_weight[place] = heavy
    return replace(organization, tie_start=with_higher + with_lower, tie_member=tie_member, tie_weight=tie_weight)


def no_ties(members: int) -> Ties:
    """Return the fields of an Organization in which nobody has ties."""
    return {
        "tie_start": np.zeros(members + 1, np.int64),
        "tie_member": np.zeros(0, np.int32),
        "tie_weight": np.zeros(0, np.float32),
    }
