"""`ism names`: list all settings and measures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from experiments import options
from experiments.measures.typed import wanted_measures
from sim.parameters import Parameter, registry


@click.command()
@options.measures
def names(measures: Sequence[str]) -> None:
    """List every setting and every measure by its name."""
    wanted = wanted_measures(measures)
    click.echo("Parameters: name, default, what it can be, unit, meaning")
    _print_columns([_row(parameter) for parameter in registry().values()])
    click.echo("\nMeasures: name, unit, meaning")
    listed = dict(wanted.catalogue) | {name: wanted.catalogue[name] for name in wanted.names}
    _print_columns([(name, measure.unit, measure.meaning) for name, measure in listed.items()])
    click.echo("\nA measure can be that of a role, of a department or of some days: p_speak@role:coworker@days:40-60")


def _row(parameter: Parameter) -> tuple[str, ...]:
    value = parameter.default
    default = str(value).lower() if isinstance(value, bool) else f"{value:g}" if _is_number(value) else str(value)
    if parameter.choices:
        bounds = "|".join(parameter.choices)
    elif parameter.low is not None and parameter.high is not None:
        bounds = f"{parameter.low:g}..{parameter.high:.10g}"
    else:
        bounds = "true|false" if parameter.kind == "yes or no" else parameter.kind
    return parameter.name, default, bounds, parameter.unit or "-", parameter.meaning


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float)


def _print_columns(rows: Sequence[Sequence[str]]) -> None:
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))] if rows else []
    for row in rows:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
