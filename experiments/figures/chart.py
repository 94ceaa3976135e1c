"""A chart: a figure with what a reader needs to read it, for the pages about runs and about sweeps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import plotly.graph_objects as go

from experiments.figures.overtime import Mark
from experiments.figures.style import Table, table_of


class Chart(NamedTuple):
    """One figure with what a reader needs to read it."""

    name: str
    figure: go.Figure
    subject: str
    says: str
    """What it shows here, in a sentence."""
    how: str
    """How to read it."""
    table: Table
    """The same as columns of texts."""
    marks: Sequence[Mark] = ()
    """The days that it marks."""


def chart_of(
    name: str, figure: go.Figure, says: str, how: str, table: Table | None = None, marks: Sequence[Mark] = ()
) -> Chart:
    """Return a figure as a chart; its table is that of its traces unless another is given."""
    return Chart(name, figure, figure.layout.meta["subject"], says, how, table or table_of(figure), marks)
