"""Studies: a sweep folder opened, its figures with what they say, and any of its cells as a world to look at.

Whatever is said of a sweep comes from `experiments.analysis`; here it is only picked out and handed on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any, Final, NamedTuple

from plotly.io.json import to_json_plotly

from dashboards import cells
from dashboards.plainly import Plainly, how_to_read
from dashboards.shelf import Shelf
from experiments.analysis import Analysis, analyse, words
from experiments.analysis.charts import MOST_MAPS, Chapter, chapters
from experiments.analysis.effects import pairs
from experiments.analysis.results import Axis, Results
from experiments.figures.chart import Chart
from experiments.sweeps.designs import Cell
from experiments.sweeps.store import read_about
from sim.errors import InputError, as_typed, shown
from sim.scenario import Scenario

MOST_FOLDERS: Final = 200
MOST_SEEDS: Final = 200


class Folder(NamedTuple):
    """A sweep folder that can be opened."""

    path: str
    title: str


def folders(place: Shelf) -> list[Folder]:
    """Return the sweeps that a shelf lists, by name; what is none is left out."""
    return list(islice(_folders(place), MOST_FOLDERS))


def _folders(place: Shelf) -> Iterator[Folder]:
    for name in place.names():
        with suppress(InputError):
            yield Folder(name, shown(read_about(place.root / name).title, 120))


class _Where(NamedTuple):
    """Which factors a chart lies over: along it, and up it where it is a map."""

    across: Axis
    up: Axis | None = None


@dataclass(frozen=True)
class Opened:
    """A sweep that was opened."""

    folder: str
    analysis: Analysis

    @property
    def _results(self) -> Results:
        return self.analysis.results

    @cached_property
    def _chapters(self) -> list[Chapter]:
        return chapters(self.analysis)

    @cached_property
    def charts(self) -> dict[str, Chart]:
        """Its figures, by name."""
        return {chart.name: chart for chapter in self._chapters for chart in chapter.charts}

    @cached_property
    def _plainly(self) -> Plainly:
        return Plainly(self._results.axes)

    @cached_property
    def _clickable(self) -> dict[str, _Where]:
        """Over which factors the charts lie whose points are cells."""
        if not self._results.factorial:
            return {}
        found = {}
        over = list(islice(pairs(self._results), MOST_MAPS))
        for name in self.charts:
            kind, number = name.partition("-")[0], name.rpartition("-")[2]
            if kind in ("map", "phases") and int(number) < len(over):
                found[name] = _Where(*over[int(number)])
            elif kind == "curve":
                found[name] = _Where(self._results.axes[self._results.varying[0]])
        return found

    def describe(self) -> dict[str, Any]:
        """Return what stands around the figures, fit for JSON."""
        study = self._results.study.table
        return {
            "folder": shown(self.folder, 300),
            "title": shown(study.title, 200),
            "question": shown(study.question, 1000),
            "design": words.design(self._results),
            "answer": self._plainly(words.answer(self.analysis)),
            "caution": self._plainly(words.caution(self.analysis)),
            "remarks": [f"{remark[:1].upper()}{remark[1:]}." for remark in self._results.sweep.remarks],
            "seeds": list(self._results.seeds[:MOST_SEEDS]),
            "chapters": [
                {
                    "title": chapter.title,
                    "lead": self._plainly(chapter.lead),
                    "charts": [
                        {"name": chart.name, "subject": self._plainly(chart.subject)} for chart in chapter.charts
                    ],
                }
                for chapter in self._chapters
            ],
        }

    def chart(self, name: str) -> dict[str, Any]:
        """Return a figure and what it says. Raises InputError where there is none of this name."""
        if name not in self.charts:
            raise InputError(f"this study has no figure {as_typed(name)}")
        chart = self.charts[name]
        where = self._clickable.get(name)
        drawn = self._plainly(chart.figure.to_plotly_json())
        return {
            "name": name,
            **self._plainly({"subject": chart.subject, "says": chart.says, "how": chart.how}),
            "read": how_to_read(name),
            "table": self._plainly({"columns": chart.table.columns, "rows": chart.table.rows}),
            "data": drawn["data"],
            "layout": {key: value for key, value in drawn["layout"].items() if key != "template"},
            "clickable": where is not None,
            "along": [self._axis(axis, axis.order) for axis in (where.across, where.up) if axis] if where else [],
            "places": {name: drawn["data"][0].get(name, []) for name in ("x", "y")} if where else {},
            "others": [self._axis(axis) for axis in self._averaged(where)] if where else [],
        }

    def _axis(self, axis: Axis, order: Sequence[int] | None = None) -> dict[str, Any]:
        """Return a factor with what it is called, and its levels: as the study has them, or in another order."""
        places = range(len(axis.values)) if order is None else order
        levels = [axis.texts[place] for place in places]
        return {"name": axis.name, "words": self._plainly.levers[axis.name], "levels": levels}

    def _averaged(self, where: _Where) -> list[Axis]:
        """Return the factors over which a chart is an average."""
        varying = [self._results.axes[place] for place in self._results.varying]
        return [axis for axis in varying if axis not in (where.across, where.up)]

    def cell(self, name: str, across: int, up: int = 0, others: Mapping[str, int] | None = None) -> Cell:
        """Return the cell of a point of a chart, counted from its left and lower ends.

        `others` are places of levels of the factors that the chart averages over, by name; else the first of each.
        Raises InputError where there is no such point.
        """
        where = self._clickable.get(name)
        if where is None:
            raise InputError(f"points of the figure {as_typed(name)} are no cells")
        wanted = {axis.name: (others or {}).get(axis.name, 0) for axis in self._averaged(where)}
        wanted[where.across.name] = _place(where.across, across)
        if where.up is not None:
            wanted[where.up.name] = _place(where.up, up)
        number = 0
        for axis in self._results.axes:  # cells stand in the order of itertools.product: the last factor runs fastest
            place = wanted.get(axis.name, 0)
            if not 0 <= place < len(axis.values):
                raise InputError(f"{axis.name} has no level {as_typed(place)}")
            number = number * len(axis.values) + place
        return self._results.cells[number]

    def world(self, cell: Cell, seed: int) -> tuple[Scenario, int]:
        """Return the scenario and the seed of one run. Raises InputError where the study has no such seed."""
        if seed not in self._results.seeds:
            raise InputError(f"this study has no seed {as_typed(seed)}")
        return cells.world_of(self._results.study, cell, cells.Place(self.folder, cell.number)), seed


def _place(axis: Axis, drawn: int) -> int:
    """Return the place of a level among those of the study, from its place on a drawn axis."""
    if not 0 <= drawn < len(axis.order):
        raise InputError(f"{axis.name} has no level {as_typed(drawn)}")
    return axis.order[drawn]


def opened(path: str, place: Shelf) -> Opened:
    """Open a sweep on a shelf, finished or not.

    Raises InputError where there is none of this path, or nothing in it is finished yet.
    """
    name = path.strip()
    if not name:
        raise InputError("say which folder: the one that ism sweep wrote")
    found = place.find(name)
    try:
        return Opened(name, analyse(found))
    except InputError as error:
        raise InputError(error.problem, file=shown(name)) from None
    except (OSError, ValueError):
        raise InputError("this sweep cannot be read", file=shown(name)) from None


def as_json(chart: dict[str, Any]) -> str:
    """Return a chart as JSON: numbers of figures may be arrays, and not all of them are finite."""
    return str(to_json_plotly(chart))
