"""Figures as SVG and PNG, for papers and slides: drawn by Plotly's own script in a browser that is installed."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Iterator
from typing import Any, Final

import plotly.graph_objects as go

from experiments.analysis.analysis import Analysis
from experiments.analysis.charts import chapters
from experiments.figures.chart import Chart
from experiments.figures.style import TEMPLATES, wrapped
from sim.errors import InputError

WIDTH: Final = 760
SCALE: Final = 2.0
KINDS: Final = ("svg", "png")
BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
_MARK: Final = re.compile(r"(clip|defs-|legend|trace|cb|\bg)([0-9a-f]{6})(?=\W|[a-z]|-)")


def figures(analysis: Analysis) -> dict[str, bytes]:
    """Return each figure of the page as SVG and PNG, by its name in the folder of the analysis.

    Raises InputError where there is no browser that could draw them.
    """
    charts = [chart for chapter in chapters(analysis) for chart in chapter.charts]
    names = [f"figures/{number:02}-{chart.name[:80]}" for number, chart in enumerate(charts, 1)]
    return {f"{name}.{kind}": image for kind in KINDS for name, image in zip(names, images(charts, kind), strict=True)}


def images(charts: Iterable[Chart], kind: str) -> Iterator[bytes]:
    """Yield each chart as an image of a kind, `svg` or `png`; InputError where there is no browser to draw it in."""
    import kaleido

    try:
        kaleido.start_sync_server(path=_browser(), silence_warnings=True)
        for chart in charts:
            yield _drawn(kaleido, chart, kind)
    except (RuntimeError, OSError) as error:
        raise _no_browser(type(error).__name__) from error
    finally:
        kaleido.stop_sync_server(silence_warnings=True)


def _browser() -> str:
    for name in BROWSERS:
        if found := shutil.which(name):
            return found
    from choreographer.browsers import Chromium

    if found := Chromium.find_browser(skip_local=False):
        return str(found)
    raise _no_browser("none was found")


def _no_browser(why: str) -> InputError:
    return InputError(
        f"--figures needs an installed Chrome or Chromium to draw in ({why}); the page and the tables are written, "
        "and its "
        "figures can be saved from there"
    )


def _drawn(kaleido: Any, chart: Chart, kind: str) -> bytes:
    """Return a figure in light colours, on white, with its subject as its title."""
    figure = go.Figure(chart.figure)
    margin = dict(chart.figure.layout.margin.to_plotly_json())
    subject = wrapped(chart.subject, 84, 200)
    more = 20 * subject.count("<br>")
    figure.update_layout(
        template=TEMPLATES["light"],
        paper_bgcolor="white",
        title={"text": subject, "font": {"size": 15}}
        | {"x": 0.0, "xanchor": "left", "xref": "paper", "y": 0.98, "yanchor": "top", "yref": "container"},
        margin=margin | {"t": 96 + more},
        height=(chart.figure.layout.height or 400) + 48 + more,
        width=WIDTH,
    )
    options = {"format": kind, "width": WIDTH, "height": figure.layout.height, "scale": SCALE if kind == "png" else 1.0}
    image: bytes = kaleido.calc_fig_sync(figure, opts=options)
    return _settled(image) if kind == "svg" else image


def _settled(image: bytes) -> bytes:
    """Return an SVG in which Plotly's random marks are replaced, so that the same figure gives the same bytes."""
    names: dict[str, str] = {}

    def replaced(found: re.Match[str]) -> str:
        return found[1] + names.setdefault(found[2], f"{len(names):06x}")

    return _MARK.sub(replaced, image.decode()).encode()
