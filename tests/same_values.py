"""Say whether runs of one scenario and seed have the same values: `python -m tests.same_values RUN RUN ...`.

The runs may come from several Pythons, installations or machines. Exits with 1 where they differ, and says in what.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

COMPARED = ("seed", "tick", "rules", "chance", "probe", "measures", "values")


def differences(runs: Sequence[Path]) -> Iterator[str]:
    """Yield a line for each entry in which a run differs from the first one."""
    first, *others = (json.loads((run / "manifest.json").read_text("utf-8")) for run in runs)
    for run, other in zip(runs[1:], others, strict=True):
        if first["scenario"]["digest"] != other["scenario"]["digest"]:
            yield f"{run}: it is of another scenario than {runs[0]}"
        for name in COMPARED:
            if first[name] != other[name]:
                yield f"{run}: {name} differs from {runs[0]}{_where(first[name], other[name])}"


def _where(one: Any, other: Any) -> str:
    if not isinstance(one, dict) or not isinstance(other, dict):
        return f": {one} there, {other} here"
    return " in " + ", ".join(sorted(key for key in one.keys() | other.keys() if one.get(key) != other.get(key)))


def main(runs: Sequence[Path]) -> int:
    """Print what differs, or on what the runs agree; return the exit code."""
    found = list(differences(runs))
    for line in found:
        print(line)  # noqa: T201
    if not found:
        for run in runs:
            platform = json.loads((run / "manifest.json").read_text("utf-8"))["platform"]
            print(f"{run.name}: Python {platform['python']}, numpy {platform['numpy']}, scipy {platform['scipy']}")  # noqa: T201
        print(f"{len(runs)} runs agree in every value")  # noqa: T201
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main([Path(each) for each in sys.argv[1:]]))
