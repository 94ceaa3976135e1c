"""The one file that imports numba: how the project's functions are compiled. Where that is kept: machine_code.py."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import llvmlite
import llvmlite.binding
import numba
import numpy as np
from numba import literal_unroll
from numba.cpython.unsafe.tuple import tuple_setitem

from sim import machine_code

__all__ = [
    "PLAIN",
    "PROCESSOR",
    "cache_folder",
    "compiled",
    "literal_unroll",
    "needs_compiling",
    "part",
    "rule",
    "stage",
    "subroutine",
    "with_item",
]

_log = logging.getLogger(__name__)
_Function = TypeVar("_Function", bound=Callable[..., Any])

PLAIN: Final = bool(getattr(numba.config, "DISABLE_JIT", False))
"""True when NUMBA_DISABLE_JIT=1: every rule and kernel is then the plain Python function."""
PROCESSOR: Final[str] = llvmlite.binding.get_host_cpu_name()
"""The family of this machine's processor, as the compiler calls it."""
_decorating: Final = threading.RLock()

machine_code.sources_are_current()  # looked at now, before the engine is imported
if PLAIN:
    np.seterr(over="ignore")  # numpy warns when a uint64 scalar wraps around, as chance.py means it to (this thread)


# ---------------------------------------------------------------- the decorators


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
    if keep and machine_code.may_be_kept(function.__code__.co_filename):
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
        cache._cache_file._data_name_pattern = pattern.replace("{number:d}", machine_code.PROCESS + ".{number:d}")


# ---------------------------------------------------------------- tables in compiled code
#
# A tuple of floats is read by a running index. A field of a record is read by its name alone, so a loop over fields is
# one over `literal_unroll(names)`, which is unrolled; it costs about half a second of compilation each.


def _with_item(values: Any, at: int, value: Any) -> Any:
    return (*values[:at], value, *values[at + 1 :])


with_item: Final[Any] = _with_item if PLAIN else tuple_setitem
"""Return a plain tuple with one item replaced: a table is made from a blank one, item by item, in a loop."""


# ---------------------------------------------------------------- where machine code is kept


def needs_compiling(module: str = "ticking") -> bool:
    """Say whether the first run will have to compile: no machine code of `sim/kernel/<module>.py` is kept yet."""
    return not PLAIN and next(cache_folder().glob(f"*/{module}.*.nbi"), None) is None


def cache_folder() -> Path:
    """Return this process's folder of machine code; its name is a hash of the sources, the tools and the processor."""
    return machine_code.folder(numba.__version__, llvmlite.__version__, np.__version__, PROCESSOR)
