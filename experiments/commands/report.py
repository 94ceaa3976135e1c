"""`ism report`: write a page about a run."""

from __future__ import annotations

import webbrowser
from pathlib import Path

import click

from experiments import options
from experiments.extras import require
from sim.errors import shown
from sim.record import REPORT, Run


@click.command()
@options.run_folder
@click.option("--out", metavar="FILE", help="The page; report.html in the run folder if not given.")
@click.option("--open", "show", is_flag=True, help="Open it in the browser.")
def report(run: str, out: str | None, show: bool) -> None:
    """Write one HTML page about a run: what happened, who spoke, what was not said, what leaders did.

    RUN is a run folder, such as `ism run` writes. The page loads nothing from anywhere, so it can be sent and kept.
    """
    require("pages", "ism report")
    found = Run.load(run)
    from experiments.report import write

    target = write(found, Path(run) / REPORT if out is None else Path(out))
    click.echo(f"The report is in {shown(target)}")
    if show:
        webbrowser.open(target.resolve().as_uri())
