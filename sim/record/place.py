"""The place of a run folder: which run may take the place of what is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final, NamedTuple

from sim import files
from sim.errors import InputError, shown
from sim.files import AnyPath
from sim.organization import Organization, as_csv
from sim.ownership import MANIFEST, check_own
from sim.record.digests import values_digest
from sim.record.manifest import entry, read_manifest, with_digest
from sim.record.tables import ties_of
from sim.scenario import Scenario

REPORT: Final = "report.html"
"""The page that may be written into a run folder afterwards; it is sealed, not listed."""


class RunIdentity(NamedTuple):
    """Which run it is: where all of this agrees, two runs hold the same, up to the earlier of their ends."""

    scenario: Scenario
    seed: int
    rules: str
    organization: Callable[[], Organization]
    tick: int
    """Its end."""
    scripted: bool = False
    """Whether Python code decided for members: such a run is like no other."""

    def replaces(self, manifest: Mapping[str, Any]) -> bool:
        """Say whether the run of a manifest is this one, and no longer than this one."""
        older = [manifest.get(name) for name in ("seed", "rules", "scripted")]
        tick = manifest.get("tick")
        if self.scripted or older != [self.seed, self.rules, []] or not isinstance(tick, int) or tick > self.tick:
            return False
        if entry(manifest, "scenario", "digest") != self.scenario.digest:
            return False
        people = self.organization()
        wanted = blake2b(as_csv(people), digest_size=16).hexdigest(), values_digest(ties_of(people))
        listed = entry(entry(manifest, "files"), "organization.csv", "blake2b")
        return wanted == (listed, entry(manifest, "values", "ties"))


def check_place(folder: AnyPath, wanted: RunIdentity | None) -> None:
    """Raise TakenError where a run cannot take the place of what is in a folder, and say what that is.

    Files of the user always stay, and other runs than the wanted one (None: any run may go).
    """
    files.adopt(folder)
    place = Path(folder)
    if not place.is_dir() or not any(place.iterdir()):
        return
    try:
        manifest = read_manifest(place, any_version=True)
    except InputError:
        problem = "this folder holds something that is no run, so it is not replaced"
        raise files.TakenError(problem, file=shown(folder)) from None
    listed = entry(manifest, "files")
    check_own(place, listed if isinstance(listed, dict) else {}, (REPORT,))
    if "digest" in manifest and with_digest(manifest) != manifest:
        problem = f"its {MANIFEST} was changed since it was written, so it is not replaced; move it away"
        raise files.TakenError(problem, file=shown(folder))
    if wanted is not None and not wanted.replaces(manifest):
        what = f"{shown(entry(manifest, 'scenario', 'name'), 60)}, seed {shown(manifest.get('seed'), 20)}"
        days, by = shown(manifest.get("days"), 20), shown(manifest.get("version"), 20)
        which = f"{what}, {days} days, version {by}"
        problem = f"this holds another run, or more days of this one ({which}), so it is not replaced"
        raise files.TakenError(problem, file=shown(folder))
