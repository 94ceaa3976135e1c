"""No number of a saved state reaches compiled code before it is known to be one that a state can hold."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.engine import Engine
from sim.errors import InputError
from sim.record import load_state
from sim.record.states import State, snapshot_of, state_of, write_state
from sim.scenario import from_toml
from sim.snapshot import KEPT
from sim.soundness import PLAIN, RECORDS
from sim.state import ANY, SCRATCH, Within, World

SMALL = """
days = 12
[organization]
members = 120
[leadership.line_managers]
responsiveness = 1.0
delay_hours = 20
[[events]]
day = 2
set = {"visibility.scope" = "department"}
"""


@pytest.fixture(scope="module")
def state() -> State:
    engine = Engine(from_toml(SMALL), None, 5)
    engine.advance(61)
    found = state_of(engine.snapshot())
    assert all(len(found.arrays[name]) for name in KEPT)  # an empty array could not be altered
    return found


def columns(state: State) -> Iterator[tuple[str, str | None, Within]]:
    for name in (*KEPT, "tie_weight"):
        if name in RECORDS:
            yield from ((name, field.name, field.within) for field in RECORDS[name])
        else:
            yield name, None, PLAIN[name].within


def altered(state: State, name: str, field: str | None, value: Any, place: int) -> State:
    array = state.arrays[name].copy()
    column = array if field is None else array[field].copy()
    with np.errstate(over="ignore"):  # beyond float32 it becomes infinite
        column.reshape(-1)[place] = value
    if field is not None:
        array[field] = column
    return State(state.about, {**state.arrays, name: array})


def wrong_values(dtype: np.dtype[Any]) -> list[Any]:
    if dtype.kind == "f":
        return [np.nan, np.inf, -np.inf, -1e300, 1e300]
    return [np.iinfo(dtype).max, np.iinfo(dtype).min] if dtype.kind == "i" else [np.iinfo(dtype).max]


def refused(state: State) -> bool:
    try:
        Engine.from_snapshot(snapshot_of(state))
    except InputError:
        return True
    return False


def test_every_field_declares_what_it_can_hold() -> None:
    assert set(KEPT) == set(World._fields) - set(SCRATCH) == (set(RECORDS) | set(PLAIN)) - {"tie_weight"}
    unbounded = {f"{name}.{f.name}" for name, fields in RECORDS.items() for f in fields if f.within == ANY}
    assert unbounded == {"members.key", "messages.key"}  # the first follows from the ids, the second is only luck


def test_a_state_with_any_number_out_of_its_range_is_refused(state: State) -> None:
    accepted, tried = [], 0
    for name, field, within in columns(state):
        column = state.arrays[name] if field is None else state.arrays[name][field]
        for value in wrong_values(column.dtype):
            for place in {0, column.size - 1}:
                if not (within.or_none and np.isnan(value)):
                    tried += 1
                    if not refused(altered(state, name, field, value, place)):
                        accepted.append(f"{name}.{field}")
    assert tried > 800
    assert set(accepted) == {"messages.key"}


@pytest.mark.parametrize("name", [*KEPT, "tie_weight"])
def test_a_state_whose_arrays_have_another_form_is_refused(state: State, name: str) -> None:
    array = state.arrays[name]
    others = [
        array[:-1],
        array[..., None],
        array.reshape(-1)[0],
        np.zeros(len(array), "U3"),
        np.zeros(len(array), "c16"),
    ]
    for other in others:
        assert refused(State(state.about, {**state.arrays, name: np.asarray(other)})), other
    assert refused(State(state.about, {n: a for n, a in state.arrays.items() if n != name}))


@pytest.mark.parametrize(
    "said",
    [
        {"seed": -1}, {"seed": 2**63}, {"seed": "1"}, {"tick": 62}, {"tick": 10**9}, {"events_done": "1"},
        {"events_done": 99}, {"parameters": "{}"}, {"parameters": "x"}, {"scenario": "days = 3"}, {"scenario": "x"},
        {"name": 3}, {"organization": {}}, {"organization": []},
    ],
    ids=str,
)  # fmt: skip
def test_a_state_that_says_what_cannot_be_of_itself_is_refused(state: State, said: dict[str, Any]) -> None:
    assert refused(State({**state.about, **said}, state.arrays))
    assert refused(State({k: v for k, v in state.about.items() if k not in said}, state.arrays))


def test_a_state_whose_people_report_in_a_circle_is_refused(state: State) -> None:
    members = state.arrays["members"].copy()
    one, other = np.flatnonzero(members["manager"] >= 0)[:2]
    members["manager"][[one, other]] = other, one
    assert refused(State(state.about, {**state.arrays, "members": members}))


def test_the_sentence_names_the_file(state: State, tmp_path: Path) -> None:
    file = tmp_path / "state.npz"
    write_state(altered(state, "messages", "thread", 10**6, 0), file)
    with pytest.raises(InputError, match=r"state.npz: the state is damaged: 'messages.thread' holds what it cannot"):
        load_state(file)
