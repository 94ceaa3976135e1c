"""Run: what a simulation leaves behind, as tables, as a folder, and as states from which it can go on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim import files
from sim.files import AnyPath
from sim.organization import Organization
from sim.record.folder import InFolder
from sim.record.memory import InMemory
from sim.record.place import RunIdentity, check_place
from sim.scenario import Scenario
from sim.snapshot import Snapshot
from sim.state import TICKS_PER_DAY

if TYPE_CHECKING:
    import polars as pl

    from sim.engine import Behaviour, Engine


class Run:
    """A simulation that was made: its scenario and seed, its measures and its tables.

    Tables are polars frames, made when first asked for. An engine that is handed in has to rest from then on.
    """

    def __init__(
        self,
        engine: Engine,
        seconds: float | None = None,
        states: Iterable[Snapshot] = (),
    ) -> None:
        self._hold(InMemory(engine, seconds, states))

    @classmethod
    def load(cls, folder: AnyPath) -> Run:
        """Return the run that a folder holds; InputError where it holds none, or one that is damaged."""
        run = cls.__new__(cls)
        run._hold(InFolder.opened(Path(folder)))
        return run

    def _hold(self, source: InMemory | InFolder) -> None:
        self._source = source
        self.scenario: Scenario = source.scenario
        self.seed: int = source.seed
        self.tick: int = source.tick
        self.days: int = source.tick // TICKS_PER_DAY
        """Workdays finished; fewer than `scenario.parameters.days` where the run was stopped early."""
        self.seconds: float | None = source.seconds
        self.folder: Path | None = source.folder
        """Where it is stored, if it is."""

    def __repr__(self) -> str:
        return f"<Run of {self.scenario.name}, seed {self.seed}, {self.days} days>"

    @property
    def complete(self) -> bool:
        """Whether it was simulated to its end."""
        return self.tick >= self.scenario.ticks

    @cached_property
    def organization(self) -> Organization:
        """Who works here."""
        return self._source.organization

    @cached_property
    def measures(self) -> dict[str, float | None]:
        """The value of each measure over the whole run; None where there is nothing to divide by."""
        return self._source.measures

    @cached_property
    def series(self) -> pl.DataFrame:
        """Day by day: day, measure, group (`all`, `role:executive`, `department:Sales`), value."""
        return self._source.table("series")

    @cached_property
    def members(self) -> pl.DataFrame:
        """A row a member; other tables mean its row numbers by `member` and `author`."""
        return self._source.table("members")

    @cached_property
    def messages(self) -> pl.DataFrame:
        """A row a message, in the order in which they appeared."""
        return self._source.table("messages")

    @cached_property
    def occasions(self) -> pl.DataFrame:
        """The silence ledger: a row an occasion on which a member had something to say."""
        return self._source.table("occasions")

    @cached_property
    def positions(self) -> pl.DataFrame:
        """A row a member and issue."""
        return self._source.table("positions")

    @cached_property
    def ties(self) -> pl.DataFrame:
        """A row an informal tie."""
        return self._source.table("ties")

    @property
    def states(self) -> tuple[int, ...]:
        """The ticks at which a state was kept, ascending."""
        return self._source.states

    @property
    def origin(self) -> Mapping[str, Any]:
        """By what it was simulated: version, rules, chance, probe, platform (see sim/origin.py)."""
        return self._source.origin

    def engine_at(self, tick: int, behaviours: Mapping[int, Behaviour] | None = None) -> Engine:
        """Return a new engine that has repeated this run up to `tick`, from the latest state kept before it.

        Raises InputError where the run was made under other rules, or with `behaviours` that are not given again.
        """
        from sim.engine import Engine, check_behaviours

        kept = self._source.latest(tick)
        if kept is not None:
            engine = Engine.from_snapshot(kept, behaviours)
        else:
            self._source.check_origin()
            check_behaviours(self._source.scripted, behaviours)
            engine = Engine(self.scenario, self.organization, self.seed, behaviours)
        engine.advance(tick)
        return engine

    def snapshot(self, tick: int) -> Snapshot:
        """Return the state that was kept at a tick, one of `states`; InputError where its file is damaged."""
        return self._source.snapshot(tick)

    def save(self, folder: AnyPath, replace: bool = False) -> Path:
        """Write the run folder, whole or not at all, and return its place.

        An older folder of the same run is replaced, and that of another run if `replace` says so; a folder that holds
        files of the user never is. Raises TakenError where what is there has to stay, InputError where nothing can be
        written.
        """
        wanted = None if replace else self.identity()
        with files.whole_folder(folder, lambda there: check_place(there, wanted)) as draft:
            self._source.write_to(draft)
        return Path(folder).resolve()

    def identity(self) -> RunIdentity:
        """Return which run this is."""
        scripted, rules = bool(self._source.scripted), str(self.origin["rules"])
        return RunIdentity(self.scenario, self.seed, rules, lambda: self.organization, self.tick, scripted)
