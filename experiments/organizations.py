"""An organisation from files: read for commands, named again where one is proposed, and told in words."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Final

import click
import numpy as np

from sim.errors import shown
from sim.organization import Organization, People, read_people
from sim.scenario import Scenario
from sim.terms import Role
from sim.wording import agree, count

DEPARTMENTS: Final = 10
REPORTS: Final = 20
LEVELS: Final = 20
"""The most of each that are listed."""


def own_people(org: str | None, ties: str | None, repair: bool, members: int | None = None) -> People | None:
    """Return the people of the files that options name; None where they name none.

    Raises UsageError where the options contradict each other, and InputError where the files cannot be used.
    """
    if org is None and (ties is not None or repair):
        raise click.UsageError("--ties and --repair need --org FILE, the organisation that they are about.")
    if org is not None and members is not None:
        raise click.UsageError("--members is for a made-up organisation; the one of --org has the members it has.")
    return None if org is None else read_people(org, ties, repair)


def tell_of_people(*worlds: Scenario) -> None:
    """Print, on the standard error and once each, what was remarked when files about the people of worlds were read."""
    remarks: dict[str, None] = {}
    for world in worlds:
        if world.people is not None:
            told = (*world.people.remarks, *world.people.source_of_ties(world.parameters.organization))
            remarks |= dict.fromkeys(told)
    for remark in remarks:
        click.echo(shown(remark, 1000), err=True)


def as_options(people: People | None) -> str:
    """Return the options that name the files of people, for a command that is proposed; empty where there are none."""
    files = {} if people is None else {"--org": people.file, "--ties": people.ties}
    return "".join(f" {name} {shlex.quote(file)}" for name, file in files.items() if file is not None)


# ---------------------------------------------------------------- in words


def describe_shape(organization: Organization) -> Iterator[str]:
    """Say how many there are: members, levels, reports a manager, roles, departments."""
    people, levels = count(organization.members, "member"), count(organization.depth, "level")
    yield f"{people} on {levels}, {count(organization.teams, 'team')}"
    counts = np.bincount(organization.level)
    more = ", ..." if len(counts) > LEVELS else ""
    yield "Levels (from the top): " + ", ".join(f"{n:,}" for n in counts[:LEVELS]) + more
    spans = np.diff(organization.children_start)
    spans = spans[spans > 0]
    if len(spans):
        yield f"Direct reports of a manager: {spans.min()} to {spans.max()}, half have {np.median(spans):g} or fewer"
    yield _describe_roles(organization)
    yield _describe_departments(organization)
    ties = len(organization.tie_member) / 2
    yield f"Informal ties: {ties:,.0f}, {2 * ties / max(1, organization.members):.1f} a member"


def _describe_roles(organization: Organization) -> str:
    counts = zip(Role, np.bincount(organization.role, minlength=len(Role)), strict=True)
    return "Roles: " + ", ".join(f"{n:,} {agree(n, role.words.noun, role.words.plural)}" for role, n in counts if n)


def _describe_departments(organization: Organization) -> str:
    sizes = np.bincount(organization.department, minlength=len(organization.departments))
    order = np.argsort(-sizes, kind="stable")
    largest = ", ".join(f"{shown(organization.departments[d], 60)} {sizes[d]:,}" for d in order[:DEPARTMENTS])
    more = f", and {len(order) - DEPARTMENTS} more" if len(order) > DEPARTMENTS else ""
    return f"Departments: {largest}{more}"


def describe_tree(organization: Organization) -> Iterator[str]:
    """Say who is at the top and who reports to them, each with the number of people below."""
    top = organization.top
    yield _describe_person(organization, top)
    reports = organization.children[organization.children_start[top] : organization.children_start[top + 1]]
    for row in reports[:REPORTS]:
        yield f"  {_describe_person(organization, int(row))}"
    if len(reports) > REPORTS:
        yield f"  ... and {len(reports) - REPORTS} more"


def _describe_person(organization: Organization, row: int) -> str:
    below = int(organization.last[row] - organization.first[row] - 1)
    title = shown(organization.titles[row], 60)
    who = f"{shown(organization.names[row], 60)} ({shown(organization.ids[row], 60)})" + (f", {title}" if title else "")
    return f"{who}: {below:,} below" if below else who
