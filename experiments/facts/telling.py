"""Sizes, conclusions and ablations as tables for a terminal; safe to print on any."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, Final

from experiments.columns import Columns
from experiments.facts.ablation import KINDS, Ablation, Change
from experiments.facts.conclusions import CONCLUSIONS
from experiments.facts.effects import Judged
from experiments.facts.scorecard import Match
from experiments.statistics import Interval
from sim.wording import significant

MARKS: Final = {Match.matched: "green", Match.missed: "red", Match.undecided: "yellow"}


def with_interval(found: Interval) -> str:
    """Return a mean with its interval, `0.13 [0.11, 0.15]`."""
    ends = f" [{significant(found.low)}, {significant(found.high)}]" if math.isfinite(found.low) else ""
    return significant(found.mean) + ends


def tables_of_effects(found: Sequence[Judged]) -> Iterator[Any]:
    """Yield a table of the sizes and one of the conclusions, by name; below each, what every name stands for."""
    sizes = [each for each in found if each.name not in CONCLUSIONS]
    signs = [each for each in found if each.name in CONCLUSIONS]
    headings = ("what", "believable", "simulated", "verdict")
    yield Columns(headings, map(_size_row, sizes), title="Effect sizes", words=("what",), left=headings)
    yield _meanings(sizes)
    headings = ("what", "willingness", "wishes that came up", "verdict")
    title = "Conclusions: differences that should be above 0"
    yield Columns(headings, map(_conclusion_row, signs), title=title, words=("what",), left=headings)
    yield _meanings(signs)


def _size_row(each: Judged) -> tuple[Any, ...]:
    return _name(each), each.effect.range, with_interval(each.interval), _mark(each.verdict)


def _conclusion_row(each: Judged) -> tuple[Any, ...]:
    spoken = "" if each.spoken is None else with_interval(each.spoken)
    return _name(each), with_interval(each.interval), spoken, _mark(each.verdict)


def _name(each: Judged) -> str:
    return each.name.replace("_", " ")


def _meanings(found: Sequence[Judged]) -> str:
    """Return a line for each name; one that is longer than the terminal is wide goes on in the next."""
    return "\n".join(["", *(f"{_name(each)}: {each.effect.says}" for each in found), ""])


def table_of_ablation(found: Ablation) -> Columns:
    """Return a table of what one mechanism clearly moves, and of what is matched with it or without it alone."""
    shown = [change for change in found.changes if change.moved or len(set(change.verdicts)) > 1]
    headings = ("what", "with", "without", "change", "verdict")
    settings = ", ".join(f"{name} = {value}" for name, value in found.mechanism.off.items())
    title = f"{found.name}: {found.mechanism.what} ({found.mechanism.source}; off by {settings})"
    return Columns(headings, map(_change_row, shown), title=title, words=("what",), left=headings)


def _change_row(change: Change) -> tuple[Any, ...]:
    means = (significant(change.kept.mean), significant(change.removed.mean))
    before, after = change.verdicts
    verdict = before if before == after else f"{before}, without {after}"
    return change.id, *means, with_interval(change.difference), verdict


def summary_of(found: Ablation) -> str:
    """Return how much is matched with a mechanism and without it, in one line."""
    effects = {name for names in KINDS.values() for name in names}
    facts = [change.id for change in found.changes if change.id not in effects]
    kinds = {"parts of facts": facts, **KINDS}
    said = (f"{name} {here} of {len(ids)}, without {there}" for name, ids, here, there in _counted(found, kinds))
    return f"{found.name}: {'; '.join(said)}"


def _counted(found: Ablation, kinds: dict[str, Any]) -> Iterator[tuple[str, Sequence[str], int, int]]:
    for name, ids in kinds.items():
        yield (name, ids, *found.matched(ids))


def _mark(verdict: Match) -> Any:
    from rich.text import Text

    return Text(verdict, style=MARKS[verdict])
