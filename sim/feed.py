"""What each audience is shown: ranking the live threads of a page, and the walk of one reader through their pages."""

from sim.arithmetic import LN2, exp, log
from sim.compiled import part, subroutine
from sim.state import COMMENTS_SHOWN, MAX_ATTENTION, MAX_LEFT_OVER, SHOWN_HALF_LIVES, Clock
from sim.terms import Kind, Ranking, Response

EVERYONE = 0  # the audience of the whole organisation
PAGES = 4  # audiences one can belong to: everyone, department, team, the team one leads
NOTHING = -1


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
    return log(applause) - LN2 * (tick - last_tick) / arena.half_life


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


@subroutine
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
    some_first = arena.ranking == Ranking.ties or _answers_come_early(arena)
    left_over = _walk(world, row, place, member, some_first)
    return _read_waiting(world, row, place, member, left_over) if some_first else left_over


@part
def _answers_come_early(arena):
    """Say whether what leaders answered is read early: attention goes up the hierarchy, where it shows (Fiske 1993)."""
    return arena.leaders_first != 0 and arena.leader_badges != 0


@part
def _comes_early(world, row, thread):
    """Say whether a thread is read before the rest: a leader has answered it, or a tie has begun it."""
    arena = world.arena[0]
    if _answers_come_early(arena) and thread.leader_response != Response.none:
        return True
    return arena.ranking == Ranking.ties and is_tie(world, row, thread.author)


@part
def _span(world, audience):
    """Return the first slot of an audience's page, and the one behind its last thread; an empty span without one."""
    if audience < 0:
        return 0, 0
    page = world.audiences[audience]
    return page.first, page.first + page.threads


@subroutine
def _walk(world, row, place, member, some_first):
    """Walk the merged pages and read; return how many threads were left over, or wait until the early ones are read."""
    at_a, end_a = _span(world, EVERYONE)
    at_b, end_b = _span(world, audience_of(world, member, 1))
    at_c, end_c = _span(world, audience_of(world, member, 2))
    at_d, end_d = _span(world, audience_of(world, member, 3))
    by_time = world.arena[0].ranking == Ranking.newest
    left_over, waiting = 0, 0
    while True:
        at_a = _unread(world, at_a, end_a, member.last_visit, by_time)
        at_b = _unread(world, at_b, end_b, member.last_visit, by_time)
        at_c = _unread(world, at_c, end_c, member.last_visit, by_time)
        at_d = _unread(world, at_d, end_d, member.last_visit, by_time)
        best, page, slot = -1.0e300, -1, world.slots[0]
        if at_a < end_a:
            slot = world.slots[at_a]
            best, page = slot.score, 0
        if at_b < end_b and world.slots[at_b].score > best:
            slot = world.slots[at_b]
            best, page = slot.score, 1
        if at_c < end_c and world.slots[at_c].score > best:
            slot = world.slots[at_c]
            best, page = slot.score, 2
        if at_d < end_d and world.slots[at_d].score > best:
            slot = world.slots[at_d]
            page = 3
        at_a += 1 if page == 0 else 0
        at_b += 1 if page == 1 else 0
        at_c += 1 if page == 2 else 0
        at_d += 1 if page == 3 else 0
        if page < 0 or left_over >= MAX_LEFT_OVER:
            return waiting if some_first else left_over
        if page > 0 and world.messages[slot.thread].amplified:
            continue
        if some_first and not _comes_early(world, row, world.messages[slot.thread]):
            if waiting < world.waiting.shape[1]:
                world.waiting[place, waiting] = slot.thread
                waiting += 1
        elif world.seen_count[place] < member.attention:
            _read_thread(world, row, place, member, slot.thread)
        elif not some_first:
            left_over += 1


@part
def _unread(world, at, end, since, by_time):
    """Return the first slot from `at` on with activity `since` a tick, or `end`."""
    while at < end and world.slots[at].tick < since:
        at = end if by_time else at + 1  # what follows is older still
    return at


@part
def _read_waiting(world, row, place, member, waiting):
    """Read the threads that waited, best first, while attention lasts; return how many are left over."""
    for number in range(waiting):
        if world.seen_count[place] >= member.attention:
            return min(waiting - number, MAX_LEFT_OVER)
        _read_thread(world, row, place, member, world.waiting[place, number])
    return 0


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
