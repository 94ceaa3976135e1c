"""A world before its first tick: members as they are drawn, issues latent, pages empty, and the levers put into it."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim import room
from sim.organization import Organization
from sim.parameters import Parameters
from sim.population import populate
from sim.room import SPARE, copied, records, scratch_of
from sim.state import (
    ARENA,
    AUDIENCE,
    BELIEF,
    ISSUE,
    LIVE_THREADS,
    MEMBER,
    MESSAGE,
    OCCASION,
    PENDING,
    POLICY,
    POSITION,
    SLOT,
    TICKS_PER_DAY,
    Clock,
    Column,
    Whole,
    World,
)
from sim.terms import Identity, IssueKind, IssueState, Ranking, Role, Scope

_SWITCHES = (
    "anonymous_posts",
    "audience_cues",
    "visible_reactions",
    "leader_badges",
    "leaders_first",
    "notifications",
)
"""Settings of `visibility` that are yes or no."""


def make_world(organization: Organization, parameters: Parameters, seed: int) -> World:
    """Return the world at the start of day 0."""
    world = unpopulated(organization, parameters)
    members, beliefs, positions = populate(organization, parameters, seed)
    count_visited(world.audiences, members, len(organization.departments))
    return world._replace(
        members=members.view(np.recarray),
        beliefs=beliefs.view(np.recarray),
        start=copied(beliefs).view(np.recarray),
        positions=positions.view(np.recarray),
    )


def unpopulated(organization: Organization, parameters: Parameters) -> World:
    """Return the world that follows from organisation and settings alone: its members and their beliefs are blank."""
    n, departments, teams = organization.members, len(organization.departments), organization.teams
    audiences, slots = make_pages(departments, teams)
    clock = np.zeros(len(Clock), np.int64)
    clock[Clock.teams] = teams
    clock[Clock.leaders] = int(np.isin(organization.role, (Role.line_manager, Role.executive)).sum())
    world = World(
        members=records(n, MEMBER),
        keys=organization.key.copy(),
        visit_chance=np.zeros(n),
        beliefs=records(n, BELIEF),
        start=records(n, BELIEF),
        positions=np.zeros((n, len(parameters.issues)), POSITION).view(np.recarray),
        messages=records(2 * n + SPARE, MESSAGE),
        issues=make_issues(parameters),
        audiences=audiences,
        slots=slots,
        tie_start=np.ascontiguousarray(organization.tie_start, np.int64),
        tie_member=np.ascontiguousarray(organization.tie_member, np.int32),
        pending=records(64, PENDING),
        occasions=records(min(2 * n, room.LEDGER_ROWS) + SPARE, OCCASION),
        **scratch_of(n, audiences),
        daily=np.zeros((parameters.days, len(Role) * departments, len(Column))),
        whole=np.zeros((parameters.days, len(Whole))),
        policies=records(2, POLICY),
        arena=records(1, ARENA),
        clock=clock,
    )
    put_levers(world, parameters)
    return world


def make_pages(departments: int, teams: int) -> tuple[Any, Any]:
    """Return the audiences (everyone, departments, teams) and the slots of their pages."""
    above = [LIVE_THREADS[Scope.organization]] + [LIVE_THREADS[Scope.department]] * departments
    sizes = np.array(above + [LIVE_THREADS[Scope.team]] * teams, np.int64)
    audiences = records(len(sizes), AUDIENCE)
    audiences["room"] = sizes
    audiences["first"] = np.cumsum(sizes) - sizes
    audiences["announced"] = -1
    return audiences, records(int(sizes.sum()), SLOT)


def count_visited(audiences: Any, members: Any, departments: int) -> None:
    """Count in each audience those of its members who know the arena already."""
    knows = members["visited"] == 1
    total = np.zeros(len(audiences), np.int64)
    total[0] = knows.sum()
    np.add.at(total, 1 + members["department"][knows], 1)
    for field in ("team", "led_team"):
        inside = knows & (members[field] >= 0)
        np.add.at(total, 1 + departments + members[field][inside], 1)
    audiences["visited"] = total


def make_issues(parameters: Parameters) -> Any:
    """Return the issues, all latent."""
    issues = records(len(parameters.issues), ISSUE)
    for field in ("voice_0", "voice_1", "surfaced", "answered", "resolved"):
        issues[field] = -1
    issues["state"] = IssueState.latent
    issues["kind"] = [IssueKind[issue.kind] for issue in parameters.issues]
    issues["onset"] = [round(issue.onset_day * TICKS_PER_DAY) for issue in parameters.issues]
    return issues


# ---------------------------------------------------------------- levers


def put_levers(world: World, parameters: Parameters) -> None:
    """Put the levers of `parameters` into the world: what is shown, what leaders do, what weighs on issues."""
    for row, policy in enumerate((parameters.leadership.line_managers, parameters.leadership.executives)):
        for name in POLICY.names or ():
            world.policies[row][name] = getattr(policy, name)
    set_arena(world.arena[0], parameters)
    for row, issue in enumerate(parameters.issues):
        world.issues[row]["criticality"] = issue.criticality
        world.issues[row]["salience"] = issue.salience
        world.issues[row]["half_life"] = issue.salience_half_life_days * TICKS_PER_DAY


def set_arena(arena: Any, parameters: Parameters) -> None:
    """Put the visibility levers, and those of community managers, into the arena's record."""
    visibility, carers = parameters.visibility, parameters.communicators
    arena["scope"] = Scope[visibility.scope]
    arena["identity"] = Identity[visibility.identity]
    arena["ranking"] = Ranking[visibility.ranking]
    for name in _SWITCHES:
        arena[name] = getattr(visibility, name)
    arena["half_life"] = visibility.persistence_days * TICKS_PER_DAY
    arena["communicator_presence"] = carers.presence
    arena["orphan_answering"] = carers.orphan_answering
    arena["amplification"] = carers.amplification
