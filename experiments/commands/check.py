"""`ism check`: check a scenario or study file."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from itertools import islice

import click

from experiments import options
from experiments.checking import complaints, complaints_of_study, is_study
from experiments.describe import expected_in_words, in_words, timeline
from experiments.measures import Own
from experiments.measures.typed import Wanted, wanted_measures
from experiments.organizations import describe_shape
from experiments.patterns.claims import claims_of
from sim.errors import shown
from sim.scenario import Scenario, from_toml, load, parent
from sim.wording import count, listed


@click.command()
@click.argument("file")
@options.measures
def check(file: str, measures: Sequence[str]) -> None:
    """Check a scenario or study file: all that is wrong with it, or else what it says in words.

    Of a scenario, that is what differs from the one that it extends, what happens, and what is expected.
    """
    wanted, study = wanted_measures(measures), is_study(file)
    if wrong := complaints_of_study(file, wanted.own) if study else complaints(file, wanted.own):
        for error in wrong:
            click.echo(f"ism: {error}", err=True)
        if len(wrong) > 1:
            click.echo(f"ism: {len(wrong)} things are to be fixed.", err=True)
        click.get_current_context().exit(2)
    if study:
        _tell_of_study(file, wanted)
    else:
        _tell_of_scenario(file, wanted)


def _tell_of_study(file: str, wanted: Wanted) -> None:
    """Say what a study varies, and how many runs that takes."""
    from experiments.sweeps.study import load_study

    study = load_study(file, own=wanted.own, more=wanted.names)
    click.echo(f"{shown(file)} is in order: {shown(study.table.title)}")
    click.echo(f"\nWhat varies, in {shown(study.scenario.name)}:")
    for factor in study.factors:
        between = f"from {factor.low:g} to {factor.high:g}" if factor.sampled else count(len(factor.levels), "level")
        click.echo(f"  {shown(factor.name)}: {between}")
    _tell_of_people(study.scenario)
    click.echo(f"\n{count(study.cells, 'cell')}, {count(study.runs, 'run')} at most")
    click.echo(f"  next: ism sweep {shlex.quote(shown(file, 1000))}{wanted.options} --plan")


def _tell_of_people(scenario: Scenario) -> None:
    if scenario.people is not None:
        click.echo(f"\nWho works there, as {shown(scenario.people.name)} says:")
        for line in islice(describe_shape(scenario.people.organization), 1):
            click.echo(f"  {line}")


def _tell_of_scenario(file: str, wanted: Wanted) -> None:
    scenario = load(file)
    for name in wanted.names:
        wanted.catalogue.check(name, scenario)
    click.echo(f"{shown(file)} is in order: {shown(scenario.title)}")
    base = parent(scenario) or from_toml("", "the defaults")
    click.echo(f"\nWhat differs from {shown(base.name)}:")
    lines = list(in_words(base, scenario))
    for line in lines or ["nothing"]:
        click.echo(f"  {line}")
    _tell_of_people(scenario)
    if happenings := list(timeline(scenario)):
        click.echo(f"\nWhat happens, in {scenario.parameters.days} days:")
        for line in happenings:
            click.echo(f"  {line}")
    if remarks := list(_remarks(scenario)):
        click.echo("\nMind that")
        for remark in remarks:
            click.echo(f"  {remark}")
    if scenario.expect:
        click.echo("\nWhat is expected:")
        for expectation in scenario.expect:
            click.echo(f"  {expected_in_words(expectation)}. {shown(expectation.why)}".rstrip())
        for remark in _unlike(scenario, wanted.own):
            click.echo(f"  {remark}")


def _remarks(scenario: Scenario) -> Iterator[str]:
    """Say what is allowed, and perhaps not meant."""
    people = scenario.parameters.organization
    if scenario.people is None and people.levels > people.members:
        yield f"{count(people.members, 'member')} cannot fill {people.levels} levels: there will be fewer."
    names = [issue.name.casefold() for issue in scenario.parameters.issues]
    for name in {name: None for name in names if names.count(name) > 1}:
        numbers = listed([str(number) for number, other in enumerate(names) if other == name])
        yield f"issues {numbers} have one name; events mean them by number only."


def _unlike(scenario: Scenario, own: Sequence[Own]) -> Iterator[str]:
    """Say of each scenario that this one is held against whether its organisation is another one."""
    for claim in claims_of(scenario, own=own):
        other, name = claim.other, claim.expectation.against_scenario
        if name and other and other.parameters.organization != claim.this.parameters.organization:
            sizes = (world.parameters.organization.members for world in (other, claim.this))
            yield "Mind that {} has an organisation of its own: {:,} members, and {:,} here.".format(
                shown(name), *sizes
            )
