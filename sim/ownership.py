"""What in a place the program wrote itself, and what is the user's: only the former may ever be replaced.

A folder has a list of its files with their hashes. A page or text that stands alone bears a seal, the hash of all else
in it. Whatever is not listed, bears no seal, or was changed afterwards is the user's.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection, Iterator, Mapping
from hashlib import blake2b
from pathlib import Path, PurePosixPath
from typing import Any, Final

from sim import files
from sim.errors import shown

MANIFEST: Final = "manifest.json"
LITTER: Final = (".DS_Store", "Thumbs.db", "desktop.ini")
"""What systems put into folders that somebody looks at: nobody's work."""
NAMED: Final = 3
"""How many of the user's files a message names."""
SEAL: Final = f"internal-social-media:{'0' * 32}"
"""Stands in a text where its seal goes."""
_SEAL: Final = re.compile(rb"internal-social-media:([0-9a-f]{32})")


# ---------------------------------------------------------------- files of a folder


def file_hash(path: Path) -> str:
    """Return the hash of a file (blake2b)."""
    digest = blake2b(digest_size=16)
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def listing(folder: Path) -> dict[str, dict[str, Any]]:
    """Return bytes and hash of each file of a folder, by its name in there, for a manifest."""
    return {
        path.relative_to(folder).as_posix(): {"bytes": path.stat().st_size, "blake2b": file_hash(path)}
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not files.is_draft(path.name)
    }


def is_unchanged(path: Path, listed: Any) -> bool:
    """Say whether a file is what a listing says of it. Raises OSError where there is none."""
    known = listed if isinstance(listed, dict) else {}
    return path.stat().st_size == known.get("bytes") and file_hash(path) == known.get("blake2b")


def check_own(folder: Path, listed: Mapping[str, Any], sealed: Collection[str] = ()) -> None:
    """Raise TakenError, naming the files, where a folder holds what is not listed, or was changed since.

    Names in `sealed` need not be listed where they bear a seal; the manifest itself needs none.
    """
    users = list(_users(folder, listed, sealed))
    if not users:
        return
    names = ", ".join(shown(name, 60) for name in users[:NAMED])
    names += f" and {len(users) - NAMED:,} more" if len(users) > NAMED else ""
    rule = f"this holds files of yours, so it is not replaced: {names}; move them away, or choose another place"
    raise files.TakenError(rule, file=shown(folder))


def _users(folder: Path, listed: Mapping[str, Any], sealed: Collection[str]) -> Iterator[str]:
    """Yield what in a folder is the user's: the names of its files, and of folders none of whose files are listed."""
    known = {parent.as_posix() for name in listed for parent in PurePosixPath(name).parents}
    for place, folders, names in os.walk(folder):
        inside = Path(place).relative_to(folder)
        strange = sorted(n for n in folders if (inside / n).as_posix() not in known or Path(place, n).is_symlink())
        yield from (f"{(inside / name).as_posix()}/" for name in strange if not files.is_draft(name))
        folders[:] = sorted(set(folders) - set(strange))
        yield from (
            f"{name} (changed)" if name in listed else name
            for name in ((inside / each).as_posix() for each in sorted(names))
            if not _is_own(folder / name, listed.get(name), name in sealed, name == MANIFEST)
        )


def _is_own(path: Path, wanted: Any, sealed: bool, manifest: bool) -> bool:
    if path.is_symlink() or not path.is_file():
        return False
    if wanted is not None:
        return is_unchanged(path, wanted)
    if sealed:
        return is_sealed(path.read_bytes())
    return manifest or path.name in LITTER or files.is_draft(path.name)


# ---------------------------------------------------------------- folders of a kind


def write_folder(folder: Path, kind: str, contents: Mapping[str, bytes]) -> None:
    """Write a folder of some files and the list of them, whole or not at all; an older one of its kind is replaced.

    Raises TakenError where it holds files of the user, InputError where it cannot be written.
    """
    with files.whole_folder(folder, lambda there: check_own(there, listed(there, kind))) as draft:
        for name, content in contents.items():
            files.new_folder((draft / name).parent)
            with files.new_file(draft / name) as file:
                file.write(content)
        about = {"format": kind, "files": listing(draft)}
        with files.new_file(draft / MANIFEST) as file:
            file.write(f"{json.dumps(about, indent=1)}\n".encode())


def listed(folder: Path, kind: str) -> dict[str, Any]:
    """Return the files that a folder of a kind lists; TakenError where it is none."""
    try:
        found = json.loads((folder / MANIFEST).read_bytes())
        if found["format"] == kind and isinstance(found["files"], dict):
            return dict(found["files"])
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        pass
    raise files.TakenError("this folder holds something else, so it is not replaced", file=shown(folder))


# ---------------------------------------------------------------- sealed files


def sealed(text: str) -> str:
    """Return a text with its seal where `SEAL` stands in it for the first time."""
    digest = blake2b(text.encode(), digest_size=16).hexdigest()
    return text.replace(SEAL, f"{SEAL[:-32]}{digest}", 1)


def is_sealed(content: bytes) -> bool:
    """Say whether a file is as `sealed` returned it: nobody has changed it since."""
    found = _SEAL.search(content)
    if found is None:
        return False
    blank = content[: found.start()] + SEAL.encode() + content[found.end() :]
    return blake2b(blank, digest_size=16).hexdigest().encode() == found[1]


def write_sealed(path: files.AnyPath, text: str) -> Path:
    """Write a sealed text whole or not at all, and return its place; an older one that bears a seal is replaced.

    Raises TakenError where something else is there, InputError where it cannot be written.
    """
    check_sealed(path)
    return files.write(path, text.encode())


def check_sealed(path: files.AnyPath) -> None:
    """Raise TakenError where a file is there that the program did not write, or that was changed since."""
    try:
        own = not Path(path).is_file() or is_sealed(Path(path).read_bytes())
    except (OSError, ValueError):  # nothing that could be replaced: writing reports why
        return
    if not own:
        rule = "this file is yours, or was changed since it was written, so it is not replaced; choose another name"
        raise files.TakenError(rule, file=shown(path))
