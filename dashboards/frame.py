"""One hour as the page draws it: a frame, as plain values for JSON.

A frame depends on the world at the hour shown and on the view alone: the same hour looks the same whenever it is shown.
"""

from __future__ import annotations

from typing import Any, Final

from dashboards.ledger import Ledger
from dashboards.network import draw_network
from dashboards.numbers import draw_lines, draw_tiles
from dashboards.people import draw_opinion, draw_participation
from dashboards.threads import draw_threads
from dashboards.view import WEEK, View
from dashboards.world import Arena
from sim.state import DAYS_PER_WEEK, TICKS_PER_DAY
from sim.terms import SPOKEN
from sim.wording import FIRST_HOUR

_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")


def draw_frame(arena: Arena, view: View | None = None, change: Any = None) -> dict[str, Any]:
    """Return what the page draws of the hour shown. Raises InputError where the view asks for what there is not.

    `change` is what members are coloured by where the view asks for one of `CHANGES`, float64[n]; None for no change.
    """
    wanted = view or View()
    with arena.lock:
        engine = arena.engine
        ledger = Ledger(engine)
        lately = ledger.since(engine.tick - WEEK)
        spoken = int((lately["strategy"] < SPOKEN).sum())
        return {
            "generation": arena.generation,
            "clock": _clock(arena),
            "threads": draw_threads(arena, wanted, ledger),
            "unsaid_now": len(lately) - spoken,
            "spoken_now": spoken,
            "numbers": draw_tiles(engine, arena.willing),
            "series": draw_lines(engine, arena.willing),
            "participation": draw_participation(engine.world),
            "opinion": draw_opinion(engine, wanted) if wanted.iceberg else None,
            "network": draw_network(engine, wanted, change),
            "identity": engine.parameters.visibility.identity,
        }


def _clock(arena: Arena) -> dict[str, Any]:
    tick = arena.shown
    day, hour = divmod(tick, TICKS_PER_DAY)
    return {
        "shown": tick,
        "simulated": arena.simulated,
        "ticks": arena.ticks,
        "day": day,
        "hour": FIRST_HOUR + hour,
        "days": arena.scenario.parameters.days,
        "words": say_time(tick, arena.ticks),
    }


def say_time(tick: int, ticks: int) -> str:
    """Say what time it is: the working hour that comes next; workdays count from 0, as in all tables."""
    day, hour = divmod(tick, TICKS_PER_DAY)
    if tick >= ticks and not hour:
        day, hour = day - 1, TICKS_PER_DAY
    return f"{_DAYS[day % DAYS_PER_WEEK]} {FIRST_HOUR + hour}:00, workday {day}"
