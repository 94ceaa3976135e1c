"""A notebook that opens the tables of an analysis and draws its figures again, to go on from there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import nbformat
from nbformat import v4

from experiments.analysis.analysis import Analysis
from experiments.analysis.charts import chapters
from sim.errors import shown

NAME: Final = "notebook.ipynb"
_OPEN: Final = """from pathlib import Path

import polars as pl

import experiments
from experiments.analysis.analysis import analyse
from experiments.analysis.charts import chapters

SWEEP = Path("..")  # this notebook lies in the folder `analysis` of its sweep
runs = experiments.made_so_far(SWEEP).runs  # a row a run
tables = {path.stem: pl.read_csv(path) for path in sorted(Path(".").glob("*.csv"))}
runs.head()"""
_DRAW: Final = """found = analyse(SWEEP, MEASURES)
charts = {chart.name: chart for chapter in chapters(found) for chart in chapter.charts}
list(charts)"""
R_SNIPPET: Final = """cells <- read.csv("cells.csv", check.names = FALSE)
effects <- if (file.exists("effects.csv")) read.csv("effects.csv", check.names = FALSE)
summary(cells$mean)"""
_IN_R: Final = f"""The same tables in R, started in this folder:

```r
{R_SNIPPET}
```"""


def notebook(analysis: Analysis) -> bytes:
    """Return the notebook (nbformat 4); the same analysis gives the same bytes."""
    made = v4.new_notebook(cells=list(_cells(analysis)))
    made.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    for number, cell in enumerate(made.cells):
        cell.id = f"cell-{number}"
    nbformat.validate(made)
    content: str = nbformat.writes(made)
    return f"{content}\n".encode()


def _cells(analysis: Analysis) -> Iterator[Any]:
    said = analysis.results.study.table
    yield v4.new_markdown_cell(f"# {_as_text(said.title)}\n\n{_as_text(said.question)}")
    yield v4.new_code_cell(_OPEN)
    yield v4.new_code_cell('tables["cells"]')
    yield v4.new_code_cell(f"MEASURES = {list(analysis.results.measures)!r}\n{_DRAW}")
    for chapter in chapters(analysis):
        yield v4.new_markdown_cell(f"## {_as_text(chapter.title)}\n\n{_as_text(chapter.lead)}")
        for chart in chapter.charts:
            yield v4.new_markdown_cell(_as_text(f"{chart.says} {chart.how}"))
            yield v4.new_code_cell(f"charts[{chart.name!r}].figure")
    yield v4.new_markdown_cell(_IN_R)


def _as_text(text: str) -> str:
    """Return a text from a file so that nothing in it is markup."""
    plain = shown(text, 4000)
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]<>#|!$" else sign for sign in plain)
