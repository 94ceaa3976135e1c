"""What a reader found in an export: messages and people, and what it left out, counted by the reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

Advance = Callable[[int, int], object]
"""Takes how much has been read, and how much there is."""


@dataclass
class Found:
    """What an export holds, texts left aside."""

    kind: str
    """`viva`, `slack` or `csv`."""
    messages: pl.DataFrame
    """id, account, moment (local, without a zone), thread, parent, likes, group; by moment, then as they came."""
    people: pl.DataFrame
    """account, email, name: those who are listed and those who wrote; none of them is a bot or deleted."""
    direct: bool = True
    """Whether it says which message an answer answers, and not only in which thread it stands."""
    left_out: Counter[str] = field(default_factory=Counter)
    """How many messages were left out, by the reason in words."""
    remarks: list[str] = field(default_factory=list)
    read: list[str] = field(default_factory=list)
    """The files that were read."""


def empty_messages() -> Any:
    """Return the columns of messages, and their types."""
    import polars as pl

    texts = dict.fromkeys(("id", "account", "thread", "parent", "group"), pl.String)
    return {**texts, "moment": pl.Datetime("us"), "likes": pl.Int64}


def nobody() -> pl.DataFrame:
    """Return a list of people that is empty."""
    import polars as pl

    return pl.DataFrame(schema=dict.fromkeys(("account", "email", "name"), pl.String))


def people_of(listed: pl.DataFrame, messages: pl.DataFrame) -> pl.DataFrame:
    """Return the people of a list and those who wrote, each account once, sorted by account."""
    import polars as pl

    wrote = messages.select("account").unique().join(listed.select("account"), on="account", how="anti")
    both = pl.concat([listed.select("account", "email", "name"), wrote], how="diagonal")
    return both.unique("account", keep="first", maintain_order=True).sort("account")
