"""`ism org`: check an organisation file."""

from __future__ import annotations

from pathlib import Path

import click

from experiments import options
from experiments.organizations import describe_shape, describe_tree
from sim import files
from sim.errors import shown
from sim.organization import as_csv, read


@click.command()
@click.argument("file")
@click.option("--ties", metavar="FILE", help="Who talks with whom, as a CSV file.")
@options.repair
@click.option("--out", metavar="FILE", help="Write the organisation as it was understood to a new CSV file.")
def org(file: str, ties: str | None, repair: bool, out: str | None) -> None:
    """Check an organisation file: who reports to whom, and what was fixed or refused."""
    organization, remarks = read(file, ties=ties, repair=repair)
    if out is not None:
        files.write(Path(out), as_csv(organization), replace=False)
    for line in (*describe_shape(organization), "", *describe_tree(organization)):
        click.echo(line)
    if remarks:
        click.echo("\nRemarks:")
        for remark in remarks:
            click.echo(f"  {shown(remark, 1000)}")
    if out is not None:
        click.echo(f"\nAs it was understood, it is in {shown(out)}")
