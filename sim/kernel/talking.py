"""Talk outside the arena, once a day: how a manager takes critique in the team's own meetings."""

from sim import chance
from sim.compiled import part, subroutine
from sim.kernel.beliefs import experience
from sim.kernel.people import is_leader, policy_of, treatment_by
from sim.terms import Response


@subroutine
def talk(world, coefficients, luck):
    """Let teams talk: first each leader treats what is voiced there, then all who report to them learn from it."""
    for row in range(len(world.members)):
        leader = world.members[row]
        if is_leader(leader):
            leader.team_talk = treat_in_team(world, coefficients, luck, leader)
    for row in range(len(world.members)):
        watch_team_talk(world, coefficients, row)


@part
def treat_in_team(world, coefficients, luck, leader):
    """Return how a leader treated critique in the team's own meeting today: the same person as in the arena."""
    rates, policy = coefficients.learning, world.policies[policy_of(leader)]
    if chance.uniform(luck.team_talk, leader.key, 0) >= rates.team_talks * policy.responsiveness:
        return Response.none.value
    mark, harsh = chance.uniform(luck.team_talk, leader.key, 1), chance.uniform(luck.team_talk, leader.key, 2)
    response = treatment_by(world, coefficients, leader, rates.team_talk_criticality, mark, harsh)
    follows = chance.uniform(luck.team_talk, leader.key, 3) < policy.follow_through
    return Response.action.value if response == Response.supportive and follows else response


@part
def watch_team_talk(world, coefficients, row):
    """Learn from how one's own manager treated critique in the team today, as from what is watched in the arena."""
    member = world.members[row]
    if member.manager < 0:
        return
    response = world.members[member.manager].team_talk
    if response != Response.none:
        weight = coefficients.learning.watched_weight
        experience(coefficients, world.beliefs[row], response, True, weight)
