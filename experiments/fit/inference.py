"""Inference: what a portrait's statistics say of the guesses, learned from the points of a fit.

Approximate Bayesian computation with learned summaries (Fearnhead & Prangle 2012). A ridge regression on the normal
scores of all statistics says where it expects each guess; that expectation is the summary. Points whose summaries are
nearest what was observed are kept, and moved by the regression to where they would lie had they shown just that
(Beaumont, Zhang & Balding 2002). No point is moved by a regression that has seen it: points are cut into folds, and the
expectations of each fold come from all others, so that errors are those of points unseen. The regressions are learned
once, and serve every portrait.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, NamedTuple

import numpy as np
from scipy.special import ndtr, ndtri

from experiments.calibration.design import Points
from experiments.fit.points import Tried
from experiments.fit.prior import Prior

FOLDS: Final = 5
KEPT: Final = 0.25
"""The share of the points that is kept: those that are nearest."""
INFORMED: Final = 0.02
"""The share of a guess's variance that statistics must foresee in points unseen for them to inform it."""
BY_LUCK: Final = 10.83
"""The same over the number of points: luck alone exceeds it for one guess in a thousand (chi-square, one degree)."""
QUANTILES: Final = 200
PENALTIES: Final = tuple(np.logspace(0.0, 4.0, 9).tolist())
EDGE: Final = 1e-6
"""Places are kept so far from 0 and 1, where a normal score would be infinite."""


@dataclass(frozen=True, eq=False)
class Posterior:
    """What is left of the prior: sets of guesses with weights."""

    prior: Prior
    places: Points
    """[m, free] in the unit cube."""
    weights: Points
    """[m], adding up to 1."""

    @cached_property
    def order(self) -> Any:
        """[m, free] the rows of each guess in ascending order."""
        return np.argsort(self.places, axis=0, kind="stable")

    def quantiles(self, share: float) -> Points:
        """Return the place below which a share of each guess lies, [free]."""
        ranked = np.take_along_axis(self.places, self.order, axis=0)
        return np.array([np.interp(share, self._middles[:, n], ranked[:, n]) for n in range(ranked.shape[1])])

    @cached_property
    def _middles(self) -> Points:
        weights = self.weights[self.order]
        return np.asarray(np.cumsum(weights, axis=0) - weights / 2.0)

    @property
    def means(self) -> Points:
        """The mean of each guess in its own unit, [free]."""
        return np.asarray(self.weights @ self.prior.at(self.places))

    @property
    def contraction(self) -> Points:
        """How much of the prior's variance is gone, on the scale of the prior, [free]: 0 where nothing was learned."""
        spread = self.weights @ (self.places - self.weights @ self.places) ** 2
        return np.asarray(1.0 - 12.0 * spread)

    def below(self, places: Points) -> Points:
        """Return the share that lies below a place of each guess, [free]."""
        return np.asarray(self.weights @ (self.places < places))

    def drawn(self, count: int, luck: np.random.Generator) -> Points:
        """Return sets of equal weight, [count, free], drawn evenly over the weights in the order of the points."""
        steps = (np.arange(count) + luck.random()) / count
        rows = np.searchsorted(np.cumsum(self.weights), steps).clip(max=len(self.weights) - 1)
        return np.asarray(self.places[rows])


class _Fold(NamedTuple):
    """A regression, and the summaries of the points that it has not seen: where it expects the scores of guesses."""

    model: Any
    rows: Any
    summaries: Points


@dataclass(frozen=True, eq=False)
class Inference:
    """What the points say, for whatever is observed of some of their statistics."""

    tried: Tried
    columns: tuple[int, ...]
    """Which of the statistics are known where something was observed."""
    errors: Points
    """[columns] standard errors of what is observed, such as those of a survey; 0 where none is known."""

    @cached_property
    def shown(self) -> Points:
        """[n, columns] what the points show, with the errors that an observation has."""
        return self.as_observed(self.tried)

    def as_observed(self, tried: Tried, luck: int = 1) -> Points:
        """Return what points show of the known statistics, with errors such as an observation has, [n, columns]."""
        shown = tried.shown[:, list(self.columns)]
        return np.asarray(shown + np.random.default_rng(luck).normal(size=shown.shape) * self.errors)

    @cached_property
    def folds(self) -> list[_Fold]:
        """The regressions, each with the points that it has not seen."""
        from sklearn.model_selection import KFold

        rows = KFold(FOLDS, shuffle=True, random_state=1).split(self.shown)
        return [self._fold(seen, unseen) for seen, unseen in rows]

    def _fold(self, seen: Any, unseen: Any) -> _Fold:
        model = summary(len(seen)).fit(self.shown[seen], self.scores[seen])
        return _Fold(model, unseen, model.predict(self.shown[unseen]))

    @cached_property
    def scores(self) -> Points:
        """[n, free] the normal scores of the points' places: standard normal under the prior."""
        return np.asarray(ndtri(self.tried.places.clip(EDGE, 1.0 - EDGE)))

    @cached_property
    def foreseen(self) -> Points:
        """The share of each guess's variance that the statistics foresee in points unseen, [free]."""
        errors = np.concatenate([(self.scores[fold.rows] - fold.summaries) ** 2 for fold in self.folds])
        return np.asarray(1.0 - errors.mean(axis=0) / self.scores.var(axis=0))

    @cached_property
    def informed(self) -> Any:
        """[free] bool: which guesses the statistics say anything of."""
        return self.foreseen > max(INFORMED, BY_LUCK / len(self.scores))

    def posterior(self, observed: Points) -> Posterior:
        """Return what goes with observed statistics, [columns].

        Guesses that they say nothing of stay where the prior had them.
        """
        rows = np.concatenate([fold.rows for fold in self.folds])
        moves = np.vstack([fold.model.predict(observed[None, :]) - fold.summaries for fold in self.folds])
        distance = self._distances(moves)
        near = np.argsort(distance, kind="stable")[: max(2, round(KEPT * len(distance)))]
        weights = 1.0 - (distance[near] / (distance[near].max() or 1.0)) ** 2 + EDGE  # Epanechnikov's
        moved = ndtr(self.scores[rows[near]] + np.where(self.informed, moves[near], 0.0))
        return Posterior(self.tried.setting.prior, moved, weights / weights.sum())

    def _distances(self, moves: Points) -> Points:
        """Return how far the summaries of points lie from the observed ones, [n], in informed guesses."""
        return np.asarray(np.sqrt((moves[:, self.informed] ** 2).sum(axis=1)))


def summary(points: int) -> Any:
    """Return the regression that makes summaries, for so many points."""
    from sklearn.linear_model import RidgeCV
    from sklearn.pipeline import make_pipeline

    return make_pipeline(*normal_scores(points), RidgeCV(PENALTIES))


def normal_scores(points: int) -> tuple[Any, Any]:
    """Return the steps that make normal scores of statistics, for so many points.

    Where a statistic has no value, that it has none is one, too.
    """
    from sklearn.impute import SimpleImputer
    from sklearn.preprocessing import QuantileTransformer

    scores = QuantileTransformer(n_quantiles=min(QUANTILES, points), output_distribution="normal")
    return scores, SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
