"""`ism report`: one page about one run, with figures and stories, for a browser."""

from __future__ import annotations

import webbrowser
from pathlib import Path

import click

from sim.errors import shown
from sim.record import REPORT, Run


def report(run: str, out: str | None, show: bool) -> None:
    """Write the report of a run folder, into it unless told otherwise."""
    found = Run.load(run)
    from experiments.report import write

    target = write(found, Path(run) / REPORT if out is None else Path(out))
    click.echo(f"The report is in {shown(target)}")
    if show:
        webbrowser.open(target.resolve().as_uri())
