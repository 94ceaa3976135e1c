"""The numbers of a world as the page draws them: five large ones, and lines over time; willingness leads."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from dashboards.view import SAFETY, WEEK, WILLINGNESS
from dashboards.willing import mean_willing
from sim.engine import Engine
from sim.measures import MEASURES
from sim.state import DAYS_PER_WEEK, TICKS_PER_DAY
from sim.sums import Sums
from sim.wording import number, percent, rounded

MOST_POINTS: Final = 300
"""Days of a line over time; of a longer run every second or third is drawn."""


def _sums(columns: Any, wholes: Any, days: Any) -> Sums:
    """Return sums of all members over stretches of time; `columns` is [t, cells, columns]."""
    total = columns.sum(axis=1).T
    nobody = np.zeros_like(total)  # leaders apart from others: no measure of a frame asks for them
    return Sums(total[:, None, :], wholes.T, nobody, nobody, nobody, np.asarray(days, float))


def _measured(name: str, sums: Sums) -> Any:
    rule = MEASURES[name].value
    return rule(sums)[0] if rule else np.full(len(sums.days), np.nan)


def _stretch(engine: Engine, end: int) -> Sums:
    """Return what was counted in the five workdays before the day `end`."""
    first, end = max(0, end - DAYS_PER_WEEK), max(0, end)
    column = engine.world.daily[first:end].sum(axis=0, keepdims=True)
    hours = min(engine.tick, end * TICKS_PER_DAY) - first * TICKS_PER_DAY
    return _sums(column, np.zeros((1, engine.world.whole.shape[1])), [hours / TICKS_PER_DAY])


Willing = Sequence[float | None]
"""The mean willingness of all members at the end of each day so far (`Arena.willing`)."""


def draw_tiles(engine: Engine, willing: Willing) -> list[dict[str, Any]]:
    """Return the large numbers: as they stand or of the last five workdays, and five workdays before."""
    begun = math.ceil(engine.tick / TICKS_PER_DAY)
    now, before = _stretch(engine, begun), _stretch(engine, begun - DAYS_PER_WEEK)
    then = begun - DAYS_PER_WEEK - 1
    return [
        _tile(WILLINGNESS, "willing to voice a critique", "share", mean_willing(engine), _at(willing, then)),
        _tile("p_speak", "wishes spoken", "share", *(_last(_measured("p_speak", each)) for each in (now, before))),
        _tile("unsaid", "left unsaid a day", "wishes a workday", *(_unsaid_a_day(each) for each in (now, before))),
        _tile("engagement", "engagement", "share", *_stood(engine, "engagement")),
        _tile(SAFETY, "psychological safety", "share", *_stood(engine, SAFETY)),
    ]


def _at(values: Willing, day: int) -> float | None:
    return values[day] if 0 <= day < len(values) else None


def _tile(key: str, text: str, unit: str, value: float | None, before: float | None) -> dict[str, Any]:
    written = percent(value) if unit == "share" else number(value, 1 if (value or 0) < 10 else 0)
    return {
        "key": key,
        "label": text,
        "value": rounded(value),
        "before": rounded(before),
        "unit": unit,
        "words": written,
    }


def _unsaid_a_day(sums: Sums) -> float | None:
    days = float(sums.days[0])
    return float(_measured("wishes", sums)[0] - _measured("spoken", sums)[0]) / days if days > 0 else None


def _stood(engine: Engine, name: str) -> tuple[float, float]:
    """Return the mean of a belief now, and at the end of the workday five workdays ago."""
    world = engine.world
    day = (engine.tick - WEEK) // TICKS_PER_DAY
    if day <= 0:
        return float(belief_of(world.beliefs, name).mean()), float(belief_of(world.start, name).mean())
    then = _sums(world.daily[day - 1 : day], world.whole[day - 1 : day], [1.0])
    return float(belief_of(world.beliefs, name).mean()), float(_measured(name, then)[0])


def belief_of(beliefs: Any, name: str) -> Any:
    """Return what members believe, float64[n]; psychological safety is the mean of both safeties."""
    if name == SAFETY:
        return 0.5 * (beliefs["safety_line_manager"] + beliefs["safety_executives"])
    return beliefs[name]


def _last(values: Any) -> float | None:
    return None if np.isnan(values[-1]) else float(values[-1])


def draw_lines(engine: Engine, willing: Willing, most: int = MOST_POINTS) -> dict[str, list[Any]]:
    """Return finished days, at most so many: willingness, wishes spoken and unspoken, engagement, safety."""
    days = engine.tick // TICKS_PER_DAY
    world = engine.world
    sums = _sums(world.daily[:days], world.whole[:days], np.ones(days))
    known = [math.nan if each is None else each for each in willing[:days]]
    found = {
        "willing": np.array([*known, *[math.nan] * (days - len(known))]),
        "voice": _measured("p_speak", sums),
        "silence": _measured("wishes", sums) - _measured("spoken", sums),
        "engagement": _measured("engagement", sums),
        "safety": _measured(SAFETY, sums),
    }
    step = max(1, -(-days // most))
    every = slice((days - 1) % step if days else 0, None, step)
    lines = {
        name: [None if np.isnan(v) else v for v in values[every].round(4).tolist()] for name, values in found.items()
    }
    return {"day": np.arange(days)[every].tolist(), **lines}
