"""From what was read to an arena: who the accounts are, the stretch of time, and what is left out on the way."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from experiments.facts.observation import Rows
from experiments.portrait.arena import Arena, assemble
from experiments.portrait.matching import register_of, rows_of
from experiments.portrait.pseudonyms import Key, pseudonymous
from experiments.portrait.reading.found import Found
from experiments.portrait.rhythm import weekly
from experiments.portrait.window import Window, window_of
from sim.errors import InputError, shown
from sim.organization import Organization
from sim.wording import agree, count, percent

if TYPE_CHECKING:
    import polars as pl

OUTSIDE: Final = "by authors whom the organisation does not list"
BEFORE_OR_AFTER: Final = "before or after the days asked for"
LONG_SILENCE: Final = 4
"""Weeks without a message from which that is remarked."""
MOSTLY: Final = 0.5
"""The share of messages in working hours below which the time zone is asked about."""


@dataclass(frozen=True)
class Asked:
    """What is asked of a portrait."""

    key: Key
    first: date | None = None
    last: date | None = None
    opens: float = 9.0
    zone: str = "UTC"


@dataclass
class Sketch:
    """An arena with what it was made of."""

    arena: Arena
    ids: list[str]
    """[m] what the people are called: pseudonyms, unless asked otherwise."""
    window: Window
    accounts: int
    """Accounts that are people, whether the organisation lists them or not."""
    left_out: Counter[str] = field(default_factory=Counter)
    remarks: list[str] = field(default_factory=list)


def sketch(found: Found, asked: Asked, people: Organization | None = None, file: Path | None = None) -> Sketch:
    """Return the arena that was found, in the days asked for; `people` are those of the organisation file `file`.

    Raises InputError where nothing is left, or where the organisation lists none of the authors.
    """
    ids, row, members = _who(found, asked.key, people, file)
    left_out, remarks = Counter(found.left_out), list(found.remarks)
    window = window_of(found.messages["moment"], asked.first, asked.last, asked.opens)
    messages = _rows(found, row)
    known = messages.filter(messages["author"] >= 0)
    left_out[OUTSIDE] += messages.height - known.height
    kept = known.filter(window.within(known["moment"]))
    left_out[BEFORE_OR_AFTER] += known.height - kept.height
    _check_known(found, known, people)
    if kept.is_empty():
        raise InputError("no message of people is left in these days")
    arena = assemble(_prepared(kept, window, asked.key), len(ids), window.days, members, found.direct)
    remarks += [*_doubts(arena, kept, window, asked), *_strangers(row, messages)]
    return Sketch(arena, ids, window, found.people.height, +left_out, remarks)


def _who(
    found: Found, key: Key, people: Organization | None, file: Path | None
) -> tuple[list[str], Rows, Organization | None]:
    """Return what members are called, the member of each account, and the organisation of the members."""
    if people is None:
        ids = np.array(key.names(found.people["account"]))
        order = np.argsort(ids, kind="stable")
        row = np.empty(len(ids), np.int64)
        row[order] = np.arange(len(ids))
        return ids[order].tolist(), row, None
    assert file is not None
    hidden, new = pseudonymous(people, key)
    old = rows_of(found.people, register_of(people, file))
    return list(hidden.ids), np.where(old >= 0, new[old], -1), hidden


def _rows(found: Found, row: Rows) -> pl.DataFrame:
    """Return the messages with the row of their author in place of the account."""
    import polars as pl

    authors = pl.DataFrame({"account": found.people["account"], "author": row})
    return found.messages.join(authors, on="account", how="left", maintain_order="left").drop("account")


def _prepared(messages: pl.DataFrame, window: Window, key: Key) -> pl.DataFrame:
    """Return messages as `assemble` takes them, channels by pseudonyms where people go by them."""
    import polars as pl

    known = messages["group"].drop_nulls().unique().sort()
    called = pl.DataFrame({"group": known, "called": key.names(known, "g")}, schema_overrides={"called": pl.String})
    hours = pl.Series("hour", window.hours(messages["moment"]))
    named = messages.join(called, on="group", how="left", maintain_order="left")
    return named.with_columns(hours, pl.col("called").alias("group")).drop("called", "moment")


def _check_known(found: Found, known: pl.DataFrame, people: Organization | None) -> None:
    if people is not None and known.is_empty():
        account = shown(found.people["account"][0], 40)
        problem = "the organisation lists none of the authors: not by id, e-mail address or name"
        raise InputError(
            f"{problem}. An account is called '{account}' here, a member '{shown(people.ids[0], 40)}' there"
        )


# ---------------------------------------------------------------- remarks


def _strangers(row: Rows, messages: pl.DataFrame) -> list[str]:
    """Say how many accounts the organisation does not list."""
    unknown = int((row < 0).sum())
    if not unknown:
        return []
    wrote = messages.filter(messages["author"] < 0).height
    share = percent(wrote / messages.height)
    return [
        f"The organisation does not list {unknown:,} of {len(row):,} accounts; their messages ({share}) are left out."
    ]


def _doubts(arena: Arena, kept: pl.DataFrame, window: Window, asked: Asked) -> list[str]:
    """Say what looks strange: a time zone that does not fit, a long silence."""
    return [*_flat(arena), *_odd_hours(kept["moment"], window, asked.zone), *_silence(arena, window)]


def _flat(arena: Arena) -> list[str]:
    if arena.direct or not (arena.parent >= 0).any():
        return []
    said = "Nothing says which message of a thread is answered, so all answer its first one"
    return [f"{said}; the model is looked at likewise."]


def _odd_hours(moments: Any, window: Window, zone: str) -> list[str]:
    share = window.at_work(moments)
    if share >= MOSTLY:
        return []
    hours = f"{window.opens:g}:00 to {window.opens + 8:g}:00, {zone}"
    return [f"Only {percent(share)} of the messages fall into working hours ({hours}): do --zone and --opens fit?"]


def _silence(arena: Arena, window: Window) -> list[str]:
    """Say how long nobody wrote, where that was long."""
    quiet = np.flatnonzero(np.diff(np.concatenate([[0], (weekly(arena) == 0).astype(int), [0]])))
    stretches = quiet.reshape(-1, 2)
    if not len(stretches):
        return []
    begin, end = stretches[np.argmax(stretches[:, 1] - stretches[:, 0])].tolist()
    if end - begin < LONG_SILENCE:
        return []
    first, last = window.day_of_week(begin), window.day_of_week(end) - timedelta(days=1)
    more = len(stretches) - 1
    others = f", and in {count(more, 'other stretch')} of {agree(more, 'a week', 'weeks')}" if more else ""
    return [f"Nobody wrote in {count(end - begin, 'week')}, from {first} to {last}{others}."]
