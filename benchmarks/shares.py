"""(i) Where a run's time goes: luck, ranking, reading, learning, reacting, deciding, overnight."""

from __future__ import annotations

from typing import Any

from benchmarks import children
from benchmarks.case import Case
from benchmarks.report import Mode, Section
from benchmarks.shares_run import SHARED

CASES = {1_000: Case(1_000, 60, repeats=20), 10_000: Case(10_000, 12, ("organization.levels=5",), repeats=5)}
CASES[100_000] = Case(100_000, 12, ("organization.levels=6",), repeats=2)
UNITS = {
    "luck": "items",
    "ranking pages": "visits",
    "ranking for a reader": "visits",
    "reading": "items",
    "learning": "items",
    "reacting": "items",
    "answering": "items",
    "arriving and leaving": "visits",
    "wishing": "visits",
    "deciding": "wishes",
    "publishing": "visits",
    "overnight": "nights",
    "else": "visits",
}
SINGULAR = {"items": "item", "visits": "visit", "wishes": "wish", "nights": "member and night"}
NOTE = (
    "While `Engine.advance` runs, a timer looks each 97 microseconds which instruction is being done "
    "(`benchmarks/c/sampler.c`); from the line numbers in the machine code follows the chain of functions that it was "
    "built from, and from that the stage: luck wherever a number is drawn, else what the innermost named part does. "
    "Decisions are taken by the same function that asks members overnight; its time is shared out by how often each "
    "called it. *Else* is what lies outside of the model's machine code: Python between the hours, the system, memory "
    "being cleared. Nanoseconds are these shares of the processor time of a run of the usual machine code that nobody "
    "looks at, the fastest; the one looked at has line numbers added (NUMBA_DEBUGINFO=1)."
)


def measure(mode: Mode) -> Section:
    """Sample runs of three sizes."""
    cases = {300: Case(300, 4)} if mode is Mode.quick else CASES
    found = {members: _sampled(case) for members, case in cases.items()}
    slower = [min(each["seconds"]) / min(each["usual_seconds"]) for each in found.values()]
    shares = {members: shares_of(each) for members, each in found.items()}
    largest = shares[max(shares)]
    first = sorted(largest, key=lambda stage: -largest[stage])[:5]
    return Section(
        "(i) Where time goes",
        "none, for the record",
        [
            "stage",
            "time a",
            *(f"{members:,} members: share" if n % 2 == 0 else "ns" for members in cases for n in (0, 1)),
        ],
        [_row(stage, cases, found, shares) for stage in UNITS],
        f"At {max(shares):,} members there is at most so much to gain, were a stage to cost nothing: "
        + ", ".join(f"{largest[each]:.0%} by {each}" for each in first)
        + ".",
        f"{NOTE} Here it took {min(slower):.2f} to {max(slower):.2f} times as long as a run that nobody looks at.",
    )


def _sampled(case: Case) -> dict[str, Any]:
    """Return what sampling a case found, and how long it takes where nobody looks."""
    return {**children.shares(case), "usual_seconds": children.engine(case)["processor_seconds"]}


def shares_of(found: dict[str, Any]) -> dict[str, float]:
    """Return the share of time of each stage; what decisions and questions share is given to both."""
    stages, counts = dict(found["stages"]), found["counts"]
    shared, calls = stages.pop(SHARED, 0), max(1.0, counts["wishes"] + counts["asked"])
    stages["deciding"] = stages.get("deciding", 0) + shared * counts["wishes"] / calls
    stages["overnight"] = stages.get("overnight", 0) + shared * counts["asked"] / calls
    total = sum(stages.values())
    return {stage: stages.get(stage, 0) / total for stage in UNITS}


def _row(
    stage: str, cases: dict[int, Case], found: dict[int, dict[str, Any]], shares: dict[int, dict[str, float]]
) -> list[str]:
    cells = []
    for members, case in cases.items():
        counts = found[members]["counts"] | {"nights": members * case.days}
        each = 1e9 * min(found[members]["usual_seconds"]) * shares[members][stage] / max(1.0, counts[UNITS[stage]])
        cells += [f"{shares[members][stage]:.1%}", f"{each:,.0f}"]
    return [stage, SINGULAR[UNITS[stage]], *cells]
