"""Before work that takes long, or much: say what it will take, ask, and refuse what this machine cannot do."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from sim import limits
from sim.errors import InputError, shown
from sim.limits import Cost
from sim.scenario import Scenario


def cost_of(world: Scenario, saved: bool = False) -> Cost:
    """Return what one run of a scenario takes, about."""
    parameters, people = world.parameters, world.parameters.organization
    members, ties, own = people.members, people.ties_per_member, world.people
    if own is None:
        departments = min(members, members ** (1.0 / max(1, people.levels - 1)))  # reports of the top
    else:
        departments = float(len(own.organization.departments))
        ties = len(own.organization.tie_member) / (2 * members) if own.tied else ties
    return limits.estimate(members, parameters.days, len(parameters.issues), ties, departments, saved)


def begin(what: str, cost: Cost, yes: bool, folder: Path | None = None, patience: float = limits.ASK_SECONDS) -> None:
    """Let work begin, or raise InputError: where this machine cannot do it, or nobody says yes to what is much.

    `what` is said to take what `cost` says, `folder` is where it will be written; nothing is asked below `patience`
    seconds and what `sim.limits` calls much.
    """
    _refuse_impossible(what, cost, folder)
    if not is_much(cost, patience):
        return
    sentence = f"{what} will take {in_words(cost)}"
    if yes:
        click.echo(f"{sentence}.", err=True)
    elif not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise InputError(f"{sentence}; add --yes to go on")
    elif not click.confirm(f"{sentence}. Go on?", err=True):
        raise InputError(f"{what} was not begun")


def is_much(cost: Cost, patience: float) -> bool:
    """Say whether something takes more than `patience` seconds, or what `sim.limits` calls much memory or disk."""
    return cost.memory > limits.ASK_MEMORY or cost.disk > limits.ASK_DISK or cost.seconds > patience


def _refuse_impossible(what: str, cost: Cost, folder: Path | None) -> None:
    has = limits.machine()
    if cost.memory > has.memory:
        free = f"{bytes_in_words(has.memory)} of {bytes_in_words(has.total)} are free"
        raise InputError(f"{what} needs about {bytes_in_words(cost.memory)} of memory, and on this machine {free}")
    free_disk = limits.free_disk(folder) if folder is not None else float("inf")
    if cost.disk > free_disk:
        free = f"{bytes_in_words(free_disk)} are free in '{shown(folder)}'"
        raise InputError(f"{what} needs about {bytes_in_words(cost.disk)} of disk, and {free}")


# ---------------------------------------------------------------- words


def in_words(cost: Cost) -> str:
    """Return what something takes, in words."""
    disk = f" and {bytes_in_words(cost.disk)} of disk" if cost.disk else ""
    return f"about {duration(cost.seconds)}, {bytes_in_words(cost.memory)} of memory{disk}"


def bytes_in_words(count: float) -> str:
    """Return a number of bytes in words, `1.5 GB`."""
    for unit, size in (("TB", 1e12), ("GB", 1e9)):
        if count >= size:
            return f"{count / size:,.1f} {unit}"
    return f"{max(0.0, count) / 1e6:.1f} MB"


def duration(seconds: float) -> str:
    """Return a stretch of time in words."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h" if seconds < 172_800 else f"{seconds / 86_400:,.1f} days"
