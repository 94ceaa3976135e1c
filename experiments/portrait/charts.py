"""The figures of a portrait: an arena beside the model, each as a line or a bar of one colour and one dash."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import numpy as np
import plotly.graph_objects as go

from experiments.figures.chart import Chart, chart_of
from experiments.figures.style import figure, label
from experiments.portrait import rhythm
from experiments.portrait.arena import Arena
from experiments.portrait.period import Period
from experiments.portrait.portrait import Portrait
from experiments.statistics import mean_interval
from sim.lexicon import BLUE, GREY, ORANGE
from sim.terms import Role
from sim.wording import percent, significant

HERE, MODEL = "here", "the model"
_POINTS: Final = 200
_HOURS: Final = (0, 0.25, 0.5, 1, 2, 3, 4, 6, 8, 12, 16, 24, 40, 60, 80, 120, 160, 240)
MOST_GROUPS: Final = 24


class _Line(NamedTuple):
    """How one arena is drawn."""

    name: str
    arena: Arena
    colour: str
    dash: str


def _lines(portrait: Portrait) -> Iterator[_Line]:
    """Yield the last stretch of the arena, and the first run of the model."""
    yield _Line(HERE, list(portrait.sketch.arena.quarters())[-1], BLUE, "solid")
    if portrait.model is not None:
        yield _Line(MODEL, portrait.model.arenas[0], ORANGE, "dash")


def charts(portrait: Portrait) -> dict[str, list[Chart]]:
    """Return the figures that there is something to show in, by the title of the chapter they stand in."""
    threaded = bool((portrait.sketch.arena.parent >= 0).any())
    drawn: dict[str, list[Chart]] = {"Rhythm": [_weeks(portrait)], "Inequality": [_lorenz(portrait)]}
    if threaded:
        drawn |= {"Threads": [_sizes(portrait)], "Latency": [_latency(portrait)]}
    if not portrait.groups.is_empty():
        drawn["Who writes"] = [_groups(portrait, "contributors_share", "who writes")]
        if threaded:
            drawn["Leaders' answers"] = [_groups(portrait, "leaders_answered_share", "whose posts leaders answer")]
    return drawn


def _add(drawn: go.Figure, line: _Line, x: Any, y: Any, shape: str, hover: str) -> None:
    drawn.add_scatter(
        x=x, y=y, name=line.name, mode="lines", hovertemplate=f"{hover}<extra>{line.name}</extra>",
        line={"color": line.colour, "dash": line.dash, "width": 2.5, "shape": shape},
    )  # fmt: skip


def _weeks(portrait: Portrait) -> Chart:
    arena = portrait.sketch.arena
    drawn = figure("Messages from week to week", "week that begins on", "messages per 100 members and week")
    counts = 100.0 * portrait.weeks["messages"].to_numpy() / max(arena.members, 1)
    days = [portrait.sketch.window.day_of_week(week) for week in range(arena.weeks)]
    _add(drawn, _Line(HERE, arena, BLUE, "solid"), days, counts, "linear", "%{x}: %{y:.1f}")
    if portrait.model is not None:
        level = _level(portrait.model.arenas)
        drawn.add_hline(y=level, line={"color": ORANGE, "dash": "dash"}, annotation_text=f"the model: {level:.3g}")
    drawn.update_yaxes(rangemode="tozero")
    silent = int((counts == 0).sum())
    says = f"On average {significant(counts.mean())} messages per 100 members a week; {silent} weeks are silent."
    return chart_of("weeks", drawn, says, "Weeks count in workdays from the first day; the last one may be cut short.")


def _level(arenas: Any) -> float:
    rates = [100.0 * rhythm.weekly(arena).mean() / max(arena.members, 1) for arena in arenas]
    return mean_interval(rates).mean


def _lorenz(portrait: Portrait) -> Chart:
    drawn = figure("How unequally they write", "members, from the least to the most active (%)", "messages (%)")
    drawn.add_scatter(
        x=[0, 100], y=[0, 100], name="if all wrote equally much", mode="lines", hoverinfo="skip",
        line={"color": GREY, "dash": "dot", "width": 1.5}, meta={"no_table": True},
    )  # fmt: skip
    for line in _lines(portrait):
        written = np.sort(Period(line.arena).written)
        share = np.concatenate([[0.0], np.cumsum(written) / max(written.sum(), 1)])
        at = np.unique(np.linspace(0, len(written), min(len(written), _POINTS) + 1).round().astype(int))
        x = 100.0 * at / max(len(written), 1)
        _add(drawn, line, x.round(1), 100.0 * share[at], "linear", "The least active %{x:.0f}% wrote %{y:.1f}%")
    tenth = portrait.statistics["top_tenth_share"].value
    says = f"The most active tenth of all members writes {percent(tenth)} of the messages."
    return chart_of("lorenz", drawn, says, "The further a curve sags below the dotted line, the fewer write the most.")


def _sizes(portrait: Portrait) -> Chart:
    drawn = figure("How long threads get", "messages in a thread", "threads at least so long (%)")
    for line in _lines(portrait):
        size = np.bincount(Period(line.arena).run.messages["thread"], minlength=1)
        size = np.sort(size[size > 0])
        x = np.unique(size)
        left = 100.0 * (len(size) - np.searchsorted(size, x)) / max(len(size), 1)
        _add(drawn, line, x, left, "hv", "%{y:.1f}% have %{x} messages or more")
    drawn.update_xaxes(type="log")
    drawn.update_yaxes(type="log")
    alone = portrait.statistics["unanswered_share"].value
    says = f"{percent(alone)} of the posts have no comment by somebody else ten workdays later."
    return chart_of("sizes", drawn, says, "Both axes are logarithmic: a straight line is a heavy tail.")


def _latency(portrait: Portrait) -> Chart:
    drawn = figure("How soon first answers come", "working hours", "first answers that have come (%)")
    for line in _lines(portrait):
        hours = Period(line.arena).replies.hours
        hours = np.sort(hours[~np.isnan(hours)])
        come = 100.0 * np.searchsorted(hours, _HOURS, side="right") / max(len(hours), 1)
        _add(drawn, line, list(_HOURS), come, "hv", "after %{x} hours %{y:.0f}%")
    drawn.update_yaxes(range=[0, 101])
    median = portrait.statistics["reply_hours_median"].value
    says = f"Half of the first answers have come after {significant(median)} working hours."
    return chart_of("latency", drawn, says, "Eight working hours are a day; nights and weekends do not count.")


def _groups(portrait: Portrait, name: str, what: str) -> Chart:
    meaning = portrait.statistics[name].declared.meaning
    shown = portrait.groups_beside
    shown = shown.filter(shown[name].is_not_null())
    shown = shown.filter(~shown["group"].str.starts_with("level")).head(MOST_GROUPS)
    names = [f"{_called(group)} ({count:,})" for group, count in shown.select("group", "members").iter_rows()]
    drawn = figure(f"Roles and departments: {what}", "share (%)", "", 130 + 32 * max(len(names), 1))
    for column, who, colour in ((name, HERE, BLUE), (f"model_{name}", MODEL, ORANGE)):
        if column in shown.columns:
            drawn.add_bar(
                y=names, x=(100.0 * shown[column]).to_list(), orientation="h", name=who, marker_color=colour,
                texttemplate="%{x:.0f}%", textposition="outside", cliponaxis=False,
                hovertemplate=f"%{{y}}: %{{x:.1f}}%<extra>{who}</extra>",
            )  # fmt: skip
    drawn.update_layout(barmode="group", bargap=0.25)
    drawn.update_yaxes(autorange="reversed")
    says = f"{meaning}: {percent(portrait.statistics[name].value)} of all."
    return chart_of(f"groups-{name}", drawn, says, "In brackets the members; groups of fewer than five are not shown.")


def _called(group: str) -> str:
    kind, _, name = group.partition(":")
    return label(Role[name].words.plural if kind == "role" and name in Role.__members__ else name.strip())
