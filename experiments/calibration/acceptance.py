"""Acceptance: which of the sets found are acceptable, what else each of them shows, and which is the default."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from experiments.calibration.attempts import make_attempts, measure_conclusions, measure_facts
from experiments.calibration.design import FREE, Free, Plan, values_at
from experiments.calibration.loss import REQUIRED_IDS, TARGETS, TESTED, digest_of_targets, verdicts
from experiments.calibration.search import search
from experiments.facts.fact import Part
from experiments.facts.scorecard import Match
from experiments.progress import QUIET, Progress
from experiments.statistics import mean_interval
from experiments.workers import results
from sim.sources import rules_digest


def calibrate(plan: Plan, progress: Progress = QUIET, free: Sequence[Free] = FREE) -> dict[str, Any]:
    """Do the whole procedure and return its record."""
    found, goal, reached = search(plan, free, progress)
    counted = [part for part, reachable in zip(TARGETS, goal.counted, strict=True) if reachable]
    rows = found.nearest(found.points, plan.candidates, goal)
    sets = [values_at(point, free) for point in found.points[rows]]
    pieces = make_attempts(sets, plan.accept_seeds, plan.members, TARGETS)
    shown = list(results(measure_facts, pieces, plan.workers, progress))
    missed = [_missed(each, counted) for each in shown]
    accepted, allowed = accept(missed, plan.enough)
    progress.say(f"{len(accepted)} of {len(sets)} sets acceptable, with at most {allowed} parts missed")
    ensemble = _ensemble([sets[n] for n in accepted], [shown[n] for n in accepted], plan, progress)
    for one, n in zip(ensemble, accepted, strict=True):
        one["missed"] = len(missed[n])
    return {
        "scenario": "baseline",
        "rules": rules_digest(),
        "facts": digest_of_targets(),
        "plan": {name: value for name, value in vars(plan).items() if name != "workers"},
        "free": [{"name": e.name, "guess": e.guess, "low": e.low, "high": e.high} for e in free],
        "waves": [round(each, 4) for each in reached],
        "unreachable": [part.id for part in TARGETS if part not in counted],
        "allowed": allowed,
        "missed": {part.id: sum(part.id in missed[n] for n in accepted) for part in counted},
        "default": choose_default(ensemble, free),
        "ensemble": ensemble,
    }


def accept(missed: Sequence[Sequence[str]], enough: int) -> tuple[list[int], int]:
    """Return which sets are acceptable, and how many parts each may miss for `enough` of them to be; see Plan.

    What the default arena must be is never let off, unless no set is so.
    """
    alive = [n for n, parts in enumerate(missed) if not REQUIRED_IDS & set(parts)] or list(range(len(missed)))
    allowed = sorted(len(missed[n]) for n in alive)[min(enough, len(alive)) - 1]
    return [n for n in alive if len(missed[n]) <= allowed], allowed


def _missed(shown: Mapping[str, Sequence[float]], parts: Sequence[Part]) -> list[str]:
    return [name for name, verdict in verdicts(shown, parts).items() if verdict == Match.missed]


def _ensemble(
    sets: Sequence[dict[str, float]], shown: Sequence[Mapping[str, list[float]]], plan: Plan, progress: Progress
) -> list[dict[str, Any]]:
    """Return the acceptable sets with what they were fitted to, and with test facts and conclusions on other seeds."""
    tested = list(
        results(measure_facts, make_attempts(sets, plan.test_seeds, plan.members, TESTED), plan.workers, progress)
    )
    progress.say("test facts measured")
    pieces = make_attempts(sets, plan.conclusion_seeds, plan.members, ())
    drawn = list(results(measure_conclusions, pieces, plan.workers, progress))
    progress.say("conclusions drawn")
    return [
        {"values": values, "fitted": _brief(fit), "tested": _brief(test), "concluded": _brief(ends)}
        for values, fit, test, ends in zip(sets, shown, tested, drawn, strict=True)
    ]


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
    guesses = np.array([each.place(each.guess) for each in free])
    places = np.array([[each.place(one["values"][each.name]) for each in free] for one in ensemble])
    nearest = int(np.argmin(((places - guesses) ** 2).sum(axis=1)))
    return {name: float(f"{value:.3g}") for name, value in ensemble[nearest]["values"].items()}
