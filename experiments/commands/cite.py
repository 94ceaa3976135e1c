"""`ism cite`: whom to cite for a run."""

from __future__ import annotations

import click

from sim.citing import cite as citations
from sim.errors import shown
from sim.record import Run


def cite(run: str, bibtex: bool) -> None:
    """Print the references of what a run used."""
    found = citations(Run.load(run))
    if bibtex:
        click.echo(found.bibtex(), nl=False)
        return
    for line in str(found).splitlines():
        click.echo(shown(line, 2000))
