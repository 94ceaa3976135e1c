"""What is measured: each outcome's name, unit, meaning, and the one rule by which days and whole runs are summed up.

A measure is a formula over sums that the kernel keeps: what was counted in a day, and what stood at its end, for each
cell of role and department. The value of a day takes that day's sums. The value of a run takes the same formula on
counts summed over all days, on the last day's state, and on who wrote or visited at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.lexicon import terms
from sim.organization import Organization
from sim.state import Clock, Column, World
from sim.sums import Numbers, Sums, cells_by_day, cells_over, cells_over_the_run, sum_groups
from sim.terms import Motive, Role, Strategy

How = Literal["total", "ratio", "state", "run"]

QUIET: Final = 0.01
"""Messages a member a day, below which an arena is called quiet. A guess: nothing in the literature says how few."""
PARTICIPATORY: Final = 0.15
"""Share of concerns and suggestions among messages, from which an arena is called participatory. A guess likewise."""
ARENA_TYPES: Final = ("quiet", "knowledge_sharing", "participatory")
"""The words for 0, 1 and 2 as values of `arena_type` (Madsen 2018)."""
FEWEST_COMMENTS: Final = 2
"""Comments that a thread needs to count for multivocality: under one comment there is one orientation by necessity."""
EVERYONE: Final = "all"
"""The group of all members."""


# ---------------------------------------------------------------- kinds of measures


@dataclass(frozen=True)
class Measure:
    """One named outcome."""

    name: str
    unit: str
    meaning: str
    how: How
    """`total`: counted, so days add up. `ratio`: a ratio of what was counted in the period. `state`: as it stands at
    the end of the (last) day. `run`: known of the whole run only, so there is no series."""
    formula: str
    """The rule in words and signs."""
    value: Callable[[Sums], Numbers] | None = None
    """The rule; none for measures of how `run`."""
    of_groups: bool = True
    """Whether it is there by role and department; else only for the organisation as a whole."""
    words: tuple[str, ...] = ()
    """What the values 0, 1, ... stand for, where they are no numbers."""


def _linear(terms: str) -> Callable[[Sums], Numbers]:
    """Return the rule `a - b + c` over named sums."""
    signs, parts = [1.0], terms.split()
    names = [part for part in parts if part not in "+-"]
    signs += [1.0 if part == "+" else -1.0 for part in parts if part in "+-"]

    def rule(sums: Sums) -> Numbers:
        total = signs[0] * sums[names[0]]
        for sign, name in zip(signs[1:], names[1:], strict=True):
            total = total + sign * sums[name]
        return total

    return rule


def _over(above: Numbers, below: Numbers) -> Numbers:
    """Return a ratio; NaN where there is nothing to divide by."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(below > 0.0, above / below, np.nan)


def _total(name: str, unit: str, meaning: str, terms: str = "") -> Measure:
    return Measure(name, unit, meaning, "total", terms or name, _linear(terms or name))


def _ratio(name: str, unit: str, meaning: str, above: str, below: str, how: How = "ratio") -> Measure:
    over, under = _linear(above), _linear(below)

    def rule(sums: Sums) -> Numbers:
        return _over(over(sums), under(sums))

    def bracketed(terms: str) -> str:
        return f"({terms})" if " " in terms else terms

    return Measure(name, unit, meaning, how, f"{bracketed(above)} / {bracketed(below)}", rule)


def _mean(name: str, meaning: str, terms: str = "") -> Measure:
    """Return the mean of a belief over members at the day's end."""
    return _ratio(name, "share", meaning, terms or name, "members", "state")


def _whole(name: str, unit: str, meaning: str, above: str, below: str = "") -> Measure:
    """Return something known only of the organisation as a whole, at the day's end."""

    def rule(sums: Sums) -> Numbers:
        value = sums[above] if not below else _over(sums[above], sums[below])
        return value[None]

    return Measure(name, unit, meaning, "state", f"{above} / {below}" if below else above, rule, of_groups=False)


# ---------------------------------------------------------------- rules of their own


def _psychological_safety(sums: Sums) -> Numbers:
    return _over(0.5 * (sums["safety_line_manager"] + sums["safety_executives"]), sums["members"])


def _imagined_audience_ratio(sums: Sums) -> Numbers:
    imagined = _over(sums["imagined_audience_size"], sums["members"])
    return _over(imagined, _over(sums["views_share"], sums["matured"]))


def _leader_blind_spot(sums: Sums) -> Numbers:
    return _over(sums.leading[Column.climate_gap], sums.leading[Column.positions])[None]


def _identity_distance(sums: Sums) -> Numbers:
    leaders, others = (
        _over(side[Column.identity_stance], side[Column.identity_positions]) for side in (sums.leaders, sums.others)
    )
    return np.abs(leaders - others)[None]


def _metaknowledge(sums: Sums) -> Numbers:
    whom = _over(sums["knows_whom"], sums["members"])
    return 0.5 * (whom + _over(sums["knows_what"], sums["knows_what_count"]))


def _stance_dispersion(sums: Sums) -> Numbers:
    return np.sqrt(_over(sums["stance_deviation"], sums["positions"]))


def _arena_type(sums: Sums) -> Numbers:
    messages = sums["posts"] + sums["comments"]
    quiet = _over(messages, sums["members"] * sums.days) < QUIET
    participatory = sums["kind_concern"] + sums["kind_suggestion"] >= PARTICIPATORY * messages
    kind = np.where(quiet, 0.0, np.where(participatory, 2.0, 1.0))
    return np.where(sums["members"] > 0.0, kind, np.nan)


def multivocality(world: World) -> float:
    """Return how many voices, times how many ways of joining in, a thread has: effective numbers, mean over threads.

    An effective number is exp of Shannon's entropy (a Hill number of order 1: Jost 2006, Oikos 113): voices that speak
    equally often count fully, one that hardly speaks counts little. Voices are the authors of a thread's messages, ways
    the orientations of its comments (to, with, against, past, about: Frandsen & Johansen 2017); threads with fewer than
    two comments are left out. The value is 1 where one voice says one thing; NaN where there are no such threads.
    """
    messages = world.messages[: int(world.clock[Clock.messages])]
    thread, is_comment = messages["thread"].astype(np.int64), messages["parent"] >= 0
    comments = np.bincount(thread[is_comment], minlength=len(messages))
    kept = comments[thread] >= FEWEST_COMMENTS
    if not kept.any():
        return float("nan")
    threads, place = np.unique(thread[kept], return_inverse=True)
    joins = is_comment[kept]
    voices = _entropy(place, messages["author"][kept], len(threads))
    ways = _entropy(place[joins], messages["orientation"][kept][joins], len(threads))
    return float(np.exp(voices + ways).mean())


def _entropy(group: NDArray[np.int64], label: Any, groups: int) -> Numbers:
    """Return Shannon's entropy (in nats) of the labels in each group; no group is empty."""
    code = label.astype(np.int64) + 1
    pairs, count = np.unique(group * (int(code.max()) + 1) + code, return_counts=True)
    of = pairs // (int(code.max()) + 1)
    total = np.bincount(of, count, groups)
    return np.log(total) - np.bincount(of, count * np.log(count), groups) / total


# ---------------------------------------------------------------- the registry


def _voice() -> list[Measure]:
    return [
        _total("wishes", "occasions", "Occasions on which a member had something to say"),
        _total("spoken", "occasions", "Wishes that were spoken in the arena"),
        _ratio("p_speak", "share", "Mean chance that a wish is spoken in the arena", "p_spoken", "wishes"),
        _ratio(
            "willingness",
            "share",
            "Mean chance that a standard wish is spoken: a critical view held on the first day, as a default post",
            "willingness",
            "asked",
        ),
        _total("critical_voice", "occasions", "Critical wishes, questions left aside, that were spoken", "critical"),
        _ratio("silence_rate", "share", "Share of wishes that stayed unspoken", "wishes - spoken", "wishes"),
        *(
            _ratio(
                f"silence_{motive.name}",
                "share",
                f"Share of the silence that is due to {motive.words.noun}",
                f"motive_{motive.name}",
                "wishes - spoken",
            )
            for motive in terms(Motive)
        ),
        *(
            _total(f"strategy_{strategy.name}", "occasions", f"Wishes that were {strategy.words.done}")
            for strategy in terms(Strategy)
        ),
    ]


def _participation() -> list[Measure]:
    return [
        _total("posts", "messages", "Messages that began a thread"),
        _total("comments", "messages", "Messages that joined a thread"),
        _total("likes", "likes", "Likes given"),
        _ratio("replies_per_post", "comments a post", "Comments for each post", "comments", "posts"),
        _ratio("orphan_share", "share", "Share of threads that nobody replied to in their time", "orphans", "matured"),
        _ratio("contributors_share", "share", "Share of members who wrote something", "contributors", "members"),
        _ratio("readers_share", "share", "Share of members who visited and wrote nothing", "readers", "members"),
        _whole("gini_contribution", "Gini", "Inequality of messages per member, from the start on", "gini"),
    ]


def _conversation() -> list[Measure]:
    return [
        _ratio("upward", "share", "Share of comments to someone higher up", "upward", "directed"),
        _ratio("downward", "share", "Share of comments to someone further down", "downward", "directed"),
        _ratio("horizontal", "share", "Share of comments to someone of one's own level", "horizontal", "directed"),
        _ratio(
            "cross_department",
            "share",
            "Share of comments to someone of another department",
            "cross_department",
            "directed",
        ),
        _ratio("reply_latency_hours", "working hours", "Mean time to the first reply", "reply_hours", "first_replies"),
        _ratio(
            "answered_questions",
            "share",
            "Share of questions that somebody answered in their time",
            "answered_questions",
            "questions",
        ),
        Measure(
            "multivocality",
            "voices x ways",
            "Effective number of voices times that of orientations, mean over threads with at least two comments",
            "run",
            "mean of exp(entropy of authors + entropy of orientations)",
            of_groups=False,
        ),
        Measure(
            "arena_type",
            "type",
            "What members use the arena for, read from the kinds of their messages alone",
            "ratio",
            f"quiet below {QUIET:g} messages a member a day; participatory from a share of {PARTICIPATORY:g} of "
            "concerns and suggestions on; else knowledge_sharing",
            _arena_type,
            words=ARENA_TYPES,
        ),
    ]


def _beliefs() -> list[Measure]:
    return [
        _mean("engagement", "Mean engagement"),
        Measure(
            "psychological_safety",
            "share",
            "Mean safety felt towards line managers and executives",
            "state",
            "(safety_line_manager + safety_executives) / 2 / members",
            _psychological_safety,
        ),
        _mean("safety_line_manager", "Mean safety felt towards the line manager"),
        _mean("safety_executives", "Mean safety felt towards executives"),
        _mean("voice_efficacy", "Mean belief that speaking changes something"),
        _mean("licence_to_critique", "Mean belief that critique is normal here"),
        Measure(
            "metaknowledge",
            "share",
            "Mean knowledge of who knows what and of who knows whom",
            "state",
            "(knows_whom / members + knows_what / knows_what_count) / 2",
            _metaknowledge,
        ),
    ]


def _illusions() -> list[Measure]:
    return [
        Measure(
            "imagined_audience_ratio",
            "ratio",
            "Imagined size of the audience, relative to the share of it that posts really reach",
            "ratio",
            "(imagined_audience_size / members) / (views_share / matured)",
            _imagined_audience_ratio,
        ),
        _ratio(
            "pluralistic_ignorance",
            "share",
            "Mean distance between perceived and true share of colleagues in favour",
            "climate_gap",
            "positions",
            "state",
        ),
        Measure(
            "leader_blind_spot",
            "share",
            "The same distance for executives alone",
            "state",
            "climate_gap / positions, of executives",
            _leader_blind_spot,
            of_groups=False,
        ),
    ]


def _issues_and_identity() -> list[Measure]:
    return [
        _whole(
            "agenda_share", "share", "Share of surfaced issues that began below management", "begun_below", "surfaced"
        ),
        _whole("issues_surfaced", "issues", "Issues with three distinct voices or more so far", "surfaced"),
        _whole("days_to_surface", "workdays", "Mean time from onset to the third voice", "days_to_surface", "surfaced"),
        _whole("issues_resolved", "issues", "Issues on which a leader has acted so far", "resolved"),
        _whole(
            "days_to_resolve", "workdays", "Mean time from onset to a leader's action", "days_to_resolve", "resolved"
        ),
        Measure(
            "identity_distance",
            "stance",
            "Distance between the mean stances of leaders and of everyone else on identity issues, 0 to 2",
            "state",
            "|identity_stance / identity_positions of leaders - of others|",
            _identity_distance,
            of_groups=False,
        ),
        Measure(
            "stance_dispersion",
            "stance",
            "Standard deviation of stances around the mean of their issue",
            "state",
            "sqrt(stance_deviation / positions)",
            _stance_dispersion,
        ),
        _ratio(
            "influence_coworkers",
            "share",
            "Share of the change of stances that messages of non-leaders brought about",
            "influence_coworkers",
            "influence_coworkers + influence_leaders",
        ),
    ]


MEASURES: Final[dict[str, Measure]] = {
    measure.name: measure
    for part in (_voice, _participation, _conversation, _beliefs, _illusions, _issues_and_identity)
    for measure in part()
}
"""Every measure by name, in the order in which they are listed."""


# ---------------------------------------------------------------- a run's values


class Series(NamedTuple):
    """Values day by day; NaN where there is none."""

    measures: tuple[str, ...]  # m names
    groups: tuple[str, ...]  # g names, `all` first
    values: Numbers  # [m, g, days]


def groups_of(world: World, organization: Organization) -> dict[str, tuple[int, int]]:
    """Return the groups that have members, by name: `all`, roles, departments; each as (role, department), -1 for any.

    A department's own name follows the colon, whatever signs it has.
    """
    found = {EVERYONE: (-1, -1)}
    present = np.bincount(world.members["role"], minlength=len(Role))
    found |= {f"role:{role.name}": (int(role), -1) for role in Role if present[role]}
    populated = np.bincount(world.members["department"], minlength=len(organization.departments))
    names = enumerate(organization.departments)
    return found | {f"department:{name}": (-1, number) for number, name in names if populated[number]}


def final(world: World, organization: Organization, group: str = EVERYONE) -> dict[str, float | None]:
    """Return each measure over the run so far, for a group of `groups_of`; None where there is nothing to divide by.

    What only the organisation as a whole has is left out for other groups.
    """
    wanted = groups_of(world, organization)[group] if group != EVERYONE else (-1, -1)
    sums = sum_groups(cells_over_the_run(world), len(organization.departments), [wanted])
    values: dict[str, float | None] = {}
    for name, measure in MEASURES.items():
        if measure.of_groups or group == EVERYONE:
            value = float(measure.value(sums)[0, 0]) if measure.value else multivocality(world)
            values[name] = None if np.isnan(value) else value
    return values


def sums_over(world: World, organization: Organization, days: tuple[int, int], groups: Iterable[str]) -> Sums:
    """Return the sums of groups of `groups_of` over the finished days [first, end), as one stretch.

    Counts are added up; what stands at a day's end, and the number of members who came, wrote or read on a day, are
    means over the days. KeyError where there is no such group.
    """
    known = groups_of(world, organization)
    return sum_groups(cells_over(world, *days), len(organization.departments), [known[group] for group in groups])


def over_days(
    world: World, organization: Organization, days: tuple[int, int], group: str = EVERYONE
) -> dict[str, float | None]:
    """Return each measure over the finished days [first, end) for a group; None where there is nothing to divide by.

    Measures of the whole run are left out, and for groups those that only the organisation has.
    """
    sums = sums_over(world, organization, days, [group])
    values = {
        name: float(measure.value(sums)[0, 0])
        for name, measure in MEASURES.items()
        if measure.value and (measure.of_groups or group == EVERYONE)
    }
    return {name: None if np.isnan(value) else value for name, value in values.items()}


def series(world: World, organization: Organization) -> Series:
    """Return the value of each measure on each finished day, for everyone and for each role and department.

    Measures of the organisation as a whole are NaN for other groups.
    """
    groups = groups_of(world, organization)
    sums = sum_groups(cells_by_day(world), len(organization.departments), groups.values())
    daily = [measure for measure in MEASURES.values() if measure.value]
    values = np.full((len(daily), len(groups), len(sums.days)), np.nan)
    for row, measure in enumerate(daily):
        if measure.value:
            values[row, : None if measure.of_groups else 1] = measure.value(sums)
    return Series(tuple(measure.name for measure in daily), tuple(groups), values)
