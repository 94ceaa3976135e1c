"""The loops over members, messages and occasions. Nothing is decided here: every decision is a call of a rule.

All visits of a tick read the arena as it stood at the tick's start and write only what is the visitor's own, so they
can run in any order and in several threads. What they give rise to waits in rows, one block of rows a visitor, and is
published in member order.
"""

from typing import Any, NamedTuple

import numpy as np

from sim import chance, feed
from sim.arithmetic import exp, log
from sim.chance import Purpose
from sim.compiled import compiled, part, rule, stage, subroutine
from sim.rules import audience, choice, leadership, learning, reaction, voice
from sim.state import (
    ANSWERS_PER_VISIT,
    COMMENTS_PER_VISIT,
    DAYS_PER_WEEK,
    FIRST_BELIEF,
    OCCASIONS_PER_VISIT,
    ROWS_PER_VISIT,
    TICKS_PER_DAY,
    Clock,
    Column,
    Errand,
    Whole,
)
from sim.terms import (
    SPOKEN,
    Appraisal,
    Choice,
    Form,
    Framing,
    Glance,
    Identity,
    IssueKind,
    IssueState,
    Kind,
    Luck,
    Moment,
    Motive,
    Orientation,
    Reaction,
    Relief,
    Response,
    Role,
    Scope,
    Strategy,
)

LN2 = 0.6931471805599453
NOBODY = -1
BY_LINE_MANAGER, BY_EXECUTIVE = 0, 1  # sides of `new_responses`
ROLES = len(Role)


class Streams(NamedTuple):
    """The streams of luck of one tick; those of responses do not depend on the tick, so that delays do not matter."""

    visit: Any
    occasion_count: Any
    occasion_issue: Any
    kind: Any
    strategy: Any
    second_opinion: Any
    reaction: Any
    response: Any
    response_kind: Any
    follow_through: Any
    budget: Any
    disclosure: Any
    amplification: Any
    orphan: Any
    reframe: Any


@part
def streams(seed, tick) -> Streams:
    """Return the streams of luck of one tick."""
    return Streams(
        chance.key(seed, Purpose.VISIT.value, tick),
        chance.key(seed, Purpose.OCCASION_COUNT.value, tick),
        chance.key(seed, Purpose.OCCASION_ISSUE.value, tick),
        chance.key(seed, Purpose.KIND_OF_MESSAGE.value, tick),
        chance.key(seed, Purpose.STRATEGY.value, tick),
        chance.key(seed, Purpose.SECOND_OPINION.value, tick),
        chance.key(seed, Purpose.REACTION.value, 0),
        chance.key(seed, Purpose.RESPONSE.value, 0),
        chance.key(seed, Purpose.RESPONSE_KIND.value, 0),
        chance.key(seed, Purpose.FOLLOW_THROUGH.value, 0),
        chance.key(seed, Purpose.BUDGET.value, tick),
        chance.key(seed, Purpose.SELF_DISCLOSURE.value, tick // (TICKS_PER_DAY * DAYS_PER_WEEK)),
        chance.key(seed, Purpose.AMPLIFICATION.value, 0),
        chance.key(seed, Purpose.ORPHAN_ANSWER.value, 0),
        chance.key(seed, Purpose.REFRAME.value, tick),
    )


# ---------------------------------------------------------------- who visits


@subroutine
def arrive(world, seed, tick):
    """List the members who visit in this tick, in row order."""
    stream = chance.key(seed, Purpose.VISIT.value, tick)
    count = 0
    for row in range(len(world.members)):
        member = world.members[row]
        if chance.uniform(stream, member.key, 0) < member.visit_chance:
            if count < len(world.visitors):
                world.visitors[count] = row
            count += 1
    world.clock[Clock.visitors.value] = count
    return count


@stage
def room_needed(world):
    """Return how many visitors, messages, pending answers and occasions this tick could need room for at most."""
    clock = world.clock
    visitors = clock[Clock.visitors.value]
    messages = visitors * ROWS_PER_VISIT + clock[Clock.pending.value] + clock[Clock.leaders.value] + 2
    pending = clock[Clock.pending.value] + visitors * ANSWERS_PER_VISIT
    occasions = visitors * (ROWS_PER_VISIT - ANSWERS_PER_VISIT)
    return visitors, clock[Clock.messages.value] + messages, pending, clock[Clock.occasions.value] + occasions


@subroutine
def has_room(world):
    """Say whether the arrays can take whatever this tick brings."""
    visitors, messages, pending, occasions = room_needed(world)
    return (
        visitors <= len(world.rows)
        and messages <= len(world.messages)
        and pending <= len(world.pending)
        and occasions <= len(world.occasions)
    )


# ---------------------------------------------------------------- a visit


@subroutine
def visit(world, norms, luck, tick, begin, end):
    """Let the visitors `begin` to `end` read, learn, react, open occasions, and decide."""
    for place in range(begin, end):
        row = world.visitors[place]
        member, belief = world.members[row], world.beliefs[row]
        world.row_count[place] = 0
        world.influence[place, 0] = 0.0
        world.influence[place, 1] = 0.0
        feedback = open_inbox(world, norms, member, belief)
        left_over = feed.collect(world, row, place)
        items, relevance, oldest = 0, 0.0, -1
        for item in range(world.seen_count[place]):
            message = world.messages[world.seen[place, item]]
            relevance += read(world, norms, luck, tick, place, row, item)
            if message.treatment == Response.none:
                oldest = max(oldest, tick - world.messages[message.thread].tick)
            items += 1
        leave(world, norms, tick, member, belief, items, left_over, relevance, feedback, oldest)
        open_occasions(world, norms, luck, tick, place, row)
        if member.scripted == 0:
            for number in range(world.row_count[place]):
                if world.rows[place, number].errand == Errand.wish:
                    decide(world, norms, luck, world.rows[place, number])


@part
def open_inbox(world, norms, member, belief):
    """Learn from what happened to one's own messages since the last visit; return how much feedback there was."""
    rates = norms.learning
    arena = world.arena[0]
    shown = audience.shown_identifiability(arena.identity, norms.voice)
    belief.identifiability = learning.estimate(belief.identifiability, shown, rates.composer_weight, rates)
    feedback = member.new_likes + member.new_comments
    for _ in range(min(member.new_comments, 8)):
        belief.recognition = learning.learn(belief.recognition, 1.0, 1.0, rates)
    for _ in range(min(member.new_orphans, 8)):
        belief.recognition = learning.learn(belief.recognition, 0.0, 1.0, rates)
    for _ in range(min(member.new_unanswered, 8)):
        belief.voice_efficacy = learning.learn(belief.voice_efficacy, 0.0, rates.unanswered_weight, rates)
    if member.latest_post >= 0 and (feedback > 0 or arena.audience_cues):
        post = world.messages[member.latest_post]
        possible = float(world.audiences[post.audience].visited)
        behind = learning.audience_behind(float(feedback), possible, rates)
        if arena.audience_cues and possible > 0.0:
            behind = min(1.0, post.views / possible)
        belief.imagined_audience_size = learning.estimate(belief.imagined_audience_size, behind, 1.0, rates)
    hear_responses(norms, member, belief)
    member.new_likes = 0
    member.new_comments = 0
    member.new_orphans = 0
    member.new_unanswered = 0
    return feedback


@part
def hear_responses(norms, member, belief):
    """Learn from how leaders treated one's own messages: own experience, of full weight."""
    for side in range(2):
        for response in range(Response.supportive.value, Response.action.value + 1):
            for _ in range(member.new_responses[side, response]):
                experience(norms, belief, response, side == BY_LINE_MANAGER, 1.0)
            member.new_responses[side, response] = 0


@subroutine
def experience(norms, belief, response, by_line_manager, weight):
    """Learn from one treatment of critique, own or watched: safety, efficacy, credibility, identification."""
    rates = norms.learning
    worth = learning.worth_of_treatment(response, rates)
    if by_line_manager:
        belief.safety_line_manager = learning.learn(belief.safety_line_manager, worth, weight, rates)
    else:
        belief.safety_executives = learning.learn(belief.safety_executives, worth, weight, rates)
    said = learning.worth_for_efficacy(response, rates)
    belief.voice_efficacy = learning.learn(belief.voice_efficacy, said, weight, rates)
    belief.credibility = learning.learn(belief.credibility, worth, weight, rates)
    belief.identification = learning.learn(belief.identification, worth, weight * rates.identification_weight, rates)


# ---------------------------------------------------------------- reading one item


@part
def read(world, norms, luck, tick, place, row, item):
    """Learn from one item and react to it; return how relevant it was, in [0, 1]."""
    member, belief = world.members[row], world.beliefs[row]
    at = world.seen[place, item]
    message = world.messages[at]
    author = world.members[message.author]
    position = world.positions[row, message.issue]
    recognised = recognises(world, member, message)
    notice_superior(norms, member, belief, message, recognised)
    if message.treatment != Response.none:
        watch_treatment(world, norms, row, message, author)
    elif message.kind == Kind.announcement:
        hear_promise(norms, belief, message)
    else:
        if message.disclosure != 0:
            hear_disclosure(norms, member, belief, message, author, row)
        learn_opinion(world, norms, place, belief, position, message)
        learn_who_knows(norms, belief, position, message)
        reacting(world, norms, luck, tick, place, row, item, recognised)
    if is_leader(member):
        consider_answer(world, norms, luck, place, row, at)
    elif member.role == Role.communicator:
        consider_care(world, norms, luck, tick, place, row, at)
    return position.concern


@part
def is_leader(member):
    """Say whether a member is a line manager or an executive."""
    return member.role == Role.line_manager or member.role == Role.executive


@part
def leads(leader, member):
    """Say whether a member is in a leader's chain of command, below."""
    return leader.first < member.first < leader.last


@part
def recognises(world, member, message):
    """Say whether a reader sees who the author is: by a badge, by a position, or because it is the own manager."""
    if message.identity >= Identity.pseudonym:
        return False
    if message.identity == Identity.name_and_position or message.author == member.manager:
        return True
    return world.arena[0].leader_badges != 0 and message.author_role != Role.coworker


@part
def notice_superior(norms, member, belief, message, recognised):
    """Being seen in the arena makes a superior a reader one expects."""
    rates = norms.learning
    if recognised and message.author == member.manager:
        belief.manager_reads = learning.estimate(belief.manager_reads, 1.0, rates.presence_weight, rates)
    if recognised and message.author_role == Role.executive:
        belief.executives_read = learning.estimate(belief.executives_read, 1.0, rates.presence_weight, rates)


@part
def source_weight(norms, leader, member):
    """Return what a leader's conduct counts to one who watches: more in one's own chain of command."""
    rates = norms.learning
    return rates.watched_weight if leads(leader, member) else rates.elsewhere_weight


@part
def watch_treatment(world, norms, row, message, leader):
    """Learn from how a leader treats what somebody else said."""
    member, belief, rates = world.members[row], world.beliefs[row], norms.learning
    treated = world.messages[message.parent]
    weight = source_weight(norms, leader, member)
    by_line_manager = message.author == member.manager or leader.role != Role.executive
    if treated.criticality > 0.0:
        experience(norms, belief, message.treatment, by_line_manager, weight)
        worth = learning.worth_for_licence(treated.criticality, message.treatment, rates)
        weight *= rates.impression_weight
        belief.licence_to_critique = learning.estimate(belief.licence_to_critique, worth, weight, rates)
    if message.treatment == Response.action:
        position = world.positions[row, treated.issue]
        position.concern -= rates.relief_rate * rates.watched_weight * position.concern


@part
def hear_promise(norms, belief, message):
    """Take an announcement of openness as good news, as far as leaders are believed."""
    rates = norms.learning
    weight = rates.announcement_weight * belief.credibility
    if message.stance > belief.safety_executives:
        belief.safety_executives = learning.learn(belief.safety_executives, message.stance, weight, rates)
    if message.stance > belief.voice_efficacy:
        belief.voice_efficacy = learning.learn(belief.voice_efficacy, message.stance, weight, rates)


@part
def hear_disclosure(norms, member, belief, message, leader, row):
    """Feel safer with a leader who speaks of own doubts."""
    rates = norms.learning
    weight = rates.disclosure_weight * source_weight(norms, leader, member)
    if message.author == member.manager or leader.role != Role.executive:
        belief.safety_line_manager = learning.learn(belief.safety_line_manager, 1.0, weight, rates)
    else:
        belief.safety_executives = learning.learn(belief.safety_executives, 1.0, weight, rates)


@part
def learn_opinion(world, norms, place, belief, position, message):
    """Learn climate, licence, who knows, and one's own view from a voice that is heard."""
    rates = norms.learning
    visible = float(message.supporters) if world.arena[0].visible_reactions != 0 else 0.0
    impression = rates.impression_weight * (1.0 + log(1.0 + visible))
    favour = learning.side_taken(message.stance)
    position.climate = learning.estimate(position.climate, favour, impression, rates)
    worth = learning.worth_for_licence(message.criticality, message.leader_response, rates)
    belief.licence_to_critique = learning.estimate(belief.licence_to_critique, worth, rates.impression_weight, rates)
    known = learning.seem_to_know(1.0 + visible, rates)
    position.others_know = learning.estimate(position.others_know, known, rates.impression_weight, rates)
    if message.criticality > 0.0:
        position.concern += rates.concern_rate * known * (1.0 - position.concern)
    trusted = belief.credibility if message.author_role == Role.executive else 1.0
    before = position.stance
    position.stance = learning.hear(before, message.stance, trusted, rates)
    by_leaders = message.author_role == Role.executive or message.author_role == Role.line_manager
    world.influence[place, 1 if by_leaders else 0] += abs(position.stance - before)


@part
def learn_who_knows(norms, belief, position, message):
    """Overhear who knows what and who talks to whom, where authors can be told apart (Leonardi 2015)."""
    if message.identity >= Identity.pseudonym:
        return
    step = norms.learning.metaknowledge_rate
    if message.kind == Kind.answer or message.kind == Kind.news:
        position.knows_what += step * (1.0 - position.knows_what)
    if message.parent >= 0:
        belief.knows_whom += step * (1.0 - belief.knows_whom)


@part
def glance_at(world, row, message, recognised) -> Glance:
    """Return what a reader sees of one item, and brings to it."""
    member, belief = world.members[row], world.beliefs[row]
    position = world.positions[row, message.issue]
    by_manager = message.author == member.manager
    superior = recognised and (by_manager or (message.author_role == Role.executive and member.role != Role.executive))
    return Glance(
        1.0 - 0.5 * abs(position.stance - message.stance),
        position.concern,
        1.0 if message.kind == Kind.question else 0.0,
        position.expertise,
        position.unsaid,
        abs(position.stance),
        1.0 if message.identity < Identity.pseudonym and feed.is_tie(world, row, message.author) else 0.0,
        1.0 if superior else 0.0,
        belief.safety_line_manager if by_manager else belief.safety_executives,
        member.risk_sensitivity,
        member.voice_propensity,
        belief.engagement,
        log(1.0 + world.messages[message.thread].comments),
    )


@part
def reacting(world, norms, luck, tick, place, row, item, recognised):
    """Choose a reaction to one item; a like is noted, a comment becomes a row."""
    member = world.members[row]
    at = world.seen[place, item]
    message = world.messages[at]
    world.liked[place, item] = 0
    glance = glance_at(world, row, message, recognised)
    both = chance.pair(member.key, message.key)
    reacted = reaction.react(glance, norms, chance.uniform(luck.reaction, both, 0))
    if reacted == Reaction.like:
        world.liked[place, item] = 1
    elif reacted != Reaction.pass_:
        comment(world, norms, luck, tick, place, row, at, reacted - Reaction.to.value, glance.superior)


@part
def comment(world, norms, luck, tick, place, row, at, orientation, superior):
    """Open a row for a comment: weighed like a post where it is critical, else simply made."""
    if comments_wished(world, place) >= COMMENTS_PER_VISIT:
        return
    message = world.messages[at]
    position = world.positions[row, message.issue]
    own = voice.criticality_of_wish(world.issues[message.issue].criticality, position.stance)
    k = reaction.criticality_of_comment(orientation, message.criticality, own, superior, norms.voice)
    added = add_row(world, tick, place, row, message.issue)
    added.errand = Errand.wish if k > 0.0 else Errand.comment
    added.form = Form.comment
    added.orientation = orientation
    added.about = at
    added.criticality = k
    if orientation == Orientation.to:
        added.kind = Kind.answer if message.kind == Kind.question else Kind.question
    elif k > 0.0:
        added.kind = Kind.concern
    else:
        added.kind = Kind.praise if message.stance > 0.0 and orientation == Orientation.with_ else Kind.news


@part
def comments_wished(world, place):
    """Return how many comments this visit has given rise to so far."""
    count = 0
    for number in range(world.row_count[place]):
        if world.rows[place, number].errand <= Errand.comment:
            count += 1
    return count


@part
def add_row(world, tick, place, row, issue):
    """Return the visit's next row, blank but for when, who and on what."""
    added = world.rows[place, world.row_count[place]]
    world.row_count[place] += 1
    added.occasion_id = NOBODY
    added.draft_of = NOBODY
    added.tick = tick
    added.member = row
    added.about = NOBODY
    added.message = NOBODY
    added.issue = issue
    added.orientation = Orientation.none
    added.strategy = Strategy.none
    added.motive = Motive.none
    return added


@part
def answers_promised(world, place):
    """Return how many answers this visit has given rise to so far."""
    count = 0
    for number in range(world.row_count[place]):
        if world.rows[place, number].errand > Errand.comment:
            count += 1
    return count


@part
def consider_answer(world, norms, luck, place, row, at):
    """Let a leader with time left decide whether to answer a message from below."""
    leader, message = world.members[row], world.messages[at]
    if message.claimed != 0 or message.treatment != Response.none or message.kind == Kind.announcement:
        return
    asks = message.criticality > 0.0 or message.kind == Kind.question or message.kind == Kind.suggestion
    below = message.author_role == Role.coworker or message.author_role == Role.communicator
    below = below or (leader.role == Role.executive and message.author_role == Role.line_manager)
    if leader.role == Role.line_manager:
        below = leads(leader, world.members[message.author])
    promised = answers_promised(world, place)
    if not (asks and below) or promised >= ANSWERS_PER_VISIT or promised >= leader.answers_left:
        return
    policy = world.policies[policy_of(leader)]
    shown = audience.shown_identifiability(message.identity, norms.voice)
    expertise = world.positions[message.author, message.issue].expertise
    strategic = 1.0 if leader.role == Role.executive and message.framing == Framing.strategic else 0.0
    credible = leadership.credibility_of_author(shown, expertise)
    supporters = float(message.supporters)
    chance_of_it = leadership.chance_to_answer(policy.responsiveness, supporters, credible, strategic, norms.leading)
    if chance.uniform(luck.response, chance.pair(leader.key, message.key), 0) < chance_of_it:
        added = add_row(world, 0, place, row, message.issue)
        added.errand = Errand.answer
        added.about = at


@part
def policy_of(leader):
    """Return which policy a leader follows: 0 that of line managers, 1 that of executives."""
    return 1 if leader.role == Role.executive else 0


@part
def consider_care(world, norms, luck, tick, place, row, at):
    """Let a community manager answer a thread that nobody answered, or lift one to everyone."""
    member, message, arena = world.members[row], world.messages[at], world.arena[0]
    if message.thread != at or answers_promised(world, place) >= ANSWERS_PER_VISIT:
        return
    both = chance.pair(member.key, message.key)
    orphan = message.comments == 0 and tick - message.tick >= norms.leading.orphan_hours
    if orphan and chance.uniform(luck.orphan, both, 0) < arena.orphan_answering:
        added = add_row(world, tick, place, row, message.issue)
        added.errand = Errand.orphan
        added.about = at
    elif message.scope != Scope.organization and message.amplified == 0:
        if chance.uniform(luck.amplification, both, 0) < arena.amplification:
            added = add_row(world, tick, place, row, message.issue)
            added.errand = Errand.amplify
            added.about = at


# ---------------------------------------------------------------- leaving, and what is left to say


@part
def leave(world, norms, tick, member, belief, items, left_over, relevance, feedback, oldest):
    """Learn from the visit as a whole: how long things stay, whether it was worth it, what it does to engagement."""
    rates = norms.learning
    if oldest >= 0:
        age = oldest / TICKS_PER_DAY
        belief.persistence = learning.estimate(belief.persistence, age / (age + rates.persistence_half), 1.0, rates)
    gave = learning.usefulness(relevance, float(feedback), norms.attendance)
    belief.habit += norms.attendance.rate * (gave - norms.attendance.expected)
    meaningfulness = 0.5 * (belief.voice_efficacy + belief.recognition)
    safety = 0.5 * (belief.safety_line_manager + belief.safety_executives)
    availability = member.attention / float(member.attention + left_over)
    belief.engagement = learning.engage(belief.engagement, meaningfulness, safety, availability, rates)
    member.last_visit = tick
    member.visits += 1
    member.items_read += items


@part
def salience(issue, tick):
    """Return how often an issue comes to mind now."""
    if tick < issue.onset:
        return 0.0
    if issue.half_life <= 0.0:
        return issue.salience
    return issue.salience * exp(-LN2 * (tick - issue.onset) / issue.half_life)


@part
def pull_of(world, tick, row, number):
    """Return how strongly one issue asks to be spoken of: salience x (0.3 + |stance|) x unsaid."""
    position = world.positions[row, number]
    return salience(world.issues[number], tick) * (0.3 + abs(position.stance)) * position.unsaid


@part
def open_occasions(world, norms, luck, tick, place, row):
    """Open this visit's occasions: the draft that waits, what comes to mind, a concern to be reframed."""
    member = world.members[row]
    drafted = member.draft_issue
    if drafted >= 0:
        reopen_draft(world, tick, place, row)
    total = 0.0
    for number in range(len(world.issues)):
        total += pull_of(world, tick, row, number)
    expected = member.occasions_per_visit * total
    none = exp(-expected)
    mark = chance.uniform(luck.occasion_count, member.key, 0)
    count = 0 if mark < none else (1 if mark < none * (1.0 + expected) else OCCASIONS_PER_VISIT)
    chosen = NOBODY
    for n in range(count):
        mark = chance.uniform(luck.occasion_issue, member.key, n) * total
        number = -1
        while number + 1 < len(world.issues) and mark >= 0.0:
            number += 1
            mark -= pull_of(world, tick, row, number)
        if number != chosen and number != drafted:
            open_post(world, norms, luck, tick, place, row, number)
        chosen = number
    reframe(world, norms, luck, tick, place, row)


@part
def reopen_draft(world, tick, place, row):
    """Take up the draft kept at an earlier visit."""
    member = world.members[row]
    added = add_row(world, tick, place, row, member.draft_issue)
    added.errand = Errand.wish
    added.draft_of = member.draft_occasion
    added.form = member.draft_form
    added.orientation = member.draft_orientation
    added.kind = member.draft_kind
    added.about = member.draft_about
    position = world.positions[row, member.draft_issue]
    added.criticality = voice.criticality_of_wish(world.issues[member.draft_issue].criticality, position.stance)
    member.draft_issue = NOBODY


@part
def open_post(world, norms, luck, tick, place, row, number):
    """Open an occasion to begin a thread on an issue."""
    member, position, issue = world.members[row], world.positions[row, number], world.issues[number]
    k = voice.criticality_of_wish(issue.criticality, position.stance)
    mark = chance.uniform(luck.kind, member.key, number)
    kind = voice.kind_of_post(issue.kind, k, position.expertise, position.concern, mark, norms.voice)
    if kind == Kind.question:
        k = voice.criticality_of_question(k, position.expertise, norms.voice)
    added = add_row(world, tick, place, row, number)
    added.errand = Errand.wish
    added.form = Form.post
    added.kind = kind
    added.criticality = k


@part
def reframe(world, norms, luck, tick, place, row):
    """Perhaps say once more, as strategic, a concern that found support (spiral of voice: Madsen & Johansen 2019)."""
    member = world.members[row]
    if member.latest_critique < 0:
        return
    message = world.messages[member.latest_critique]
    if message.framing == Framing.strategic or message.supporters < norms.learning.reframing_supporters:
        return
    if chance.uniform(luck.reframe, member.key, 0) < norms.learning.reframing:
        added = add_row(world, tick, place, row, message.issue)
        added.errand = Errand.wish
        added.form = Form.comment
        added.orientation = Orientation.with_
        added.kind = Kind.concern
        added.about = member.latest_critique
        added.criticality = message.criticality + norms.learning.reframing_criticality * (1.0 - message.criticality)


# ---------------------------------------------------------------- deciding


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


@part
def moment_of(world, norms, row) -> Moment:
    """Return what the member of an occasion sees and feels; all that a voice rule ever knows."""
    member, belief = world.members[row.member], world.beliefs[row.member]
    position, arena = world.positions[row.member, row.issue], world.arena[0]
    is_comment = row.form == Form.comment
    scope, number = arena.scope, NOBODY
    if is_comment:
        scope, number = world.messages[row.about].scope, world.messages[row.about].audience
    else:
        number = home(world, member, scope)
    narrower = max(scope - 1, 0)
    agreement = position.climate if position.stance >= 0.0 else 1.0 - position.climate
    return Moment(
        row.criticality,
        position.stance,
        position.concern,
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
        audience.manager_reads(belief.manager_reads, scope, norms.voice) if member.manager >= 0 else 0.0,
        audience.executives_read(belief.executives_read, scope, norms.voice),
        belief.imagined_audience_size * share_of(world, home(world, member, narrower)),
        audience.manager_reads(belief.manager_reads, narrower, norms.voice) if member.manager >= 0 else 0.0,
        audience.executives_read(belief.executives_read, narrower, norms.voice),
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
    item = (row.issue * 2 + (1 if row.draft_of >= 0 else 0)) * 16
    return Luck(
        chance.gumbel(luck.strategy, who, item),
        chance.gumbel(luck.strategy, who, item + 1),
        chance.gumbel(luck.strategy, who, item + 2),
        chance.gumbel(luck.strategy, who, item + 3),
        chance.gumbel(luck.strategy, who, item + 4),
        chance.gumbel(luck.strategy, who, item + 5),
        chance.gumbel(luck.strategy, who, item + 6),
        chance.gumbel(luck.strategy, who, item + 7),
        chance.gumbel(luck.strategy, who, item + 8),
        chance.gumbel(luck.strategy, who, item + 9),
        chance.gumbel(luck.strategy, who, item + 10),
    )


@compiled
def speak(moment: Moment, norms, luck: Luck) -> Choice:
    """Decide; the one body that the kernel, an explanation and a counterfactual call."""
    return choice.speak(moment, norms, luck)


@compiled
def appraise(moment: Moment, norms) -> Appraisal:
    """Return how the wish looks from inside, were it said plainly."""
    return voice.appraise(moment, Relief(0.0, 0.0, 0.0, 0.0, 0.0), norms, 1.0, 0.0, moment.identifiability)


@subroutine
def decide(world, norms, luck, row):
    """Let the rules decide one occasion."""
    moment = moment_of(world, norms, row)
    made = speak(moment, norms, luck_of(world, luck, row))
    settle(world, norms, row, moment, made.strategy, made.p_spoken)


@subroutine
def settle(world, norms, row, moment, strategy, p_spoken):
    """Write a decision into its row: what was weighed, what was done, and why it stayed unspoken."""
    member = world.members[row.member]
    if member.numbered_tick != row.tick:
        member.numbered_tick = row.tick
        member.numbered = 0
        member.weighed = 0
    row.occasion_id = identify(row.tick, row.member, member.weighed)
    member.weighed += 1
    looked = appraise(moment, norms)
    row.concern = moment.concern
    row.urge = looked.urge
    row.threat_superiors = max(looked.threat_manager, looked.threat_executives)
    row.threat_peers = looked.threat_peers
    row.inhibition = looked.inhibition
    row.p_spoken = p_spoken
    row.strategy = strategy
    row.motive = Motive.none
    row.motive_defensive = np.nan  # null in the ledger where the wish was spoken
    row.motive_relational = np.nan
    row.motive_acquiescent = np.nan
    row.motive_prosocial = np.nan
    row.motive_disengaged = np.nan
    row.motive_unmotivated = np.nan
    if strategy >= SPOKEN:
        why = choice.why_silent(moment, norms)
        row.motive = why.motive
        row.motive_defensive = why.defensive
        row.motive_relational = why.relational
        row.motive_acquiescent = why.acquiescent
        row.motive_prosocial = why.prosocial
        row.motive_disengaged = why.disengaged
        row.motive_unmotivated = why.unmotivated


@part
def identify(tick, row, number):
    """Return tick, member row and number packed in 63 bits: the id of a message or an occasion."""
    return (np.int64(tick) << 43) | (np.int64(row) << 11) | np.int64(number)


# ---------------------------------------------------------------- publishing, in member order


@part
def count(world, row, column, amount):
    """Add to the day's sums of the member's cell."""
    day = world.clock[Clock.tick.value] // TICKS_PER_DAY
    world.daily[day, world.members[row].cell, column] += amount


@subroutine
def publish(world, norms, luck, tick):
    """Make what the tick's visits gave rise to part of the arena, visitor by visitor in row order."""
    for place in range(world.clock[Clock.visitors.value]):
        row = world.visitors[place]
        tally_visit(world, tick, place, row)
        for number in range(world.row_count[place]):
            waiting = world.rows[place, number]
            if waiting.errand == Errand.wish:
                carry_out(world, norms, luck, tick, waiting)
            elif waiting.errand == Errand.comment:
                publish_comment(world, tick, waiting)
            elif waiting.errand == Errand.answer:
                promise_answer(world, tick, waiting)
            elif waiting.errand == Errand.orphan:
                answer_orphan(world, tick, waiting)
            else:
                amplify(world, tick, waiting)


@part
def tally_visit(world, tick, place, row):
    """Count a visit, its views and likes, and tell the authors."""
    member = world.members[row]
    day = tick // TICKS_PER_DAY
    count(world, row, Column.visits.value, 1.0)
    count(world, row, Column.items.value, world.seen_count[place])
    count(world, row, Column.influence_coworkers.value, world.influence[place, 0])
    count(world, row, Column.influence_leaders.value, world.influence[place, 1])
    if member.visited_day != day:
        member.visited_day = day
        count(world, row, Column.visitors.value, 1.0)
    if member.visited == 0:
        enter(world, row)
    for item in range(world.seen_count[place]):
        message = world.messages[world.seen[place, item]]
        message.views += 1
        if message.treatment == Response.none and message.kind != Kind.announcement and world.liked[place, item] != 0:
            message.likes += 1
            message.supporters += 1
            member.likes_given += 1
            world.members[message.author].likes_received += 1
            world.members[message.author].new_likes += 1
            count(world, row, Column.likes.value, 1.0)


@subroutine
def enter(world, row):
    """Count a member among those who have ever visited, in each audience that shows them its page."""
    member = world.members[row]
    member.visited = 1
    for which in range(4):
        number = feed.audience_of(world, member, which)
        if number >= 0:
            world.audiences[number].visited += 1


@subroutine
def carry_out(world, norms, luck, tick, waiting):
    """Do what was decided about a wish, and keep it in the ledger."""
    member, position = world.members[waiting.member], world.positions[waiting.member, waiting.issue]
    strategy = waiting.strategy
    member.occasions += 1
    if strategy < SPOKEN:
        member.spoken += 1
        waiting.message = publish_wish(world, norms, tick, waiting)
    elif strategy == Strategy.only_positive:
        waiting.message = publish_facade(world, norms, tick, waiting)
    elif strategy == Strategy.withhold:
        member.withheld += 1
    elif strategy != Strategy.other_channel:
        keep_draft(member, waiting)
        if strategy == Strategy.second_opinion:
            ask_a_tie(world, norms, luck, waiting)
    if strategy < SPOKEN or strategy == Strategy.other_channel:
        position.unsaid *= norms.learning.unsaid_floor
    tally_wish(world, waiting)
    world.occasions[world.clock[Clock.occasions.value]] = waiting
    world.clock[Clock.occasions.value] += 1


@part
def tally_wish(world, waiting):
    """Count a wish, its strategy and, where it stayed unspoken, its motives."""
    row = waiting.member
    count(world, row, Column.wishes.value, 1.0)
    count(world, row, Column.p_spoken.value, waiting.p_spoken)
    count(world, row, Column.strategy_plain.value + waiting.strategy, 1.0)
    if waiting.strategy < SPOKEN:
        count(world, row, Column.spoken.value, 1.0)
        if waiting.criticality > 0.0:
            count(world, row, Column.critical.value, 1.0)
    else:
        first = Column.motive_defensive.value
        count(world, row, first, waiting.motive_defensive)
        count(world, row, first + 1, waiting.motive_relational)
        count(world, row, first + 2, waiting.motive_acquiescent)
        count(world, row, first + 3, waiting.motive_prosocial)
        count(world, row, first + 4, waiting.motive_disengaged)
        count(world, row, first + 5, waiting.motive_unmotivated)


@part
def keep_draft(member, waiting):
    """Keep a wish for the next visit."""
    member.draft_issue = waiting.issue
    member.draft_form = waiting.form
    member.draft_orientation = waiting.orientation
    member.draft_kind = waiting.kind
    member.draft_about = waiting.about
    member.draft_occasion = waiting.occasion_id


@part
def ask_a_tie(world, norms, luck, waiting):
    """Ask a colleague in private: their true view moves the perceived climate."""
    row = waiting.member
    first, ties = world.tie_start[row], world.tie_start[row + 1] - world.tie_start[row]
    if ties > 0:
        mark = chance.uniform(luck.second_opinion, world.members[row].key, waiting.issue)
        told = world.positions[world.tie_member[first + int(mark * ties)], waiting.issue].stance
        position = world.positions[row, waiting.issue]
        position.climate = learning.estimate(position.climate, learning.side_taken(told), 1.0, norms.learning)


@subroutine
def new_message(world, tick, row, issue):
    """Return the number of a blank message of a member; the caller fills it and calls `place_message`."""
    member = world.members[row]
    if member.numbered_tick != tick:
        member.numbered_tick = tick
        member.numbered = 0
        member.weighed = 0
    at = world.clock[Clock.messages.value]
    world.clock[Clock.messages.value] += 1
    message = world.messages[at]
    message.key = chance.pair(member.key, np.uint64(tick) * np.uint64(2048) + np.uint64(member.numbered))
    message.tick = tick
    message.author = row
    message.number = member.numbered
    message.issue = issue
    message.thread = at
    message.parent = NOBODY
    message.previous = NOBODY
    message.last = at
    message.audience = feed.EVERYONE
    message.views = 0
    message.likes = 0
    message.comments = 0
    message.supporters = 0
    message.first_reply = NOBODY
    message.response_tick = NOBODY
    message.kind = Kind.news
    message.orientation = Orientation.none
    message.scope = Scope.organization
    message.strategy = Strategy.none
    message.identity = world.arena[0].identity
    message.author_role = member.role
    message.leader_response = Response.none
    message.treatment = Response.none
    message.framing = Framing.operational
    message.disclosure = 0
    message.amplified = 0
    message.answered = 0
    message.claimed = 0
    message.criticality = 0.0
    message.stance = 0.0
    member.numbered += 1
    return at


@subroutine
def place_message(world, at, parent):
    """Put a message where its readers will see it: a first post on its page, a comment under its parent."""
    message = world.messages[at]
    author = world.members[message.author]
    count(world, message.author, Column.kind_news.value + message.kind, 1.0)
    day = message.tick // TICKS_PER_DAY
    if author.contributed_day != day:
        author.contributed_day = day
        count(world, message.author, Column.contributors.value, 1.0)
    if parent < 0:
        author.posts += 1
        author.latest_post = at
        count(world, message.author, Column.posts.value, 1.0)
        feed.show(world, message.audience, at, message.tick)
    else:
        author.comments += 1
        count(world, message.author, Column.comments.value, 1.0)
        join_thread(world, at, parent)
    if 0 <= message.strategy < SPOKEN:
        voice_on(world, message)


@part
def join_thread(world, at, parent):
    """Hang a comment under its parent and tell the parent's author."""
    message, above = world.messages[at], world.messages[parent]
    first = world.messages[above.thread]
    message.parent = parent
    message.thread = above.thread
    message.scope = first.scope
    message.audience = first.audience
    message.previous = first.last
    first.last = at
    first.comments += 1
    if parent != above.thread:
        above.comments += 1
    if message.orientation == Orientation.with_:
        above.supporters += 1
    if message.kind == Kind.answer and message.orientation == Orientation.to:
        above.answered = 1
    if above.first_reply < 0:
        above.first_reply = message.tick
        count(world, message.author, Column.first_replies.value, 1.0)
        count(world, message.author, Column.reply_hours.value, message.tick - above.tick)
    if above.author != message.author:
        world.members[above.author].comments_received += 1
        world.members[above.author].new_comments += 1
        tally_direction(world, message.author, above.author)


@part
def tally_direction(world, row, addressee):
    """Count whether a comment goes up, down or across the hierarchy, and whether it leaves the department."""
    member, other = world.members[row], world.members[addressee]
    count(world, row, Column.directed.value, 1.0)
    if member.level > other.level:
        count(world, row, Column.upward.value, 1.0)
    elif member.level < other.level:
        count(world, row, Column.downward.value, 1.0)
    else:
        count(world, row, Column.horizontal.value, 1.0)
    if member.department != other.department:
        count(world, row, Column.cross_department.value, 1.0)


@part
def voice_on(world, message):
    """Let an issue surface with its third distinct voice."""
    issue = world.issues[message.issue]
    author = message.author
    if (
        issue.voices >= 3
        or (issue.voices > 0 and issue.voice_0 == author)
        or (issue.voices > 1 and issue.voice_1 == author)
    ):
        return
    if issue.voices == 0:
        issue.voice_0 = author
        issue.begun_below = 0 if is_leader(world.members[author]) else 1
    elif issue.voices == 1:
        issue.voice_1 = author
    else:
        issue.surfaced = message.tick
        issue.state = max(issue.state, IssueState.surfaced.value)
    issue.voices += 1


@part
def publish_wish(world, norms, tick, waiting):
    """Publish a wish as its strategy says; return its message number."""
    row, strategy = waiting.member, waiting.strategy
    member, position, arena = world.members[row], world.positions[row, waiting.issue], world.arena[0]
    at = new_message(world, tick, row, waiting.issue)
    message = world.messages[at]
    softening = norms.voice.rephrase_softening if strategy == Strategy.rephrase else 1.0
    message.criticality = waiting.criticality * softening
    message.stance = position.stance * softening
    message.kind = waiting.kind
    message.orientation = waiting.orientation
    message.strategy = strategy
    if strategy == Strategy.anonymous:
        message.identity = Identity.anonymous
    if waiting.form == Form.post:
        scope = arena.scope - 1 if strategy == Strategy.narrow else arena.scope
        message.scope = scope
        message.audience = home(world, member, scope)
    elif waiting.about == member.latest_critique and waiting.orientation == Orientation.with_:
        message.framing = Framing.strategic
        world.messages[waiting.about].framing = Framing.strategic
    place_message(world, at, waiting.about)
    if message.criticality > 0.0 and waiting.form == Form.post and message.identity != Identity.anonymous:
        member.latest_critique = at
    return at


@part
def publish_facade(world, norms, tick, waiting):
    """Publish something pleasant instead of the wish (facades of conformity: Hewlin 2003)."""
    at = new_message(world, tick, waiting.member, waiting.issue)
    message, arena = world.messages[at], world.arena[0]
    message.stance = norms.voice.facade_stance
    message.kind = Kind.praise
    message.strategy = Strategy.only_positive
    message.orientation = waiting.orientation
    if waiting.form == Form.post:
        message.scope = arena.scope
        message.audience = home(world, world.members[waiting.member], arena.scope)
    place_message(world, at, waiting.about)
    return at


@part
def publish_comment(world, tick, waiting):
    """Publish a comment that needed no weighing."""
    at = new_message(world, tick, waiting.member, waiting.issue)
    message = world.messages[at]
    message.stance = world.positions[waiting.member, waiting.issue].stance
    message.kind = waiting.kind
    message.orientation = waiting.orientation
    place_message(world, at, waiting.about)


@part
def promise_answer(world, tick, waiting):
    """Put an answer on a leader's list, unless another leader was faster."""
    leader, message = world.members[waiting.member], world.messages[waiting.about]
    if message.claimed == 0 and leader.answers_left > 0:
        message.claimed = 1
        leader.answers_left -= 1
        delay = world.policies[policy_of(leader)].delay_hours
        schedule_response(world, tick + int(delay), waiting.member, waiting.about, Response.none.value)


@part
def schedule_response(world, due, leader, message, response):
    """Add to the list of what leaders will do."""
    listed = world.pending[world.clock[Clock.pending.value]]
    world.clock[Clock.pending.value] += 1
    listed.due = due
    listed.leader = leader
    listed.message = message
    listed.response = response


@part
def answer_orphan(world, tick, waiting):
    """Let a community manager answer a thread that nobody else has answered yet."""
    first = world.messages[waiting.about]
    if first.comments > 0:
        return
    at = new_message(world, tick, waiting.member, waiting.issue)
    message = world.messages[at]
    message.stance = world.positions[waiting.member, waiting.issue].stance
    message.kind = Kind.answer if first.kind == Kind.question else Kind.news
    message.orientation = Orientation.to
    place_message(world, at, waiting.about)


@part
def amplify(world, tick, waiting):
    """Let a community manager lift a thread to everyone."""
    thread = world.messages[waiting.about]
    if thread.amplified == 0:
        thread.amplified = 1
        feed.show(world, feed.EVERYONE, waiting.about, tick)


# ---------------------------------------------------------------- what leaders do


@subroutine
def lead(world, norms, luck, tick):
    """Let leaders do what is due: answer, follow through, announce, speak of own doubts."""
    kept = 0
    listed = world.clock[Clock.pending.value]
    for number in range(listed):
        due = world.pending[number]
        if due.due <= tick:
            follow = respond_as_due(world, norms, luck, tick, due)
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
    disclose_doubts(world, norms, luck, tick)


@part
def respond_as_due(world, norms, luck, tick, due):
    """Answer as the leader's openness has it, or act; return when action will follow, -1 if it will not."""
    leader, message = world.members[due.leader], world.messages[due.message]
    if due.response != Response.none:
        respond(world, tick, due.leader, due.message, due.response)
        return NOBODY
    if message.leader_response != Response.none:
        return NOBODY
    policy = world.policies[policy_of(leader)]
    both = chance.pair(leader.key, message.key)
    openness = leadership.own_openness(policy.openness, leader.openness_leaning)
    p_supportive = leadership.chance_supportive(openness, message.criticality, norms.leading)
    mark = chance.uniform(luck.response_kind, both, 0)
    response = leadership.treat(p_supportive, policy.sanction, mark, chance.uniform(luck.response_kind, both, 1))
    respond(world, tick, due.leader, due.message, response)
    if response == Response.supportive and chance.uniform(luck.follow_through, both, 0) < policy.follow_through:
        return tick + max(1, int(norms.leading.action_days * TICKS_PER_DAY))
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
    """Let the executive at the top, and the managers at the top of lines, announce the openness they espouse."""
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
def disclose_doubts(world, norms, luck, tick):
    """Let leaders, each at an hour of their own in the week, speak of doubts about the most pressing issue."""
    if world.policies[0].self_disclosure <= 0.0 and world.policies[1].self_disclosure <= 0.0:
        return
    week = TICKS_PER_DAY * DAYS_PER_WEEK
    for row in range(len(world.members)):
        member = world.members[row]
        if not is_leader(member) or int(chance.uniform(luck.disclosure, member.key, 0) * week) != tick % week:
            continue
        if chance.uniform(luck.disclosure, member.key, 1) < world.policies[policy_of(member)].self_disclosure:
            disclose(world, norms, tick, row)


@subroutine
def disclose(world, norms, tick, row):
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
    message.criticality = norms.leading.disclosure_criticality * world.issues[number].criticality
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


# ---------------------------------------------------------------- hearing nothing


@subroutine
def notify(world, norms, tick):
    """Let authors notice what nobody answered, and take stock of messages that have had their time."""
    clock = world.clock
    patience = max(1, int(norms.learning.unanswered_days * TICKS_PER_DAY))
    while clock[Clock.heard.value] < clock[Clock.messages.value]:
        message = world.messages[clock[Clock.heard.value]]
        if message.tick > tick - patience:
            return
        clock[Clock.heard.value] += 1
        author = world.members[message.author]
        asks = message.criticality > 0.0 or message.kind == Kind.question
        unheard = message.leader_response == Response.none and message.answered == 0
        if message.strategy >= 0 and message.strategy < SPOKEN and asks and unheard:
            author.new_unanswered += 1
        if message.parent < 0:
            take_stock(world, message)


@part
def take_stock(world, message):
    """Count whether a thread found readers, replies and answers in its time."""
    author = message.author
    count(world, author, Column.matured.value, 1.0)
    if message.comments == 0:
        world.members[author].new_orphans += 1
        count(world, author, Column.orphans.value, 1.0)
    if message.kind == Kind.question:
        count(world, author, Column.questions.value, 1.0)
        count(world, author, Column.answered_questions.value, float(message.answered))
    possible = world.audiences[message.audience].visited
    if possible > 0:
        count(world, author, Column.views_share.value, min(1.0, message.views / possible))


# ---------------------------------------------------------------- the end of a day


@subroutine
def begin_day(world, norms, seed, tick):
    """Give leaders the answers they have time for, and everyone their chance to visit in an hour."""
    stream = chance.key(seed, Purpose.BUDGET.value, tick)
    arena = world.arena[0]
    for row in range(len(world.members)):
        member = world.members[row]
        rate = member.base_visits * exp(world.beliefs[row].habit)
        if is_leader(member):
            policy = world.policies[policy_of(member)]
            whole = int(policy.answers_per_day)
            rest = chance.uniform(stream, member.key, 0) < policy.answers_per_day - whole
            member.answers_left = whole + (1 if rest else 0)
            rate = policy.presence
        elif member.role == Role.communicator:
            rate = arena.communicator_presence
        member.visit_chance = 1.0 - exp(-rate / TICKS_PER_DAY)


@part
def kept_after_a_day(half_life_days):
    """Return the share that a day leaves of something with this half-life."""
    return exp(-LN2 / half_life_days)


@subroutine
def close_day(world, norms, tick):
    """Let the work outside the arena pull beliefs back overnight, and take the day's measures."""
    rates = norms.learning
    kept = kept_after_a_day(rates.forgetting_days)
    present = kept_after_a_day(rates.presence_days)
    habitual = kept_after_a_day(norms.attendance.half_life_days)
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
            position = world.positions[row, number]
            position.stance = learning.forget(position.stance, position.start_stance, anchored)
            position.concern = learning.forget(position.concern, position.start_concern, anchored)
            position.unsaid = learning.forget(position.unsaid, 1.0, satiated)
            position.knows_what = learning.forget(position.knows_what, start.knows_whom, remembered)
    measure(world, tick // TICKS_PER_DAY)


@subroutine
def measure(world, day):
    """Sum the day's end state of members, cell by cell."""
    issues = len(world.issues)
    for number in range(issues):
        total = 0.0
        for row in range(len(world.members)):
            total += learning.side_taken(world.positions[row, number].stance)
        world.issues[number].true_climate = total / len(world.members)
    for row in range(len(world.members)):
        sums = world.daily[day, world.members[row].cell]
        sums[Column.members.value] += 1.0
        sum_beliefs(sums, world.beliefs[row])
        for number in range(issues):
            position, issue = world.positions[row, number], world.issues[number]
            sums[Column.climate_gap.value] += abs(position.climate - issue.true_climate)
            sums[Column.stance.value] += position.stance
            sums[Column.stance_squared.value] += position.stance * position.stance
            sums[Column.positions.value] += 1.0
            if issue.kind == IssueKind.knowledge:
                sums[Column.knows_what.value] += position.knows_what
                sums[Column.knows_what_count.value] += 1.0
            elif issue.kind == IssueKind.identity:
                sums[Column.identity_stance.value] += position.stance
                sums[Column.identity_positions.value] += 1.0
    world.whole[day, Whole.gini.value] = gini(world)
    measure_issues(world, day)


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


# ---------------------------------------------------------------- a tick, and many


@stage
def open_tick(world, norms, seed, tick):
    """Do what comes before the visits of a tick; say whether there is room for whatever it brings."""
    if tick % TICKS_PER_DAY == 0:
        begin_day(world, norms, seed, tick)
    feed.rank(world, tick)
    arrive(world, seed, tick)
    return has_room(world)


@stage
def visits(world, norms, seed, tick, begin, end):
    """Make the visits `begin` to `end` of a tick."""
    visit(world, norms, streams(seed, tick), tick, begin, end)


@stage
def close_tick(world, norms, seed, tick):
    """Publish what the visits gave rise to, let leaders act, tell authors, and close the day at its last hour."""
    luck = streams(seed, tick)
    publish(world, norms, luck, tick)
    lead(world, norms, luck, tick)
    notify(world, norms, tick)
    if (tick + 1) % TICKS_PER_DAY == 0:
        close_day(world, norms, tick)
    world.clock[Clock.tick.value] = tick + 1


@stage
def advance(world, norms, seed, until):
    """Advance to the tick `until`, or to the first tick that the arrays have no room for; return the tick reached."""
    tick = world.clock[Clock.tick.value]
    while tick < until:
        if not open_tick(world, norms, seed, tick):
            return tick
        visits(world, norms, seed, tick, 0, world.clock[Clock.visitors.value])
        close_tick(world, norms, seed, tick)
        tick += 1
    return tick


# ---------------------------------------------------------------- for Python that decides, and for whoever asks why


@stage
def see_moment(world, norms, place, number) -> Moment:
    """Return the Moment of a visit's row."""
    return moment_of(world, norms, world.rows[place, number])


@stage
def settle_row(world, norms, place, number, moment, strategy, p_spoken):
    """Write a decision that Python took into a visit's row."""
    settle(world, norms, world.rows[place, number], moment, strategy, p_spoken)


def message_ids(messages):
    """Return the message_id of each message record, int64."""
    return identify_all(messages["tick"], messages["author"], messages["number"])


def identify_all(tick, row, number):
    """Return `identify` for arrays."""
    return (tick.astype(np.int64) << 43) | (row.astype(np.int64) << 11) | number.astype(np.int64)
