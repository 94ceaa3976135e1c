"""New messages, and where their readers find them."""

import numpy as np

from sim import chance, feed
from sim.compiled import part, subroutine
from sim.kernel.counting import count
from sim.kernel.people import is_leader, remember_helper
from sim.kernel.rows import NOBODY
from sim.state import KEYS_PER_TICK, MOST_TURNS, TICKS_PER_DAY, VOICES_TO_SURFACE, Clock, Column
from sim.terms import SPOKEN, Framing, Identity, IssueState, Kind, Orientation, Response, Scope, Strategy


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
    message.key = chance.pair(member.key, np.uint64(tick) * np.uint64(KEYS_PER_TICK) + np.uint64(member.numbered))
    message.tick = tick
    message.author = row
    message.number = member.numbered
    message.issue = issue
    message.thread = at
    message.turn = 0
    message.parent = NOBODY
    message.previous = NOBODY
    message.last = at
    message.notice = NOBODY
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
    message.turn = min(above.turn + 1, MOST_TURNS)
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
        author = world.members[above.author]
        author.comments_received += 1
        author.new_comments += 1
        if message.identity < Identity.pseudonym:
            remember_helper(author, message.author)
        if message.treatment == Response.none:  # how leaders treated one's words is heard by itself
            message.notice = author.notice
            author.notice = at
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
        issue.voices >= VOICES_TO_SURFACE
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
