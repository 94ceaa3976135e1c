"""Searching: settings are proposed by Optuna, lived through on shared seeds, and the best is confirmed on others.

Settings are proposed a few at a time, whatever the number of workers, and learned from in their order: the same search
is the same on any machine. Its runs are kept as those of a sweep are, so that a search that was stopped proposes the
same settings again and finds their runs there.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from experiments.searching.question import Question
from experiments.statistics import Interval, mean_interval
from experiments.sweeps.asked import identity_of
from experiments.sweeps.factors import Factor, Level
from experiments.sweeps.runner import Runner, at_work
from experiments.sweeps.store import Store
from experiments.sweeps.sweep import about_of, affordable, template_of
from experiments.sweeps.trials import Trial
from sim.errors import InputError, shown
from sim.sources import rules_digest

if TYPE_CHECKING:
    import polars as pl

AT_ONCE: Final = 8
"""Settings that are proposed before the first of them is known: fixed, so that workers change nothing."""
STARTUP: Final = 24
"""Settings that are drawn at random before any is proposed because of what others came to."""


@dataclass(frozen=True)
class Point:
    """One setting of all levers, and what it came to."""

    number: int
    levels: tuple[Level, ...]
    found: dict[str, Interval]
    """By measure, over the seeds."""
    aims: tuple[float, ...]
    """What is to be little or much, aim by aim; NaN for none."""
    lack: float
    """By how much the condition is missed; 0 where it holds, or none is asked for."""

    @property
    def holds(self) -> bool:
        """Whether the condition holds."""
        return self.lack == 0.0

    @property
    def known(self) -> bool:
        """Whether there is a value of all that it is judged by."""
        return math.isfinite(self.lack) and all(map(math.isfinite, self.aims))


@dataclass(frozen=True)
class Search:
    """What a search has come to."""

    question: Question
    folder: Path
    points: tuple[Point, ...]
    best: tuple[Point, ...]
    """The best among those that hold, else that which misses the condition least: one, and of several aims all that no
    other beats in everything, from the first aim's best on. None where no setting has a value."""
    confirmed: tuple[Point, ...]
    """The same settings on as many other seeds, which they were not chosen by."""
    stopped: bool


def search(
    question: Question,
    out: Path,
    workers: int | None = None,
    progress: Callable[[int, int], object] | None = None,
    executor: Executor | None = None,
) -> Search:
    """Try settings and return all of them; Ctrl-C finishes what is under way. Raises InputError as a sweep does."""
    store = Store(out, question.study.further)
    store.open(about_of(question.study))
    runner = Runner(template_of(question.study, out), workers or affordable(question.study), executor)
    lives = _Lives(question, store, runner, progress)
    points: list[Point] = []
    with at_work(runner):
        try:
            proposals = _Proposals(question)
            while len(points) < question.table.trials and not runner.stopped.is_set():
                count = min(AT_ONCE, question.table.trials - len(points))
                lived = lives.of(proposals.ask(count), range(len(points), len(points) + count))
                if not runner.stopped.is_set():  # else some of them may be half lived through
                    points += lived
                    proposals.tell(lived)
            best = [] if runner.stopped.is_set() else front(points, [aim.sign for aim in question.aims])
            again = [point.levels for point in best], [point.number for point in best]
            confirmed = lives.of(*again, others=True) if best else []
        finally:
            store.flush()
    return Search(question, out, tuple(points), tuple(best), tuple(confirmed), runner.stopped.is_set())


def front(points: Sequence[Point], signs: Sequence[float]) -> list[Point]:
    """Return those that miss the condition least, and of these all that no other beats, or equals, in every aim.

    They come in the order of their first aim, the best first; with one aim, or none, there is one.
    """
    known = [point for point in points if point.known]
    least = min((point.lack for point in known), default=0.0)

    def costs(point: Point) -> list[float]:
        return [sign * aim for sign, aim in zip(signs, point.aims, strict=True)]

    kept: list[Point] = []
    for point in sorted(known, key=lambda each: (costs(each), each.number)):  # whoever beats it comes earlier
        beaten = any(all(a <= b for a, b in zip(costs(other), costs(point), strict=True)) for other in kept)
        if point.lack == least and not beaten:
            kept.append(point)
    return kept


# ---------------------------------------------------------------- proposals


class _Proposals:
    """Settings to try, from those that were tried (tree-structured Parzen estimator: Bergstra et al. 2011)."""

    def __init__(self, question: Question) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self._question, self._open = question, []  # type: ignore[var-annotated]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that conditions and joint proposals are new there
            sampler = optuna.samplers.TPESampler(
                seed=question.table.search_seed,
                multivariate=True,
                constant_liar=True,
                n_startup_trials=STARTUP,
                constraints_func=lambda trial: (trial.user_attrs["lack"],),
            )
            self._study = optuna.create_study(sampler=sampler, directions=["minimize"] * max(1, len(question.aims)))

    def ask(self, count: int) -> list[tuple[Level, ...]]:
        """Return so many settings."""
        self._open = [self._study.ask() for _ in range(count)]
        return [tuple(_level(trial, lever) for lever in self._question.levers) for trial in self._open]

    def tell(self, points: Sequence[Point]) -> None:
        """Take what the settings came to, in their order."""
        import optuna

        for trial, point in zip(self._open, points, strict=True):
            trial.set_user_attr("lack", point.lack if point.known else 1e300)
            if point.known:
                costs = [aim.sign * value for aim, value in zip(self._question.aims, point.aims, strict=True)]
                self._study.tell(trial, costs or [point.lack])
            else:
                self._study.tell(trial, state=optuna.trial.TrialState.FAIL)


def _level(trial: Any, lever: Factor) -> Level:
    if lever.sampled:
        return lever.at([trial.suggest_float(lever.name, 0.0, 1.0)])[0]
    ordered = all(isinstance(level.value, float | int) and not isinstance(level.value, bool) for level in lever.levels)
    if ordered:
        levels = sorted(lever.levels, key=lambda level: float(level.value))
        return levels[int(trial.suggest_int(lever.name, 0, len(levels) - 1))]
    return lever.levels[int(trial.suggest_categorical(lever.name, range(len(lever.levels))))]


# ---------------------------------------------------------------- living through them


class _Lives:
    """Lives through settings on all seeds, those that were there already from their rows."""

    def __init__(
        self,
        question: Question,
        store: Store,
        runner: Runner,
        progress: Callable[[int, int], object] | None,
    ) -> None:
        self._question, self._store, self._runner = question, store, runner
        self._identity = identity_of(question.study, rules_digest())
        self._progress, self._done = progress, 0
        self._all = (question.table.trials + 1) * question.table.seeds  # more, where there are more to confirm

    def of(self, settings: Sequence[tuple[Level, ...]], numbers: Sequence[int], others: bool = False) -> list[Point]:
        """Return what settings come to on the seeds of the search, or on as many others."""
        self._all = max(self._all, self._done + len(settings) * self._question.table.seeds)
        begin = self._question.table.seeds if others else 0
        seeds = range(begin + 1, begin + self._question.table.seeds + 1)
        trials = [[self._trial(levels, seed) for seed in seeds] for levels in settings]
        self._make([trial for each in trials for trial in each])
        rows = self._store.rows()
        return [
            self._point(number, levels, rows, [trial.run_id for trial in each])
            for number, levels, each in zip(numbers, settings, trials, strict=True)
        ]

    def _trial(self, levels: tuple[Level, ...], seed: int) -> Trial:
        changes = tuple(change for level in levels for change in level.changes)
        return Trial(self._identity.of_run(self._identity.of_world(changes), seed), seed, changes)

    def _make(self, trials: Sequence[Trial]) -> None:
        missing = list({trial.run_id: trial for trial in trials if trial.run_id not in self._store.finished}.values())
        before = self._done
        for outcomes in self._runner.outcomes(missing):
            self._store.add(outcomes)
            self._done += len(outcomes)
            self._tell()
        self._store.flush()
        self._done = before + len(trials)
        self._tell()

    def _tell(self) -> None:
        if self._progress:
            self._progress(self._done, self._all)

    def _point(self, number: int, levels: tuple[Level, ...], rows: pl.DataFrame, ids: Sequence[str]) -> Point:
        import polars as pl

        mine = rows.filter(pl.col("run_id").is_in(ids)).sort("seed")
        failed = mine.filter(pl.col("status") == "failed")
        if failed.height == len(ids):
            raise InputError(f"the runs of this search fail: {shown(failed['message'][0], 300)}")
        names = self._question.study.table.measures
        found = {name: mean_interval(mine[name].to_list()) for name in names}
        values = {name: each.mean for name, each in found.items()}
        values |= {
            lever.name: float(level.value)
            for lever, level in zip(self._question.levers, levels, strict=True)
            if isinstance(level.value, int | float)
        }
        lack = self._question.where.lack(values) if self._question.where else 0.0
        return Point(number, levels, found, tuple(aim.expression.value(values) for aim in self._question.aims), lack)
