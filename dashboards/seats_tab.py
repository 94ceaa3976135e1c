"""The part of a tab from which a room with telephones is led: who sits there, what is decided, and the mirror.

It belongs to whoever has the token of the dashboard, in whatever window: a page that loads again leads on.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final, cast

import solara

from dashboards.door.data import Key, Nothing, Seating
from dashboards.door.events import component
from dashboards.exports import base_name
from dashboards.following import follow
from dashboards.room_tab import Looks, handler
from dashboards.seats import records
from dashboards.seats.hall import Hall
from dashboards.seats.opening import Opened, opened
from dashboards.seats.treatments import TREATMENTS
from dashboards.world import Arena
from sim.errors import InputError, as_typed

_BREATH: Final = 0.2
"""Seconds between two pictures of the room, at least."""
_KINDS: Final = {
    "seats.parquet": ("application/vnd.apache.parquet", records.as_parquet),
    "seats.csv": ("text/csv", records.as_csv),
    "scenario.toml": ("application/toml", lambda kept: kept.scenario.to_toml().encode()),
}
_TREATMENTS: Final = [{"key": each.key, "title": each.title} for each in TREATMENTS.values()]


@component("components/seats.vue")
def _Seats(
    hall: dict[str, Any],
    where: dict[str, Any],
    treatments: list[dict[str, str]],
    arena: str,
    problem: str,
    file: dict[str, Any] | None,
    event_lead: Callable[[Seating], None],
    event_make: Callable[[Key], None],
    event_taken: Callable[[Nothing], None],
) -> None:
    """The part of the page."""


@solara.component
def SeatsPart(arena: Arena) -> None:
    """Lead the room of this process; nothing at all where it has none. New sessions are played in the arena's world."""
    found = opened()
    if found is not None:
        _Lead(arena, found)


@solara.component
def _Lead(arena: Arena, found: Opened) -> None:
    hall = found.hall
    follow(hall, _BREATH)
    problem, set_problem = solara.use_state("")
    file, set_file = solara.use_state(cast(dict[str, Any] | None, None))
    daring = partial(handler, say=set_problem)

    with solara.Div():
        Looks()
        _Seats(
            hall=hall.seen(),
            where={"address": found.address, "picture": found.picture(), "reachable": found.reachable},
            treatments=_TREATMENTS,
            arena=arena.scenario.title,
            problem=problem,
            file=file,
            event_lead=daring(lambda sent: lead(hall, arena, sent)),
            event_make=daring(lambda sent: set_file(make(hall, sent["key"]))),
            event_taken=lambda _: set_file(None),
        )


def lead(hall: Hall, arena: Arena, wish: Seating) -> None:
    """Do what whoever leads the room wants. Raises InputError where that cannot be."""
    settings = {name: wish.get(name) for name in ("clock", "locked", "shared")}
    deeds: dict[str, Callable[[], None]] = {
        "prepare": lambda: hall.prepare_soon(*world_of(arena), wish.get("treatments", ())),
        "play": hall.play,
        "pause": lambda: hall.play(False),
        "skip": hall.skip,
        "end": hall.end,
        "arrange": lambda: hall.arrange(**cast(Any, settings)),
        "clear": hall.clear,
    }
    deeds[wish["do"]]()


def world_of(arena: Arena) -> tuple[Any, ...]:
    """Return the scenario, the seed and the people of an arena, as a room plays them."""
    with arena.lock:
        return arena.scenario, arena.seed, arena.organization if arena.given else None


def make(hall: Hall, key: str) -> dict[str, Any]:
    """Return what is kept of the session as a file; InputError where there is none of this name."""
    if key not in _KINDS:
        raise InputError(f"there is no file {as_typed(key)}")
    kept = hall.session().kept()
    mime, write = _KINDS[key]
    return {"name": f"{base_name(kept.scenario, kept.seed)}-{key}", "mime": mime, "content": write(kept)}
