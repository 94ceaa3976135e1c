"""Files of states: a snapshot as a `.npz` file without pickles, and back, checked before anything goes on from it."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, NamedTuple

import numpy as np

from sim import files, input_files, limits, soundness
from sim.errors import InputError, shown
from sim.files import AnyPath
from sim.organization import Organization
from sim.origin import check_origin, origin
from sim.parameters import Parameters
from sim.scenario import Scenario, from_toml
from sim.snapshot import KEPT, Snapshot, fit_one_world
from sim.state import Clock

if TYPE_CHECKING:
    from sim.engine import Behaviour, Engine

FORMAT: Final = "internal-social-media run state"
FORMAT_VERSION: Final = 1

_TEXTS: Final = ("ids", "names", "titles", "departments", "locations")
"""What a state keeps of its organisation as texts; the rest stands in the records of its members."""
_IN_MEMBERS: Final = ("key", "role", "level", "department", "location", "team", "led_team", "first", "last")
_ABOUT: Final[dict[str, type]] = {
    **dict.fromkeys(("version", "rules", "name", "scenario", "parameters"), str),
    **dict.fromkeys(("seed", "tick", "events_done"), int),
    "organization": dict,
}


class State(NamedTuple):
    """What a file of a state holds: what it is about, and arrays of records without gaps between their fields."""

    about: dict[str, Any]
    arrays: dict[str, Any]


# ---------------------------------------------------------------- writing


def save_state(engine: Engine, path: AnyPath) -> None:
    """Write the state of an engine at rest to a `.npz` file without pickles, whole or not at all.

    An older state is replaced. Raises TakenError where something else is there, InputError where nothing can be
    written.
    """
    with files.reported(path):
        if Path(path).is_file() and not _is_state(Path(path)):
            raise files.TakenError("this holds something else than a saved state, so it stays", file=shown(path))
    with files.whole_file(path) as file:
        write_state(state_of(engine.snapshot()), file)


def state_of(snapshot: Snapshot) -> State:
    """Return a snapshot as files have it."""
    organization = snapshot.organization
    arrays = {name: _packed(array) for name, array in snapshot.arrays.items()}
    about = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        **origin(),
        "name": snapshot.scenario.name,
        "scenario": snapshot.scenario.to_toml(),
        "parameters": snapshot.parameters.model_dump_json(),
        "seed": snapshot.seed,
        "tick": snapshot.tick,
        "events_done": snapshot.events_done,
        "organization": {name: list(getattr(organization, name)) for name in _TEXTS},
    }
    return State(about, {**arrays, "tie_weight": organization.tie_weight})


def _packed(array: Any) -> Any:
    """Return records without the blanks that alignment leaves between fields, whose bytes are not defined."""
    fields = array.dtype.fields
    return array if fields is None else array.astype(np.dtype([(name, fields[name][0]) for name in array.dtype.names]))


def write_state(state: State, file: BinaryIO | Path) -> None:
    """Write a state to a file that is open, or new."""
    about = np.frombuffer(json.dumps(state.about, ensure_ascii=False).encode(), np.uint8)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, array in {"about": about, **state.arrays}.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as entry:
                np.lib.format.write_array(entry, array, allow_pickle=False)


# ---------------------------------------------------------------- reading


def load_state(path: AnyPath, behaviours: Mapping[int, Behaviour] | None = None, threads: int = 1) -> Engine:
    """Return an engine that goes on from a file of `save_state`, exactly as if it had never stopped.

    Raises InputError where the file is none, is damaged, or was written under other rules.
    """
    from sim.engine import Engine

    path = Path(path)
    state = read_state(path)
    check_origin(state.about, shown(path))
    try:
        return Engine.from_snapshot(snapshot_of(state), behaviours, threads)
    except InputError as error:
        raise InputError(error.problem, file=shown(path)) from None
    except Exception as error:
        raise InputError(f"the state is damaged ({shown(error, 80)})", file=shown(path)) from error


def read_state(path: Path) -> State:
    """Return the state in a file, unchecked; InputError where there is none."""
    try:
        with input_files.opened(path, limits.TABLE_BYTES) as stream, np.load(stream, allow_pickle=False) as file:
            if sum(entry.file_size for entry in file.zip.infolist()) > limits.machine().memory:
                raise InputError("it unpacks to more than this machine has memory for")
            arrays = {name: file[name] for name in file.files}
        about = json.loads(arrays.pop("about").tobytes())
        if about["format"] != FORMAT or about["format_version"] != FORMAT_VERSION:
            raise ValueError("another format")
        return State(about, arrays)
    except InputError as error:
        raise InputError(f"the state cannot be read: {error.problem}", file=shown(path)) from None
    except Exception as error:
        raise InputError(f"this is no saved state, or it is damaged ({shown(error, 80)})", file=shown(path)) from None


def _is_state(path: Path) -> bool:
    """Say whether a file says of itself that it is a saved state."""
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            return bool(json.loads(file["about"].tobytes())["format"] == FORMAT)
    except Exception:  # anything at all can be in it
        return False


# ---------------------------------------------------------------- checking


def snapshot_of(state: State) -> Snapshot:
    """Return the snapshot that a state keeps; InputError where the state holds anything that cannot be.

    No number of it reaches compiled code before it lies within what `sim.state` declares.
    """
    from sim.world import unpopulated  # it draws members, and so needs the compiler

    about, arrays = state
    scenario, parameters = _checked_about(about)
    texts = about["organization"]
    soundness.check_arrays(arrays, parameters, len(texts["departments"]), len(texts["locations"]))
    organization = _organization_of(state)
    soundness.check_organization(organization)
    fresh = unpopulated(organization, parameters)
    soundness.check_world(arrays, fresh)
    if about["tick"] != arrays["clock"][Clock.tick] or not 0 <= about["events_done"] <= len(scenario.events):
        raise InputError("the state is damaged: its hour and its events do not agree")
    kept = {name: np.asarray(arrays[name]).astype(getattr(fresh, name).dtype) for name in KEPT}
    for array in kept.values():
        array.setflags(write=False)
    return Snapshot(scenario, parameters, about["seed"], about["events_done"], organization, kept)


def _checked_about(about: Mapping[str, Any]) -> tuple[Scenario, Parameters]:
    """Return the scenario of a state and the settings in force; InputError where what it says cannot be."""
    texts: Any = about.get("organization")
    sound = all(type(about.get(name)) is kind for name, kind in _ABOUT.items()) and 0 <= about["seed"] < 2**63
    sound = sound and all(
        isinstance(texts.get(name), list) and all(isinstance(text, str) for text in texts[name]) for name in _TEXTS
    )
    if not sound:
        raise InputError("the state is damaged: what it says of itself is not what a state says")
    scenario = from_toml(about["scenario"], about["name"])
    try:
        parameters = Parameters.model_validate_json(about["parameters"])
    except ValueError:
        raise InputError("the state is damaged: its parameters cannot be read") from None
    if not fit_one_world(parameters, scenario.parameters):
        raise InputError("the state is damaged: its parameters are not those of its scenario")
    return scenario, parameters


def _organization_of(state: State) -> Organization:
    """Return the organisation, from its texts and from what the records of its members repeat of it."""
    members, texts = state.arrays["members"], state.about["organization"]
    manager = members["manager"].astype(np.int32)
    start = np.zeros(len(manager) + 1, np.int64)
    np.cumsum(np.bincount(manager[manager >= 0], minlength=len(manager)), out=start[1:])
    words: dict[str, Any] = {name: tuple(texts[name]) for name in _TEXTS}
    repeated: dict[str, Any] = {name: np.ascontiguousarray(members[name]) for name in _IN_MEMBERS}
    ties = {name: state.arrays[name] for name in ("tie_start", "tie_member", "tie_weight")}
    children = np.argsort(manager, kind="stable").astype(np.int32)[1:]
    return Organization(**words, **repeated, **ties, manager=manager, children_start=start, children=children)
