"""Where a command puts a run folder: over one of the same run, never over anything else."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import click

from sim import files
from sim.errors import InputError, shown
from sim.organization import Organization
from sim.record import Run, RunIdentity, check_place
from sim.scenario import Scenario


class Place(NamedTuple):
    """A folder that a run can take."""

    folder: Path
    replace: bool = False
    """Whether it may replace another run."""

    def save(self, run: Run) -> Path:
        """Save a run, and return its folder: where the place was taken meanwhile, the next that is free."""
        try:
            run.save(self.folder, self.replace)
        except files.TakenError as error:
            free = _free(self.folder, run.identity())
            if free is None:
                raise
            _tell(error, free)
            run.save(free)
            return free
        return self.folder


def place_for(run: RunIdentity, usual: Path, out: str | None, replace: bool) -> Place:
    """Return the place of a run that is about to be made: `out`, or the usual one or the next that is free.

    Raises InputError where something in `out` has to stay, or where no folder can be made.
    """
    place = Place(usual if out is None else Path(out), replace)
    try:
        _check(place.folder, None if replace else run)
    except files.TakenError as error:
        free = _free(place.folder, run)
        if out is not None or free is None:
            more = "" if replace or not _may_go(place.folder) else ", or add --replace"
            problem = error.problem if free is None else f"{error.problem}; {shown(free)} is free{more}"
            raise InputError(problem, file=error.file) from None
        _tell(error, free)
        return Place(free)
    return place


def identity_of(scenario: Scenario, seed: int, organization: Organization | None = None) -> RunIdentity:
    """Return which run a scenario makes, simulated to its end; `organization` takes the place of its own."""
    from sim.engine import make_organization
    from sim.sources import rules_digest

    def people() -> Organization:
        return make_organization(scenario, seed) if organization is None else organization

    return RunIdentity(scenario.with_people(None), seed, rules_digest(), people, scenario.ticks)


def _check(folder: Path, run: RunIdentity | None) -> None:
    files.check_folder(folder, lambda there: check_place(there, run))


def _may_go(folder: Path) -> bool:
    """Say whether a folder holds a run and nothing of the user."""
    try:
        _check(folder, None)
    except InputError:
        return False
    return True


def _free(folder: Path, run: RunIdentity) -> Path | None:
    """Return the first place after this one that the run can take; None where it has no name to go on from."""
    for name in files.numbered(folder):
        try:
            _check(name, run)
        except files.TakenError:
            continue
        return name
    return None


def _tell(error: InputError, free: Path) -> None:
    click.echo(f"{error} This run goes to {shown(free)}.", err=True)
