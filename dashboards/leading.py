"""Be the leader: a critical message is answered in one of five ways, beside a world in which the leader did not.

An answer is an event of the scenario, so that it stands on the timeline, can be taken out again, and be exported.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final, NamedTuple

import numpy as np

from dashboards.cards import Arrangement, Cards
from dashboards.frame import say_time
from dashboards.scene import describe
from dashboards.twins import Pair
from dashboards.world import Arena
from sim.errors import InputError, as_typed, nearest
from sim.lexicon import vocabulary
from sim.scenario import Scenario
from sim.terms import Identity, Response, Role

SILENT: Final = "none"
OWN_WAY: Final = "as it comes"
"""In the place of an answer: nobody steps in, and the leader does what they would have done."""


WAYS: Final = (Response.supportive, Response.dismissive, Response.none, Response.sanction, Response.action)
"""The five answers, in the order in which they are offered."""
_OTHERS: Final = {way.key: way.words.done.capitalize() for way in WAYS} | {OWN_WAY: "As it comes"}


class Leader(NamedTuple):
    """Somebody who may answer."""

    id: str
    row: int
    name: str
    role: str
    title: str
    why: str
    """What makes it theirs to answer, in words."""


# ---------------------------------------------------------------- what can be answered, and by whom


def leaders(arena: Arena, message: int) -> tuple[Leader, ...]:
    """Return who may answer a message: its author's line manager, and executives, the one at the top first.

    Of a message without a name nobody knows whose line manager would be meant. Raises InputError where the arena has no
    such message at the hour shown.
    """
    with arena.lock:
        found = arena.engine.world.messages[_row(arena, message)]
        people = arena.organization
        author, manager = int(found["author"]), int(people.manager[int(found["author"])])
        named = found["identity"] < Identity.pseudonym and manager >= 0
        executives = np.flatnonzero(people.role == Role.executive)
        above = sorted(executives.tolist(), key=lambda row: (row != people.top, int(people.level[row]), row))
        rows = dict.fromkeys([*([manager] * bool(named)), *above])
        return tuple(_leader(arena, row, author, named and row == manager) for row in rows if row != author)


def _leader(arena: Arena, row: int, author: int, direct: bool) -> Leader:
    cast, people = arena.cast, arena.organization
    top = "at the top" if row == people.top else "an executive"
    why = f"line manager of {cast.names[author]}" if direct else top
    return Leader(str(people.ids[row]), row, cast.names[row], Role(cast.role[row]).name, cast.titles[row], why)


def ways() -> list[dict[str, str]]:
    """Return the five answers with their words, as a page shows them; `it` is what is answered."""
    words = vocabulary(Response)
    return [
        {"key": way.key, **{form: text.replace("{what}", "it") for form, text in words[way.key].items()}}
        for way in WAYS
    ]


def choices(arena: Arena, message: int) -> dict[str, Any]:
    """Return what a panel below a message offers: its card, the five ways, who may answer, and who did so far."""
    with arena.lock:
        row = _row(arena, message)
        cards = Cards(arena.cast, arena.engine.world, Arrangement(True, False, True, arena.shown))
        return {
            "message": str(message),
            "card": cards.message(row, 0),
            "ways": ways(),
            "leaders": [each._asdict() for each in leaders(arena, message)],
            "answers": [
                {
                    "who": cards.author(cards.known(n)).name,
                    "how": Response(cards.known(n).treatment).name,
                    "when": say_time(cards.known(n).tick, arena.ticks),
                }
                for n in _answers(arena, row)
            ],
            "over": arena.shown >= arena.ticks,
        }


def critical(arena: Arena, most: int = 12) -> list[str]:
    """Return the latest messages that challenge those in charge and were not answered yet, the latest first."""
    with arena.lock:
        world = arena.engine.world
        messages = Cards(arena.cast, world, Arrangement(True, False, True, 0)).messages
        open_ones = (messages["criticality"] > 0.0) & (messages["treatment"] == Response.none)
        rows = np.flatnonzero(open_ones & (messages["leader_response"] == Response.none))[-most:][::-1]
        cards = Cards(arena.cast, world, Arrangement(True, False, True, 0))
        return [str(cards.known(row).message_id) for row in rows.tolist()]


def _row(arena: Arena, message: int) -> int:
    row = arena.engine.find_message(int(message))
    if row < 0:
        raise InputError(f"there is no message {as_typed(message)} at this hour", key="message")
    return row


def _answers(arena: Arena, row: int) -> list[int]:
    """Return the rows of leaders' answers to a message."""
    world = arena.engine.world
    messages = Cards(arena.cast, world, Arrangement(True, True, True, 0)).messages
    return np.flatnonzero((messages["parent"] == row) & (messages["treatment"] > Response.none)).tolist()


# ---------------------------------------------------------------- answering


def answer(arena: Arena, message: int, how: str, by: str, otherwise: str = SILENT) -> Pair:
    """Return the world in which a leader answers a message at the hour shown (B), beside one in which they do not.

    `how` and `otherwise` are each one of `WAYS`; `otherwise` may also be `OWN_WAY`: what comes when nobody steps in.
    `by` is the id of a member among `leaders`. Where the leader is about to do just that, nothing is added. Raises
    InputError where there is no such message, leader or way, or the run is over.
    """
    with arena.lock:
        message = int(message)
        may = [leader.id for leader in leaders(arena, message)]
        if by not in may:
            raise InputError(
                f"{as_typed(by)} is nobody who may answer this message", key="by", nearest=nearest(str(by), may)
            )
        for way in (how, otherwise):
            if way not in _OTHERS:
                raise InputError(f"{as_typed(way)} is no way to answer", key="how", nearest=nearest(str(way), _OTHERS))
        other, this = (_answered(arena, message, way, by) for way in (otherwise, how))
        since = min(other.shown, this.shown)
        for world in (other, this):
            world.look_at(arena.shown)
        return Pair(other, this, (_OTHERS[otherwise], _OTHERS[how]), since)


def _answered(arena: Arena, message: int, how: str, by: str) -> Arena:
    """Return the world in which a leader answers thus, at the hour from which it may differ."""
    coming = _coming(arena, message)
    if how == OWN_WAY or coming == [(arena.organization.row_of(by), how)]:
        return arena.forked()
    world = _without_scripted(arena, message) if coming else arena.forked()
    if _coming(world, message):  # a leader's own answer is on its way: whoever steps in has to be faster
        world.look_at(arena.shown - 1)
    world.intervene({"respond": {"by": by, "to": message, "how": how}})
    return world


def _coming(arena: Arena, message: int) -> list[tuple[int, str]]:
    """Return by whom and how a message is answered within the hour shown, if nobody steps in."""
    ahead = arena.forked()
    before = set(_answers(ahead, _row(ahead, message)))
    ahead.advance(1)
    messages = ahead.engine.world.messages
    new = [row for row in _answers(ahead, _row(ahead, message)) if row not in before]
    return [(int(messages[row]["author"]), Response(messages[row]["treatment"]).name) for row in new]


def _without_scripted(arena: Arena, message: int) -> Arena:
    """Return the same world without the answers to a message that its scenario has for the hour shown."""
    here = [event for event in arena.base.written if event.respond is not None and event.tick == arena.shown]
    for event in here:
        kept = tuple(each for each in arena.base.written if each is not event)
        world = _lived_again(arena, _with_only(arena.base, kept), arena.interventions)
        if not _coming(world, message):
            return world
    return arena.forked()


def _with_only(scenario: Scenario, events: tuple[Any, ...]) -> Scenario:
    """Return a scenario with these events and no others."""
    return replace(scenario, events=(), written=()).with_events(*events)


def _lived_again(arena: Arena, base: Scenario, interventions: tuple[Any, ...]) -> Arena:
    """Return a world run from its first hour to the one that an arena shows."""
    world = Arena(base, arena.seed, arena.organization if arena.given else None, interventions)
    world.look_at(arena.shown)
    return world


# ---------------------------------------------------------------- what was changed


def timeline(arena: Arena) -> list[dict[str, Any]]:
    """Return what was changed while the arena ran, in order: its number, when, and what in words."""
    with arena.lock:
        return [
            {
                "number": number,
                "tick": event.tick,
                "day": event.day,
                "when": say_time(event.tick, arena.ticks),
                "kind": event.kind,
                "words": describe(event, arena.scenario, arena.cast),
            }
            for number, event in enumerate(arena.interventions)
        ]


def without(arena: Arena, number: int) -> Arena:
    """Return the arena in which one of the changes of `timeline` was never made, at the same hour.

    It is simulated from its first hour. Raises InputError where there is no such change.
    """
    with arena.lock:
        if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < len(arena.interventions):
            raise InputError(f"there is no change of the number {as_typed(number)}", key="number")
        kept = (*arena.interventions[:number], *arena.interventions[number + 1 :])
        return _lived_again(arena, arena.base, kept)
