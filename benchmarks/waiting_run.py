"""Time in a process of its own, where all is loaded, what a click asks of a stored run; print it as JSON.

The arguments are the run folder and how often each is tried; the median of each is printed, in seconds.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from typing import Any

import sim
from experiments.report import page


def main() -> None:
    """Time each question, after it was asked once."""
    folder, repeats = Path(sys.argv[1]), int(sys.argv[2])
    print(json.dumps({name: _timed(ask, repeats) for name, ask in questions(folder).items()}))


def questions(folder: Path) -> Mapping[str, Callable[[], Any]]:
    """Return what is asked: of who had as many occasions as the middle member with any, and of who had the most."""
    run = sim.Run.load(folder)
    counts = run.occasions["member"].value_counts().sort("count", "member")["member"].to_list()
    middle, most = (run.members["id"][row] for row in (counts[len(counts) // 2], counts[-1]))
    return {
        "explain, the middle member": lambda: _shown(sim.explain(run, middle)),
        "explain, the member with most to say": lambda: _shown(sim.explain(run, most)),
        "all of it, as JSON": lambda: sim.explain(run, most).to_dict(),
        "a twin": lambda: sim.twin(run, {"visibility.scope": "team"}, run.seed),
        "a report": lambda: page(sim.Run.load(folder)),
    }


def _shown(found: sim.Explanation) -> str:
    """Return what `ism explain` prints: a line an occasion, and one of them in full."""
    return found.words() + found.most_telling().words()


def _timed(ask: Callable[[], Any], repeats: int) -> float:
    times = []
    for _ in range(repeats + 1):
        began = time.perf_counter()
        ask()
        times.append(time.perf_counter() - began)
    return median(times[1:])


if __name__ == "__main__":
    main()
