"""Theories: which theory of voice an arena goes with, learned from runs under each.

Approximate Bayesian computation of model choice (Pudlo et al. 2016): a classifier is learned from the statistics of
runs under each theory, and asked about what was observed. It is a logistic regression on normal scores, whose chances
are those of theories that were equally likely before. Each theory has the guesses that its own calibration accepts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, Final, NamedTuple

import numpy as np

from experiments.calibration.design import Points
from experiments.calibration.record import path_of, read_record
from experiments.fit.inference import normal_scores
from experiments.fit.misfit import parted, rank
from experiments.fit.prior import prior_of
from experiments.fit.setting import Setting
from sim.errors import InputError, nearest, shown
from sim.terms import Theory

RULES: Final = "rules.voice"
EVERY: Final = "all"
SHARE: Final = 4
"""Under each rival theory a run is made for so many runs of the fit."""
FOLDS: Final = 5
PENALTY: Final = 0.1
"""The inverse of how strongly the regression's weights are held near 0."""
STEPS: Final = 500


class Compared(NamedTuple):
    """Theories held against each other."""

    probabilities: Mapping[str, float]
    """Of each theory, where all were equally likely before; that of the fit first."""
    p: float
    """The share of the fit's own runs, held out, that look as little like their theory beside the rivals."""
    recognised: float
    """The share of runs that the classifier has not seen whose theory it names rightly, each theory as often."""


def rival_names(typed: str, own: str) -> list[str]:
    """Return the theories that were typed, with commas in between, or `all`; without the fit's own.

    Raises InputError where there is no such theory, or none but its own.
    """
    known = list(Theory.__members__)
    names = known if typed.strip() == EVERY else [each.strip() for each in typed.split(",") if each.strip()]
    for name in names:
        if name not in known:
            rule = f"there is no theory '{shown(name, 60)}'; {EVERY}, or some of {', '.join(known)}"
            raise InputError(rule, key="--rules", nearest=nearest(name, known))
    rivals = [name for name in dict.fromkeys(names) if name != own]
    if not rivals:
        raise InputError(f"{own} is the theory that is fitted; name one that is held against it", key="--rules")
    return rivals


def rivals_of(setting: Setting, names: Iterable[str], fixed: Collection[str] = ()) -> dict[str, Setting]:
    """Return the setting under each rival theory, with the guesses that its own calibration accepts."""
    return {name: under(setting, name, fixed) for name in names}


def under(setting: Setting, theory: str, fixed: Collection[str] = ()) -> Setting:
    """Return a setting under another theory."""
    world = setting.scenario.with_({RULES: theory})
    return replace(setting, scenario=world, prior=prior_of(fixed, read_record(path_of(theory))))


class Classifier:
    """What runs under each theory, [n, columns] the fit's own first, say of the theory of an arena."""

    def __init__(self, runs: Mapping[str, Points]) -> None:
        self.names = list(runs)
        own, *rivals = runs.values()
        seen, held = parted(len(own))
        learned = [own[seen], *rivals]
        self._shown = np.vstack(learned)
        self._theory = np.repeat(np.arange(len(learned)), [len(each) for each in learned])
        self._model = _classifier(len(self._shown)).fit(self._shown, self._theory)
        self._held = self._doubts(own[held])

    def compared(self, observed: Points) -> Compared:
        """Return the theories held against each other for what was observed, [columns]."""
        chances = self._model.predict_proba(observed[None, :])[0].tolist()
        p = rank(float(self._doubts(observed[None, :])[0]), self._held)
        return Compared(dict(zip(self.names, chances, strict=True)), p, self.recognised)

    @cached_property
    def recognised(self) -> float:
        """Return the share of runs, theories counted alike, whose theory is named rightly by what has not seen them."""
        from sklearn.model_selection import StratifiedKFold, cross_val_predict

        folds = StratifiedKFold(FOLDS, shuffle=True, random_state=1)
        model = _classifier(len(self._shown) * (FOLDS - 1) // FOLDS)
        named = cross_val_predict(model, self._shown, self._theory, cv=folds)
        right: Sequence[Any] = [(named == n)[self._theory == n].mean() for n in range(len(self.names))]
        return float(np.mean(right))

    def _doubts(self, shown: Points) -> Points:
        """Return the chance of all theories but the fit's own, [n]."""
        return np.asarray(1.0 - self._model.predict_proba(shown)[:, 0])


def _classifier(runs: int) -> Any:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    decides = LogisticRegression(C=PENALTY, max_iter=STEPS, class_weight="balanced")
    return make_pipeline(*normal_scores(runs), decides)
