"""What can be taken home: the run folder, its report, the scenario with all that was changed, the people, any figure.

Everything is made from a `Run` that the arena hands out, so that the arena goes on meanwhile.
"""

from __future__ import annotations

import io
import re
import tempfile
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

from dashboards.world import Arena
from experiments.analysis.export import images
from experiments.figures.chart import Chart
from experiments.figures.style import TEMPLATES
from experiments.report.chapters import chapters
from experiments.report.page import page
from sim.errors import InputError, as_typed, nearest, shown
from sim.organization import as_csv
from sim.record import Run
from sim.scenario import Scenario
from sim.state import TICKS_PER_DAY

KINDS: Final = {"png": "image/png", "svg": "image/svg+xml"}
"""Of pictures, with what a browser calls them."""
_LONGEST_NAME: Final = 60
_drawing = threading.Lock()
"""There is one browser in which figures are drawn."""


class Export(NamedTuple):
    """Something that can be taken home."""

    key: str
    title: str
    what: str
    """What it is good for, in a sentence."""
    ending: str
    mime: str
    make: Callable[[Arena], bytes]


class File(NamedTuple):
    """A file as a browser receives it."""

    name: str
    mime: str
    content: bytes


# ---------------------------------------------------------------- what there is


def run_of(arena: Arena) -> Run:
    """Return the run up to the hour shown; InputError where that is not even a day."""
    if arena.shown < TICKS_PER_DAY:
        raise InputError("nothing has happened yet: play at least one day first")
    return arena.run()


def run_folder(arena: Arena) -> bytes:
    """Return the run folder up to the hour shown, as a zip file that holds it below its name."""
    run = run_of(arena)
    packed = io.BytesIO()
    with tempfile.TemporaryDirectory(prefix="ism-run-") as place:
        folder = run.save(Path(place) / base_name(run.scenario, run.seed))
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(folder.rglob("*")):
                archive.write(path, path.relative_to(folder.parent))
    return packed.getvalue()


def report(arena: Arena) -> bytes:
    """Return the report of the run up to the hour shown, as HTML that loads nothing."""
    return page(run_of(arena)).encode()


def scenario_file(arena: Arena) -> bytes:
    """Return the scenario, with what was changed while it ran as events: with the seed, it is this world again."""
    with arena.lock:
        scenario, seed, people = arena.scenario, arena.seed, " --org THE_PEOPLE.csv" if arena.given else ""
    return f"# Lives again with: ism run THIS_FILE.toml{people} --seed {seed}\n\n{scenario.to_toml()}".encode()


def people(arena: Arena) -> bytes:
    """Return who works here as an organisation file, which may be changed and brought back."""
    return as_csv(arena.organization)


EXPORTS: Final = (
    Export("report", "The report", "One page with figures, a thread and the story of one silence. It opens in any "
           "browser, without a network.", "html", "text/html", report),
    Export("scenario", "The scenario", "A short text file with everything that you changed, and when. It can be run, "
           "shared and edited.", "toml", "application/toml", scenario_file),
    Export("run", "The run folder", "All tables, the silence ledger among them, as a zip file. ism and Python read "
           "it.", "zip", "application/zip", run_folder),
    Export("people", "The people", "Who works here, as a CSV file that you may change and bring back.", "csv",
           "text/csv", people),
)  # fmt: skip


def make(key: str, arena: Arena) -> File:
    """Make an export of an arena. Raises InputError where there is none of this key, or nothing to export yet."""
    known = {export.key: export for export in EXPORTS}
    if key not in known:
        raise InputError(f"there is no export {as_typed(key)}", nearest=nearest(str(key), known))
    export = known[key]
    return File(f"{base_name(arena.scenario, arena.seed)}.{export.ending}", export.mime, export.make(arena))


# ---------------------------------------------------------------- figures


def charts(run: Run) -> dict[str, Chart]:
    """Return the figures of a run's report, by name."""
    return {chart.name: chart for chapter in chapters(run) for chart in chapter.charts}


def picture(chart: Chart, kind: str) -> bytes:
    """Return a figure as `png` or `svg`; InputError where no browser is installed that could draw it."""
    with _drawing:
        (image,) = images([chart], kind)
        return image


def drawing(chart: Chart) -> dict[str, Any]:
    """Return a figure with its title on white, as JSON for a page that draws it by itself."""
    found = chart.figure.to_plotly_json()
    margin = {**found["layout"].get("margin", {}), "t": 96}
    height = (chart.figure.layout.height or 400) + 48
    light = TEMPLATES["light"].to_plotly_json()
    title = {"text": chart.subject, "x": 0.0, "xanchor": "left", "xref": "paper", "font": {"size": 15}}
    about = {"template": light, "paper_bgcolor": "white", "title": title, "margin": margin, "height": height}
    return {"data": found["data"], "layout": {**found["layout"], **about}}


# ---------------------------------------------------------------- names of files


def base_name(scenario: Scenario, seed: int) -> str:
    """Return the name of a file about a world, without its ending: no sign in it means anything to any system."""
    return f"{safe(scenario.name)}-{seed}"


def safe(text: str, otherwise: str = "scenario") -> str:
    """Return a text as a part of a file's name."""
    plain = re.sub(r"[^A-Za-z0-9]+", "-", shown(text, _LONGEST_NAME)).strip("-").lower()
    return plain or otherwise
