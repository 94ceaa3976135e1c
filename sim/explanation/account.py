"""What an explanation says: plain frozen records of numbers and names, and how they become words or JSON."""

import math
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from typing import Any, NamedTuple

import numpy as np

from sim.state import TICKS_PER_DAY
from sim.terms import (
    SPOKEN,
    Choice,
    Form,
    Kind,
    Luck,
    Moment,
    Motive,
    Orientation,
    Response,
    Role,
    Silence,
    Strategy,
    Theory,
)


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
    """Members of that audience who have ever visited."""
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
class Change:
    """One small change of what they saw and felt, and what they would then have done, with the same luck."""

    name: str
    words: str
    moves: tuple[Move, ...]
    size: float | None
    """How far a belief had to move; None where there is nothing to measure, or where no size is enough."""
    distance: float
    """The largest of the moves. All that moves lies between 0 and 1 (a stance, halved)."""
    flips: bool | None
    """Whether it turns silence into speaking or speaking into silence; None where the occasion would not have come."""
    strategy: Strategy | None
    p_spoken: float | None
    remark: str = ""


@dataclass(frozen=True)
class Occasion:
    """One occasion on which a member had something to say: what it was weighed by, and what came of it."""

    occasion_id: int
    tick: int
    wish: Wish
    theory: Theory
    by_code: bool
    """Python code decided, not the rules; then `choice` is what the rules would have done."""
    moment: Moment
    luck: Luck
    urge: float
    inhibition: float
    drew: tuple[Term, ...]
    """What drew, term by term; empty under a theory that knows no such terms."""
    held: tuple[Term, ...]
    """What held back, term by term, in the deciding theory; they sum to all that held back."""
    needed_agreement: float | None
    """Under the threshold theory alone: the share of agreeing colleagues from which on speaking is worth more."""
    choice: Choice
    strategy: Strategy
    motive: Motive
    silence: Silence | None
    """Shares of the causes of silence; None where the wish was spoken."""
    message_id: int | None
    imagined: Imagined
    readers: Readers | None
    """Who really read it; of a wish left unspoken, who would have, had it been said plainly. None where Python code
    decides for members, and can not be asked about what did not happen."""
    views: int | None
    """Readers by the end of the run; None where it was not spoken."""
    changes: tuple[Change, ...]
    """Those that flip first, the smallest first."""

    @property
    def day(self) -> int:
        """The workday, from 0."""
        return self.tick // TICKS_PER_DAY

    @property
    def hour(self) -> int:
        """The working hour of that day, from 0."""
        return self.tick % TICKS_PER_DAY

    @property
    def spoken(self) -> bool:
        """Whether the wish was spoken in the arena."""
        return self.strategy < SPOKEN

    @property
    def flipping(self) -> tuple[Change, ...]:
        """The changes that flip the decision, the smallest first."""
        return tuple(change for change in self.changes if change.flips)

    def words(self) -> str:
        """Return the story of this occasion, line by line."""
        from sim.explanation.words import of_occasion, plain

        return plain(of_occasion(self))

    def __str__(self) -> str:
        return self.words()


@dataclass(frozen=True)
class Explanation:
    """All occasions of one member on a day, or in a whole run, explained."""

    member: Person
    day: int | None
    """The day asked for; None for the whole run."""
    days: int
    """Workdays of the run."""
    visits: int
    """Visits of the member in the whole run."""
    occasions: tuple[Occasion, ...]

    def words(self) -> str:
        """Return it in plain words; safe to print on any terminal."""
        from sim.explanation.words import of_explanation, plain

        return plain(of_explanation(self))

    def to_dict(self) -> dict[str, Any]:
        """Return it as dicts, lists, texts and finite numbers, as JSON takes them; words for enums."""
        found = jsonable(self)
        assert isinstance(found, dict)
        return found

    def __str__(self) -> str:
        return self.words()


def jsonable(value: Any) -> Any:
    """Return a record as JSON can have it: named tuples as dicts, enums as their names, None for what is no number."""
    if is_dataclass(value) and not isinstance(value, type):
        found = {each.name: jsonable(getattr(value, each.name)) for each in fields(value)}
        derived = ("day", "hour", "spoken") if isinstance(value, Occasion) else ()
        return found | {name: getattr(value, name) for name in derived}
    if isinstance(value, Enum):
        return value.name.rstrip("_")
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {name: jsonable(each) for name, each in value._asdict().items()}
    if isinstance(value, tuple | list):
        return [jsonable(each) for each in value]
    if isinstance(value, np.generic):
        return jsonable(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
