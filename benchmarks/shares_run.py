"""Where a run's time goes: sample the instruction pointer, find the lines of Python it stems from, name the stages.

Run with NUMBA_DEBUGINFO=1, which adds line numbers to the machine code and changes nothing else of it. What is built
into its caller is still told apart, as the compiler keeps the chain of lines from which an instruction stems.
"""

from __future__ import annotations

import ast
import ctypes
import functools
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks.case import Case, case_of, scenario_of
from benchmarks.children import ROOT, ChildError

STEP_NS = 97_000  # between two looks; nothing in a run has this period
ROOM = 4_000_000
ENTRY = "_perform"
"""The one function of `sim/kernel/ticking.py` that a run calls: it contains all others."""
SHARED = "speak"  # one function, called for decisions and, each night, by those who ask


class Frame(NamedTuple):
    """One link of the chain from an instruction to the functions that it was built into."""

    file: str  # within `sim`
    function: str


LEARNING = {
    "learn_opinion", "learn_who_knows", "watch_treatment", "hear_promise", "hear_disclosure", "notice_silence",
    "notice_superior",
}  # fmt: skip
BY_FUNCTION = {
    "rank": "ranking pages",
    "reacting": "reacting",
    "collect": "ranking for a reader",
    "consider_answer": "answering",
    "consider_care": "answering",
    "read": "reading",
    "open_occasions": "wishing",
    "open_inbox": "arriving and leaving",
    "leave": "arriving and leaving",
    "see_how_long_things_stay": "arriving and leaving",
    "visit": "reading",
    "arrive": "arriving and leaving",
    "begin_day": "overnight",
    "close_day": "overnight",
} | dict.fromkeys(LEARNING, "learning")
BY_FILE = {
    "feed.py": "ranking for a reader",
    "rules/choice.py": "deciding",
    "kernel/deciding.py": "deciding",
    "kernel/publishing.py": "publishing",
    "kernel/messages.py": "publishing",
    "kernel/noticing.py": "publishing",
    "kernel/leading.py": "answering",
    "kernel/closing.py": "overnight",
    "kernel/talking.py": "overnight",
    "kernel/asking.py": "overnight",
}
OUTSIDE = "else"


def stage_of(chain: list[Frame]) -> str:
    """Return the stage of a chain, innermost first: luck wherever it is drawn, else what called."""
    if any(frame.file == "chance.py" for frame in chain):
        return "luck"
    if [frame.function for frame in chain] == [SHARED] or (chain and chain[-1].function == SHARED):
        return SHARED
    for frame in chain:
        if found := BY_FUNCTION.get(frame.function):
            return found
    return next((BY_FILE[frame.file] for frame in reversed(chain) if frame.file in BY_FILE), OUTSIDE)


@functools.cache
def functions_of(file: str) -> list[tuple[int, int, str]]:
    """Return first line, last line and name of the functions of a file of `sim`."""
    tree = ast.parse((ROOT / "sim" / file).read_text(encoding="utf-8"))
    found = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
    return [(each.lineno, each.end_lineno or 0, each.name) for each in found]


def frame_of(line: str) -> Frame | None:
    """Return the frame of a line of addr2line; None where it is no line of `sim`."""
    path, _, number = line.partition(" (")[0].rpartition(":")
    if "/sim/" not in path:
        return None
    file = path.rpartition("/sim/")[2]
    at = int(number) if number.isdigit() else 0
    return Frame(file, next((name for first, last, name in functions_of(file) if first <= at <= last), ""))


# ---------------------------------------------------------------- the machine code of a run


def keep_objects() -> dict[str, bytes]:
    """Let numba keep the object code that it loads from disk, by the name of the function; return where."""
    from numba.core.codegen import CPUCodeLibrary

    kept: dict[str, bytes] = {}
    take = CPUCodeLibrary._set_compiled_object

    def keep(self: Any, code: bytes) -> None:
        kept[self.name] = code
        take(self, code)

    CPUCodeLibrary._set_compiled_object = keep
    return kept


def section_of(dispatcher: Any) -> int:
    """Return where the machine code of a compiled function begins in memory."""
    (compiled,) = dispatcher.overloads.values()
    name = compiled.fndesc.llvm_func_name
    return int(compiled.library._codegen._engine.get_function_address(name))


def chains(code: Path, offsets: list[int]) -> Iterator[list[Frame]]:
    """Yield the chain of frames of each place in object code; empty where it has none."""
    asked = "".join(f"{offset:#x}\n" for offset in offsets)
    command = ["addr2line", "-j", ".ltext", "-i", "-a", "-e", str(code)]
    said = subprocess.run(command, input=asked, capture_output=True, text=True, check=True).stdout
    for block in f"\n{said}".split("\n0x")[1:]:
        frames = (frame_of(line) for line in block.splitlines()[1:])
        yield [frame for frame in frames if frame]


def counted(code: Path, base: int, pointers: Any) -> Counter[str]:
    """Return how many instruction pointers lie in each stage."""
    size = section_size(code)
    inside = pointers[(pointers >= base) & (pointers < base + size)]
    places, counts = np.unique(inside - np.uint64(base), return_counts=True)
    found = Counter({OUTSIDE: len(pointers) - len(inside)})
    for chain, count in zip(chains(code, places.tolist()), counts.tolist(), strict=True):
        found[stage_of(chain)] += count
    return found


def section_size(code: Path) -> int:
    """Return the bytes of machine code in object code."""
    said = subprocess.run(["readelf", "-SW", str(code)], capture_output=True, text=True, check=True).stdout
    (line,) = (line for line in said.splitlines() if " .ltext " in line)
    return int(line.partition("PROGBITS")[2].split()[2], 16)


# ---------------------------------------------------------------- the run


def main() -> None:
    """Run one case as often as wanted, look where it is, and print counts by stage and processor time as JSON."""
    kept = keep_objects()
    from benchmarks import c_code
    from sim.engine import Engine
    from sim.kernel import ticking

    case = case_of(sys.argv[1:])
    Engine(scenario_of(Case(members=60, days=1))).advance(8)
    if ENTRY not in kept:
        print(json.dumps({"compiled": True}))
        return
    pointers, taken, seconds = np.zeros(ROOM, np.uint64), 0, []
    with tempfile.TemporaryDirectory() as scratch:
        code, sampler = Path(scratch) / "kernel.o", c_code.library("sampler.c", Path(scratch))
        code.write_bytes(kept[ENTRY])
        for _ in range(case.repeats):
            engine = Engine(scenario_of(case), seed=case.seed)
            left = ctypes.c_void_p(pointers[taken:].ctypes.data)
            if sampler.begin(left, ctypes.c_int64(ROOM - taken), ctypes.c_int64(STEP_NS)):
                raise ChildError("this system lets no program look where it is (timer_create)")
            began = time.thread_time()
            engine.advance(engine.ticks)
            seconds.append(time.thread_time() - began)
            taken += sampler.end()
        stages = counted(code, section_of(getattr(ticking, ENTRY)), pointers[:taken])
    print(json.dumps({"compiled": False, "stages": stages, "seconds": seconds, "counts": counts_of(engine)}))


def counts_of(engine: Any) -> dict[str, float]:
    """Return the sums of a run that times are told by."""
    from benchmarks.engine_run import counts_of as counts

    return {name: counts(engine)[name] for name in ("visits", "items", "wishes", "asked", "comments", "posts")}


if __name__ == "__main__":
    main()
