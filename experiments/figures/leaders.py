"""What leaders did: how they treated what reached them, when, and how fast."""

from __future__ import annotations

from typing import Final

import numpy as np
import plotly.graph_objects as go
import polars as pl

from experiments.figures.overtime import stretch
from experiments.figures.style import figure
from sim.lexicon import BLUE
from sim.phrases.voices import LEADER_NAMES, treatment
from sim.record import Run
from sim.state import TICKS_PER_DAY
from sim.terms import Response, Role

ANSWERS: Final = (Response.supportive, Response.action, Response.dismissive, Response.sanction)
"""How a leader can treat a message, from what is wished for to what is feared."""
_HOURS: Final = (1, 2, 4, 8, 16, 40)
WAITED: Final = (
    "under 1 hour",
    "1 hour",
    "2 to 3 hours",
    "4 to 7 hours",
    "1 to 2 days",
    "2 to 5 days",
    "5 days or more",
)


def answers(run: Run) -> pl.DataFrame:
    """Return each message with which a leader treated another: tick, leader's role, how, hours, whether to critique."""
    messages, roles = run.messages, run.members["role"]
    above = messages.filter(pl.col("leader_response").is_not_null())
    known = {row["message_id"]: row for row in above.iter_rows(named=True)}
    leaders = {n for n, role in enumerate(roles) if role in LEADER_NAMES}
    likely = messages.filter(
        (pl.col("kind") == "answer") & pl.col("strategy").is_null() & pl.col("parent_id").is_in(list(known))
    )
    found = []
    for row in likely.iter_rows(named=True):
        treated = known[row["parent_id"]]
        role = roles[row["author"]]
        how = treatment(row, treated, role) if row["author"] in leaders else None
        if how is not None:
            found.append((row["tick"], role, how, row["tick"] - treated["tick"], treated["criticality"] > 0.0))
    schema = {"tick": pl.Int64, "role": pl.String, "how": pl.String, "hours": pl.Int64, "critical": pl.Boolean}
    return pl.DataFrame(found, schema=schema, orient="row")


def answers_over_time(run: Run) -> go.Figure:
    """Leaders' answers week by week (or day by day), by how they treated the message."""
    length = stretch(run.days)
    unit = "week" if length > 1 else "day"
    drawn = figure("Leaders' answers over time", "workday", f"answers a {unit}")
    found = answers(run)
    bins = max(run.days // length, 1)
    for answer in ANSWERS:
        ticks = found.filter(pl.col("how") == answer.name)["tick"].to_numpy()
        counts = np.bincount(ticks // (TICKS_PER_DAY * length), minlength=bins)[:bins]
        drawn.add_bar(
            x=[length * (n + 0.5) if length > 1 else n for n in range(bins)], y=counts,
            name=answer.words.done, marker_color=answer.words.colour,
            hovertemplate="%{y} " + answer.words.done + "<extra></extra>",
        )  # fmt: skip
    drawn.update_layout(barmode="stack", bargap=0.25, legend_traceorder="normal")
    return drawn


def answers_by_leader(run: Run) -> go.Figure:
    """How line managers and executives treated what they answered, critique and everything else."""
    found = answers(run)
    groups = [(role, critical) for role in LEADER_NAMES for critical in (True, False)]
    names = [f"{Role[role].words.plural}, {'critique' if critical else 'the rest'}" for role, critical in groups]
    drawn = figure("How leaders answered", "answers", "who answered what", 300)
    for answer in ANSWERS:
        counts = [
            found.filter(
                (pl.col("how") == answer.name) & (pl.col("role") == role) & (pl.col("critical") == critical)
            ).height
            for role, critical in groups
        ]
        drawn.add_bar(
            y=names, x=counts, orientation="h", name=answer.words.done, marker_color=answer.words.colour,
            hovertemplate="%{y}: %{x} " + answer.words.done + "<extra></extra>",
        )  # fmt: skip
    drawn.update_layout(barmode="stack", legend_traceorder="normal")
    drawn.update_yaxes(autorange="reversed", title_text="")
    return drawn


def waiting(run: Run) -> go.Figure:
    """How long authors waited for a leader's first words, in working hours."""
    hours = answers(run).filter(pl.col("how") != "action")["hours"].to_numpy()
    place = np.searchsorted(_HOURS, hours, side="right")
    counts = np.bincount(place, minlength=len(WAITED))
    drawn = figure("How long authors waited for a leader", "time until the answer", "answers", 280, legend=False)
    drawn.add_bar(
        x=list(WAITED), y=counts, name="answers", marker_color=BLUE, showlegend=False,
        hovertemplate="%{y} answers after %{x}<extra></extra>",
    )  # fmt: skip
    return drawn
