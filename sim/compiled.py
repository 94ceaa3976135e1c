"""The one file that imports numba: how the project's functions are compiled, and where the machine code is kept.

numba's own cache notices an edit of the function it keeps, but not an edit of a function that one calls in another
file: a changed rule would keep running in its old form. So the cache folder is named by a hash of all the sources that
machine code is made from, and a function of any other file is compiled afresh in each process.
"""

from __future__ import annotations

import ast
import atexit
import contextlib
import functools
import hashlib
import importlib.util
import logging
import os
import platform
import re
import shutil
import stat
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import llvmlite
import llvmlite.binding
import numba
import numpy as np

_log = logging.getLogger(__name__)
_Function = TypeVar("_Function", bound=Callable[..., Any])

PACKAGE: Final = Path(__file__).resolve().parent
PLAIN: Final = bool(getattr(numba.config, "DISABLE_JIT", False))
"""True when NUMBA_DISABLE_JIT=1: every rule and kernel is then the plain Python function."""
CHANCE: Final = os.environ.get("ISM_CHANCE") or "splitmix64"
"""The generator behind every draw, `splitmix64` or `philox`; it is a constant of the compiled code (see chance.py)."""

ENGINE_MODULES: Final = (
    "rules/*.py",
    "arithmetic.py",
    "chance.py",
    "feed.py",
    "kernel/*.py",
    "engine.py",
    "state.py",
    "population.py",
    "terms.py",
)
"""What a run's results depend on, as patterns below `sim/`: the sources of `rules_digest`."""

_MACHINE_CODE: Final = (
    "rules/*.py",
    "kernel/*.py",
    "arithmetic.py",
    "chance.py",
    "compiled.py",
    "feed.py",
    "parameters.py",
    "state.py",
    "terms.py",
)
"""What machine code is made from, as patterns below `sim/`: files with compiled functions, and what these import."""

_OPTIONS: Final[dict[str, Any]] = {"nogil": True, "error_model": "numpy"}
"""No fastmath and no threads: both change the last bits of sums from one machine to the next."""
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
_PROCESS: Final = uuid.uuid4().hex[:12]
_decorating: Final = threading.RLock()

if PLAIN:
    np.seterr(over="ignore")  # numpy warns when a uint64 scalar wraps around, as chance.py means it to (this thread)


# ---------------------------------------------------------------------------------------------------------------------
# The decorators


def compiled(function: _Function) -> _Function:
    """Compile a kernel or an entry point; its machine code is kept on disk and it lets other threads run."""
    return _jit(function, _nrt=True)


def rule(function: _Function) -> _Function:
    """Compile a small pure function that is built into its callers; plain Python reads it unchanged."""
    return _jit(function, keep=False, forceinline=True)


def stage(function: _Function) -> _Function:
    """Compile an entry point that works on a whole world in place.

    It counts no references to arrays, which would cost more than the work, and so may not make any.
    """
    return _jit(function, _nrt=False)


def part(function: _Function) -> _Function:
    """Compile a part of a stage, built into it; it cannot be called from Python, and saves the time to allow for it."""
    return _jit(function, keep=False, _nrt=False, forceinline=True, no_cpython_wrapper=True)


def subroutine(function: _Function) -> _Function:
    """Compile a part of several stages, called by them; it cannot be called from Python either."""
    return _jit(function, keep=False, _nrt=False, no_cpython_wrapper=True)


def _jit(function: _Function, *, keep: bool = True, **further: bool) -> _Function:
    """Compile without fastmath and without threads, whose sums differ in their last bits from machine to machine.

    What is only part of other functions need not be kept on disk: their machine code contains it.
    """
    if PLAIN:
        return function
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True, **further}
    if keep and _may_be_kept(function.__code__.co_filename):
        with _numba_keeps_code_in(cache_folder()):
            dispatcher = numba.njit(cache=True, **options)(function)
        if Path(dispatcher.stats.cache_path).is_relative_to(cache_folder()):
            _forgive_a_failing_disk(dispatcher)
            return cast(_Function, dispatcher)
    return cast(_Function, numba.njit(**options)(function))


@contextlib.contextmanager
def _numba_keeps_code_in(folder: Path) -> Iterator[None]:
    """Point numba to `folder` while one function is decorated, which is when it remembers its folder.

    The environment is left alone, so other users of numba in this process, and child processes, keep their own.
    """
    ours = {"CACHE_DIR": str(folder), "CACHE_LOCATOR_CLASSES": ""}
    with _decorating:
        before = {name: getattr(numba.config, name) for name in ours if hasattr(numba.config, name)}
        try:
            for name in before:
                setattr(numba.config, name, ours[name])
            yield
        finally:
            for name, value in before.items():
                setattr(numba.config, name, value)


def _forgive_a_failing_disk(dispatcher: Any) -> None:
    """Make a full disk or a damaged file cost a compilation instead of the run, and let processes race.

    numba numbers a function's code files 1, 2, 3: two processes that compile it at once for different types would
    write different code under one name. A process's own name in each file ends that.
    """
    cache = getattr(dispatcher, "_cache", None)
    if cache is None:
        return
    load, save = cache.load_overload, cache.save_overload

    def load_overload(*arguments: Any) -> Any:
        try:
            return load(*arguments)
        except Exception:
            _log.debug("compiled code could not be read, compiling again", exc_info=True)
            with contextlib.suppress(OSError):
                cache.flush()  # else the damaged index would also stop the new code from being kept
            return None

    def save_overload(*arguments: Any) -> None:
        try:
            save(*arguments)
        except OSError:
            _log.debug("compiled code could not be kept", exc_info=True)

    cache.load_overload, cache.save_overload = load_overload, save_overload
    pattern = getattr(getattr(cache, "_cache_file", None), "_data_name_pattern", "")
    if "{number:d}" in pattern:
        cache._cache_file._data_name_pattern = pattern.replace("{number:d}", _PROCESS + ".{number:d}")


# ---------------------------------------------------------------------------------------------------------------------
# The cache folder


def needs_compiling(module: str = "ticking") -> bool:
    """Say whether the first run will have to compile: no machine code of `sim/kernel/<module>.py` is kept yet."""
    return not PLAIN and next(cache_folder().glob(f"*/{module}.*.nbi"), None) is None


@functools.cache
def cache_folder() -> Path:
    """Return this process's folder of machine code, made and marked as used; its name is a hash of the sources."""
    name = _cache_key()
    for root in _roots():
        folder = root / name
        with contextlib.suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=folder).close()
            os.utime(folder)
            _prune(root, keep=folder)
            return folder
    folder = Path(tempfile.mkdtemp(prefix="internal-social-media-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _roots() -> Iterator[Path]:
    """Yield the places where machine code may be kept, best first."""
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    if chosen:
        yield Path(chosen).absolute() / "internal-social-media"
        return
    with contextlib.suppress(Exception):  # platformdirs may find no home at all
        import platformdirs

        yield Path(platformdirs.user_cache_dir("internal-social-media", appauthor=False))
    shared = Path(tempfile.gettempdir()) / f"internal-social-media-{os.getuid() if hasattr(os, 'getuid') else 'user'}"
    if _is_ours_alone(shared):
        yield shared


def _is_ours_alone(folder: Path) -> bool:
    """Make `folder` private, or say that it is not: loading kept code runs it, so nobody else may write there."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError:
        return False
    if not hasattr(os, "getuid"):
        return stat.S_ISDIR(found.st_mode)
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o022


def _prune(root: Path, keep: Path) -> None:
    """Delete all but the newest folders of machine code, none used within the hour, none half: first the name goes."""
    now = time.time()
    found = []
    for folder in root.iterdir():
        with contextlib.suppress(OSError):
            if folder != keep and _FOLDER_NAME.fullmatch(folder.name):
                found.append((folder.stat().st_mtime, folder))
    found.sort(reverse=True)
    for used, folder in found[_KEPT - 1 :]:
        if now - used > _YOUNG_SECONDS:
            with contextlib.suppress(OSError):
                doomed = folder if folder.name.startswith("old-") else folder.rename(root / f"old-{uuid.uuid4().hex}")
                shutil.rmtree(doomed, ignore_errors=True)


def _cache_key() -> str:
    """Hash everything that machine code depends on: its sources, the tools, and the processor."""
    digest = hashlib.blake2b(digest_size=16)
    for path in _source_paths():
        with contextlib.suppress(OSError):  # then it was replaced since the start, and nothing will be kept
            content = path.read_bytes()
            digest.update(f"{path.relative_to(PACKAGE).as_posix()}\0{len(content)}\0".encode() + content)
    settings = [f"{name}={os.environ.get(name, '')}" for name in _NUMBA_SETTINGS]
    tools = [numba.__version__, llvmlite.__version__, np.__version__, sys.version, platform.machine(), CHANCE]
    digest.update("\0".join([*tools, llvmlite.binding.get_host_cpu_name(), *settings]).encode())
    return digest.hexdigest()


def _source_paths() -> list[Path]:
    found = {path for glob in _MACHINE_CODE for path in PACKAGE.glob(glob)}
    return sorted(path for path in found if path.is_file() and not path.name.startswith("."))


def _stamp(path: Path) -> tuple[Path, int, int]:
    try:
        status = path.stat()
    except OSError:  # an editor is just replacing it
        return path, 0, -1
    return path, status.st_mtime_ns, status.st_size


def _stamps() -> list[tuple[Path, int, int]]:
    return [_stamp(path) for path in _source_paths()]


@functools.cache
def _sources_at_start() -> tuple[list[tuple[Path, int, int]], bool]:
    """Return names, times and sizes of the sources, and whether Python reads each in its present form."""
    stamps = _stamps()
    outdated = [path for path, changed_ns, size in stamps if _python_reads_an_older(path, changed_ns, size)]
    return stamps, not outdated


def _python_reads_an_older(path: Path, changed_ns: int, size: int) -> bool:
    """Say whether Python's bytecode is of an older form of this source, and delete it if so.

    Python compares whole seconds and the size: an edit of a number within a second of the edit before is missed.
    """
    bytecode = Path(importlib.util.cache_from_source(str(path)))
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


@functools.cache
def _may_be_kept(filename: str) -> bool:
    """Say whether code of this file may be kept: it is one of the sources, and none was edited since they were hashed.

    Asked once a file, right after its import began: a source saved during the imports would otherwise be compiled
    under the name of the sources before it.
    """
    cache_folder()
    stamps, sound = _sources_at_start()
    try:
        path = Path(filename).resolve()
        return sound and path in {source for source, _, _ in stamps} and _stamps() == stamps
    except OSError:
        return False


if not PLAIN:
    _sources_at_start()


# ---------------------------------------------------------------------------------------------------------------------
# The digest of the rules


@functools.cache
def rules_digest() -> str:
    """Return 32 hexadecimal digits that change when a result may: blake2b over the syntax trees of the engine.

    Comments, layout and docstrings do not count, nor does the version of Python; numba's and numpy's versions and the
    generator of chance do.
    """
    digest = hashlib.blake2b(digest_size=16)
    for name in sorted(
        {path.relative_to(PACKAGE).as_posix() for glob in ENGINE_MODULES for path in PACKAGE.glob(glob)}
    ):
        tree = ast.parse((PACKAGE / name).read_bytes())
        digest.update(f"{name}\0{syntax(tree)}\0".encode())
    digest.update(f"numba {numba.__version__} numpy {np.__version__} chance {CHANCE} {_OPTIONS}".encode())
    return digest.hexdigest()


def syntax(node: Any) -> str:
    """Write a syntax tree as text, without docstrings and without what differs between versions of Python."""
    if isinstance(node, ast.AST):
        fields = ((name, value) for name, value in ast.iter_fields(node) if name not in _NOT_SYNTAX)
        inner = ",".join(f"{name}={syntax(value)}" for name, value in fields if value is not None and value != [])
        return f"{type(node).__name__}({inner})"
    if isinstance(node, list):
        return "[" + ",".join(syntax(item) for item in node if not _is_docstring(item)) + "]"
    return f"{type(node).__name__}:{node!r}"


_NOT_SYNTAX: Final = frozenset({"ctx", "kind", "type_comment", "type_ignores"})


def _is_docstring(node: Any) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
