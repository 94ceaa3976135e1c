"""The shelf: the folder below which visitors may open sweeps.

What a visitor types is never handed to the system. It is only compared, name by name, with what lies on the shelf, so
that whatever is elsewhere is not looked at, and what exists there looks like what does not. Links and devices are
passed over: a link is no way out, and to read a pipe may never end.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import Final, NamedTuple

from experiments.sweeps.store import ABOUT
from sim.errors import InputError, shown

SWEEPS: Final = "ISM_DASHBOARD_SWEEPS"
"""The variable that names the folder of `--sweeps`."""
USUAL: Final = "sweeps"
"""The folder below the current one in which sweeps are written unless another one is named."""
LONGEST: Final = 1000
"""Characters of a path that are read."""


class Shelf(NamedTuple):
    """A folder, and where in it sweeps are listed."""

    root: Path
    listed: tuple[str, ...] = ()
    words: str = "the folder of --sweeps"

    def names(self) -> Iterator[str]:
        """Yield the paths, from the root, of the folders listed that call themselves sweeps, in order."""
        home = _inside(self.root, self.listed)
        if home is None:
            return
        for place in sorted(_entries(home)):
            if _is_folder(home / place) and _is_file(home / place / ABOUT):
                yield "/".join((*self.listed, place))

    def find(self, text: str) -> Path:
        """Return the sweep folder that a path from the root, or a whole path below it, names.

        Raises InputError with the same sentence for whatever is no sweep on this shelf.
        """
        found = _inside(self.root, self._parts(text))
        if found is None or not _is_file(found / ABOUT) or not _is_plain(found):
            raise InputError(f"there is no such sweep here; only sweeps below {self.words} can be opened")
        return found

    def _parts(self, text: str) -> tuple[str, ...]:
        """Return the names on the way from the root; a path that does not lead there is a name that nothing has."""
        path = PurePath(text[:LONGEST])
        return path.relative_to(self.root).parts if path.is_relative_to(self.root) else path.parts


def shelf() -> Shelf:
    """Return the shelf of this server: the folder of `--sweeps`, or the current one."""
    named = os.environ.get(SWEEPS, "")
    if named:
        return Shelf(Path(named).resolve())
    return Shelf(Path.cwd(), (USUAL,), "the folder in which the dashboard was started")


def choose(folder: str | None) -> None:
    """Let visitors open the sweeps below a folder, or below the current one; InputError where there is no such one."""
    if folder is not None and not os.path.isdir(folder):  # noqa: PTH112  # a name that no folder can have is none
        raise InputError("there is no such folder of sweeps", file=shown(folder))
    os.environ[SWEEPS] = folder or ""


def _inside(root: Path, names: tuple[str, ...]) -> Path | None:
    """Return the folder that names lead to, each found among what there is; None where one is not there."""
    place = root
    for name in names:
        if name not in _entries(place) or not _is_folder(place / name):
            return None
        place /= name
    return place


def _entries(folder: Path) -> set[str]:
    try:
        return {each.name for each in folder.iterdir()}
    except OSError:
        return set()


def _is_folder(path: Path) -> bool:
    return stat.S_ISDIR(_mode(path))


def _is_file(path: Path) -> bool:
    return stat.S_ISREG(_mode(path))


def _mode(path: Path) -> int:
    """Return what something is by itself, and not what it points to; 0 for nothing, and for a junction of Windows."""
    try:
        found = path.lstat()
    except (OSError, ValueError):
        return 0
    points_on = getattr(found, "st_file_attributes", 0) & stat.FILE_ATTRIBUTE_REPARSE_POINT
    return 0 if points_on else found.st_mode


def _is_plain(folder: Path) -> bool:
    """Return whether a folder holds ordinary files and folders, and nothing else."""
    left = [folder]
    while left:
        place = left.pop()
        for inside in (place / name for name in _entries(place)):
            if _is_folder(inside):
                left.append(inside)
            elif not _is_file(inside):
                return False
    return True
