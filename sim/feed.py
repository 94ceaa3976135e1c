"""What each audience is shown: ranking the live threads of a page, and the walk of one reader through their pages."""

import numpy as np

from sim.arithmetic import LN2, exp, log_of_count
from sim.compiled import NO_BITS, ONE, lowest_bit, part, subroutine
from sim.state import (
    COMMENTS_SHOWN,
    MAX_ATTENTION,
    MAX_LEFT_OVER,
    PAGES,
    SHOWN_HALF_LIVES,
    WORD_BITS,
    Clock,
)
from sim.terms import Kind, Ranking, Response

EVERYONE = 0  # the audience of the whole organisation
NOTHING = -1
NO_NEWS = -2  # the tick of what is news to nobody, not even to those who have never been here
ALL = -1  # those for whom a thread comes early that a leader has answered
EARLY, REST = 0, 1  # the two sets of unread threads

_SHIFT, _IN_WORD = 6, WORD_BITS - 1  # a number's word is `number >> _SHIFT`, its bit `number & _IN_WORD`


@part
def weight(age, half_life):
    """Return the weight of a thread whose last message is `age` ticks old, in [0, 1]."""
    return exp(-LN2 * age / half_life)


@part
def score(thread, last_tick, tick, arena):
    """Return where a thread ranks; higher is shown first. A newer thread wins a tie by its running number."""
    if arena.ranking == Ranking.newest:
        return float(last_tick)
    applause = 1.0 + thread.likes + 2.0 * thread.comments
    return log_of_count(applause) - LN2 * (tick - last_tick) / arena.half_life


@subroutine
def rank(world, tick):
    """Rank the pages of all audiences as they stand at the start of `tick`; threads that have faded leave."""
    arena = world.arena[0]
    lasting = SHOWN_HALF_LIVES * arena.half_life  # ticks of silence after which a thread has faded
    for number in range(len(world.audiences)):
        page = world.audiences[number]
        page.announced = -1
        page.quiet_since = NOTHING
        if page.threads == 0:
            continue
        kept = 0
        for place in range(page.threads):
            thread = world.slots[page.first + place].thread
            last_tick = world.messages[world.messages[thread].last].tick
            if tick - last_tick <= lasting:
                rated = score(world.messages[thread], last_tick, tick, arena)
                _insert(world.slots, page.first, kept, thread, last_tick, rated, world.messages)
                kept += 1
                first, latest = world.messages[thread], page.announced
                if first.kind == Kind.announcement and (latest < 0 or is_later(first, world.messages[latest])):
                    page.announced = thread
                if page.quiet_since < 0 or last_tick < page.quiet_since:
                    page.quiet_since = last_tick
        if kept < page.threads:
            page.lost = 1
        page.threads = kept
        _note_news(world, number)


@part
def _note_news(world, number):
    """Note beside each slot of a page what walks ask of its thread, so that hundreds of walks touch no messages.

    What was lifted to everyone is read there, and so is no news on a narrower page.
    """
    page, answers_early = world.audiences[number], _answers_come_early(world.arena[0])
    for at in range(page.first, page.first + page.threads):
        first = world.messages[world.slots[at].thread]
        lifted = number != EVERYONE and first.amplified != 0
        world.news[at] = NO_NEWS if lifted else world.slots[at].tick
        answered = answers_early and first.leader_response != Response.none
        world.early_for[at] = ALL if answered else first.author


@part
def is_later(message, other):
    """Say whether a message is later than another; within an hour their keys decide, not their rows."""
    return message.tick > other.tick or (message.tick == other.tick and message.key > other.key)


@part
def _insert(slots, first, count, thread, last_tick, rated, messages):
    """Insert a thread into the first `count` slots of a page, which are in order; nearly sorted pages are cheap."""
    place = first + count
    while place > first and _below(slots[place - 1], rated, thread, messages):
        slots[place].thread = slots[place - 1].thread
        slots[place].tick = slots[place - 1].tick
        slots[place].score = slots[place - 1].score
        place -= 1
    slots[place].thread = thread
    slots[place].tick = last_tick
    slots[place].score = rated


@part
def _below(slot, rated, thread, messages):
    """Say whether a slot ranks below a thread; equal scores are ordered by the newer, then by the message's own key."""
    if slot.score != rated:
        return slot.score < rated
    other, this = messages[slot.thread], messages[thread]
    if other.tick != this.tick:
        return other.tick < this.tick
    return other.key < this.key


@part
def show(world, number, thread, tick):
    """Put a thread on the page of an audience; where the page is full, the lowest-ranked thread leaves."""
    page = world.audiences[number]
    place = page.threads
    if place == page.room:
        place -= 1
        page.lost = 1
    else:
        page.threads += 1
    slot = world.slots[page.first + place]
    slot.thread = thread
    slot.tick = tick
    slot.score = score(world.messages[thread], tick, tick, world.arena[0])


@part
def is_tie(world, member, other):
    """Say whether two members are tied."""
    for place in range(world.tie_start[member], world.tie_start[member + 1]):
        if world.tie_member[place] >= other:  # they are sorted
            return world.tie_member[place] == other
    return False


@part
def audience_of(world, member, which):
    """Return the number of the member's `which`-th audience: everyone, department, team, team led; -1 for none."""
    if which == 0:
        return EVERYONE
    if which == 1:
        return 1 + member.department
    team = member.team if which == 2 else member.led_team
    return -1 if team < 0 else len(world.audiences) - world.clock[Clock.teams.value] + team


@part
def longest_quiet(world, member):
    """Return the page of a member that shows the thread quiet longest, as the number of its audience; -1 for none."""
    found = NOTHING
    for which in range(PAGES):
        number = audience_of(world, member, which)
        if number >= 0 and world.audiences[number].quiet_since >= 0:
            since = world.audiences[number].quiet_since
            if found < 0 or since < world.audiences[found].quiet_since:
                found = number
    return found


@part
def collect(world, row, place):
    """Fill `seen[place]` with the unread messages one member reads now, best first, up to their attention.

    First comes what is announced to one, where that is so, then the comments on one's own messages, where one is
    notified of them. The pages of all audiences one belongs to are merged by rank; what comes early by it is read
    before the rest; of each thread with activity since the last visit come its first post, if unread, and its newest
    unread comments. Returns how many unread threads were left over.
    """
    member = world.members[row]
    world.seen_count[place] = 0
    arena = world.arena[0]
    if arena.leaders_first != 0:
        _read_announcements(world, row, place, member)
    if arena.notifications != 0:
        _read_notices(world, place, member)
    _mark_unread(world, row, place, member)
    some_first = arena.ranking == Ranking.ties or _answers_come_early(arena)
    met, most = 0, len(world.slots)
    for some in range(EARLY, REST + 1):
        if some == REST and some_first:
            most = MAX_ATTENTION + MAX_LEFT_OVER
        met = _walk(world, row, place, member, some, most)
    return _count_marked(world, place, member, REST, min(most, met + MAX_LEFT_OVER)) - met


@part
def _answers_come_early(arena):
    """Say whether what leaders answered is read early: attention goes up the hierarchy, where it shows (Fiske 1993)."""
    return arena.leaders_first != 0 and arena.leader_badges != 0


# ---------------------------------------------------------------- what is unread, as bits: one a slot, in order of rank


@part
def _mark_unread(world, row, place, member):
    """Mark what is unread on the pages of a member: what comes early by a tie or an answer, and the rest."""
    ties = _bits_of_ties(world, row) if world.arena[0].ranking == Ranking.ties else NO_BITS
    for which in range(PAGES):
        number = audience_of(world, member, which)
        threads = world.audiences[number].threads if number >= 0 else 0
        for word in range(_words(threads)):
            begin = world.audiences[number].first + word * WORD_BITS
            unread = _unread(world, begin, min(threads - word * WORD_BITS, WORD_BITS), member.last_visit)
            early = _early_among(world, row, begin, unread, ties)
            world.unread[place, EARLY, which, word] = early
            world.unread[place, REST, which, word] = unread ^ early


@part
def _words(threads):
    """Return how many words of 64 bits hold one bit for each of so many threads."""
    return (threads + WORD_BITS - 1) >> _SHIFT


@part
def _bits_of_ties(world, row):
    """Return 64 bits, set where a tie's row ends in their number: most who are no ties are ruled out by them."""
    bits = NO_BITS
    for place in range(world.tie_start[row], world.tie_start[row + 1]):
        bits |= ONE << np.uint64(world.tie_member[place] & _IN_WORD)
    return bits


@part
def _unread(world, begin, count, since):
    """Return which of up to 64 slots have activity `since` a tick, as bits.

    Nothing depends on what was found before, so that processors look at several slots at once.
    """
    unread = NO_BITS
    for n in range(count):
        unread |= np.uint64(world.news[begin + n] >= since) << np.uint64(n)
    return unread


@part
def _early_among(world, row, begin, unread, ties):
    """Return which of up to 64 slots come early: a leader has answered the thread, or a tie has begun it."""
    early = NO_BITS
    while unread != NO_BITS:
        bit = lowest_bit(unread)
        author = world.early_for[begin + np.int64(bit)]
        if author == ALL or (_has_bit(ties, author) and is_tie(world, row, author)):
            early |= ONE << bit
        unread &= unread - ONE
    return early


@part
def _has_bit(bits, row):
    """Say whether the bit is set that a row ends in."""
    return (bits >> np.uint64(row & _IN_WORD)) & ONE != NO_BITS


@part
def _next_marked(world, place, some, which, number, at_least):
    """Return the first slot on a page, from its n-th on, that is marked; NOTHING behind the last."""
    words = _words(world.audiences[number].threads) if number >= 0 else 0
    word, passed = at_least >> _SHIFT, at_least & _IN_WORD
    while word < words:
        marked = world.unread[place, some, which, word] >> np.uint64(passed)
        if marked != NO_BITS:
            return world.audiences[number].first + word * WORD_BITS + passed + np.int64(lowest_bit(marked))
        word, passed = word + 1, 0
    return NOTHING


@part
def _count_marked(world, place, member, some, most):
    """Return how many threads are marked on all pages, counted up to `most`."""
    count = 0
    for which in range(PAGES):
        number = audience_of(world, member, which)
        words = _words(world.audiences[number].threads) if number >= 0 else 0
        for word in range(words):
            marked = world.unread[place, some, which, word]
            while marked != NO_BITS and count < most:
                marked &= marked - ONE
                count += 1
    return count


@part
def _score_at(world, at):
    """Return where the thread in a slot ranks; below all others where there is none."""
    return world.slots[at].score if at >= 0 else -np.inf


@part
def _walk(world, row, place, member, some, most):
    """Walk the merged pages and read what is marked, while attention lasts; return how many threads were read."""
    page_b, page_c = audience_of(world, member, 1), audience_of(world, member, 2)
    page_d = audience_of(world, member, 3)
    at_a = _next_marked(world, place, some, 0, EVERYONE, 0)
    at_b = _next_marked(world, place, some, 1, page_b, 0)
    at_c = _next_marked(world, place, some, 2, page_c, 0)
    at_d = _next_marked(world, place, some, 3, page_d, 0)
    met = 0
    while met < most and world.seen_count[place] < member.attention:
        at, best = at_a, _score_at(world, at_a)
        if _score_at(world, at_b) > best:
            at, best = at_b, _score_at(world, at_b)
        if _score_at(world, at_c) > best:
            at, best = at_c, _score_at(world, at_c)
        if _score_at(world, at_d) > best:
            at = at_d
        if at < 0:
            return met
        if at == at_a:
            at_a = _after(world, place, some, 0, EVERYONE, at)
        elif at == at_b:
            at_b = _after(world, place, some, 1, page_b, at)
        elif at == at_c:
            at_c = _after(world, place, some, 2, page_c, at)
        else:
            at_d = _after(world, place, some, 3, page_d, at)
        _read_thread(world, row, place, member, world.slots[at].thread)
        met += 1
    return met


@part
def _after(world, place, some, which, number, at):
    """Return the next slot on a page that is marked."""
    return _next_marked(world, place, some, which, number, at + 1 - world.audiences[number].first)


# ---------------------------------------------------------------- what is read


@part
def _read_announcements(world, row, place, member):
    """Add the latest announcement to each audience one belongs to, if it is unread."""
    count = 0
    for which in range(PAGES):
        number = audience_of(world, member, which)
        at = world.audiences[number].announced if number >= 0 else -1
        if at >= 0 and world.messages[at].tick >= member.last_visit and world.messages[at].author != row:
            world.seen[place, count] = at
            count += 1
    world.seen_count[place] = count


@part
def _was_announced(world, thread):
    """Say whether a thread's first post is an announcement that was read before all else."""
    return world.arena[0].leaders_first != 0 and world.audiences[world.messages[thread].audience].announced == thread


@part
def _read_notices(world, place, member):
    """Add the new comments on one's own messages, newest first, while attention lasts."""
    count, at = world.seen_count[place], member.notice
    room = min(int(member.attention), MAX_ATTENTION)
    while at >= 0 and count < room and world.messages[at].tick >= member.last_visit:
        world.seen[place, count] = at
        count += 1
        at = world.messages[at].notice
    world.seen_count[place] = count


@part
def _was_noticed(world, row, comment):
    """Say whether a comment is one that a member is notified of, and so need not find in its thread."""
    notified = world.arena[0].notifications != 0 and comment.treatment == Response.none
    return notified and world.messages[comment.parent].author == row


@part
def _read_thread(world, row, place, member, thread):
    """Add what is unread of one thread: its first post, then its newest comments."""
    count = world.seen_count[place]
    room = min(int(member.attention), MAX_ATTENTION)
    first = world.messages[thread]
    if first.tick >= member.last_visit and first.author != row and not _was_announced(world, thread):
        world.seen[place, count] = thread
        count += 1
    message, shown = first.last, 0
    while message != thread and shown < COMMENTS_SHOWN and count < room:
        comment = world.messages[message]
        if comment.tick < member.last_visit:
            break
        if comment.author != row and not _was_noticed(world, row, comment):
            world.seen[place, count] = message
            count += 1
            shown += 1
        message = comment.previous
    world.seen_count[place] = count
