"""Rival theories of voice, chosen by name in `rules.voice`: one member of `Theory` and one branch here each.

All see the same Moment and return the worth of the same ways, so that what each ingredient buys can be compared.
"""

from sim.compiled import rule
from sim.rules import risk, voice
from sim.rules.voice import CLOSED, Utilities
from sim.terms import Moment, Relief, Theory


@rule
def utilities(moment: Moment, relief: Relief, norms) -> Utilities:
    """Return the worth of each way according to the theory that `norms.theory` names."""
    if norms.theory == Theory.arena:
        return voice.utilities(moment, relief, norms)
    if norms.theory == Theory.spiral_of_silence:
        return spiral_of_silence(moment, relief, norms)
    if norms.theory == Theory.threshold:
        return threshold(moment, norms)
    if norms.theory == Theory.expected_utility:
        return expected_utility(moment, relief, norms)
    if norms.theory == Theory.no_fear:
        return voice.ways(moment, norms, voice.urge(moment, relief, norms), 0.0, 0.0, 0.0, 0.0)
    return random(moment)


@rule
def spiral_of_silence(moment: Moment, relief: Relief, norms) -> Utilities:
    """Fear of isolation alone: superiors and loyalty hold nobody back (Noelle-Neumann 1974)."""
    fear = 1.0 - relief.peers
    wide = fear * risk.peer_threat(moment.stance, moment.audience, moment.agreement, norms.voice)
    near = fear * risk.peer_threat(moment.stance, moment.narrow_audience, moment.agreement, norms.voice)
    held = moment.risk_sensitivity * moment.identifiability
    hidden = moment.risk_sensitivity * norms.voice.anonymous_identifiability
    drawn = voice.urge(moment, relief, norms)
    return voice.ways(moment, norms, drawn, held * wide, held * wide, held * near, hidden * wide)


@rule
def threshold(moment: Moment, norms) -> Utilities:
    """Speak when enough colleagues seem to agree: each has a threshold, lower for the outspoken (Granovetter 1978)."""
    drawn = norms.voice.threshold_steepness * (moment.agreement - (1.0 - moment.voice_propensity))
    return Utilities(drawn, CLOSED, CLOSED, CLOSED, CLOSED, CLOSED, CLOSED, CLOSED, 0.0)


@rule
def expected_utility(moment: Moment, relief: Relief, norms) -> Utilities:
    """Weigh benefit against the cost expected of superiors, whoever reads: nobody imagines an audience (Vroom 1964)."""
    efficacy = moment.voice_efficacy + relief.efficacy * (1.0 - moment.voice_efficacy)
    concern = moment.concern + relief.concern * (1.0 - moment.concern)
    safety = (moment.safety_line_manager + moment.safety_executives) / 2.0
    benefit = norms.voice.propensity * moment.voice_propensity + norms.voice.efficacy * efficacy * concern
    cost = (1.0 - relief.superiors) * norms.voice.efficacy * moment.criticality * (1.0 - safety)
    cost *= moment.risk_sensitivity
    soft = cost * norms.voice.rephrase_softening
    return voice.ways(moment, norms, benefit, cost, soft, cost, cost * norms.voice.anonymous_identifiability)


@rule
def random(moment: Moment) -> Utilities:
    """Every way that exists is as good as any other: what the arena does without motives."""
    critical = 0.0 if moment.criticality > 0.0 else CLOSED
    narrow = 0.0 if moment.narrow_open > 0.0 else CLOSED
    anonymous = critical if moment.anonymous_open > 0.0 else CLOSED
    return Utilities(0.0, critical, narrow, anonymous, critical, critical, critical, critical, 0.0)
