"""Talk outside the arena, once a day: how a manager takes critique in the team's own meetings, and what ties retell.

Ties retell what they read themselves, as it stood when the day ended, and who listens writes only what is their own:
the order of members means nothing.
"""

from sim import chance, feed
from sim.compiled import part, subroutine
from sim.kernel.beliefs import experience
from sim.kernel.people import as_line_manager, is_leader, policy_of, source_weight, treatment_by
from sim.kernel.rows import NOBODY
from sim.rules import learning
from sim.state import TICKS_PER_DAY, TREATMENTS_KNOWN
from sim.terms import Response


@subroutine
def talk(world, coefficients, luck, tick):
    """Let leaders treat what is voiced in their teams, and witnesses retell; who hears of it learns later: `hear`."""
    for row in range(len(world.members)):
        member = world.members[row]
        member.heard_of = NOBODY
        if is_leader(member):
            member.team_talk = treat_in_team(world, coefficients, luck, member)
    for row in range(len(world.members)):
        retell(world, coefficients, luck, tick, row)


@part
def hear(world, coefficients, row):
    """Learn from the team's own meeting, and from what ties retell."""
    watch_team_talk(world, coefficients, row)
    if world.members[row].heard_of >= 0:
        learn_from_hearsay(world, coefficients, row)


@part
def treat_in_team(world, coefficients, luck, leader):
    """Return how a leader treated critique in the team's own meeting today: the same person as in the arena."""
    rates, policy = coefficients.learning, world.policies[policy_of(leader)]
    if chance.uniform(luck.team_talk, leader.key, 0) >= rates.team_talks * policy.responsiveness:
        return Response.none.value
    mark, then = chance.uniform(luck.team_talk, leader.key, 1), chance.uniform(luck.team_talk, leader.key, 2)
    response = treatment_by(world, coefficients, leader, rates.team_talk_criticality, mark, then)
    if response == Response.supportive and then < policy.follow_through:  # or a rebuke: never both, so one draw serves
        return Response.action.value
    return response


@part
def watch_team_talk(world, coefficients, row):
    """Learn from how one's own manager treated critique in the team today, as from what is watched in the arena."""
    member = world.members[row]
    if member.manager < 0:
        return
    response = world.members[member.manager].team_talk
    if response != Response.none:
        weight = coefficients.learning.watched_weight
        experience(coefficients, member, world.beliefs[row], response, True, weight)


# ---------------------------------------------------------------- what ties retell


@part
def witness(world, coefficients, tick, row, at, by_line_manager):
    """Keep a treatment that was read in mind; the most striking one of the last days is what one retells."""
    member, belief, rates = world.members[row], world.beliefs[row], coefficients.learning
    remember(world, member, at)
    felt = belief.safety_line_manager if by_line_manager else belief.safety_executives
    striking = learning.strikingness(learning.worth_of_treatment(world.messages[at].treatment, rates), felt)
    if striking >= member.striking or not is_fresh(world, rates, tick, member.witnessed):
        member.witnessed = at
        member.striking = striking


@part
def remember(world, member, at):
    """Keep a treatment in mind in the place of the one that has been there longest."""
    forgotten = member.known_of[member.known_next]
    if forgotten >= 0:
        member.known_before = max(member.known_before, world.messages[forgotten].tick)
    member.known_of[member.known_next] = at
    member.known_next = (member.known_next + 1) % TREATMENTS_KNOWN


@part
def knows_of(member, at):
    """Say whether a treatment is among those last read or heard of."""
    found = False
    for place in range(TREATMENTS_KNOWN):
        found = found or member.known_of[place] == at
    return found


@part
def is_fresh(world, rates, tick, at):
    """Say whether a treatment, -1 for none, is still worth retelling."""
    return at >= 0 and tick - world.messages[at].tick <= rates.gossip_days * TICKS_PER_DAY


@part
def retell(world, coefficients, luck, tick, row):
    """Let a witness tell ties of the most striking treatment lately read; of several stories the latest is heard."""
    teller, rates = world.members[row], coefficients.learning
    if not is_fresh(world, rates, tick, teller.witnessed):
        return
    likely = rates.gossip * teller.striking
    for place in range(world.tie_start[row], world.tie_start[row + 1]):
        other = world.tie_member[place]
        if chance.uniform(luck.gossip, chance.pair(teller.key, world.keys[other]), 0) < likely:
            listener = world.members[other]
            if is_news(world, listener, other, teller.witnessed):
                listener.heard_of = teller.witnessed


@part
def is_news(world, listener, row, at):
    """Say whether a story is new to who hears it, has to do with others, and is later than one heard today."""
    story = world.messages[at]
    own = story.author == row or world.messages[story.parent].author == row
    if own or story.tick <= listener.known_before or knows_of(listener, at):
        return False
    return listener.heard_of < 0 or feed.is_later(story, world.messages[listener.heard_of])


@part
def learn_from_hearsay(world, coefficients, row):
    """Learn from the treatment that one heard of, as from one that was watched, with less weight."""
    member = world.members[row]
    story = world.messages[member.heard_of]
    remember(world, member, member.heard_of)
    member.hearsay += 1
    weight = coefficients.learning.gossip_weight * source_weight(coefficients, world.members[story.author], member)
    by_line_manager = as_line_manager(world, member, story.author)
    experience(coefficients, member, world.beliefs[row], story.treatment, by_line_manager, weight)
