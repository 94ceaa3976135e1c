"""Occasions explained: all that is known of each, and how it becomes words or JSON."""

import math
from collections import Counter
from dataclasses import dataclass, field, fields, is_dataclass
from enum import Enum
from functools import cached_property
from typing import Any, Final, Protocol

import numpy as np

from sim.errors import shown
from sim.explanation import considerations
from sim.explanation.account import Counterfactual, Imagined, Person, Readers, Term, Wish
from sim.explanation.considerations import URGED
from sim.explanation.words import (
    SMALL,
    Line,
    act_of,
    audience,
    change_in_words,
    deed_of,
    plain,
    some,
    terms_in_words,
    times,
    wanted,
)
from sim.lexicon import terms
from sim.parameters import Coefficients
from sim.state import TICKS_PER_DAY
from sim.terms import SPOKEN, Choice, Luck, Moment, Motive, Silence, Strategy, Theory
from sim.wording import count, percent, when

FEW: Final = 3
"""Occasions that are given in full one after the other."""


class Further(Protocol):
    """What takes a while to find out about an occasion."""

    @property
    def coefficients(self) -> Coefficients:
        """The numbers of the theory that decided."""

    def readers(self) -> Readers | None:
        """Return who read it, or would have."""

    def changes(self) -> tuple[Counterfactual, ...]:
        """Return what would have changed the decision, and what would not."""


WORKED_OUT: Final = ("drew", "held", "needed_agreement", "readers", "changes")
"""What is worked out of an occasion when it is first asked for."""


@dataclass(frozen=True, eq=False)
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
    choice: Choice
    strategy: Strategy
    motive: Motive
    silence: Silence | None
    """Shares of the causes of silence; None where the wish was spoken."""
    message_id: int | None
    imagined: Imagined
    views: int | None
    """Readers by the end of the run; None where it was not spoken."""
    further: Further = field(repr=False)
    """Looks into what follows here, each of which is worked out when it is first asked for."""

    def __eq__(self, other: object) -> bool:
        """Say whether all that is known of two occasions is the same, with what is worked out."""
        return isinstance(other, Occasion) and all(getattr(self, name) == getattr(other, name) for name in _known())

    def __hash__(self) -> int:
        return hash(self.occasion_id)

    @cached_property
    def drew(self) -> tuple[Term, ...]:
        """What drew, term by term; empty under a theory that knows no such terms."""
        return considerations.drew(self.moment, self.further.coefficients)

    @cached_property
    def held(self) -> tuple[Term, ...]:
        """What held back, term by term, in the deciding theory; they sum to all that held back."""
        return considerations.held(self.moment, self.further.coefficients)

    @cached_property
    def needed_agreement(self) -> float | None:
        """Under the threshold theory alone: the share of agreeing colleagues from which on speaking is worth more."""
        return considerations.needed_agreement(self.moment, self.further.coefficients)

    @cached_property
    def readers(self) -> Readers | None:
        """Who really read it; of a wish left unspoken, who would have, had it been said plainly.

        None where Python code decides for members, and can not be asked about what did not happen.
        """
        return self.further.readers()

    @cached_property
    def changes(self) -> tuple[Counterfactual, ...]:
        """What would have changed the decision, and what would not: those that flip first, the smallest first."""
        return self.further.changes()

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
    def flipping(self) -> tuple[Counterfactual, ...]:
        """The changes that flip the decision, the smallest first."""
        return tuple(change for change in self.changes if change.flips)

    def lines(self) -> list[Line]:
        """Return the story of this occasion."""
        lines = [Line("", f"{when(self.tick).capitalize()}: they wanted to {wanted(self.wish)}.")]
        lines += [Line("the wish", _about(self))]
        if self.theory != Theory.arena:
            lines.append(Line("theory", f"By the theory of this run, {self.theory.words.meaning}.{_threshold(self)}"))
        if self.theory in URGED:
            lines.append(Line("imagined", _imagined(self)))
        lines.append(Line("really", _really(self)))
        if self.drew:
            lines.append(Line("what drew", terms_in_words(self.drew)))
        if self.held:
            lines.append(Line("what held back", terms_in_words(self.held)))
        lines += [Line("the ways", _ways(self)), Line("what they did", _deed(self))]
        if not self.by_code:
            lines += _what_if(self)
        return lines

    def in_short(self) -> tuple[str, str, str, str, str]:
        """Return it in short: when, what they wanted, about what, what they did, and why they did not say it."""
        why = "" if self.spoken else self.motive.words.noun
        act = "say it again, as strategic" if self.wish.about_own else act_of(self.wish)
        return when(self.tick), act, shown(self.wish.issue_name, 32), self.strategy.words.past, why

    def words(self) -> str:
        """Return the story of this occasion, line by line."""
        return plain(self.lines())

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

    def heading(self) -> str:
        """Return who it is about, and how often they wanted to speak and did."""
        who, occasions = self.member, self.occasions
        named = f"{shown(who.name)} ({shown(who.id)}; {who.role.words.noun}, {shown(who.department)})"
        span = f"in {self.days} days" if self.day is None else f"on day {self.day}"
        if not occasions:
            return f"{named} came by {times(self.visits)} {span}, and never had anything to say."
        spoken = sum(occasion.spoken for occasion in occasions)
        said = f"{named} had something to say {times(len(occasions))} {span}, and said it {times(spoken)}."
        reasons = Counter(each.motive.words.noun for each in occasions if not each.spoken and each.motive >= 0)
        if not reasons:
            return said
        reason, number = reasons.most_common(1)[0]
        return f"{said} What kept them silent most often: {reason} ({times(number)})."

    def most_telling(self) -> Occasion:
        """Return the silence that the least would have turned into voice; where all was said, the closest to silence.

        Raises ValueError where there was no occasion.
        """
        silent = [each for each in self.occasions if not each.spoken]
        return min(silent or self.occasions, key=lambda each: min((c.distance for c in each.flipping), default=2.0))

    def lines(self) -> list[Line]:
        """Return who it is about, what there was in short, and, of a few occasions, each in full."""
        lines = [Line("", self.heading())]
        if len(self.occasions) > FEW:
            lines += [Line("", "  " + "; ".join(filter(None, occasion.in_short()))) for occasion in self.occasions]
        for occasion in self.occasions if len(self.occasions) <= FEW else ():
            lines += [Line("", ""), *occasion.lines()]
        return lines

    def words(self) -> str:
        """Return it in plain words; safe to print on any terminal."""
        return plain(self.lines())

    def to_dict(self) -> dict[str, Any]:
        """Return it as dicts, lists, texts and finite numbers, as JSON takes them; words for enums."""
        found = jsonable(self)
        assert isinstance(found, dict)
        return found

    def __str__(self) -> str:
        return self.words()


# ---------------------------------------------------------------- in words


def _about(occasion: Occasion) -> str:
    wish = occasion.wish
    side = "against it" if wish.stance < 0 else "in favour of it" if wish.stance > 0 else "undecided"
    challenged = f"those in charge by {wish.criticality:.2f} of 1" if wish.criticality else "nobody"
    draft = "; a draft that they came back to" if wish.draft_of is not None else ""
    return (
        f"they are {side} ({wish.stance:+.2f}) and it matters {percent(wish.concern)} to them; "
        f"saying it challenges {challenged}{draft}"
    )


def _threshold(occasion: Occasion) -> str:
    if occasion.needed_agreement is None:
        return ""
    need, saw = percent(occasion.needed_agreement), percent(occasion.moment.agreement)
    return f" They need {need} to agree, and saw {saw}."


def _imagined(occasion: Occasion) -> str:
    seen = occasion.imagined
    if seen.possible == 0:
        return "nobody: no colleague has used the arena yet"
    people = f"about {seen.people:.0f} of {seen.possible} {audience(seen.audience)} would read it"
    chances = [] if seen.manager_reads is None else [f"their line manager with {percent(seen.manager_reads)}"]
    return f"{people}; " + ", ".join([*chances, f"executives with {percent(seen.executives_read)}"])


def _really(occasion: Occasion) -> str:
    seen = occasion.readers
    if seen is None:
        return "nothing is known of it where Python code decides for members"
    reading = "read" if occasion.spoken else "would have read"
    above = [f"{seen.executives} of {seen.executives_there_are} executives among them"]
    above += [] if seen.manager is None else [f"their line manager {'too' if seen.manager else 'not'}"]
    return (
        f"{'' if occasion.spoken else 'had they said it plainly: '}"
        f"{seen.people} {audience(seen.audience)} {reading} it by day {seen.until_day}, {', '.join(above)}; "
        f"{count(seen.likes, 'like')}, {count(seen.comments, 'comment')}, {seen.response.words.noun}"
    )


def _ways(occasion: Occasion) -> str:
    chances = [(float(getattr(occasion.choice, way.name)), way.words.infinitive) for way in terms(Strategy)]
    ways = ", ".join(f"{words} {percent(chance)}" for chance, words in sorted(chances, key=lambda c: -c[0]) if chance)
    whole = f"in all, {percent(occasion.choice.p_spoken)} to say it in the arena"
    return f"{'by the rules: ' if occasion.by_code else ''}{ways}; {whole}"


def _deed(occasion: Occasion) -> str:
    deed = deed_of(occasion.strategy)
    if occasion.by_code:
        return f"{deed} Python code decided that."
    if occasion.silence is None:
        return deed
    shares = occasion.silence._asdict()
    causes = [(shares[each.name], each.words.noun) for each in terms(Motive) if shares[each.name] >= SMALL]
    causes.sort(key=lambda each: -each[0])
    if occasion.motive == Motive.unmotivated:
        return f"{deed} No reason stands out."
    return f"{deed} Why: " + ", ".join(f"{words} ({percent(share)})" for share, words in causes)


def _what_if(occasion: Occasion) -> list[Line]:
    """Return what would have changed the decision, and what would have worked towards that but was not enough."""
    sign = -1.0 if occasion.spoken else 1.0
    pushed = [(sign * (c.p_spoken - occasion.choice.p_spoken), c) for c in occasion.changes if c.p_spoken is not None]
    weak = [change.words for push, change in sorted(pushed, key=lambda each: -each[0]) if push > 0 and not change.flips]
    flipping = [change_in_words(change) for change in occasion.flipping]
    towards = "silence" if occasion.spoken else "speaking"
    if not all(change.is_pair for change in occasion.flipping):
        enough = some(flipping)
    else:
        enough = "no single change that was tried" + (f", but two at once: {some(flipping)}" if flipping else "")
    lines = [Line(f"to {towards} by", enough)]
    if weak:
        lines.append(Line("not even by", some(weak)))
    return lines + [Line("not known", f"{c.words}: {c.remark}") for c in occasion.changes if c.flips is None]


# ---------------------------------------------------------------- as JSON


def jsonable(value: Any) -> Any:
    """Return a record as JSON can have it: named tuples as dicts, enums as their names, None for what is no number."""
    if is_dataclass(value) and not isinstance(value, type):
        names = (*_known(), "day", "hour", "spoken") if isinstance(value, Occasion) else _fields(value)
        return {name: jsonable(getattr(value, name)) for name in names}
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


def _known() -> tuple[str, ...]:
    """Return the names of all that is known of an occasion."""
    return (*(name for name in _fields(Occasion) if name != "further"), *WORKED_OUT)


def _fields(record: Any) -> tuple[str, ...]:
    return tuple(each.name for each in fields(record))
