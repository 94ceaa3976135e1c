"""Publishing, in member order, what the tick's visits gave rise to."""

from sim import chance, feed
from sim.compiled import literal_unroll, part, subroutine
from sim.kernel.counting import count
from sim.kernel.fetching import fetch_publisher
from sim.kernel.messages import new_message, place_message
from sim.kernel.people import chance_to_visit, home, policy_of
from sim.kernel.rows import scope_of
from sim.rules import learning
from sim.state import FIRST_MOTIVE, FIRST_STRATEGY, MOTIVE_FIELDS, PAGES, TICKS_PER_DAY, Clock, Column, Errand
from sim.terms import SPOKEN, Form, Framing, Identity, Kind, Orientation, Response, Strategy


@subroutine
def publish(world, coefficients, luck, tick):
    """Make what the tick's visits gave rise to part of the arena, visitor by visitor in row order."""
    visitors = world.clock[Clock.visitors.value]
    for place in range(visitors):
        row = world.visitors[place]
        fetch_publisher(world, place, visitors)
        tally_visit(world, tick, place, row)
        if world.arena[0].notifications != 0:  # whoever was here has seen what there was to see
            world.visit_chance[row] = chance_to_visit(world, coefficients, row)
        for number in range(world.row_count[place]):
            waiting = world.rows[place, number]
            if waiting.errand == Errand.wish:
                carry_out(world, coefficients, luck, tick, waiting)
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
    sums = world.daily[day, member.cell]
    sums[Column.visits.value] += 1.0
    sums[Column.items.value] += world.seen_count[place]
    sums[Column.influence_coworkers.value] += world.influence[place, 0]
    sums[Column.influence_leaders.value] += world.influence[place, 1]
    if member.visited_day != day:
        member.visited_day = day
        sums[Column.visitors.value] += 1.0
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
            sums[Column.likes.value] += 1.0


@subroutine
def enter(world, row):
    """Count a member among those who have ever visited, in each audience that shows them its page."""
    member = world.members[row]
    member.visited = 1
    for which in range(PAGES):
        number = feed.audience_of(world, member, which)
        if number >= 0:
            world.audiences[number].visited += 1


@subroutine
def carry_out(world, coefficients, luck, tick, waiting):
    """Do what was decided about a wish, and keep it in the ledger."""
    member, position = world.members[waiting.member], world.positions[waiting.member, waiting.issue]
    strategy = waiting.strategy
    member.occasions += 1
    if strategy < SPOKEN:
        member.spoken += 1
        waiting.message = publish_wish(world, coefficients, tick, waiting)
    elif strategy == Strategy.only_positive:
        waiting.message = publish_facade(world, coefficients, tick, waiting)
    elif strategy == Strategy.withhold:
        member.withheld += 1
    elif strategy != Strategy.other_channel:
        keep_draft(member, waiting)
        if strategy == Strategy.second_opinion:
            ask_a_tie(world, coefficients, luck, waiting)
    if strategy < SPOKEN or strategy == Strategy.other_channel:
        position.unsaid *= coefficients.learning.unsaid_floor
    tally_wish(world, waiting)
    world.occasions[world.clock[Clock.occasions.value]] = waiting
    world.clock[Clock.occasions.value] += 1


@part
def tally_wish(world, waiting):
    """Count a wish, its strategy and, where it stayed unspoken, its motives."""
    row = waiting.member
    count(world, row, Column.wishes.value, 1.0)
    count(world, row, Column.p_spoken.value, waiting.p_spoken)
    count(world, row, FIRST_STRATEGY + waiting.strategy, 1.0)
    if waiting.strategy < SPOKEN:
        count(world, row, Column.spoken.value, 1.0)
        if waiting.criticality > 0.0 and waiting.kind != Kind.question:
            count(world, row, Column.critical.value, 1.0)
    else:
        tally_motives(world, row, waiting)


@part
def tally_motives(world, row, waiting):
    """Count the shares of the motives of a silence."""
    column = FIRST_MOTIVE
    for name in literal_unroll(MOTIVE_FIELDS):
        count(world, row, column, waiting[name])
        column += 1


@part
def keep_draft(member, waiting):
    """Keep a wish for the next visit."""
    member.draft_issue = waiting.issue
    member.draft_form = waiting.form
    member.draft_meant = waiting.meant
    member.draft_orientation = waiting.orientation
    member.draft_kind = waiting.kind
    member.draft_about = waiting.about
    member.draft_criticality = waiting.criticality
    member.draft_occasion = waiting.occasion_id


@part
def ask_a_tie(world, coefficients, luck, waiting):
    """Ask a colleague in private: their true view moves the perceived climate."""
    row = waiting.member
    first, ties = world.tie_start[row], world.tie_start[row + 1] - world.tie_start[row]
    if ties > 0:
        mark = chance.uniform(luck.second_opinion, world.members[row].key, waiting.issue)
        heard = world.positions[world.tie_member[first + int(mark * ties)], waiting.issue].stance
        position = world.positions[row, waiting.issue]
        rates = coefficients.learning
        position.climate = learning.estimate(position.climate, learning.side_taken(heard), rates.of_climate, rates)


@part
def publish_wish(world, coefficients, tick, waiting):
    """Publish a wish as its strategy says; return its message number."""
    row, strategy = waiting.member, waiting.strategy
    member, position = world.members[row], world.positions[row, waiting.issue]
    at = new_message(world, tick, row, waiting.issue)
    message = world.messages[at]
    softening = coefficients.voice.rephrase_softening if strategy == Strategy.rephrase else 1.0
    message.criticality = waiting.criticality * softening
    message.stance = position.stance * softening
    message.kind = waiting.kind
    message.orientation = waiting.orientation
    message.strategy = strategy
    if strategy == Strategy.anonymous:
        message.identity = Identity.anonymous
    if waiting.form == Form.post:
        scope = scope_of(world, waiting)
        message.scope = scope - 1 if strategy == Strategy.narrow else scope
        message.audience = home(world, member, message.scope)
    elif waiting.about == member.latest_critique and waiting.orientation == Orientation.with_:
        message.framing = Framing.strategic
        world.messages[waiting.about].framing = Framing.strategic
    place_message(world, at, waiting.about)
    if message.criticality > 0.0 and waiting.form == Form.post and message.identity != Identity.anonymous:
        member.latest_critique = at
    return at


@part
def publish_facade(world, coefficients, tick, waiting):
    """Publish something pleasant instead of the wish (facades of conformity: Hewlin 2003)."""
    at = new_message(world, tick, waiting.member, waiting.issue)
    message = world.messages[at]
    message.stance = coefficients.voice.facade_stance
    message.kind = Kind.praise
    message.strategy = Strategy.only_positive
    message.orientation = Orientation.none if waiting.form == Form.post else Orientation.with_
    if waiting.form == Form.post:
        message.scope = scope_of(world, waiting)
        message.audience = home(world, world.members[waiting.member], message.scope)
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
