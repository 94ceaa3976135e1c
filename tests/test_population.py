"""Claims about how the people of a world are drawn, and drawn once for the worlds that begin with them."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sim import population, room
from sim.engine import make_organization
from sim.parameters import Share
from sim.scenario import load
from sim.state import MEMBER, POSITION

SMALL = load("baseline").with_({"organization.members": 40})
PEOPLE = make_organization(SMALL, 1)


def bits(arrays) -> list[bytes]:
    return [array.tobytes() for array in arrays]


@given(
    mean=st.floats(0.001, 0.999),
    sd=st.floats(0.001, 0.5),
    luck=st.lists(st.one_of(st.just(1.0), st.floats(0.0, 1.0)), min_size=1, max_size=50),
)
def test_a_share_is_read_from_its_table_as_numpy_reads_it_to_the_last_bit(mean, sd, luck):
    wanted, drawn = Share(mean=mean, sd=sd), np.array(luck)
    deviation = min(sd, population.WIDEST * np.sqrt(mean * (1.0 - mean)))
    quantiles, _ = population._quantiles(mean, deviation)
    read = np.interp(drawn, np.linspace(0.0, 1.0, population.GRID), quantiles)
    assert population.share(wanted, drawn).tobytes() == read.tobytes()


def test_people_who_are_drawn_once_are_those_who_would_be_drawn_each_time(monkeypatch):
    worlds = [SMALL.with_({"leadership.executives.presence": presence}).parameters for presence in (0.0, 3.0)]
    once = [bits(population.populate(PEOPLE, each, 1)) for each in worlds]
    monkeypatch.setattr(population, "SHARED_MEMBERS", 0)
    assert once == [bits(population.populate(PEOPLE, each, 1)) for each in worlds]
    assert once[0] != once[1]  # executives who never look in do not know the arena


def test_a_world_that_goes_on_leaves_the_people_of_the_next_as_they_were():
    first = population.populate(PEOPLE, SMALL.parameters, 1)
    before = bits(first)
    for array in first:
        array.view(np.uint8)[:] = 7
    assert bits(population.populate(PEOPLE, SMALL.parameters, 1)) == before


def test_a_change_of_the_people_is_drawn_anew():
    other = SMALL.with_({"population.expertise.mean": 0.6})
    drawn = [bits(population.populate(PEOPLE, world.parameters, 1)) for world in (SMALL, other)]
    assert drawn[0] != drawn[1]


def test_members_are_alike_drawn_at_once_and_a_few_at_a_time(monkeypatch):
    at_once = bits(population._drawn(PEOPLE, SMALL.parameters.population, SMALL.parameters.issues, 3, 1))
    monkeypatch.setattr(population, "PORTION", 7)
    assert bits(population._drawn(PEOPLE, SMALL.parameters.population, SMALL.parameters.issues, 3, 1)) == at_once


def test_alignment_leaves_next_to_no_blanks_in_the_record_of_a_member():
    used = sum(kind.itemsize for kind, *_ in MEMBER.fields.values())
    assert MEMBER.itemsize - used < np.dtype(np.float64).alignment


def test_records_are_copied_with_every_byte():
    records = np.frombuffer(bytes(range(256)) * POSITION.itemsize, POSITION)
    assert room.copied(records).tobytes() == records.tobytes()
    assert room.grown(records, 2 * len(records))[: len(records)].tobytes() == records.tobytes()
