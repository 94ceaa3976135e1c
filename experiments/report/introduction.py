"""The beginning of the page: what was asked, and the short answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import polars as pl

from experiments.describe import in_words
from experiments.figures.overtime import critique
from sim.measures import MEASURES
from sim.record import Run
from sim.scenario import Scenario, from_toml
from sim.terms import IssueKind, Motive
from sim.wording import listed, number, one_line, percent, person, sentence, spell


class Number(NamedTuple):
    """One of the numbers at the top."""

    value: str
    name: str
    meaning: str


class Introduction(NamedTuple):
    """What was asked, and the short answer."""

    title: str
    question: str
    theory: str
    world: str
    settings: list[str]
    """Settings that differ from the defaults, in words."""
    issues: list[tuple[str, str, str]]
    """Name, kind, what its criticality means."""
    expected: list[tuple[str, str]]
    """What the scenario expects, and what was found."""
    short: str
    numbers: list[Number]
    stopped: str


_OF_ISSUES = ("issue ", "one more issue", "no issue")


def introduction(run: Run) -> Introduction:
    """Return what was asked and, in short, what came out."""
    scenario, members = run.scenario, run.members.height
    planned = scenario.parameters.days
    stopped = (
        "" if run.complete else f"The run was stopped after {run.days} of {planned} workdays. All below is about these."
    )
    return Introduction(
        title=one_line(scenario.title, 300),
        question=one_line(scenario.question),
        theory=one_line(scenario.theory),
        world=f"{members:,} members used internal social media for {run.days:,} workdays (seed {run.seed}).",
        settings=[sentence(line) for line in in_words(from_toml(""), scenario) if not line.startswith(_OF_ISSUES)],
        issues=list(_issues(scenario)),
        expected=list(_expected(run)),
        short=_in_short(run),
        numbers=list(_numbers(run)),
        stopped=stopped,
    )


def _issues(scenario: Scenario) -> Iterator[tuple[str, str, str]]:
    """Yield what each issue is called, what it is about, and how much speaking of it challenges."""
    for issue in scenario.parameters.issues:
        yield person(issue.name, 200), IssueKind[issue.kind].words.noun, _challenge(issue.criticality)


def _challenge(criticality: float) -> str:
    how = "hardly challenges" if criticality < 0.25 else "challenges" if criticality < 0.6 else "strongly challenges"
    return f"speaking against it {how} those in charge ({criticality:g})"


def _expected(run: Run) -> Iterator[tuple[str, str]]:
    """Yield what the scenario expects of this run alone, with what was found."""
    for expectation in run.scenario.expect:
        value = run.measures.get(expectation.measure)
        elsewhere = expectation.days or expectation.against or expectation.group not in (None, "all")
        if expectation.range is None or elsewhere or not isinstance(value, float):
            continue
        low, high = expectation.range
        said = MEASURES[expectation.measure].meaning if expectation.measure in MEASURES else expectation.measure
        verdict = "as expected" if low <= value <= high else "not as expected"
        yield f"{said}: between {low:g} and {high:g}", f"{value:.3g}, {verdict}. {one_line(expectation.why, 500)}"


def _in_short(run: Run) -> str:
    measures = run.measures
    wishes, spoken = measures["wishes"] or 0, measures["spoken"] or 0
    if not wishes:
        return "Nobody had anything to say in these days, so nothing was said and nothing was held back."
    unsaid = wishes - spoken
    most = listed([f"{name} ({percent(share)})" for name, share in causes(run)[:2]])
    why = f" Behind the silence stood mostly {most}." if most else ""
    return (
        f"Somebody had something to say {spell(wishes, 'time')}. It was said in the arena {spell(spoken, 'time')}, "
        f"and {spell(unsaid, 'time')} it was not.{why}"
    )


def _numbers(run: Run) -> Iterator[Number]:
    measures, critical = run.measures, critique(run)
    yield Number(
        percent(measures["silence_rate"]), "of wishes stayed unspoken", "A wish: somebody has something to say."
    )
    yield Number(
        percent(measures["contributors_share"]),
        "of members wrote something",
        f"{percent(measures['readers_share'])} only read.",
    )
    yield Number(f"{critical.height:,}", "critical messages", "Questions and wishes left unspoken are not counted.")
    answered = critical.filter(pl.col("leader_response").is_not_null()).height
    share = answered / critical.height if critical.height else None
    yield Number(percent(share), "of them answered by a leader", "Line managers and executives.")
    before, after = safety(run)
    yield Number(
        number(after), "psychological safety", f"{number(before)} at the start; 0 is no safety, 1 is full safety."
    )
    yield Number(number(measures["engagement"]), "engagement", "Mean over members at the end, 0 to 1.")


def causes(run: Run) -> list[tuple[str, float]]:
    """Return the causes of silence in words, each with its mean share, the largest first."""
    names = [name for name in MEASURES if name.startswith("silence_") and name != "silence_rate"]
    shares = [(name.removeprefix("silence_"), run.measures.get(name)) for name in names]
    known = [(Motive[name].words.noun, share) for name, share in shares if share]
    return sorted(known, key=lambda each: -each[1])


def safety(run: Run) -> tuple[float, float]:
    """Return mean psychological safety at the start and at the end."""
    members = run.members
    before, after = members["start_psychological_safety"].mean(), members["psychological_safety"].mean()
    return float(before), float(after)  # type: ignore[arg-type]
