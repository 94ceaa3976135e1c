"""What does seeing this change in what I believe? One rule for all beliefs (Rescorla & Wagner 1972).

belief += rate x weight of the source x lambda x (what was seen - belief), where lambda > 1 if it disappoints
(Baumeister et al. 2001). What was seen lies in [0, 1] and no step goes further than to what was seen, so no belief
leaves [0, 1] and none is clipped. Valued beliefs (safety, efficacy, credibility, recognition, identification) can
disappoint; estimates (climate, licence, audience, who knows) have no good or bad side, their lambda is 1.
"""

from sim.arithmetic import LN2, exp, log, log_of_count
from sim.compiled import rule
from sim.terms import Response


@rule
def learn(belief, seen, weight, learning):
    """Return a valued belief after an experience; disappointment weighs `loss_weight` times as much."""
    gap = seen - belief
    loss = learning.loss_weight if gap < 0.0 else 1.0
    return belief + min(learning.rate * weight * loss, 1.0) * gap


@rule
def estimate(belief, seen, weight, learning):
    """Return an estimate after an observation."""
    return belief + min(learning.rate * weight, 1.0) * (seen - belief)


@rule
def forget(belief, start, kept):
    """Return a belief pulled back to where the work outside the arena keeps it; `kept` is the share that stays."""
    return start + kept * (belief - start)


@rule
def worth_of_treatment(response, learning):
    """Return how good a leader's treatment of critique is: supportive 1, dismissive .3, sanction 0."""
    if response == Response.supportive or response == Response.action:
        return 1.0
    return learning.dismissive if response == Response.dismissive else 0.0


@rule
def weight_of_deed(promised, worth, learning):
    """Return how much a deed counts: the more, the further it falls below what was promised (Simons 2002)."""
    return 1.0 + learning.broken_promise * max(0.0, promised - worth)


@rule
def news_in_promise(announced, promised):
    """Return the share of an announcement that goes beyond what is remembered of earlier ones."""
    return max(0.0, announced - promised) / announced if announced > 0.0 else 0.0


@rule
def strikingness(worth, belief):
    """Return how worth retelling a treatment is: how far it lies from what who saw it believed, either way."""
    return abs(worth - belief)


@rule
def worth_for_efficacy(response, learning):
    """Return what a response says about whether speaking changes anything: action 1, an answer .6, a rebuke 0."""
    if response == Response.action:
        return 1.0
    if response == Response.supportive:
        return learning.answered
    return learning.dismissive * learning.answered if response == Response.dismissive else 0.0


@rule
def worth_for_licence(criticality, response, learning):
    """Return how much one item read says that critique is normal here: none, if it is no critique."""
    if criticality <= 0.0:
        return 0.0
    return learning.ignored if response == Response.none else worth_of_treatment(response, learning)


@rule
def hear(stance, heard, weight, learning):
    """Return a stance after hearing another, within bounded confidence (Deffuant et al. 2000); stays in [-1, 1]."""
    gap = heard - stance
    return stance + learning.stance_rate * weight * gap if abs(gap) <= learning.stance_bound else stance


@rule
def side_taken(stance):
    """Return which side a voice is on: in favour 1, against 0. The climate is felt as a share of sides, not a mean."""
    if stance == 0.0:
        return 0.5
    return 1.0 if stance > 0.0 else 0.0


@rule
def seem_to_know(supporters, learning):
    """Return the share of colleagues who seem to know, given the supporters one sees."""
    return supporters / (supporters + learning.others_know_half)


@rule
def audience_behind(reactions, readers_possible, learning):
    """Return the share of an audience imagined behind `reactions` to one's own message (Bernstein et al. 2013)."""
    if readers_possible <= 0.0:
        return 0.0
    return min(1.0, learning.readers_per_reaction * reactions / readers_possible)


@rule
def engage(engagement, meaningfulness, safety, availability, learning):
    """Return engagement after a visit: towards the geometric mean of Kahn's three conditions (Kahn 1990)."""
    product = meaningfulness * safety * availability
    target = exp(log(product) / 3.0) if product > 0.0 else 0.0
    return engagement + learning.engagement_rate * (target - engagement)


@rule
def impression(supporters, learning):
    """Return the weight of an item for the climate that one perceives: more, the more are seen to support it."""
    return learning.impression_weight * (1.0 + log_of_count(1.0 + supporters))


@rule
def worry(concern, known, learning):
    """Return concern after a critique was read: it grows with the share of colleagues who seem to know."""
    return concern + learning.concern_rate * known * (1.0 - concern)


@rule
def relieve(concern, learning):
    """Return concern after a leader was seen to act on the issue."""
    return concern - learning.relief_rate * learning.watched_weight * concern


@rule
def overhear(known, learning):
    """Return what one knows of who knows what, or whom, after an exchange was overheard (Leonardi 2015)."""
    return known + learning.metaknowledge_rate * (1.0 - known)


@rule
def seem_lasting(half_life, learning):
    """Return how lasting things seem whose half-life is this, in workdays: half for ever at `persistence_half`."""
    return half_life / (half_life + learning.persistence_half)


@rule
def kept_after_a_day(half_life):
    """Return the share that a day leaves of something with this half-life, in workdays."""
    return exp(-LN2 / half_life)
