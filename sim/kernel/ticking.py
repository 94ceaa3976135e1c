"""A tick stage by stage, and many ticks in one call."""

import functools
from enum import IntEnum

from sim import feed
from sim.compiled import compile_at_once, half, needs_compiling, stage
from sim.kernel.closing import begin_day, close_day
from sim.kernel.deciding import luck_of, moment_of, settle, weigh
from sim.kernel.leading import lead
from sim.kernel.luck import streams
from sim.kernel.noticing import call_back, notify
from sim.kernel.publishing import publish
from sim.kernel.visiting import arrive, has_room, visit
from sim.state import TICKS_PER_DAY, Clock
from sim.terms import Luck, Moment

_Stage = IntEnum("_Stage", ["all", "open", "visits", "close"], start=0)
"""What one call does: tick after tick, or one stage of a tick."""


def advance(world, coefficients, seed, until):
    """Advance to the tick `until`, or to the first tick that the arrays have no room for; return the tick reached."""
    _prepare(world, coefficients, seed)
    return _perform(world, coefficients, seed, _Stage.all.value, world.clock[Clock.tick], 0, until)


def open_tick(world, coefficients, seed, tick):
    """Do what comes before the visits of a tick; say whether there is room for whatever it brings."""
    _prepare(world, coefficients, seed)
    return _perform(world, coefficients, seed, _Stage.open.value, tick, 0, 0) == 1


def visits(world, coefficients, seed, tick, begin, end):
    """Make the visits `begin` to `end` of a tick; several threads may each make some."""
    _perform(world, coefficients, seed, _Stage.visits.value, tick, begin, end)


def close_tick(world, coefficients, seed, tick):
    """Publish what the visits gave rise to, let leaders act, tell authors, and close the day at its last hour."""
    _perform(world, coefficients, seed, _Stage.close.value, tick, 0, 0)


_is_new = functools.cache(needs_compiling)


def _prepare(world, coefficients, seed):
    """Compile the two halves of the kernel at the same time, where no machine code is kept yet, and then the whole.

    What explanations call is compiled with them: else the first question why would wait for it.
    """
    if _is_new():
        ticks, row = (world, coefficients, seed, 0), (world, coefficients, 0, 0)
        moment = Moment(*[0.0] * len(Moment._fields))
        asked = [(see_moment, row), (see_luck, (world, seed, 0, 0, 0)), (settle_row, (*row, moment, 0, 0.0))]
        compile_at_once(
            apart=[(_close, ticks), (_open, ticks)],
            here=[(_come_by, (*ticks, 0, 0)), *asked, (weigh, (moment, coefficients))],
            then=(_perform, (world, coefficients, seed, 0, 0, 0, 0)),
        )


@stage
def _perform(world, coefficients, seed, what, tick, begin, end):
    """Do what one of the functions above says: of four entry points, each would contain the whole model once more."""
    if what == _Stage.open:
        return 1 if _open(world, coefficients, seed, tick) else 0
    if what == _Stage.visits:
        _come_by(world, coefficients, seed, tick, begin, end)
    elif what == _Stage.close:
        _close(world, coefficients, seed, tick)
    else:
        while tick < end and _open(world, coefficients, seed, tick):
            _come_by(world, coefficients, seed, tick, 0, world.clock[Clock.visitors.value])
            _close(world, coefficients, seed, tick)
            tick += 1
    return tick


@half
def _open(world, coefficients, seed, tick):
    luck = streams(seed, tick)
    if tick % TICKS_PER_DAY == 0:
        begin_day(world, coefficients, luck)
    feed.rank(world, tick)
    arrive(world, luck)
    return has_room(world)


@half
def _come_by(world, coefficients, seed, tick, begin, end):
    visit(world, coefficients, streams(seed, tick), tick, begin, end)


@half
def _close(world, coefficients, seed, tick):
    luck = streams(seed, tick)
    publish(world, coefficients, luck, tick)
    lead(world, coefficients, luck, tick)
    notify(world, coefficients, tick)
    call_back(world, coefficients)
    if (tick + 1) % TICKS_PER_DAY == 0:
        close_day(world, coefficients, luck, tick)
    world.clock[Clock.tick.value] = tick + 1


@stage
def see_moment(world, coefficients, place, number) -> Moment:
    """Return the Moment of a visit's row."""
    return moment_of(world, coefficients, world.rows[place, number])


@stage
def see_luck(world, seed, tick, place, number) -> Luck:
    """Return the luck that the decision of a visit's row is taken with."""
    return luck_of(world, streams(seed, tick), world.rows[place, number])


@stage
def settle_row(world, coefficients, place, number, moment, strategy, p_spoken):
    """Write a decision that Python took into a visit's row."""
    settle(world, coefficients, world.rows[place, number], moment, strategy, p_spoken)
