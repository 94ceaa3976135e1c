"""The page: the record's tables in docs/calibration.md."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from experiments.calibration.loss import BY_CONSTRUCTION, REQUIRED
from experiments.calibration.record import (
    HOLDS,
    deciding,
    freedom,
    share_holding,
    share_robust,
    share_within,
    shares_of_matches,
)
from experiments.facts.conclusions import CONCLUSIONS
from experiments.facts.declared import facts_for
from experiments.facts.effects import EFFECTS
from experiments.facts.fact import Use
from experiments.facts.scorecard import Match
from experiments.facts.sizes import QUICK_SIZES


def tables(record: Mapping[str, Any]) -> str:
    """Return the tables of the documentation, as Markdown."""
    return "\n".join(
        (
            *_tabulate_procedure(record),
            *_tabulate_parameters(record),
            *_tabulate_facts(record, "fitted", (Use.calib, Use.input)),
            *_tabulate_required(record),
            *_tabulate_tested(record),
            *_tabulate_conclusions(record),
            *_tabulate_sizes(record),
            *_tabulate_deciding(record),
        )
    )


def _tabulate_procedure(record: Mapping[str, Any]) -> Iterator[str]:
    plan = record["plan"]
    sets = plan["design"] + plan["waves"] * plan["wave"]
    yield f"{sets:,} sets of {len(record['free'])} parameters were tried, each on a seed of its own;"
    yield f"the {plan['candidates']} nearest again on {len(plan['accept_seeds'])} other seeds;"
    yield f"{len(record['ensemble'])} of them are acceptable."
    yield f"Out of reach, and so no part of the choice: {', '.join(record['unreachable']) or 'nothing'}."
    missed = ", ".join(f"{part} in {count}" for part, count in record["missed"].items() if count)
    yield f"An acceptable set misses at most {record['allowed']} parts; missed are {missed or 'none'}."
    low, middle, high = np.percentile(list(record["foreseen"].values()), [10, 50, 90])
    yield "Of the variance of single runs over sets, the regression foresees in sets it has not seen"
    yield f"{middle:.0%} for the target in the middle ({low:.0%} to {high:.0%} for eight of ten targets)."
    yield ""


def _spread(values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    if not known:
        return "-"
    low, middle, high = np.percentile(known, [5, 50, 95])
    return f"{middle:.3g} ({low:.3g} to {high:.3g})"


def _tabulate_parameters(record: Mapping[str, Any]) -> Iterator[str]:
    yield from ("**Parameters: first guesses, and what is acceptable**", "")
    yield "| parameter | first guess | bounds | default | acceptable sets: median (5 to 95%) | freedom left |"
    yield "| --- | --- | --- | --- | --- | --- |"
    left = freedom(record)
    for free in record["free"]:
        name = free["name"]
        spread = _spread([one["values"][name] for one in record["ensemble"]])
        bounds = f"{free['low']:.3g} to {free['high']:.3g}"
        default = f"{record['default'][name]:g}"
        yield f"| `{name}` | {free['guess']:g} | {bounds} | {default} | {spread} | {left[name]:.0%} |"
    loose = [name for name, share in left.items() if share >= NOT_IDENTIFIED]
    yield ""
    yield "Freedom left is the part of its bounds that a guess fills from 5 to 95% of the acceptable sets."
    share = f"{NOT_IDENTIFIED:.0%} of their bounds or more"
    yield f"{len(loose)} of {len(left)} guesses are not identified: they fill {share}."
    yield ""


def _tabulate_facts(record: Mapping[str, Any], kind: str, uses: Sequence[Use]) -> Iterator[str]:
    title = "What they were fitted to" if kind == "fitted" else "Test facts, on other seeds"
    yield from (f"**{title}: shares of the acceptable sets**", "")
    yield "| fact | part | source | acceptable sets: median (5 to 95%) | matched | undecided | missed |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for fact in facts_for(*uses):
        if fact.id in BY_CONSTRUCTION:
            continue
        shares = shares_of_matches(record, fact.id, kind)
        for part in fact.parts:
            means = [one[kind][part.id][0] for one in record["ensemble"]]
            spread = _spread(means)
            shown = [f"{shares[v]:.0%}" for v in (Match.matched, Match.undecided, Match.missed)]
            shown = shown if part is fact.parts[0] else ["", "", ""]
            yield f"| {part.id} | {part.what} | {part.range} | {spread} | {' | '.join(shown)} |"
    yield ""


def _tabulate_tested(record: Mapping[str, Any]) -> Iterator[str]:
    if record["plan"]["test_seeds"]:
        yield from _tabulate_facts(record, "tested", (Use.test,))
    else:
        yield from ("The acceptable sets were not held against the test facts.", "")


def _tabulate_required(record: Mapping[str, Any]) -> Iterator[str]:
    yield from ("**What the default arena must be: in the acceptable sets**", "")
    yield "| | what | range | acceptable sets: median (5 to 95%) |"
    yield "| --- | --- | --- | --- |"
    for part in REQUIRED:
        spread = _spread([one["fitted"][part.id][0] for one in record["ensemble"]])
        yield f"| {part.id} | {part.what} | {part.range} | {spread} |"
    yield ""


def _tabulate_sizes(record: Mapping[str, Any]) -> Iterator[str]:
    yield from ("**Effect sizes: in which share of the acceptable sets each is believable**", "")
    yield "| size | believable | within | median (5 to 95%) |"
    yield "| --- | --- | --- | --- |"
    for name in QUICK_SIZES:
        spread = _spread([one["sized"][name][0] for one in record["ensemble"]])
        yield f"| {EFFECTS[name].says} | {EFFECTS[name].range} | {share_within(record, name):.0%} | {spread} |"
    yield ""


def _tabulate_deciding(record: Mapping[str, Any]) -> Iterator[str]:
    yield from ("**Which guesses decide: rank correlations over the acceptable sets**", "")
    yield "| conclusion or size | goes with |"
    yield "| --- | --- |"
    for kind, names in (("concluded", CONCLUSIONS), ("sized", QUICK_SIZES)):
        for name in names:
            found = deciding(record, kind, name)[:MOST_DECIDING]
            said = ", ".join(f"`{guess}` {strength:+.2f}" for guess, strength in found)
            yield f"| {EFFECTS[name].says} | {said or 'none clearly'} |"
    yield ""


def _tabulate_conclusions(record: Mapping[str, Any]) -> Iterator[str]:
    yield from ("**Conclusions: in which share of the acceptable sets each holds**", "")
    yield "| conclusion | source | holds in | difference: median (5 to 95%) |"
    yield "| --- | --- | --- | --- |"
    for name, conclusion in CONCLUSIONS.items():
        spread = _spread([one["concluded"][name][0] or 0.0 for one in record["ensemble"]])
        yield f"| {conclusion.says} | {conclusion.source} | {share_holding(record, name):.0%} | {spread} |"
    firm = sum(share_holding(record, name) >= HOLDS for name in CONCLUSIONS)
    yield ""
    yield f"{firm} of {len(CONCLUSIONS)} conclusions ({share_robust(record):.0%}) hold in at least nine of ten sets."
    yield ""


NOT_IDENTIFIED: Final = 0.8
"""Share of its bounds that a guess still fills from which it counts as not identified."""
MOST_DECIDING: Final = 4
"""Guesses named for one conclusion."""

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "calibration.md"
BEGIN, END = "<!-- calibration: the record's tables -->\n", "<!-- end -->"


def renew(page: str, record: Mapping[str, Any]) -> str:
    """Return a page with the record's tables between its marks."""
    before, _, rest = page.partition(BEGIN)
    return before + BEGIN + "\n" + tables(record) + rest[rest.index(END) :]
