"""Times as exports write them, turned into what the clock on the wall said where people work.

Which form the times of a file have is found once, from its first rows, and holds for the whole file.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from sim.errors import InputError, nearest, quoted

if TYPE_CHECKING:
    import polars as pl

_DATES: Final = ("%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y")
_CLOCKS: Final = ("%H:%M:%S%.f", "%H:%M", "%I:%M:%S %p", "%I:%M %p")
"""How days and times of day may be written, once `T`, `Z` and `UTC` are taken away."""
_OFFSET: Final = r"\s*([+-]\d{2}):?(\d{2})$"
_ZONED: Final = r"(?:Z|UTC|GMT|\s*[+-]\d{2}:?\d{2})\s*$"
_COUNTED: Final = "number"
"""The form of times that are seconds, or parts of seconds, since 1970."""
_NUMBER: Final = r"^\d{9,16}(?:\.\d+)?$"
_MILLI: Final = 1e11
"""From here on a number counts milliseconds since 1970, below it seconds."""
_MICRO: Final = 1e14


class Clock:
    """Reads the times of one file as local times of a zone."""

    def __init__(self, zone: str, on_the_wall: bool = False) -> None:
        """`on_the_wall`: a time that names no zone is what a clock showed there, and not one of UTC."""
        self.zone, self.on_the_wall = zone, on_the_wall
        self._format: str | None = None

    def read(self, texts: pl.Series) -> pl.Series:
        """Return local times, datetimes in microseconds without a zone; null for what is no time.

        Raises InputError where the first times may be read in two ways.
        """
        if self._format is None and texts.drop_nulls().len():
            self._format = _form_of(texts)
        if self._format is None:
            return _none(texts)
        moments = _moments(texts, self._format)
        if not self.on_the_wall or self._format == _COUNTED:
            return self.local(moments)
        zoned = texts.str.contains(_ZONED).fill_null(value=False)
        return self.local(moments).zip_with(zoned, moments)

    def local(self, moments: pl.Series) -> pl.Series:
        """Return times of UTC as the zone's clocks show them."""
        return moments.dt.replace_time_zone("UTC").dt.convert_time_zone(self.zone).dt.replace_time_zone(None)


def _none(texts: pl.Series) -> pl.Series:
    import polars as pl

    return pl.Series(texts.name, [None] * texts.len(), dtype=pl.Datetime("us"))


def check_zone(zone: str) -> str:
    """Return the name of a time zone; InputError, naming the nearest, where there is none of that name."""
    import polars as pl

    try:
        pl.Series([datetime(2024, 1, 1)]).dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
        return zone
    except pl.exceptions.PolarsError:
        import zoneinfo

        like = nearest(zone, sorted(zoneinfo.available_timezones()))
        raise InputError(
            f"there is no time zone {quoted(zone)}; give one such as Europe/Copenhagen", nearest=like
        ) from None


def _plain() -> Any:
    """Return times without the words that stand around them, as an expression on column `t`."""
    import polars as pl

    text = pl.col("t").str.strip_chars().str.replace(r"^(\d{4}[-/]\d{2}[-/]\d{2})T", "${1} ")
    return text.str.replace(r"\s*(?:Z|UTC|GMT)$", "")


def _moments(texts: pl.Series, form: str) -> pl.Series:
    """Return times of UTC; a time that names no offset is one of UTC."""
    import polars as pl

    table = pl.DataFrame({"t": texts}).select(_plain().alias("t"))
    if form == _COUNTED:
        number = pl.col("t").str.extract("^(" + _NUMBER[1:-1] + ")$").cast(pl.Float64)
        scale = pl.when(number >= _MICRO).then(1e-6).when(number >= _MILLI).then(1e-3).otherwise(1.0)
        seconds = (number * scale).floor().cast(pl.Int64)
        return table.select(pl.from_epoch(seconds, time_unit="s").cast(pl.Datetime("us"))).to_series()
    bare = table.select(pl.col("t").str.replace(_OFFSET, "")).to_series()
    hours, minutes = (pl.col("t").str.extract(_OFFSET, part).cast(pl.Int64) for part in (1, 2))
    sign = pl.when(pl.col("t").str.extract(_OFFSET, 1).str.starts_with("-")).then(-1).otherwise(1)
    offset = pl.duration(hours=hours, minutes=sign * minutes).fill_null(pl.duration(minutes=0))
    return table.with_columns(_read(bare, form).alias("moment")).select(pl.col("moment") - offset).to_series()


def _read(texts: pl.Series, day: str) -> pl.Series:
    """Return times whose days are written in one way, and whose times of day in any."""
    found = _none(texts)
    for clock in _CLOCKS:
        if found.null_count() == texts.null_count():
            break
        read = texts.str.to_datetime(f"{day} {clock}", strict=False, time_unit="us")
        found = found.zip_with(found.is_not_null(), read)
    return found


def _form_of(texts: pl.Series) -> str | None:
    """Return the form that reads most of the first times; None where none reads any."""
    first = texts.drop_nulls().head(10_000)
    if first.str.strip_chars().str.contains(_NUMBER).mean() > 0.5:  # type: ignore[operator]
        return _COUNTED
    read = {form: _moments(first, form) for form in _DATES}
    best = max(read, key=lambda form: read[form].len() - read[form].null_count())
    if read[best].null_count() == first.len():
        return None
    return _only_one(best, read, first)


def _only_one(best: str, read: dict[str, pl.Series], first: pl.Series) -> str:
    """Return the best form, unless another reads as many times, and reads them otherwise."""
    for times in read.values():
        if times.null_count() == read[best].null_count() and not times.equals(read[best], null_equal=True):
            problem = (
                f"times such as {quoted(first[0])} may have the day or the month first; write them as 2024-01-31 09:00"
            )
            raise InputError(problem)
    return best


def day_of(text: str, option: str) -> date:
    """Return a day that was typed; InputError where it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(f"{option} {quoted(text)} is no day; write it as 2024-01-31") from None
