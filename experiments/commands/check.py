"""`ism check`: check a scenario file."""

from __future__ import annotations

from collections.abc import Iterator

import click

from experiments.checking import complaints
from experiments.describe import expected_in_words, in_words, timeline
from experiments.patterns.claims import claims_of
from sim.errors import shown
from sim.scenario import Scenario, from_toml, load, parent


@click.command()
@click.argument("file")
def check(file: str) -> None:
    """Check a scenario file, and say what differs from the one that it extends."""
    if wrong := complaints(file):
        for error in wrong:
            click.echo(f"ism: {error}", err=True)
        if len(wrong) > 1:
            click.echo(f"ism: {len(wrong)} things are to be fixed.", err=True)
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
        for remark in _unlike(scenario):
            click.echo(f"  {remark}")


def _unlike(scenario: Scenario) -> Iterator[str]:
    """Say of each scenario that this one is held against whether its organisation is another one."""
    for claim in claims_of(scenario):
        other, name = claim.other, claim.expectation.against_scenario
        if name and other and other.parameters.organization != claim.this.parameters.organization:
            sizes = (world.parameters.organization.members for world in (other, claim.this))
            yield "Mind that {} has an organisation of its own: {:,} members, and {:,} here.".format(
                shown(name), *sizes
            )
