"""The day's counts, cell by cell."""

from sim.compiled import part
from sim.state import TICKS_PER_DAY, Clock


@part
def count(world, row, column, amount):
    """Add to the day's sums of the member's cell."""
    day = world.clock[Clock.tick.value] // TICKS_PER_DAY
    world.daily[day, world.members[row].cell, column] += amount
