"""How much there may be of everything, declared once for files, commands, addresses and uploads alike.

Also what a run takes (memory, time, disk), by a measured model, and what the machine has left.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

# ---------------------------------------------------------------- of one world

MEMBERS: Final = 10_000_000
DAYS: Final = 100_000
ISSUES: Final = 64
EVENTS: Final = 10_000
EXPECTATIONS: Final = 1_000
PHRASES: Final = 1_000
"""The most that a scenario file may have of each, what it extends included."""

# ---------------------------------------------------------------- of many runs

SWEEP_RUNS: Final = 10_000_000
SEEDS: Final = 10_000
"""The most seeds that a command takes; a study may have more, up to `SWEEP_RUNS` runs."""
WORKERS: Final = 10_000

# ---------------------------------------------------------------- of files, in bytes

SCENARIO_BYTES: Final = 1_000_000
"""A scenario or study file."""
ORGANIZATION_BYTES: Final = 4_000_000_000
"""An organisation file or a file of ties."""
LINE_CHARACTERS: Final = 100_000
"""A line of such a file."""
MANIFEST_BYTES: Final = 50_000_000
TABLE_BYTES: Final = 200_000_000_000
"""A table or a state of a run folder: of ten million members, with room."""

# ---------------------------------------------------------------- of a visitor to the dashboard

VISITOR_MEMBERS: Final = 20_000
VISITOR_DAYS: Final = 500
"""What an address, a lever or an upload may ask for: a stranger's link must not keep a machine busy."""
VISITOR_TIES: Final = 1_000_000
VISITOR_VISITS: Final = 200_000
VISITOR_WISHES: Final = 50_000
"""Visits and wishes to speak, of all members in a day: what makes a working hour long."""
KEPT_BYTES: Final = 256_000_000
"""States of a watched world that are kept, to look back without living through it all again."""
SESSIONS: Final = 40
"""Open pages that one server holds."""
UPLOAD_BYTES: Final = 8_000_000
"""A file sent by a browser: 100,000 members fit."""
MESSAGE_BYTES: Final = 24_000_000
"""A message on the websocket: two uploads as base64 text, and room for one that is too large to get its sentence."""
ADDRESS_CHARACTERS: Final = 8_000
"""More than browsers send along."""
ADDRESS_CHANGES: Final = 100
"""Changes on the way that an address may name."""


# ---------------------------------------------------------------- what a run takes


@dataclass(frozen=True)
class Cost:
    """What something takes, about."""

    memory: float
    """Bytes, at the peak."""
    seconds: float
    """On one core, once machine code is there."""
    disk: float = 0.0
    """Bytes that stay."""

    def times(self, runs: float, workers: int = 1) -> Cost:
        """Return what so many of it take, by so many processes at once."""
        at_once = max(1.0, min(runs, workers))
        return Cost(self.memory * at_once, self.seconds * runs / at_once, self.disk * runs)


class _Rates(NamedTuple):
    """What each thing takes, each unit; `python -m benchmarks.costs` holds the sum against what is measured."""

    program: float
    member: float
    tie: float
    position: float  # of a member on an issue
    member_day: float
    group_day: float  # of a department, a role or everyone: the daily measures

    def total(self, members: float, days: float, issues: float, ties: float, groups: float) -> float:
        each = self.member + self.tie * ties + self.position * issues + self.member_day * days
        return self.program + members * each + self.group_day * groups * days


_MEMORY: Final = _Rates(250e6, 900.0, 20.0, 100.0, 3.0, 3000.0)
_MEMORY_SAVED: Final = _Rates(250e6, 1_400.0, 40.0, 190.0, 25.0, 6_000.0)
_SECONDS: Final = _Rates(0.0, 9e-6, 1e-6, 1e-6, 1.7e-6, 5e-6)
_SECONDS_SAVED: Final = _Rates(1.5, 40e-6, 2e-6, 5e-6, 1.7e-6, 1e-4)
_DISK: Final = _Rates(0.0, 730.0, 8.5, 100.0, 4.7, 430.0)


def estimate(
    members: float, days: float, issues: float = 1, ties: float = 8.0, departments: float = 20.0, saved: bool = True
) -> Cost:
    """Return what one run takes: with its tables and its run folder where it is saved; `ties` a member."""
    sizes = (members, days, issues, ties, departments + 5.0)  # four roles and everyone
    if not saved:
        return Cost(_MEMORY.total(*sizes), _SECONDS.total(*sizes))
    return Cost(_MEMORY_SAVED.total(*sizes), _SECONDS_SAVED.total(*sizes), _DISK.total(*sizes))


ASK_MEMORY: Final = 3e9
ASK_DISK: Final = 5e9
ASK_SECONDS: Final = 3600.0
"""What is more than this is begun only by those who have said yes."""
ASK_SWEEP_SECONDS: Final = 86_400.0
"""The same for a sweep, which keeps what is finished."""


# ---------------------------------------------------------------- what the machine has


@dataclass(frozen=True)
class Machine:
    """What is left on this machine, in bytes."""

    memory: float
    """That may still be used: of the machine, and of the container around this process."""
    total: float
    """Memory of both when nothing else runs."""


_GROUPS: Final = Path("/sys/fs/cgroup")
_OWN_GROUPS: Final = Path("/proc/self/cgroup")


def machine() -> Machine:
    """Return what this machine, or the container that this process runs in, has left."""
    import psutil

    found = psutil.virtual_memory()
    bounds = list(_container_bounds())
    free = [limit - used for limit, used in bounds]
    return Machine(min([found.available, *free]), min([found.total, *(limit for limit, _ in bounds)]))


def _container_bounds() -> Iterator[tuple[float, float]]:
    """Yield the memory that each control group around this process may use, and what it uses (Linux only)."""
    with suppress(OSError):
        for line in _OWN_GROUPS.read_text().splitlines():
            number, kinds, path = line.split(":", 2)
            if "memory" in kinds.split(","):
                names, root = ("memory.limit_in_bytes", "memory.usage_in_bytes"), _GROUPS / "memory"
            elif number == "0":
                names, root = ("memory.max", "memory.current"), _GROUPS
            else:
                continue
            own = root / path.strip("/")
            for group in (own, *own.parents):
                if group.is_relative_to(root):
                    yield from _bound(group, *names)


def _bound(group: Path, most: str, now: str) -> Iterator[tuple[float, float]]:
    """Yield the bound of one control group, where it has one; pages of files that can be dropped are not counted."""
    with suppress(OSError, ValueError):
        limit, used = float((group / most).read_text()), float((group / now).read_text())
        cached = re.search(r"^(?:total_)?inactive_file (\d+)$", (group / "memory.stat").read_text(), re.MULTILINE)
        yield limit, used - float(cached[1] if cached else 0)


def free_disk(folder: Path) -> float:
    """Return the bytes that are free where a folder is, or will be made; infinite where that is unknown."""
    import shutil

    place = folder.absolute()
    while not place.exists() and place != place.parent:
        place = place.parent
    try:
        return float(shutil.disk_usage(place).free)
    except OSError:
        return float("inf")
