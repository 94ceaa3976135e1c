"""(a) The compiled engine against the same rules run as plain Mesa object agents."""

from __future__ import annotations

from statistics import median
from typing import Any

from benchmarks import children
from benchmarks.case import Case
from benchmarks.report import Mode, Section, met, seconds

GOAL = 200.0
COUNTED = ["visits", "items", "posts", "comments", "likes", "wishes", "spoken"]


def measure(mode: Mode) -> Section:
    """Time both, check that they did the same, and compare."""
    quick = mode is Mode.quick
    case = Case(members=200 if quick else 1_000, days=5 if quick else 60, repeats=5)
    compiled = children.engine(case)
    fast = [children.objects(case) for _ in range(1 if quick else 3)]
    exact = children.objects(Case(members=case.members, days=case.days, exact=True))
    for said in (*fast, exact):
        check_same(compiled["counts"], said["counts"])
    engine, objects = median(compiled["seconds"]), median(said["seconds"] for said in fast)
    ratios = {"fast": objects / engine, "exact": exact["seconds"] / engine}
    rows = [
        ["compiled engine, one thread", seconds(engine), seconds(min(compiled["seconds"])), "1"],
        ["object agents, C library's exp and log", seconds(objects), _best(fast), f"{ratios['fast']:.0f}"],
        ["object agents, rules as they stand", seconds(exact["seconds"]), "", f"{ratios['exact']:.0f}"],
    ]
    return Section(
        f"(a) {case.members:,} members x {case.days} days with the silence ledger, against Mesa object agents",
        f"at least {GOAL:.0f} times faster",
        ["", "median", "fastest", "times the engine's median"],
        rows,
        f"Goal {met(ratios['fast'] >= GOAL, mode)}: the faster of the two baselines takes {ratios['fast']:.0f} times "
        f"as long as the engine, the one whose rules stand as they are {ratios['exact']:.0f} times.",
        _note(compiled["counts"], len(fast)),
    )


def _best(said: list[dict[str, Any]]) -> str:
    return seconds(min(each["seconds"] for each in said))


def check_same(engine: dict[str, float], objects: dict[str, float]) -> None:
    """Raise ChildError unless both did the same work: all counts equal, all sums but for rounding."""
    for name, wanted in engine.items():
        found = objects.get(name, 0.0)
        if abs(found - wanted) > 1e-9 * max(abs(wanted), 1.0):  # of a count this lets nothing pass
            raise children.ChildError(
                f"the object agents have {found} {name}, the engine {wanted}: what was changed in sim/kernel and "
                "sim/feed.py has to be changed in benchmarks/object_*.py too"
            )


def _note(counts: dict[str, float], repeats: int) -> str:
    work = ", ".join(f"{counts[name]:,.0f} {name}" for name in COUNTED)
    return (
        f"All three did the same work: {work}; and every strategy, motive, kind and response was counted equally often "
        "(checked in this very run). The baseline (`benchmarks/object_agents.py`) is one Mesa agent a member with "
        "attributes, message objects and lists; it calls the plain-Python bodies of `sim.rules` with "
        "NUMBA_DISABLE_JIT=1 and holds only Python's own numbers, never numpy's. It was written to be fast: the keyed "
        "luck (splitmix64) runs on Python's whole numbers with the same bits, and in the second row exp and log are "
        "the C library's and a rule's scratch arrays are lists. In the third row nothing of the rules is replaced, and "
        "then the run agrees with the engine's in every bit (`tests/test_benchmarks.py`). The engine ran five times, "
        f"the second row {repeats} times, the third once; building the world is timed in none."
    )
