"""Luck as a function: every draw depends on seed, purpose, tick, who and item alone, never on what was drawn before.

So results do not depend on the order of members, threads or processes, one decision can be replayed by itself, and
two runs that differ in one lever share their luck (common random numbers). Who is always a 64-bit hash of an
identity (`keys.identity`, `pair`), never a row number. Keys are chained, each mixed before the next enters: sums of
keys fail tests of randomness.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sim import arithmetic, keys
from sim.compiled import compiled, rule
from sim.keys import GOLDEN
from sim.sources import CHANCE

if CHANCE not in ("splitmix64", "philox"):
    raise ValueError(f"ISM_CHANCE is {CHANCE!r}, but it can only be 'splitmix64' or 'philox'.")


Key: TypeAlias = int | np.integer[Any]
"""A whole number from 0 to 2^64 - 1, of any type: `np.uint64(key)` is taken of it."""


class Renewal(IntEnum):
    """When the draws of a purpose are new ones."""

    never = 0
    """Who and item tell them apart: the same reader of the same message draws once, however late."""
    each_tick = 1
    each_week = 2


class Purpose(IntEnum):
    """Every use of luck, and when it is renewed. Never renumber, never reuse a number: old runs would have other luck.

    Those from VISIT on are drawn while a world runs; each has a stream in every tick (`sim.kernel.luck`).
    """

    renewal: Renewal

    def __new__(cls, number: int, renewal: Renewal = Renewal.never) -> Purpose:
        """Make a member that is its number, as compiled code needs it."""
        member = int.__new__(cls, number)
        member._value_ = number
        member.renewal = renewal
        return member

    SEED = 1
    TRAIT = 2
    BELIEF = 3
    STANCE = 4
    CONCERN = 5
    EXPERTISE = 6
    TIE = 7
    VISIT = 16, Renewal.each_tick
    OCCASION_COUNT = 17, Renewal.each_tick
    OCCASION_ISSUE = 18, Renewal.each_tick
    KIND_OF_MESSAGE = 19, Renewal.each_tick
    STRATEGY = 20, Renewal.each_tick
    NEST = 21, Renewal.each_tick
    SECOND_OPINION = 22, Renewal.each_tick
    REACTION = 23
    REACTION_COUNT = 24
    RESPONSE = 32
    RESPONSE_KIND = 33
    FOLLOW_THROUGH = 34
    BUDGET = 35, Renewal.each_tick
    ANNOUNCEMENT = 36
    SELF_DISCLOSURE = 37, Renewal.each_week
    AMPLIFICATION = 38
    ORPHAN_ANSWER = 39
    REFRAME = 40, Renewal.each_tick
    ADDRESSEE = 41, Renewal.each_tick
    GOSSIP = 42, Renewal.each_tick
    TEAM_TALK = 43, Renewal.each_tick


_SHIFT_11: Final = np.uint64(11)
_SHIFT_32: Final = np.uint64(32)
_LOW_32: Final = np.uint64(0xFFFFFFFF)
_TWO_TO_MINUS_53: Final = 2.0**-53

_PHILOX_MULTIPLIER_0: Final = np.uint64(0xD2511F53)
_PHILOX_MULTIPLIER_1: Final = np.uint64(0xCD9E8D57)
_PHILOX_WEYL_0: Final = np.uint64(0x9E3779B9)
_PHILOX_WEYL_1: Final = np.uint64(0xBB67AE85)


mix = rule(keys.mix)
in_open_interval = rule(keys.in_open_interval)


@rule
def chain(state: np.uint64, link: np.uint64) -> np.uint64:
    """Return the state after one more key has entered."""
    return mix((state ^ link) + GOLDEN)


@rule
def pair(key_a: Key, key_b: Key) -> np.uint64:
    """Return the key of two identities together, in this order: a member and a message, a teller and a listener."""
    return mix(chain(mix(np.uint64(key_a) + GOLDEN), np.uint64(key_b)))


@rule
def philox(
    counter_0: np.uint64,
    counter_1: np.uint64,
    counter_2: np.uint64,
    counter_3: np.uint64,
    key_0: np.uint64,
    key_1: np.uint64,
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """Return four 32-bit words of Philox4x32-10 (Salmon et al. 2011); all words are 32 bits wide inside a uint64."""
    for _ in range(10):
        product_0 = _PHILOX_MULTIPLIER_0 * counter_0
        product_1 = _PHILOX_MULTIPLIER_1 * counter_2
        counter_0 = (product_1 >> _SHIFT_32) ^ counter_1 ^ key_0
        counter_1 = product_1 & _LOW_32
        counter_2 = (product_0 >> _SHIFT_32) ^ counter_3 ^ key_1
        counter_3 = product_0 & _LOW_32
        key_0 = (key_0 + _PHILOX_WEYL_0) & _LOW_32
        key_1 = (key_1 + _PHILOX_WEYL_1) & _LOW_32
    return counter_0, counter_1, counter_2, counter_3


@rule
def philox_block(key: np.uint64, first: np.uint64, second: np.uint64) -> np.uint64:
    """Return 64 bits of Philox with a 64-bit key and a counter of two 64-bit halves."""
    low, high, _, _ = philox(
        first & _LOW_32, first >> _SHIFT_32, second & _LOW_32, second >> _SHIFT_32, key & _LOW_32, key >> _SHIFT_32
    )
    return low | (high << _SHIFT_32)


@rule
def _key_by_splitmix64(seed: np.uint64, purpose: np.uint64, tick: np.uint64) -> np.uint64:
    return chain(chain(mix(seed + GOLDEN), purpose), tick)


@rule
def _bits_by_splitmix64(stream: np.uint64, who: np.uint64, item: np.uint64) -> np.uint64:
    return mix(chain(chain(stream, who), item))


_key = philox_block if CHANCE == "philox" else _key_by_splitmix64
_bits = philox_block if CHANCE == "philox" else _bits_by_splitmix64


@rule
def key(seed: Key, purpose: Key, tick: Key) -> np.uint64:
    """Return the stream of luck for one purpose in one tick; make it once, outside the loop over members."""
    return _key(np.uint64(seed), np.uint64(purpose), np.uint64(tick))


@rule
def bits(stream: Key, who: Key, item: Key) -> np.uint64:
    """Return 64 random bits for one member (or pair) and item of a stream."""
    return _bits(np.uint64(stream), np.uint64(who), np.uint64(item))


@rule
def uniform(stream: Key, who: Key, item: Key) -> float:
    """Return a number uniform in [0, 1), a multiple of 2^-53, for one member (or pair) and item of a stream."""
    return float(bits(stream, who, item) >> _SHIFT_11) * _TWO_TO_MINUS_53


@rule
def uniform_open(stream: Key, who: Key, item: Key) -> float:
    """Return a number uniform in (0, 1), never 0 or 1, for inverse distribution functions."""
    return in_open_interval(bits(stream, who, item))


@rule
def gumbel(stream: Key, who: Key, item: Key) -> float:
    """Return a standard Gumbel number: the largest of utilities with such noise is chosen as a logit says."""
    return -arithmetic.log(-arithmetic.log(uniform_open(stream, who, item)))


def stream_of(seed: Key, purpose: Key, tick: Key) -> np.uint64:
    """Return `key` for use in Python: compiled code hands a uint64 back as an int, which it may then not take again."""
    return np.uint64(key(np.uint64(seed), np.uint64(purpose), np.uint64(tick)))


def uniforms(seed: Key, purpose: Key, tick: Key, who: NDArray[np.uint64], item: Key = 0) -> NDArray[np.float64]:
    """Return `uniform` for every key of `who`, shape (n,): the same numbers as one by one."""
    where = np.uint64(seed), np.uint64(purpose), np.uint64(tick)
    return _uniforms(*where, np.ascontiguousarray(who, dtype=np.uint64), np.uint64(item))


@compiled
def _uniforms(
    seed: np.uint64, purpose: np.uint64, tick: np.uint64, who: NDArray[np.uint64], item: np.uint64
) -> NDArray[np.float64]:
    stream = key(seed, purpose, tick)
    drawn = np.empty(who.shape[0], dtype=np.float64)
    for row in range(who.shape[0]):
        drawn[row] = uniform(stream, who[row], item)
    return drawn
