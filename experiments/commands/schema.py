"""`ism schema`: print the schema of scenario files."""

from __future__ import annotations

import click

from experiments.schema import as_text


@click.command()
def schema() -> None:
    """Print the JSON schema of scenario files, by which editors complete names and show what they mean."""
    click.echo(as_text(), nl=False)
