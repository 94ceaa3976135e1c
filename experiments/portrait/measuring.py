"""Measuring a portrait: every statistic on every quarter of an arena, and the same by group and by week."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from experiments.facts.estimators import ratio, share_of_top
from experiments.facts.observation import MONTH, Rows
from experiments.portrait import inequality, latency, leaders, rank, reciprocity, rhythm, threads, writers
from experiments.portrait.arena import Arena
from experiments.portrait.limits import FEWEST
from experiments.portrait.period import Period
from experiments.portrait.statistic import Declared, Needs, Statistic
from experiments.statistics import mean_interval
from sim.organization import Organization
from sim.terms import Role

if TYPE_CHECKING:
    import polars as pl

CHAPTERS: Final = {
    "Who writes": writers,
    "Inequality": inequality,
    "Threads": threads,
    "Latency": latency,
    "Reciprocity": reciprocity,
    "Rank and distance": rank,
    "Leaders' answers": leaders,
    "Rhythm": rhythm,
}
"""What each file of statistics is about."""
STATISTICS: Final[dict[str, Declared]] = {
    declared.name: declared for module in CHAPTERS.values() for declared in module.STATISTICS
}


def measure(arena: Arena, also: Iterable[Arena] = ()) -> dict[str, Statistic]:
    """Return every statistic by its name: the mean over an arena's quarters, with the interval over them.

    `also` are further arenas whose quarters count likewise, such as runs under other seeds. A statistic is NaN where
    nothing says what it takes: likes, threads, an organisation.
    """
    return summed_up([values_of(quarter) for each in (arena, *also) for quarter in each.quarters()])


def values_of(quarter: Arena) -> dict[str, float]:
    """Return the value of each statistic on one stretch; NaN where it cannot be measured."""
    period = Period(quarter)
    lacks = set(lacking(quarter))
    return {
        name: math.nan if lacks.intersection(declared.needs) or not len(quarter) else declared.of(period)
        for name, declared in STATISTICS.items()
    } | ({} if len(quarter) else _nothing_written(period))


def _nothing_written(period: Period) -> dict[str, float]:
    """Return what can be said of a stretch in which nobody wrote: nobody did."""
    names = ("contributors_share", "messages_per_member", "silent_weeks_share")
    return {name: STATISTICS[name].of(period) for name in names}


def summed_up(values: list[dict[str, float]]) -> dict[str, Statistic]:
    """Return each statistic from its values on several stretches."""
    return {
        name: Statistic(declared, mean_interval(each[name] for each in values)) for name, declared in STATISTICS.items()
    }


def lacking(arena: Arena) -> Iterator[Needs]:
    """Yield what an arena does not say."""
    if arena.likes is None:
        yield Needs.likes
    if not (arena.parent >= 0).any():
        yield Needs.threads
    if not arena.direct:
        yield Needs.directs
    if arena.organization is None:
        yield Needs.organization


# ---------------------------------------------------------------- by group


def by_group(arena: Arena, also: Iterable[Arena] = ()) -> pl.DataFrame:
    """Return a few statistics by role, level and department: a row a group, means over quarters.

    `also` are further arenas of the same people.

    Groups of fewer than `FEWEST` members are put together, since they would say what single people do.
    """
    import polars as pl

    schema = {"group": pl.String, "members": pl.Int64} | dict.fromkeys(_GROUPED, pl.Float64)
    people = arena.organization
    if people is None:
        return pl.DataFrame(schema=schema)
    periods = [_answered(quarter) for each in (arena, *also) for quarter in each.quarters()]
    rows = [
        {"group": name, "members": len(who), **_of_group(periods, np.isin(np.arange(arena.members), who))}
        for name, who in groups(people)
    ]
    return pl.DataFrame(rows, schema=schema)


class _Answered(NamedTuple):
    """What the statistics of groups look at, of one stretch."""

    written: Rows
    months: float
    by_anyone: leaders.Answers
    by_leaders: leaders.Answers


def _answered(quarter: Arena) -> _Answered:
    period, months = Period(quarter), quarter.days / MONTH
    if period.threaded:
        return _Answered(period.written, months, leaders.by_anyone(period), leaders.by_leaders(period))
    nothing = leaders.Answers(np.zeros(0, np.int64), np.zeros(0))
    return _Answered(period.written, months, nothing, nothing)


def groups(people: Organization) -> Iterator[tuple[str, Any]]:
    """Yield the groups of an organisation with the rows of their members: roles, levels, departments."""
    kinds = (
        ("role", people.role, [role.key for role in Role]),
        ("level", people.level, [str(level) for level in range(people.depth)]),
        ("department", people.department, list(people.departments)),
    )
    for kind, codes, names in kinds:
        counts = np.bincount(codes, minlength=len(names))
        yield from (
            (f"{kind}:{name}", np.flatnonzero(codes == code))
            for code, name in enumerate(names)
            if counts[code] >= FEWEST
        )
        small = np.flatnonzero(counts[codes] < FEWEST)
        if len(small) >= FEWEST:
            yield f"{kind}: others (groups below {FEWEST})", small


_GROUPED: Final = (
    "contributors_share",
    "messages_per_member",
    "top_tenth_share",
    "unanswered_share",
    "leaders_answered_share",
    "leaders_delay_hours",
)


def _of_group(periods: list[_Answered], who: Any) -> dict[str, float | None]:
    """Return the statistics of a group, [m] bool, as means over periods; None where there is nothing to measure."""
    each = [_values_of_group(period, who) for period in periods]
    means = {name: mean_interval(values[name] for values in each).mean for name in _GROUPED}
    return {name: None if math.isnan(mean) else mean for name, mean in means.items()}


def _values_of_group(answered: _Answered, who: Any) -> dict[str, float]:
    written, months = answered.written[who], answered.months
    by_anyone, by_leaders = (answers.of(who) for answers in (answered.by_anyone, answered.by_leaders))
    return {
        "contributors_share": ratio((written > 0).sum(), len(written)),
        "messages_per_member": ratio(written.sum(), len(written) * months),
        "top_tenth_share": share_of_top(written, 0.1),
        "unanswered_share": 1.0 - leaders.answered_share(by_anyone),
        "leaders_answered_share": leaders.answered_share(by_leaders),
        "leaders_delay_hours": leaders.median_delay(by_leaders),
    }


# ---------------------------------------------------------------- by week


def by_week(arena: Arena) -> pl.DataFrame:
    """Return messages, posts and writers of each week, silent ones included; a row a week."""
    import polars as pl

    week = rhythm.week_of(arena)
    pairs = np.unique(week * arena.members + arena.author) // arena.members
    return pl.DataFrame(
        {
            "week": np.arange(arena.weeks),
            "messages": np.bincount(week, minlength=arena.weeks),
            "posts": np.bincount(week[arena.posts], minlength=arena.weeks),
            "writers": np.bincount(pairs, minlength=arena.weeks),
        }
    )
