"""The tables of docs/facts.md, from the declarations and from what models showed: `python -m experiments.facts.page`.

With `--measure LABEL` the default scenario is measured first, on both editions of the facts, and what it shows is added
to the records under that label (or takes the place of the record that has it).
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from experiments.facts.conclusions import CONCLUSIONS
from experiments.facts.declared import CURRENT, EDITIONS, facts_for
from experiments.facts.fact import Fact, Part, Use
from experiments.facts.first_edition import CHANGES
from experiments.facts.scorecard import Match, scorecard, seed_by_seed
from experiments.facts.scorecard import as_json as as_plain
from experiments.facts.sizes import SIZES
from sim import files
from sim.scenario import load
from sim.sources import rules_digest
from sim.wording import significant

DOCS: Final = Path(__file__).resolve().parents[2] / "docs"
PAGE: Final = DOCS / "facts.md"
RECORDS: Final = DOCS / "facts.json"
ABLATIONS: Final = DOCS / "mechanisms.json"
"""What `ism facts --without all --use test --seeds 8 --json` found."""
SEEDS: Final = range(501, 521)
BLOCK: Final = re.compile(r"(?P<begin><!-- facts: (?P<what>\w+) -->\n).*?(?P<end><!-- end -->)", re.S)

Record = Mapping[str, Any]
"""What the default scenario of some rules shows: their digest, the seeds, and a card for each edition of the facts."""


# ---------------------------------------------------------------- what is declared


def table() -> Iterator[str]:
    """Yield the lines of a Markdown table, one row a part."""
    yield "| | use | what is known | source | what is measured | range |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for fact in facts_for(*Use):
        for part in (*fact.parts, *fact.beside):
            first = part is fact.parts[0]
            said = (fact.use, fact.statement, _source(fact)) if first else ("", "", "")
            what = part.what if part in fact.parts else f"beside: {part.what}"
            yield "| " + " | ".join((_mark(fact, part.id), *said, what, part.range)) + " |"


def _mark(fact: Fact, name: str) -> str:
    return name + ("\\*" if fact.proxy else "")


def _source(fact: Fact) -> str:
    return "; ".join(f"{work}, {known.value}" for work, known in fact.sources)


def changes() -> Iterator[str]:
    """Yield a table of the first edition against the second, one row a fact that is in both or only in the first."""
    yield "| | first edition | second edition | what changed, and why |"
    yield "| --- | --- | --- | --- |"
    for fact in facts_for(*Use, edition=1):
        now = EDITIONS[CURRENT].get(fact.id)
        said = CHANGES.get(fact.id, "Nothing.")
        yield "| " + " | ".join((fact.id, _in_short(fact), _in_short(now) if now else "", said)) + " |"
    new = [fact.id for fact in facts_for(*Use) if fact.id not in EDITIONS[1]]
    yield f"| {', '.join(new)} |  | see above | New. |"


def _in_short(fact: Fact) -> str:
    return f"{fact.use}: " + "; ".join(f"{part.what}, {part.range}" for part in fact.parts)


# ---------------------------------------------------------------- what models showed


def measure(label: str, seeds: Sequence[int] = SEEDS) -> dict[str, Any]:
    """Return the record of the default scenario under the rules as they are."""
    cards = {str(edition): _card(edition, seeds) for edition in EDITIONS}
    return {"label": label, "rules": rules_digest(), "seeds": [seeds[0], seeds[-1]], "editions": cards}


def _card(edition: int, seeds: Sequence[int]) -> list[dict[str, Any]]:
    facts = facts_for(*Use, edition=edition)
    judged = scorecard(list(seed_by_seed(load("baseline"), seeds, facts)), facts)
    return [_kept(each) for each in as_plain(judged)]


def _kept(fact: Mapping[str, Any]) -> dict[str, Any]:
    """Return of a fact on a scorecard what is worth keeping: the words stand in the declarations."""
    rows = {kind: [{name: row[name] for name in _ROW} for row in fact[kind]] for kind in ("parts", "beside")}
    return {"id": fact["id"], "use": fact["use"], "verdict": fact["verdict"]} | rows


_ROW: Final = ("id", "range", "mean", "interval", "verdict")


def read_records() -> list[dict[str, Any]]:
    """Return what models showed, oldest first."""
    return list(json.loads(RECORDS.read_text("utf-8"))) if RECORDS.is_file() else []


def with_record(records: Sequence[Record], record: Record) -> list[Record]:
    """Return records with one more, in the place of that which has its label."""
    labels = [each["label"] for each in records]
    if record["label"] not in labels:
        return [*records, record]
    return [record if each["label"] == record["label"] else each for each in records]


def scores(records: Sequence[Record], edition: int) -> Iterator[str]:
    """Yield a table of what each record shows of each part of an edition's facts."""
    yield "| | use | what is measured | range | " + " | ".join(record["label"] for record in records) + " |"
    yield "| --- | --- | --- | --- | " + " | ".join("---" for _ in records) + " |"
    for fact in facts_for(*Use, edition=edition):
        for part in (*fact.parts, *fact.beside):
            use = fact.use.value if part is fact.parts[0] else ""
            found = [_found(record, edition, part) for record in records]
            yield "| " + " | ".join((_mark(fact, part.id), use, part.what, part.range, *found)) + " |"
    yield "| | | **test facts matched** | | " + " | ".join(_matched(record, edition) for record in records) + " |"


def _found(record: Record, edition: int, part: Part) -> str:
    """Return what a record has of a part, and its verdict; a dash where the part is younger than the record."""
    card = record["editions"][str(edition)]
    for row in (row for fact in card for row in (*fact["parts"], *fact["beside"])):
        if row["id"] == part.id:
            low, high = row["interval"]
            if row["mean"] is None or low is None or high is None:
                return "nothing to measure"
            verdict = row["verdict"] if row["verdict"] != Match.matched else f"**{row['verdict']}**"
            return f"{significant(row['mean'])} [{significant(low)}, {significant(high)}] {verdict}"
    return "-"


def _matched(record: Record, edition: int) -> str:
    tests = [fact for fact in record["editions"][str(edition)] if fact["use"] == Use.test]
    return f"{sum(fact['verdict'] == Match.matched for fact in tests)} of {len(tests)}"


def rules(records: Sequence[Record]) -> Iterator[str]:
    """Yield what each record is of."""
    for record in records:
        first, last = record["seeds"]
        yield f"- *{record['label']}*: seeds {first} to {last}, rules `{record['rules'][:8]}`"


# ---------------------------------------------------------------- what each mechanism buys


MOST_MOVED: Final = 4


def mechanisms() -> Iterator[str]:
    """Yield a table of what is lost without each mechanism, one row each; the first row is with all of them."""
    yield "| without | what it says | test facts | signs | sizes | what it clearly moves most: with it, without it |"
    yield "| --- | --- | --- | --- | --- | --- |"
    found = json.loads(ABLATIONS.read_text("utf-8"))["mechanisms"]
    yield "| *nothing* | | " + " | ".join(_kept_of(found[0]["changes"], 0)) + " | |"
    for one in found:
        said = (f"`{one['name']}`", f"{one['what']} ({one['source']})" if one["source"] else one["what"])
        yield "| " + " | ".join((*said, *_kept_of(one["changes"], 1), _moved(one["changes"]))) + " |"


def _kept_of(changes: Sequence[Mapping[str, Any]], side: int) -> Iterator[str]:
    """Yield how many test facts, signs of conclusions and sizes are matched with a mechanism (0) or without it (1)."""
    verdict = {change["id"]: change["verdicts"][side] for change in changes}
    tests = [[part.id for part in fact.parts] for fact in facts_for(Use.test)]
    for each in (tests, [[name] for name in CONCLUSIONS], [[name] for name in SIZES]):
        yield str(sum(all(verdict[name] == Match.matched for name in names) for names in each))


def _moved(changes: Sequence[Mapping[str, Any]]) -> str:
    """Name what moves most, measured by the width of its difference's interval."""

    def clearness(change: Mapping[str, Any]) -> float:
        middle, low, high = change["difference"]
        return float(abs(middle) / max(high - low, 1e-12))

    moved = sorted((change for change in changes if change["moved"]), key=clearness, reverse=True)
    return "; ".join(
        f"{each['what']} ({each['id']}) {significant(each['with'])}, {significant(each['without'])}"
        for each in moved[:MOST_MOVED]
    )


# ---------------------------------------------------------------- the page

MAKERS: Final[Mapping[str, Callable[[Sequence[Record]], Iterator[str]]]] = {
    "declarations": lambda _: table(),
    "changes": lambda _: changes(),
    "records": rules,
    "mechanisms": lambda _: mechanisms(),
    "second": lambda records: scores(records, 2),
    "first": lambda records: scores(records, 1),
}


def renew(page: str, records: Sequence[Record]) -> str:
    """Return the page with its tables as the declarations and the records have them now."""

    def made(found: re.Match[str]) -> str:
        return found["begin"] + "\n" + "\n".join(MAKERS[found["what"]](records)) + "\n\n" + found["end"]

    return BLOCK.sub(made, page)


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line, measure where asked, and write the page."""
    parser = argparse.ArgumentParser(prog="python -m experiments.facts.page", description=__doc__)
    parser.add_argument("--measure", metavar="LABEL", help="measure the default scenario first, and keep it so named")
    label = parser.parse_args(arguments).measure
    records: Sequence[Record] = read_records()
    if label:
        records = with_record(records, measure(label))
        files.write(RECORDS, (json.dumps(records, indent=1) + "\n").encode())
    files.write(PAGE, renew(PAGE.read_text("utf-8"), records).encode())


if __name__ == "__main__":
    main()
