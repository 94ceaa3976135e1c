"""How numbers, counted nouns, names, lists and times are written, wherever people read them: one way for each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

from sim.errors import shown
from sim.state import TICKS_PER_DAY

NONE: Final = "–"
"""What stands where there is no number."""
FIRST_HOUR: Final = 9
"""A workday of eight hours begins at nine."""
_SMALL: Final = (
    "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip
_IRREGULAR: Final = {"person": "people", "reply": "replies", "story": "stories"}


# ---------------------------------------------------------------- counted nouns


def plural(noun: str) -> str:
    """Return the plural of a noun, or of the noun that ends a phrase: `wishes`, `working hours`, `people`."""
    *before, last = noun.split(" ")
    ending = "es" if last.endswith(("s", "sh", "ch", "x")) else "s"
    return " ".join([*before, _IRREGULAR.get(last, last + ending)])


def agree(number: float, one: str, many: str) -> str:
    """Return the word that agrees with a number: `is` or `are`."""
    return one if number == 1 else many


def count(number: int, noun: str) -> str:
    """Return a number of things in digits: `1 wish`, `1,204 wishes`."""
    return f"{number:,} {agree(number, noun, plural(noun))}"


def spell(number: float, noun: str = "") -> str:
    """Return a whole number, in words up to twelve, with what it counts: `no wishes`, `one wish`, `1,204 wishes`."""
    whole = round(number)
    word = _SMALL[whole] if 0 <= whole < len(_SMALL) else f"{whole:,}"
    return f"{word} {agree(whole, noun, plural(noun))}" if noun else word


# ---------------------------------------------------------------- numbers


def percent(share: float | None) -> str:
    """Return a share as per cent: `37%`; close to none or all `0.4%` and `99.6%`, and never `0%` for what is not 0."""
    if share is None or not math.isfinite(share):
        return NONE
    if 0.0 < share < 0.0005:
        return "under 0.1%"
    if 0.9995 < share < 1.0:
        return "over 99.9%"
    return f"{share:.1%}" if 0.0 < share < 0.00995 or 0.99 < share < 1.0 else f"{share:.0%}"


def number(value: float | None, digits: int = 2) -> str:
    """Return a number with so many digits behind the point."""
    return NONE if value is None or math.isnan(value) else f"{value:,.{digits}f}"


def significant(value: float | None, sign: bool = False) -> str:
    """Return a number with three digits that count; `sign` puts a plus before what is above 0."""
    if value is None or math.isnan(value):
        return NONE
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    mark = "+" if sign and value else ""
    return f"{value:{mark},.0f}" if abs(value) >= 100 else f"{value:{mark}.3g}"


def rounded(value: float | None, digits: int = 4) -> float | None:
    """Return a number for a page to draw: short, and None where it is not finite."""
    return None if value is None or not math.isfinite(value) else round(float(value), digits)


# ---------------------------------------------------------------- names, lists, sentences, times


def person(name: Any, limit: int = 80) -> str:
    """Return a name from a file: nothing in it steers what stands around it, and it is not too long."""
    return shown(name or "(no name)", limit)


def one_line(text: Any, limit: int = 10_000) -> str:
    """Return a longer text from a file as one line, safe to show."""
    return shown(" ".join(str(text).split()), limit)


def listed(items: Sequence[str], most: int | None = None) -> str:
    """Return `a, b and c`; of more than `most`, the first of them and how many more there are."""
    if most is not None and len(items) > most:
        items = [*items[:most], f"{len(items) - most:,} more"]
    return " and ".join([", ".join(items[:-1]), items[-1]]) if len(items) > 1 else "".join(items)


def sentence(text: str) -> str:
    """Return a text with a capital at its beginning."""
    return text[:1].upper() + text[1:]


def when(tick: int) -> str:
    """Return a working hour as its day, counted from 0 as in all tables, and the time of day: `day 12, 14:00`."""
    return f"day {tick // TICKS_PER_DAY}, {FIRST_HOUR + tick % TICKS_PER_DAY}:00"


def moment(day: float) -> str:
    """Return a day, with its time of day where that is not the first hour."""
    tick = round(day * TICKS_PER_DAY)
    return when(tick) if tick % TICKS_PER_DAY else f"day {tick // TICKS_PER_DAY}"


def working_time(hours: int) -> str:
    """Return a stretch of working hours: `three working hours`, `two workdays`."""
    return spell(hours, "working hour") if hours < TICKS_PER_DAY else spell(hours / TICKS_PER_DAY, "workday")
