"""Reading one item: learn from it, react to it, and, as a leader, perhaps answer it."""

from sim import chance, feed
from sim.compiled import part
from sim.kernel.beliefs import experience, miss_an_answer
from sim.kernel.people import as_line_manager, is_helper, is_leader, leads, policy_of, source_weight, visible_support
from sim.kernel.rows import add_row, answers_promised, comments_wished
from sim.kernel.talking import knows_of, witness
from sim.rules import audience, leadership, learning, reaction, risk, voice
from sim.state import ANSWERS_PER_VISIT, COMMENTS_PER_VISIT, TICKS_PER_DAY, Errand
from sim.terms import Asking, Form, Framing, Glance, Identity, Kind, Orientation, Reaction, Response, Role, Scope


@part
def read(world, coefficients, luck, tick, place, row, item, ceiling):
    """Learn from one item and react to it; return how relevant it was, in [0, 1]."""
    member, belief = world.members[row], world.beliefs[row]
    at = world.seen[place, item]
    message = world.messages[at]
    author = world.members[message.author]
    position = world.positions[row, message.issue]
    recognised = recognises(world, member, message)
    notice_superior(coefficients, member, belief, message, recognised)
    if message.treatment != Response.none:
        watch_treatment(world, coefficients, tick, row, at, author)
    elif message.kind == Kind.announcement:
        hear_promise(coefficients, member, belief, message)
    else:
        if message.disclosure != 0:
            hear_disclosure(world, coefficients, member, belief, message, author)
        notice_silence(coefficients, tick, member, belief, message, author)
        learn_opinion(world, coefficients, place, belief, position, message)
        learn_who_knows(coefficients, belief, position, message)
        reacting(world, coefficients, tick, place, row, item, recognised, ceiling)
    if is_leader(member):
        consider_answer(world, coefficients, luck, place, row, at)
    elif member.role == Role.communicator:
        consider_care(world, coefficients, luck, tick, place, row, at)
    return position.concern


@part
def recognises(world, member, message):
    """Say whether a reader sees who the author is: by a badge, by a position, or because it is the own manager."""
    if message.identity >= Identity.pseudonym:
        return False
    if message.identity == Identity.name_and_position or message.author == member.manager:
        return True
    return world.arena[0].leader_badges != 0 and message.author_role != Role.coworker


@part
def notice_superior(coefficients, member, belief, message, recognised):
    """Being seen in the arena makes a superior a reader one expects."""
    rates = coefficients.learning
    if recognised and message.author == member.manager:
        belief.manager_reads = learning.estimate(belief.manager_reads, 1.0, rates.presence_weight, rates)
    if recognised and message.author_role == Role.executive:
        belief.executives_read = learning.estimate(belief.executives_read, 1.0, rates.presence_weight, rates)


@part
def watch_treatment(world, coefficients, tick, row, at, leader):
    """Learn from how a leader treats what somebody else said."""
    member, belief, rates = world.members[row], world.beliefs[row], coefficients.learning
    message = world.messages[at]
    treated = world.messages[message.parent]
    weight = source_weight(coefficients, leader, member)
    if treated.criticality > 0.0:
        by_line_manager = as_line_manager(world, member, message.author)
        new = 1.0 - rates.gossip_weight if knows_of(member, at) else 1.0
        witness(world, coefficients, tick, row, at, by_line_manager)
        experience(coefficients, member, belief, message.treatment, by_line_manager, weight * new)
        worth = learning.worth_for_licence(treated.criticality, message.treatment, rates)
        weight *= rates.impression_weight * rates.of_licence
        belief.licence_to_critique = learning.estimate(belief.licence_to_critique, worth, weight, rates)
    if message.treatment == Response.action:
        position = world.positions[row, treated.issue]
        position.concern = learning.relieve(position.concern, rates)


@part
def hear_promise(coefficients, member, belief, message):
    """Take an announcement of openness as good news, as far as it is news and leaders are believed; remember it."""
    rates = coefficients.learning
    weight = rates.announcement_weight * belief.credibility
    weight *= learning.news_in_promise(message.stance, member.promised)
    member.promised = max(member.promised, rates.promise_memory * message.stance)
    if message.stance > belief.safety_executives:
        felt = weight * rates.of_safety
        belief.safety_executives = learning.learn(belief.safety_executives, message.stance, felt, rates)
    if message.stance > belief.voice_efficacy:
        hoped = weight * rates.of_efficacy
        belief.voice_efficacy = learning.learn(belief.voice_efficacy, message.stance, hoped, rates)


@part
def notice_silence(coefficients, tick, member, belief, message, author):
    """Notice critique that nobody in charge has answered in time: in one's own team it is the own manager's silence."""
    rates = coefficients.learning
    patience = rates.unanswered_days * TICKS_PER_DAY
    if message.criticality > 0.0 and message.leader_response == Response.none and tick - message.tick >= patience:
        near = member.team >= 0 and member.team == author.team
        miss_an_answer(coefficients, member, belief, rates.watched_weight if near else rates.elsewhere_weight)


@part
def hear_disclosure(world, coefficients, member, belief, message, leader):
    """Feel safer with a leader who speaks of own doubts."""
    rates = coefficients.learning
    weight = rates.disclosure_weight * source_weight(coefficients, leader, member) * rates.of_safety
    if as_line_manager(world, member, message.author):
        belief.safety_line_manager = learning.learn(belief.safety_line_manager, 1.0, weight, rates)
    else:
        belief.safety_executives = learning.learn(belief.safety_executives, 1.0, weight, rates)


@part
def learn_opinion(world, coefficients, place, belief, position, message):
    """Learn climate, licence, who knows, and one's own view from a voice that is heard."""
    rates = coefficients.learning
    visible = visible_support(world, message)
    impression = learning.impression(visible, rates) * rates.of_climate
    favour = learning.side_taken(message.stance)
    position.climate = learning.estimate(position.climate, favour, impression, rates)
    worth = learning.worth_for_licence(message.criticality, message.leader_response, rates)
    shown = rates.impression_weight * rates.of_licence
    belief.licence_to_critique = learning.estimate(belief.licence_to_critique, worth, shown, rates)
    known = learning.seem_to_know(1.0 + visible, rates)
    noted = rates.impression_weight * rates.of_others_know
    position.others_know = learning.estimate(position.others_know, known, noted, rates)
    if message.criticality > 0.0:
        position.concern = learning.worry(position.concern, known, rates)
    trusted = belief.credibility if message.author_role == Role.executive else 1.0
    before = position.stance
    position.stance = learning.hear(before, message.stance, trusted, rates)
    by_leaders = message.author_role == Role.executive or message.author_role == Role.line_manager
    world.influence[place, 1 if by_leaders else 0] += abs(position.stance - before)


@part
def learn_who_knows(coefficients, belief, position, message):
    """Overhear who knows what and who talks to whom, where authors can be recognised (Leonardi 2015)."""
    if message.identity >= Identity.pseudonym:
        return
    rates = coefficients.learning
    if message.kind == Kind.answer or message.kind == Kind.news:
        position.knows_what = learning.overhear(position.knows_what, rates)
    if message.parent >= 0:
        belief.knows_whom = learning.overhear(belief.knows_whom, rates)


@part
def asking_of(world, row, message) -> Asking:
    """Return whether an item asks a reader for an answer, as the arena stood at the tick's start."""
    owed = 1.0 if message.identity < Identity.pseudonym and is_helper(world.members[row], message.author) else 0.0
    if message.parent >= 0:
        mine = world.messages[message.parent].author == row
        return Asking(0.0, 0.0, 1.0 if mine else 0.0, float(message.turn), owed)
    if message.comments > 0:
        return Asking(0.0, 0.0, 0.0, 0.0, owed)
    return Asking(1.0, reaction.bystanders(float(world.audiences[message.audience].visited)), 0.0, 0.0, owed)


@part
def glance_at(world, row, message, recognised, asking) -> Glance:
    """Return what a reader sees of one item, and brings to it."""
    member, belief = world.members[row], world.beliefs[row]
    position = world.positions[row, message.issue]
    by_manager = message.author == member.manager
    superior = recognised and (by_manager or (message.author_role == Role.executive and member.role != Role.executive))
    return Glance(
        reaction.agreement(position.stance, message.stance),
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
        reaction.crowd(world.messages[message.thread].comments),
        1.0 if message.parent >= 0 else 0.0,
        asking.alone,
        asking.bystanders,
        asking.mine,
        asking.turn,
        asking.owed,
    )


@part
def reacting(world, coefficients, tick, place, row, item, recognised, ceiling):
    """Choose a reaction to one item; a like is noted, a comment becomes a row."""
    at = world.seen[place, item]
    message = world.messages[at]
    world.liked[place, item] = 0
    mark = world.marks[place, item]
    asking = asking_of(world, row, message)
    if reaction.is_passed_on(mark, ceiling, asking, coefficients.reaction):
        return
    glance = glance_at(world, row, message, recognised, asking)
    reacted = reaction.react(glance, coefficients, mark)
    if reacted == Reaction.like:
        world.liked[place, item] = 1
    elif reacted != Reaction.pass_:
        comment(world, coefficients, tick, place, row, at, reacted - Reaction.to.value, glance)


@part
def comment(world, coefficients, tick, place, row, at, orientation, glance):
    """Open a row for a comment: weighed like a post where it could cost anything, else simply made."""
    if comments_wished(world, place) >= COMMENTS_PER_VISIT:
        return
    message = world.messages[at]
    position = world.positions[row, message.issue]
    own = voice.criticality_of_wish(world.issues[message.issue].criticality, position.stance)
    k = reaction.criticality_of_comment(orientation, message.criticality, own, glance.superior, coefficients.voice)
    costs = risk.could_cost(k, glance.superior, glance.tie, coefficients.voice)
    added = add_row(world, tick, place, row, message.issue)
    added.errand = Errand.wish if costs else Errand.comment
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
def consider_answer(world, coefficients, luck, place, row, at):
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
    shown = audience.shown_identifiability(message.identity, coefficients.voice)
    expertise = world.positions[message.author, message.issue].expertise
    strategic = 1.0 if leader.role == Role.executive and message.framing == Framing.strategic else 0.0
    credible = leadership.credibility_of_author(shown, expertise)
    supporters = visible_support(world, message)
    chance_of_it = leadership.chance_to_answer(
        policy.responsiveness, supporters, credible, strategic, coefficients.leading
    )
    if chance.uniform(luck.response, chance.pair(leader.key, message.key), 0) < chance_of_it:
        added = add_row(world, 0, place, row, message.issue)
        added.errand = Errand.answer
        added.about = at


@part
def consider_care(world, coefficients, luck, tick, place, row, at):
    """Let a community manager answer a thread that nobody answered, or lift one to everyone."""
    member, message, arena = world.members[row], world.messages[at], world.arena[0]
    if message.thread != at or answers_promised(world, place) >= ANSWERS_PER_VISIT:
        return
    both = chance.pair(member.key, message.key)
    orphan = message.comments == 0 and tick - message.tick >= coefficients.leading.orphan_hours
    if orphan and chance.uniform(luck.orphan_answer, both, 0) < arena.orphan_answering:
        added = add_row(world, tick, place, row, message.issue)
        added.errand = Errand.orphan
        added.about = at
        return
    local = message.scope != Scope.organization and message.amplified == 0
    if local and chance.uniform(luck.amplification, both, 0) < arena.amplification:
        added = add_row(world, tick, place, row, message.issue)
        added.errand = Errand.amplify
        added.about = at
