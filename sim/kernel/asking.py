"""Asking: would you say it, were it as at the start? A standard wish, put to members without changing anything.

What is wished moves with the world: leaders who act leave less to say, which would pass for reluctance. So the wish is
held still: what a member thought of an issue on the first day, as a post on the page where posts go by default.
Everyone who uses the arena is asked once a week, on a weekday of their own, about one issue after the other.
"""

from typing import NamedTuple

import numpy as np

from sim.compiled import compiled, part, subroutine
from sim.kernel.counting import count
from sim.kernel.deciding import NO_LUCK, picture, speak
from sim.kernel.people import uses_arena
from sim.kernel.rows import NOBODY
from sim.rules import voice
from sim.state import DAYS_PER_WEEK, Column
from sim.terms import Form, Luck, Scope

_WEEK = np.uint64(DAYS_PER_WEEK)


class StandardWish(NamedTuple):
    """What a Moment needs to know of a wish, as the row of an occasion has it."""

    member: int
    issue: int
    form: int
    meant: int
    about: int
    criticality: float


@part
def standard_wish(world, row, number) -> StandardWish:
    """Return what a member would have to post on an issue, had their view of it stayed as it was."""
    stance = world.positions[row, number].start_stance
    k = voice.criticality_of_wish(world.issues[number].criticality, stance)
    return StandardWish(row, number, Form.post.value, Scope.organization.value, NOBODY, k)


@subroutine
def p_speak(world, coefficients, wish: StandardWish):
    """Return the probability that a standard wish is spoken in the arena, as things are now."""
    position = world.positions[wish.member, wish.issue]
    moment = picture(world, coefficients, wish, position.start_stance, position.start_concern)
    return speak(moment, coefficients, Luck(*NO_LUCK)).p_spoken


@part
def issue_of_the_day(key, day, issues):
    """Return the issue that a member is asked about on a day; NOBODY on four days of five."""
    today = np.uint64(day)
    if issues == 0 or (key + today) % _WEEK != 0:
        return NOBODY
    return np.int64((key // _WEEK + today // _WEEK) % np.uint64(issues))


@part
def ask(world, coefficients, day, row):
    """Ask a member whose day it is, and count the answer; only critical wishes are asked for."""
    member = world.members[row]
    number = issue_of_the_day(member.key, day, len(world.issues))
    if number != NOBODY and uses_arena(member):
        wish = standard_wish(world, row, number)
        if wish.criticality > 0.0:
            count(world, row, Column.asked.value, 1.0)
            count(world, row, Column.willingness.value, p_speak(world, coefficients, wish))


@compiled
def willingness_of(world, coefficients):
    """Return each member's mean P(speak | standard wish) over all critical issues now, float64[members].

    NaN for those who have none and for those who never use the arena. Nothing in the world changes.
    """
    found = np.full(len(world.members), np.nan)
    for row in range(len(found)):
        total, asked = 0.0, 0
        for number in range(len(world.issues)):
            wish = standard_wish(world, row, number)
            if wish.criticality > 0.0:
                total += p_speak(world, coefficients, wish)
                asked += 1
        if asked > 0 and uses_arena(world.members[row]):
            found[row] = total / asked
    return found
