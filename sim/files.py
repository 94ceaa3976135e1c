"""Files and folders that are written whole or not at all: the only module that creates, replaces or removes results.

What is written goes to a hidden draft beside its place, and takes that place when all of it has reached the disk. A
folder is exchanged for an older one in one step where the system can do that. Elsewhere the older one steps aside for
a moment, and where the process is killed in that moment, the next one that opens or saves it puts it back. Drafts of
processes that were killed are removed by the next one that writes there.
"""

from __future__ import annotations

import ctypes
import errno
import itertools
import os
import re
import shutil
import socket
import stat
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any, BinaryIO, Final

from sim.errors import InputError, shown

AnyPath = str | os.PathLike[str]

STALE_SECONDS: Final = 86_400.0
"""For so long after its last change a draft of another machine or user is left alone: nobody can ask who writes it."""
_CLOCK_SECONDS: Final = 2.0
"""By how much the clocks of a disk and of the system may differ."""
_DRAFT: Final = re.compile(r"\.ism-([0-9a-f]{16})-([0-9a-f]{8})-(\d{1,10})-[0-9a-f]{8}\.(part|old)", re.ASCII)
"""Names of drafts: the place that it is for, the machine and the process that write it."""
_NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_CANNOT: Final = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP)
_EXCHANGE, _KEEP = {"linux": (2, 1), "darwin": (2, 4)}.get(sys.platform, (0, 0))
"""Flags of the system's rename: exchange two names; fail where the new name is taken."""
_HERE: Final = -100
"""AT_FDCWD of Linux: names are those of this process."""


class TakenError(InputError):
    """Something is there that has to stay: another place will do."""


# ---------------------------------------------------------------- writing


def write(path: AnyPath, content: bytes, replace: bool = True) -> Path:
    """Write a file whole or not at all, and let it reach the disk; return its place.

    A link is followed, and the permissions of an older file are kept. Raises InputError where nothing can be written,
    and TakenError where it would replace a read-only file, or any file although `replace` is false.
    """
    with whole_file(path, replace) as file:
        file.write(content)
    return Path(path)


@contextmanager
def whole_file(path: AnyPath, replace: bool = True) -> Iterator[BinaryIO]:
    """Give a file to fill, which takes its place when all is on the disk. Raises as `write` does."""
    with reported(path):
        target = _target(path)
        if target.is_dir():
            raise TakenError("this cannot be written: it is a folder", file=shown(path))
        mode = _kept_mode(target, path)
        draft = _draft(target)
        try:
            with new_file(draft, mode) as file:
                yield file
            (_replace if replace else _rename_to_free)(draft, target)
            _flush_folder(target.parent)
        finally:
            _delete(draft)


@contextmanager
def whole_folder(path: AnyPath, check: Callable[[Path], object]) -> Iterator[Path]:
    """Give a new folder to fill, which takes its place when all is on the disk, instead of an older one.

    `check` is called with an older folder before anything is written, and again before it is replaced; it raises
    TakenError where that has to stay. Raises InputError where nothing can be written.
    """
    with reported(path):
        target = _target(path)
        mode = _checked(target, path, check)
        draft = _draft(target)
        try:
            draft.mkdir(0o777 if mode is None else mode)
            yield draft
            _flush_tree(draft)
            _checked(target, path, check)
            if mode is not None:  # whatever the umask is now
                draft.chmod(mode)
            _put(draft, target)
        finally:
            _delete(draft)


def check_folder(path: AnyPath, check: Callable[[Path], object]) -> None:
    """Raise what `whole_folder` would raise before it writes anything."""
    with reported(path):
        target = _target(path)
        _checked(target, path, check)
        if not os.access(target.parent, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


@contextmanager
def new_file(path: Path, mode: int | None = None) -> Iterator[BinaryIO]:
    """Give a file that did not exist, and let it reach the disk: for drafts, and for files of a draft folder."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags, 0o666 if mode is None else mode), "wb") as file:
        yield file
        file.flush()
        if mode is not None:  # whatever the umask is now
            path.chmod(mode)
        os.fsync(file.fileno())


def new_folder(path: Path) -> Path:
    """Make a folder, and those above it, where it is not there yet; return it. InputError where it cannot be made."""
    with reported(path):
        path.mkdir(parents=True, exist_ok=True)
    return path


def remove(path: Path) -> None:
    """Remove a file, if it is there; InputError where it cannot be removed."""
    with reported(path):
        path.unlink(missing_ok=True)


def move_aside(path: Path, folder: Path) -> None:
    """Move a file, if it is there, into a folder, under a name that is free; InputError where that cannot be."""
    new_folder(folder)
    with reported(path), suppress(FileNotFoundError):
        _rename_to_free(path, next(name for name in numbered(folder / path.name) if not os.path.lexists(name)))


def numbered(path: Path) -> Iterator[Path]:
    """Yield a path, and then, where it has a name, the path with -2, -3, ... after that."""
    if path.name in ("", ".."):
        path = path.resolve()
    if not path.name:
        return iter([path])
    return itertools.chain([path], (path.with_name(f"{path.name}-{n}") for n in itertools.count(2)))


@contextmanager
def reported(path: AnyPath) -> Iterator[None]:
    """Report what the system says against a place as an InputError about it."""
    try:
        yield
    except InputError:
        raise
    except (OSError, ValueError, RuntimeError) as error:  # also a name that no file can have, and a circle of links
        full = getattr(error, "errno", None) in _NO_ROOM
        why = "the disk is full" if full else (getattr(error, "strerror", None) or str(error)).lower()
        raise InputError(f"this cannot be written: {why}", file=shown(path)) from error


# ---------------------------------------------------------------- places


def _target(path: AnyPath) -> Path:
    """Return where to write, behind all links, in a folder that is there and has no stale drafts."""
    target = Path(path).resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    adopt(target)
    sweep(target.parent, _key(target))
    return target


def _kept_mode(target: Path, path: AnyPath) -> int | None:
    """Return the permissions of what is there, None where nothing is; TakenError where they forbid writing."""
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        return None
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):  # a device, a pipe
        raise TakenError("this is no ordinary file, so it is not replaced", file=shown(path))
    if not mode & 0o222:
        raise TakenError("this is read-only, so it is not replaced", file=shown(path))
    return stat.S_IMODE(mode)


def _checked(target: Path, path: AnyPath, check: Callable[[Path], object]) -> int | None:
    """Return the permissions of an older folder, None where there is none; TakenError where it has to stay."""
    if target.exists() and not target.is_dir():
        raise TakenError("this is a file, so no folder can be written there", file=shown(path))
    with suppress(FileNotFoundError):  # the folder that one is in may be gone
        if Path.cwd().is_relative_to(target):
            raise TakenError("this is the folder that you are in, so it is not replaced", file=shown(path))
    mode = _kept_mode(target, path)
    if mode is not None and any(target.iterdir()):
        check(target)
    return mode


# ---------------------------------------------------------------- replacing


def _replace(draft: Path, target: Path) -> None:
    draft.replace(target)


def _rename_to_free(source: Path, place: Path) -> None:
    """Rename a file; TakenError where the new name is taken, also where another process takes it at this moment."""
    try:
        if not _rename(source, place, _KEEP):
            if os.path.lexists(place):
                raise FileExistsError
            source.rename(place)
    except FileExistsError:
        raise TakenError("this is there already, and is not replaced", file=shown(place)) from None


def _put(draft: Path, target: Path) -> None:
    """Let a folder take its place; an older one is then where the draft was, or gone."""
    if not target.exists():
        draft.rename(target)
    elif not _rename(draft, target, _EXCHANGE):
        _put_in_two_steps(draft, target)
    _flush_folder(target.parent)


def _put_in_two_steps(draft: Path, target: Path) -> None:
    old = draft.with_suffix(".old")
    os.utime(target)  # a sign of life: others leave alone what has changed since this process began
    target.rename(old)
    try:
        draft.rename(target)
    except OSError:
        old.rename(target)
        raise
    _flush_folder(target.parent)
    _delete(old)


def _rename(source: Path, place: Path, flag: int) -> bool:
    """Rename with a flag of the system, in one step; False where the system or the disk cannot do that."""
    if not flag:
        return False
    system: Any = ctypes.CDLL(None, use_errno=True)
    one, other = os.fsencode(source), os.fsencode(place)
    if hasattr(system, "renameat2"):
        failed = system.renameat2(_HERE, one, _HERE, other, flag)
    elif hasattr(system, "renamex_np"):
        failed = system.renamex_np(one, other, flag)
    else:
        return False
    code = ctypes.get_errno() if failed else 0
    if code and code not in _CANNOT:
        raise OSError(code, os.strerror(code), str(place))
    return not failed


def _flush(path: Path, how: int) -> None:
    """Have a file, or the names in a folder, reach the disk."""
    handle = os.open(path, how)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _flush_folder(folder: Path) -> None:
    with suppress(OSError):  # not every system opens a folder for that
        _flush(folder, os.O_RDONLY)


def _flush_tree(folder: Path) -> None:
    for place, _, names in os.walk(folder, topdown=False):
        for name in names:
            _flush(Path(place, name), os.O_RDWR)
        _flush_folder(Path(place))


# ---------------------------------------------------------------- drafts


def _key(target: Path) -> str:
    return blake2b(os.fsencode(os.path.normcase(target.name)), digest_size=8).hexdigest()


def _host() -> str:
    """Return a sign of this machine, and of the container in which numbers of processes mean something."""
    name = socket.gethostname()
    with suppress(OSError):
        name += str(Path("/proc/self/ns/pid").readlink())
    return blake2b(name.encode(), digest_size=4).hexdigest()


def _draft(target: Path) -> Path:
    """Return a new name beside a place: short, and made of signs that every system takes."""
    return target.with_name(f".ism-{_key(target)}-{_host()}-{os.getpid()}-{uuid.uuid4().hex[:8]}.part")


def is_draft(name: str) -> bool:
    """Say whether a name is one of a draft."""
    return _DRAFT.fullmatch(name) is not None


def _drafts(folder: Path) -> list[tuple[Path, re.Match[str]]]:
    """Return the drafts in a folder whose process has ended."""
    with os.scandir(folder) as entries:
        found = [(folder / entry.name, _DRAFT.fullmatch(entry.name)) for entry in entries if entry.name[0] == "."]
    return [(path, parts) for path, parts in found if parts and not _is_written(path, parts)]


def _is_written(draft: Path, parts: re.Match[str]) -> bool:
    """Say whether a process may still be writing a draft: one of this user that is alive, or any where none can ask."""
    import psutil

    changed = _last_change(draft)
    if parts[2] == _host() and (os.name != "posix" or draft.lstat().st_uid == os.getuid()):
        try:  # a process that began later has only got the number of the one that wrote it
            return bool(psutil.Process(int(parts[3])).create_time() <= changed + _CLOCK_SECONDS)
        except psutil.NoSuchProcess:
            return False
    return time.time() - changed < STALE_SECONDS


def _last_change(draft: Path) -> float:
    """Return when a file, or anything in a folder, was changed last, in seconds since 1970."""
    changes = [0.0]
    for path in (draft, *draft.rglob("*")):
        with suppress(OSError):
            changes.append(path.lstat().st_mtime)
    return max(changes)


def adopt(path: AnyPath) -> None:
    """Put back what a killed process had moved aside from a place where there is nothing now."""
    with suppress(OSError, ValueError, RuntimeError):
        target = Path(path).resolve()
        if not os.path.lexists(target):
            old = [draft for draft, parts in _drafts(target.parent) if (parts[1], parts[4]) == (_key(target), "old")]
            for draft in sorted(old, key=_last_change)[-1:]:
                draft.rename(target)


def sweep(folder: Path, key: str = "") -> None:
    """Remove the drafts in a folder whose process has ended, and what was moved aside for the place of this key."""
    with suppress(OSError):
        for draft, parts in _drafts(folder):
            if parts[4] == "part" or parts[1] == key:
                _delete(draft)


def _delete(path: Path) -> None:
    """Remove a draft, file or folder; what cannot be removed now is swept later."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError, ValueError):
            path.unlink()
