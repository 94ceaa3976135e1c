"""What leaders do when it is due: answer, follow through, announce, speak of own doubts."""

from sim import chance
from sim.compiled import part, stage, subroutine
from sim.kernel.beliefs import BY_EXECUTIVE, BY_LINE_MANAGER
from sim.kernel.counting import count
from sim.kernel.messages import new_message, place_message
from sim.kernel.people import home, is_leader, policy_of, salience, treatment_by
from sim.kernel.rows import NOBODY
from sim.state import DAYS_PER_WEEK, TICKS_PER_DAY, Clock, Column
from sim.terms import Identity, IssueState, Kind, Orientation, Response, Role, Strategy


@subroutine
def lead(world, coefficients, luck, tick):
    """Let leaders do what is due: answer, follow through, announce, speak of own doubts."""
    kept = 0
    listed = world.clock[Clock.pending.value]
    for number in range(listed):
        due = world.pending[number]
        if due.due <= tick:
            follow = respond_as_due(world, coefficients, luck, tick, due)
            if follow >= 0:
                due.due = follow
                due.response = Response.action
        if due.due > tick:
            if kept != number:
                world.pending[kept] = due
            kept += 1
    world.clock[Clock.pending.value] = kept
    week = TICKS_PER_DAY * DAYS_PER_WEEK
    if tick % week == 2:
        announce_openness(world, tick)
    disclose_doubts(world, coefficients, luck, tick)


@part
def respond_as_due(world, coefficients, luck, tick, due):
    """Answer as the leader's openness has it, or act; return when action will follow, -1 if it will not."""
    leader, message = world.members[due.leader], world.messages[due.message]
    if due.response != Response.none:
        respond(world, tick, due.leader, due.message, due.response)
        return NOBODY
    if message.leader_response != Response.none:
        return NOBODY
    policy = world.policies[policy_of(leader)]
    both = chance.pair(leader.key, message.key)
    mark, harsh = chance.uniform(luck.response_kind, both, 0), chance.uniform(luck.response_kind, both, 1)
    response = treatment_by(world, coefficients, leader, message.criticality, mark, harsh)
    respond(world, tick, due.leader, due.message, response)
    if response == Response.supportive and chance.uniform(luck.follow_through, both, 0) < policy.follow_through:
        return tick + max(1, int(coefficients.leading.action_days * TICKS_PER_DAY))
    return NOBODY


@stage
def respond(world, tick, leader, to, response):
    """Publish a leader's response to a message and tell its author."""
    treated = world.messages[to]
    at = new_message(world, tick, leader, treated.issue)
    message, author = world.messages[at], world.members[treated.author]
    welcome = response == Response.supportive or response == Response.action
    message.kind = Kind.answer
    message.orientation = Orientation.to if welcome else Orientation.against
    message.treatment = response
    message.stance = world.positions[leader, treated.issue].stance
    place_message(world, at, to)
    treated.leader_response = response
    treated.response_tick = tick
    count(world, leader, Column.response_supportive.value + response - Response.supportive.value, 1.0)
    side = BY_LINE_MANAGER
    if world.members[leader].role == Role.executive and leader != author.manager:
        side = BY_EXECUTIVE
    if treated.criticality > 0.0:
        author.new_responses[side, response] += 1
    issue = world.issues[treated.issue]
    if issue.answered < 0:
        issue.answered = tick
        issue.state = max(issue.state, IssueState.answered.value)
    if response == Response.action and issue.resolved < 0:
        issue.resolved = tick
        issue.state = IssueState.resolved.value


@part
def announce_openness(world, tick):
    """Let whoever is at the top announce the openness that leaders of that kind espouse."""
    for row in range(len(world.members)):
        member = world.members[row]
        if is_leader(member) and member.level == 0:
            promised = world.policies[policy_of(member)].espoused_openness
            if promised > 0.0:
                announce(world, tick, row, promised)


@stage
def announce(world, tick, row, promised):
    """Publish an announcement of openness to everyone; return its message number."""
    at = new_message(world, tick, row, 0)
    message = world.messages[at]
    message.kind = Kind.announcement
    message.stance = promised
    place_message(world, at, NOBODY)
    return at


@part
def disclose_doubts(world, coefficients, luck, tick):
    """Let leaders, each at an hour of their own in the week, speak of doubts about the most pressing issue."""
    if world.policies[0].self_disclosure <= 0.0 and world.policies[1].self_disclosure <= 0.0:
        return
    week = TICKS_PER_DAY * DAYS_PER_WEEK
    for row in range(len(world.members)):
        member = world.members[row]
        if not is_leader(member) or int(chance.uniform(luck.self_disclosure, member.key, 0) * week) != tick % week:
            continue
        if chance.uniform(luck.self_disclosure, member.key, 1) < world.policies[policy_of(member)].self_disclosure:
            disclose(world, coefficients, tick, row)


@subroutine
def disclose(world, coefficients, tick, row):
    """Publish a leader's own doubts about the issue that challenges those in charge most."""
    number, best = 0, -1.0
    for n in range(len(world.issues)):
        pressing = world.issues[n].criticality * salience(world.issues[n], tick)
        if pressing > best:
            number, best = n, pressing
    at = new_message(world, tick, row, number)
    message, arena = world.messages[at], world.arena[0]
    message.kind = Kind.concern
    message.disclosure = 1
    message.criticality = coefficients.leading.disclosure_criticality * world.issues[number].criticality
    message.stance = -abs(world.positions[row, number].stance)
    message.scope = arena.scope
    message.audience = home(world, world.members[row], arena.scope)
    place_message(world, at, NOBODY)


@stage
def publish_named(world, tick, row, issue, kind, stance, criticality, scope, anonymous):
    """Publish one named post, as an event of a scenario wants it; return its message number."""
    at = new_message(world, tick, row, issue)
    message = world.messages[at]
    message.kind = kind
    message.stance = stance
    message.criticality = criticality
    message.scope = scope
    message.audience = home(world, world.members[row], scope)
    if anonymous:
        message.identity = Identity.anonymous
    message.strategy = Strategy.anonymous if anonymous else Strategy.plain
    place_message(world, at, NOBODY)
    if criticality > 0.0 and not anonymous:
        world.members[row].latest_critique = at
    return at
