"""From the worth of each way to a decision: one nested logit (McFadden 1978), and why a wish stayed unspoken.

`NESTS` declares which ways are alike. In a flat logit any added way of speaking would raise speaking by itself.
"""

from math import comb

import numpy as np
from numpy.typing import NDArray

from sim.arithmetic import exp, log
from sim.compiled import compiled, part, rule, with_item
from sim.rules import theories
from sim.rules.voice import Utilities
from sim.terms import (
    CAUSES,
    MOTIVES,
    NESTS,
    OF_CRITICAL_WISHES,
    STRATEGIES,
    Choice,
    Luck,
    Moment,
    Motive,
    Relief,
    Silence,
    Strategy,
)

_SPEAK = 0  # the nest whose ways are spoken in the arena
_NESTS = len(NESTS)
_IN_ORDER = tuple(int(way) for ways in NESTS.values() for way in ways)  # the ways, nest by nest
_FIRST = (0, *(int(n) for n in np.cumsum([len(ways) for ways in NESTS.values()])))  # where each nest begins in it
_HOME = {way: nest for nest, ways in NESTS.items() for way in ways}
_NEST = tuple(list(NESTS).index(_HOME[Strategy(way)]) for way in range(STRATEGIES))
_DRAW = tuple(Luck._fields.index(Strategy(way).key) for way in range(STRATEGIES))  # the luck of each way in its nest
_SIZE = tuple(len(ways) for ways in NESTS.values())
_LEAST = (-np.inf,) * _NESTS
_NO_WORTH, _NO_CHANCE, _NO_SHARES = (0.0,) * _NESTS, (0.0,) * STRATEGIES, (0.0,) * MOTIVES

_CAUSE = tuple(int(motive) for motive in CAUSES)
_CAUSES = len(CAUSES)
_ALL = (1 << _CAUSES) - 1
_UNCRITICAL = sum(1 << n for n, name in enumerate(Relief._fields) if name not in OF_CRITICAL_WISHES)
NO_RELIEF = Relief(*(0.0,) * _CAUSES)

_MOST_PLAYERS = 12
_COALITION_WEIGHT = np.array(
    [
        [1.0 / (n * comb(n - 1, size)) if size < n else 0.0 for size in range(_MOST_PLAYERS)]
        for n in range(_MOST_PLAYERS)
    ]
)
"""What a coalition of so many others counts in a Shapley value among n: |S|! (n - 1 - |S|)! / n!."""


@part
def _worths(u: Utilities, similarity):
    """Return the inclusive value of each nest, and the largest of them.

    It is similarity x log(sum of exp(u / similarity)); of one way, its utility. Loops run over all ways, and not over
    those of a nest: their lengths are then known to the compiler, which weighs several wishes side by side.
    """
    worths, total = _LEAST, _NO_WORTH
    for way in range(STRATEGIES):
        nest = _NEST[way]
        worths = with_item(worths, nest, max(worths[nest], u[way]))
    for way in range(STRATEGIES):
        nest = _NEST[way]
        if _SIZE[nest] > 1:
            total = with_item(total, nest, total[nest] + exp((u[way] - worths[nest]) / similarity))
    best = -np.inf
    for nest in range(_NESTS):
        if _SIZE[nest] > 1:
            worths = with_item(worths, nest, worths[nest] + similarity * log(total[nest]))
        best = max(best, worths[nest])
    return worths, best


@rule
def p_spoken(u: Utilities, similarity):
    """Return the probability that the wish is spoken in the arena."""
    worths, best = _worths(u, similarity)
    speaking, others = exp(worths[_SPEAK] - best), 0.0
    for nest in range(_SPEAK + 1, _NESTS):
        others += exp(worths[nest] - best)
    return speaking / (speaking + others)


@rule
def speak(moment: Moment, coefficients, luck: Luck) -> Choice:
    """Decide what to do with a wish: the strategy that luck picks, and the probability of each."""
    u = theories.utilities(moment, NO_RELIEF, coefficients)
    similarity = coefficients.voice.nest_similarity
    worths, best = _worths(u, similarity)
    weights, total = _NO_WORTH, 0.0
    for nest in range(_NESTS):
        weight = exp(worths[nest] - best)
        weights, total = with_item(weights, nest, weight), total + weight
    chances = _NO_CHANCE
    for way in range(STRATEGIES):
        nest = _NEST[way]
        chances = with_item(chances, way, weights[nest] / total * exp((u[way] - worths[nest]) / similarity))
    return Choice(_pick(u, worths, similarity, luck), weights[_SPEAK] / total, *chances)


@part
def _pick(u: Utilities, worths, similarity, luck: Luck):
    """Return the strategy with the luckiest nest, and in it the luckiest way: a draw from the nested logit."""
    most, chosen = -np.inf, 0
    for nest in range(_NESTS):
        if worths[nest] + luck[nest] > most:
            most, chosen = worths[nest] + luck[nest], nest
    most, picked = -np.inf, 0
    for n in range(_FIRST[chosen], _FIRST[chosen + 1]):
        way = _IN_ORDER[n]
        if u[way] / similarity + luck[_DRAW[way]] > most:
            most, picked = u[way] / similarity + luck[_DRAW[way]], way
    return picked


@rule
def p_spoken_with(moment: Moment, relief: Relief, coefficients):
    """Return the probability that the wish is spoken, were the causes of silence relieved so far."""
    return p_spoken(theories.utilities(moment, relief, coefficients), coefficients.voice.nest_similarity)


@part
def _relief(coalition, silence) -> Relief:
    """Return what is moved when the causes in the bits of `coalition` are."""
    relief = NO_RELIEF[:]
    for cause in range(_CAUSES):
        if coalition >> cause & 1:
            relief = with_item(relief, cause, silence[cause])
    return Relief(*relief)


@part
def _size(coalition):
    count = 0
    while coalition:
        count += coalition & 1
        coalition >>= 1
    return count


@compiled
def shapley(worth: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what each of n players adds, averaged over all orders of coming together (Shapley 1953), float64[n].

    `worth`, float64[2^n], is that of every coalition, by the bits of its players.
    """
    players = _size(len(worth) - 1)
    gain = np.zeros(players)
    for coalition in range(len(worth)):
        weight = _COALITION_WEIGHT[players, _size(coalition)]
        for player in range(players):
            if not coalition >> player & 1:
                gain[player] += weight * (worth[coalition | 1 << player] - worth[coalition])
    return gain


@compiled
def why_silent(moment: Moment, coefficients) -> Silence:
    """Return the shares of the causes in the loss of P(speaks here), by Shapley value, and the largest.

    Each cause is moved by a fixed amount (`silence.*`). Where none gains more than a negligible amount, the member
    had no motive: unmotivated.
    """
    active = _ALL if moment.criticality > 0.0 else _UNCRITICAL
    chance = np.empty(_ALL + 1)
    for coalition in range(_ALL + 1):
        chance[coalition] = p_spoken_with(moment, _relief(coalition & active, coefficients.silence), coefficients)
    return _shares(shapley(chance), coefficients.silence.negligible)


@part
def _shares(gain, negligible) -> Silence:
    total, motive = 0.0, Motive.unmotivated.value
    largest = negligible
    for cause in range(_CAUSES):
        gain[cause] = max(gain[cause], 0.0)
        total += gain[cause]
        if gain[cause] >= largest:
            largest, motive = gain[cause], _CAUSE[cause]
    shares = _NO_SHARES
    if motive == Motive.unmotivated:
        shares = with_item(shares, motive, 1.0)
    else:
        for cause in range(_CAUSES):
            shares = with_item(shares, _CAUSE[cause], gain[cause] / total)
    return Silence(motive, *shares)
