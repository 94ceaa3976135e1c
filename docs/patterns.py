"""Writes the table of docs/patterns.md: `python -m docs.patterns` puts the whole gallery to the test, and takes long.

What was found is kept in docs/patterns.json, so that tests can hold it against fresh runs.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from experiments.patterns import as_data, assess
from experiments.progress import show_progress
from sim import files
from sim.scenario import gallery, load

HERE: Final = Path(__file__).resolve().parent
PAGE, RECORD = HERE / "patterns.md", HERE / "patterns.json"
CAP: Final = 64
"""Seeds at most."""
BLOCK: Final = re.compile(r"(<!-- measured: patterns -->\n)(.*?)(<!-- measured: end -->)", re.DOTALL)


def recorded() -> list[dict[str, Any]]:
    """Return what was found, an expectation each."""
    found: list[dict[str, Any]] = json.loads(RECORD.read_text("utf-8"))
    return found


def main(arguments: list[str] | None = None) -> None:
    """Test the gallery (with `--table`, only write the table again) and renew the page."""
    if "--table" not in (sys.argv[1:] if arguments is None else arguments):
        with show_progress("piece") as progress:
            found = assess([load(name) for name in gallery()], cap=CAP, done=lambda _, *counts: progress(*counts))
        files.write(RECORD, f"{json.dumps(as_data(found.tested), indent=1)}\n".encode())
    text = PAGE.read_text("utf-8")
    fresh = "\n".join(table(recorded()))
    files.write(PAGE, BLOCK.sub(lambda block: f"{block[1]}\n{fresh}\n\n{block[3]}", text).encode())


def table(record: list[dict[str, Any]]) -> Iterator[str]:
    """Yield the lines of the table, and how many verdicts there are of each kind."""
    counts = ", ".join(f"{sum(each['verdict'] == word for each in record)} {word}" for word in VERDICTS)
    yield f"{len(record)} expectations: {counts}."
    yield ""
    yield "| scenario | | expected | found | seeds | verdict |"
    yield "| --- | --- | --- | --- | ---: | --- |"
    for each in record:
        says = each["says"].replace("|", "/")
        yield (
            f"| {each['scenario']} | {each['pattern'] or ''} | {says} | {found(each)} | {each['seeds']} "
            f"| {VERDICTS[each['verdict']]} |"
        )


VERDICTS: Final = {"held": "held", "failed": "**failed**", "undecided": "undecided"}


def found(each: dict[str, Any]) -> str:
    """Return the mean and its interval."""
    if each["mean"] is None:
        return "no value"
    if each["low"] is None:
        return f"{each['mean']:.3g}"
    return f"{each['mean']:.3g} [{each['low']:.3g}, {each['high']:.3g}]"


if __name__ == "__main__":
    main()
