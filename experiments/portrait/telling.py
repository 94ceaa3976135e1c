"""A portrait in words, for a terminal of any width."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from experiments.portrait.beside import in_words
from experiments.portrait.folder import PAGE
from experiments.portrait.measuring import CHAPTERS
from experiments.portrait.portrait import Portrait
from experiments.portrait.statistic import Statistic
from sim.errors import shown
from sim.wording import count, significant

_NAME, _NUMBER, _WIDTH = 29, 8, 80
UNMEASURED: Final = "–"


def tell(portrait: Portrait, folder: Path, key: Path | None) -> Iterator[str]:
    """Yield what is said of a portrait: what was read, each statistic beside the model and the facts, and what next."""
    yield from _read(portrait)
    yield ""
    yield f"{'':<{_NAME}}{'here':>{_NUMBER}}{'model':>{_NUMBER}}  known from elsewhere"
    for title, module in CHAPTERS.items():
        rows = [row for declared in module.STATISTICS if (row := _row(portrait, declared.name))]
        if rows:
            yield title
            yield from rows
    yield ""
    yield from (f"note: {shown(remark, 400)}" for remark in portrait.sketch.remarks)
    yield f"Everything is in {shown(folder)}"
    if key is not None:
        yield f"The key to the pseudonyms is in {shown(key)}: keep it, and do not share it."
    yield f"  next: open {shown(folder / PAGE)}"


def _read(portrait: Portrait) -> Iterator[str]:
    sketch = portrait.sketch
    arena, window = sketch.arena, sketch.window
    people = "members" if arena.organization is not None else "people"
    stretches = len(list(arena.quarters()))
    yield f"{count(len(arena), 'message')} by {arena.members:,} {people}, {window.first} to {window.last}"
    yield f"{count(arena.days, 'workday')}, measured in {count(stretches, 'stretch')}"
    left_out = sorted(sketch.left_out.items())
    yield from (f"left out: {count(number, 'message')} ({reason})" for reason, number in left_out)


def _row(portrait: Portrait, name: str) -> str | None:
    """Return a line on one statistic; None where it could not be measured here."""
    here = portrait.statistics[name]
    if not here.found.runs:
        return None
    model = portrait.model.statistics[name] if portrait.model else None
    line = f"  {name:<{_NAME - 2}}{_value(here):>{_NUMBER}}{_value(model):>{_NUMBER}}  "
    known = in_words(here.declared, portrait.sketch.arena.direct)
    return f"{line}{known if len(line) + len(known) <= _WIDTH else known.split(';')[0]}".rstrip()


def _value(statistic: Statistic | None) -> str:
    return UNMEASURED if statistic is None else significant(statistic.value)
