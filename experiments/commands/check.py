"""`ism check`: is a scenario file in order, what differs from the one that it extends, what happens in it and when."""

from __future__ import annotations

import importlib
import importlib.util

import click

from experiments.telling import in_words, timeline
from sim.errors import InputError, nearest, shown, told, toml_lines
from sim.scenario import Expectation, Scenario, from_toml, load, parent, related


def check(file: str) -> None:
    """Check a scenario file, and print what it says; InputError where something in it is wrong."""
    scenario = load(file)
    for number, expectation in enumerate(scenario.expect):
        _check_expectation(scenario, number, expectation)
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
            click.echo(f"  {_expected(expectation)}")


def _check_expectation(scenario: Scenario, number: int, expectation: Expectation) -> None:
    """Refuse a measure or a scenario that there is not: what `sim.scenario` cannot know by itself."""
    if expectation.against is not None and expectation.against_days is None:
        related(scenario, expectation.against)
    if importlib.util.find_spec("sim.measures") is None:
        return
    known = importlib.import_module("sim.measures").MEASURES
    if expectation.measure not in known:
        key = f"expect.{number}.measure"
        lines = toml_lines(scenario.path.read_text("utf-8-sig")) if scenario.path else {}
        raise InputError(
            f"{key} = {told(expectation.measure)} is not a measure (ism names lists them)",
            file=str(scenario.path),
            line=lines.get(key),
            key=key,
            expected="the name of a measure",
            nearest=nearest(expectation.measure, known),
        )


def _expected(expectation: Expectation) -> str:
    if expectation.range is not None:
        claim = f"between {expectation.range[0]:g} and {expectation.range[1]:g}"
    else:
        claim = f"{expectation.direction} against {shown(expectation.against)}"
    when = f" (days {expectation.days[0]:g} to {expectation.days[1]:g})" if expectation.days else ""
    return f"{expectation.measure}{when}: {claim}. {shown(expectation.why)}".rstrip()
