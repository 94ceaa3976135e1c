"""A tick stage by stage, and many ticks in one call."""

from sim import feed
from sim.compiled import stage
from sim.kernel.closing import begin_day, close_day
from sim.kernel.deciding import luck_of, moment_of, settle
from sim.kernel.leading import lead
from sim.kernel.luck import streams
from sim.kernel.noticing import call_back, notify
from sim.kernel.publishing import publish
from sim.kernel.visiting import arrive, has_room, visit
from sim.state import TICKS_PER_DAY, Clock
from sim.terms import Luck, Moment


@stage
def open_tick(world, coefficients, seed, tick):
    """Do what comes before the visits of a tick; say whether there is room for whatever it brings."""
    luck = streams(seed, tick)
    if tick % TICKS_PER_DAY == 0:
        begin_day(world, coefficients, luck)
    feed.rank(world, tick)
    arrive(world, luck)
    return has_room(world)


@stage
def visits(world, coefficients, seed, tick, begin, end):
    """Make the visits `begin` to `end` of a tick."""
    visit(world, coefficients, streams(seed, tick), tick, begin, end)


@stage
def close_tick(world, coefficients, seed, tick):
    """Publish what the visits gave rise to, let leaders act, tell authors, and close the day at its last hour."""
    luck = streams(seed, tick)
    publish(world, coefficients, luck, tick)
    lead(world, coefficients, luck, tick)
    notify(world, coefficients, tick)
    call_back(world, coefficients)
    if (tick + 1) % TICKS_PER_DAY == 0:
        close_day(world, coefficients, luck, tick)
    world.clock[Clock.tick.value] = tick + 1


@stage
def advance(world, coefficients, seed, until):
    """Advance to the tick `until`, or to the first tick that the arrays have no room for; return the tick reached."""
    tick = world.clock[Clock.tick.value]
    while tick < until:
        if not open_tick(world, coefficients, seed, tick):
            return tick
        visits(world, coefficients, seed, tick, 0, world.clock[Clock.visitors.value])
        close_tick(world, coefficients, seed, tick)
        tick += 1
    return tick


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
