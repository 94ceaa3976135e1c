"""What one measurement is about: how many members, how many days, which settings."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.scenario import Scenario


@dataclass(frozen=True)
class Case:
    """One measurement; `settings` are KEY=VALUE as on the command line."""

    members: int = 1_000
    days: int = 60
    settings: tuple[str, ...] = ()
    seed: int = 1
    threads: int = 1
    repeats: int = 1
    exact: bool = False  # of the object agents: every bit as the engine has it
    everything: bool = False  # print all that the run leaves behind, not only its counts

    def arguments(self) -> list[str]:
        """Return the case as arguments of a child process."""
        numbers = [f"--{name}={getattr(self, name)}" for name in ("members", "days", "seed", "threads", "repeats")]
        flags = [f"--{name}" for name in ("exact", "everything") if getattr(self, name)]
        return [*numbers, *flags, *(f"--set={setting}" for setting in self.settings)]


def case_of(arguments: Sequence[str]) -> Case:
    """Return the case that arguments of a child process tell."""
    parser = argparse.ArgumentParser()
    for name in ("members", "days", "seed", "threads", "repeats"):
        parser.add_argument(f"--{name}", type=int, default=getattr(Case, name))
    for name in ("exact", "everything"):
        parser.add_argument(f"--{name}", action="store_true")
    parser.add_argument("--set", action="append", default=[], dest="settings")
    found = vars(parser.parse_args(arguments))
    return Case(**{**found, "settings": tuple(found["settings"])})


def scenario_of(case: Case) -> Scenario:
    """Return the baseline with the case's size and settings."""
    from sim.scenario import load, parse_setting

    changes = dict(parse_setting(setting) for setting in case.settings)
    return load("baseline").with_({"organization.members": case.members, "days": case.days, **changes})
