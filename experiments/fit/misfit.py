"""Misfit: whether what was observed lies where the model's own runs lie.

A density of all statistics together is learned from most of the runs: each statistic is made normal, they are turned to
directions without correlation, and a mixture of normal distributions is laid over them. The others are held out. The p
value is the rank of the observed density among those of the held-out runs (Vovk, Gammerman & Shafer 2005; as a check of
a prior's predictions: Box 1980): where the model made the arena itself, it is below .05 in one arena of twenty.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np

from experiments.calibration.design import Points

HELD: Final = 0.25
"""The share of the runs that is held out of all learning, so that they are to it what a new arena is."""
NORMALS: Final = 4
"""Normal distributions in the mixture."""
LEAST: Final = 0.02
"""Variance that is added in each direction, where the spread over all runs is 1: a run never is a point."""
KEPT: Final = 0.9999
"""The share of the variance that the directions hold: nearly all, since what hardly varies shows a misfit first."""
UNLIKE: Final = 0.05
"""The chance below which an arena counts as unlike what the model makes."""


def parted(runs: int) -> tuple[Any, Any]:
    """Return the rows of the runs that are learned from, and of those that are held out."""
    rows = np.random.default_rng(1).permutation(runs)
    held = max(1, round(HELD * runs))
    return np.sort(rows[held:]), np.sort(rows[:held])


def rank(score: float, held: Points) -> float:
    """Return the share of what was held out, the observed one counted in, whose score is as high as the observed."""
    return float((1 + (held >= score).sum()) / (1 + len(held)))


@dataclass(frozen=True, eq=False)
class Misfit:
    """The runs of a fit, as a density over statistics."""

    shown: Points
    """[n, columns]"""

    def p(self, observed: Points) -> float:
        """Return the share of held-out runs that lie where the density is as low as at what was observed, [columns]."""
        return rank(float(self._rarity(observed[None, :])[0]), self._held)

    @cached_property
    def _held(self) -> Points:
        return self._rarity(self.shown[parted(len(self.shown))[1]])

    def _rarity(self, shown: Points) -> Points:
        """Return how rare runs are, [n]: the negative log of the density."""
        space, density = self._learned
        return np.asarray(-density.score_samples(space.transform(shown)))

    @cached_property
    def _learned(self) -> tuple[Any, Any]:
        from sklearn.mixture import GaussianMixture

        seen = self.shown[parted(len(self.shown))[0]]
        space = _space().fit(seen)
        density = GaussianMixture(NORMALS, reg_covar=LEAST, random_state=1)
        return space, density.fit(space.transform(seen))


def _space() -> Any:
    from sklearn.decomposition import PCA
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import PowerTransformer

    gaps = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
    return make_pipeline(gaps, PowerTransformer(), PCA(KEPT, whiten=True))
