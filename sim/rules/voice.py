"""Say it plainly, rephrase, narrow, postpone, take it elsewhere, withhold? The worth of each way (docs/ODD.md).

Urge and inhibition are two different things (Sherf, Parke & Isaakyan 2021): what draws does not lessen what threatens.
"""

from sim.compiled import rule, with_item
from sim.rules import audience, risk
from sim.terms import STRATEGIES, Appraisal, Draws, IssueKind, Kind, Moment, Relief, Strategy, by_strategy

CLOSED = -1.0e4  # utility of a way that does not exist here: its probability is exactly 0


class Utilities(by_strategy()):  # type: ignore[misc]
    """The systematic utility of each strategy."""

    __slots__ = ()


_SILENT = tuple(0.0 if way == Strategy.withhold else CLOSED for way in range(STRATEGIES))


@rule
def only_plain(worth) -> Utilities:
    """Return the worth of each way where one speaks plainly or not at all."""
    return Utilities(*with_item(_SILENT, Strategy.plain.value, worth))


@rule
def criticality_of_wish(issue_criticality, stance):
    """Return how much the wish challenges those in charge: issue criticality x max(0, -stance)."""
    return issue_criticality * max(0.0, -stance)


@rule
def criticality_of_question(wish_criticality, expertise, voice):
    """Return the criticality of asking: it shows that one does not know (image risk, Edmondson 1999)."""
    return max(wish_criticality, voice.question_criticality * (1.0 - expertise))


@rule
def kind_of_post(issue_kind, criticality, expertise, concern, luck, voice):
    """Return what a post of this wish is (a `Kind`); `luck` is uniform in [0, 1)."""
    if issue_kind == IssueKind.knowledge:
        return Kind.question.value if luck > expertise else Kind.news.value
    if criticality > 0.0:
        return Kind.suggestion.value if luck > concern else Kind.concern.value
    if issue_kind == IssueKind.celebration:
        return Kind.praise.value
    return Kind.praise.value if luck < voice.praise_share else Kind.news.value


@rule
def draws(moment: Moment, relief: Relief, coefficients) -> Draws:
    """Return what draws, term by term: efficacy x worth, more where someone able to act reads, and agreeing readers.

    Voice is instrumental (Vroom 1964) and seeks those who can act (Ashford et al. 1998). The divisor is the voice
    bystander effect (Hussain et al. 2019): why say what the others know anyway?
    """
    voice = coefficients.voice
    act = audience.someone_able_to_act(moment.manager_reads, moment.executives_read)
    efficacy = moment.voice_efficacy + relief.efficacy * (1.0 - moment.voice_efficacy)
    concern = moment.concern + relief.concern * (1.0 - moment.concern)
    worth = 0.5 * (1.0 + concern)  # what comes to mind at all matters half
    instrumental = efficacy * worth * (voice.act_floor + (1.0 - voice.act_floor) * act)
    return Draws(
        voice.propensity * moment.voice_propensity,
        voice.efficacy * instrumental / (1.0 + coefficients.learning.bystander * moment.others_know),
        voice.audience * audience.crowd(moment.audience, voice) * moment.agreement,
        voice.engagement * (moment.engagement - 0.5),
    )


@rule
def urge(moment: Moment, relief: Relief, coefficients):
    """Return the urge to speak: the sum of what draws."""
    drawn = draws(moment, relief, coefficients)
    return drawn.propensity + drawn.efficacy + drawn.audience + drawn.engagement


@rule
def appraise(moment: Moment, relief: Relief, coefficients, softening, narrowed, identifiability) -> Appraisal:
    """Return how one way of saying it looks from inside.

    `softening` scales criticality, `narrowed` 1.0 means the audience one step closer to home, `identifiability` is
    that of this way. Threats and loyalty are lessened as `relief` says.
    """
    voice = coefficients.voice
    k = moment.criticality * softening
    manager_reads = moment.narrow_manager_reads if narrowed > 0.0 else moment.manager_reads
    executives_read = moment.narrow_executives_read if narrowed > 0.0 else moment.executives_read
    crowd = audience.crowd(moment.narrow_audience if narrowed > 0.0 else moment.audience, voice)
    fear = 1.0 - relief.superiors
    manager = fear * risk.superior_threat(
        k, manager_reads, moment.safety_line_manager, moment.implicit_voice_theory, voice
    )
    executives = fear * risk.superior_threat(
        k, executives_read, moment.safety_executives, moment.implicit_voice_theory, voice
    )
    peers = (1.0 - relief.peers) * risk.peer_threat(moment.stance, crowd, moment.agreement, voice)
    image = (1.0 - relief.image) * risk.image_threat(k, crowd, moment.licence_to_critique, voice)
    loyal = (1.0 - relief.loyalty) * risk.loyalty(moment.identification, k, crowd, voice)
    threat = risk.exposure(manager, executives, peers, coefficients.nightmare_reader) + image
    held_back = risk.inhibition(moment.risk_sensitivity, identifiability, moment.persistence, threat, loyal, voice)
    return Appraisal(urge(moment, relief, coefficients), manager, executives, peers, image, loyal, held_back)


@rule
def utilities(moment: Moment, relief: Relief, coefficients) -> Utilities:
    """Return the worth of each way to one who weighs all of it: urge kept, less inhibition, less effort."""
    voice = coefficients.voice
    plain = appraise(moment, relief, coefficients, 1.0, 0.0, moment.identifiability)
    softer = appraise(moment, relief, coefficients, voice.rephrase_softening, 0.0, moment.identifiability)
    nearer = appraise(moment, relief, coefficients, 1.0, 1.0, moment.identifiability)
    nameless = appraise(moment, relief, coefficients, 1.0, 0.0, voice.anonymous_identifiability)
    return ways(
        moment, coefficients, plain.urge, plain.inhibition, softer.inhibition, nearer.inhibition, nameless.inhibition
    )


@rule
def ways(moment: Moment, coefficients, drawn, plain, softer, nearer, nameless) -> Utilities:
    """Return the worth of each way, given the urge and the inhibition of the four ways of saying it."""
    voice = coefficients.voice
    cost = voice.comment_cost if moment.is_comment > 0.0 else voice.post_cost
    lost = max(drawn, 0.0)
    act = audience.someone_able_to_act(moment.manager_reads, moment.executives_read)
    narrow = drawn - voice.narrow_loss * lost - nearer - cost if moment.narrow_open > 0.0 else CLOSED
    if moment.criticality <= 0.0:  # nothing to soften, hide or put off
        return Utilities(*with_item(only_plain(drawn - plain - cost)[:], Strategy.narrow.value, narrow))
    return Utilities(
        plain=drawn - plain - cost,
        rephrase=drawn - voice.rephrase_loss * lost - softer - cost - voice.rephrase_cost,
        narrow=narrow,
        anonymous=drawn - voice.anonymous_loss * lost - nameless - cost if moment.anonymous_open > 0.0 else CLOSED,
        second_opinion=voice.second_opinion_gain * lost - voice.second_opinion_cost,
        postpone=voice.postpone_gain * lost - voice.postpone_cost,
        other_channel=voice.other_channel_gain * lost - voice.other_channel_cost,
        only_positive=voice.facade_engagement * (moment.engagement - 0.5)
        + voice.facade_audience * act
        - voice.facade_cost,
        withhold=0.0,
    )
