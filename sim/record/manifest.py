"""The manifest of a run folder: what it says of the run and of each file, and whether that can be believed."""

from __future__ import annotations

import json
import re
import time
import tomllib
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sim import input_files, limits
from sim.errors import InputError, shown
from sim.origin import origin, version, versions
from sim.ownership import MANIFEST
from sim.record.digests import Digest
from sim.record.tables import TABLES
from sim.scenario import Scenario, from_toml
from sim.state import TICKS_PER_DAY

if TYPE_CHECKING:
    from sim.engine import Engine

FORMAT: Final = "internal-social-media run"
FORMAT_VERSION: Final = 1
NEEDED: Final = (*(f"{name}.parquet" for name in TABLES), "organization.csv")
"""The files of a run folder beside its manifest and its states."""
_STATE_FILE: Final = re.compile(r"checkpoints/tick-(\d{8,12})\.npz", re.ASCII)
_TYPES: Final[dict[str, type]] = {
    **dict.fromkeys(("version", "rules", "scenario_toml", "digest"), str),
    **dict.fromkeys(("seed", "days", "tick"), int),
    "scripted": list,
    **dict.fromkeys(("measures", "files", "values", "counts", "seconds", "scenario", "platform"), dict),
}


def state_file(tick: int) -> str:
    """Return the name of the file of a state."""
    return f"checkpoints/tick-{tick:08}.npz"


def state_ticks(manifest: Mapping[str, Any]) -> tuple[int, ...]:
    """Return the ticks of the states that a run folder holds, ascending."""
    found = (_STATE_FILE.fullmatch(name) for name in manifest["files"])
    return tuple(sorted(int(name[1]) for name in found if name))


def entry(table: Any, *names: str) -> Any:
    """Return an entry of nested tables; None where there is none."""
    for name in names:
        table = table.get(name) if isinstance(table, dict) else None
    return table


# ---------------------------------------------------------------- writing


def describe(
    engine: Engine,
    measures: Mapping[str, float | None],
    digests: Mapping[str, Digest],
    files: Mapping[str, Any],
    seconds: Mapping[str, float | None],
) -> dict[str, Any]:
    """Return the manifest of the run that an engine has made.

    `digests` are those of its tables, `files` the bytes and hashes of what the folder holds.
    """
    scenario, tick = engine.scenario, engine.tick
    toml = scenario.to_toml()
    return with_digest(
        {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            **origin_here(),
            "written": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "seconds": seconds,
            "seed": engine.seed,
            "days": tick // TICKS_PER_DAY,
            "days_planned": scenario.parameters.days,
            "complete": tick >= scenario.ticks,
            "tick": tick,
            "counts": {name: digest.rows for name, digest in digests.items()},
            "scripted": sorted(engine.behaviours),
            "measures": measures,
            "values": {name: digest.hexdigest() for name, digest in digests.items()},
            "files": files,
            "scenario": {"name": scenario.name, "digest": scenario.digest, **tomllib.loads(toml)},
            "scenario_toml": toml,
        }
    )


def origin_here() -> dict[str, Any]:
    """Return by what something is made in this process, and on what platform."""
    return {**origin(), "platform": dict(versions())}


def with_digest(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return a manifest with the hash of all else that it says."""
    rest = {name: value for name, value in manifest.items() if name != "digest"}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"))
    return {**rest, "digest": blake2b(text.encode(), digest_size=16).hexdigest()}


def to_json(manifest: Mapping[str, Any]) -> bytes:
    """Return a manifest as its file has it."""
    return json.dumps(manifest, ensure_ascii=False, allow_nan=False, indent=1).encode()


# ---------------------------------------------------------------- reading


def read_manifest(folder: Path, any_version: bool = False) -> dict[str, Any]:
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
    if not all(isinstance(found.get(name), kind) for name, kind in _TYPES.items()) or not _known(found):
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
        and (name in NEEDED or _STATE_FILE.fullmatch(name))
        for name, what in manifest["files"].items()
    )


def read_scenario(manifest: Mapping[str, Any], folder: Path) -> Scenario:
    """Return the scenario of a run folder; InputError where this version does not understand it."""
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
