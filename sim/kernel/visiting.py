"""Visits: who comes, what they find about themselves, and how they leave."""

import numpy as np

from sim import chance, feed
from sim.compiled import NO_BITS, ONE, lowest_bit, part, stage, subroutine
from sim.kernel.beliefs import BY_LINE_MANAGER, experience, miss_an_answer
from sim.kernel.deciding import decide
from sim.kernel.fetching import fetch_visitors
from sim.kernel.reading import read
from sim.kernel.wishing import open_occasions
from sim.rules import attendance, audience, learning, reaction
from sim.state import (
    ANSWERS_PER_VISIT,
    MOST_NOTICED,
    ROWS_PER_VISIT,
    SHOWN_HALF_LIVES,
    TICKS_PER_DAY,
    WORD_BITS,
    Clock,
    Errand,
)
from sim.terms import Response


@subroutine
def arrive(world, luck):
    """List the members who visit in this tick, in row order."""
    count = 0
    for begin in range(0, len(world.keys), WORD_BITS):
        coming = _coming(world, luck, begin, min(len(world.keys) - begin, WORD_BITS))
        while coming != NO_BITS:
            if count < len(world.visitors):
                world.visitors[count] = begin + np.int64(lowest_bit(coming))
            count += 1
            coming &= coming - ONE
    world.clock[Clock.visitors.value] = count


@part
def _coming(world, luck, begin, count):
    """Return who visits of up to 64 members, as bits: without branches, several are looked at side by side."""
    coming = NO_BITS
    for n in range(count):
        row = begin + n
        comes = chance.uniform(luck.visit, world.keys[row], 0) < world.visit_chance[row]
        coming |= np.uint64(comes) << np.uint64(n)
    return coming


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


@subroutine
def visit(world, coefficients, luck, tick, begin, end):
    """Let the visitors `begin` to `end` read, learn, react, open occasions, and decide."""
    for place in range(begin, end):
        row = world.visitors[place]
        fetch_visitors(world, place, end)
        member, belief = world.members[row], world.beliefs[row]
        world.row_count[place] = 0
        world.influence[place, 0] = 0.0
        world.influence[place, 1] = 0.0
        feedback = open_inbox(world, coefficients, member, belief)
        left_over = feed.collect(world, row, place)
        items, relevance = 0, 0.0
        ceiling = reaction.ceiling(belief.engagement, member.voice_propensity, coefficients.reaction)
        draw_marks(world, luck, place, member.key)
        for item in range(world.seen_count[place]):
            relevance += read(world, coefficients, luck, tick, place, row, item, ceiling)
            items += 1
        see_how_long_things_stay(world, coefficients, tick, member, belief)
        leave(coefficients, tick, member, belief, items, left_over, relevance, feedback)
        open_occasions(world, coefficients, luck, tick, place, row)
        if member.scripted == 0:
            for number in range(world.row_count[place]):
                if world.rows[place, number].errand == Errand.wish:
                    decide(world, coefficients, luck, world.rows[place, number])


@part
def draw_marks(world, luck, place, key):
    """Draw the luck of a reader with each item that is read now; side by side, since one waits for no other."""
    for item in range(world.seen_count[place]):
        both = chance.pair(key, world.messages[world.seen[place, item]].key)
        world.marks[place, item] = chance.uniform(luck.reaction, both, 0)


@part
def open_inbox(world, coefficients, member, belief):
    """Learn from what happened to one's own messages since the last visit; return how much feedback there was."""
    rates = coefficients.learning
    arena = world.arena[0]
    shown = audience.shown_identifiability(arena.identity, coefficients.voice)
    belief.identifiability = learning.estimate(belief.identifiability, shown, rates.composer_weight, rates)
    feedback = member.new_likes + member.new_comments
    for _ in range(min(member.new_comments, MOST_NOTICED)):
        belief.recognition = learning.learn(belief.recognition, 1.0, 1.0, rates)
    for _ in range(min(member.new_orphans, MOST_NOTICED)):
        belief.recognition = learning.learn(belief.recognition, 0.0, 1.0, rates)
    unheard = rates.unanswered_weight * rates.of_efficacy
    for _ in range(min(member.new_unanswered, MOST_NOTICED)):
        belief.voice_efficacy = learning.learn(belief.voice_efficacy, 0.0, unheard, rates)
        miss_an_answer(coefficients, member, belief, 1.0)
    if member.latest_post >= 0 and (feedback > 0 or arena.audience_cues):
        post = world.messages[member.latest_post]
        possible = float(world.audiences[post.audience].visited)
        behind = learning.audience_behind(float(feedback), possible, rates)
        if arena.audience_cues and possible > 0.0:
            behind = min(1.0, post.views / possible)
        belief.imagined_audience_size = learning.estimate(belief.imagined_audience_size, behind, 1.0, rates)
    hear_responses(coefficients, member, belief)
    member.new_likes = 0
    member.new_comments = 0
    member.new_orphans = 0
    member.new_unanswered = 0
    return feedback


@part
def hear_responses(coefficients, member, belief):
    """Learn from how leaders treated one's own messages: own experience, of full weight."""
    for side in range(2):
        for response in range(Response.supportive.value, Response.action.value + 1):
            for _ in range(member.new_responses[side, response]):
                experience(coefficients, member, belief, response, side == BY_LINE_MANAGER, 1.0)
            member.new_responses[side, response] = 0


@part
def see_how_long_things_stay(world, coefficients, tick, member, belief):
    """Learn from the thread quiet longest how long things stay: at least so long, and no longer once some have left."""
    number = feed.longest_quiet(world, member)
    if number < 0:
        return
    rates, page = coefficients.learning, world.audiences[number]
    stayed = (tick - page.quiet_since) / TICKS_PER_DAY
    lasting = learning.seem_lasting(stayed / SHOWN_HALF_LIVES, rates)
    if page.lost != 0 or lasting > belief.persistence:
        belief.persistence = learning.estimate(belief.persistence, lasting, rates.persistence_weight, rates)


@part
def leave(coefficients, tick, member, belief, items, left_over, relevance, feedback):
    """Learn from the visit as a whole: whether it was worth it, and what it does to engagement."""
    rates = coefficients.learning
    gave = attendance.usefulness(relevance, float(feedback), coefficients.attendance)
    belief.habit = attendance.accustom(belief.habit, gave, coefficients.attendance)
    meaningfulness = 0.5 * (belief.voice_efficacy + belief.recognition)
    safety = 0.5 * (belief.safety_line_manager + belief.safety_executives)
    availability = member.attention / float(member.attention + left_over)
    belief.engagement = learning.engage(belief.engagement, meaningfulness, safety, availability, rates)
    member.last_visit = tick
    member.visits += 1
    member.items_read += items
