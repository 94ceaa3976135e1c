"""What a visit gives rise to waits in rows, one block of rows a visitor, until it is published."""

import numpy as np

from sim.compiled import part
from sim.state import NUMBER_BITS, ROW_BITS, Errand
from sim.terms import Motive, Orientation, Scope, Strategy

NOBODY = -1


@part
def comments_wished(world, place):
    """Return how many comments this visit has given rise to so far."""
    count = 0
    for number in range(world.row_count[place]):
        if world.rows[place, number].errand <= Errand.comment:
            count += 1
    return count


@part
def add_row(world, tick, place, row, issue):
    """Return the visit's next row, blank but for when, who and on what."""
    added = world.rows[place, world.row_count[place]]
    world.row_count[place] += 1
    added.occasion_id = NOBODY
    added.draft_of = NOBODY
    added.tick = tick
    added.member = row
    added.about = NOBODY
    added.message = NOBODY
    added.issue = issue
    added.meant = Scope.organization
    added.orientation = Orientation.none
    added.strategy = Strategy.none
    added.motive = Motive.none
    return added


@part
def scope_of(world, row):
    """Return the scope that a post goes to: what it is meant for, but never wider than the arena's own."""
    return min(world.arena[0].scope, row.meant)


@part
def answers_promised(world, place):
    """Return how many answers this visit has given rise to so far."""
    count = 0
    for number in range(world.row_count[place]):
        if world.rows[place, number].errand > Errand.comment:
            count += 1
    return count


@part
def identify(tick, row, number):
    """Return tick, member row and number packed in one number: the id of a message or an occasion."""
    return (np.int64(tick) << ROW_BITS + NUMBER_BITS) | (np.int64(row) << NUMBER_BITS) | np.int64(number)


def message_ids(messages):
    """Return the message_id of each message record, int64."""
    return identify_all(messages["tick"], messages["author"], messages["number"])


def identify_all(tick, row, number):
    """Return `identify` for arrays."""
    high = (tick.astype(np.int64) << ROW_BITS + NUMBER_BITS) | (row.astype(np.int64) << NUMBER_BITS)
    return high | number.astype(np.int64)
