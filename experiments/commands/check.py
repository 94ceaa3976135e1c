"""`ism check`: is a scenario file in order, what differs from the one that it extends, what happens in it and when."""

from __future__ import annotations

import click

from experiments.patterns.claims import claims_of
from experiments.telling import expected_in_words, in_words, timeline
from sim.errors import shown
from sim.scenario import from_toml, load, parent


def check(file: str) -> None:
    """Check a scenario file, and print what it says; InputError where something in it is wrong."""
    scenario = load(file)
    claims_of(scenario)
    click.echo(f"{shown(file)} is in order: {shown(scenario.title)}")
    base = parent(scenario) or from_toml("", "the defaults")
    click.echo(f"\nWhat differs from {shown(base.name)}:")
    lines = list(in_words(base, scenario))
    for line in lines or ["nothing"]:
        click.echo(f"  {line}")
    if happenings := list(timeline(scenario)):
        click.echo(f"\nWhat happens, in {scenario.parameters.days} days:")
        for line in happenings:
            click.echo(f"  {line}")
    if scenario.expect:
        click.echo("\nWhat is expected:")
        for expectation in scenario.expect:
            click.echo(f"  {expected_in_words(expectation)}. {shown(expectation.why)}".rstrip())
