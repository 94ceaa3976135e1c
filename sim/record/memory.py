"""A run whose engine is still there."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim import files, measures
from sim.organization import Organization, as_csv
from sim.ownership import MANIFEST, listing
from sim.record.digests import Digest
from sim.record.manifest import describe, origin_here, state_file, to_json
from sim.record.parquet import write_table
from sim.record.states import state_of, write_state
from sim.record.tables import TABLES, parts_of
from sim.snapshot import Snapshot

if TYPE_CHECKING:
    import polars as pl

    from sim.engine import Engine


class InMemory:
    """A run whose engine is still there; it has to rest from now on."""

    def __init__(self, engine: Engine, seconds: float | None, snapshots: Iterable[Snapshot]) -> None:
        self.engine, self.seconds = engine, seconds
        self.scenario, self.seed, self.tick = engine.scenario, engine.seed, engine.tick
        self._snapshots = {each.tick: each for each in snapshots}
        self._made: dict[str, pl.DataFrame] = {}

    @property
    def folder(self) -> Path | None:
        """Nowhere."""
        return None

    @property
    def organization(self) -> Organization:
        """Who works here."""
        return self.engine.organization

    @cached_property
    def measures(self) -> dict[str, float | None]:
        """Each measure over the run."""
        return measures.final(self.engine.world, self.engine.organization)

    def table(self, name: str) -> pl.DataFrame:
        """Return a table."""
        import polars as pl

        if name not in self._made:
            self._made[name] = pl.concat(self._parts(name), rechunk=True)
        return self._made[name]

    def _parts(self, name: str) -> Iterator[pl.DataFrame]:
        return parts_of(name, self.engine.world, self.engine.organization, self.engine.ledger())

    @property
    def states(self) -> tuple[int, ...]:
        """The ticks of its snapshots, ascending, but for the start, which no folder keeps."""
        return tuple(tick for tick in sorted(self._snapshots) if tick > 0)

    def latest(self, tick: int) -> Snapshot | None:
        """Return the latest snapshot up to a tick; None where there is none."""
        kept = [known for known in self._snapshots if known <= tick]
        return self._snapshots[max(kept)] if kept else None

    def snapshot(self, tick: int) -> Snapshot:
        """Return the snapshot of a tick."""
        return self._snapshots[tick]

    @property
    def scripted(self) -> list[int]:
        """The rows of the members for whom Python code decided."""
        return list(self.engine.behaviours)

    @property
    def origin(self) -> Mapping[str, Any]:
        """By what it was made."""
        return origin_here()

    def check_origin(self) -> None:
        """Do nothing: a run of this process can go on in it."""

    def write_to(self, folder: Path) -> None:
        """Write the run into a new folder."""
        started = time.perf_counter()
        digests = {name: self._write_table(name, folder) for name in TABLES}
        with files.new_file(folder / "organization.csv") as file:
            file.write(as_csv(self.engine.organization))
        files.new_folder(folder / "checkpoints")
        last = self.engine.snapshot()
        for each in (*(self._snapshots[tick] for tick in self.states if tick != last.tick), last):
            with files.new_file(folder / state_file(each.tick)) as file:
                write_state(state_of(each), file)
        seconds = {"simulation": self.seconds, "saving": round(time.perf_counter() - started, 3)}
        manifest = describe(self.engine, self.measures, digests, listing(folder), seconds)
        with files.new_file(folder / MANIFEST) as file:
            file.write(to_json(manifest))

    def _write_table(self, name: str, folder: Path) -> Digest:
        made = self._made.get(name)
        return write_table(self._parts(name) if made is None else iter([made]), folder / f"{name}.parquet")
