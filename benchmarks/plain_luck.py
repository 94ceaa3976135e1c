"""`sim.chance` for plain Python: the same bits from Python's own whole numbers, without numpy's slow scalars."""

from typing import Final

from sim import arithmetic

_MASK: Final = 0xFFFFFFFFFFFFFFFF
_GOLDEN: Final = 0x9E3779B97F4A7C15
_MIX_1: Final = 0xBF58476D1CE4E5B9
_MIX_2: Final = 0x94D049BB133111EB
_TWO_TO_MINUS_53: Final = 2.0**-53
_TWO_TO_MINUS_52: Final = 2.0**-52


def mix(state: int) -> int:
    """Return splitmix64's finaliser of `state`."""
    state = ((state ^ (state >> 30)) * _MIX_1) & _MASK
    state = ((state ^ (state >> 27)) * _MIX_2) & _MASK
    return state ^ (state >> 31)


def chain(state: int, link: int) -> int:
    """Return the state after one more key has entered."""
    state = ((state ^ link) + _GOLDEN) & _MASK
    state = ((state ^ (state >> 30)) * _MIX_1) & _MASK
    state = ((state ^ (state >> 27)) * _MIX_2) & _MASK
    return state ^ (state >> 31)


def pair(key_a: int, key_b: int) -> int:
    """Return the key of two identities together."""
    return mix(chain(mix((key_a + _GOLDEN) & _MASK), key_b))


def key(seed: int, purpose: int, tick: int) -> int:
    """Return the stream of luck for one purpose in one tick."""
    return chain(chain(mix((seed + _GOLDEN) & _MASK), purpose), tick)


def uniform(stream: int, who: int, item: int) -> float:
    """Return a number uniform in [0, 1) for one member (or pair) and item of a stream."""
    return (mix(chain(chain(stream, who), item)) >> 11) * _TWO_TO_MINUS_53


def gumbels(stream: int, who: int, first: int, count: int) -> list[float]:
    """Return `count` standard Gumbel numbers, of the items from `first` on."""
    theirs, log = chain(stream, who), arithmetic.log
    opens = [((mix(chain(theirs, item)) >> 12) + 0.5) * _TWO_TO_MINUS_52 for item in range(first, first + count)]
    return [-log(-log(luck)) for luck in opens]
