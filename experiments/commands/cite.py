"""`ism cite`: say whom to cite for a run."""

from __future__ import annotations

import click

from experiments import options
from sim.citing import cite as citations
from sim.errors import shown
from sim.record import Run


@click.command()
@options.run_folder
@click.option("--bibtex", is_flag=True, help="As a BibTeX file.")
def cite(run: str, bibtex: bool) -> None:
    """Print the references of what a run used: its question, its theory, its mechanisms, its facts.

    RUN is a run folder, such as `ism run` writes.
    """
    found = citations(Run.load(run))
    if bibtex:
        click.echo(found.bibtex(), nl=False)
        return
    for line in str(found).splitlines():
        click.echo(shown(line, 2000))
