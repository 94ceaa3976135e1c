"""The beginning and the end of a day: time for answers, forgetting, and the day's measures."""

import numpy as np

from sim import chance
from sim.arithmetic import LN2, exp
from sim.compiled import compiled, part, subroutine
from sim.kernel.people import is_leader, policy_of
from sim.rules import learning
from sim.state import FIRST_BELIEF, TICKS_PER_DAY, Column, Whole
from sim.terms import IssueKind, Role


@subroutine
def begin_day(world, luck):
    """Give leaders the answers they have time for, and everyone their chance to visit in an hour."""
    arena = world.arena[0]
    for row in range(len(world.members)):
        member = world.members[row]
        rate = member.base_visits * exp(world.beliefs[row].habit)
        if is_leader(member):
            policy = world.policies[policy_of(member)]
            whole = int(policy.answers_per_day)
            rest = chance.uniform(luck.budget, member.key, 0) < policy.answers_per_day - whole
            member.answers_left = whole + (1 if rest else 0)
            rate = policy.presence
        elif member.role == Role.communicator:
            rate = arena.communicator_presence
        world.visit_chance[row] = 1.0 - exp(-rate / TICKS_PER_DAY)


@part
def kept_after_a_day(half_life_days):
    """Return the share that a day leaves of something with this half-life."""
    return exp(-LN2 / half_life_days)


@subroutine
def close_day(world, coefficients, tick):
    """Let the work outside the arena pull beliefs back overnight, and take the day's measures.

    A large organisation does not fit into the processor's cache, so all is done in two walks through its members.
    """
    day = tick // TICKS_PER_DAY
    for number in range(len(world.issues)):
        world.issues[number].true_climate = 0.0
        world.issues[number].mean_stance = 0.0
    rest_overnight(world, coefficients, day)
    for number in range(len(world.issues)):
        world.issues[number].true_climate /= len(world.members)
        world.issues[number].mean_stance /= len(world.members)
    sum_positions(world, day)
    world.whole[day, Whole.gini.value] = gini(world)
    measure_issues(world, day)


@part
def rest_overnight(world, coefficients, day):
    """Pull beliefs and positions back to where they started, and sum what is left of them."""
    rates = coefficients.learning
    kept = kept_after_a_day(rates.forgetting_days)
    present = kept_after_a_day(rates.presence_days)
    habitual = kept_after_a_day(coefficients.attendance.half_life_days)
    anchored = kept_after_a_day(rates.stance_anchor_days)
    satiated = kept_after_a_day(rates.unsaid_days)
    remembered = kept_after_a_day(rates.metaknowledge_days)
    for row in range(len(world.members)):
        belief, start = world.beliefs[row], world.start[row]
        belief.safety_line_manager = learning.forget(belief.safety_line_manager, start.safety_line_manager, kept)
        belief.safety_executives = learning.forget(belief.safety_executives, start.safety_executives, kept)
        belief.voice_efficacy = learning.forget(belief.voice_efficacy, start.voice_efficacy, kept)
        belief.credibility = learning.forget(belief.credibility, start.credibility, kept)
        belief.identification = learning.forget(belief.identification, start.identification, kept)
        belief.recognition = learning.forget(belief.recognition, start.recognition, kept)
        belief.manager_reads = learning.forget(belief.manager_reads, start.manager_reads, present)
        belief.executives_read = learning.forget(belief.executives_read, start.executives_read, present)
        belief.habit *= habitual
        belief.knows_whom = learning.forget(belief.knows_whom, start.knows_whom, remembered)
        for number in range(len(world.issues)):
            position, issue = world.positions[row, number], world.issues[number]
            position.stance = learning.forget(position.stance, position.start_stance, anchored)
            position.concern = learning.forget(position.concern, position.start_concern, anchored)
            position.unsaid = learning.forget(position.unsaid, 1.0, satiated)
            position.knows_what = learning.forget(position.knows_what, position.start_knows_what, remembered)
            issue.true_climate += learning.side_taken(position.stance)
            issue.mean_stance += position.stance
        member = world.members[row]
        sums = world.daily[day, member.cell]
        sums[Column.members.value] += 1.0
        if member.visited_day == day and member.contributed_day != day:
            sums[Column.readers.value] += 1.0
        sum_beliefs(sums, belief)


@part
def sum_positions(world, day):
    """Sum, cell by cell, how far members are from the climate that there is, and from each other."""
    for row in range(len(world.members)):
        sums = world.daily[day, world.members[row].cell]
        for number in range(len(world.issues)):
            position, issue = world.positions[row, number], world.issues[number]
            deviation = position.stance - issue.mean_stance
            sums[Column.climate_gap.value] += abs(position.climate - issue.true_climate)
            sums[Column.stance_deviation.value] += deviation * deviation
            sums[Column.positions.value] += 1.0
            if issue.kind == IssueKind.knowledge:
                sums[Column.knows_what.value] += position.knows_what
                sums[Column.knows_what_count.value] += 1.0
            elif issue.kind == IssueKind.identity:
                sums[Column.identity_stance.value] += position.stance
                sums[Column.identity_positions.value] += 1.0


@part
def sum_beliefs(sums, belief):
    """Add one member's beliefs to a cell's sums, in the order of their declaration."""
    sums[FIRST_BELIEF] += belief.safety_line_manager
    sums[FIRST_BELIEF + 1] += belief.safety_executives
    sums[FIRST_BELIEF + 2] += belief.voice_efficacy
    sums[FIRST_BELIEF + 3] += belief.licence_to_critique
    sums[FIRST_BELIEF + 4] += belief.credibility
    sums[FIRST_BELIEF + 5] += belief.imagined_audience_size
    sums[FIRST_BELIEF + 6] += belief.manager_reads
    sums[FIRST_BELIEF + 7] += belief.executives_read
    sums[FIRST_BELIEF + 8] += belief.persistence
    sums[FIRST_BELIEF + 9] += belief.identifiability
    sums[FIRST_BELIEF + 10] += belief.identification
    sums[FIRST_BELIEF + 11] += belief.engagement
    sums[FIRST_BELIEF + 12] += belief.recognition
    sums[FIRST_BELIEF + 13] += belief.knows_whom
    sums[FIRST_BELIEF + 14] += belief.habit


@compiled
def gini(world):
    """Return the Gini coefficient of messages over all members, by counting how many wrote how many."""
    most, total = 0, 0
    for row in range(len(world.members)):
        written = world.members[row].posts + world.members[row].comments
        most = max(most, written)
        total += written
    if total == 0:
        return 0.0
    writers = np.zeros(most + 1, np.int64)
    for row in range(len(world.members)):
        writers[world.members[row].posts + world.members[row].comments] += 1
    below, area = 0, 0.0
    for written in range(most + 1):
        reached = below + written * writers[written]
        area += writers[written] * 0.5 * (below + reached)
        below = reached
    return 1.0 - 2.0 * area / (float(total) * len(world.members))


@part
def measure_issues(world, day):
    """Count the issues that have surfaced and were resolved, and how long that took."""
    whole = world.whole[day]
    for number in range(len(world.issues)):
        issue = world.issues[number]
        if issue.surfaced >= 0:
            whole[Whole.surfaced.value] += 1.0
            whole[Whole.begun_below.value] += issue.begun_below
            whole[Whole.days_to_surface.value] += (issue.surfaced - issue.onset) / TICKS_PER_DAY
        if issue.resolved >= 0:
            whole[Whole.resolved.value] += 1.0
            whole[Whole.days_to_resolve.value] += (issue.resolved - issue.onset) / TICKS_PER_DAY
