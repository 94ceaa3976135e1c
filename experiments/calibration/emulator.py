"""The emulator: what a set of parameters would show, from sets that were tried (Craig et al. 1997).

For each target a smooth surface over the unit cube: the mean of a Gaussian process with a squared-exponential kernel
(Rasmussen & Williams 2006), also known as kernel ridge regression. Directions count by how much they go with the
target. How smooth it is, and how much of what one run shows is luck, is chosen by what it says of sets left out. Of
surfaces tried on 1,024 sets of 40 guesses it foresaw most: .46 of the variance of single runs in sets it had not seen,
on average over targets, against .36 for a quadratic regression and .18 for a forest of random trees.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from experiments.calibration.design import Points
from experiments.workers import results

NARROWNESS: Final = (0.03, 0.1, 0.3, 1.0, 3.0)
"""How fast sets become unlike each other with the square of their distance; the cube's sides count by relevance."""
LUCK: Final = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 30.0)
"""The variance of luck, relative to that of the surface."""
SAMPLE: Final = 512
"""Sets from which both are chosen."""
LEAST_RELEVANT: Final = 0.05
"""What a direction counts at least, relative to the most relevant one."""
EXTREME: Final = 1.0
"""Percent of values at either end that count as the value next to them: single wild runs must not bend a surface."""
PORTION: Final = 2048
"""Points asked at once, so that distances to all sets need little memory."""


@dataclass(frozen=True)
class Surface:
    """What n sets showed of one target, made smooth."""

    points: Points  # [n, free]
    values: Points  # [n]

    @cached_property
    def relevance(self) -> Points:
        """How much each direction counts, [free]: by its correlation with the target, 1 for the most relevant."""
        spread = self.points.std(axis=0) * self.values.std()
        together = ((self.points - self.points.mean(axis=0)) * self._away[:, None]).mean(axis=0)
        strength = np.abs(np.divide(together, spread, out=np.zeros_like(together), where=spread > 0.0))
        return np.asarray(np.maximum(strength / max(strength.max(), 1e-12), LEAST_RELEVANT))

    def expected(self, points: Points) -> Points:
        """Return what points would show, [k]."""
        if self.values.std() == 0.0:
            return np.full(len(points), self.values.mean())
        parts = (points[n : n + PORTION] for n in range(0, len(points), PORTION))
        return np.concatenate([self.values.mean() + self._alike(part) @ self._weights for part in parts])

    @cached_property
    def unseen(self) -> Points:
        """What is said of each of the n sets from all others, [n]."""
        if self.values.std() == 0.0:
            return self.values
        inverse = cho_solve(self._factor, np.eye(len(self.points)))
        return np.asarray(self.values - self._weights / np.diag(inverse))

    @property
    def _away(self) -> Points:
        return np.asarray(self.values - self.values.mean())

    @cached_property
    def _shape(self) -> tuple[float, float]:
        """Narrowness and luck, as they foresee best what is left out of a sample, one set at a time."""
        scaled, away = (self.points * self.relevance)[:SAMPLE], self._away[:SAMPLE]
        errors = {}
        for narrowness in NARROWNESS:
            size, along = np.linalg.eigh(np.exp(-narrowness * _distances(scaled, scaled)))
            for luck in LUCK:
                weighed = along / (np.maximum(size, 0.0) + luck)
                left_out = (weighed @ (along.T @ away)) / (weighed * along).sum(axis=1)
                errors[narrowness, luck] = float((left_out**2).mean())
        return min(errors, key=errors.__getitem__)

    @cached_property
    def _factor(self) -> tuple[Points, bool]:
        alike = self._alike(self.points)
        alike[np.diag_indices_from(alike)] += self._shape[1]
        factor, lower = cho_factor(alike, lower=True, overwrite_a=True)
        return factor, lower

    @cached_property
    def _weights(self) -> Points:
        return np.asarray(cho_solve(self._factor, self._away))

    def _alike(self, points: Points) -> Points:
        """Return how alike points and the n sets are, [k, n], 1 where they are one."""
        apart = _distances(points * self.relevance, self.points * self.relevance)
        apart *= -self._shape[0]
        return np.asarray(np.exp(apart, out=apart))


@dataclass(frozen=True)
class Emulator:
    """What n sets showed of all targets, and what any other would."""

    points: Points  # [n, free]
    shown: Points  # [n, targets], NaN where there was nothing to measure
    workers: int | None = 1

    @cached_property
    def surfaces(self) -> list[Surface]:
        """One for each target, made smooth: extremes are drawn in, gaps filled with the mean."""
        return list(results(_smooth, [Surface(self.points, values) for values in self._tamed.T], self.workers))

    def expected(self, points: Points) -> Points:
        """Return what points would show, [k, targets]."""
        asked = [_Asked(surface, points) for surface in self.surfaces]
        return np.column_stack(list(results(_expected, asked, self.workers)))

    @cached_property
    def unseen(self) -> Points:
        """What is said of each of the n sets from all others, [n, targets]."""
        return np.column_stack(list(results(_unseen, self.surfaces, self.workers)))

    @property
    def explained(self) -> list[float]:
        """The share of the variance of each target over sets that is foreseen, luck of single runs included."""
        errors, variances = ((self.unseen - self._tamed) ** 2).mean(axis=0), self._tamed.var(axis=0)
        pairs = zip(errors.tolist(), variances.tolist(), strict=True)
        return [1.0 - error / variance if variance > 0.0 else 1.0 for error, variance in pairs]

    @cached_property
    def _tamed(self) -> Points:
        shown = np.where(np.isnan(self.shown).all(axis=0), 0.0, self.shown)  # what nobody could measure is flat
        low, high = np.nanpercentile(shown, [EXTREME, 100.0 - EXTREME], axis=0)
        tamed = np.clip(shown, low, high)
        return np.where(np.isnan(tamed), np.nanmean(tamed, axis=0), tamed)


class _Asked(NamedTuple):
    surface: Surface
    points: Points


def _smooth(surface: Surface) -> Surface:
    """Return a surface that is ready to be asked."""
    surface.expected(surface.points[:1])
    surface.__dict__.pop("_factor", None)  # large, and needed no more
    return surface


def _expected(asked: _Asked) -> Points:
    return asked.surface.expected(asked.points)


def _unseen(surface: Surface) -> Points:
    return surface.unseen


def _distances(points: Points, others: Points) -> Points:
    """Return squared distances, [k, n]."""
    squares = (points**2).sum(axis=1)[:, None] + (others**2).sum(axis=1)
    return np.asarray(np.maximum(squares - 2.0 * points @ others.T, 0.0))
