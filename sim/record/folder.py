"""A run in a folder, whose files are checked before anything of them is believed."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim import files
from sim.errors import InputError, shown
from sim.organization import Organization, read, with_ties
from sim.origin import check_origin
from sim.ownership import MANIFEST, is_unchanged
from sim.parameters import OrganizationTable
from sim.record.manifest import NEEDED, read_manifest, read_scenario, state_file, state_ticks
from sim.record.parquet import read_table
from sim.record.states import read_state, snapshot_of
from sim.scenario import Scenario
from sim.snapshot import Snapshot
from sim.table_forms import FORMS

if TYPE_CHECKING:
    import polars as pl


class InFolder:
    """A run in a folder."""

    def __init__(self, folder: Path, manifest: dict[str, Any], scenario: Scenario) -> None:
        self.folder, self.manifest, self.scenario = folder, manifest, scenario
        self.seed, self.tick = int(manifest["seed"]), int(manifest["tick"])
        self.seconds: float | None = manifest["seconds"].get("simulation")
        self._stamps = {name: _stamp(folder / name) for name in NEEDED}

    @classmethod
    def opened(cls, folder: Path) -> InFolder:
        """Return the run in a folder, after a check that its files are those which were written."""
        files.adopt(folder)
        manifest = read_manifest(folder)
        stored = cls(folder.resolve(), manifest, read_scenario(manifest, folder))
        for name in NEEDED:
            stored._check(name)
        return stored

    def _check(self, name: str) -> Path:
        """Return the path of a file of the folder; InputError where it is not the one that was written."""
        path, wanted = self.folder / name, self.manifest["files"].get(name)
        try:
            sound = is_unchanged(path, wanted)
        except OSError:
            raise InputError("the run folder is incomplete: this file is missing", file=shown(path)) from None
        if not sound:
            raise InputError("this file is damaged, or was changed after the run was saved", file=shown(path))
        return path

    def _unchanged(self, name: str) -> Path:
        if _stamp(self.folder / name) != self._stamps[name]:
            raise InputError("this was changed since the run was opened", file=shown(self.folder / name))
        return self.folder / name

    @property
    def organization(self) -> Organization:
        """Who works here."""
        path = self._unchanged("organization.csv")
        organization, _ = read(path, wanted=OrganizationTable(ties_per_member=0))
        if organization.members != self.manifest["counts"]["members"]:
            raise InputError("this is not the organisation that the manifest tells of", file=shown(path))
        ties = self.table("ties")
        return with_ties(organization, *(ties[name].to_numpy() for name in ("member", "other", "weight")))

    @property
    def measures(self) -> dict[str, float | None]:
        """Each measure over the run."""
        return dict(self.manifest["measures"])

    def table(self, name: str) -> pl.DataFrame:
        """Return a table; InputError where it has another form than it should."""
        path = self._unchanged(f"{name}.parquet")
        found = read_table(path)
        form = {column: str(kind) for column, kind in found.schema.items()}
        if form != FORMS[name] or found.height != self.manifest["counts"][name]:
            raise InputError("this is not the table that the manifest tells of, so it is damaged", file=shown(path))
        return found.rechunk()

    @property
    def states(self) -> tuple[int, ...]:
        """The ticks of its states, ascending."""
        return state_ticks(self.manifest)

    def snapshot(self, tick: int) -> Snapshot:
        """Return the snapshot of a tick; InputError where its file is damaged, or of other rules."""
        path = self._check(state_file(tick))
        state = read_state(path)
        check_origin({**self.manifest, **state.about}, shown(path))
        return snapshot_of(state)

    def latest(self, tick: int) -> Snapshot | None:
        """Return the latest snapshot up to a tick; None where there is none."""
        kept = [known for known in self.states if known <= tick]
        return self.snapshot(kept[-1]) if kept else None

    @property
    def scripted(self) -> list[int]:
        """The rows of the members for whom Python code decided."""
        return list(self.manifest["scripted"])

    @property
    def origin(self) -> Mapping[str, Any]:
        """By what it was made."""
        nothing = {"chance": "", "probe": "", "platform": {}}  # in runs of early versions
        return {name: self.manifest.get(name, nothing.get(name)) for name in (*nothing, "version", "rules")}

    def check_origin(self) -> None:
        """Raise InputError where the run cannot go on here."""
        check_origin(self.manifest, shown(self.folder))

    def write_to(self, folder: Path) -> None:
        """Copy the run as it was written."""
        files.new_folder(folder / "checkpoints")
        for name in self.manifest["files"]:
            _copy(self._check(name), folder / name)
        _copy(self.folder / MANIFEST, folder / MANIFEST)


def _copy(path: Path, to: Path) -> None:
    with path.open("rb") as source, files.new_file(to) as target:
        shutil.copyfileobj(source, target)


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns
