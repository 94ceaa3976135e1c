"""The probe: a hash of what a short run comes to here, in which every rule has its turn.

What results depend on is what this file imports (see sources.py): a run is known by the rules that the probe follows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from hashlib import blake2b
from typing import Any, Final

import numpy as np

from sim import measures
from sim.engine import Engine
from sim.parameters import IssueTable, Parameters
from sim.scenario import Scenario
from sim.state import SCRATCH
from sim.terms import Identity, IssueKind, Ranking, Scope, Theory

_DAYS_EACH: Final = 1
"""Workdays that the probe gives to each theory of voice."""


@cache
def outcome() -> str:
    """Return 32 hexadecimal digits that are the same wherever the same rules compute the same values.

    They hash all values of a run of 30 members, in which each theory of voice decides for a day, and of its measures:
    some 50 ms where machine code is kept. Agreement is strong evidence, and no proof: compare `values` too.
    """
    engine = Engine(probed(), seed=1)
    engine.advance(engine.ticks)
    digest = blake2b(digest_size=16)
    for values in _values(engine):
        digest.update(values.astype(values.dtype.newbyteorder("<")).tobytes())
    return digest.hexdigest()


def probed() -> Scenario:
    """Return the scenario of the probe: so lively that each rule decides something, and no part of the gallery."""
    issues = tuple(IssueTable.model_validate({"name": kind.name, "kind": kind.name}) for kind in IssueKind)
    settings = {**_LIVELY, "days": _DAYS_EACH * len(Theory)}
    plain = Scenario("probe", "A short trial run", "", "", None, Parameters(issues=issues)).with_(settings)
    return plain.with_events(*_changes())


_LIVELY: Final = {
    "organization.members": 30,
    "organization.communicators_share": 0.1,
    "population.visits_per_day.mean": 3.0,
    "population.occasions_per_visit.mean": 0.4,
    "visibility.anonymous_posts": True,
    "visibility.audience_cues": True,
    "communicators.orphan_answering": 0.8,
    "communicators.amplification": 0.5,
    "leading.orphan_hours": 4.0,
    "learning.reframing_supporters": 1.0,
    **{
        f"leadership.{leaders}.{name}": value
        for leaders in ("executives", "line_managers")
        for name, value in {
            "presence": 3.0,
            "responsiveness": 0.8,
            "delay_hours": 2.0,
            "self_disclosure": 0.5,
            "espoused_openness": 0.9,
            "follow_through": 0.8,
            "sanction": 0.4,
        }.items()
    },
}


def _changes() -> Iterator[Mapping[str, Any]]:
    """Yield events by which each theory decides for some days, while what is shown changes, too."""
    shown_as = [kind.name for kind in Identity if kind != Identity.anonymous]
    for number, theory in enumerate(Theory):
        now = {
            "rules.voice": theory.name,
            "visibility.ranking": list(Ranking)[number % len(Ranking)].name,
            "visibility.scope": list(Scope)[number % len(Scope)].name,
            "visibility.identity": shown_as[number % len(shown_as)],
        }
        yield {"day": _DAYS_EACH * number, "set": now}


def _values(engine: Engine) -> Iterator[Any]:
    """Yield all values of a run as plain arrays."""
    for name, array in engine.world._asdict().items():
        if name not in SCRATCH:
            plain = np.asarray(array)
            yield from (plain[field] for field in plain.dtype.names or ()) if plain.dtype.names else (plain,)
    yield measures.series(engine.world, engine.organization).values
    found = measures.final(engine.world, engine.organization).values()
    yield np.array([np.nan if value is None else value for value in found], float)
