"""What is said and drawn of each term of the model, declared once, beside the term itself (`sim.terms`).

No rule reads any of it: results do not depend on words. Whoever writes about a term, on a page, in a figure, a report
or the documentation, takes its words from here, so that no term can be forgotten in one of these places.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from enum import IntEnum
from typing import Final, TypeVar

BLUE: Final = "#0072B2"
ORANGE: Final = "#D55E00"
GREEN: Final = "#009E73"
MAUVE: Final = "#B8608F"
GREY: Final = "#8A9099"
"""Colours of Okabe & Ito (2008) that stand out on white and on black alike; mauve is theirs, a little darker."""


@dataclass(frozen=True)
class Words:
    """The words of one term, each form ready to stand in a sentence; a form that its enum does not need is empty."""

    noun: str = ""
    """`a concern`, `fear of superiors`."""
    plural: str = ""
    """`line managers`."""
    infinitive: str = ""
    """After "to": `say it plainly`."""
    present: str = ""
    """After a name: `rebukes it`."""
    past: str = ""
    """After "they": `said it plainly`."""
    done: str = ""
    """After "was": `said in softer words`."""
    because: str = ""
    """In the words of somebody who stayed silent: `it would change nothing anyway`."""
    label: str = ""
    """On a button or a line of a figure: `Rebuke`."""
    meaning: str = ""
    """One sentence without a full stop."""
    source: str = ""
    """Author and year, as `sim/references.bib` has them."""
    colour: str = ""
    """As #rrggbb; the same wherever it is drawn."""
    icon: str = ""
    """The path of a picture of 16 by 16, drawn as a line."""
    dash: str = ""
    """The dash of a line, for those who do not see its colour."""


class Term(IntEnum):
    """An enum whose members carry words: `plain = 0, Words(...)`. Members below 0 say that there is none."""

    words: Words

    def __new__(cls, number: int, words: Words = Words()) -> Term:
        """Make a member that is its number, as compiled code needs it."""
        member = int.__new__(cls, number)
        member._value_ = number
        member.words = words
        return member

    @property
    def key(self) -> str:
        """Its name in files: without the mark that keeps it apart from a word of Python."""
        return self.name.rstrip("_")

    @property
    def called(self) -> str:
        """What it is called where no sentence is around it; its key, where there are no words for it."""
        said = self.words
        return said.label or said.noun or said.done or said.present or self.key.replace("_", " ")


FORMS: Final[dict[type[Term], tuple[str, ...]]] = {}
"""Every enum with words, and the forms that each of its members has."""

_Enum = TypeVar("_Enum", bound=type[Term])


def speaks(*forms: str) -> Callable[[_Enum], _Enum]:
    """Declare the forms that all members of an enum have.

    Raises TypeError, as the module is loaded, where a member lacks one: nothing is found missing on a page later.
    """

    def declare(enum: _Enum) -> _Enum:
        known = {field.name for field in fields(Words)}
        for member in terms(enum):
            missing = [form for form in forms if form not in known or not getattr(member.words, form)]
            if missing:
                raise TypeError(f"{enum.__name__}.{member.name} has no {', '.join(missing)} (see sim/lexicon.py)")
        FORMS[enum] = forms
        return enum

    return declare


_Term = TypeVar("_Term", bound=Term)


def terms(enum: type[_Term]) -> list[_Term]:
    """Return the members that stand for something: all but "none" below 0."""
    return [member for member in enum if member >= 0]


def vocabulary(enum: type[Term]) -> dict[str, dict[str, str]]:
    """Return all words of an enum by key and form, as JSON takes them."""
    return {member.key: {form: getattr(member.words, form) for form in FORMS[enum]} for member in terms(enum)}


def definite(noun: str) -> str:
    """Return a noun with "the" in place of "a": `the rebuke from above`."""
    return "the " + noun.removeprefix("an ").removeprefix("a ")
