"""Means of a survey: what members of a level or role said of themselves, held against the same members of the model."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from experiments.measures.catalogue import Catalogue
from sim import input_files
from sim.errors import InputError, as_typed, nearest, quoted, shown
from sim.terms import Role

if TYPE_CHECKING:
    import polars as pl

    from sim.engine import Engine

FELT: Final = ("psychological_safety", "engagement", "voice_efficacy", "identification")
"""What a survey may have asked of what members feel and believe; each is a share between 0 and 1 in the model."""
WILLINGNESS: Final = "willingness"
"""Whether one would say a critical view in the arena, were there an occasion: the mean chance, over all days."""
MEASURES: Final = (*FELT, WILLINGNESS)
NEEDED: Final = ("level", "measure", "mean")
COLUMNS: Final = (*NEEDED, "se", "n", "scale")
EVERYONE: Final = "all"
BYTES: Final = 1_000_000
ROWS: Final = 200
SPREAD: Final = 0.25
"""Standard deviation of answers within a group, on a scale from 0 to 1, where a survey gives only how many answered:
that of answers of which most lie between a quarter and three quarters."""


class Asked(NamedTuple):
    """A mean that was asked for."""

    group: str
    """`all`, a role, or a level counted from 0 at the top."""
    measure: str

    @property
    def name(self) -> str:
        """What it is called among statistics."""
        return f"{self.measure}@{self.group}"


class Answer(NamedTuple):
    """A mean of a survey, from 0 to 1, and its standard error."""

    asked: Asked
    mean: float
    error: float


def asked_of(engine: Engine, asked: Sequence[Asked]) -> dict[str, float]:
    """Return the means of groups of members at the end of a run; NaN for a group without members."""
    from sim.record import Run

    felt = Run(engine).members if any(each.measure in FELT for each in asked) else None
    return {each.name: _willing(each, engine) if felt is None or each.measure == WILLINGNESS else _mean(felt, each)
            for each in asked}  # fmt: skip


def _willing(asked: Asked, engine: Engine) -> float:
    scope = "" if asked.group == EVERYONE else f"@role:{asked.group}"
    return Catalogue().measured([f"{WILLINGNESS}{scope}"], engine)[0]


def _mean(members: pl.DataFrame, asked: Asked) -> float:
    import polars as pl

    chosen = members
    if asked.group in Role.__members__:
        chosen = members.filter(pl.col("role") == asked.group)
    elif asked.group != EVERYONE:
        chosen = members.filter(pl.col("level") == int(asked.group))
    mean = chosen[asked.measure].mean()
    return float(mean) if isinstance(mean, float) else math.nan


# ---------------------------------------------------------------- files


def read_survey(path: Path, levels: int) -> list[Answer]:
    """Return the means in a CSV file with the columns level, measure, mean, and, if wanted, se, n and scale.

    `scale` is such as 1-5; without it, means lie from 0 to 1. Raises InputError where a row cannot be understood.
    """
    rows = list(_rows(path))
    answers = [_answer(row, line, path, levels) for line, row in rows]
    names = [each.asked for each in answers]
    for (line, _), name in zip(rows, names, strict=True):
        if names.count(name) > 1:
            raise InputError(f"{name.measure} of {name.group} is there twice", file=shown(path), line=line)
    if not answers:
        raise InputError("the survey has no row", file=shown(path))
    return answers


def _rows(path: Path) -> Iterable[tuple[int, dict[str, str]]]:
    text = input_files.read_text(path, BYTES).removeprefix("\ufeff")
    first = text.partition("\n")[0]
    reader = csv.DictReader(text.splitlines(), delimiter=";" if first.count(";") > first.count(",") else ",")
    names = [(name or "").strip().casefold() for name in reader.fieldnames or ()]
    reader.fieldnames = names
    for name in NEEDED:
        if name not in names:
            problem = f"a survey has the columns {', '.join(NEEDED)}, and se, n or scale; '{name}' is not there"
            raise InputError(problem, file=shown(path), line=1, nearest=nearest(name, names))
    for row in reader:
        if reader.line_num > ROWS + 1:
            raise InputError(f"a survey has at most {ROWS} rows", file=shown(path), line=reader.line_num)
        yield reader.line_num, {name: (row.get(name) or "").strip() for name in COLUMNS}


def _answer(row: dict[str, str], line: int, path: Path, levels: int) -> Answer:
    file, group, measure = shown(path), row["level"].casefold(), row["measure"].casefold()
    known = [EVERYONE, *Role.__members__, *map(str, range(levels))]
    if group not in known:
        rule = f"level {quoted(row['level'])} is neither {EVERYONE}, nor a role, nor a level from 0 to {levels - 1}"
        raise InputError(rule, file=file, line=line, nearest=nearest(group, known))
    if measure not in MEASURES:
        rule = f"measure {quoted(row['measure'])} is none of {', '.join(MEASURES)}"
        raise InputError(rule, file=file, line=line, nearest=nearest(measure, MEASURES))
    if measure == WILLINGNESS and group.isdecimal():
        raise InputError(f"{measure} is known of {EVERYONE} and of roles, not of levels", file=file, line=line)
    low, high = _scale(row["scale"], line, path)
    mean = (_number(row, "mean", line, path) - low) / (high - low)
    if not 0.0 <= mean <= 1.0:
        rule = (
            f"mean {quoted(row['mean'])} is not from {low:g} to {high:g}; the column scale may say another, such as 1-5"
        )
        raise InputError(rule, file=file, line=line)
    error = _error(row, line, path) / (high - low) if row["se"] else _of_n(row, line, path)
    return Answer(Asked(group, measure), mean, error)


def _scale(text: str, line: int, path: Path) -> tuple[float, float]:
    if not text:
        return 0.0, 1.0
    low, _, high = text.replace("–", "-").partition("-")
    try:
        found = float(low), float(high)
    except ValueError:
        found = (0.0, 0.0)
    if not found[0] < found[1]:
        raise InputError(f"scale {quoted(text)} is not such as 1-5", file=shown(path), line=line)
    return found


def _error(row: dict[str, str], line: int, path: Path) -> float:
    error = _number(row, "se", line, path)
    if error < 0.0:
        raise InputError(f"se {row['se']} is below 0", file=shown(path), line=line)
    return error


def _of_n(row: dict[str, str], line: int, path: Path) -> float:
    """Return the standard error of a mean of so many answers; none is known without their number."""
    if not row["n"]:
        return 0.0
    answered = _number(row, "n", line, path)
    if answered < 1.0:
        raise InputError(f"n {row['n']} is below 1", file=shown(path), line=line)
    return SPREAD / math.sqrt(answered)


def _number(row: dict[str, str], name: str, line: int, path: Path) -> float:
    """Return a number, with a point or, as in many countries, a comma."""
    try:
        found = float(row[name].replace(",", "."))
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise InputError(f"{name} {as_typed(row[name])} is no number", file=shown(path), line=line)
    return found
