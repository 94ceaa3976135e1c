"""Who spoke: how unequally, in which roles and departments."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import plotly.graph_objects as go
import polars as pl

from experiments.figures.style import figure, label
from sim.lexicon import BLUE, GREY, ORANGE
from sim.record import Run
from sim.terms import Role

MOST_GROUPS: Final = 24
_POINTS: Final = 200


def _written(run: Run) -> Any:
    return np.sort((run.members["posts"] + run.members["comments"]).to_numpy())


def lorenz(run: Run) -> go.Figure:
    """How unequally messages are spread over members: the curve of Lorenz (1905)."""
    drawn = figure("How unequally the members wrote", "members, from the least to the most active (%)", "messages (%)")
    written = _written(run)
    share = np.concatenate([[0.0], np.cumsum(written) / max(written.sum(), 1)])
    at = np.unique(np.linspace(0, len(written), min(len(written), _POINTS) + 1).round().astype(int))
    x = 100.0 * at / max(len(written), 1)
    drawn.add_scatter(
        x=[0, 100], y=[0, 100], name="if all wrote equally much", mode="lines",
        line={"color": GREY, "dash": "dash", "width": 1.5}, hoverinfo="skip", meta={"no_table": True},
    )  # fmt: skip
    drawn.add_scatter(
        x=x, y=100.0 * share[at], name="messages written", mode="lines", fill="tozeroy",
        fillcolor="rgba(0,114,178,0.14)", line={"color": BLUE, "width": 2.5},
        hovertemplate="The least active %{x:.0f}% wrote %{y:.1f}% of all messages<extra></extra>",
    )  # fmt: skip
    drawn.update_xaxes(range=[0, 100.5])
    drawn.update_yaxes(range=[0, 101])
    return drawn


def activity_shares(run: Run) -> dict[str, float]:
    """Return the shares of messages of the most active 1% of members, the next 9%, and the other 90% (Nielsen 2006)."""
    written = _written(run)[::-1]
    total = max(int(written.sum()), 1)
    one, ten = max(1, round(0.01 * len(written))), max(1, round(0.1 * len(written)))
    parts = {
        "the most active 1%": written[:one],
        "the next 9%": written[one:ten],
        "the other 90%": written[ten:],
    }
    return {name: float(part.sum()) / total for name, part in parts.items()}


def most_active(run: Run) -> go.Figure:
    """What the most active 1% of members, the next 9% and the other 90% wrote."""
    shares = activity_shares(run)
    drawn = figure("Who wrote how much", "share of all messages (%)", "members", 190, legend=False)
    drawn.add_bar(
        y=list(shares), x=[100.0 * share for share in shares.values()], orientation="h", name="share of messages (%)",
        marker_color=BLUE, texttemplate="%{x:.0f}%", textposition="outside", cliponaxis=False, showlegend=False,
        hovertemplate="%{y} wrote %{x:.1f}% of all messages<extra></extra>",
    )  # fmt: skip
    drawn.update_xaxes(range=[0, 105])
    drawn.update_yaxes(autorange="reversed", title_text="")
    return drawn


def wishes_by(run: Run, column: str) -> go.Figure:
    """Wishes per member, spoken and unspoken, by a column of the members: role or department."""
    members = run.members
    groups = members.group_by(column, maintain_order=True).agg(
        members=pl.len(), occasions=pl.col("occasions").sum(), spoken=pl.col("spoken").sum()
    )
    groups = groups.sort("members", descending=True, maintain_order=True).head(MOST_GROUPS)
    names = [label(Role[name].words.noun if column == "role" else name or "(none)") for name in groups[column]]
    names = [f"{name} ({count:,})" for name, count in zip(names, groups["members"], strict=True)]
    drawn = figure(f"Voice and silence by {column}", "wishes per member", column, 130 + 30 * len(names))
    per = groups["members"].to_numpy()
    spoken = groups["spoken"].to_numpy() / per
    left = groups["occasions"].to_numpy() / per - spoken
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(spoken + left > 0, spoken / (spoken + left), np.nan)
    for name, values, colour in (("spoken in the arena", spoken, BLUE), ("left unspoken", left, ORANGE)):
        drawn.add_bar(
            y=names, x=values, orientation="h", name=name, marker_color=colour, customdata=100 * share,
            hovertemplate="%{y}: %{x:.2f} wishes a member " + name + ". Spoken: %{customdata:.0f}%<extra></extra>",
        )  # fmt: skip
    drawn.update_layout(barmode="stack", legend_traceorder="normal")
    drawn.update_yaxes(autorange="reversed", title_text=f"{column} (members)")
    return drawn
