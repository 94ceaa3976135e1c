"""What is left to say: drafts taken up, what comes to mind, a concern to be reframed."""

from sim import chance
from sim.compiled import part
from sim.kernel.people import meeting_place, salience, visible_support
from sim.kernel.rows import NOBODY, add_row
from sim.rules import voice, wish
from sim.state import OCCASIONS_PER_VISIT, Errand
from sim.terms import Form, Framing, Kind, Orientation, Scope


@part
def pull_of(world, coefficients, tick, row, number):
    """Return how strongly one issue asks to be spoken of."""
    position = world.positions[row, number]
    return wish.pull(salience(world.issues[number], tick), position.stance, position.unsaid, coefficients.voice)


@part
def open_occasions(world, coefficients, luck, tick, place, row):
    """Open this visit's occasions: the draft that waits, what comes to mind, a concern to be reframed."""
    member = world.members[row]
    drafted = member.draft_issue
    if drafted >= 0:
        reopen_draft(world, tick, place, row)
    total = 0.0
    for number in range(len(world.issues)):
        total += pull_of(world, coefficients, tick, row, number)
    often = wish.occasions(member.occasions_per_visit, world.beliefs[row].recognition, coefficients.voice)
    mark = chance.uniform(luck.occasion_count, member.key, 0)
    count = wish.how_many(often * total, mark, OCCASIONS_PER_VISIT)
    chosen = NOBODY
    for n in range(count):
        mark = chance.uniform(luck.occasion_issue, member.key, n) * total
        number = -1
        while number + 1 < len(world.issues) and mark >= 0.0:
            number += 1
            mark -= pull_of(world, coefficients, tick, row, number)
        if number != chosen and number != drafted:
            open_post(world, coefficients, luck, tick, place, row, number)
        chosen = number
    reframe(world, coefficients, luck, tick, place, row)


@part
def reopen_draft(world, tick, place, row):
    """Take up the draft kept at an earlier visit."""
    member = world.members[row]
    added = add_row(world, tick, place, row, member.draft_issue)
    added.errand = Errand.wish
    added.draft_of = member.draft_occasion
    added.form = member.draft_form
    added.meant = member.draft_meant
    added.orientation = member.draft_orientation
    added.kind = member.draft_kind
    added.about = member.draft_about
    added.criticality = member.draft_criticality
    member.draft_issue = NOBODY


@part
def open_post(world, coefficients, luck, tick, place, row, number):
    """Open an occasion to begin a thread on an issue."""
    member, position, issue = world.members[row], world.positions[row, number], world.issues[number]
    k = voice.criticality_of_wish(issue.criticality, position.stance)
    mark = chance.uniform(luck.kind_of_message, member.key, number)
    kind = voice.kind_of_post(issue.kind, k, position.expertise, position.concern, mark, coefficients.voice)
    if kind == Kind.question:
        k = voice.criticality_of_question(k, position.expertise, coefficients.voice)
    added = add_row(world, tick, place, row, number)
    added.errand = Errand.wish
    added.form = Form.post
    added.meant = scope_meant(world, coefficients, luck, row, number)
    added.kind = kind
    added.criticality = k


@part
def scope_meant(world, coefficients, luck, row, number):
    """Return how wide a post is meant: for one tie, the page where they meet, or for whoever is there."""
    begin, end = world.tie_start[row], world.tie_start[row + 1]
    member = world.members[row]
    if begin == end or chance.uniform(luck.addressee, member.key, 2 * number) >= coefficients.voice.addressing:
        return Scope.organization.value
    mark = chance.uniform(luck.addressee, member.key, 2 * number + 1)
    return meeting_place(member, world.members[world.tie_member[begin + int(mark * (end - begin))]])


@part
def reframe(world, coefficients, luck, tick, place, row):
    """Perhaps say once more, as strategic, a concern that found support (spiral of voice: Madsen & Johansen 2019)."""
    member = world.members[row]
    if member.latest_critique < 0:
        return
    message = world.messages[member.latest_critique]
    if (
        message.framing == Framing.strategic
        or visible_support(world, message) < coefficients.learning.reframing_supporters
    ):
        return
    if chance.uniform(luck.reframe, member.key, 0) < coefficients.learning.reframing:
        added = add_row(world, tick, place, row, message.issue)
        added.errand = Errand.wish
        added.form = Form.comment
        added.orientation = Orientation.with_
        added.kind = Kind.concern
        added.about = member.latest_critique
        added.criticality = wish.reframed(message.criticality, coefficients.learning)
