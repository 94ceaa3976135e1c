"""Who is who: leaders, chains of command, audiences and what is on people's minds."""

from sim import feed
from sim.compiled import part
from sim.rules import attendance, leadership, wish
from sim.state import HELPERS, TICKS_PER_DAY, Clock
from sim.terms import Role, Scope

_AN_HOUR = 1.0 / TICKS_PER_DAY  # in workdays


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
def remember_helper(member, other):
    """Keep in mind that somebody answered; who did so longest ago is forgotten."""
    coming = other
    for n in range(HELPERS):
        leaving = member.helpers[n]
        member.helpers[n] = coming
        if leaving == other:
            return
        coming = leaving


@part
def is_helper(member, other):
    """Say whether somebody is in mind as one who has lately answered."""
    for n in range(HELPERS):  # noqa: SIM110 - compiled code has no `any` over a loop
        if member.helpers[n] == other:
            return True
    return False


@part
def chance_to_visit(world, coefficients, row):
    """Return a member's chance to visit in an hour."""
    return chance_in_an_hour(visits_a_day(world, coefficients, row))


@part
def chance_in_an_hour(visits):
    """Return the chance to visit in an hour, at a rate of visits a workday."""
    return attendance.chance_to_visit(visits, _AN_HOUR)


@part
def visits_a_day(world, coefficients, row):
    """Return a member's rate of visits: by habit or office, and higher while a notification waits."""
    member, arena = world.members[row], world.arena[0]
    visits = attendance.visits_a_day(member.base_visits, world.beliefs[row].habit)
    if is_leader(member):
        visits = world.policies[policy_of(member)].presence
    elif member.role == Role.communicator:
        visits = arena.communicator_presence
    if arena.notifications != 0 and member.new_comments > 0:
        visits = attendance.called_back(visits, coefficients.attendance)
    return visits


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
def meeting_place(member, other):
    """Return the scope of the narrowest page on which one member writes and the other reads."""
    team = member.led_team if member.led_team >= 0 else member.team
    if team >= 0 and (other.team == team or other.led_team == team):
        return Scope.team.value
    return Scope.department.value if other.department == member.department else Scope.organization.value


@part
def share_of(world, number):
    """Return an audience's share of the organisation, counting only those who have ever visited."""
    everyone = world.audiences[feed.EVERYONE].visited
    return world.audiences[number].visited / everyone if everyone > 0 else 1.0
