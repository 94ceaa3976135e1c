"""Rival theories of voice, chosen by name in `rules.voice`: one member of `Theory` and one branch here each.

All see the same Moment and return the worth of the same ways, so that what each ingredient buys can be compared.
"""

from sim.compiled import rule, with_item
from sim.rules import audience, risk, voice
from sim.rules.voice import CLOSED, Utilities
from sim.terms import STRATEGIES, Moment, Relief, Strategy, Theory

_ALIKE = (0.0,) * STRATEGIES


@rule
def utilities(moment: Moment, relief: Relief, coefficients) -> Utilities:
    """Return the worth of each way according to the theory that `coefficients.theory` names."""
    if coefficients.theory == Theory.arena:
        return voice.utilities(moment, relief, coefficients)
    if coefficients.theory == Theory.spiral_of_silence:
        return spiral_of_silence(moment, relief, coefficients)
    if coefficients.theory == Theory.threshold:
        return threshold(moment, coefficients)
    if coefficients.theory == Theory.expected_utility:
        return expected_utility(moment, relief, coefficients)
    if coefficients.theory == Theory.no_fear:
        return voice.ways(moment, coefficients, voice.urge(moment, relief, coefficients), 0.0, 0.0, 0.0, 0.0)
    return random(moment)


@rule
def spiral_of_silence(moment: Moment, relief: Relief, coefficients) -> Utilities:
    """Fear of isolation alone: superiors and loyalty hold nobody back (Noelle-Neumann 1974)."""
    fear = (1.0 - relief.peers) * risk.peer_threat(moment.stance, 1.0, moment.agreement, coefficients.voice)
    wide = fear * audience.crowd(moment.audience, coefficients.voice)
    near = fear * audience.crowd(moment.narrow_audience, coefficients.voice)
    held = moment.risk_sensitivity * moment.identifiability
    hidden = moment.risk_sensitivity * coefficients.voice.anonymous_identifiability
    drawn = voice.urge(moment, relief, coefficients)
    return voice.ways(moment, coefficients, drawn, held * wide, held * wide, held * near, hidden * wide)


@rule
def threshold(moment: Moment, coefficients) -> Utilities:
    """Speak when enough colleagues seem to agree: each has a threshold, lower for the outspoken (Granovetter 1978)."""
    drawn = coefficients.voice.threshold_steepness * (moment.agreement - (1.0 - moment.voice_propensity))
    return voice.only_plain(drawn)


@rule
def expected_utility(moment: Moment, relief: Relief, coefficients) -> Utilities:
    """Weigh benefit against the cost expected of superiors, whoever reads: nobody imagines an audience (Vroom 1964)."""
    efficacy = moment.voice_efficacy + relief.efficacy * (1.0 - moment.voice_efficacy)
    concern = moment.concern + relief.concern * (1.0 - moment.concern)
    safety = (moment.safety_line_manager + moment.safety_executives) / 2.0
    benefit = coefficients.voice.propensity * moment.voice_propensity + coefficients.voice.efficacy * efficacy * concern
    cost = (1.0 - relief.superiors) * coefficients.voice.efficacy * moment.criticality * (1.0 - safety)
    cost *= moment.risk_sensitivity
    soft = cost * coefficients.voice.rephrase_softening
    return voice.ways(
        moment, coefficients, benefit, cost, soft, cost, cost * coefficients.voice.anonymous_identifiability
    )


@rule
def random(moment: Moment) -> Utilities:
    """Every way that exists is as good as any other: what the arena does without motives."""
    worth = _ALIKE if moment.criticality > 0.0 else voice.only_plain(0.0)[:]
    if moment.anonymous_open <= 0.0:
        worth = with_item(worth, Strategy.anonymous.value, CLOSED)
    return Utilities(*with_item(worth, Strategy.narrow.value, 0.0 if moment.narrow_open > 0.0 else CLOSED))
