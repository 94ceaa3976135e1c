"""Figures of a sweep: surfaces, effects, rankings, sensitivity, tipping points, loops and the phase map.

Each goes onto the page, and into a paper with `--figures`. No meaning is in a colour alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go

from experiments.analysis.effects import Effect, Reversal, mean_per_seed, per_level
from experiments.analysis.hysteresis import Loop, Stretch
from experiments.analysis.intervals import interval
from experiments.analysis.phases import LETTERS, WORDS, Phase
from experiments.analysis.results import Axis, Results
from experiments.analysis.sensitivity import Index, Step
from experiments.analysis.tipping import Tipping
from experiments.figures.style import figure, label
from experiments.measures import scoped
from experiments.statistics import Interval
from sim.lexicon import BLUE, GREEN, GREY, MAUVE, ORANGE
from sim.measures import MEASURES
from sim.wording import significant

INK: Final = "#16191d"
"""Of signs on coloured cells, whatever the background of the page."""
SHADES: Final = [[0.0, "#EEF4F9"], [1.0, "#3F93C9"]]
"""From little to much; the lightest and the darkest differ in brightness, and bear dark signs."""
PHASE_SHADES: Final = (("#F0F1F2", GREY), ("#E3EFF7", "#4A9BD0"), ("#FBE7D8", "#E58A4B"))
DASHES: Final = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
SYMBOLS: Final = ("circle", "square", "diamond", "triangle-up", "cross", "x")
COLOURS: Final = (BLUE, ORANGE, GREEN, MAUVE, GREY)
MOST_TEXTS: Final = 64
"""Cells of a map up to which each bears its number."""
MOST_ROWS: Final = 40
NAMED: Final = 12
"""Dots of a Morris chart that are marked: by their names, or by their places in the ranking where there are more."""
UP, DOWN, OPEN = "▲", "▼", "○"


def unit(measure: str) -> str:
    """Return the title of an axis that shows a measure."""
    known = MEASURES.get(scoped(measure)[0])
    return label(f"{measure} ({known.unit})" if known else measure, 80)


def bounds(found: Interval) -> str:
    """Return a mean with its interval in brackets."""
    if np.isnan(found.low):
        return significant(found.mean)
    if not np.isfinite(found.low):
        return f"{significant(found.mean)} (too few runs for an interval)"
    return f"{significant(found.mean)} ({significant(found.low)} to {significant(found.high)})"


def share_bounds(found: Interval) -> str:
    """Return a share with its interval, as per cent."""
    if np.isnan(found.low):
        return f"{found.mean:.0%}"
    if not np.isfinite(found.low):
        return f"{found.mean:.0%} (too few seeds for an interval)"
    if found.mean >= 0.1:
        return f"{found.mean:.0%} ({found.low:.0%} to {found.high:.0%})"
    return f"{found.mean:.1%} ({found.low:.1%} to {found.high:.1%})"


def index_bounds(kind: str, found: Interval) -> str:
    """Return an index of sensitivity with its interval: shares of the variance as per cent."""
    return share_bounds(found) if kind in ("total share", "S1", "ST") else bounds(found)


def _error(found: Sequence[Interval]) -> dict[str, Any]:
    """Return the bars of intervals, which need not be even."""
    sides = [one.high - one.mean for one in found], [one.mean - one.low for one in found]
    finite = [[value if np.isfinite(value) else 0.0 for value in side] for side in sides]
    return {
        "type": "data",
        "symmetric": False,
        "array": finite[0],
        "arrayminus": finite[1],
        "thickness": 1.5,
        "width": 4,
    }


# ---------------------------------------------------------------- maps over two factors


def means_over(results: Results, measure: str, across: Axis, up: Axis) -> list[list[Interval]]:
    """Return a measure by level of two factors, [up][across], averaged over all others for each seed."""
    places = results.axes.index(across), results.axes.index(up)
    grid = np.moveaxis(results.grid(measure), places, (0, 1))
    flat = grid[list(across.order)][:, list(up.order)].reshape(len(across.values) * len(up.values), *grid.shape[2:])
    found = [interval(mean_per_seed(values)) for values in flat]
    return [found[y :: len(up.values)] for y in range(len(up.values))]


def _places(axis: Axis) -> list[Any]:
    """Return where the levels of a factor stand on an axis: at their numbers, or one after the other."""
    values = [axis.values[place] for place in axis.order]
    return values if axis.numeric else [label(axis.texts[place], 24) for place in axis.order]


def _axis(drawn: go.Figure, which: str, axis: Axis) -> None:
    settings: dict[str, Any] = {"tickvals": _places(axis), "showgrid": False}
    if axis.numeric:
        settings["ticktext"] = [axis.texts[place] for place in axis.order]
    settings |= {} if axis.numeric else {"type": "category"}
    drawn.update_layout({which: settings})


def surface(results: Results, measure: str, across: Axis, up: Axis, turns: Sequence[Reversal] = ()) -> go.Figure:
    """Draw a measure over two factors: a cell for each pair of levels, lines of equal height, effects at the edges."""
    found = means_over(results, measure, across, up)
    drawn = figure(f"{measure} over {across.name} and {up.name}", label(across.name, 60), label(up.name, 60), 460)
    x, y = _places(across), _places(up)
    heights = [[one.mean for one in row] for row in found]
    few = len(x) * len(y) <= MOST_TEXTS
    texts = [[significant(one.mean) for one in row] for row in found]
    hover = [[bounds(one) for one in row] for row in found]
    drawn.add_heatmap(
        x=x, y=y, z=heights, colorscale=SHADES, customdata=hover, text=texts if few else None,
        texttemplate="%{text}" if few else None, textfont={"color": INK, "size": 12},
        colorbar={"title": {"text": measure, "side": "right"}, "thickness": 12, "x": 1.08, "outlinewidth": 0},
        hovertemplate="%{x}, %{y}: %{customdata}<extra></extra>", xgap=1, ygap=1,
    )  # fmt: skip
    if across.numeric and up.numeric and min(len(x), len(y)) >= 3 and np.ptp(np.nan_to_num(heights)) > 0.0:
        drawn.add_contour(
            x=x, y=y, z=heights, contours={"coloring": "none", "showlabels": not few, "labelfont": {"color": INK}},
            line={"color": INK, "width": 1, "smoothing": 0.6}, ncontours=9, showscale=False, hoverinfo="skip",
        )  # fmt: skip
    _axis(drawn, "xaxis", across)
    _axis(drawn, "yaxis", up)
    for turn in turns:
        _edge(drawn, turn, turn.factor == across.name, y if turn.factor == across.name else x)
    drawn.update_layout(margin={"t": 56, "r": 24})
    return drawn


def _edge(drawn: go.Figure, turn: Reversal, rightwards: bool, places: list[Any]) -> None:
    """Mark at the edge of a map whether the measure rises, falls or neither; and where that turns."""
    for place, sign, simple in zip(places, turn.signs, turn.simple, strict=True):
        sort = {1: UP, -1: DOWN, 0: OPEN}[sign]
        at = {"x": 1.0, "xref": "paper", "y": place, "xanchor": "left", "xshift": 4} if rightwards else {
            "x": place, "y": 1.0, "yref": "paper", "yanchor": "bottom", "yshift": 2}  # fmt: skip
        drawn.add_annotation(
            text=sort,
            showarrow=False,
            font={"size": 14},
            hovertext=f"{label(turn.factor)}: {bounds(simple.found)}",
            **at,
        )
    if not turn.reversed or isinstance(places[0], str):
        return
    for one, other, low, high in zip(turn.simple[:-1], turn.simple[1:], places[:-1], places[1:], strict=True):
        if one.found.mean * other.found.mean < 0.0:
            crossing = low + (high - low) * one.found.mean / (one.found.mean - other.found.mean)
            line = {"line_dash": "dash", "line_width": 2.5, "line_color": ORANGE}
            _ = drawn.add_hline(y=crossing, **line) if rightwards else drawn.add_vline(x=crossing, **line)


def phase_chart(across: Axis, up: Axis, table: list[list[Phase]]) -> go.Figure:
    """Draw what most runs of each cell use their arena for, and how many of them do."""
    drawn = figure(
        f"What the arena is used for, over {across.name} and {up.name}", label(across.name, 60), label(up.name, 60), 440
    )
    x, y = _places(across), _places(up)
    for kind, (pale, full) in enumerate(PHASE_SHADES):
        mine = [[phase.runs > 0 and phase.commonest == kind for phase in row] for row in table]
        shares = [
            [phase.share(kind) if own else None for phase, own in zip(row, owns, strict=True)]
            for row, owns in zip(table, mine, strict=True)
        ]
        texts = [
            [f"{LETTERS[kind]} {phase.share(kind):.0%}" if own else "" for phase, own in zip(row, owns, strict=True)]
            for row, owns in zip(table, mine, strict=True)
        ]
        hover = [[_phase_words(phase) for phase in row] for row in table]
        drawn.add_heatmap(
            x=x, y=y, z=shares, zmin=1 / 3, zmax=1.0, colorscale=[[0.0, pale], [1.0, full]], showscale=False,
            text=texts, texttemplate="%{text}", textfont={"color": INK, "size": 13}, customdata=hover,
            hovertemplate="%{x}, %{y}: %{customdata}<extra></extra>", xgap=2, ygap=2,
        )  # fmt: skip
        drawn.add_scatter(
            x=[None], y=[None], mode="markers", name=f"{LETTERS[kind]}: {WORDS[kind]}",
            marker={"symbol": "square", "size": 12, "color": full},
        )  # fmt: skip
    _axis(drawn, "xaxis", across)
    _axis(drawn, "yaxis", up)
    return drawn


def _phase_words(phase: Phase) -> str:
    shares = [f"{word} {phase.share(kind):.0%}" for kind, word in enumerate(WORDS) if phase.counts[kind]]
    return ", ".join(shares) + f" of {phase.runs} runs" if shares else "no run"


# ---------------------------------------------------------------- one factor


def curve(results: Results, measure: str, axis: Axis) -> go.Figure:
    """Draw a measure along one factor, averaged over all others, with intervals."""
    grid = np.moveaxis(results.grid(measure), results.axes.index(axis), 0)[list(axis.order)]
    found = [interval(level) for level in per_level(grid)]
    drawn = figure(f"{measure} along {axis.name}", label(axis.name, 60), unit(measure), 340)
    drawn.add_scatter(
        x=_places(axis), y=[one.mean for one in found], error_y=_error(found),
        mode="lines+markers" if axis.numeric else "markers", line={"color": BLUE},
        marker={"size": 8, "color": BLUE}, name=measure, showlegend=False,
        customdata=[bounds(one) for one in found], hovertemplate="%{x}: %{customdata}<extra></extra>",
    )  # fmt: skip
    _axis(drawn, "xaxis", axis)
    return drawn


def tipping_chart(found: Tipping) -> go.Figure:
    """Draw a measure along one factor with its steepest step, the fitted curve, and the spread between seeds."""
    drawn = figure(
        f"{found.measure} along {found.factor}: the steepest step", label(found.factor, 60), unit(found.measure), 380
    )
    if found.fit:
        x = np.linspace(found.values[0], found.values[-1], 101)
        drawn.add_scatter(
            x=x.tolist(), y=found.fit.at(x).tolist(), mode="lines", name="logistic curve",
            line={"color": GREY, "dash": "dot"}, hoverinfo="skip",
        )  # fmt: skip
    drawn.add_scatter(
        x=found.values, y=[one.mean for one in found.means], error_y=_error(found.means), mode="lines+markers",
        name="mean of all cells", line={"color": BLUE}, marker={"size": 8},
        customdata=[bounds(one) for one in found.means], hovertemplate="%{x}: %{customdata}<extra></extra>",
    )  # fmt: skip
    drawn.add_vrect(x0=found.start, x1=found.end, fillcolor=ORANGE, opacity=0.18, line_width=0)
    drawn.update_xaxes(tickvals=found.values, ticktext=[f"{value:.4g}" for value in found.values])
    return drawn


# ---------------------------------------------------------------- rows of intervals


def rows(subject: str, axis: str, named: Sequence[tuple[str, Interval]], zero: bool = True) -> go.Figure:
    """Draw named intervals below each other; filled where 0 is left out."""
    shown = list(named)[:MOST_ROWS]
    names = [label(name, 70) for name, _ in shown]
    found = [each for _, each in shown]
    drawn = figure(subject, axis, "", 130 + 30 * len(shown))
    apart = [each.low > 0.0 or each.high < 0.0 for each in found]
    drawn.add_scatter(
        x=[each.mean for each in found], y=names, error_x=_error(found), mode="markers", showlegend=False, name=axis,
        marker={"size": 10, "color": BLUE, "symbol": ["circle" if one or not zero else "circle-open" for one in apart]},
        customdata=[bounds(each) for each in found], hovertemplate="%{y}: %{customdata}<extra></extra>",
    )  # fmt: skip
    if zero:
        drawn.add_vline(x=0.0, line_width=1)
    drawn.update_yaxes(autorange="reversed", type="category", showgrid=True)
    drawn.update_xaxes(showgrid=True, rangemode="normal" if zero else "tozero")
    return drawn


def effect_chart(measure: str, found: Sequence[Effect]) -> go.Figure:
    """Draw the effect of each factor on a measure."""
    named = [(f"{one.factor}: {one.start} to {one.end}", one.found) for one in found]
    return rows(f"What each factor does to {measure}", f"change of {unit(measure)}", named)


# ---------------------------------------------------------------- sensitivity


def morris_chart(measure: str, found: Sequence[Index]) -> go.Figure:
    """Draw how much each factor moves a measure (mu*) against how unevenly it does (sigma)."""
    star = {one.factor: one.found for one in found if one.kind == "mu_star"}
    sigma = {one.factor: one.found.mean for one in found if one.kind == "sigma"}
    names = sorted(star, key=lambda name: -star[name].mean)
    drawn = figure(
        f"Elementary effects on {measure}",
        f"mu*: mean size of the effect on {unit(measure)}",
        "sigma: how uneven it is",
        440,
    )
    drawn.add_scatter(
        x=[star[name].mean for name in names], y=[sigma[name] for name in names], mode="markers+text",
        error_x=_error([star[name] if place < NAMED else _point(star[name]) for place, name in enumerate(names)]),
        name="factors",
        text=[_dot(names, place) for place in range(len(names))],
        textposition="top right", marker={"size": 8, "color": BLUE}, customdata=[label(name, 70) for name in names],
        hovertemplate="%{customdata}: mu* %{x:.3g}, sigma %{y:.3g}<extra></extra>", showlegend=False,
    )  # fmt: skip
    reach = max([star[name].mean for name in names] + [1e-300])
    drawn.add_scatter(
        x=[0.0, reach], y=[0.0, reach], mode="lines", line={"color": GREY, "dash": "dot", "width": 1},
        name="sigma = mu*: above it, effects depend on other factors or bend", hoverinfo="skip",
    )  # fmt: skip
    return drawn


def _dot(names: Sequence[str], place: int) -> str:
    if place >= NAMED:
        return ""
    return label(names[place], 30) if len(names) <= NAMED else str(place + 1)


def _point(found: Interval) -> Interval:
    return found._replace(low=found.mean, high=found.mean)


def sobol_chart(measure: str, found: Sequence[Index]) -> go.Figure:
    """Draw first-order and total indices of each factor with their intervals."""
    names = [one.factor for one in sorted((one for one in found if one.kind == "ST"), key=lambda one: -one.found.mean)]
    drawn = figure(f"Sobol indices of {measure}", "share of the variance", "", 150 + 38 * min(len(names), MOST_ROWS))
    for kind, words, colour, pattern in (
        ("ST", "total: with interactions", BLUE, ""),
        ("S1", "first order: by itself", ORANGE, "/"),
    ):
        by = {one.factor: one.found for one in found if one.kind == kind}
        shown = [by[name] for name in names[:MOST_ROWS]]
        drawn.add_bar(
            y=[label(name, 60) for name in names[:MOST_ROWS]], x=[one.mean for one in shown],
            error_x=_error(shown), orientation="h",
            name=words, marker={"color": colour, "pattern": {"shape": pattern}},
            customdata=[bounds(one) for one in shown], hovertemplate="%{y}: %{customdata}",
        )  # fmt: skip
    drawn.update_yaxes(autorange="reversed", type="category")
    return drawn


def convergence_chart(measure: str, steps: Sequence[Step], top: int = 6) -> go.Figure:
    """Draw the leading indices as they were with an eighth, a quarter, half and all of the sample."""
    last = {step.factor: step.value for step in sorted(steps, key=lambda step: step.samples)}
    names = sorted(last, key=lambda name: -abs(last[name]))[:top]
    drawn = figure(f"Has it settled? {measure}", "size of the sample", steps[0].kind.replace("_", " "), 340)
    for place, name in enumerate(names):
        mine = [step for step in steps if step.factor == name]
        drawn.add_scatter(
            x=[step.samples for step in mine], y=[step.value for step in mine], name=label(name, 30),
            mode="lines+markers", marker={"symbol": SYMBOLS[place % len(SYMBOLS)], "size": 8},
            error_y={"type": "data", "array": [float(np.nan_to_num(step.half_width)) for step in mine], "thickness": 1},
            line={"dash": DASHES[place % len(DASHES)], "color": COLOURS[place % len(COLOURS)]},
        )  # fmt: skip
    drawn.update_xaxes(type="log", tickvals=sorted({step.samples for step in steps}))
    return drawn


# ---------------------------------------------------------------- there and back


def loop_chart(loop: Loop) -> go.Figure:
    """Draw a measure against the lever, there and back; at a slower pace; and, on the same days, with it at rest."""
    where = f", {loop.label}" if loop.label else ""
    drawn = figure(
        f"{loop.measure} there and back{where}", label(" and ".join(loop.ramp.levers), 90), unit(loop.measure), 440
    )
    _way(drawn, "there", loop.ramp.there, loop.there, {"color": BLUE}, "circle")
    _way(drawn, "back", loop.ramp.back, loop.back, {"color": ORANGE, "dash": "dash"}, "square")
    if loop.slower:
        thin, ramp = {"dash": "dot", "width": 1.5}, loop.slower.ramp
        _way(drawn, "there, slower", ramp.there, loop.slower.there, {"color": BLUE, **thin}, "circle-open")
        _way(drawn, "back, slower", ramp.back, loop.slower.back, {"color": ORANGE, **thin}, "square-open")
    if loop.rest:
        thin = {"color": GREY, "width": 1.5}
        _way(drawn, "at rest, days of there", loop.ramp.there, loop.rest.there, thin, "triangle-up")
        _way(drawn, "at rest, days of back", loop.ramp.back, loop.rest.back, {**thin, "dash": "dash"}, "triangle-down")
    drawn.add_annotation(x=loop.ramp.there[0].value, y=loop.there[0].mean, text="start", showarrow=True, ax=0, ay=-28)
    return drawn


def _way(
    drawn: go.Figure, name: str, stretches: Sequence[Stretch], found: Sequence[Interval], line: Any, symbol: str
) -> None:
    """Draw one way of a loop, each stretch at the value that the lever of the ramp has then."""
    days = [f"days {stretch.settled.start} to {stretch.settled.stop - 1}" for stretch in stretches]
    drawn.add_scatter(
        x=[stretch.value for stretch in stretches], y=[one.mean for one in found], name=name,
        error_y=_error(found) if name in ("there", "back") else None,  # those of six lines would hide each other
        mode="lines+markers", line=line, marker={"symbol": symbol, "size": 8},
        customdata=[[day, bounds(one)] for day, one in zip(days, found, strict=True)],
        hovertemplate="%{x}, %{customdata[0]}: %{customdata[1]}",
    )  # fmt: skip
