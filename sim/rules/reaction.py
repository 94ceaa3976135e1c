"""Pass, like, or comment to, with, against, past or about? One logit an item, one uniform, the inverse CDF."""

from sim.arithmetic import exp, log_of_count
from sim.compiled import rule
from sim.terms import Glance, Orientation, Reaction

MOST_CROWDED = 6.9


@rule
def react(glance: Glance, coefficients, luck):
    """Return the `Reaction` of a reader to one item; `luck` is uniform in [0, 1).

    Agreement draws likes and seconding, disagreement contradiction, a question those who know, what nobody has
    answered whoever feels called upon, and words to oneself a word in return. Contradicting a superior carries
    inhibition (Detert & Edmondson 2011); an author's rank otherwise draws nothing (Riemer & Stieglitz). The order
    pass, like, to, with, against, past, about never changes, so that twins stay coupled.
    """
    weights = coefficients.reaction
    pull = 2.0 * glance.agreement - 1.0
    drawn = readiness(glance.engagement, glance.voice_propensity, weights) + weights.tie * glance.tie
    lively = drawn + weights.crowd * glance.crowd - weights.nested * glance.nested + reciprocity(glance, weights)
    called = responsibility(glance, weights)
    fear = glance.superior * weights.superior * glance.risk_sensitivity * (1.0 - glance.safety)
    like = exp(weights.like + weights.like_agreement * pull + drawn)
    to = exp(weights.to + weights.to_question * glance.question * glance.expertise + lively + called)
    with_ = exp(weights.with_ + weights.with_agreement * pull * glance.concern + lively + called)
    against = exp(weights.against - weights.against_disagreement * pull * glance.conviction + lively - fear)
    past = exp(weights.past + weights.past_conviction * glance.unsaid * glance.conviction + lively)
    about = exp(weights.about + weights.about_conviction * glance.conviction + lively)
    mark = luck * (1.0 + like + to + with_ + against + past + about) - 1.0
    if mark < 0.0:
        return Reaction.pass_.value
    if mark < like:
        return Reaction.like.value
    mark -= like
    if mark < to:
        return Reaction.to.value
    mark -= to
    if mark < with_:
        return Reaction.with_.value
    mark -= with_
    if mark < against:
        return Reaction.against.value
    mark -= against
    return Reaction.past.value if mark < past else Reaction.about.value


@rule
def agreement(stance, heard):
    """Return how far a reader agrees with what is said: 1 for the same stance, 0 for the opposite end."""
    return 1.0 - 0.5 * abs(stance - heard)


@rule
def readiness(engagement, voice_propensity, weights):
    """Return how ready a person is to react at all, if only by a like; some never are (Muller 2012)."""
    return weights.engagement * (engagement - 0.5) + weights.propensity * (voice_propensity - 0.5)


@rule
def responsibility(asking, weights):
    """Return how strongly what nobody has answered calls upon one reader: less, the more others could answer as well.

    Where one volunteer is enough, each of n volunteers with a chance of about 1 / n (Diekmann 1985), and fewer answer
    a call that went to many (Darley & Latané 1968; Barron & Yechiam 2002). It never keeps anybody from answering.
    """
    return asking.alone * max(0.0, weights.call - weights.diffusion * asking.bystanders)


@rule
def reciprocity(asking, weights):
    """Return the pull of words to oneself, and of those who have answered one before (Faraj & Johnson 2011)."""
    return turn_taking(asking, weights) + weights.direct_reciprocity * asking.owed


@rule
def turn_taking(asking, weights):
    """Return the pull of a comment on one's own message: a turn asks for a turn, less with each, until talk closes.

    Being spoken to makes one a ratified participant (Goffman 1981) who owes an answer (Gouldner 1960); each turn is
    also a chance to close (Schegloff & Sacks 1973), without which two talkative members would never stop.
    """
    return asking.mine * weights.turn_taking * (1.0 - weights.closing * (asking.turn - 1.0))


@rule
def bystanders(readers):
    """Return the log of how many could answer a post, its author left aside, if it has so many `readers`."""
    return log_of_count(max(1.0, readers - 1.0))


@rule
def ceiling(engagement, voice_propensity, weights):
    """Return what a reader's weights never sum to more than: of passing on and liking, and of comments not asked for.

    Most items are passed on: one whose luck says so even at the ceiling need not be looked at closely.
    """
    drawn = readiness(engagement, voice_propensity, weights) + weights.tie
    comments = (
        exp(weights.to + weights.to_question)
        + exp(weights.with_ + weights.with_agreement)
        + exp(weights.against + weights.against_disagreement)
        + exp(weights.past + weights.past_conviction)
        + exp(weights.about + weights.about_conviction)
    )
    quiet = 1.0 + exp(weights.like + weights.like_agreement + drawn)
    return quiet, exp(drawn + weights.crowd * MOST_CROWDED) * comments


@rule
def is_passed_on(luck, ceiling, asking, weights):
    """Say whether luck has an item passed on even at a reader's ceiling, given how it asks for an answer."""
    quiet, comments = ceiling
    asks = responsibility(asking, weights) + reciprocity(asking, weights)
    if asks > 0.0:
        comments *= exp(asks)
    return luck * (quiet + comments) < 1.0


@rule
def crowd(comments):
    """Return how lively a thread looks: log(1 + comments), up to a thousand."""
    return min(log_of_count(1.0 + comments), MOST_CROWDED)


@rule
def criticality_of_comment(orientation, parent_criticality, own_criticality, superior, voice):
    """Return how much a comment challenges those in charge.

    Seconding critique is milder than the critique; contradicting a superior is critical whatever the matter; one's
    own point carries one's own criticality; an answer challenges nobody.
    """
    if orientation == Orientation.to:
        return 0.0
    if orientation == Orientation.with_:
        return voice.comment_softening * parent_criticality
    if orientation == Orientation.against:
        return max(voice.superior_contradiction * superior, own_criticality if parent_criticality <= 0.0 else 0.0)
    return own_criticality
