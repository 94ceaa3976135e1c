"""The one file that imports numba: how the project's functions are compiled. Where that is kept: machine_code.py."""

from __future__ import annotations

import contextlib
import functools
import gc
import importlib
import json
import logging
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import llvmlite
import llvmlite.binding
import numba
import numpy as np
from llvmlite import ir
from numba import literal_unroll, types
from numba.core import codegen, compiler, compiler_machinery, typed_passes
from numba.cpython.unsafe.numbers import trailing_zeros
from numba.cpython.unsafe.tuple import tuple_setitem
from numba.extending import intrinsic

from sim import machine_code

__all__ = [
    "BYTES_OF_A_LINE",
    "NO_BITS",
    "ONE",
    "PLAIN",
    "PROCESSOR",
    "cache_folder",
    "compile_at_once",
    "compile_job",
    "compiled",
    "fetch_line",
    "half",
    "literal_unroll",
    "lowest_bit",
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
_type_of: Final[Callable[..., Any]] = numba.typeof
_without_value: Final[Callable[..., Any]] = types.unliteral
_Library: Final[Any] = codegen.JITCodeLibrary
_Lowering: Final[Any] = typed_passes.NativeLowering
_Compiler: Final[Any] = compiler.Compiler
_registered: Final[Any] = compiler_machinery.register_pass
_function_at: Final[Any] = numba._dynfunc.make_function  # type: ignore[attr-defined]
_decorating: Final = threading.RLock()
_compiling: Final = threading.Lock()

machine_code.sources_are_current()  # looked at now, before the engine is imported
if PLAIN:
    np.seterr(over="ignore")  # numpy warns when a uint64 scalar wraps around, as chance.py means it to (this thread)


# ---------------------------------------------------------------- what is only built into others


class _Linked(_Library):  # type: ignore[misc]
    """A function as it is built into others: neither optimised by itself nor made into machine code of its own.

    Whoever contains it does both for all of it; to do them twice would take a fifth of the time to compile.
    """

    def _optimize_final_module(self) -> None:
        pass

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()
        self._finalized = True


@_registered(mutates_CFG=True, analysis_only=False)
class _LowerForCallers(_Lowering):  # type: ignore[misc]
    """Lower a function for those who call it, as numba does, up to what `_Linked` leaves out."""

    _name = "lower_for_callers"

    def run_pass(self, state: Any) -> bool:
        """Put a library and a key into the compiler's state, by which callers find what to link."""
        state.library = library = _Linked(state.targetctx.codegen(), state.func_id.func_qualname)
        state.flags.no_compile = True
        changed = super().run_pass(state)
        lowered = state["cr"]
        module, name = lowered.fndesc.lookup_module(), lowered.fndesc.qualname
        key = _function_at(module, name, "", 0, lowered.env, (library,))
        state.targetctx.insert_user_function(key, lowered.fndesc, [library])
        state["cr"] = lowered._replace(cfunc=key)
        return bool(changed)


class _ForCallers(_Compiler):  # type: ignore[misc]
    """numba's compiler with that way of lowering."""

    def define_pipelines(self) -> Any:
        """Return numba's own steps, the one replaced."""
        pipelines = super().define_pipelines()
        for each in pipelines:
            each.passes = [(_LowerForCallers if one is _Lowering else one, why) for one, why in each.passes]
            each.finalize()
        return pipelines


_ONLY_BUILT_IN: Final = {"no_cpython_wrapper": True, "pipeline_class": _ForCallers}

# ---------------------------------------------------------------- the decorators


def compiled(function: _Function) -> _Function:
    """Compile a kernel or an entry point; its machine code is kept on disk and it lets other threads run."""
    return _jit(function, _nrt=True)


def rule(function: _Function) -> _Function:
    """Compile a small pure function that is built into its callers; plain Python reads it unchanged."""
    return function if PLAIN else cast(_Function, Rule(function))


def stage(function: _Function) -> _Function:
    """Compile an entry point that works on a whole world in place.

    It counts no references to arrays, which would cost more than the work, and so may not make any.
    """
    return _jit(function, _nrt=False)


def part(function: _Function) -> _Function:
    """Compile a part of a stage, built into it; it cannot be called from Python, and saves the time to allow for it."""
    return _jit(function, keep=False, _nrt=False, forceinline=True, **_ONLY_BUILT_IN)


class Rule:
    """A rule in its two compiled forms: one that is built into kernels, and one that Python calls.

    What lets Python call a function takes as long to compile as a small function itself, and most rules are called by
    kernels alone: the second form is made when Python first calls it.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        functools.update_wrapper(self, function)
        self.py_func = function
        self.built_in = _jit(function, keep=False, forceinline=True, **_ONLY_BUILT_IN)
        self._numba_type_ = _type_of(self.built_in)  # by it numba knows what a call of this means in compiled code

    @functools.cached_property
    def _callable(self) -> Callable[..., Any]:
        return _jit(self.py_func, keep=False)

    def __call__(self, *arguments: Any) -> Any:
        return self._callable(*arguments)


def subroutine(function: _Function) -> _Function:
    """Compile a part of several stages, called by them; it cannot be called from Python either."""
    return _jit(function, keep=False, _nrt=False, **_ONLY_BUILT_IN)


def half(function: _Function) -> _Function:
    """Compile a subroutine that is kept on disk, so that another process can compile it: see `compile_at_once`."""
    return _jit(function, _nrt=False, no_cpython_wrapper=True)


def _jit(function: _Function, *, keep: bool = True, **further: Any) -> _Function:
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
            return cast(_Function, _once_for_whole_numbers(dispatcher))
    return cast(_Function, _once_for_whole_numbers(numba.njit(**options)(function)))


def _once_for_whole_numbers(dispatcher: Any) -> Any:
    """Let compiled code call a function with any whole number: else it is compiled for each width and each literal."""
    ask = dispatcher.get_call_template
    dispatcher.get_call_template = lambda args, kws: ask(
        tuple(map(_widened, args)), {name: _widened(kind) for name, kind in kws.items()}
    )
    return dispatcher


def _widened(kind: Any) -> Any:
    plain = _without_value(kind) if isinstance(kind, types.IntegerLiteral | types.BooleanLiteral) else kind
    return types.int64 if plain in types.signed_domain else plain


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


# ---------------------------------------------------------------- two processes compile


Call = tuple[Any, Sequence[Any]]
"""A compiled function, and arguments of the types that it is called with."""
_OTHER_PROCESS: Final = """\
import json, pickle, sys
sys.path[:] = json.loads(sys.stdin.buffer.readline())
from sim.compiled import compile_job
for job in pickle.load(sys.stdin.buffer):
    compile_job(*job)
"""


def compile_at_once(apart: Sequence[Call], here: Sequence[Call], then: Call) -> None:
    """Compile some functions in another process, meanwhile others in this one, then what contains both; for such calls.

    This process finds the first ones on disk when it compiles what calls them. Whatever goes wrong with the other
    process costs time alone: what is not on disk is compiled here. Of several threads one does it, and the others wait.
    """
    if PLAIN:
        return
    with _compiling:
        if not then[0].signatures:
            with _another_process(list(map(_job, apart))):
                for job in map(_job, here):
                    compile_job(*job)
            compile_job(*_job(then))


def _job(call: Call) -> tuple[str, str, tuple[Any, ...]]:
    """Return which function of which module is called, and with which types."""
    function, arguments = call
    return function.__module__, function.__name__, tuple(_widened(_type_of(each)) for each in arguments)


def compile_job(module: str, name: str, kinds: tuple[Any, ...]) -> None:
    """Compile a function of a module for these types."""
    function = getattr(importlib.import_module(module), name)
    with _garbage_collected_seldom():
        function.compile(kinds)


@contextlib.contextmanager
def _garbage_collected_seldom() -> Iterator[None]:
    """Look for garbage less often: the compiler holds on to millions of objects, and to look at them takes it a fifth.

    Never to look would take 350 MB more memory; so it is 90.
    """
    before = gc.get_threshold()
    gc.set_threshold(50_000, 50, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)


@contextlib.contextmanager
def _another_process(jobs: Sequence[Any]) -> Iterator[None]:
    """Compile in another process, where it keeps what it makes and has a processor; wait for it at the end."""
    process = None
    if machine_code.is_shared(cache_folder()) and (os.cpu_count() or 1) > 1:
        with contextlib.suppress(OSError):
            process = subprocess.Popen(
                [sys.executable, "-c", _OTHER_PROCESS],
                stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
    if process is None or process.stdin is None:
        yield
        return
    try:
        with contextlib.suppress(OSError), process.stdin as pipe:
            pipe.write(json.dumps(sys.path).encode() + b"\n")
            pickle.dump(jobs, pipe)
        yield
        process.wait()
    finally:
        process.kill()  # where Ctrl+C came; else it has ended


# ---------------------------------------------------------------- tables in compiled code
#
# A tuple of floats is read by a running index. A field of a record is read by its name alone, so a loop over fields is
# one over `literal_unroll(names)`, which is unrolled; it costs about half a second of compilation each.


def _with_item(values: Any, at: int, value: Any) -> Any:
    return (*values[:at], value, *values[at + 1 :])


with_item: Final[Any] = _with_item if PLAIN else tuple_setitem
"""Return a plain tuple with one item replaced: a table is made from a blank one, item by item, in a loop."""


NO_BITS: Final = np.uint64(0)
ONE: Final = np.uint64(1)


def _lowest_bit(bits: np.uint64) -> np.uint64:
    number = int(bits)
    return np.uint64((number & -number).bit_length() - 1)


lowest_bit: Final[Any] = _lowest_bit if PLAIN else trailing_zeros
"""Return the number of the lowest of 64 bits that is set, uint64; one has to be. Processors do it in one step."""


BYTES_OF_A_LINE: Final = 64
"""What processors read from memory at once."""


@intrinsic
def _fetch_line(_: Any, array: Any, byte: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        begin = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        line = builder.gep(builder.bitcast(begin, ir.IntType(8).as_pointer()), [arguments[1]])
        how = [ir.IntType(32)(number) for number in (0, 3, 1)]  # to read, soon and often, data
        takes = ir.FunctionType(ir.VoidType(), [line.type, *(each.type for each in how)])
        builder.call(builder.module.declare_intrinsic("llvm.prefetch", [line.type], takes), [line, *how])
        return context.get_dummy_value()

    return types.void(array, byte), generate


fetch_line: Final[Any] = (lambda _array, _byte: None) if PLAIN else _fetch_line
"""Ask memory for the line of an array that a byte lies in, and do not wait for it: it changes no result, only time."""


# ---------------------------------------------------------------- where machine code is kept


def needs_compiling(function: str = "ticking._perform") -> bool:
    """Say whether the first run will have to compile: no machine code of this function of a module is kept yet."""
    return not PLAIN and next(cache_folder().glob(f"*/{function}-*.nbi"), None) is None


def cache_folder() -> Path:
    """Return this process's folder of machine code; its name is a hash of the sources, the tools and the processor."""
    return machine_code.folder(numba.__version__, llvmlite.__version__, np.__version__, PROCESSOR)
