"""The place of a run folder: which run may take the place of what is there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
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
from sim.scenario import Scenario, differences, from_toml

REPORT: Final = "report.html"
"""The page that may be written into a run folder afterwards; it is sealed, not listed."""


SETTINGS: Final = 3
"""The most settings that are named where two runs differ."""


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

    def differences(self, manifest: Mapping[str, Any]) -> Iterator[str]:
        """Say in which ways the run of a manifest is another one, or longer; nothing where this one can replace it."""
        if self.scripted or manifest.get("scripted") != []:
            yield "Python code decides for members in one of the two"
        if manifest.get("seed") != self.seed:
            yield f"its seed is {shown(manifest.get('seed'), 20)}, not {self.seed}"
        if manifest.get("rules") != self.rules:
            yield "it was made by other rules"
        if entry(manifest, "scenario", "digest") != self.scenario.digest:
            yield from _settings_apart(manifest, self.scenario)
        elif not isinstance(tick := manifest.get("tick"), int) or tick > self.tick:
            yield f"it has {shown(manifest.get('days'), 20)} days already"
        elif manifest.get("seed") == self.seed and self._differs_in_people(manifest):
            yield "its organisation is another one"

    def _differs_in_people(self, manifest: Mapping[str, Any]) -> bool:
        people = self.organization()
        wanted = blake2b(as_csv(people), digest_size=16).hexdigest(), values_digest(ties_of(people))
        listed = entry(entry(manifest, "files"), "organization.csv", "blake2b")
        return wanted != (listed, entry(manifest, "values", "ties"))


def _settings_apart(manifest: Mapping[str, Any], ours: Scenario) -> Iterator[str]:
    """Say in which settings the scenario of a manifest differs from ours, a few of them."""
    try:
        theirs = from_toml(str(manifest.get("scenario_toml")), "there")
    except InputError:
        yield "its scenario is another one"
        return
    apart = differences(theirs, ours)
    for name, there, here in apart[:SETTINGS]:
        yield f"{name} is {shown(there, 40)}, not {shown(here, 40)}"
    if len(apart) > SETTINGS:
        yield f"{len(apart) - SETTINGS} more of its settings differ"
    if not apart:
        yield "its scenario has another title, or other events"


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
    apart = [] if wanted is None else list(wanted.differences(manifest))
    if apart:
        what = f"{shown(entry(manifest, 'scenario', 'name'), 60)}, seed {shown(manifest.get('seed'), 20)}"
        days, by = shown(manifest.get("days"), 20), shown(manifest.get("version"), 20)
        problem = f"this holds another run ({what}, {days} days, version {by}), so it is not replaced: "
        raise files.TakenError(problem + ", and ".join(apart), file=shown(folder))
