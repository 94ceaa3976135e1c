"""`ism check`: is a scenario file in order, what differs from the one that it extends, what happens in it and when."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterator
from typing import Any

import click

from sim.errors import InputError, nearest, shown, told, toml_lines
from sim.parameters import registry
from sim.scenario import Event, Expectation, Scenario, differences, from_toml, load, parent, related

WHO = {
    "leadership.executives": "executives: ",
    "leadership.line_managers": "line managers: ",
    "communicators": "community managers: ",
}

TIMES = {0.1: "a tenth of", 0.2: "a fifth of", 0.25: "a quarter of", 1 / 3: "a third of", 0.5: "half of",
         2.0: "twice", 3.0: "three times", 4.0: "four times", 5.0: "five times", 10.0: "ten times"}  # fmt: skip


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


# ---------------------------------------------------------------- differences


def in_words(base: Scenario, scenario: Scenario) -> Iterator[str]:
    """Tell, a line each, every parameter in which `scenario` differs from `base`."""
    ours, theirs = len(scenario.parameters.issues), len(base.parameters.issues)
    for name, before, after in differences(base, scenario):
        if before is not None and after is not None:
            yield _difference(name, before, after, scenario)
    for number in range(theirs, ours):
        yield f"one more issue, number {number}: {told(scenario.parameters.issues[number].name)}"
    for number in range(ours, theirs):
        yield f"no issue {number} any more: {told(base.parameters.issues[number].name)}"


def _difference(name: str, before: Any, after: Any, scenario: Scenario) -> str:
    table, _, last = name.rpartition(".")
    pattern, who = name, WHO.get(table, "")
    if name.startswith("issues."):
        number = int(name.split(".")[1])
        pattern = f"issues.<n>.{last}"
        who = f"issue {told(scenario.parameters.issues[number].name)}: "
    return f"{who}{registry()[pattern].meaning}{_times(before, after)}: {name} {_value(before)} -> {_value(after)}"


def _times(before: Any, after: Any) -> str:
    """Say by how much a number changed, where that is easily said."""
    if isinstance(before, bool | str) or isinstance(after, bool | str):
        return ""
    if before * after > 0:
        for factor, words in TIMES.items():
            if abs(after / before / factor - 1) < 0.01:
                return f", {words} what it was"
    return ", higher" if after > before else ", lower"


def _value(value: Any) -> str:
    return told(value) if isinstance(value, bool | str) else f"{value:g}"


# ---------------------------------------------------------------- what happens


def timeline(scenario: Scenario) -> Iterator[str]:
    """Tell, a line each and in order, what happens in a scenario and when."""
    issues = scenario.parameters.issues
    lines = [(event.day, _happening(event, scenario)) for event in scenario.written]
    lines += [(issue.onset_day, f"{told(issue.name)} begins") for issue in issues if issue.onset_day > 0]
    for day, line in sorted(lines, key=lambda each: each[0]):
        yield f"day {day:g}: {line}"


def _happening(event: Event, scenario: Scenario) -> str:
    if event.announce is not None:
        return f"{shown(event.announce.by)} announces openness {event.announce.openness:g}"
    if event.post is not None:
        about = told(scenario.parameters.issues[int(event.post.issue)].name)
        stance = f"stance {event.post.stance:g}, criticality {event.post.criticality:g}"
        return f"{shown(event.post.by)} posts about {about} ({stance})"
    if event.respond is not None:
        to = event.respond.to
        what = f"message {to}" if isinstance(to, int) else f"the {to.replace('_', ' ')}"
        return f"{shown(event.respond.by)} answers {what}: {event.respond.how}"
    if event.campaign is not None:
        about = told(scenario.parameters.issues[int(event.campaign.issue)].name)
        return f"campaign about {about} for {event.campaign.days:g} days (salience {event.campaign.salience:g})"
    return ", ".join(f"{name} becomes {_value(value)}" for name, value in event.set)


def _expected(expectation: Expectation) -> str:
    if expectation.range is not None:
        claim = f"between {expectation.range[0]:g} and {expectation.range[1]:g}"
    else:
        claim = f"{expectation.direction} against {shown(expectation.against)}"
    when = f" (days {expectation.days[0]:g} to {expectation.days[1]:g})" if expectation.days else ""
    return f"{expectation.measure}{when}: {claim}. {shown(expectation.why)}".rstrip()
