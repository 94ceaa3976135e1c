"""Run: what a simulation leaves behind, as tables, as a folder, and as states from which it can go on.

The only file of `sim` that touches polars. polars is imported where a table is first made, and the engine where one is:
a run that is only read needs no compiler.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import time
import tomllib
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import IntEnum
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, NamedTuple

import numpy as np

from sim import files, input_files, limits, measures, soundness
from sim.errors import InputError, shown
from sim.organization import Organization, as_csv, read, with_ties
from sim.origin import check_origin, origin, version, versions
from sim.ownership import MANIFEST, check_own, is_unchanged, listing
from sim.parameters import OrganizationTable, Parameters
from sim.scenario import Scenario, from_toml
from sim.state import (
    BELIEF_FIELDS,
    MESSAGE,
    OCCASION,
    PENDING,
    SCRATCH,
    TICKS_PER_DAY,
    Clock,
    World,
)
from sim.table_forms import FORMS
from sim.terms import Form, Identity, Kind, Motive, Orientation, Response, Role, Strategy

if TYPE_CHECKING:
    import polars as pl

    from sim.engine import Behaviour, Engine

FORMAT: Final = "internal-social-media run"
FORMAT_VERSION: Final = 1
REPORT: Final = "report.html"
"""The page that may be written into a run folder afterwards; it is sealed, not listed."""
ROW_GROUP: Final = 65_536
"""Rows of a Parquet row group: fixed, because the bytes of a file depend on it."""

AnyPath = str | os.PathLike[str]

_TRAITS: Final = (
    "voice_propensity",
    "risk_sensitivity",
    "implicit_voice_theory",
    "attention",
    "base_visits",
    "occasions_per_visit",
    "openness_leaning",
)
_COUNTS: Final = (
    "visits",
    "items_read",
    "posts",
    "comments",
    "likes_given",
    "likes_received",
    "comments_received",
    "occasions",
    "spoken",
    "withheld",
)
_WEIGHED: Final = ("criticality", "concern", "urge", "threat_superiors", "threat_peers", "inhibition", "p_spoken")


# ---------------------------------------------------------------- tables


def _column(values: Any, missing: Any = None) -> pl.Series:
    """Return a column of numbers; null where `missing`, or else where a value is NaN."""
    import polars as pl

    column = pl.Series(np.ascontiguousarray(values))
    if missing is not None and missing.any():
        return pl.select(pl.when(~pl.Series(np.ascontiguousarray(missing))).then(column)).to_series()
    return column.fill_nan(None) if column.dtype.is_float() else column


def _looked_up(rows: Any, values: Sequence[str] | Any) -> pl.Series:
    """Return `values` at these rows; null for row -1."""
    import polars as pl

    if not isinstance(values, np.ndarray):
        return pl.Series([None, *values], dtype=pl.String).gather(np.asarray(rows, np.int64) + 1)
    rows = np.asarray(rows, np.int64)
    return _column(values[np.maximum(rows, 0)] if len(values) else np.zeros(len(rows), np.int64), rows < 0)


def _words(codes: Any, words: type[IntEnum]) -> pl.Series:
    """Return the words for codes; null where there is none to say. Words and not factors: these have no order."""
    known: list[str | None] = [None] * (max(words) + 1)
    for word in words:
        if word >= 0 and word.name != "none":
            known[word] = word.name.rstrip("_")
    return _looked_up(codes, known)


def _frame(columns: Mapping[str, pl.Series]) -> pl.DataFrame:
    import polars as pl

    return pl.DataFrame([column.alias(name) for name, column in columns.items()])


def _numbers(records: Any, names: Iterable[str], prefix: str = "") -> dict[str, pl.Series]:
    return {prefix + name: _column(records[name]) for name in names}


def _row_numbers(count: int) -> Any:
    return np.arange(count, dtype=np.int32)


def _beliefs(beliefs: Any, prefix: str) -> dict[str, pl.Series]:
    safety = 0.5 * (beliefs["safety_line_manager"] + beliefs["safety_executives"])
    columns = _numbers(beliefs, (name for name, *_ in BELIEF_FIELDS), prefix)
    return {f"{prefix}psychological_safety": _column(safety), **columns}


def _members(world: World, organization: Organization) -> pl.DataFrame:
    members, ids = world.members, tuple(organization.ids)
    everyone = _row_numbers(len(members))
    return _frame(
        {
            "id": _looked_up(everyone, ids),
            "name": _looked_up(everyone, tuple(organization.names)),
            "title": _looked_up(everyone, tuple(organization.titles)),
            "role": _words(members["role"], Role),
            "level": _column(members["level"]),
            "department": _looked_up(members["department"], organization.departments),
            "location": _looked_up(members["location"], organization.locations),
            "team": _column(members["team"], members["team"] < 0),
            "manager_id": _looked_up(members["manager"], ids),
            **_numbers(members, _TRAITS),
            **_beliefs(world.start, "start_"),
            **_beliefs(world.beliefs, ""),
            **_numbers(members, _COUNTS),
        }
    )


def _audience_names(organization: Organization) -> list[str]:
    departments = [f"department:{name}" for name in organization.departments]
    return ["organization", *departments, *(f"team:{number}" for number in range(organization.teams))]


def _messages(world: World, organization: Organization) -> pl.DataFrame:
    messages, ids = _messages_and_ids(world)
    answered = messages["leader_response"] != Response.none
    return _frame(
        {
            "message_id": _column(ids),
            "tick": _column(messages["tick"]),
            "day": _column(messages["tick"] // TICKS_PER_DAY),
            "author": _column(messages["author"]),
            "thread_id": _looked_up(messages["thread"], ids),
            "parent_id": _looked_up(messages["parent"], ids),
            "issue": _column(messages["issue"]),
            "kind": _words(messages["kind"], Kind),
            "orientation": _words(messages["orientation"], Orientation),
            "audience": _looked_up(messages["audience"], _audience_names(organization)),
            "strategy": _words(messages["strategy"], Strategy),
            **_numbers(messages, ("criticality", "stance")),
            "anonymous": _column(messages["identity"] == Identity.anonymous),
            **_numbers(messages, ("views", "likes", "comments")),
            "leader_response": _words(messages["leader_response"], Response),
            "response_tick": _column(messages["response_tick"], ~answered),
        }
    )


def _messages_and_ids(world: World) -> tuple[Any, Any]:
    from sim.kernel import message_ids

    messages = _used(world.messages, world, Clock.messages)
    return messages, message_ids(messages)


def _occasions(occasions: Any, ids: Any) -> pl.DataFrame:
    """Return rows of the silence ledger; `ids` are the message_ids of all messages."""
    motives = [f"motive_{motive.name}" for motive in Motive if motive >= 0]
    return _frame(
        {
            **_numbers(occasions, ("occasion_id", "tick")),
            "day": _column(occasions["tick"] // TICKS_PER_DAY),
            **_numbers(occasions, ("member", "issue")),
            "form": _words(occasions["form"], Form),
            "about": _looked_up(occasions["about"], ids),
            "draft_of": _column(occasions["draft_of"], occasions["draft_of"] < 0),
            **_numbers(occasions, _WEIGHED),
            "strategy": _words(occasions["strategy"], Strategy),
            "motive": _words(occasions["motive"], Motive),
            **_numbers(occasions, motives),
            "message_id": _looked_up(occasions["message"], ids),
        }
    )


def _positions(world: World, organization: Organization) -> pl.DataFrame:  # noqa: ARG001  (one form for all tables)
    members, issues = world.positions.shape
    positions = world.positions.reshape(-1)
    columns: dict[str, pl.Series] = {}
    for name in ("stance", "concern", "climate"):
        columns |= _numbers(positions, (f"start_{name}", name))
    return _frame(
        {
            "member": _column(np.repeat(_row_numbers(members), issues)),
            "issue": _column(np.tile(np.arange(issues, dtype=np.int16), members)),
            **columns,
        }
    )


def _series(world: World, organization: Organization) -> pl.DataFrame:
    """Return the daily values, measure by measure; what only the whole organisation has is not there for groups."""
    found = measures.series(world, organization)
    groups, days = found.values.shape[1:]
    wide = [groups if measures.MEASURES[name].of_groups else 1 for name in found.measures]
    measure = np.repeat(np.arange(len(wide)), wide)
    group = np.concatenate([np.arange(count) for count in wide])
    return _frame(
        {
            "day": _column(np.tile(np.arange(days, dtype=np.int32), len(group))),
            "measure": _looked_up(np.repeat(measure, days), found.measures),
            "group": _looked_up(np.repeat(group, days), found.groups),
            "value": _column(found.values[measure, group].reshape(-1)),
        }
    )


def _ties(world: World, organization: Organization) -> pl.DataFrame:  # noqa: ARG001
    return _ties_of(organization)


def _ties_of(organization: Organization) -> pl.DataFrame:
    """Return each tie once, from the lower row to the higher."""
    one = np.repeat(_row_numbers(organization.members), np.diff(organization.tie_start))
    kept = one < organization.tie_member
    return _frame(
        {
            "member": _column(one[kept]),
            "other": _column(organization.tie_member[kept]),
            "weight": _column(organization.tie_weight[kept]),
        }
    )


_MADE: Final[dict[str, Callable[[World, Organization], pl.DataFrame]]] = {
    "members": _members,
    "messages": _messages,
    "positions": _positions,
    "series": _series,
    "ties": _ties,
}
TABLES: Final = ("members", "messages", "occasions", "positions", "series", "ties")
"""The tables of a run, each a Parquet file of its folder."""


def _used(array: Any, world: World, counter: Clock) -> Any:
    return array[: int(world.clock[counter])]


class _Digest:
    """Hash of a table's values: the same however the table is cut into parts, stored, or compressed."""

    def __init__(self) -> None:
        self.rows = 0
        self._columns: dict[str, list[Any]] = {}

    def update(self, frame: pl.DataFrame) -> None:
        """Take in the rows of one part."""
        import polars as pl

        self.rows += frame.height
        for column in frame:
            there, sizes, values = self._columns.setdefault(
                f"{column.name}:{column.dtype}", [blake2b(digest_size=16) for _ in range(3)]
            )
            there.update(column.is_not_null().cast(pl.UInt8).to_numpy().tobytes())
            if column.dtype == pl.String:
                text = column.fill_null("")
                sizes.update(text.str.len_bytes().to_numpy().astype("<u4").tobytes())
                values.update((text.str.join("").item() or "").encode())
            else:
                plain = column.cast(pl.UInt8) if column.dtype == pl.Boolean else column
                numbers = plain.fill_null(0).to_numpy() + plain.dtype.is_float() * 0.0  # no -0.0
                values.update(numbers.astype(numbers.dtype.newbyteorder("<")).tobytes())

    def hexdigest(self) -> str:
        """Return 32 hexadecimal digits."""
        whole = blake2b(str(self.rows).encode(), digest_size=16)
        for name, hashes in self._columns.items():
            whole.update(f"\0{name}\0".encode() + b"".join(each.digest() for each in hashes))
        return whole.hexdigest()


def values_digest(frame: pl.DataFrame) -> str:
    """Return the hash of a table's values (blake2b), whatever its storage: nulls, texts, little-endian numbers."""
    digest = _Digest()
    digest.update(frame)
    return digest.hexdigest()


# ---------------------------------------------------------------- states


class State(NamedTuple):
    """All that a paused run needs to go on: what it is about, and the used part of its world's arrays."""

    about: dict[str, Any]
    arrays: dict[str, Any]

    @property
    def tick(self) -> int:
        """The working hour that comes next."""
        return int(self.about["tick"])


_COUNTED: Final = {"messages": Clock.messages, "pending": Clock.pending}
_GROWING: Final = {"messages": MESSAGE, "pending": PENDING, "occasions": OCCASION}
_SPARE: Final = 256  # rows of room beyond what is used
_ORGANIZATION_TEXTS: Final = ("ids", "names", "titles", "departments", "locations")
_ORGANIZATION_IN_MEMBERS: Final = (
    "key",
    "role",
    "level",
    "department",
    "location",
    "team",
    "led_team",
    "first",
    "last",
)


def take_state(engine: Engine) -> State:
    """Return the state of an engine at rest, as a copy."""
    world, organization = engine.world, engine.organization
    begun = -(-engine.tick // TICKS_PER_DAY)
    arrays = {}
    for name, array in world._asdict().items():
        if name in SCRATCH:
            continue
        if name == "occasions":
            array = np.concatenate([np.asarray(part) for part in engine.ledger()])
        elif name in _COUNTED:
            array = _used(array, world, _COUNTED[name])
        elif name in soundness.DAILY:
            array = array[:begun]
        arrays[name] = _packed(array)
    arrays["clock"][Clock.occasions] = len(arrays["occasions"])  # those on disk come back into memory
    arrays["tie_weight"] = organization.tie_weight.copy()
    about = {
        "format": f"{FORMAT} state",
        "format_version": FORMAT_VERSION,
        **origin(),
        "name": engine.scenario.name,
        "scenario": engine.scenario.to_toml(),
        "parameters": engine.parameters.model_dump_json(),
        "seed": engine.seed,
        "tick": engine.tick,
        "events_done": engine.events_done,
        "organization": {name: list(getattr(organization, name)) for name in _ORGANIZATION_TEXTS},
    }
    return State(about, arrays)


def _packed(array: Any) -> Any:
    """Return a copy without the blanks that alignment leaves between fields, whose bytes are not defined."""
    fields = array.dtype.fields
    if fields is None:
        return np.array(array)
    return np.asarray(array).astype(np.dtype([(name, fields[name][0]) for name in array.dtype.names]))


def engine_from(state: State, behaviours: Mapping[int, Behaviour] | None = None, threads: int = 1) -> Engine:
    """Return an engine that goes on from a state exactly as the one that it was taken from.

    Raises InputError where the state was written under other rules, or where Python code decided for members and
    `behaviours` does not give it again.
    """
    from sim.engine import Engine

    about, arrays = state
    check_origin(about)
    scenario, parameters = _checked_about(about)
    texts = about["organization"]
    soundness.check_arrays(arrays, parameters, len(texts["departments"]), len(texts["locations"]))
    organization = _organization_of(state)
    soundness.check_organization(organization)
    _check_behaviours(np.flatnonzero(arrays["members"]["scripted"]).tolist(), behaviours)
    engine = Engine(scenario, organization, about["seed"], behaviours, threads)
    engine.set_levers(parameters)
    soundness.check_world(arrays, engine.world)
    engine.world = engine.world._replace(**{name: _restored(name, arrays, engine.world) for name in soundness.KEPT})
    engine.events_done = _checked_events_done(about, engine)
    return engine


_ABOUT: Final[dict[str, type]] = {
    **dict.fromkeys(("version", "rules", "name", "scenario", "parameters"), str),
    **dict.fromkeys(("seed", "tick", "events_done"), int),
    "organization": dict,
}


def _checked_about(about: Mapping[str, Any]) -> tuple[Scenario, Parameters]:
    """Return the scenario of a state and the parameters that hold in it; InputError where what it says cannot be."""
    texts: Any = about.get("organization")
    sound = all(type(about.get(name)) is kind for name, kind in _ABOUT.items()) and 0 <= about["seed"] < 2**63
    sound = sound and all(
        isinstance(texts.get(name), list) and all(isinstance(text, str) for text in texts[name])
        for name in _ORGANIZATION_TEXTS
    )
    if not sound:
        raise InputError("the state is damaged: what it says of itself is not what a state says")
    scenario = from_toml(about["scenario"], about["name"])
    try:
        parameters = Parameters.model_validate_json(about["parameters"])
    except ValueError:
        raise InputError("the state is damaged: its parameters cannot be read") from None
    if [i.name for i in parameters.issues] != [i.name for i in scenario.parameters.issues] or (
        parameters.days != scenario.parameters.days
    ):
        raise InputError("the state is damaged: its parameters are not those of its scenario")
    return scenario, parameters


def _checked_events_done(about: Mapping[str, Any], engine: Engine) -> int:
    """Return how many events have happened; InputError where hour and events do not agree."""
    done: int = about["events_done"]
    if about["tick"] != engine.tick or not 0 <= done <= len(engine.scenario.events):
        raise InputError("the state is damaged: its hour and its events do not agree")
    return done


def _check_behaviours(scripted: Sequence[int], behaviours: Mapping[int, Behaviour] | None) -> None:
    """Raise InputError where Python code decided for other members than it is given for now."""
    if sorted(scripted) != sorted(behaviours or {}):
        rows = ", ".join(map(str, sorted(scripted)[:10])) or "no member"
        raise InputError(f"in this run Python code decided for the members in rows {rows}: give it as `behaviours`")


def _restored(name: str, arrays: Mapping[str, Any], fresh: World) -> Any:
    """Return one array of the world with the saved rows, and with room for more where there may come more."""
    saved, blank = arrays[name], getattr(fresh, name)
    if name in _GROWING:
        blank = np.zeros(len(saved) + _SPARE, _GROWING[name]).view(np.recarray)
    elif name not in soundness.DAILY:
        blank = np.zeros(saved.shape, blank.dtype).view(type(blank))
    blank[: len(saved)] = saved
    return blank


def _organization_of(state: State) -> Organization:
    """Rebuild the organisation from its texts and from what the members' records repeat of it."""
    members, texts = state.arrays["members"], state.about["organization"]
    manager = members["manager"].astype(np.int32)
    by_manager = np.argsort(manager, kind="stable").astype(np.int32)
    start = np.zeros(len(manager) + 1, np.int64)
    np.cumsum(np.bincount(manager[manager >= 0], minlength=len(manager)), out=start[1:])
    words: dict[str, Any] = {name: tuple(texts[name]) for name in _ORGANIZATION_TEXTS}
    repeated: dict[str, Any] = {name: np.ascontiguousarray(members[name]) for name in _ORGANIZATION_IN_MEMBERS}
    ties = {name: state.arrays[name] for name in ("tie_start", "tie_member", "tie_weight")}
    return Organization(**words, **repeated, **ties, manager=manager, children_start=start, children=by_manager[1:])


def save_state(engine: Engine, path: AnyPath) -> None:
    """Write the state of an engine at rest to a `.npz` file without pickles, whole or not at all.

    An older state is replaced. Raises TakenError where something else is there, InputError where nothing can be
    written.
    """
    with files.reported(path):
        if Path(path).is_file() and not _is_state(Path(path)):
            raise files.TakenError("this holds something else than a saved state, so it stays", file=shown(path))
    with files.whole_file(path) as file:
        _write_state(take_state(engine), file)


def _write_state(state: State, file: BinaryIO) -> None:
    about = np.frombuffer(json.dumps(state.about, ensure_ascii=False).encode(), np.uint8)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, array in {"about": about, **state.arrays}.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as entry:
                np.lib.format.write_array(entry, array, allow_pickle=False)


def _is_state(path: Path) -> bool:
    """Say whether a file says of itself that it is a saved state."""
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            return bool(json.loads(file["about"].tobytes())["format"] == f"{FORMAT} state")
    except Exception:  # anything at all can be in it
        return False


def load_state(path: AnyPath, behaviours: Mapping[int, Behaviour] | None = None, threads: int = 1) -> Engine:
    """Return an engine that goes on from a file of `save_state`, exactly as if it had never stopped.

    Raises InputError where the file is none, is damaged, or was written under other rules.
    """
    path = Path(path)
    state = read_state(path)
    check_origin(state.about, shown(path))
    try:
        return engine_from(state, behaviours, threads)
    except InputError as error:
        raise InputError(error.problem, file=shown(path)) from None
    except Exception as error:
        raise InputError(f"the state is damaged ({shown(error, 80)})", file=shown(path)) from error


def read_state(path: Path) -> State:
    """Return the state in a file; InputError where there is none."""
    try:
        with input_files.opened(path, limits.TABLE_BYTES) as stream, np.load(stream, allow_pickle=False) as file:
            if sum(entry.file_size for entry in file.zip.infolist()) > limits.machine().memory:
                raise InputError("it unpacks to more than this machine has memory for")
            arrays = {name: file[name] for name in file.files}
        about = json.loads(arrays.pop("about").tobytes())
        if about["format"] != f"{FORMAT} state" or about["format_version"] != FORMAT_VERSION:
            raise ValueError("another format")
        return State(about, arrays)
    except InputError as error:
        raise InputError(f"the state cannot be read: {error.problem}", file=shown(path)) from None
    except Exception as error:
        raise InputError(f"this is no saved state, or it is damaged ({shown(error, 80)})", file=shown(path)) from None


# ---------------------------------------------------------------- a run


class Run:
    """A simulation that was made: its scenario and seed, its measures and its tables.

    Tables are polars frames, made when first asked for. An engine that is handed in has to rest from then on.
    """

    scenario: Scenario
    seed: int
    days: int
    """Workdays finished; fewer than `scenario.parameters.days` where the run was stopped early."""
    folder: Path | None
    """Where it is stored, if it is."""

    def __init__(
        self,
        engine: Engine,
        seconds: float | None = None,
        states: Iterable[State] = (),
    ) -> None:
        self.scenario, self.seed, self.folder = engine.scenario, engine.seed, None
        self.tick = engine.tick
        self.days = engine.tick // TICKS_PER_DAY
        self.seconds = seconds
        self._source: _Lived | _Stored = _Lived(engine, states)

    @classmethod
    def load(cls, folder: AnyPath) -> Run:
        """Return the run that a folder holds; InputError where it holds none, or one that is damaged."""
        stored = _Stored.opened(Path(folder))
        run = cls.__new__(cls)
        about = stored.manifest
        run.scenario, run.seed, run.folder = stored.scenario, about["seed"], stored.folder
        run.tick, run.days, run.seconds = about["tick"], about["days"], about["seconds"].get("simulation")
        run._source = stored
        return run

    def __repr__(self) -> str:
        return f"<Run of {self.scenario.name}, seed {self.seed}, {self.days} days>"

    @property
    def complete(self) -> bool:
        """Whether it was simulated to its end."""
        return self.tick >= self.scenario.ticks

    @cached_property
    def organization(self) -> Organization:
        """Who works here."""
        return self._source.organization()

    @cached_property
    def measures(self) -> dict[str, float | None]:
        """The value of each measure over the whole run; None where there is nothing to divide by."""
        return self._source.measures()

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
        return self._source.states()

    @property
    def origin(self) -> Mapping[str, Any]:
        """By what it was simulated: version, rules, chance, probe, platform (see sim/origin.py)."""
        return self._source.origin()

    def engine_at(self, tick: int, behaviours: Mapping[int, Behaviour] | None = None) -> Engine:
        """Return a new engine that has lived this run up to `tick`, from the latest state kept before it.

        Raises InputError where the run was made under other rules, or with `behaviours` that are not given again.
        """
        kept = [known for known in self.states if known <= tick]
        if kept:
            engine = engine_from(self._source.state(kept[-1]), behaviours)
        else:
            self._source.check_origin()
            _check_behaviours(self._source.scripted(), behaviours)
            from sim.engine import Engine

            engine = Engine(self.scenario, self.organization, self.seed, behaviours)
        engine.advance(tick)
        return engine

    def save(self, folder: AnyPath, replace: bool = False) -> Path:
        """Write the run folder, whole or not at all, and return its place.

        An older folder of the same run is replaced, and that of another run if `replace` says so; a folder that holds
        files of the user never is. Raises TakenError where what is there has to stay, InputError where nothing can be
        written.
        """
        wanted = None if replace else self.identity()
        with files.whole_folder(folder, lambda there: check_place(there, wanted)) as draft:
            self._source.write_to(draft, self)
        return Path(folder).resolve()

    def identity(self) -> RunIdentity:
        """Return which run this is."""
        scripted = bool(self._source.scripted())
        return RunIdentity(
            self.scenario, self.seed, self._source.rules(), lambda: self.organization, self.tick, scripted
        )


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
        if _entry(manifest, "scenario", "digest") != self.scenario.digest:
            return False
        people = self.organization()
        wanted = blake2b(as_csv(people), digest_size=16).hexdigest(), values_digest(_ties_of(people))
        listed = _entry(_entry(manifest, "files"), "organization.csv", "blake2b")
        return wanted == (listed, _entry(manifest, "values", "ties"))


def _entry(table: Any, *names: str) -> Any:
    """Return an entry of nested tables; None where there is none."""
    for name in names:
        table = table.get(name) if isinstance(table, dict) else None
    return table


def check_place(folder: AnyPath, wanted: RunIdentity | None) -> None:
    """Raise TakenError where a run cannot take the place of what is in a folder, and say what that is.

    Files of the user always stay, and other runs than the wanted one (None: any run may go).
    """
    files.adopt(folder)
    place = Path(folder)
    if not place.is_dir() or not any(place.iterdir()):
        return
    try:
        manifest = _read_manifest(place, any_version=True)
    except InputError:
        problem = "this folder holds something that is no run, so it is not replaced"
        raise files.TakenError(problem, file=shown(folder)) from None
    listed = _entry(manifest, "files")
    check_own(place, listed if isinstance(listed, dict) else {}, (REPORT,))
    if "digest" in manifest and with_digest(manifest) != manifest:
        problem = f"its {MANIFEST} was changed since it was written, so it is not replaced; move it away"
        raise files.TakenError(problem, file=shown(folder))
    if wanted is not None and not wanted.replaces(manifest):
        what = f"{shown(_entry(manifest, 'scenario', 'name'), 60)}, seed {shown(manifest.get('seed'), 20)}"
        days, by = shown(manifest.get("days"), 20), shown(manifest.get("version"), 20)
        which = f"{what}, {days} days, version {by}"
        problem = f"this holds another run, or more days of this one ({which}), so it is not replaced"
        raise files.TakenError(problem, file=shown(folder))


class _Lived:
    """A run whose engine is still there."""

    def __init__(self, engine: Engine, states: Iterable[State]) -> None:
        self.engine = engine
        self._states = {state.tick: state for state in states}

    def organization(self) -> Organization:
        return self.engine.organization

    def measures(self) -> dict[str, float | None]:
        return measures.final(self.engine.world, self.engine.organization)

    def table(self, name: str) -> pl.DataFrame:
        import polars as pl

        return pl.concat(self._parts(name), rechunk=True)

    def _parts(self, name: str) -> Iterator[pl.DataFrame]:
        """Yield a table in parts; only the ledger of a big run has several."""
        world = self.engine.world
        if name != "occasions":
            yield _MADE[name](world, self.engine.organization)
            return
        _, ids = _messages_and_ids(world)
        for part in self.engine.ledger():
            yield _occasions(part, ids)

    def states(self) -> tuple[int, ...]:
        return tuple(sorted(self._states))

    def state(self, tick: int) -> State:
        return self._states[tick]

    def scripted(self) -> list[int]:
        return list(self.engine.behaviours)

    def origin(self) -> Mapping[str, Any]:
        return {**origin(), "platform": dict(versions())}

    def check_origin(self) -> None:
        """A run of this process can go on in it."""

    def rules(self) -> str:
        from sim.sources import rules_digest

        return rules_digest()

    def write_to(self, folder: Path, run: Run) -> None:
        started = time.perf_counter()
        digests = {name: self._write_table(name, folder / f"{name}.parquet", run) for name in TABLES}
        with files.new_file(folder / "organization.csv") as file:
            file.write(as_csv(self.engine.organization))
        files.new_folder(folder / "checkpoints")
        last = take_state(self.engine)
        for state in {**self._states, last.tick: last}.values():
            with files.new_file(folder / _state_file(state.tick)) as file:
                _write_state(state, file)
        manifest = _manifest(run, self.engine, digests, folder)
        manifest["seconds"] = {"simulation": run.seconds, "saving": round(time.perf_counter() - started, 3)}
        with files.new_file(folder / MANIFEST) as file:
            file.write(json.dumps(with_digest(manifest), ensure_ascii=False, allow_nan=False, indent=1).encode())

    def _write_table(self, name: str, path: Path, run: Run) -> _Digest:
        digest = _Digest()
        made = run.__dict__.get(name)
        with _disk_reported():
            _write_parquet(iter([made]) if made is not None else self._parts(name), digest, path)
        return digest


def _write_parquet(parts: Iterator[pl.DataFrame], digest: _Digest, path: Path) -> None:
    """Write a table of one or more parts, and hash its values; the bytes do not depend on how it is cut."""
    first = next(parts)
    second = next(parts, None)
    if second is None:
        digest.update(first)
        first.write_parquet(path, row_group_size=ROW_GROUP)
    else:
        from polars.io.plugins import register_io_source

        def all_parts(*_: Any) -> Iterator[pl.DataFrame]:
            for part in itertools.chain((first, second), parts):
                digest.update(part)
                yield part

        table = register_io_source(all_parts, schema=first.schema)
        table.sink_parquet(path, row_group_size=ROW_GROUP, maintain_order=True)


@contextmanager
def _disk_reported() -> Iterator[None]:
    """Raise what polars says of the disk as what Python says of it."""
    import polars as pl

    try:
        yield
    except pl.exceptions.PolarsError as error:
        if code := re.search(r"\(os error (\d+)\)", str(error)):
            raise OSError(int(code[1]), os.strerror(int(code[1]))) from None
        raise


# ---------------------------------------------------------------- the folder


def _manifest(run: Run, engine: Engine, digests: Mapping[str, _Digest], folder: Path) -> dict[str, Any]:
    scenario = run.scenario
    toml = scenario.to_toml()
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        **run.origin,
        "written": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "seconds": {},
        "seed": run.seed,
        "days": run.days,
        "days_planned": scenario.parameters.days,
        "complete": run.complete,
        "tick": run.tick,
        "counts": {name: digest.rows for name, digest in digests.items()},
        "scripted": sorted(engine.behaviours),
        "measures": run.measures,
        "values": {name: digest.hexdigest() for name, digest in digests.items()},
        "files": listing(folder),
        "scenario": {"name": scenario.name, "digest": scenario.digest, **tomllib.loads(toml)},
        "scenario_toml": toml,
    }


def with_digest(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return a manifest with the hash of all else that it says."""
    rest = {name: value for name, value in manifest.items() if name != "digest"}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"))
    return {**rest, "digest": blake2b(text.encode(), digest_size=16).hexdigest()}


def _state_file(tick: int) -> str:
    return f"checkpoints/tick-{tick:08}.npz"


class _Stored:
    """A run in a folder."""

    def __init__(self, folder: Path, manifest: dict[str, Any], scenario: Scenario) -> None:
        self.folder, self.manifest, self.scenario = folder, manifest, scenario
        self._stamps = {name: _stamp(folder / name) for name in _NEEDED}

    @classmethod
    def opened(cls, folder: Path) -> _Stored:
        """Return the run in a folder, after a check that its files are those which were written."""
        files.adopt(folder)
        manifest = _read_manifest(folder)
        scenario = _read_scenario(manifest, folder)
        stored = cls(folder.resolve(), manifest, scenario)
        for name in _NEEDED:
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

    def organization(self) -> Organization:
        path = self._unchanged("organization.csv")
        organization, _ = read(path, wanted=OrganizationTable(ties_per_member=0))
        if organization.members != self.manifest["counts"]["members"]:
            raise InputError("this is not the organisation that the manifest tells of", file=shown(path))
        ties = self.table("ties")
        return with_ties(organization, *(ties[name].to_numpy() for name in ("member", "other", "weight")))

    def measures(self) -> dict[str, float | None]:
        return dict(self.manifest["measures"])

    def table(self, name: str) -> pl.DataFrame:
        path = self._unchanged(f"{name}.parquet")
        found = read_table(path)
        form = {column: str(kind) for column, kind in found.schema.items()}
        if form != FORMS[name] or found.height != self.manifest["counts"][name]:
            raise InputError("this is not the table that the manifest tells of, so it is damaged", file=shown(path))
        return found.rechunk()

    def _unchanged(self, name: str) -> Path:
        if _stamp(self.folder / name) != self._stamps[name]:
            raise InputError("this was changed since the run was opened", file=shown(self.folder / name))
        return self.folder / name

    def states(self) -> tuple[int, ...]:
        found = (_STATE_FILE.fullmatch(name) for name in self.manifest["files"])
        return tuple(sorted(int(name[1]) for name in found if name))

    def state(self, tick: int) -> State:
        path = self._check(_state_file(tick))
        state = read_state(path)
        check_origin({**self.manifest, **state.about}, shown(path))
        return state

    def scripted(self) -> list[int]:
        return list(self.manifest["scripted"])

    def origin(self) -> Mapping[str, Any]:
        nothing = {"chance": "", "probe": "", "platform": {}}  # in runs of early versions
        return {name: self.manifest.get(name, nothing.get(name)) for name in (*nothing, "version", "rules")}

    def check_origin(self) -> None:
        check_origin(self.manifest, shown(self.folder))

    def rules(self) -> str:
        return str(self.manifest["rules"])

    def write_to(self, folder: Path, run: Run) -> None:  # noqa: ARG002
        """Copy the run as it was written."""
        files.new_folder(folder / "checkpoints")
        for name in self.manifest["files"]:
            _copy(self._check(name), folder / name)
        _copy(self.folder / MANIFEST, folder / MANIFEST)


def read_table(path: Path) -> pl.DataFrame:
    """Return the table in a Parquet file; InputError where there is none, or it is damaged in whatever way."""
    import polars as pl

    with input_files.opened(path, limits.TABLE_BYTES) as file:
        try:
            return pl.read_parquet(file)
        except MemoryError:
            raise
        except (Exception, pl.exceptions.PanicException) as error:  # a panic of polars is no Exception
            raise InputError(f"the table cannot be read ({shown(error, 80)})", file=shown(path)) from None


_NEEDED: Final = (*(f"{name}.parquet" for name in TABLES), "organization.csv")
_STATE_FILE: Final = re.compile(r"checkpoints/tick-(\d{8,12})\.npz", re.ASCII)


def _copy(path: Path, to: Path) -> None:
    with path.open("rb") as source, files.new_file(to) as target:
        shutil.copyfileobj(source, target)


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns


_MANIFEST_TYPES: Final[dict[str, type]] = {
    **dict.fromkeys(("version", "rules", "scenario_toml", "digest"), str),
    **dict.fromkeys(("seed", "days", "tick"), int),
    "scripted": list,
    **dict.fromkeys(("measures", "files", "values", "counts", "seconds", "scenario", "platform"), dict),
}


def _read_manifest(folder: Path, any_version: bool = False) -> dict[str, Any]:
    """Return the manifest of a run folder; InputError where there is none that can be understood."""
    path = folder / MANIFEST
    if not folder.is_dir():
        what = "this is a file, not a run folder" if folder.exists() else "there is no such run folder"
        raise InputError(what, file=shown(folder))
    try:
        if not path.exists():
            raise InputError(f"this is no run folder: it has no {MANIFEST}", file=shown(folder))
        found = json.loads(input_files.read_bytes(path, limits.MANIFEST_BYTES))
    except (OSError, ValueError, RecursionError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError("the manifest cannot be read, so it is damaged", file=shown(path)) from None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise InputError("this is not the manifest of a run", file=shown(path))
    if any_version:
        return found
    if found.get("format_version") != FORMAT_VERSION:
        by = f"version {shown(found.get('version'), 40)}"
        raise InputError(f"this run was written in another format, by {by}; this is {version()}", file=shown(path))
    if not all(isinstance(found.get(name), kind) for name, kind in _MANIFEST_TYPES.items()) or not _known(found):
        raise InputError("something is missing in the manifest, so it is damaged", file=shown(path))
    if with_digest(found)["digest"] != found["digest"]:
        raise InputError("the manifest was changed after the run was saved", file=shown(path))
    if not _agrees(found):
        raise InputError("the manifest contradicts itself, so it is damaged", file=shown(path))
    return found


def _agrees(manifest: Mapping[str, Any]) -> bool:
    """Say whether numbers that follow from one another do, and are numbers that can be."""
    counts, seconds = manifest["counts"], manifest["seconds"]
    return (
        all(type(manifest[name]) is int and 0 <= manifest[name] < 2**63 for name in ("seed", "days", "tick"))
        and manifest["days"] == manifest["tick"] // TICKS_PER_DAY
        and counts.keys() == set(TABLES)
        and all(type(count) is int and count >= 0 for count in counts.values())
        and all(value is None or isinstance(value, float | int | str) for value in manifest["measures"].values())
        and all(type(row) is int and 0 <= row < counts["members"] for row in manifest["scripted"])
        and isinstance(seconds.get("simulation"), float | int | None)
    )


def _known(manifest: Mapping[str, Any]) -> bool:
    """Say whether all files that a manifest names are files of a run: no other may ever be opened or copied."""
    return all(
        isinstance(what, dict)
        and {"bytes", "blake2b"} <= what.keys()
        and (name in _NEEDED or _STATE_FILE.fullmatch(name))
        for name, what in manifest["files"].items()
    )


def _read_scenario(manifest: Mapping[str, Any], folder: Path) -> Scenario:
    path = shown(folder / MANIFEST)
    try:
        scenario = from_toml(manifest["scenario_toml"], str(manifest["scenario"].get("name", "scenario")))
        if scenario.digest != manifest["scenario"].get("digest") or manifest["tick"] > scenario.ticks:
            raise InputError("the manifest contradicts itself: it tells of two scenarios", file=path)
        return scenario
    except InputError as error:
        if error.file == path:
            raise
        by = shown(manifest["version"], 40)
        problem = f"version {by} wrote this run, and its scenario is not understood here: {error.problem}"
        raise InputError(problem, file=path) from None
