"""`ism check`: is a scenario file in order, what differs from the one that it extends, what happens in it and when."""

from __future__ import annotations

import click

from experiments.checking import complaints
from experiments.telling import expected_in_words, in_words, timeline
from sim.errors import shown
from sim.scenario import from_toml, load, parent


def check(file: str) -> None:
    """Check a scenario file, and print what it says; all that is wrong, with exit code 2, where something is."""
    if wrong := complaints(file):
        for error in wrong:
            click.echo(f"ism: {error}", err=True)
        if len(wrong) > 1:
            click.echo(f"ism: {len(wrong)} things are to be mended.", err=True)
        click.get_current_context().exit(2)
    scenario = load(file)
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
