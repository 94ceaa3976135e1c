"""What was typed: from words on the command line to a scenario and to what happens in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

from sim.errors import InputError, shown
from sim.organization import People
from sim.scenario import Scenario, load, parse_setting, parse_toml
from sim.wording import agree


def load_scenario(
    name: str,
    settings: Sequence[str] = (),
    members: int | None = None,
    days: int | None = None,
    people: People | None = None,
) -> Scenario:
    """Return a scenario with the changes of the command line; `people` take the place of those that it has.

    Events after an earlier end are left out, and a line on the standard error says so.
    """
    changes = dict(parse_setting(setting) for setting in settings)
    for option, key, given in (("--members", "organization.members", members), ("--days", "days", days)):
        if given is not None and key in changes:
            both = f"{option} {given} and --set {key}={shown(changes[key], 40)}"
            raise click.UsageError(f"{both} are about the same; give one of them.")
    changes |= {} if members is None else {"organization.members": members}
    world = load(name)
    world = world.with_people(people or world.people).with_(changes)
    if days is None:
        return world
    shorter = world.first_days(days)
    if missed := len(world.written) - len(shorter.written):
        what = agree(missed, "an event that comes", f"{missed} events that come")
        click.echo(f"Left out: {what} after day {days}.", err=True)
    return shorter


def parse_event(text: str, option: str, day: float | None) -> Mapping[str, Any]:
    """Return an event typed as in a scenario file: day = 12, respond = {by = "ceo", ...}."""
    found = parse_toml(f"event = {{{text}}}", option)
    if set(found) != {"event"}:
        raise InputError(f"{option}: '{shown(text, 80)}' is not one event, such as day = 3, set = {{...}}")
    table: dict[str, Any] = found["event"]
    return table if day is None or "day" in table else {"day": day, **table}
