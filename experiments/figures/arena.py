"""The arena as a network: the hierarchy as a wheel, and who answered whom across it."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final, NamedTuple

import numpy as np
import plotly.graph_objects as go
import polars as pl

from experiments.figures.style import Table, figure, label
from sim.lexicon import BLUE, GREY
from sim.record import Run
from sim.terms import Role

MOST_MEMBERS: Final = 1500
MOST_LINES: Final = 500
STAGGER: Final = 0.13
"""By how much of a level those without reports stand in three rows, so that neighbours do not hide each other."""
_SMALLEST_SECTOR: Final = 0.04  # of the circle, to be named


class Wheel(NamedTuple):
    """Places of members: the top in the middle, each level a ring, each subtree a sector as wide as it is large."""

    x: Any
    y: Any
    angle: Any
    level: Any


def wheel(manager: Any) -> Wheel:
    """Return where each member stands; `manager` are row numbers, -1 for a top. The same rows, the same places."""
    under: list[list[int]] = [[] for _ in manager]
    tops: list[int] = []
    for row, above in enumerate(manager):
        (under[above] if above >= 0 else tops).append(row)
    order, level = _downwards(tops, under)
    angle = _angles(manager, order, under)
    turn = np.empty(len(order), int)
    turn[order] = np.arange(len(order))
    leaf = np.array([not below for below in under], bool)
    radius = level + (0.0 if len(tops) == 1 else 0.5) + STAGGER * (turn % 3) * (leaf & (level > 0))
    return Wheel(radius * np.sin(angle), radius * np.cos(angle), angle, level)


def _downwards(tops: list[int], under: list[list[int]]) -> tuple[list[int], Any]:
    """Return rows with each before those below it, subtree by subtree, and their levels."""
    order: list[int] = []
    level = np.zeros(len(under), int)
    waiting = tops[::-1]
    while waiting:
        row = waiting.pop()
        order.append(row)
        level[under[row]] = level[row] + 1
        waiting += under[row][::-1]
    return order, level


def _angles(manager: Any, order: list[int], under: list[list[int]]) -> Any:
    """Return the middle of each member's sector, which is as wide as there are members at the rim below."""
    width = np.array([0.0 if below else 1.0 for below in under])
    for row in reversed(order):
        if manager[row] >= 0:
            width[manager[row]] += width[row]
    start, around = np.zeros(len(width)), 0.0
    for row in order:
        if manager[row] < 0:
            start[row], around = around, around + width[row]
        inner = start[row]
        for below in under[row]:
            start[below], inner = inner, inner + width[below]
    return 2.0 * np.pi * (start + width / 2.0) / max(around, 1.0)


def network(run: Run) -> go.Figure:
    """Members on the wheel of the hierarchy, as large as active, coloured by safety; lines: who answered whom."""
    shown = _rows_shown(run)
    place = {row: n for n, row in enumerate(shown)}
    manager = np.array([place.get(above, -1) for above in np.asarray(run.organization.manager)[shown]], int)
    seats = wheel(manager)
    drawn = figure("Who answered whom", "", "", 760)
    _lines(drawn, [(n, above) for n, above in enumerate(manager) if above >= 0], seats, GREY, 0.35, "reports to")
    answered = _who_answered_whom(run, place)
    _lines(drawn, answered, seats, BLUE, 0.28, "answered")
    _seats(drawn, run, shown, seats)
    _sectors(drawn, run, shown, seats)
    axis = {"visible": False, "showgrid": False, "zeroline": False}
    drawn.update_xaxes(**axis, scaleanchor="y")
    drawn.update_yaxes(**axis)
    drawn.update_layout(
        meta={**drawn.layout.meta, "square": True},
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        legend={"y": 0, "yanchor": "top"},
    )
    return drawn


def answers_by_role(run: Run) -> Table:
    """Return how many comments each role wrote to each: who answers (down) whom (across)."""
    roles = run.members["role"]
    messages = run.messages
    above = messages.select(parent_id="message_id", to="author")
    pairs = messages.filter(pl.col("parent_id").is_not_null()).join(above, on="parent_id")
    counts = Counter(zip(roles.gather(pairs["author"]), roles.gather(pairs["to"]), strict=True))
    known = [role.name for role in Role if role.name in set(roles)]
    head = ["comments by", *(f"to {Role[role].words.plural}" for role in known)]
    return Table(head, [[Role[one].words.plural, *(f"{counts[one, other]:,}" for other in known)] for one in known])


def _rows_shown(run: Run) -> list[int]:
    """Return the rows to draw: all, or, in a large organisation, the most active with their chains of command."""
    members = run.members
    if members.height <= MOST_MEMBERS:
        return list(range(members.height))
    activity = (members["posts"] + members["comments"]).to_numpy()
    manager = np.asarray(run.organization.manager)
    kept: set[int] = set()
    for row in np.argsort(-activity, kind="stable"):
        chain = {int(row)}
        while manager[row] >= 0:
            row = manager[row]
            chain.add(int(row))
        if len(kept | chain) > MOST_MEMBERS:
            break
        kept |= chain
    return sorted(kept)


def _who_answered_whom(run: Run, place: dict[int, int]) -> list[tuple[int, int]]:
    """Return the pairs of members of which one most often answered the other, the most frequent first."""
    messages = run.messages
    above = messages.select(parent_id="message_id", to="author")
    pairs = (
        messages.filter(pl.col("parent_id").is_not_null())
        .join(above, on="parent_id")
        .filter(pl.col("author") != pl.col("to"))
        .group_by("author", "to")
        .len()
        .sort("len", "author", "to", descending=[True, False, False])
    )
    known = [(place[one], place[other]) for one, other, _ in pairs.iter_rows() if one in place and other in place]
    return known[:MOST_LINES]


def _lines(
    drawn: go.Figure, pairs: list[tuple[int, int]], seats: Wheel, colour: str, strength: float, name: str
) -> None:
    """Draw straight lines between places as one trace."""
    one, other = np.array(pairs, int).reshape(-1, 2).T
    gap = np.full(len(one), np.nan)
    x, y = (np.column_stack([axis[one], axis[other], gap]).ravel().round(2) for axis in (seats.x, seats.y))
    drawn.add_scatter(
        x=x, y=y, mode="lines", name=name, line={"color": colour, "width": 0.8}, opacity=strength, hoverinfo="skip",
        meta={"no_table": True},
    )  # fmt: skip


def _seats(drawn: go.Figure, run: Run, shown: list[int], seats: Wheel) -> None:
    members = run.members[shown]
    written = (members["posts"] + members["comments"]).to_numpy()
    safety = members["psychological_safety"].to_numpy()
    texts = [
        f"{label(row['name'])}<br>{Role[row['role']].words.noun}, {label(row['department'])}<br>"
        f"{row['posts']} posts, {row['comments']} comments, {row['spoken']} of {row['occasions']} wishes spoken<br>"
        f"psychological safety {row['psychological_safety']:.2f}"
        for row in members.iter_rows(named=True)
    ]
    drawn.add_scatter(
        x=seats.x.round(3), y=seats.y.round(3), mode="markers", name="member", showlegend=False, text=texts,
        hovertemplate="%{text}<extra></extra>", meta={"no_table": True},
        marker={
            "size": (4.0 + 2.2 * np.sqrt(written)).clip(4, 22).round(1).tolist(),
            "color": safety.round(3),
            "colorscale": "Cividis",
            "showscale": True,
            "opacity": 1.0,
            "line": {"width": 0.5, "color": "rgba(128,128,128,.6)"},
            "colorbar": {
                "title": {"text": "safety (0 to 1)", "side": "top"},
                "orientation": "h",
                "thickness": 10,
                "len": 0.4,
                "x": 1.0,
                "xanchor": "right",
                "y": 0.0,
                "yanchor": "top",
            },
        },
    )  # fmt: skip


def _sectors(drawn: go.Figure, run: Run, shown: list[int], seats: Wheel) -> None:
    """Name the departments around the wheel, where they fill enough of it to be named."""
    departments = run.members["department"].gather(shown).to_list()
    edge = float(seats.level.max(initial=0)) + 0.4
    outer = seats.level == seats.level.max(initial=0)
    for name in dict.fromkeys(departments):
        inside = outer & np.array([each == name for each in departments])
        if inside.sum() < _SMALLEST_SECTOR * outer.sum():
            continue
        turn = seats.angle[inside]
        middle = np.arctan2(np.sin(turn).mean(), np.cos(turn).mean())
        x, y = edge * np.sin(middle), edge * np.cos(middle)
        drawn.add_annotation(
            x=x, y=y, text=label(name, 24), showarrow=False,
            xanchor="left" if x > 0.5 else "right" if x < -0.5 else "center", yanchor="bottom" if y > 0 else "top",
        )  # fmt: skip
