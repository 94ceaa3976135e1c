"""`ism export`: write a run as Viva Engage, Slack, GraphML or GEXF do."""

from __future__ import annotations

from pathlib import Path

import click

from experiments import options
from sim.errors import shown
from sim.record import Run

KIND = "internal-social-media export"
"""What the manifest of the folder says that it is."""
FORMATS = ("viva", "slack", "graphml", "gexf")
PLATFORMS = ("viva", "slack")


@click.command()
@options.run_folder
@click.option("--format", "kind", type=click.Choice(FORMATS), required=True, help="What to write.")
@click.option("--out", metavar="DIR", help="The folder; RUN-viva, RUN-slack, ... beside the run if not given.")
def export(run: str, kind: str, out: str | None) -> None:
    """Write a run as others do: as a platform's export of its arena, or as the network of who answered whom.

    RUN is a run folder, such as `ism run` writes. `viva` and `slack` are what `ism import` reads; Gephi, R and
    NetworkX read `graphml` and `gexf`. Messages have no text: a run does not store any.
    """
    found = Run.load(run)
    from experiments.exports import FORMATS as WRITERS
    from sim.ownership import write_folder

    place = Path(run).resolve()
    folder = place.with_name(f"{place.name}-{kind}") if out is None else Path(out)
    files = WRITERS[kind](found)
    write_folder(folder, KIND, files)
    click.echo(f"{found.messages.height:,} messages of {found.members.height:,} members are in {shown(folder)}")
    if kind in PLATFORMS:
        _say_how_to_import(found, folder)


def _say_how_to_import(run: Run, folder: Path) -> None:
    from experiments.exports.calendar import day_of

    days = f"--from {day_of(0)} --to {day_of(run.days - 1)}"
    where = shown(folder)
    click.echo(f"  next: ism import {where} --org {where}/organization.csv {days} --out portraits/{shown(folder.name)}")
