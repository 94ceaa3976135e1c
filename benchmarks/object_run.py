"""Run the object agents in a process of their own, and print as JSON how long it took and what came out.

`NUMBA_DISABLE_JIT=1 python -m benchmarks.object_run --members 60 --days 5 --exact`
"""

from __future__ import annotations

import dataclasses
import json
import math
import platform
import sys
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from benchmarks.case import case_of, scenario_of

if TYPE_CHECKING:
    from benchmarks.object_agents import ObjectArena


OBJECTS = ("at", "author", "issue", "page", "thread", "parent", "replies", "last_tick")  # no numbers of MESSAGE


def main() -> None:
    """Run one case and print what came out."""
    case = case_of(sys.argv[1:])
    make_rules_plain(exact=case.exact)
    from benchmarks.object_agents import ObjectArena

    model = ObjectArena(scenario_of(case), seed=case.seed)
    began = time.perf_counter()
    for _ in range(case.days * 8):
        model.step()
    seconds = time.perf_counter() - began
    said: dict[str, Any] = {"seconds": seconds, "python": platform.python_version(), "counts": counts_of(model)}
    if case.everything:
        said["state"] = state_of(model)
    print(json.dumps(said))


def make_rules_plain(exact: bool) -> None:
    """Make the rules' bodies as fast as plain Python can be; call before `sim.rules` is imported.

    The C library's exp and log take the place of `sim.arithmetic`'s, whose bit tricks are slow numpy scalars in plain
    Python, and a rule's scratch arrays become lists. `exact` leaves all as it is, so that every bit agrees.
    """
    from sim import arithmetic
    from sim.compiled import PLAIN
    from sim.sources import CHANCE

    if not PLAIN or CHANCE != "splitmix64":
        raise SystemExit("the object agents are plain Python and know one generator: set NUMBA_DISABLE_JIT=1 only")
    if exact:
        return
    fast: Any = arithmetic
    fast.exp, fast.log = math.exp, math.log
    from sim.rules import choice

    rule: Any = choice
    weights = enumerate(choice._COALITION_WEIGHT.tolist())
    rule._COALITION_WEIGHT = {(n, size): weight for n, row in weights for size, weight in enumerate(row)}
    rule.np = SimpleNamespace(inf=math.inf, empty=lambda count: [0.0] * count, zeros=lambda count: [0.0] * count)


def counts_of(model: ObjectArena) -> dict[str, float]:
    """Return each of the day's sums, over all days and cells."""
    totals: dict[str, float] = {}
    for day in model.days:
        for sums in day.values():
            for name, value in sums.items():
                totals[name] = totals.get(name, 0.0) + value
    return totals


def state_of(model: ObjectArena) -> dict[str, Any]:
    """Return everything a run leaves behind, under the names of the world's arrays and fields."""
    from benchmarks.object_member import BELIEFS
    from sim.state import ISSUE, MEMBER, POSITION

    numbers = [name for name in MEMBER.names or () if isinstance(getattr(model.members[0], name, None), int | float)]
    return {
        "members": {name: [getattr(member, name) for member in model.members] for name in numbers},
        "beliefs": {name: [getattr(member, name) for member in model.members] for name in BELIEFS},
        "positions": {
            name: [[getattr(position, name) for position in member.positions] for member in model.members]
            for name in POSITION.names or ()
        },
        "issues": {name: [getattr(issue, name) for issue in model.issues] for name in ISSUE.names or ()},
        "messages": messages_of(model),
        "ledger": model.ledger,
        "daily": model.days,
        "whole": model.whole,
    }


def messages_of(model: ObjectArena) -> dict[str, list[Any]]:
    """Return the fields of all messages; authors, threads and parents by their numbers."""
    fields = [entry.name for entry in dataclasses.fields(model.messages[0]) if entry.name not in OBJECTS]
    found: dict[str, list[Any]] = {name: [getattr(message, name) for message in model.messages] for name in fields}
    found["author"] = [message.author.row for message in model.messages]
    found["issue"] = [message.issue.number for message in model.messages]
    found["audience"] = [message.page.number for message in model.messages]
    found["thread"] = [message.thread.at for message in model.messages]
    found["parent"] = [-1 if message.parent is None else message.parent.at for message in model.messages]
    return found


if __name__ == "__main__":
    main()
