"""`ism schema`: the scenario file as a JSON schema, for editors."""

from __future__ import annotations

import json

import click

from experiments.schema import schema as of_scenarios
from sim.ownership import SEAL, sealed


def schema() -> None:
    """Print the schema."""
    click.echo(as_text(), nl=False)


def as_text() -> str:
    """Return the schema as a file has it."""
    return sealed(json.dumps({"$comment": SEAL} | of_scenarios(), indent=1, ensure_ascii=False) + "\n")
