"""The page of a fit: whether the model fits, what was learned, what was not, in one HTML file that loads nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from textwrap import wrap
from typing import Any, Final

import numpy as np

from experiments.figures.chart import Chart, chart_of
from experiments.figures.style import Table, figure
from experiments.fit.fitting import Check, Fit
from experiments.fit.folder import posterior_rows
from experiments.fit.prior import BASIS
from experiments.fit.telling import verdict
from experiments.fit.theories import Compared
from experiments.portrait.measuring import STATISTICS
from experiments.portrait.page import Chapter
from experiments.report.page import rendered
from sim.errors import shown
from sim.lexicon import BLUE, GREY, ORANGE
from sim.origin import version
from sim.parameters import registry
from sim.terms import Theory
from sim.wording import NONE, count, percent, sentence, significant

LABEL: Final = 44
"""Letters of a line of a label."""
HERE: Final = Path(__file__).resolve().parent


def page(fit: Fit) -> str:
    """Return a fit as HTML."""
    parts = list(_chapters(fit))
    drawn = [chart for part in parts for chart in part.charts]
    return rendered(HERE, drawn, what=_what(fit), notices=[verdict(fit)], chapters=parts, made=list(_made(fit)))


def _what(fit: Fit) -> str:
    informed = int(fit.inference.informed.sum())
    guesses = count(len(fit.setting.prior.free), "guess")
    return f"{count(len(fit.target.all), 'statistic')} of the arena inform {informed} of {guesses}."


def _chapters(fit: Fit) -> Iterator[Chapter]:
    rows = list(posterior_rows(fit))
    informed, others = ([row for row in rows if row["informed"] is kind] for kind in (True, False))
    columns = ["", "name", "unit", "before", "mean", "90% lie in", "learned"]
    if informed:
        lead = (
            "Of these guesses the arena says where they lie. Learned is the share of the prior's variance that is gone."
        )
        yield Chapter("What was learned", lead, Table(columns, list(map(_row, informed))), [_posteriors(fit, informed)])
    lead = "Of these the arena says nothing: the ensemble holds all that was possible before."
    yield Chapter("What the data do not inform", lead, Table(columns, list(map(_row, others))), [])
    if fit.theories is not None:
        yield _theories(fit.theories)
    lead = "Each scenario of the ensemble was run once. Nine of ten runs lie within the interval."
    columns = ["", "name", "here", "the ensemble", "90% of its runs", ""]
    yield Chapter(
        "Does the ensemble look like the arena?", lead, Table(columns, list(map(_checked, fit.checks))), [_checks(fit)]
    )


def _theories(compared: Compared) -> Chapter:
    """Return how likely each theory is, and how much that is worth."""
    luck = percent(1.0 / len(compared.probabilities))
    lead = (
        "How likely each theory is where all were equally likely before. A classifier learned it from runs under each; "
        f"of runs that it has not seen it recognises {percent(compared.recognised)}, where {luck} would be by luck."
    )
    chances = sorted(compared.probabilities.items(), key=lambda one: -one[1])
    rows = [[sentence(Theory[name].words.label), name, percent(chance)] for name, chance in chances]
    return Chapter("Which theory of voice does it go with?", lead, Table(["", "name", "probability"], rows), [])


def _row(row: dict[str, Any]) -> list[str]:
    before, after = (f"{_number(row[a])} to {_number(row[b])}" for a, b in _ENDS)
    learned = percent(max(0.0, row["contraction"])) if row["informed"] else NONE
    words = sentence(registry()[row["parameter"]].meaning)
    return [words, row["parameter"], row["unit"], before, _number(row["mean"]), after, learned]


def _number(value: float) -> str:
    """Return a number as a page has it: with a minus sign, not a hyphen."""
    return significant(value).replace("-", "\N{MINUS SIGN}")


_ENDS: Final = (("prior_low", "prior_high"), ("low", "high"))


def _checked(check: Check) -> list[str]:
    within = f"{_number(check.low)} to {_number(check.high)}"
    numbers = [_number(check.observed), _number(check.middle), within]
    return [*_named(check.name), *numbers, "" if check.within else "outside"]


def _named(name: str) -> tuple[str, str]:
    """Return what is measured in words, and its name."""
    if name in STATISTICS:
        return sentence(STATISTICS[name].meaning), name
    return shown(name.replace("_", " ").replace("@", ", "), 80), shown(name, 80)


# ---------------------------------------------------------------- figures


def _posteriors(fit: Fit, informed: Sequence[dict[str, Any]]) -> Chart:
    """Return where each guess lies within its prior, from 0 to 100%."""
    columns = [fit.setting.prior.names.index(row["parameter"]) for row in informed]
    names = [_wrapped(f"{registry()[row['parameter']].meaning} ({row['parameter']})") for row in informed]
    low, middle, high = (100.0 * fit.posterior.quantiles(share)[columns] for share in (0.05, 0.5, 0.95))
    drawn = figure("Where the guesses lie", "place within the prior (%)", "", 130 + 44 * len(names))
    drawn.add_bar(
        y=names, x=high - low, base=low, orientation="h", name="90% lie here", marker_color=BLUE, opacity=0.55,
        hovertemplate="%{y}: %{base:.0f} to %{x:.0f}%<extra></extra>",
    )  # fmt: skip
    drawn.add_scatter(y=names, x=middle, mode="markers", name="median", marker={"color": ORANGE, "size": 9})
    drawn.update_yaxes(autorange="reversed")
    drawn.update_xaxes(range=[0, 100])
    says = f"{count(len(names), 'guess')} lie in narrower bounds than before."
    return chart_of(
        "posterior", drawn, says, "0 and 100% are the ends of the prior. A bar over all of it tells nothing."
    )


def _wrapped(words: str) -> str:
    """Return words in short lines, as the label of an axis."""
    return "<br>".join(wrap(words, LABEL))


def _checks(fit: Fit) -> Chart:
    """Return each statistic in the middle and the 90% of the ensemble's runs."""
    known = [each for each in fit.checks if np.isfinite(each.low)]
    names = [shown(each.name, 60) for each in known]
    wide = np.array([(each.high - each.low) / 2.0 or 1.0 for each in known])
    places = (np.array([each.observed for each in known]) - np.array([(e.low + e.high) / 2.0 for e in known])) / wide
    drawn = figure("The arena within the ensemble", "place within 90% of the runs", "", 130 + 22 * len(names))
    drawn.add_bar(
        y=names, x=[2.0] * len(names), base=[-1.0] * len(names), orientation="h", name="90% of the runs",
        marker_color=GREY, opacity=0.4, hoverinfo="skip",
    )  # fmt: skip
    drawn.add_scatter(
        y=names, x=places.clip(-3.0, 3.0), mode="markers", name="here", marker={"color": BLUE, "size": 9},
        customdata=[each.observed for each in known], hovertemplate="%{y}: %{customdata:.3g}<extra></extra>",
    )  # fmt: skip
    drawn.update_yaxes(autorange="reversed")
    outside = sum(not each.within for each in fit.checks)
    says = f"{outside} of {len(fit.checks)} lie outside."
    return chart_of("checks", drawn, says, "-1 and 1 are the ends of the interval. Points at 3 lie further out.")


def _made(fit: Fit) -> Iterator[tuple[str, str]]:
    scenario = fit.setting.scenario
    yield "Scenario", f"{shown(scenario.name, 80)}, {scenario.parameters.days} workdays"
    yield "Sets", f"{len(fit.inference.tried.places):,}"
    yield "Prior", f"{BASIS}, each on its own"
    yield "Misfit", f"p = {_number(fit.p)}"
    yield "Portrait", fit.target.digest
    yield "Identity", fit.setting.identity
    yield "Made by", f"version {version()}"
