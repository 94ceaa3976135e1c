"""`ism discover`: find in which part of a sweep's factors something holds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from experiments import options
from experiments.extras import require
from experiments.values import finite
from sim.errors import shown
from sim.wording import percent

if TYPE_CHECKING:
    from experiments.discovery import Discovery, Fit


@click.command()
@click.argument("folder", metavar="DIR")
@click.option("--where", required=True, metavar="CONDITION", help="What has to hold, such as 'willingness >= 0.4'.")
@options.as_json()
def discover(folder: str, where: str, as_json: bool) -> None:
    """Find where in the space of its factors the runs of a sweep show something: a box (PRIM) and a tree.

    DIR is the folder of a sweep, best one whose design samples many cells.
    """
    require("discovery", "ism discover")
    from experiments.discovery import discover as discovered
    from experiments.expressions import parse
    from experiments.sweeps.sweep import made_so_far

    found = discovered(made_so_far(folder), parse(where, condition=True))
    if as_json:
        data = asdict(found) | {"found": found.found._asdict(), "held_out": found.held_out._asdict()}
        click.echo(json.dumps(data | {"tree_accuracy": finite(found.tree_accuracy)}))
        return
    for line in _in_words(found):
        click.echo(line)


def _in_words(found: Discovery) -> Iterator[str]:
    yield f"'{shown(found.where, 200)}' holds in {found.holds} of {found.runs} runs."
    if not found.box:
        yield "No part of the factors' space holds it clearly more often than all of it."
    else:
        yield "The box in which it holds most:"
        for name, limits in found.box.items():
            chance = f" (by luck alone: {percent(found.chance[name])})" if name in found.chance else ""
            yield f"  {name}: {limits}{chance}"
        yield f"  where it was looked for: {_fit(found.found)}"
        yield f"  in the cells left out:   {_fit(found.held_out)}"
    yield f"A tree that is right in {percent(found.tree_accuracy)} of runs in cells that it has not seen:"
    yield from (f"  {line}" for line in found.tree.splitlines())


def _fit(fit: Fit) -> str:
    return f"it holds in {percent(fit.density)} of the box, which has {percent(fit.coverage)} of where it holds"
