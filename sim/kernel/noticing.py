"""Authors notice what nobody answered, and are called back by what somebody did."""

from sim.compiled import part, subroutine
from sim.kernel.counting import count
from sim.kernel.people import chance_to_visit
from sim.state import TICKS_PER_DAY, Clock, Column
from sim.terms import SPOKEN, Kind, Response


@subroutine
def notify(world, coefficients, tick):
    """Let authors notice what nobody answered, and take stock of messages that have had their time."""
    clock = world.clock
    patience = max(1, int(coefficients.learning.unanswered_days * TICKS_PER_DAY))
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


@subroutine
def call_back(world, coefficients):
    """Let those on whom somebody has commented visit sooner."""
    if world.arena[0].notifications == 0:
        return
    clock = world.clock
    while clock[Clock.called.value] < clock[Clock.messages.value]:
        parent = world.messages[clock[Clock.called.value]].parent
        clock[Clock.called.value] += 1
        if parent >= 0:
            row = world.messages[parent].author
            world.visit_chance[row] = chance_to_visit(world, coefficients, row)


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
