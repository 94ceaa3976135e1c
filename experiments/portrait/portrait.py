"""A portrait: what was measured of an arena, what stands beside it, and what it was made of."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

from experiments.portrait.beside import Beside, facts_of, in_words
from experiments.portrait.measuring import by_group, by_week, measure
from experiments.portrait.sketching import Sketch
from experiments.portrait.statistic import Statistic
from sim.organization import digest_of as organization_digest
from sim.origin import version

if TYPE_CHECKING:
    import polars as pl

FORMAT: Final = "internal-social-media portrait"
EDITION: Final = 1
"""Of the form of portrait.json; a reader refuses one that it does not know."""


@dataclass(frozen=True, eq=False)
class Portrait:
    """A portrait of an arena."""

    sketch: Sketch
    statistics: Mapping[str, Statistic]
    groups: pl.DataFrame
    weeks: pl.DataFrame
    kind: str
    """Of the export: `viva`, `slack` or `csv`."""
    read: tuple[str, ...]
    """The files that were read."""
    zone: str
    pseudonymous: bool
    model: Beside | None = None

    @cached_property
    def groups_beside(self) -> pl.DataFrame:
        """The groups, with what the model comes to in columns `model_...` where the same people are in it."""
        import polars as pl

        if self.model is None or self.sketch.arena.organization is None:
            return self.groups
        theirs = self.model.groups.drop("members")
        named = theirs.select("group", pl.exclude("group").name.prefix("model_"))
        return self.groups.join(named, on="group", how="left", maintain_order="left")


def portray(sketch: Sketch, kind: str, read: tuple[str, ...], zone: str, pseudonymous: bool) -> Portrait:
    """Return the portrait of an arena, still without the model beside it."""
    arena = sketch.arena
    return Portrait(sketch, measure(arena), by_group(arena), by_week(arena), kind, read, zone, pseudonymous)


# ---------------------------------------------------------------- as plain values


def as_plain(portrait: Portrait) -> dict[str, Any]:
    """Return a portrait as values for JSON; what could not be measured is None."""
    sketch, model, people = portrait.sketch, portrait.model, portrait.sketch.arena.organization
    return {
        "format": FORMAT,
        "edition": EDITION,
        "made_by": version(),
        "digest": digest_of(portrait),
        "export": {"kind": portrait.kind, "files": list(portrait.read), "zone": portrait.zone},
        "window": {
            "first": str(sketch.window.first),
            "last": str(sketch.window.last),
            "opens": sketch.window.opens,
            "workdays": sketch.arena.days,
            "stretches": len(list(sketch.arena.quarters())),
        },
        "members": sketch.arena.members,
        "accounts": sketch.accounts,
        "messages": len(sketch.arena),
        "direct": sketch.arena.direct,
        "organization": people and organization_digest(people),
        "pseudonymous": portrait.pseudonymous,
        "left_out": dict(sorted(sketch.left_out.items())),
        "remarks": list(sketch.remarks),
        "model": model
        and {
            "scenario": model.scenario.name,
            "digest": model.scenario.digest,
            "days": model.scenario.parameters.days,
            "seeds": list(model.seeds),
        },
        "statistics": {name: _plain(each, portrait) for name, each in portrait.statistics.items()},
    }


def _plain(statistic: Statistic, portrait: Portrait) -> dict[str, Any]:
    declared, model = statistic.declared, portrait.model
    known = facts_of(declared, portrait.sketch.arena.direct)
    return {
        "unit": declared.unit,
        "meaning": declared.meaning,
        **_found(statistic),
        "model": _found(model.statistics[declared.name]) if model else None,
        "facts": [{"id": part.id, "low": finite(part.low), "high": finite(part.high)} for part in known],
    }


def _found(statistic: Statistic) -> dict[str, Any]:
    found = statistic.found
    return {"value": finite(found.mean), "low": finite(found.low), "high": finite(found.high), "n": found.runs}


def finite(value: float) -> float | None:
    """Return a number, None where it is none or infinite."""
    return float(value) if math.isfinite(value) else None


def digest_of(portrait: Portrait) -> str:
    """Return 32 hexadecimal digits that stand for the messages and people of a portrait, texts and names left aside."""
    arena = portrait.sketch.arena
    digest = blake2b(f"{arena.members} {arena.days}".encode(), digest_size=16)
    for column in (arena.author, arena.hour, arena.thread, arena.parent, arena.likes):
        digest.update(b"none" if column is None else column.astype(column.dtype.newbyteorder("<")).tobytes())
    return digest.hexdigest()


def as_table(portrait: Portrait) -> pl.DataFrame:
    """Return a portrait as a table: a row a statistic, null where nothing could be measured."""
    import polars as pl

    rows = []
    for name, statistic in portrait.statistics.items():
        beside = _found(portrait.model.statistics[name]) if portrait.model else {}
        rows.append(
            {"statistic": name, "unit": statistic.declared.unit, **_found(statistic)}
            | {f"model_{key}": beside.get(key) for key in ("value", "low", "high", "n")}
            | {
                "facts": in_words(statistic.declared, portrait.sketch.arena.direct),
                "meaning": statistic.declared.meaning,
            }
        )
    numbers = dict.fromkeys(("value", "low", "high", "model_value", "model_low", "model_high"), pl.Float64)
    return pl.DataFrame(rows, schema_overrides={**numbers, "n": pl.Int64, "model_n": pl.Int64})
