"""From the worth of each way to a decision: one nested logit (McFadden 1978), and why a wish stayed unspoken.

Nests: speak here {plain, rephrase, narrow, anonymous}; defer {second_opinion, postpone}; other_channel; only_positive;
withhold. In a flat logit any added way of speaking would raise speaking by itself.
"""

import numpy as np

from sim.arithmetic import exp, log
from sim.compiled import compiled, rule
from sim.rules import theories
from sim.rules.voice import Utilities
from sim.terms import MOTIVES, Choice, Luck, Moment, Motive, Relief, Silence, Strategy

NO_RELIEF = Relief(0.0, 0.0, 0.0, 0.0, 0.0)
CAUSES = 5
# Shapley weights of a coalition of 0 to 4 of the other four causes: |S|! (4 - |S|)! / 5!
COALITION_WEIGHT = np.array([24.0, 6.0, 4.0, 6.0, 24.0, 0.0]) / 120.0


@rule
def _worth_of_speaking(u: Utilities, similarity):
    """Return the inclusive value of speaking here, and its best way's utility (for scaling)."""
    best = max(max(u.plain, u.rephrase), max(u.narrow, u.anonymous))
    total = (
        exp((u.plain - best) / similarity)
        + exp((u.rephrase - best) / similarity)
        + exp((u.narrow - best) / similarity)
        + exp((u.anonymous - best) / similarity)
    )
    return best + similarity * log(total)


@rule
def _worth_of_deferring(u: Utilities, similarity):
    best = max(u.second_opinion, u.postpone)
    total = exp((u.second_opinion - best) / similarity) + exp((u.postpone - best) / similarity)
    return best + similarity * log(total)


@rule
def p_spoken(u: Utilities, similarity):
    """Return the probability that the wish is spoken in the arena."""
    speak, defer = _worth_of_speaking(u, similarity), _worth_of_deferring(u, similarity)
    best = max(max(speak, defer), max(max(u.other_channel, u.only_positive), u.withhold))
    speaking = exp(speak - best)
    others = exp(defer - best) + exp(u.other_channel - best) + exp(u.only_positive - best) + exp(u.withhold - best)
    return speaking / (speaking + others)


@rule
def speak(moment: Moment, coefficients, luck: Luck) -> Choice:
    """Decide what to do with a wish: the strategy that luck picks, and the probability of each."""
    u = theories.utilities(moment, NO_RELIEF, coefficients)
    similarity = coefficients.voice.nest_similarity
    speaking, deferring = _worth_of_speaking(u, similarity), _worth_of_deferring(u, similarity)
    best = max(max(speaking, deferring), max(max(u.other_channel, u.only_positive), u.withhold))
    a, b = exp(speaking - best), exp(deferring - best)
    c, d, e = exp(u.other_channel - best), exp(u.only_positive - best), exp(u.withhold - best)
    total = a + b + c + d + e
    return Choice(
        _pick(u, speaking, deferring, similarity, luck),
        a / total,
        a / total * exp((u.plain - speaking) / similarity),
        a / total * exp((u.rephrase - speaking) / similarity),
        a / total * exp((u.narrow - speaking) / similarity),
        a / total * exp((u.anonymous - speaking) / similarity),
        b / total * exp((u.second_opinion - deferring) / similarity),
        b / total * exp((u.postpone - deferring) / similarity),
        c / total,
        d / total,
        e / total,
    )


@rule
def _pick(u: Utilities, speaking, deferring, similarity, luck: Luck):
    """Return the strategy with the luckiest nest, and in it the luckiest way: a draw from the nested logit."""
    best, nest = speaking + luck.speak, 0
    if deferring + luck.defer > best:
        best, nest = deferring + luck.defer, 1
    if u.other_channel + luck.other_channel > best:
        best, nest = u.other_channel + luck.other_channel, 2
    if u.only_positive + luck.only_positive > best:
        best, nest = u.only_positive + luck.only_positive, 3
    if u.withhold + luck.withhold > best:
        nest = 4
    if nest == 0:
        return _pick_way(u, similarity, luck)
    if nest == 1:
        patient = u.postpone / similarity + luck.postpone > u.second_opinion / similarity + luck.second_opinion
        return Strategy.postpone.value if patient else Strategy.second_opinion.value
    if nest == 2:
        return Strategy.other_channel.value
    return Strategy.only_positive.value if nest == 3 else Strategy.withhold.value


@rule
def _pick_way(u: Utilities, similarity, luck: Luck):
    best, way = u.plain / similarity + luck.plain, Strategy.plain.value
    if u.rephrase / similarity + luck.rephrase > best:
        best, way = u.rephrase / similarity + luck.rephrase, Strategy.rephrase.value
    if u.narrow / similarity + luck.narrow > best:
        best, way = u.narrow / similarity + luck.narrow, Strategy.narrow.value
    if u.anonymous / similarity + luck.anonymous > best:
        way = Strategy.anonymous.value
    return way


@rule
def p_spoken_with(moment: Moment, relief: Relief, coefficients):
    """Return the probability that the wish is spoken, were the causes of silence relieved so far."""
    return p_spoken(theories.utilities(moment, relief, coefficients), coefficients.voice.nest_similarity)


@rule
def _relief(coalition, silence) -> Relief:
    """Return what is moved when the causes in the bits of `coalition` are."""
    return Relief(
        silence.superiors if coalition & 1 else 0.0,
        silence.peers if coalition & 2 else 0.0,
        silence.efficacy if coalition & 4 else 0.0,
        silence.loyalty if coalition & 8 else 0.0,
        silence.concern if coalition & 16 else 0.0,
    )


@rule
def _size(coalition):
    count = 0
    while coalition:
        count += coalition & 1
        coalition >>= 1
    return count


@compiled
def why_silent(moment: Moment, coefficients) -> Silence:
    """Return the shares of five causes in the loss of P(speaks here), by Shapley value (Shapley 1953), and the largest.

    Each cause is moved by a fixed amount (`silence.*`). Where none gains more than a negligible amount, the member
    had no motive: unmotivated.
    """
    active = 31 if moment.criticality > 0.0 else 22  # without criticality neither superiors nor loyalty matter
    chance = np.empty(1 << CAUSES)
    for coalition in range(1 << CAUSES):
        if coalition & active == coalition:
            chance[coalition] = p_spoken_with(moment, _relief(coalition, coefficients.silence), coefficients)
        else:
            chance[coalition] = chance[coalition & active]
    gain = np.zeros(MOTIVES)
    for coalition in range(1 << CAUSES):
        weight = COALITION_WEIGHT[_size(coalition)]
        for cause in range(CAUSES):
            if not coalition >> cause & 1:
                gain[cause] += weight * (chance[coalition | 1 << cause] - chance[coalition])
    return _shares(gain, coefficients.silence.negligible)


@rule
def _shares(gain, negligible) -> Silence:
    total, motive = 0.0, Motive.unmotivated.value
    largest = negligible
    for cause in range(CAUSES):
        gain[cause] = max(gain[cause], 0.0)
        total += gain[cause]
        if gain[cause] >= largest:
            largest, motive = gain[cause], cause
    if motive == Motive.unmotivated:
        return Silence(motive, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0)
    return Silence(motive, gain[0] / total, gain[1] / total, gain[2] / total, gain[3] / total, gain[4] / total, 0.0)
