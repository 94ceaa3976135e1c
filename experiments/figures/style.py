"""How figures look: colours that the colour-blind can tell apart, a light and a dark template, safe texts."""

from __future__ import annotations

from html import escape
from textwrap import wrap
from typing import Any, Final, NamedTuple

import numpy as np
import plotly.graph_objects as go

from sim.errors import shown
from sim.lexicon import BLUE, GREEN, GREY, MAUVE, ORANGE
from sim.wording import significant

FONT: Final = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
LONGEST_LABEL: Final = 40
MOST_ROWS: Final = 41
"""Rows of the table of a figure; of more, as many are taken, evenly spaced."""


def _template(ink: str, faint: str, line: str) -> go.layout.Template:
    axis = {
        "gridcolor": faint,
        "linecolor": line,
        "zerolinecolor": line,
        "tickcolor": line,
        "automargin": True,
        "title": {"standoff": 12, "font": {"size": 13}},
    }
    return go.layout.Template(
        layout={
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "font": {"family": FONT, "size": 13, "color": ink},
            "colorway": [BLUE, ORANGE, GREEN, MAUVE, GREY],
            "xaxis": {**axis, "showgrid": False, "ticks": "outside", "ticklen": 4},
            "yaxis": {**axis, "ticks": "outside", "ticklen": 6, "tickcolor": "rgba(0,0,0,0)", "dividercolor": faint},
            "margin": {"l": 56, "r": 16, "t": 40, "b": 52},
            "legend": {
                "orientation": "h",
                "x": 0,
                "xanchor": "left",
                "y": 1.02,
                "yanchor": "bottom",
                "title": {"text": ""},
            },
            "hoverlabel": {"font": {"family": FONT, "size": 13}, "align": "left"},
            "hovermode": "closest",
            "annotationdefaults": {"font": {"color": ink}, "arrowcolor": line},
            "shapedefaults": {"line": {"color": line}},
        }
    )


TEMPLATES: Final[dict[str, go.layout.Template]] = {
    "light": _template("#23282f", "#e6e8eb", "#9aa1a9"),
    "dark": _template("#e4e7ea", "#2c3238", "#6b737c"),
}
"""What changes with the background, by its name; colours of the data stay."""


def label(text: Any, limit: int = LONGEST_LABEL) -> str:
    """Return a text from a file as Plotly shows it as it is: no tags, no signs that steer, not too long."""
    return escape(shown("" if text is None else text, limit), quote=False)


def wrapped(text: Any, width: int = 26, limit: int = 2 * LONGEST_LABEL) -> str:
    """Return a label on several lines."""
    return "<br>".join(escape(line, quote=False) for line in wrap(shown(text, limit), width))


def words(name: str) -> str:
    """Return a word of the model as people write it."""
    return name.rstrip("_").replace("_", " ")


def figure(subject: str, x: str, y: str, height: int = 360, legend: bool = True) -> go.Figure:
    """Return an empty figure with named axes; a page shows its subject, `layout.meta`, in a place of its own."""
    layout = {
        "template": TEMPLATES["light"],
        "meta": {"subject": subject},
        "xaxis": {"title": {"text": x or None}},
        "yaxis": {"title": {"text": y or None}},
        "height": height,
        "margin": {"t": 40 if legend else 12},
        "modebar": {"remove": ["lasso2d", "select2d", "autoScale2d"]},
    }
    return go.Figure(layout=layout)  # at once: Plotly would first take up a template of its own


# ---------------------------------------------------------------- the same as a table


class Table(NamedTuple):
    """What a figure shows, as columns of texts and numbers."""

    columns: list[str]
    rows: list[list[str]]


def table_of(drawn: go.Figure) -> Table:
    """Return the values of a figure's named traces, one column a trace, for those who cannot or will not see it."""
    traces = [trace for trace in drawn.data if trace.name and not (trace.meta or {}).get("no_table")]
    sideways = any(trace.type == "bar" and trace.orientation == "h" for trace in traces)
    along, values = ("y", "x") if sideways else ("x", "y")
    keys: dict[Any, dict[str, Any]] = {}
    names = list(dict.fromkeys(str(trace.name) for trace in traces))
    for trace in traces:
        for key, value in zip(map(_one_line, _list(trace[along])), _list(trace[values]), strict=True):
            keys.setdefault(key, {})[str(trace.name)] = value
    head = drawn.layout.xaxis.title.text if along == "x" else drawn.layout.yaxis.title.text
    order = sorted(keys) if all(isinstance(key, int | float) for key in keys) else list(keys)
    order = (
        [order[n] for n in np.unique(np.linspace(0, len(order) - 1, MOST_ROWS).round().astype(int))] if order else []
    )
    rows = [[_cell(key), *(_cell(keys[key].get(name)) for name in names)] for key in order]
    return Table([head or "", *names], rows)


def _one_line(key: Any) -> Any:
    return key.replace("<br>", " ") if isinstance(key, str) else key


def _spaced(count: int) -> list[int]:
    return np.unique(np.linspace(0, count - 1, MOST_ROWS).round().astype(int)).tolist() if count else []


def _list(values: Any) -> list[Any]:
    if values is None:
        return []
    if isinstance(values, tuple | list) and values and isinstance(values[0], tuple | list | np.ndarray):
        return [", ".join(map(str, levels)) for levels in zip(*values, strict=True)]  # categories within categories
    return list(np.asarray(values).tolist())


def _cell(value: Any) -> str:
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return "–"
    if isinstance(value, float) and value != round(value):
        return significant(value)
    return f"{value:,.0f}" if isinstance(value, int | float) else str(value)
