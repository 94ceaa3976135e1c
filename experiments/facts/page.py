"""The table of facts in the documentation: `python -m experiments.facts.page` makes it from the declarations."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from experiments.facts.declared import Fact, Part, Use, facts_for
from sim import files

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "facts.md"
BEGIN, END = "<!-- facts: the declarations -->\n", "<!-- end -->"


def table() -> Iterator[str]:
    """Yield the lines of a Markdown table, one row a part."""
    yield "| | use | what is known | source | what is measured | range |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for fact in facts_for(*Use):
        for part in fact.parts:
            first = part is fact.parts[0]
            said = (fact.use, fact.statement, _source(fact)) if first else ("", "", "")
            yield "| " + " | ".join((_mark(fact, part), *said, part.what, part.range)) + " |"


def _mark(fact: Fact, part: Part) -> str:
    return part.id + ("\\*" if fact.proxy else "")


def _source(fact: Fact) -> str:
    return f"{fact.source}; {fact.known}"


def renew(page: str) -> str:
    """Return the page with the table as the declarations have it now."""
    before, _, rest = page.partition(BEGIN)
    return before + BEGIN + "\n" + "\n".join(table()) + "\n\n" + rest[rest.index(END) :]


if __name__ == "__main__":
    files.write(PAGE, renew(PAGE.read_text("utf-8")).encode())
