"""How numbers, names and days are written on the page."""

from __future__ import annotations

import math
from typing import Any, Final

from sim.errors import shown
from sim.explanation.words import FIRST_HOUR
from sim.state import TICKS_PER_DAY

LONGEST_NAME: Final = 80
_SMALL: Final = (
    "no",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)


def person(name: Any, limit: int = LONGEST_NAME) -> str:
    """Return a name from a file: nothing in it steers what stands around it, and it is not too long."""
    return shown(name or "(no name)", limit)


def one_line(text: Any, limit: int = 10_000) -> str:
    """Return a longer text from a file as one line."""
    return shown(" ".join(str(text).split()), limit)


def count(value: float, one: str = "", many: str = "") -> str:
    """Return a whole number in words or digits, with its noun: `one voice`, `1,204 voices`."""
    whole = round(value)
    number = _SMALL[whole] if 0 <= whole < len(_SMALL) else f"{whole:,}"
    return f"{number} {one if whole == 1 else many or one + 's'}".strip() if one else number


def percent(share: float | None) -> str:
    """Return a share as per cent; a dash where there is none."""
    if share is None or math.isnan(share):
        return "–"
    value = 100.0 * share
    return f"{value:.1f}%" if 0.0 < value < 1.0 else f"{value:.0f}%"


def number(value: float | None, digits: int = 2) -> str:
    """Return a number with so many digits; a dash where there is none."""
    return "–" if value is None or math.isnan(value) else f"{value:,.{digits}f}"


def when(tick: int) -> str:
    """Return a working hour as day, counted from 0 as in all tables, and time of day."""
    return f"day {tick // TICKS_PER_DAY}, {FIRST_HOUR + tick % TICKS_PER_DAY}:00"


def moment(day: float) -> str:
    """Return a day with its hour, where it is not the first."""
    tick = round(day * TICKS_PER_DAY)
    return when(tick) if tick % TICKS_PER_DAY else f"day {tick // TICKS_PER_DAY}"


def waited(hours: int) -> str:
    """Return a stretch of working hours."""
    if hours < TICKS_PER_DAY:
        return count(hours, "working hour")
    return count(hours / TICKS_PER_DAY, "workday")


def listed(words: list[str]) -> str:
    """Return `a, b and c`."""
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def sentence(text: str) -> str:
    """Return a text with a capital at its beginning."""
    return text[:1].upper() + text[1:]
