"""From a run to its page: figures, stories and texts put into one HTML file that loads nothing from anywhere."""

from __future__ import annotations

import os
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from experiments.figures import TEMPLATES
from experiments.figures.chart import Chart
from experiments.report.chapters import chapters
from experiments.report.glossary import GLOSSARY
from experiments.report.introduction import introduction
from experiments.report.provenance import provenance
from sim.ownership import SEAL, check_sealed, sealed, write_sealed
from sim.record import Run
from sim.wording import moment, one_line, percent, spell

HERE: Final = Path(__file__).resolve().parent
POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data: blob:; "
    "base-uri 'none'; form-action 'none'"
)
"""The browser may load nothing, whatever a name in an organisation file may ask for."""


def write(run: Run, path: str | os.PathLike[str]) -> Path:
    """Write the report of a run to an HTML file, whole or not at all, and return its place.

    An older report is replaced. Raises TakenError where another file is there, or a report that somebody changed, and
    InputError where it cannot be written.
    """
    check_sealed(path)
    return write_sealed(path, page(run))


def page(run: Run) -> str:
    """Return the report of a run as HTML."""
    found = list(chapters(run))
    charts = [chart for chapter in found for chart in chapter.charts]
    return sealed(
        rendered(
            HERE,
            charts,
            seal=SEAL,
            run=run,
            scenario=run.scenario,
            intro=introduction(run),
            chapters=found,
            glossary=GLOSSARY,
            made=provenance(run),
        )
    )


def rendered(folder: Path, charts: list[Chart], **parts: Any) -> str:
    """Return the page of a folder's template `page.html.j2`, with its parts and charts, as HTML that loads nothing."""
    return (
        _environment(folder)
        .get_template("page.html.j2")
        .render(
            policy=POLICY,
            style=_as_it_is("page.css"),
            script=_as_it_is("page.js"),
            plotly=_plotly_script(),
            data=_embedded(charts),
            **parts,
        )
    )


def _environment(folder: Path) -> Environment:
    """Return what fills in templates of a folder, and of this one: texts are escaped, and nothing may be left out."""
    made = Environment(
        loader=FileSystemLoader([folder, HERE]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= _FILTERS
    return made


_FILTERS: Final = {
    "spell": spell,
    "percent": percent,
    "line": one_line,
    "moment": moment,
    "unescaped": unescape,
}


def _as_it_is(name: str) -> Markup:
    """Return a file of this folder, to stand in a page as it is."""
    return Markup((HERE / name).read_text("utf-8"))


@cache
def _plotly_script() -> Markup:
    """Return Plotly's own script, which holds no end of a script tag (or else it would be broken here)."""
    from plotly.offline import get_plotlyjs

    return Markup(get_plotlyjs().replace("</script", "<\\/script"))


def _embedded(charts: list[Chart]) -> Markup:
    """Return all figures and both templates as JSON in which no tag can begin."""
    from plotly.io.json import to_json_plotly

    figures = {}
    for chart in charts:
        drawn = chart.figure.to_plotly_json()
        drawn["layout"] = {name: value for name, value in drawn["layout"].items() if name != "template"}
        figures[chart.name] = drawn
    templates = {name: template.to_plotly_json() for name, template in TEMPLATES.items()}
    text = to_json_plotly({"figures": figures, "templates": templates})
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)
