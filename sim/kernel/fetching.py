"""Asking memory early for what is needed next: in a large organisation it lies in none of the processor's caches.

No result depends on it.
"""

from sim.compiled import BYTES_OF_A_LINE, fetch_line, part

NEXT, AFTER_NEXT = 1, 2


@part
def fetch_visitors(world, place, end):
    """Ask for the records of the visitor after next, and for the next one's ties, whose place is there by now."""
    if place + AFTER_NEXT < end:
        row = world.visitors[place + AFTER_NEXT]
        fetch_record(world.members, row)
        fetch_record(world.beliefs, row)
        fetch_record(world.positions, row)
        fetch_line(world.tie_start, row * world.tie_start.strides[0])
    if place + NEXT < end:
        first = world.tie_start[world.visitors[place + NEXT]]
        fetch_line(world.tie_member, first * world.tie_member.strides[0])


@part
def fetch_publisher(world, place, end):
    """Ask for what is counted and learned of the next visitor once their visit is over."""
    if place + NEXT < end:
        row = world.visitors[place + NEXT]
        fetch_record(world.members, row)
        fetch_record(world.beliefs, row)


@part
def fetch_record(array, row):
    """Ask for a row of an array, line by line."""
    size = array.strides[0]
    for byte in range(row * size, (row + 1) * size, BYTES_OF_A_LINE):
        fetch_line(array, byte)
