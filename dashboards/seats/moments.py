"""Moments: when members whom people play have something to say, what they see then, and how a decision is carried out.

An hour is looked at in a copy of the world first. So nothing waits in the middle of an hour, and a world that people
decide in is only ever between two hours.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final, NamedTuple

import numpy as np

from dashboards.cards import Arrangement, Card, Cards, Cast, Wish
from sim import kernel
from sim.engine import Engine, Observer
from sim.explanation.moments import Found, find, tick_of
from sim.lexicon import terms
from sim.state import NUMBER_BITS, ROW_BITS, Clock
from sim.terms import Choice, Form, Kind, Moment, Motive, Role, Strategy

SHOWN: Final = ("name", "initials", "title", "department", "leader", "when", "text", "likes", "comments", "seen")
"""What a telephone shows of a message: what its readers see, and nothing of how it came about."""
QUOTED: Final = 140
"""Characters of the message above that a comment is shown with."""


class Asked(NamedTuple):
    """What somebody is asked about: one wish of their member, as it came up."""

    occasion_id: int
    tick: int
    member: int
    """Its row."""
    issue: int
    issue_name: str
    kind: Kind
    criticality: float
    text: str
    """What it would be in plain words."""
    about: Card | None
    """The message that it would answer."""
    audience: str
    """`organization`, `department:Sales` or `team:3`."""
    possible: int
    """Members of the audience who have ever looked in."""
    imagined: float
    """How many of them the member imagines as readers."""
    manager_reads: float | None
    """Believed chance that the line manager reads it; None without one."""
    executives_read: float
    open: tuple[Strategy, ...]
    """The ways that there are."""
    model: Strategy
    """What the member would do by the rules."""
    model_motive: Motive
    p_spoken: float
    """How likely the member would say it in the arena, by the rules."""


class Deed(NamedTuple):
    """What somebody decided: on which occasion, on what, and which way."""

    occasion_id: int
    issue: int
    way: Strategy


class Hour(NamedTuple):
    """One hour of a world, looked at before it is simulated."""

    after: Engine
    """The world after it, if all members go by the rules."""
    pages: Mapping[int, tuple[Card, ...]]
    """What each member of interest who looks in reads, by their row."""
    asked: Mapping[int, Asked]
    """What each of them is asked about, if anything."""


# ---------------------------------------------------------------- looking ahead


def look_ahead(engine: Engine, cast: Cast, rows: Collection[int]) -> Hour:
    """Return the next hour for the members of some rows; the engine stays where it is."""
    ahead = engine.copy()
    pages: dict[int, tuple[Card, ...]] = {}
    asked: dict[int, Asked] = {}

    def look(now: Engine) -> None:
        visitors = now.world.visitors[: int(now.world.clock[Clock.visitors])].tolist()
        for place, row in enumerate(visitors):
            if row in rows:
                cards = _cards(now, cast)
                pages[row] = _page(now, cards, place)
                found = most_daring(now, row)
                if found is not None:
                    asked[row] = _asked(found, cards)

    ahead.advance(ahead.tick + 1, look)
    return Hour(ahead, pages, asked)


def most_daring(engine: Engine, row: int) -> Found | None:
    """Return the wish of this hour by which a member challenges those in charge most; None where they challenge nobody.

    People are asked about one wish an hour. With what challenges nobody there is nothing to soften, hide or put off.
    """
    critical = [found for found in find(engine, row) if found.row["criticality"] > 0.0]
    return max(critical, key=lambda found: float(found.row["criticality"]), default=None)


def _cards(engine: Engine, cast: Cast) -> Cards:
    shows = engine.parameters.visibility
    arranged = Arrangement(shows.leader_badges, shows.audience_cues, shows.visible_reactions, engine.tick)
    return Cards(cast, engine.world, arranged)


def _page(engine: Engine, cards: Cards, place: int) -> tuple[Card, ...]:
    """Return what a visitor reads, in the order in which they read it."""
    rows = engine.world.seen[place, : int(engine.world.seen_count[place])].tolist()
    return tuple(_shown(cards, row) for row in rows)


def _shown(cards: Cards, row: int) -> Card:
    """Return the card of a message as its readers see it."""
    whole = cards.message(row, 0)
    card = {name: whole[name] for name in SHOWN} | {"to": whole["audience_words"], "answers": None}
    parent = cards.known(row).parent
    if parent >= 0:
        above = cards.message(parent, 0)
        card["answers"] = {"name": above["name"], "text": above["text"][:QUOTED]}
    return card


def _asked(found: Found, cards: Cards) -> Asked:
    row, moment = found.row, found.moment
    wish = Wish._make(row.item())
    return Asked(
        occasion_id=int(row["occasion_id"]),
        tick=found.tick,
        member=int(row["member"]),
        issue=int(row["issue"]),
        issue_name=cards.cast.issues[int(row["issue"])].name,
        kind=Kind(int(row["kind"])),
        criticality=float(row["criticality"]),
        text=str(cards.draft(wish, int(row["occasion_id"]), 0)["text"]),
        about=_shown(cards, int(row["about"])) if row["form"] == Form.comment else None,
        audience=found.scope,
        possible=found.possible,
        imagined=found.imagined_share * found.possible,
        manager_reads=float(moment.manager_reads) if cards.cast.organization.manager[int(row["member"])] >= 0 else None,
        executives_read=float(moment.executives_read),
        open=ways_open(moment),
        model=Strategy(int(row["strategy"])),
        model_motive=Motive(int(row["motive"])),
        p_spoken=float(row["p_spoken"]),
    )


def ways_open(moment: Moment) -> tuple[Strategy, ...]:
    """Return the ways to go about a wish that there are in a moment."""
    closed = set()
    if moment.narrow_open <= 0.0:
        closed.add(Strategy.narrow)
    if moment.anonymous_open <= 0.0:
        closed.add(Strategy.anonymous)
    return tuple(way for way in terms(Strategy) if way not in closed)


# ---------------------------------------------------------------- carrying out


def live(engine: Engine, deeds: Iterable[Deed], until: int) -> None:
    """Let a world live up to an hour, in which people decide what they decided and all else goes by the rules.

    What was decided on an occasion that does not come up in this course of events is left aside.
    """
    by_tick: dict[int, list[Deed]] = defaultdict(list)
    for deed in deeds:
        by_tick[tick_of(deed.occasion_id)].append(deed)
    for tick in sorted(tick for tick in by_tick if engine.tick <= tick < until):
        engine.advance(tick)
        engine.advance(tick + 1, _carrying(by_tick[tick]))
    engine.advance(until)


def _carrying(deeds: Iterable[Deed]) -> Observer:
    """Return what puts decisions in the place of those that the rules took in one hour."""
    by_occasion = {deed.occasion_id: deed for deed in deeds}
    rows = sorted({member_of(occasion) for occasion in by_occasion})

    def carry_out(engine: Engine) -> None:
        for found in (found for row in rows for found in find(engine, row)):
            deed = by_occasion.get(int(found.row["occasion_id"]))
            if deed is not None and deed.issue == found.row["issue"] and deed.way in ways_open(found.moment):
                engine.decide_otherwise(found.place, found.number, found.moment, _choice(found, deed.way))

    return carry_out


def _choice(found: Found, way: Strategy) -> Choice:
    """Return a decision for another way; how likely each was by the rules stays as it is."""
    made = kernel.speak(found.moment, found.coefficients, found.luck)
    return Choice(int(way), *made[1:])


def member_of(occasion_id: int) -> int:
    """Return the row of the member whose occasion it is."""
    return occasion_id >> NUMBER_BITS & (1 << ROW_BITS) - 1


# ---------------------------------------------------------------- whom to play


def talkative(engine: Engine, until: int) -> list[int]:
    """Return the members who have a manager, those first who would be asked most often up to an hour by the rules.

    The engine is used up.
    """
    often = np.zeros(engine.organization.members, int)

    def count(now: Engine) -> None:
        for row in now.world.visitors[: int(now.world.clock[Clock.visitors])].tolist():
            often[row] += most_daring(now, row) is not None

    engine.advance(until, count)
    people = engine.organization
    playable = [row for row in range(people.members) if people.manager[row] >= 0 and people.role[row] != Role.executive]
    return sorted(playable, key=lambda row: (-int(often[row]), row))


def person(cast: Cast, row: int) -> dict[str, Any]:
    """Return a member as a telephone shows them."""
    return {
        "name": cast.names[row],
        "initials": cast.initials[row],
        "title": cast.titles[row],
        "department": cast.departments[cast.department[row]],
        "role": Role(cast.role[row]).words.noun,
    }
