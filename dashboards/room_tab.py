"""The tab in which a room predicts, then reveals: what `dashboards.room` knows, as one visitor sees it.

A visitor stays in their room while they look at other tabs, and leaves it with their session.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import solara
import solara.lab

from dashboards.door.data import Code, Guess, Key, Nothing
from dashboards.door.events import component
from dashboards.following import follow
from dashboards.outcomes import outcomes
from dashboards.room import ROOMS
from sim.errors import InputError, shown
from sim.organization import Organization
from sim.scenario import Scenario


@solara.lab.on_kernel_start
def _session() -> Callable[[], None]:
    """Let a visitor leave their room with their session."""
    visitor = solara.get_kernel_id()
    return lambda: ROOMS.leave(visitor)


@component("components/rooms.vue")
def Looks() -> None:
    """What all tabs beside the arena share of their looks."""


def handler(
    do: Callable[[Any], object], say: Callable[[str], object], then: Callable[[], object] = lambda: None
) -> Callable[[Any], None]:
    """Return what does something with what a page sends, and says in a sentence why it cannot be; `then` follows."""

    def done(sent: Any) -> None:
        try:
            do(sent)
            say("")
        except InputError as error:
            say(str(error))
        then()

    return done


@component("components/room.vue")
def _Room(
    room: dict[str, Any],
    choices: list[dict[str, str]],
    title: str,
    problem: str,
    event_enter: Callable[[Code], None],
    event_open_room: Callable[[Nothing], None],
    event_host: Callable[[Nothing], None],
    event_ask: Callable[[Key], None],
    event_vote: Callable[[Guess], None],
    event_reveal: Callable[[Nothing], None],
    event_put_away: Callable[[Nothing], None],
) -> None:
    """The page of a room."""


@solara.component
def PredictTab(scenario: Scenario, organization: Organization | None = None) -> None:
    """Predict, then reveal. What the host asks is about `scenario`, with the people of `organization` if given."""
    visitor, chair = solara.get_kernel_id(), solara.get_session_id()
    room, set_room = solara.use_state(ROOMS.room_of(visitor, chair))
    follow(room)
    problem, set_problem = solara.use_state("")
    daring = partial(handler, say=set_problem, then=lambda: set_room(ROOMS.room_of(visitor, chair)))

    def vote(sent: Any) -> None:
        room.name(visitor, sent["name"])
        room.vote(visitor, *sent["guess"])

    with solara.Div():
        Looks()
        _Room(
            room=room.seen_by(visitor),
            choices=[{"key": each.key, "question": each.question} for each in outcomes(scenario)],
            title=shown(scenario.title),
            problem=problem,
            event_enter=daring(lambda sent: ROOMS.enter(visitor, sent["code"], chair)),
            event_open_room=daring(lambda _: ROOMS.open(visitor, chair)),
            event_host=daring(lambda _: room.host(visitor)),
            event_ask=daring(lambda sent: room.ask(visitor, sent["key"], scenario, organization)),
            event_vote=daring(vote),
            event_reveal=daring(lambda _: room.reveal(visitor)),
            event_put_away=daring(lambda _: room.put_away(visitor)),
        )
