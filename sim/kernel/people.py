"""Who is who: leaders, chains of command, audiences and what is on people's minds."""

from sim import feed
from sim.compiled import part
from sim.rules import leadership, wish
from sim.state import Clock
from sim.terms import Role, Scope


@part
def is_leader(member):
    """Say whether a member is a line manager or an executive."""
    return member.role == Role.line_manager or member.role == Role.executive


@part
def uses_arena(member):
    """Say whether a member ever comes: those who are no coworkers come as their policy says."""
    return member.base_visits > 0.0 or member.role != Role.coworker


@part
def leads(leader, member):
    """Say whether a member is in a leader's chain of command, below."""
    return leader.first < member.first < leader.last


@part
def as_line_manager(world, member, row):
    """Say whether what a leader does tells of line managers, and not of executives: one's own manager always does."""
    return row == member.manager or world.members[row].role != Role.executive


@part
def source_weight(coefficients, leader, member):
    """Return what a leader's conduct counts to one who watches: more in one's own chain of command."""
    rates = coefficients.learning
    return rates.watched_weight if leads(leader, member) else rates.elsewhere_weight


@part
def policy_of(leader):
    """Return which policy a leader follows: 0 that of line managers, 1 that of executives."""
    return 1 if leader.role == Role.executive else 0


@part
def treatment_by(world, coefficients, leader, criticality, mark, harsh):
    """Return how a leader treats critique, wherever it is voiced (a `Response`); both luck are uniform in [0, 1)."""
    policy = world.policies[policy_of(leader)]
    openness = leadership.own_openness(policy.openness, leader.openness_leaning)
    p_supportive = leadership.chance_supportive(openness, criticality, coefficients.leading)
    return leadership.treat(p_supportive, policy.sanction, mark, harsh)


@part
def salience(issue, tick):
    """Return how often an issue comes to mind now."""
    return wish.salience(issue.salience, tick - issue.onset, issue.half_life)


@part
def visible_support(world, message):
    """Return the supporters of a message that one can see: those who seconded it and, where shown, those who liked."""
    hidden = 0 if world.arena[0].visible_reactions != 0 else message.likes
    return float(message.supporters - hidden)


@part
def home(world, member, scope):
    """Return the number of the audience of a scope: everyone, the department, the team (for leaders: the one led)."""
    if scope == Scope.organization:
        return feed.EVERYONE
    team = member.led_team if member.led_team >= 0 else member.team
    if scope == Scope.department or team < 0:
        return 1 + member.department
    return len(world.audiences) - world.clock[Clock.teams.value] + team


@part
def share_of(world, number):
    """Return an audience's share of the organisation, counting only those who have ever visited."""
    everyone = world.audiences[feed.EVERYONE].visited
    return world.audiences[number].visited / everyone if everyone > 0 else 1.0
