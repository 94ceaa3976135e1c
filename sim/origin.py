"""Origin: by which rules and on which machine something was computed, and whether it can go on here.

The rules are compared by their digest. Machines are not compared by their versions, most of which change no value, but
by what they compute: `probe` is the hash of a short run in which every rule has its turn.
"""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Iterator, Mapping
from functools import cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sim import measures
from sim.errors import InputError, shown
from sim.parameters import IssueTable, Parameters
from sim.scenario import Scenario
from sim.sources import CHANCE, rules_digest
from sim.state import SCRATCH
from sim.terms import Identity, IssueKind, Ranking, Scope, Theory

if TYPE_CHECKING:
    from sim.engine import Engine

_PACKAGES: Final = ("numba", "numpy", "scipy", "polars")
_DAYS_EACH: Final = 1
"""Workdays that the probe gives to each theory of voice."""


@cache
def version() -> str:
    """Return the version of this program."""
    try:
        return importlib.metadata.version("internal-social-media")
    except importlib.metadata.PackageNotFoundError:
        return "unknown"


def origin() -> dict[str, Any]:
    """Return by what something is made in this process, as manifests and states keep it."""
    return {
        "version": version(),
        "rules": rules_digest(),
        "chance": CHANCE,
        "probe": probe(),
    }


@cache
def versions() -> Mapping[str, str]:
    """Return what the last bit of a value may depend on: system, processor, Python and packages."""
    from sim.compiled import PROCESSOR

    return {
        "system": platform.system(),
        "machine": platform.machine(),
        "processor": PROCESSOR,
        "python": platform.python_version(),
        **{name: importlib.metadata.version(name) for name in _PACKAGES},
    }


def check_origin(about: Mapping[str, Any], file: str | None = None) -> None:
    """Raise InputError where something that was written cannot go on here exactly as it began.

    `about` is what `origin` gave when it was written, and its `platform`, where known, what `versions` gave. Either the
    rules are others, or this machine computes otherwise.
    """
    if about["rules"] != rules_digest():
        raise InputError(
            f"this was written by version {shown(about['version'], 40)} under other rules "
            f"({shown(about['rules'], 8)}; those of this version {version()} are {rules_digest()[:8]}), "
            "so it cannot go on or be replayed here; its tables can be read all the same",
            file=file,
        )
    if about.get("probe") != probe():
        why = differing(about.get("platform"))
        raise InputError(
            f"this was written by the same rules, but a short trial run has other values here ({why}), so it cannot"
            " go on or be replayed here to the last bit; its tables can be read all the same",
            file=file,
        )


def differing(there: object) -> str:
    """Say in which of its `versions` the machine that wrote something differs from this one."""
    if not isinstance(there, dict) or not there:
        return f"it does not say with what it was written; here are {described(versions())}"
    pairs = [(name, shown(there.get(name, "unknown"), 40), here) for name, here in versions().items()]
    apart = [f"{name} {wrote} wrote it, {here} is here" for name, wrote, here in pairs if wrote != here]
    return "; ".join(apart) or "although all versions that were recorded agree"


def described(found: Mapping[str, str]) -> str:
    """Return versions as one text."""
    return ", ".join(f"{name} {version}" for name, version in found.items())


# ---------------------------------------------------------------- the probe


@cache
def probe() -> str:
    """Return 32 hexadecimal digits that are the same wherever the same rules compute the same values.

    They hash all values of a run of some 40 members, in which each theory of voice decides for two days, and of its
    measures: some 30 ms where machine code is kept. Agreement is strong evidence, and no proof: compare `values` too.
    """
    from sim.engine import Engine

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
    return plain.with_events(*_changes(), *_HAPPENINGS)


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

_HAPPENINGS: Final[tuple[Mapping[str, Any], ...]] = (
    {"day": 1, "announce": {"by": "ceo", "openness": 0.8}},
    {"day": 2, "campaign": {"issue": 0, "salience": 4.0, "days": 2}},
    {"day": 3, "post": {"by": "ceo", "issue": 2, "stance": -0.8, "criticality": 0.9}},
    {"day": 3.5, "respond": {"by": "ceo", "to": "most_supported_critique", "how": "supportive"}},
)


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
