"""`ism org`: an organisation file read, and told back: who reports to whom."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click
import numpy as np

from sim.errors import shown
from sim.organization import Organization, read
from sim.scenario import Scenario
from sim.terms import Role
from sim.wording import agree, count

DEPARTMENTS = 10
REPORTS = 20


def org(file: str, ties: str | None, repair: bool) -> None:
    """Read an organisation file and print its shape, its first two levels, and what was remarked."""
    organization, remarks = read(file, ties=ties, repair=repair)
    for line in (*shape(organization), "", *tree(organization)):
        click.echo(line)
    if remarks:
        click.echo("\nRemarks:")
        for remark in remarks:
            click.echo(f"  {shown(remark, 1000)}")


# ---------------------------------------------------------------- for the commands that take one


def check_options(org: str | None, ties: str | None, repair: bool, members: int | None) -> None:
    """Refuse options about an organisation file that contradict each other."""
    if org is None and (ties is not None or repair):
        raise click.UsageError("--ties and --repair need --org FILE, the organisation that they are about.")
    if org is not None and members is not None:
        raise click.UsageError("--members is for a made-up organisation; the one of --org has the members it has.")


def organization_of(org: str, ties: str | None, repair: bool, world: Scenario, seed: int = 1) -> Organization:
    """Return the organisation of a file, with as many ties as the scenario says where no file says more.

    What was remarked is told on the standard error. Raises InputError where the files cannot be used.
    """
    wanted = world.parameters.organization.ties_per_member
    organization, remarks = read(org, ties=ties, repair=repair, ties_per_member=wanted, seed=seed)
    for remark in remarks:
        click.echo(shown(remark, 1000), err=True)
    return organization


# ---------------------------------------------------------------- telling what is in one


def shape(organization: Organization) -> Iterator[str]:
    """Tell how many there are: members, levels, reports a manager, roles, departments."""
    people, levels = count(organization.members, "member"), count(organization.depth, "level")
    yield f"{people} on {levels}, {count(organization.teams, 'team')}"
    counts = np.bincount(organization.level)
    yield "Levels (from the top): " + ", ".join(f"{n:,}" for n in counts[:20]) + (", ..." if len(counts) > 20 else "")
    spans = np.diff(organization.children_start)
    spans = spans[spans > 0]
    if len(spans):
        yield f"Direct reports of a manager: {spans.min()} to {spans.max()}, half have {np.median(spans):g} or fewer"
    roles = np.bincount(organization.role, minlength=len(Role))
    yield "Roles: " + ", ".join(
        f"{n:,} {agree(n, role.words.noun, role.words.plural)}" for role, n in zip(Role, roles, strict=True) if n
    )
    sizes = np.bincount(organization.department, minlength=len(organization.departments))
    order = np.argsort(-sizes, kind="stable")
    largest = ", ".join(f"{shown(organization.departments[d], 60)} {sizes[d]:,}" for d in order[:DEPARTMENTS])
    more = f", and {len(order) - DEPARTMENTS} more" if len(order) > DEPARTMENTS else ""
    yield f"Departments: {largest}{more}"
    ties = len(organization.tie_member) / 2
    yield f"Informal ties: {ties:,.0f}, {2 * ties / max(1, organization.members):.1f} a member"


def tree(organization: Organization) -> Iterator[str]:
    """Tell who is at the top and who reports to them, each with the number of people below."""
    top = organization.top
    yield _person(organization, top)
    reports = organization.children[organization.children_start[top] : organization.children_start[top + 1]]
    for row in reports[:REPORTS]:
        yield f"  {_person(organization, int(row))}"
    if len(reports) > REPORTS:
        yield f"  ... and {len(reports) - REPORTS} more"


def _person(organization: Any, row: int) -> str:
    below = int(organization.last[row] - organization.first[row] - 1)
    title = shown(organization.titles[row], 60)
    told = f"{shown(organization.names[row], 60)} ({shown(organization.ids[row], 60)})" + (
        f", {title}" if title else ""
    )
    return f"{told}: {below:,} below" if below else told
