"""What an explanation is made of: plain frozen records of numbers and names."""

from dataclasses import dataclass
from typing import Final, NamedTuple

from sim.terms import (
    Form,
    Kind,
    Orientation,
    Response,
    Role,
    Strategy,
)

TOGETHER: Final = "+"
"""What joins the names of two changes made at once."""


class Term(NamedTuple):
    """One of several things that add up."""

    name: str
    amount: float  # utility units


class Move(NamedTuple):
    """One thing seen or felt, as it was and as it would have been."""

    field: str  # of `Moment`
    before: float
    after: float


@dataclass(frozen=True)
class Person:
    """A member, as people know them."""

    row: int
    id: str
    name: str
    title: str
    role: Role
    department: str


@dataclass(frozen=True)
class Wish:
    """What somebody wanted to say."""

    issue: int
    issue_name: str
    kind: Kind
    form: Form
    orientation: Orientation
    stance: float
    """Private view of the issue, from -1, against, to 1, in favour."""
    criticality: float
    """How much it challenges those in charge, from 0 to 1."""
    concern: float
    about: int | None
    """The message_id commented on."""
    about_author: str | None
    """Its author's name; None where the arena does not show it."""
    about_own: bool
    draft_of: int | None
    """The occasion_id that is reconsidered."""


@dataclass(frozen=True)
class Imagined:
    """Whom they pictured reading it, were it said plainly."""

    audience: str
    """`organization`, `department:Sales` or `team:3`."""
    possible: int
    """Colleagues in that audience who have ever visited; nobody reads as a colleague what they wrote themselves."""
    people: float
    """Readers imagined: `share` of `possible`."""
    share: float
    manager_reads: float | None
    """Believed chance that the line manager reads it; None where there is none."""
    executives_read: float


@dataclass(frozen=True)
class Readers:
    """Who read it within a week (or until the run ended), and what it brought about."""

    audience: str
    people: int
    manager: bool | None
    """Whether the line manager did; None where there is none."""
    executives: int
    executives_there_are: int
    until_day: int
    """The last workday looked at."""
    likes: int
    comments: int
    response: Response
    """How a leader treated it."""


@dataclass(frozen=True)
class Counterfactual:
    """One small change of what they saw and felt, or two at once, and what they would then have done, luck the same."""

    name: str
    words: str
    moves: tuple[Move, ...]
    size: float | None
    """How far each belief had to move; None where there is nothing to measure, or where no size is enough."""
    distance: float
    """The largest of the moves. All that moves lies between 0 and 1 (a stance, halved)."""
    flips: bool | None
    """Whether it turns silence into speaking or speaking into silence; None where the occasion would not have come."""
    strategy: Strategy | None
    p_spoken: float | None
    remark: str = ""

    @property
    def is_pair(self) -> bool:
        """Whether it takes two changes at once."""
        return TOGETHER in self.name
