"""`uv run python -m benchmarks`: measure, print, and write RESULTS.md."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks import (
    children,
    cluster,
    commands,
    costs_of_runs,
    dashboard,
    extras,
    items,
    limit,
    memory,
    ratio,
    scaling,
    shares,
    sweeps,
    waiting,
)
from benchmarks.case import Case
from benchmarks.report import Mode, Section, document
from sim import files

PARTS = {
    "a": ratio,
    "b": items,
    "c": scaling,
    "d": commands,
    "e": extras,
    "f": sweeps,
    "g": dashboard,
    "h": limit,
    "i": shares,
    "j": memory,
    "k": waiting,
    "l": cluster,
    "m": costs_of_runs,
}
RESULTS = Path(__file__).with_name("RESULTS.md")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what was asked for; return the exit code: 1 where a measurement could not be made."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    size = parser.add_mutually_exclusive_group()
    size.add_argument(
        "--quick", action="store_true", help="small sizes, in a minute once compiled; shows only that it works"
    )
    size.add_argument("--full", action="store_true", help="with a million members")
    parser.add_argument("--only", default="".join(PARTS), metavar="abcdefghijklm", help="which parts to measure")
    parser.add_argument("--out", type=Path, help="where the table goes; RESULTS.md for a whole run, else nowhere")
    found = parser.parse_args(arguments)
    if unknown := set(found.only) - set(PARTS):
        parser.error(f"--only: there is no part '{min(unknown)}'; the parts are {', '.join(PARTS)}")
    mode = Mode.quick if found.quick else Mode.full if found.full else Mode.normal
    print("warming up: the machine code is loaded, or made where it is not there yet", file=sys.stderr)
    children.engine(Case(members=60, days=1))
    sections, failed = [], False
    for letter in sorted(set(found.only)):
        print(f"measuring ({letter}) ...", file=sys.stderr)
        section = _measured(letter, mode)
        failed |= not section.rows
        sections.append(section)
        print(section.text(), flush=True)
    whole = set(found.only) == set(PARTS) and mode is not Mode.quick
    if out := found.out or (RESULTS if whole else None):
        files.write(out, document(sections, mode).encode(), replace=out == RESULTS)
        print(f"written to {out}", file=sys.stderr)
    return int(failed)


def _measured(letter: str, mode: Mode) -> Section:
    """Return a part's section; one without rows, that says why, where it could not be measured."""
    try:
        return PARTS[letter].measure(mode)
    except children.ChildError as error:
        print(error, file=sys.stderr)
        return Section(f"({letter})", "", ["not measured"], [], f"Could not be measured: {str(error).splitlines()[0]}")


if __name__ == "__main__":
    sys.exit(main())
