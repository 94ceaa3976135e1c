"""The beginning and the end of a day: time for answers, forgetting, and the day's measures."""

import numpy as np

from sim import chance
from sim.beliefs import BELIEFS
from sim.compiled import compiled, part, subroutine
from sim.kernel.asking import ask
from sim.kernel.people import chance_in_an_hour, is_leader, policy_of, visits_a_day
from sim.kernel.talking import hear, talk
from sim.parameters import AttendanceCoefficients, LearningCoefficients
from sim.rules import learning
from sim.state import FIRST_BELIEF, TICKS_PER_DAY, Column, Whole
from sim.terms import IssueKind

_HALF_LIVES = [
    *(f"learning.{name}" for name in LearningCoefficients._fields),
    *(f"attendance.{name}" for name in AttendanceCoefficients._fields),
]
_FADES = np.array([_HALF_LIVES.index(belief.fades) if belief.fades else -1 for belief in BELIEFS])
_STARTS = np.array([bool(belief.starts) for belief in BELIEFS])


@subroutine
def begin_day(world, coefficients, luck):
    """Give leaders the answers they have time for, and everyone their chance to visit in an hour."""
    for row in range(len(world.members)):
        member = world.members[row]
        if is_leader(member):
            policy = world.policies[policy_of(member)]
            whole = int(policy.answers_per_day)
            rest = chance.uniform(luck.budget, member.key, 0) < policy.answers_per_day - whole
            member.answers_left = whole + (1 if rest else 0)
        world.visit_chance[row] = visits_a_day(world, coefficients, row)
    for row in range(len(world.members)):  # a loop of its own has no branches, and so takes several at a time
        world.visit_chance[row] = chance_in_an_hour(world.visit_chance[row])


@subroutine
def close_day(world, coefficients, luck, tick):
    """Let people talk and the work outside the arena pull beliefs back overnight, and take the day's measures.

    A large organisation does not fit into the processor's cache, so as much as can be is done for a member at once:
    ties retell before anybody learns from it, and how far members are from all others is known once all have rested.
    """
    day = tick // TICKS_PER_DAY
    talk(world, coefficients, luck, tick)
    for number in range(len(world.issues)):
        world.issues[number].true_climate = 0.0
        world.issues[number].mean_stance = 0.0
    rest(world, coefficients, day)
    for number in range(len(world.issues)):
        world.issues[number].true_climate /= len(world.members)
        world.issues[number].mean_stance /= len(world.members)
    for row in range(len(world.members)):
        sum_positions(world, day, row)
        ask(world, coefficients, day, row)
    world.whole[day, Whole.gini.value] = gini(world)
    measure_issues(world, day)


@compiled
def rest(world, coefficients, day):
    """Let all learn from what they heard, and pull back what they believe.

    Beliefs are read as the rows of floats that they are, so that a loop can take one after the other.
    """
    half_lives, kept = coefficients.learning[:] + coefficients.attendance[:], np.ones(len(_FADES))
    for n in range(len(_FADES)):
        if _FADES[n] >= 0:
            kept[n] = learning.kept_after_a_day(half_lives[_FADES[n]])
    rest_all(world, coefficients, day, kept, world.beliefs.view(np.float64), world.start.view(np.float64))


@subroutine
def rest_all(world, coefficients, day, kept, beliefs, start):
    """Let one member after the other learn from what they heard, rest, and be counted."""
    rates = coefficients.learning
    anchored = learning.kept_after_a_day(rates.stance_anchor_days)
    satiated = learning.kept_after_a_day(rates.unsaid_days)
    remembered = learning.kept_after_a_day(rates.metaknowledge_days)
    still_promised = learning.kept_after_a_day(rates.promise_days)
    for row in range(len(world.members)):
        hear(world, coefficients, row)
        member = world.members[row]
        member.promised *= still_promised
        sums = world.daily[day, member.cell]
        sums[Column.members.value] += 1.0
        if member.visited_day == day and member.contributed_day != day:
            sums[Column.readers.value] += 1.0
        rest_beliefs(kept, beliefs, start, sums, row)
        rest_positions(world, row, anchored, satiated, remembered)


@part
def rest_beliefs(kept, beliefs, start, sums, row):
    """Pull a member's beliefs back to where they started, and sum what is left, each as its declaration says."""
    for n in range(len(_FADES)):
        at = row * len(_FADES) + n
        if _FADES[n] >= 0:
            beliefs[at] = learning.forget(beliefs[at], start[at] if _STARTS[n] else 0.0, kept[n])
        sums[FIRST_BELIEF + n] += beliefs[at]


@part
def rest_positions(world, row, anchored, satiated, remembered):
    """Pull a member's positions back to where they started, and count the sides that they take."""
    for number in range(len(world.issues)):
        position, issue = world.positions[row, number], world.issues[number]
        position.stance = learning.forget(position.stance, position.start_stance, anchored)
        position.concern = learning.forget(position.concern, position.start_concern, anchored)
        position.unsaid = learning.forget(position.unsaid, 1.0, satiated)
        position.knows_what = learning.forget(position.knows_what, position.start_knows_what, remembered)
        issue.true_climate += learning.side_taken(position.stance)
        issue.mean_stance += position.stance


@part
def sum_positions(world, day, row):
    """Sum, cell by cell, how far a member is from the climate that there is, and from the others."""
    sums = world.daily[day, world.members[row].cell]
    sums[Column.positions.value] += len(world.issues)
    for number in range(len(world.issues)):
        position, issue = world.positions[row, number], world.issues[number]
        deviation = position.stance - issue.mean_stance
        sums[Column.climate_gap.value] += abs(position.climate - issue.true_climate)
        sums[Column.stance_deviation.value] += deviation * deviation
        if issue.kind == IssueKind.knowledge:
            sums[Column.knows_what.value] += position.knows_what
            sums[Column.knows_what_count.value] += 1.0
        elif issue.kind == IssueKind.identity:
            sums[Column.identity_stance.value] += position.stance
            sums[Column.identity_positions.value] += 1.0


@compiled
def gini(world):
    """Return the Gini coefficient of messages over all members, by counting how many wrote how many."""
    posts, comments = world.members.posts, world.members.comments
    most, total = 0, 0
    for row in range(len(posts)):
        written = posts[row] + comments[row]
        most = max(most, written)
        total += written
    if total == 0:
        return 0.0
    writers = np.zeros(most + 1, np.int64)
    for row in range(len(posts)):
        writers[posts[row] + comments[row]] += 1
    below, area = 0, 0.0
    for written in range(most + 1):
        reached = below + written * writers[written]
        area += writers[written] * 0.5 * (below + reached)
        below = reached
    return 1.0 - 2.0 * area / (float(total) * len(posts))


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
