"""Where machine code is kept, and how it is never older than the sources.

numba's own cache notices an edit of the function it keeps, but not an edit of a function that one calls in another
file: a changed rule would keep running in its old form. So the cache folder is named by a hash of all the sources that
results depend on, and a function of any other file is compiled afresh in each process.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import importlib.util
import os
import platform
import re
import shutil
import sys
import tempfile
import time
import uuid
from hashlib import blake2b
from pathlib import Path
from typing import Final

from sim import caches
from sim.sources import CHANCE, Source, sources, stamp_of

PROCESS: Final = uuid.uuid4().hex[:12]
"""This process's own sign in the names of the files that it keeps."""
_NUMBA_SETTINGS: Final = (
    "NUMBA_BOUNDSCHECK",
    "NUMBA_CPU_NAME",
    "NUMBA_CPU_FEATURES",
    "NUMBA_DEBUGINFO",
    "NUMBA_LOOP_VECTORIZE",
    "NUMBA_OPT",
    "NUMBA_SLP_VECTORIZE",
)
_KEPT: Final = 4
_YOUNG_SECONDS: Final = 3600.0
_FOLDER_NAME: Final = re.compile("[0-9a-f]{32}|old-[0-9a-f]{32}")


# ---------------------------------------------------------------- the folder


@functools.cache
def folder(*tools: str) -> Path:
    """Return this process's folder of machine code, made and marked as used; `tools` are what it is compiled with."""
    name = key(*tools)
    for root in caches.roots():
        found = root / name
        with contextlib.suppress(OSError):
            found.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=found).close()
            os.utime(found)
            _prune(root, keep=found)
            return found
    found = Path(tempfile.mkdtemp(prefix="internal-social-media-"))
    atexit.register(shutil.rmtree, found, ignore_errors=True)
    return found


def is_shared(found: Path) -> bool:
    """Say whether other processes keep their machine code in this folder too."""
    return found.parent in caches.roots()


def key(*tools: str) -> str:
    """Hash everything that machine code depends on: the bytes of its sources, the tools, and the processor."""
    digest = blake2b(digest_size=16)
    for source in sources():
        digest.update(f"{source.name}\0{len(source.content)}\0".encode() + source.content)
    settings = [f"{name}={os.environ.get(name, '')}" for name in _NUMBA_SETTINGS]
    digest.update("\0".join([*tools, sys.version, platform.machine(), CHANCE, *settings]).encode())
    return digest.hexdigest()


def _prune(root: Path, keep: Path) -> None:
    """Delete all but the newest folders of machine code, none used within the hour, none half: first the name goes."""
    now = time.time()
    found = []
    for each in root.iterdir():
        with contextlib.suppress(OSError):
            if each != keep and _FOLDER_NAME.fullmatch(each.name):
                found.append((each.stat().st_mtime, each))
    found.sort(reverse=True)
    for used, each in found[_KEPT - 1 :]:
        if now - used > _YOUNG_SECONDS:
            with contextlib.suppress(OSError):
                doomed = each if each.name.startswith("old-") else each.rename(root / f"old-{uuid.uuid4().hex}")
                shutil.rmtree(doomed, ignore_errors=True)


# ---------------------------------------------------------------- edits while the program starts


@functools.cache
def may_be_kept(filename: str) -> bool:
    """Say whether code of this file may be kept: it is one of the sources, and none was edited since they were read.

    Asked once a file, right after its import began: a source saved during the imports would otherwise be compiled
    under the name of the sources before it.
    """
    try:
        path = Path(filename).resolve()
    except OSError:
        return False
    ours = any(source.path == path for source in sources())
    return ours and sources_are_current() and all(stamp_of(source.path) == source.stamp for source in sources())


@functools.cache
def sources_are_current() -> bool:
    """Say whether Python reads each source in its present form."""
    return not [source for source in sources() if _python_reads_an_older(source)]


def _python_reads_an_older(source: Source) -> bool:
    """Say whether Python's bytecode is of an older form of this source, and delete it if so.

    Python compares whole seconds and the size: an edit of a number within a second of the edit before is missed.
    """
    changed_ns, size = source.stamp
    bytecode = Path(importlib.util.cache_from_source(str(source.path)))
    try:
        with bytecode.open("rb") as file:
            header = file.read(16)
        expected = (changed_ns // 10**9 & 0xFFFFFFFF).to_bytes(4, "little") + (size & 0xFFFFFFFF).to_bytes(4, "little")
        if header[4:] != b"\0\0\0\0" + expected or bytecode.stat().st_mtime_ns >= changed_ns:
            return False
    except OSError:
        return False
    with contextlib.suppress(OSError):
        bytecode.unlink()
    return True
