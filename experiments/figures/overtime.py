"""What happened, day by day: voice and silence, engagement and safety, with the days that mattered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import plotly.graph_objects as go
import polars as pl
from plotly.subplots import make_subplots

from experiments.describe import timeline
from experiments.figures.style import TEMPLATES, figure
from experiments.statistics import mean_interval
from sim.errors import as_typed
from sim.lexicon import BLUE, ORANGE
from sim.record import Run
from sim.state import TICKS_PER_DAY
from sim.terms import Response, Role

WEEK: Final = 5  # workdays
SHORT: Final = 3 * WEEK  # days below which single days are shown
FIRSTS: Final = (Response.sanction, Response.action)
"""Answers to critique that are marked where a leader first gives them."""
MOST_MARKS: Final = 12

Runs = Run | Sequence[Run]


def as_runs(runs: Runs) -> list[Run]:
    """Return one run or several as a list."""
    return [runs] if isinstance(runs, Run) else list(runs)


def daily(run: Run, measure: str, group: str = "all") -> Any:
    """Return a measure day by day; NaN where there is nothing to divide by, nothing at all where there is no group."""
    series = run.series
    rows = series.filter((series["measure"] == measure) & (series["group"] == group)).sort("day")
    return rows["value"].cast(float).to_numpy()


def stretch(days: int) -> int:
    """Return how many days are shown as one: a week, or a day where there are few."""
    return WEEK if days >= SHORT else 1


def in_stretches(values: Any, length: int) -> Any:
    """Return means over whole stretches of days, NaN left aside; a last one that is not whole is left out."""
    whole = values[: len(values) // length * length].reshape(-1, length)
    known = ~np.isnan(whole)
    with np.errstate(invalid="ignore"):
        return np.where(known.any(axis=1), np.nansum(whole, axis=1) / np.maximum(known.sum(axis=1), 1), np.nan)


def _middles(count: int, length: int) -> list[float]:
    return [length * (n + 0.5) if length > 1 else float(n) for n in range(count)]


# ---------------------------------------------------------------- days that mattered


class Mark(NamedTuple):
    """A day to be marked, and what happened on it."""

    day: float
    words: str


def marks(run: Run) -> list[Mark]:
    """Return what a scenario had happen and when, then what leaders were first seen to do; in order of days."""
    written: dict[float, list[str]] = {}
    for line in timeline(run.scenario):
        day, _, happening = line.removeprefix("day ").partition(": ")
        if float(day) <= run.days:
            written.setdefault(float(day), []).append(happening)
    found = [Mark(day, "; ".join(happenings)) for day, happenings in written.items()]
    return sorted([*found, *_first_answers(run)])[:MOST_MARKS]


def _first_answers(run: Run) -> Iterator[Mark]:
    critical = critique(run)
    for how in FIRSTS:
        rows = critical.filter(critical["leader_response"] == how.key).sort("response_tick")
        if not rows.is_empty():
            about = run.scenario.parameters.issues[rows["issue"][0]].name
            what = f"critique is {how.words.done} for the first time, about {as_typed(about)}"
            yield Mark(rows["response_tick"][0] / TICKS_PER_DAY, what)


def critique(run: Run) -> pl.DataFrame:
    """Return the critical messages that are no questions, and no doubts that leaders have of themselves."""
    critical = (pl.col("criticality") > 0.0) & (pl.col("kind") != "question")
    return run.messages.filter(critical & pl.col("strategy").is_not_null())


def _mark(drawn: go.Figure, found: Sequence[Mark], rows: int = 0) -> None:
    for number, mark in enumerate(found, 1):
        for row in range(1, rows + 1) or [None]:
            where = {} if row is None else {"row": row, "col": 1}
            drawn.add_vline(x=mark.day, line_width=1, line_dash="dot", **where)
        drawn.add_annotation(
            x=mark.day, y=1, yref="y domain" if rows else "paper", yanchor="top", text=f"<b>{number}</b>",
            showarrow=False, xanchor="left", xshift=2, hovertext=f"day {mark.day:.3g}",
        )  # fmt: skip


# ---------------------------------------------------------------- figures


def voice_and_silence(runs: Runs) -> go.Figure:
    """Wishes spoken in the arena and wishes left unspoken, per 100 members and week (or day, in a short run)."""
    several = as_runs(runs)
    length = stretch(several[0].days)
    unit = "week" if length > 1 else "day"
    drawn = figure("Voice and silence over time", "workday", f"wishes per 100 members and {unit}")
    for name, colour, dash in (("spoken in the arena", BLUE, "solid"), ("left unspoken", ORANGE, "dash")):
        each = [_wishes(run, name != "spoken in the arena", length) for run in several]
        _line(drawn, each, length, name, colour, dash)
    drawn.update_yaxes(rangemode="tozero")
    drawn.update_layout(hovermode="x unified")
    if len(several) == 1:
        _mark(drawn, marks(several[0]))
    return drawn


def _wishes(run: Run, unspoken: bool, length: int) -> Any:
    values = daily(run, "spoken")
    if unspoken:
        values = daily(run, "wishes") - values
    return 100.0 * length * in_stretches(values, length) / max(run.members.height, 1)


def _line(
    drawn: go.Figure, each: Sequence[Any], length: int, name: str, colour: str, dash: str = "solid", **where: Any
) -> None:
    """Draw one line; with several runs their mean, and the 95% interval as a band."""
    if not len(each[0]):
        return
    at = _middles(len(each[0]), length)
    row = {key: where[key] for key in ("row", "col") if key in where}
    if len(each) > 1:
        found = [mean_interval(values) for values in np.transpose(each)]
        band = {"mode": "lines", "line_width": 0, "hoverinfo": "skip", "showlegend": False, "legendgroup": name}
        drawn.add_scatter(x=at, y=[one.low for one in found], **band, **row)
        drawn.add_scatter(
            x=at, y=[one.high for one in found], fill="tonexty", fillcolor=_see_through(colour), **band, **row
        )
        values: Any = [one.mean for one in found]
    else:
        values = each[0]
    drawn.add_scatter(
        x=at, y=values, name=name, mode="lines+markers" if len(at) < 40 else "lines", legendgroup=name,
        showlegend=where.get("showlegend", True), line={"color": colour, "dash": dash, "width": 2.5},
        marker={"size": 5}, hovertemplate="%{y:.2f}", **row,
    )  # fmt: skip


def _see_through(colour: str) -> str:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.18)"


PANELS: Final = {"engagement": "engagement", "psychological_safety": "safety"}


def beliefs(runs: Runs) -> go.Figure:
    """Engagement, and psychological safety, by role, as means over members and week (or day, in a short run)."""
    several = as_runs(runs)
    length = stretch(several[0].days)
    drawn = make_subplots(rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.08)
    base = figure("Engagement and psychological safety by role", "", "", 520)
    drawn.update_layout(base.layout.to_plotly_json() | {"template": TEMPLATES["light"]})
    for row, (measure, name) in enumerate(PANELS.items(), 1):
        for role in Role:
            each = [in_stretches(daily(run, measure, f"role:{role.name}"), length) for run in several]
            if not len(each[0]) or np.isnan(each).all():
                continue
            where = {"row": row, "col": 1, "showlegend": row == 1}
            _line(drawn, each, length, role.words.plural, role.words.colour, role.words.dash, **where)
        drawn.update_yaxes(title_text=f"{name} (0 to 1)", row=row, col=1)
    drawn.update_xaxes(title_text="workday", row=2, col=1)
    drawn.update_yaxes(range=_range(drawn), nticks=6)
    drawn.update_layout(hovermode="x unified", hoversubplots="axis")
    if len(several) == 1:
        _mark(drawn, marks(several[0]), rows=2)
    return drawn


def _range(drawn: go.Figure) -> list[float]:
    """Return one scale for both panels: at least a fifth of what is possible, so that a ripple looks like one."""
    values = np.concatenate([np.asarray(trace.y, float) for trace in drawn.data] or [np.array([0.0, 1.0])])
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    spare = max(0.02, (0.2 - (high - low)) / 2)
    return [max(0.0, low - spare), min(1.0, high + spare)]
