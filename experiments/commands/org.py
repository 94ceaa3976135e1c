"""`ism org`: check an organisation file."""

from __future__ import annotations

import click

from experiments import options
from experiments.organizations import describe_shape, describe_tree
from sim.errors import shown
from sim.organization import read


@click.command()
@click.argument("file")
@click.option("--ties", metavar="FILE", help="Who talks with whom, as a CSV file.")
@options.repair
def org(file: str, ties: str | None, repair: bool) -> None:
    """Check an organisation file: who reports to whom, and what was fixed or refused."""
    organization, remarks = read(file, ties=ties, repair=repair)
    for line in (*describe_shape(organization), "", *describe_tree(organization)):
        click.echo(line)
    if remarks:
        click.echo("\nRemarks:")
        for remark in remarks:
            click.echo(f"  {shown(remark, 1000)}")
