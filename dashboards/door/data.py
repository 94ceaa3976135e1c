"""What pages send: the types of the data of events, as components declare them."""

from __future__ import annotations

from typing import (
    Annotated,
    Any,
    Literal,
    NotRequired,  # pydantic reads those of `typing` from Python 3.12 on only
)

from pydantic import ConfigDict, Field, with_config
from typing_extensions import TypedDict

_EXACT = ConfigDict(extra="forbid", strict=True)

Nothing = Annotated[dict[str, Any], Field(max_length=0)]
"""That it happened, and nothing else."""
Command = dict[str, Any]
"""What somebody wants of a hub: {"do": the name of a command, ...}; the hub itself looks at the rest."""


@with_config(_EXACT)
class Step(TypedDict):
    """A step back or forward of the browser, and the address that it led to."""

    number: int
    query: str


@with_config(_EXACT)
class About(TypedDict):
    """About whom or what somebody asks why: one of these."""

    member: NotRequired[int]
    card: NotRequired[str]
    occasion: NotRequired[str]


@with_config(_EXACT)
class Compared(TypedDict):
    """What somebody wants to see beside the world without it."""

    what: Literal["answer", "story", "changes"]


@with_config(_EXACT)
class Code(TypedDict):
    """The code of a room."""

    code: str


@with_config(_EXACT)
class Key(TypedDict):
    """The key of an outcome that a room guesses."""

    key: str


@with_config(_EXACT)
class Guess(TypedDict):
    """What somebody in a room guesses, by the name that they chose: a value, and the ends of its range."""

    name: str
    guess: Annotated[list[float | None], Field(min_length=3, max_length=3)]


@with_config(_EXACT)
class Seating(TypedDict):
    """What whoever leads a room wants of it."""

    do: Literal["prepare", "play", "pause", "skip", "end", "arrange", "clear"]
    treatments: NotRequired[Annotated[list[Literal["anonymous", "leaders", "badges"]], Field(max_length=2)]]
    clock: NotRequired[int]
    locked: NotRequired[bool]
    shared: NotRequired[bool]


@with_config(_EXACT)
class Wanted(TypedDict):
    """What somebody wants to take home: an export, or a figure as a file of a kind."""

    key: str
    kind: NotRequired[Literal["png", "svg"]]


@with_config(_EXACT)
class Brought(TypedDict):
    """A file that comes with the message: what it is, and what it is called."""

    slot: Literal["people", "ties"]
    name: str


@with_config(_EXACT)
class Place(TypedDict):
    """The folder of a sweep."""

    path: str


@with_config(_EXACT)
class Named(TypedDict):
    """The name of a figure."""

    name: str


@with_config(_EXACT)
class Cell(TypedDict):
    """A point of a figure of a sweep, counted from its left and lower ends, and the seed of a run."""

    name: str
    across: int
    up: int
    others: dict[str, int]
    seed: int
