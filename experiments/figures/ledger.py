"""What was not said: strategies and motives of the silence ledger, and what it leaves below the water line."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import plotly.graph_objects as go
import polars as pl

from experiments.figures.overtime import Runs, as_runs
from experiments.figures.style import figure, wrapped
from experiments.statistics import mean_interval
from sim.lexicon import BLUE, GREY, ORANGE, terms
from sim.record import Run
from sim.terms import Motive, Role, Strategy

UNDECIDED: Final = 0.1
"""Stances nearer to 0 than this count as undecided."""
_BINS: Final = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0)
_FEWEST: Final = 5  # wishes that a point needs


def strategies(run: Run) -> go.Figure:
    """What became of wishes to speak, by role, in per cent of the wishes of that role."""
    ledger = run.occasions.join(_roles(run), on="member")
    total = ledger.group_by("role").len("all")
    roles = [role for role in Role if role.name in set(total["role"])]
    wishes = dict(total.iter_rows())
    counts = {(role, strategy): n for role, strategy, n in ledger.group_by("role", "strategy").len().iter_rows()}
    drawn = figure("What became of wishes to speak, by role", "wishes (%)", "role (wishes)", 190 + 44 * len(roles))
    names = [f"{role.words.noun} ({wishes[role.name]:,})" for role in roles]
    for strategy in terms(Strategy):
        values = [100.0 * counts.get((role.name, strategy.name), 0) / wishes[role.name] for role in roles]
        if not any(values):
            continue
        name = strategy.words.done
        drawn.add_bar(
            y=names, x=values, orientation="h", name=name, marker_color=strategy.words.colour,
            hovertemplate="%{y}: %{x:.1f}% " + name + "<extra></extra>",
        )  # fmt: skip
    drawn.update_layout(barmode="stack", legend_traceorder="normal")
    drawn.update_xaxes(range=[0, 100])
    drawn.update_yaxes(autorange="reversed")
    return drawn


def _roles(run: Run) -> pl.DataFrame:
    return run.members.with_row_index("member").select(pl.col("member").cast(pl.Int32), "role")


def motives(runs: Runs) -> go.Figure:
    """Why wishes stayed unspoken: the mean share of each cause, with the 95% interval over several runs."""
    several = as_runs(runs)
    names = [motive.name for motive in terms(Motive)]
    found = {name: mean_interval(run.measures.get(f"silence_{name}") for run in several) for name in names}
    kept = sorted((name for name in names if found[name].runs), key=lambda name: -found[name].mean)
    drawn = figure("Why wishes stayed unspoken", "share of the silence (%)", "cause", 90 + 30 * len(kept), legend=False)
    bars = [100.0 * found[name].half_width for name in kept] if len(several) > 1 else None
    drawn.add_bar(
        y=[Motive[name].words.noun for name in kept], x=[100.0 * found[name].mean for name in kept], orientation="h",
        name="share of the silence (%)", marker_color=ORANGE, showlegend=False, texttemplate="%{x:.0f}%",
        textposition="outside", cliponaxis=False, error_x=None if bars is None else {"array": bars, "type": "data"},
        hovertemplate="%{y}: %{x:.1f}% of the silence<extra></extra>",
    )  # fmt: skip
    drawn.update_yaxes(autorange="reversed", title_text="")
    drawn.update_xaxes(rangemode="tozero", range=[0, 1.2 * max((100.0 * found[name].mean for name in kept), default=1)])
    return drawn


def speaking_by_criticality(run: Run) -> go.Figure:
    """How likely a wish is to be spoken, by how critical it is: means with 95% intervals over wishes."""
    drawn = figure(
        "The more critical, the less spoken?",
        "criticality (0 harmless, 1 most challenging)",
        "chance to be spoken in the arena (%)",
        legend=False,
    )
    ledger = run.occasions
    place = np.searchsorted(_BINS, ledger["criticality"].to_numpy(), side="left")
    chance = 100.0 * ledger["p_spoken"].to_numpy()
    x, found = [], []
    for number in range(len(_BINS)):
        inside = place == number
        if inside.sum() >= _FEWEST:
            x.append(round(float(ledger["criticality"].to_numpy()[inside].mean()), 3))
            found.append(mean_interval(chance[inside]))
    drawn.add_scatter(
        x=x, y=[one.mean for one in found], name="chance to be spoken (%)", mode="lines+markers", showlegend=False,
        line={"color": BLUE, "width": 2.5}, marker={"size": 8}, customdata=[one.runs for one in found],
        error_y={"type": "data", "array": [one.half_width for one in found], "thickness": 1.5, "width": 4},
        hovertemplate="criticality %{x:.2f}: %{y:.0f}% (%{customdata:,} wishes)<extra></extra>",
    )  # fmt: skip
    drawn.update_yaxes(range=[0, 100])
    drawn.update_xaxes(range=[-0.02, max([*x, 0.5]) + 0.05])
    return drawn


# ---------------------------------------------------------------- below the water line


def iceberg(run: Run) -> go.Figure:
    """What all members think of each issue, beside what those who wrote about it were heard to think."""
    drawn = figure(
        "What members think, and what can be heard",
        "share (%)",
        "issue",
        130 + 68 * len(run.scenario.parameters.issues),
    )
    rows: list[tuple[str, str, dict[str, float]]] = []
    for number, issue in enumerate(run.scenario.parameters.issues):
        everyone = run.positions.filter(run.positions["issue"] == number)["stance"].to_numpy()
        heard = _heard(run, number)
        name = wrapped(issue.name)
        rows.append((name, f"all members ({len(everyone):,})", _sides(everyone)))
        rows.append((name, f"voices ({len(heard):,})", _sides(heard)))
    at = [[row[0] for row in rows], [row[1] for row in rows]]
    for side, colour in (("against", ORANGE), ("undecided", GREY), ("in favour", BLUE)):
        drawn.add_bar(
            y=at, x=[row[2][side] for row in rows], orientation="h", name=side, marker_color=colour,
            hovertemplate="%{y}: %{x:.0f}% " + side + "<extra></extra>",
        )  # fmt: skip
    drawn.update_layout(barmode="stack", legend_traceorder="normal")
    drawn.update_xaxes(range=[0, 100])
    drawn.update_yaxes(autorange="reversed", title_text="")
    return drawn


def against(run: Run, issue: int) -> tuple[float, float | None]:
    """Return how many per cent are against an issue: of all members, and of the voices; None where there are none."""
    heard = _heard(run, issue)
    stances = run.positions.filter(run.positions["issue"] == issue)["stance"].to_numpy()
    return _sides(stances)["against"], _sides(heard)["against"] if len(heard) else None


def _heard(run: Run, issue: int) -> Any:
    """Return the mean stance that each author was seen to take in an issue; announcements take none."""
    messages = run.messages
    about = messages.filter((messages["issue"] == issue) & (messages["kind"] != "announcement"))
    return about.group_by("author").agg(pl.col("stance").mean())["stance"].to_numpy()


def _sides(stances: Any) -> dict[str, float]:
    count = max(len(stances), 1)
    against, favour = (stances < -UNDECIDED).sum(), (stances > UNDECIDED).sum()
    numbers = {"against": against, "undecided": len(stances) - against - favour, "in favour": favour}
    return {side: 100.0 * float(number) / count for side, number in numbers.items()}
