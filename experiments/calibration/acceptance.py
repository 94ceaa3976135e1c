"""Acceptance: which of the sets found are acceptable, what else each of them shows, and which is the default."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np

from experiments.calibration.attempts import Trials, make_attempts, measure_effects, measure_facts
from experiments.calibration.design import FREE, Free, Plan, first_guesses, values_at
from experiments.calibration.loss import REQUIRED_IDS, TARGETS, TESTED, digest_of_targets, verdicts
from experiments.calibration.search import search
from experiments.calibration.stages import Stages
from experiments.facts.conclusions import CONCLUSIONS
from experiments.facts.fact import Part
from experiments.facts.scorecard import Match
from experiments.facts.sizes import QUICK_SIZES
from experiments.progress import QUIET, Progress
from experiments.statistics import mean_interval
from sim.sources import rules_digest


def calibrate(
    plan: Plan, progress: Progress = QUIET, free: Sequence[Free] = FREE, kept: Path | None = None
) -> dict[str, Any]:
    """Do the whole procedure and return its record; stages that are finished are kept in a file, if one is given."""
    trials = Trials(plan, progress, Stages(kept, _key(plan, free)))
    found = search(trials, free)
    counted = [part for part, reachable in zip(TARGETS, found.goal.counted, strict=True) if reachable]
    near = found.sets.points[found.sets.nearest(found.sets.points, plan.candidates - 1, found.goal)]
    near = np.vstack((first_guesses(free), near[(near != first_guesses(free)).any(axis=1)]))
    ensemble, allowed = _acceptable(near, counted, trials, free)
    _look_further(ensemble, trials)
    return {
        "scenario": "baseline",
        "rules": rules_digest(),
        "facts": digest_of_targets(),
        "plan": {name: value for name, value in vars(plan).items() if name != "workers"},
        "free": [{"name": e.name, "guess": e.guess, "low": e.low, "high": e.high} for e in free],
        "waves": [round(each, 4) for each in found.reached],
        "foreseen": {part.id: round(share, 3) for part, share in zip(TARGETS, found.foreseen, strict=True)},
        "unreachable": [part.id for part in TARGETS if part not in counted],
        "allowed": allowed,
        "missed": {part.id: sum(part.id in one["missed"] for one in ensemble) for part in counted},
        "default": choose_default(ensemble, free),
        "ensemble": ensemble,
    }


def _key(plan: Plan, free: Sequence[Free]) -> str:
    """Return a digest of what identifies a procedure: rules, targets, plan and what is free."""
    said = [rules_digest(), digest_of_targets(), repr(replace(plan, workers=None)), repr(free)]
    return blake2b("\n".join(said).encode(), digest_size=16).hexdigest()


def _acceptable(
    points: Any, counted: Sequence[Part], trials: Trials, free: Sequence[Free]
) -> tuple[list[dict[str, Any]], int]:
    """Return the acceptable ones of some points with what they were fitted to, and how many parts each may miss."""
    sets = [values_at(point, free) for point in points]
    pieces = make_attempts(sets, trials.plan.accept_seeds, trials.plan, TARGETS)
    shown = trials.measure("acceptance", measure_facts, pieces)
    missed = [_missed(each, counted) for each in shown]
    accepted, allowed = accept(missed, trials.plan.enough)
    trials.progress.say(f"{len(accepted)} of {len(sets)} sets acceptable, with at most {allowed} parts missed")
    ensemble = [{"values": sets[n], "fitted": _brief(shown[n]), "missed": missed[n]} for n in accepted]
    return ensemble, allowed


def accept(missed: Sequence[Sequence[str]], enough: int) -> tuple[list[int], int]:
    """Return which sets are acceptable, and how many parts each may miss for `enough` of them to be; see Plan.

    What the default arena must be is never let off, unless no set is so.
    """
    alive = [n for n, parts in enumerate(missed) if not REQUIRED_IDS & set(parts)] or list(range(len(missed)))
    allowed = sorted(len(missed[n]) for n in alive)[min(enough, len(alive)) - 1]
    return [n for n in alive if len(missed[n]) <= allowed], allowed


def _missed(shown: Mapping[str, Sequence[float]], parts: Sequence[Part]) -> list[str]:
    return [name for name, verdict in verdicts(shown, parts).items() if verdict == Match.missed]


def _look_further(ensemble: Sequence[dict[str, Any]], trials: Trials) -> None:
    """Add to the acceptable sets their conclusions and sizes and, last of all, what they show of the test facts.

    Each is measured once, on seeds of its own that nothing was fitted on; not at all where the plan has no such seeds.
    """
    plan, sets = trials.plan, [one["values"] for one in ensemble]
    effects = trials.measure("effects", measure_effects, make_attempts(sets, plan.conclusion_seeds, plan))
    tested = trials.measure("test facts", measure_facts, make_attempts(sets, plan.test_seeds, plan, TESTED))
    for one, shown, test in zip(ensemble, effects, tested, strict=True):
        one["concluded"] = _brief({name: shown[name] for name in CONCLUSIONS})
        one["sized"] = _brief({name: shown[name] for name in QUICK_SIZES})
        one["tested"] = _brief(test)


def _brief(shown: Mapping[str, Sequence[float]]) -> dict[str, list[float | None]]:
    """Return mean, low and high of each part, to four digits, as JSON can have them."""
    intervals = {name: mean_interval(values) for name, values in shown.items()}
    return {name: [_short(i.mean), _short(i.low), _short(i.high)] for name, i in intervals.items()}


def _short(value: float) -> float | None:
    return float(f"{value:.4g}") if math.isfinite(value) else None


def choose_default(ensemble: Sequence[Mapping[str, Any]], free: Sequence[Free]) -> dict[str, float]:
    """Return the default: the acceptable set nearest the first guesses, to three digits.

    The first guesses carry what the literature tells; nothing moves further from them than the facts demand.
    """
    guesses = first_guesses(free)
    places = np.array([[each.place(one["values"][each.name]) for each in free] for one in ensemble])
    nearest = int(np.argmin(((places - guesses) ** 2).sum(axis=1)))
    return {name: float(f"{value:.3g}") for name, value in ensemble[nearest]["values"].items()}
