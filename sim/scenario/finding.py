"""Finding scenario files: in the gallery, by their path, or in the folder of the file that names them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, Final

import scenarios
from sim import input_files, limits
from sim.errors import InputError, as_typed, nearest, shown
from sim.scenario.parsing import parse_toml
from sim.scenario.places import Place, Source

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")


def gallery() -> dict[str, Path]:
    """Return the scenarios that come with the project, by name."""
    folder = Path(scenarios.__file__).resolve().parent
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def read_text(path: Path, file: str) -> str:
    """Return the text of a small UTF-8 file, shown as `file`; InputError where there is none."""
    if not _exists(path):
        others = [*(str(p) for p in sorted(path.parent.glob("*.toml"))[:1000]), *gallery()]
        raise InputError("there is no such file", file=file, nearest=nearest(str(path), others))
    return input_files.read_text(path, limits.SCENARIO_BYTES, file)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # opening such a name says what is wrong with it
        return True


def open_source(path: Path, file: str) -> Source:
    """Return a scenario file, parsed; InputError, which calls it `file`, where it cannot be read."""
    if path.suffix != ".toml":
        raise InputError("this is not the name of a scenario file, which ends in .toml", file=file)
    text = read_text(path, file)
    return Source(file, text, parse_toml(text, file), path, path.parent)


def find_in_gallery(name: str) -> tuple[Path, str]:
    """Return the file of a scenario of the gallery, and how to call it; InputError where there is none such."""
    known = gallery()
    if name in known:
        return known[name], f"scenarios/{name}.toml"
    own = f"{name}.toml"
    is_here = _NAME.fullmatch(name) and Path(own).is_file()
    raise InputError(
        f"there is no scenario '{shown(name)}' in the gallery (it has {', '.join(known)})",
        expected="a name of the gallery, or the path of a .toml file",
        nearest=own if is_here else nearest(name, known),
    )


def find_meant(name: Any, source: Source, key: str) -> tuple[Path, str]:
    """Return the file that a scenario means by `name`, and how to call it: in the gallery or in its own folder."""
    known = gallery()
    if isinstance(name, str) and name in known:
        return known[name], f"scenarios/{name}.toml"
    rule = "the name of a gallery scenario, or a .toml file in the scenario's own folder"
    path = find_beside(name, source, key, rule, ending=".toml", known=known)
    return path, str(path)


def find_beside(name: Any, source: Source, key: str, rule: str, *, ending: str = "", known: Iterable[str] = ()) -> Path:
    """Return the file that another file means by `name`, in its own folder or below it; `rule` says what it can be.

    `ending` may be left off. Raises InputError where the name leads out of that folder, or to no file; `known` is what
    else could be meant.
    """
    place, said = Place((source,), key), f"{key} = {as_typed(name)}"
    if not isinstance(name, str):
        raise place.error(f"{said} is not {rule}", expected=rule)
    own = PurePosixPath(name if name.endswith(ending) else f"{name}{ending}")
    leads_out = own.is_absolute() or PureWindowsPath(name).anchor or "\\" in name or ".." in own.parts
    if leads_out or any(ord(sign) < 32 for sign in name):
        raise place.error(f"{said} leads out of the scenario's own folder", expected=rule)
    path = None if source.folder is None else source.folder / own
    if path is None or not _is_file(path):
        likely = nearest(name, [*known, *_beside(source)])
        raise place.error(f"{said} is not {rule}", expected=rule, likely=likely)
    if not path.resolve().is_relative_to(path.parents[len(own.parts) - 1].resolve()):
        raise place.error(f"{said} is a link out of the scenario's own folder", expected=rule)
    return path


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name too long for the disk, for one
        return False


def _beside(source: Source) -> list[str]:
    if source.folder is None:
        return []
    found = sorted(path for path in source.folder.glob("*.*") if path.suffix in (".toml", ".csv"))
    return [path.name for path in found[:1000] if path != source.path]
