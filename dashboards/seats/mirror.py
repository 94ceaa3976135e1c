"""The mirror: what people did, beside what the model's members would have done in the very same moments.

Moments of one person hang together, so that persons, and not moments, are what intervals count.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, NamedTuple

from dashboards.seats.records import Record
from experiments.statistics import Interval, Paired, mean_interval, paired
from sim.lexicon import terms
from sim.terms import SPOKEN, Motive, Strategy

SHARE: Final = (0.0, 1.0)
FEWEST: Final = 3
"""Persons below which nothing is shown: an average of two tells each of them about the other."""


class Beside(NamedTuple):
    """One thing that people and the model's members did, or were held back by: shares in [0, 1]."""

    key: str
    words: str
    people: Interval
    model: Interval


class Team(NamedTuple):
    """What the people of one team did, and how that differs from those of the first, member by member."""

    key: str
    persons: int
    spoken: Interval
    apart: Interval | None
    """The share that was said, less that of the first team, over the pairs; None for the first."""


class Mirror(NamedTuple):
    """A session in the mirror."""

    persons: int
    moments: int
    """That people decided."""
    missed: int
    """That passed without an answer."""
    spoken: Paired
    """The share of wishes said in the arena: A the model's members, B people."""
    ways: tuple[Beside, ...]
    motives: tuple[Beside, ...]
    """Of what was not said."""
    same: Interval
    """The share of moments in which both did the same."""
    guessed: Interval
    """Readers that people expected, per reader that the model's members imagined."""
    teams: tuple[Team, ...]


def mirror(records: Sequence[Record]) -> Mirror | None:
    """Return a session in the mirror; None where too few people have answered anything."""
    by_person: dict[str, list[Record]] = defaultdict(list)
    for each in records:
        if each.choice is not None:
            by_person[each.seat].append(each)
    persons = list(by_person.values())
    if len(persons) < FEWEST:
        return None
    said = [_share(mine, lambda one: _is_said(one.choice)) for mine in persons]
    would_say = [_share(mine, lambda one: _is_said(one.model_choice)) for mine in persons]
    return Mirror(
        persons=len(persons),
        moments=sum(map(len, persons)),
        missed=sum(each.choice is None for each in records),
        spoken=paired(would_say, said),
        ways=tuple(_way(persons, way) for way in terms(Strategy)),
        motives=tuple(_motive(persons, motive) for motive in terms(Motive)),
        same=mean_interval(_share(mine, lambda one: one.choice == one.model_choice) for mine in persons),
        guessed=mean_interval(map(_expected, persons)),
        teams=_teams(persons),
    )


def _is_said(way: str | None) -> bool:
    return way is not None and Strategy[way] < SPOKEN


def _share(mine: Iterable[Record], so: Callable[[Record], bool]) -> float | None:
    """Return the share of moments that are so; None of none."""
    found = [so(each) for each in mine]
    return sum(found) / len(found) if found else None


def _way(persons: list[list[Record]], way: Strategy) -> Beside:
    people = mean_interval(_share(mine, lambda one: one.choice == way.name) for mine in persons)
    model = mean_interval(_share(mine, lambda one: one.model_choice == way.name) for mine in persons)
    return Beside(way.key, way.words.infinitive, people, model)


def _motive(persons: list[list[Record]], motive: Motive) -> Beside:
    """Return what held back, of those who gave a motive: of people where they said nothing, of the model likewise."""
    people = [[one.motive for one in mine if one.motive is not None] for mine in persons]
    model = [[one.model_motive for one in mine if one.model_motive is not None] for mine in persons]
    shares = [mean_interval(each.count(motive.name) / len(each) for each in held if each) for held in (people, model)]
    return Beside(motive.key, motive.words.noun, shares[0], shares[1])


def _expected(mine: Iterable[Record]) -> float | None:
    """Return how many readers somebody expected for each that their member imagined."""
    known = [(one.audience_guess, one.audience_imagined) for one in mine if one.audience_guess is not None]
    imagined = sum(each for _, each in known)
    return sum(guess for guess, _ in known) / imagined if imagined > 0.0 else None


# ---------------------------------------------------------------- teams


def _teams(persons: list[list[Record]]) -> tuple[Team, ...]:
    """Return the teams in which enough people have answered; none where there is only one."""
    by_team: dict[str, dict[int, list[Record]]] = defaultdict(dict)
    for mine in persons:
        by_team[mine[0].team][mine[0].pair] = mine
    keys = [key for key in sorted(by_team) if len(by_team[key]) >= FEWEST]
    if len(keys) < 2:
        return ()
    said = {key: {pair: _share(mine, _said_by_person) for pair, mine in by_team[key].items()} for key in keys}
    return tuple(
        Team(key, len(said[key]), mean_interval(said[key].values()), _apart(said[keys[0]], said[key]) if n else None)
        for n, key in enumerate(keys)
    )


def _said_by_person(record: Record) -> bool:
    return _is_said(record.choice)


def _apart(first: dict[int, float | None], other: dict[int, float | None]) -> Interval:
    """Return the difference of two teams, over the members that are played in both."""
    both = sorted(first.keys() & other.keys())
    return paired([first[pair] for pair in both], [other[pair] for pair in both]).difference


# ---------------------------------------------------------------- fit for JSON


def as_values(found: Mirror) -> dict[str, Any]:
    """Return a mirror as plain values."""
    return {
        "persons": found.persons,
        "moments": found.moments,
        "missed": found.missed,
        "people": found.spoken.b,
        "model": found.spoken.a,
        "apart": _interval(found.spoken.difference),
        "differs": found.spoken.differs,
        "same": _interval(found.same, *SHARE),
        "guessed": _interval(found.guessed, 0.0),
        "ways": list(map(_beside, found.ways)),
        "motives": list(map(_beside, found.motives)),
        "teams": [
            {
                "key": each.key,
                "persons": each.persons,
                "spoken": _interval(each.spoken, *SHARE),
                "apart": None if each.apart is None else _interval(each.apart),
            }
            for each in found.teams
        ],
    }


def _beside(each: Beside) -> dict[str, Any]:
    both = {"people": _interval(each.people, *SHARE), "model": _interval(each.model, *SHARE)}
    return {"key": each.key, "words": each.words, **both}


def _interval(found: Interval, least: float = -math.inf, most: float = math.inf) -> list[float] | None:
    """Return mean, low and high, within the bounds of what it is of; None where there is nothing.

    The mean stands alone where there is no interval.
    """
    if found.runs == 0:
        return None
    return [found.mean] if found.runs < 2 else [found.mean, max(least, found.low), min(most, found.high)]
