"""A fit in words, for a terminal of any width."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from experiments.fit.fitting import Fit
from experiments.fit.folder import ENSEMBLE, PAGE, posterior_rows
from sim.errors import shown
from sim.wording import count, percent, significant

MOST: Final = 12
"""Guesses that are listed."""
UNLIKE: Final = "This arena is unlike anything the model makes with these guesses"
RIVAL: Final = "This arena goes better with a rival theory than with that of the fit"
LIKE: Final = "This arena is like what the model makes"
NEAREST: Final = "What follows is what comes nearest, and no more."


def verdict(fit: Fit) -> str:
    """Return in one sentence or two whether the model fits."""
    held = f"{percent(fit.p)} of the runs held out are as rare"
    if fit.fits:
        return f"{LIKE}: {held}."
    if fit.unlike or fit.theories is None:
        return f"{UNLIKE}: only {held}. {NEAREST}"
    return f"{RIVAL}: only {percent(fit.theories.p)} of its runs held out look as little like it. {NEAREST}"


def theories(fit: Fit) -> Iterator[str]:
    """Yield how likely each theory is that was held against the fit's own, and how much that is worth."""
    found = fit.theories
    if found is None:
        return
    yield ""
    yield "The theory of voice that this arena goes with, where all were equally likely before:"
    for name, chance in sorted(found.probabilities.items(), key=lambda one: -one[1]):
        yield f"  {name:<22}{percent(chance):>8}"
    chance, own = 1.0 / len(found.probabilities), next(iter(found.probabilities))
    right, luck = percent(found.recognised), percent(chance)
    yield f"Of runs not seen before {right} are recognised, where {luck} would be by luck."
    yield f"Of the runs under {own} that were held out, {percent(found.p)} look as little like it."


def tell(fit: Fit, folder: Path) -> Iterator[str]:
    """Yield what a fit comes to, and what next."""
    days = fit.setting.scenario.parameters.days
    yield f"{count(len(fit.target.all), 'statistic')} of {fit.target.members:,} members, {days} workdays"
    yield f"held against {len(fit.inference.tried.places):,} sets of {len(fit.setting.prior.free)} guesses"
    yield ""
    yield verdict(fit)
    yield from theories(fit)
    yield from _informed(fit)
    yield from _checked(fit)
    yield ""
    yield f"The ensemble, {len(fit.draws)} scenarios that fit equally well, is in {shown(folder / ENSEMBLE)}"
    yield f"  next: open {shown(folder / PAGE)}"
    change = "leadership.executives.openness=0.9"
    yield f"  next: ism compare --ensemble {shown(folder)} --set-b {change}"


def _informed(fit: Fit) -> Iterator[str]:
    rows = [row for row in posterior_rows(fit) if row["informed"]]
    yield ""
    if not rows:
        yield "The data inform no guess: all stay as wide as they were."
        return
    yield f"{'informed by the data':<35}{'before':>18}{'90% lie in':>18}{'learned':>9}"
    for row in rows[:MOST]:
        before, after = (f"{significant(row[a])} to {significant(row[b])}" for a, b in _ENDS)
        yield f"{row['parameter']:<35}{before:>18}{after:>18}{percent(max(0.0, row['contraction'])):>9}"
    if len(rows) > MOST:
        yield f"and {len(rows) - MOST} more"
    rest = len(fit.setting.prior.free) - len(rows)
    yield f"Not informed: {count(rest, 'other guess')}, as wide as before."


_ENDS: Final = (("prior_low", "prior_high"), ("low", "high"))


def _checked(fit: Fit) -> Iterator[str]:
    outside = [each for each in fit.checks if not each.within]
    yield ""
    yield f"{len(fit.checks) - len(outside)} of {len(fit.checks)} statistics lie where 90% of the ensemble's runs do."
    for each in outside:
        where = f"{significant(each.low)} to {significant(each.high)}"
        yield f"  {each.name:<30}here {significant(each.observed)}, the ensemble {where}"
