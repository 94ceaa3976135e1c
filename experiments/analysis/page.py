"""The page of an analysis, and everything else that is written beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from experiments.analysis import words
from experiments.analysis.analysis import Analysis
from experiments.analysis.charts import chapters
from experiments.analysis.figures import bounds
from experiments.analysis.methods import about, citation, methods, references, versions
from experiments.analysis.results import Axis, Results
from experiments.analysis.tables import as_csv, tables
from experiments.figures.style import Table
from experiments.measures import Own
from experiments.report.page import rendered
from experiments.sweeps.people import ORGANIZATION, TIES
from experiments.sweeps.study import shipped
from sim.errors import shown
from sim.measures import Measure
from sim.ownership import write_folder
from sim.parameters import registry
from sim.scenario import pattern_of
from sim.wording import significant, spell

HERE: Final = Path(__file__).resolve().parent
FOLDER: Final = "analysis"
KIND: Final = "internal-social-media analysis"
"""What the manifest of the folder says that it is."""
MOST_ROWS: Final = 500
"""Rows of a long table on the page; the CSV file has all."""


def write(analysis: Analysis, figures: Mapping[str, bytes] | None = None) -> Path:
    """Write report.html, tables as CSV, methods.md, references.bib, CITATION.cff and figures; return their folder.

    The folder is written whole or not at all, in place of an earlier analysis, and the same sweep gives the same bytes.
    Raises TakenError where the folder holds files of the user, InputError where nothing can be written.
    """
    folder = analysis.results.sweep.folder / FOLDER
    text = methods(analysis)
    contents = {f"{name}.csv": as_csv(table) for name, table in tables(analysis).items()}
    contents |= {
        "methods.md": f"{text}\n".encode(),
        "references.bib": references(text).encode(),
        "CITATION.cff": citation().encode(),
        "report.html": page(analysis).encode(),
    }
    write_folder(folder, KIND, {**contents, **(figures or {})})
    return folder


def page(analysis: Analysis) -> str:
    """Return the page as HTML that loads nothing from anywhere."""
    results, parts = analysis.results, chapters(analysis)
    study, failed = results.study.table, results.failed
    return rendered(
        HERE,
        [chart for chapter in parts for chart in chapter.charts],
        title=shown(study.title, 200),
        question=shown(study.question, 1000),
        reading=shown(study.reading, 4000),
        design=words.design(results),
        notices=_notices(results),
        answer=words.answer(analysis),
        caution=words.caution(analysis),
        chapters=parts,
        comparisons=analysis.comparisons,
        undecided=_undecided(analysis),
        humps=list(words.humps(analysis)),
        factors=_factors(results),
        measures=[(name, about.unit, about.meaning) for name, about in _measures(results)],
        cells=_cells(analysis),
        cells_cut=len(analysis.summaries) > MOST_ROWS,
        failed=_failed(results),
        failed_cut=failed.height > MOST_ROWS,
        methods=methods(analysis).split("\n\n"),
        command=_command(analysis),
        facts=_facts(analysis),
        text=results.study.text,
    )


def _measures(results: Results) -> list[tuple[str, Measure]]:
    return [(name, results.study.catalogue[name]) for name in results.measures]


def _notices(results: Results) -> list[str]:
    found = [f"{remark[:1].upper()}{remark[1:]}." for remark in results.sweep.remarks]
    if results.asked > results.done + results.failed.height:
        found.append(
            "This sweep is not finished. What is said here is about the runs that are there; ism sweep goes on "
            "where it stopped."
        )
    if results.failed.height:
        found.append(f"{spell(results.failed.height, 'run').capitalize()} failed; they are listed at the end.")
    return found


def _undecided(analysis: Analysis) -> Table:
    rows = [
        [one.measure, one.what, bounds(one.found), str(one.found.runs), words.seeds_words(one)]
        for one in analysis.undecided[:MOST_ROWS]
    ]
    return Table(["measure", "comparison", "difference (95% interval)", "seeds", "seeds it would take"], rows)


def _factors(results: Results) -> Table:
    rows = [
        [axis.name, shown(", ".join(axis.factor.settings[:6]), 300), _meaning(axis), _levels(results, axis)]
        for axis in results.axes[:MOST_ROWS]
    ]
    return Table(["factor", "settings", "meaning", "levels"], rows)


def _meaning(axis: Axis) -> str:
    known = registry().get(pattern_of(axis.factor.name))
    return known.meaning if known else "alternatives, each a set of settings"


def _levels(results: Results, axis: Axis) -> str:
    return ", ".join(axis.texts) if results.listed else " to ".join(axis.texts)


def _cells(analysis: Analysis) -> Table:
    names = [axis.name for axis in analysis.results.axes] if len(analysis.results.axes) <= 6 else []
    rows = []
    for one in analysis.summaries[:MOST_ROWS]:
        values = analysis.results.cells[one.cell].values if names else ()
        levels = [significant(value) if isinstance(value, float) else shown(value, 40) for value in values]
        ends = f"{significant(one.quantiles[0])} to {significant(one.quantiles[-1])}"
        groups = "two groups" if one.two_groups else ""
        rows.append([one.measure, str(one.cell), *levels, bounds(one.found), ends, str(one.found.runs), groups])
    return Table(["measure", "cell", *names, "mean (95% interval)", "90% of runs", "runs", ""], rows)


def _failed(results: Results) -> Table:
    columns = ["run", "cell", "seed", "stage", "message"]
    rows = results.failed.select(columns).head(MOST_ROWS).rows()
    return Table(columns, [[shown("" if value is None else value, 300) for value in row] for row in rows])


def _command(analysis: Analysis) -> str:
    name = analysis.results.study.name
    name = shown(name if name in shipped() else f"{name}.toml", 120)
    quick = " --quick" if analysis.results.study.quick else ""
    return f"ism sweep {name}{quick}{_people(analysis)} --out again && ism analyse again"


def _people(analysis: Analysis) -> str:
    """Return the options by which a sweep gets the people of its folder once more."""
    people = analysis.results.study.scenario.people
    return "" if people is None else f" --org {ORGANIZATION}{f' --ties {TIES}' if people.tied else ''}"


def _facts(analysis: Analysis) -> list[tuple[str, str]]:
    made, study = about(analysis), analysis.results.study
    facts = [("Scenario", f"{shown(study.scenario.name, 80)}, digest {study.scenario.digest}")]
    if made:
        facts.append(("Simulated by", f"version {shown(made.version, 40)}, rules {shown(made.rules, 64)}"))
    facts += [("Measures of one's own", _own(results_own))] if (results_own := study.own) else []
    return [*facts, ("Analysed by", versions())]


def _own(own: Sequence[Own]) -> str:
    """Return where measures of one's own came from."""
    return ", ".join(f"{each.name} ({shown(each.file, 80)}, digest {each.digest[:8]})" for each in own)
