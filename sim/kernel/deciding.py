"""Deciding: the Moment of an occasion, its luck, and what was decided written down."""

from typing import NamedTuple

import numpy as np

from sim import chance
from sim.compiled import compiled, literal_unroll, part, subroutine, with_item
from sim.kernel.people import home, share_of
from sim.kernel.rows import NOBODY, identify, scope_of
from sim.rules import audience, choice, theories, voice
from sim.state import DRAWS_PER_DECISION, MOTIVE_FIELDS
from sim.terms import MOTIVES, SPOKEN, Appraisal, Choice, Draws, Form, Luck, Moment, Motive, Scope

NO_LUCK = (0.0,) * len(Luck._fields)
_SPOKEN = (np.nan,) * MOTIVES  # shares are null in the ledger where the wish was spoken


class Weighing(NamedTuple):
    """All that one wish was weighed by, in utility units."""

    draws: Draws
    appraisal: Appraisal  # were it said plainly
    worth: voice.Utilities  # of each way, under the theory that decides


@part
def moment_of(world, coefficients, row) -> Moment:
    """Return what the member of an occasion sees and feels; all that a voice rule ever knows."""
    position = world.positions[row.member, row.issue]
    return picture(world, coefficients, row, position.stance, position.concern)


@part
def picture(world, coefficients, row, stance, concern) -> Moment:
    """Return how a wish looks to its member, were this their view of the issue and this their concern."""
    member, belief = world.members[row.member], world.beliefs[row.member]
    position, arena = world.positions[row.member, row.issue], world.arena[0]
    is_comment = row.form == Form.comment
    scope, number = scope_of(world, row), NOBODY
    if is_comment:
        scope, number = world.messages[row.about].scope, world.messages[row.about].audience
    else:
        number = home(world, member, scope)
    narrower = max(scope - 1, 0)
    agreement = position.climate if stance >= 0.0 else 1.0 - position.climate
    return Moment(
        row.criticality,
        stance,
        concern,
        agreement,
        position.others_know,
        member.voice_propensity,
        member.risk_sensitivity,
        member.implicit_voice_theory,
        belief.safety_line_manager,
        belief.safety_executives,
        belief.voice_efficacy,
        belief.licence_to_critique,
        belief.identification,
        belief.engagement,
        belief.imagined_audience_size * share_of(world, number),
        audience.manager_reads(belief.manager_reads, scope, coefficients.voice) if member.manager >= 0 else 0.0,
        audience.executives_read(belief.executives_read, scope, coefficients.voice),
        belief.imagined_audience_size * share_of(world, home(world, member, narrower)),
        audience.manager_reads(belief.manager_reads, narrower, coefficients.voice) if member.manager >= 0 else 0.0,
        audience.executives_read(belief.executives_read, narrower, coefficients.voice),
        belief.identifiability,
        belief.persistence,
        1.0 if not is_comment and scope > Scope.team else 0.0,
        1.0 if arena.anonymous_posts != 0 else 0.0,
        1.0 if is_comment else 0.0,
    )


@part
def luck_of(world, luck, row) -> Luck:
    """Return the luck of one decision, keyed by who decides and on what, never by how many decisions came before."""
    who = world.members[row.member].key
    if row.about >= 0:
        who = chance.pair(who, world.messages[row.about].key)
    item = (row.issue * 2 + (1 if row.draft_of >= 0 else 0)) * DRAWS_PER_DECISION
    drawn = NO_LUCK
    for n in range(len(NO_LUCK)):
        drawn = with_item(drawn, n, chance.gumbel(luck.strategy, who, item + n))
    return Luck(*drawn)


@compiled
def speak(moment: Moment, coefficients, luck: Luck) -> Choice:
    """Decide; the one body that the kernel, an explanation and a counterfactual call."""
    return choice.speak(moment, coefficients, luck)


@compiled
def appraise(moment: Moment, coefficients) -> Appraisal:
    """Return how the wish looks from inside, were it said plainly."""
    return voice.appraise(moment, choice.NO_RELIEF, coefficients, 1.0, 0.0, moment.identifiability)


@compiled
def weigh(moment: Moment, coefficients) -> Weighing:
    """Return term by term what was weighed, and the worth of each way under the theory that decides."""
    drawn, worth = (
        voice.draws(moment, choice.NO_RELIEF, coefficients),
        theories.utilities(moment, choice.NO_RELIEF, coefficients),
    )
    return Weighing(
        drawn, voice.appraise(moment, choice.NO_RELIEF, coefficients, 1.0, 0.0, moment.identifiability), worth
    )


@subroutine
def decide(world, coefficients, luck, row):
    """Let the rules decide one occasion."""
    moment = moment_of(world, coefficients, row)
    made = speak(moment, coefficients, luck_of(world, luck, row))
    settle(world, coefficients, row, moment, made.strategy, made.p_spoken)


@subroutine
def settle(world, coefficients, row, moment, strategy, p_spoken):
    """Write a decision into its row: what was weighed, what was done, and why it stayed unspoken."""
    member = world.members[row.member]
    if member.numbered_tick != row.tick:
        member.numbered_tick = row.tick
        member.numbered = 0
        member.weighed = 0
    row.occasion_id = identify(row.tick, row.member, member.weighed)
    member.weighed += 1
    looked = appraise(moment, coefficients)
    row.concern = moment.concern
    row.urge = looked.urge
    row.threat_superiors = max(looked.threat_manager, looked.threat_executives)
    row.threat_peers = looked.threat_peers
    row.threat_image = looked.threat_image
    row.inhibition = looked.inhibition
    row.p_spoken = p_spoken
    row.strategy = strategy
    row.motive, shares = Motive.none.value, _SPOKEN
    if strategy >= SPOKEN:
        why = choice.why_silent(moment, coefficients)
        row.motive, shares = why.motive, why[1:]
    keep_shares(row, shares)


@part
def keep_shares(row, shares):
    """Write the share of each motive into a row."""
    motive = 0
    for name in literal_unroll(MOTIVE_FIELDS):
        row[name] = shares[motive]
        motive += 1  # noqa: SIM113 - compiled code cannot enumerate fields
