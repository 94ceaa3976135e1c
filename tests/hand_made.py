"""Worlds made by hand, for claims about what a measure of a fact says of them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from experiments.facts.observation import History, Readings, Talks
from sim.state import AUDIENCE, BELIEF, ISSUE, MEMBER, MESSAGE, OCCASION, POSITION, Clock, Column
from sim.terms import Form, IssueKind, Kind, Motive, Orientation, Strategy

DAY = 8


def rows_of(record: np.dtype, rows: list[dict[str, Any]], /, **otherwise: Any) -> Any:
    table = np.zeros(len(rows), record).view(np.recarray)
    for number, row in enumerate(rows):
        for name, value in (otherwise | row).items():
            table[number][name] = value
    return table


def occasions(*rows: dict[str, Any]) -> Any:
    """Wishes: critical concerns of high concern, withheld, unless a row says otherwise."""
    plain = {"criticality": 0.5, "concern": 0.8, "strategy": Strategy.withhold, "kind": Kind.concern, "form": Form.post}
    return rows_of(OCCASION, list(rows), **plain, message=-1, motive=Motive.none)


def messages(*rows: dict[str, Any]) -> Any:
    """Posts of one's own strategy `plain`, unless a row says otherwise; `thread` and first replies follow."""
    plain = {"parent": -1, "first_reply": -1, "strategy": Strategy.plain, "orientation": Orientation.none}
    table = rows_of(MESSAGE, list(rows), **plain)
    for number, row in enumerate(table):
        row["thread"] = number if row["parent"] < 0 else table["thread"][row["parent"]]
        if row["parent"] >= 0:
            above = table[row["parent"]]
            table["comments"][row["thread"]] += 1
            if above["first_reply"] < 0:
                table["first_reply"][row["parent"]] = row["tick"]
    return table


def trial(
    members: int = 4,
    days: int = 60,
    wishes: Any = None,
    said: Any = None,
    talks: Talks | None = None,
    read: list[tuple[int, int]] | None = None,
    organization: Any = None,
    **columns: Any,
) -> Any:
    """What is observed of one hand-made world, which is run, half year, unused and anonymous arena in one.

    `read` has pairs of a reader and a message.
    """
    said = messages() if said is None else said
    clock = np.zeros(len(Clock), np.int64)
    clock[Clock.tick], clock[Clock.messages] = days * DAY, len(said)
    world = SimpleNamespace(
        members=rows_of(MEMBER, [{}] * members, manager=0, visits=1),
        beliefs=rows_of(BELIEF, [{}] * members),
        start=rows_of(BELIEF, [{}] * members),
        audiences=rows_of(AUDIENCE, [{"visited": members}] * 3),
        positions=np.zeros((members, 2), POSITION).view(np.recarray),
        issues=rows_of(ISSUE, [{"kind": IssueKind.concern}, {"kind": IssueKind.knowledge}]),
        messages=said,
        daily=np.zeros((days, 1, len(Column))),
        clock=clock,
    )
    world.members["manager"][0] = -1
    for name, values in columns.items():
        table, _, field = name.partition("__")
        getattr(world, table)[field] = values
    run = History(world, organization, occasions() if wishes is None else wishes)  # type: ignore[arg-type]
    readings = Readings(*np.array(read or [], np.int64).reshape(-1, 2).T)
    return SimpleNamespace(run=run, half_year=run, unused=run, anonymous=run, talks=talks, readings=readings)
