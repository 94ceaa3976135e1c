"""C code of the benchmarks: compiled when it is needed, by `cc`, with a header that is written from the numpy types."""

from __future__ import annotations

import ctypes
import struct
import subprocess
from collections.abc import Iterator, Mapping
from enum import IntEnum
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.children import ChildError, need
from sim import parameters, state, terms
from sim.feed import EVERYONE
from sim.kernel.luck import DRAWN, RENEWED
from sim.parameters import Coefficients
from sim.rules.choice import _COALITION_WEIGHT
from sim.state import WORD_BITS

FOLDER = Path(__file__).with_name("c")
FLAGS = ("-O3", "-march=native", "-std=gnu11", "-ffp-contract=off", "-fPIC")
"""No fast arithmetic, and no multiplication and addition in one: results are to be equal bit for bit."""
_RECORDS = {
    "member": state.MEMBER,
    "belief": state.BELIEF,
    "position": state.POSITION,
    "message": state.MESSAGE,
    "occasion": state.OCCASION,
    "issue": state.ISSUE,
    "audience": state.AUDIENCE,
    "slot": state.SLOT,
    "pending": state.PENDING,
    "policy": state.POLICY,
    "arena": state.ARENA,
}
_ENUMS: tuple[type[IntEnum], ...] = (
    *(each for each in vars(terms).values() if isinstance(each, type) and issubclass(each, IntEnum) and len(each)),
    state.Clock,
    state.Errand,
)
_SIZES = {name: value for name, value in vars(state).items() if name.isupper() and isinstance(value, int)} | {
    "EVERYONE": EVERYONE,
    "EVERYTHING": state.PAGES * max(state.LIVE_THREADS),  # more threads than a member can see
    "MOST_WORDS": max(state.LIVE_THREADS) // WORD_BITS,
    "STRATEGIES": terms.STRATEGIES,
    "SPOKEN": terms.SPOKEN,
    "MOTIVES": terms.MOTIVES,
    "NESTS": len(terms.NESTS),
    "LUCK": len(terms.Luck._fields),
    "STREAMS": len(DRAWN),
    "FIRST_MOTIVE": state.MOTIVE_FIELDS[0],
}
_TYPES = {
    "b": "int8_t",
    "h": "int16_t",
    "i": "int32_t",
    "l": "int64_t",
    "q": "int64_t",
    "L": "uint64_t",
    "Q": "uint64_t",
}


def library(source: str, into: Path, *objects: Path, flags: tuple[str, ...] = ()) -> ctypes.CDLL:
    """Compile one of the files in `benchmarks/c` to a library in the folder `into`, and load it."""
    made = into / f"{Path(source).stem}.so"
    _call([*FLAGS, *flags, "-shared", str(FOLDER / source), *map(str, objects), "-o", str(made), "-I", str(into)])
    return ctypes.CDLL(str(made))


def compile_object(source: str, into: Path, flags: tuple[str, ...] = ()) -> Path:
    """Compile one of the files in `benchmarks/c` to an object file."""
    made = into / f"{Path(source).stem}.o"
    _call([*FLAGS, *flags, "-c", str(FOLDER / source), "-o", str(made), "-I", str(into)])
    return made


def _call(arguments: list[str]) -> None:
    """Call the compiler; ChildError, with what it said, where it fails."""
    need("cc")
    done = subprocess.run(["cc", *arguments], capture_output=True, text=True, errors="replace", check=False)
    if done.returncode:
        raise ChildError(f"cc ended with {done.returncode}:\n{done.stderr[-2000:]}")


# ---------------------------------------------------------------- the header


def write_header(into: Path) -> None:
    """Write `records.h`: records, words, sizes and numbers of the theory as `sim` declares them."""
    (into / "records.h").write_text("\n".join(_header()), encoding="utf-8")


def _header() -> Iterator[str]:
    for name, value in _SIZES.items():
        yield f"#define {name} {value}"
    for enum in _ENUMS:
        yield f"enum {{ {', '.join(f'{enum.__name__}_{member.name} = {int(member)}' for member in enum)} }};"
    for name, kind in _RECORDS.items():
        yield from _struct(name, kind)
    yield from _world()
    yield from _coefficients()
    yield f"struct streams {{ uint64_t {', '.join(purpose.name.lower() for purpose in DRAWN)}; }};"
    yield f"static const uint64_t PURPOSES[] = {{{', '.join(str(int(purpose)) for purpose in DRAWN)}}};"
    yield f"static const int64_t PERIODS[] = {{{', '.join(map(str, RENEWED))}}};"
    causes = len(terms.CAUSES)
    yield f"#define COALITION_WEIGHTS {{{', '.join(map(repr, _COALITION_WEIGHT[causes, :causes].tolist()))}}}"
    yield ""


def _struct(name: str, kind: np.dtype[Any]) -> Iterator[str]:
    """Yield a record, and the assertion that the compiler lays it out as numpy does."""
    fields: Mapping[str, Any] = kind.fields or {}
    yield f"struct {name} {{"
    for field, about in fields.items():
        lengths = "".join(f"[{n}]" for n in about[0].shape)
        yield f"    {_type_of(about[0].base)} {field}{lengths};"
    yield "};"
    yield f'_Static_assert(sizeof(struct {name}) == {kind.itemsize}, "{name}");'
    for field, about in fields.items():
        yield f'_Static_assert(offsetof(struct {name}, {field}) == {about[1]}, "{name}.{field}");'


def _type_of(kind: np.dtype[Any]) -> str:
    for name, record in _RECORDS.items():
        if kind == record:
            return f"struct {name}"
    return "double" if kind == np.float64 else _TYPES[kind.char]


def _world() -> Iterator[str]:
    """Yield the world: of each array where it begins, and how many rows it has."""
    kinds = {name: f"struct {name.removesuffix('s')}" for name in state.World._fields} | {
        "start": "struct belief",
        "policies": "struct policy",
        "rows": "struct occasion",
        "arena": "struct arena",
    }
    plain = {
        "keys": "uint64_t",
        "unread": "uint64_t",
        "visit_chance": "double",
        "marks": "double",
        "tie_start": "int64_t",
        "liked": "int8_t",
        "clock": "int64_t",
    }
    plain |= dict.fromkeys(
        ("tie_member", "visitors", "row_count", "seen", "seen_count", "news", "early_for"), "int32_t"
    )
    plain |= dict.fromkeys(("influence", "daily", "whole"), "double")
    yield "struct world {"
    for name, kind in (kinds | plain).items():
        yield f"    {kind} *{name}; int64_t {name}_length;"
    yield "};"


def _coefficients() -> Iterator[str]:
    """Yield the tables of the theory's numbers, and what stands beside them."""
    tables = {name: getattr(parameters, f"{name.capitalize()}Coefficients", None) for name in Coefficients._fields}
    for name, table in tables.items():
        if table is not None:
            yield f"struct {name} {{ double {', '.join(table._fields)}; }};"
    yield "struct coefficients {"
    for name, table in tables.items():
        kind = f"struct {name}" if table else "int64_t" if name == "theory" else "double"
        yield f"    {kind} {name};"
    yield "};"


# ---------------------------------------------------------------- what C is handed


def world_in_c(world: state.World) -> Any:
    """Return the `struct world` of a world: it points into its very arrays, and lives no longer than they do."""
    fields = [number for array in world for number in (array.ctypes.data, len(array))]
    return (ctypes.c_int64 * len(fields))(*fields)


def coefficients_in_c(coefficients: Coefficients) -> Any:
    """Return the `struct coefficients` of the numbers of the theory."""
    packed = b""
    for each in coefficients:
        packed += struct.pack(f"{len(each)}d", *each) if isinstance(each, tuple) else _packed(each)
    return ctypes.create_string_buffer(packed, len(packed))


def _packed(value: float) -> bytes:
    return struct.pack("d" if isinstance(value, float) else "q", value)
